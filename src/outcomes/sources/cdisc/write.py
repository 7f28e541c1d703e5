"""The tables of a study as SDTM domains: every accepted cell in one record, to be read back the same."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from outcomes.schema.contract import specs
from outcomes.sources.cdisc.data_set_files import data_type
from outcomes.sources.cdisc.domains import DIARY_TESTS, DOMAINS, VITAL_SIGNS, Domain

__all__ = ["answers", "cells_as_text", "everybody", "owners", "sdtm_domains"]

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
    owner = owners(tables.get("sessions"))
    for table, rows in tables.items():
        domain = DOMAINS[table]
        if table == "diary":
            made[domain.name] = _findings(rows, table, ["patient_id", "date"], DIARY_TESTS, domain, study)
            continue
        texts = cells_as_text(rows, table, timezone)
        subject = texts.get(
            "patient_id", texts.get("session_id", pd.Series(dtype="str")).map(owner).fillna("")
        )
        records = _identified(domain, study, len(rows)).assign(USUBJID=subject.to_numpy())
        records = records.assign(**{sdtm: texts[ours].to_numpy() for ours, sdtm in domain.columns.items()})
        if table == "titration" and (given := tables.get("sessions")) is not None:
            named = dict(
                zip(
                    given["session_id"],
                    _treatments(_texts_of(given["substance"], "sessions", "substance")),
                    strict=True,
                )
            )
            records["ECTRT"] = texts["session_id"].map(named).fillna("KETAMINE").to_numpy()
        made[domain.name] = records
        made[f"SUPP{domain.name}"] = _supplemental(records, domain, texts)
        if table == "sessions":
            vital = _findings(rows, table, ["patient_id", "session_id"], VITAL_SIGNS, Domain("VS", {}), study)
            made["VS"] = vital
    if "DM" in made:
        made["DM"] = everybody(made)
    return {name: records for name, records in made.items() if len(records)}


def everybody(made: Mapping[str, pd.DataFrame], subjects: str = "DM") -> pd.DataFrame:
    """Return the subjects, also a bare record of each of whom only another domain has one: all are read."""
    known = made[subjects]
    named = [records[["STUDYID", "USUBJID"]] for records in made.values() if "USUBJID" in records]
    bare = pd.concat(named).drop_duplicates()
    bare = bare[~bare["USUBJID"].isin(["", *known["USUBJID"]])]
    bare = bare.assign(DOMAIN="DM") if "DOMAIN" in known else bare
    if not len(bare):
        return known
    whole = pd.concat([known, bare], ignore_index=True)
    texts = [name for name in whole if data_type(whole[name]) == "string"]
    return whole.assign(**{name: whole[name].fillna("") for name in texts})


def owners(sessions: pd.DataFrame | None) -> dict[str, str]:
    """Return the patient of each session."""
    return {} if sessions is None else dict(zip(sessions["session_id"], sessions["patient_id"], strict=True))


def _identified(domain: Domain, study: str, rows: int) -> pd.DataFrame:
    prefix = domain.name[:2]
    sequence = pd.Series(np.arange(1, rows + 1)).astype("str")
    fixed = {"STUDYID": study, "DOMAIN": prefix} | domain.fixed
    frame = pd.DataFrame(
        {name: pd.Series(text, index=range(rows), dtype="str") for name, text in fixed.items()}
    )
    return frame if domain.name == "DM" else frame.assign(**{f"{prefix}SEQ": sequence})


def cells_as_text(rows: pd.DataFrame, table: str, timezone: str) -> dict[str, pd.Series]:
    """Return each column of a table as SDTM and ADaM write its cells."""
    texts = {name: _texts_of(rows[name], table, name) for name in rows if name in specs(table)}
    if table == "adverse_events":
        texts["onset"] = _onsets(rows, texts["onset"], timezone)
    if table == "sessions":
        texts["substance"] = _treatments(texts["substance"])
    if table == "titration":
        texts["rate_unit"] = texts["rate"].mask(texts["rate"].ne(""), "mg/kg/h")
    return texts


def _treatments(codes: pd.Series) -> pd.Series:
    """Return what EXTRT says: KETAMINE where no session names its substance."""
    nobody = "UNKNOWN" if codes.ne("").any() else "KETAMINE"
    return codes.str.upper().str.replace("_", " ").mask(codes.eq(""), nobody).astype("str")


def _texts_of(values: pd.Series, table: str, name: str) -> pd.Series:
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
    """Return one record for each answer of a row, as SDTM names them."""
    long = answers(rows, table, keys, tests, bare=domain.name != "VS")
    prefix = domain.name[:2]
    records = _identified(domain, study, len(long)).assign(USUBJID=long["patient_id"])
    parts = long["test"].str.split(" ", n=1)
    records = records.assign(**{f"{prefix}TESTCD": parts.str[0], f"{prefix}ORRES": long["value"]})
    if domain.name == "VS":
        return records.assign(VSTPT=parts.str[1], VSGRPID=long["session_id"])
    status = pd.Series(np.where(long["value"].eq(""), "NOT DONE", ""), dtype="str")
    return records.assign(FASTAT=status, FADTC=long["date"])


def answers(
    rows: pd.DataFrame, table: str, keys: list[str], tests: Mapping[str, str], *, bare: bool
) -> pd.DataFrame:
    """Return one row for each answer of a row; with `bare` the first test stands there also without one."""
    texts = pd.DataFrame({name: _texts_of(rows[name], table, name) for name in [*keys, *tests]})
    long = texts.reset_index().melt(id_vars=["index", *keys], value_vars=list(tests), var_name="test")
    asked = long["value"].ne("") | (bare & long["test"].eq(next(iter(tests))))
    long = long[asked].sort_values("index", kind="stable").reset_index(drop=True)
    return long.assign(test=long["test"].map(dict(tests)).astype("str"))
