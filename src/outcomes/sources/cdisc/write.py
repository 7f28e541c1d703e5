"""The tables of a study as SDTM domains: every accepted cell in one record, to be read back the same."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pandas as pd

from outcomes.errors import DataError, name_rows
from outcomes.schema.contract import specs
from outcomes.sources.cdisc.domains import DIARY_TESTS, DOMAINS, VITAL_SIGNS, Domain

__all__ = ["dataset_json", "sdtm_domains", "transport_file"]
from outcomes.sources.doors.extras import load

#: Bytes that a text of a transport file may have.
LONGEST = 200
#: How much of the local time of an onset is known -> how it is written.
PRECISION = {"day": "%Y-%m-%d", "month": "%Y-%m", "year": "%Y"}


def sdtm_domains(tables: Mapping[str, pd.DataFrame], *, study: str, timezone: str) -> dict[str, pd.DataFrame]:
    """Return the domains of a study: name -> records as text.

    Parameters
    ----------
    tables : mapping of str to DataFrame
        The accepted rows of the tables that were given.
    study : str
        The study's name (STUDYID).
    timezone : str
        Its zone: onsets of which the day, month or year alone is known are local.

    Returns
    -------
    dict of str to DataFrame
        DM, EX, EC, VS, AE, QS, LB, FACE and their supplemental qualifiers, those that have records.
    """
    made: dict[str, pd.DataFrame] = {}
    owner = _owners(tables.get("sessions"))
    for table, rows in tables.items():
        domain = DOMAINS[table]
        if table == "diary":
            made[domain.name] = _findings(rows, table, ["patient_id", "date"], DIARY_TESTS, domain, study)
            continue
        texts = {name: _texts(rows[name], table, name) for name in rows if name in specs(table)}
        if table == "adverse_events":
            texts["onset"] = _onsets(rows, texts["onset"], timezone)
        if table == "titration":
            texts["rate_unit"] = _texts(rows["rate"], table, "rate").mask(lambda one: one != "", "mg/kg/h")
        subject = texts.get(
            "patient_id", texts.get("session_id", pd.Series(dtype="str")).map(owner).fillna("")
        )
        records = _identified(domain, study, len(rows)).assign(USUBJID=subject.to_numpy())
        records = records.assign(**{sdtm: texts[ours].to_numpy() for ours, sdtm in domain.columns.items()})
        made[domain.name] = records
        made[f"SUPP{domain.name}"] = _supplemental(records, domain, texts)
        if table == "sessions":
            vital = _findings(rows, table, ["patient_id", "session_id"], VITAL_SIGNS, Domain("VS", {}), study)
            made["VS"] = vital
    if "DM" in made:
        made["DM"] = _everybody(made)
    return {name: records for name, records in made.items() if len(records)}


def _everybody(made: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    """Return DM with a bare record of each subject of whom another domain has one: no other would be read."""
    known = made["DM"]
    named = [records[["STUDYID", "USUBJID"]] for records in made.values() if "USUBJID" in records]
    bare = pd.concat(named).drop_duplicates()
    bare = bare[~bare["USUBJID"].isin(known["USUBJID"])].assign(DOMAIN="DM")
    return pd.concat([known, bare], ignore_index=True).fillna("") if len(bare) else known


def dataset_json(name: str, records: pd.DataFrame) -> bytes:
    """Return a domain as CDISC Dataset-JSON 1.1; an empty text stands for a value that is not there."""
    columns = [
        {"itemOID": f"IT.{name}.{one}", "name": one, "label": one, "dataType": "string"} for one in records
    ]
    told = {
        "datasetJSONVersion": "1.1.0",
        "itemGroupOID": f"IG.{name}",
        "records": len(records),
        "name": name,
        "label": name,
        "columns": columns,
        "rows": records.astype("object").to_numpy().tolist(),
    }
    return (json.dumps(told, ensure_ascii=False, indent=0) + "\n").encode()


def transport_file(name: str, records: pd.DataFrame) -> bytes:
    """Return a domain as a SAS transport file, version 5.

    Raises
    ------
    DataError
        For a text that is longer than the format holds: its variable and record are named.
    """
    pyreadstat = load("pyreadstat", extra="statistics-files", reads="a transport file")
    for variable in records:
        long = np.flatnonzero(records[variable].astype("str").str.encode("utf-8").str.len() > LONGEST)
        if len(long):
            raise DataError(
                f"{name}.{variable}: a text is longer than a transport file holds",
                got=name_rows(long),
                allowed=f"{LONGEST} bytes",
                hint="write Dataset-JSON: leave out --xpt",
            )
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"{name.lower()}.xpt"
        pyreadstat.write_xport(records, path, table_name=name, file_format_version=5)
        return path.read_bytes()


def _owners(sessions: pd.DataFrame | None) -> dict[str, str]:
    return {} if sessions is None else dict(zip(sessions["session_id"], sessions["patient_id"], strict=True))


def _identified(domain: Domain, study: str, rows: int) -> pd.DataFrame:
    prefix = domain.name[:2]
    sequence = pd.Series(np.arange(1, rows + 1)).astype("str")
    fixed = {"STUDYID": study, "DOMAIN": prefix} | domain.fixed
    frame = pd.DataFrame(
        {name: pd.Series(text, index=range(rows), dtype="str") for name, text in fixed.items()}
    )
    return frame if domain.name == "DM" else frame.assign(**{f"{prefix}SEQ": sequence})


def _texts(values: pd.Series, table: str, name: str) -> pd.Series:
    """Return the cells of a column as SDTM writes them."""
    spec = specs(table)[name]
    values = values.reset_index(drop=True)
    known = values.notna()
    text = pd.Series("", index=values.index, dtype="str")
    if not known.any():
        return text
    given = values[known]
    if spec.kind == "date":
        text[known] = given.dt.strftime("%Y-%m-%d")
    elif spec.kind == "timestamp":
        written = given.dt.tz_convert("UTC").dt.strftime("%Y-%m-%dT%H:%M:%S.%f").astype("str")
        text[known] = written.str.replace(r"\.0+$", "", regex=True) + "+00:00"
    elif spec.kind == "yesno":
        text[known] = np.where(given.astype(bool), "Y", "N")
    elif spec.kind in ("number", "integer"):
        text[known] = given.astype("float64").astype("str").str.removesuffix(".0")
    else:
        terms = {ours: theirs for theirs, ours in reversed(DOMAINS[table].terms.get(name, {}).items())}
        text[known] = given.map(terms).fillna(given) if terms else given
    return text


def _onsets(events: pd.DataFrame, texts: pd.Series, timezone: str) -> pd.Series:
    """Write an onset as far as it is known: SDTM's partial dates."""
    events = events.reset_index(drop=True)
    moment = events["onset"].fillna(events["onset_from"]).dt.tz_convert(timezone)
    for precision, shape in PRECISION.items():
        here = events["onset_precision"].eq(precision).fillna(False) & moment.notna()
        if precision == "day":  # a day that begins at another moment is written in full
            here &= moment.eq(moment.dt.normalize())
        texts = texts.mask(here, moment.dt.strftime(shape))
    return texts.astype("str")


def _supplemental(records: pd.DataFrame, domain: Domain, texts: Mapping[str, pd.Series]) -> pd.DataFrame:
    """Return what the domain has no variable for: one record for each cell that is not empty."""
    key = "" if domain.name == "DM" else f"{domain.name}SEQ"
    parts = []
    for name in domain.further:
        cells = texts[name]
        here = cells.ne("").to_numpy()
        part = pd.DataFrame(
            {
                "STUDYID": records["STUDYID"][here],
                "RDOMAIN": domain.name,
                "USUBJID": records["USUBJID"][here],
                "IDVAR": key,
                "IDVARVAL": records[key][here] if key else "",
                "QNAM": name.replace("_", "").upper()[:8],
                "QLABEL": name,
                "QVAL": cells[here].to_numpy(),
            }
        )
        parts.append(part)
    return pd.concat(parts, ignore_index=True) if parts else pd.DataFrame()


def _findings(
    rows: pd.DataFrame, table: str, keys: list[str], tests: Mapping[str, str], domain: Domain, study: str
) -> pd.DataFrame:
    """Return one record for each answer of a row; the first test stands there also without one."""
    texts = pd.DataFrame({name: _texts(rows[name], table, name) for name in [*keys, *tests]})
    long = texts.reset_index().melt(id_vars=["index", *keys], value_vars=list(tests), var_name="test")
    asked = long["value"].ne("") | (long["test"].eq(next(iter(tests))) & (domain.name != "VS"))
    long = long[asked].sort_values("index", kind="stable").reset_index(drop=True)
    prefix, named = domain.name[:2], long["test"].map(dict(tests)).astype("str")
    records = _identified(domain, study, len(long)).assign(USUBJID=long["patient_id"])
    parts = named.str.split(" ", n=1)
    records = records.assign(**{f"{prefix}TESTCD": parts.str[0], f"{prefix}ORRES": long["value"]})
    if domain.name == "VS":
        return records.assign(VSTPT=parts.str[1], VSGRPID=long["session_id"])
    status = pd.Series(np.where(long["value"].eq(""), "NOT DONE", ""), dtype="str")
    return records.assign(FASTAT=status, FADTC=long["date"])
