"""A folder of SDTM domains as the tables of a study: every record is a row with its file and number."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pandas as pd

from outcomes.errors import SourceError
from outcomes.schema.contract import specs
from outcomes.schema.findings import Received
from outcomes.sources.cdisc.domains import (
    DIARY_TESTS,
    DOMAINS,
    VITAL_SIGNS,
    Domain,
    sdtm_files,
)
from outcomes.sources.conventions import TableSource
from outcomes.sources.files import FileFacts, read_files
from outcomes.sources.limits import Limits
from outcomes.sources.raw import RawTable
from outcomes.sources.receive import receive
from outcomes.sources.shaping.columns import to_wide
from outcomes.sources.shaping.keys import Attacks, Long

__all__ = ["read_sdtm"]

#: Terms of CE that are headache events.
HEADACHES = ("HEADACHE", "MIGRAINE", "CLUSTER HEADACHE", "HEADACHE EVENT")
#: AESEV where there is no grade.
SEVERITY = {"MILD": "1", "MODERATE": "2", "SEVERE": "3"}


def read_sdtm(
    name: str, folder: Path, *, timezone: str, limits: Limits, tables: tuple[str, ...]
) -> tuple[dict[str, Received], list[FileFacts]]:
    """Read the tables that a folder of domains holds.

    Parameters
    ----------
    name : str
        Name of the folder, below the study's.
    folder : Path
        Where study.toml is.
    timezone : str
        Zone of times without an offset.
    limits : Limits
        How much a file may hold.
    tables : tuple of str
        The tables that are wanted.

    Returns
    -------
    dict of str to Received
    list of FileFacts

    Raises
    ------
    SourceError
        When the folder has no domain, or one of them lacks a variable.
    """
    there = sdtm_files(folder / name)
    if not (folder / name).resolve().is_relative_to(folder.resolve()) or not there:
        raise SourceError(
            f"{name}: the folder holds no domain of SDTM",
            allowed="dm, ex, ec, vs, ae, qs, lb, face or ce as .json, .ndjson, .xpt or .sas7bdat",
            hint="tables.sdtm in study.toml names a folder beside study.toml or below",
        )
    facts: list[FileFacts] = []

    def read(domain: str, table: str) -> RawTable:
        source = TableSource(file=f"{name}/{there[domain]}")
        raw, said = read_files(table, source, folder, limits=limits)
        facts.extend(said)
        return replace(raw, frame=raw.frame.astype("str"))

    received = {}
    for table in tables:
        domain = DOMAINS[table]
        if domain.name in there:
            raw = _rows(domain, table, there, read)
            source = _source(domain, f"{name}/{there[domain.name]}")
            received[table] = receive(table, raw, source, timezone=timezone)
        elif table == "diary" and "CE" in there:
            source = TableSource(
                file=f"{name}/{there['CE']}",
                columns={"patient_id": "USUBJID"},
                where={"CEDECOD": HEADACHES},
                attacks=Attacks(start="CESTDTC", end="CEENDTC"),
            )
            raw, said = read_files(table, source, folder, limits=limits)
            facts.extend(said)
            received[table] = receive(table, raw, source, timezone=timezone)
    return received, facts


def _source(domain: Domain, file: str) -> TableSource:
    """Return how SDTM writes things."""
    yes, no = ("Y", "yes", "true", "1"), ("N", "no", "false", "0")
    return TableSource(file=file, yes=yes, no=no, values=domain.terms)


def _rows(
    domain: Domain, table: str, there: dict[str, str], read: Callable[[str, str], RawTable]
) -> RawTable:
    """Return the records of a domain as rows with our columns, its qualifiers and findings beside them."""
    raw = read(domain.name, table)
    needed = [sdtm for ours, sdtm in domain.columns.items() if specs(table)[ours].required]
    _need(raw, needed if table != "diary" else [*needed, "FATESTCD", "FAORRES"], domain.name)
    if table == "diary":
        keys = ["USUBJID", "FADTC"]
        thin = replace(raw, frame=raw.frame[[*keys, "FATESTCD", "FAORRES"]])
        raw = to_wide(thin, Long(name="FATESTCD", value="FAORRES", keys=keys), table=table, file=domain.name)
    frame = raw.frame
    if f"SUPP{domain.name}" in there:
        frame = _qualified(frame, read(f"SUPP{domain.name}", table), domain)
    if table == "sessions" and "VS" in there:
        frame = _measured(frame, read("VS", table))
    if table == "adverse_events" and "AETOXGR" not in frame and "AESEV" in frame:
        frame = frame.assign(AETOXGR=frame["AESEV"].str.upper().map(SEVERITY).fillna("").astype("str"))
    found = domain.columns | (DIARY_TESTS if table == "diary" else {})
    ours = {name: frame[sdtm] for name, sdtm in found.items() if sdtm in frame}
    more = (*domain.further, *(VITAL_SIGNS if table == "sessions" else ()))
    ours |= {name: frame[name] for name in more if name in frame}
    return replace(raw, frame=pd.DataFrame(ours), typed=frozenset())


def _need(raw: RawTable, variables: list[str], domain: str) -> None:
    lacking = [name for name in variables if name not in raw.frame]
    if lacking:
        raise SourceError(
            f"{domain}: the domain lacks variables",
            got=", ".join(map(str, raw.frame)),
            allowed=", ".join(lacking),
        )


def _qualified(frame: pd.DataFrame, supplemental: RawTable, domain: Domain) -> pd.DataFrame:
    """Return the records with our columns among their supplemental qualifiers."""
    _need(supplemental, ["USUBJID", "IDVARVAL", "QLABEL", "QVAL"], f"SUPP{domain.name}")
    told = supplemental.frame
    told = told[told["QLABEL"].isin(domain.further)]
    by = "USUBJID" if domain.name == "DM" else "IDVARVAL"
    key = "USUBJID" if domain.name == "DM" else f"{domain.name}SEQ"
    if told.duplicated([by, "QLABEL"]).any() or key not in frame:
        raise SourceError(f"SUPP{domain.name}: a qualifier stands twice, or the domain has no {key}")
    return _beside(frame, told, key, by, "QLABEL", "QVAL")


def _measured(frame: pd.DataFrame, vital: RawTable) -> pd.DataFrame:
    """Return the sessions with the vital signs that name their group; others belong to no session."""
    told = vital.frame
    if not {"VSGRPID", "VSTESTCD", "VSTPT", "VSORRES"} <= set(told) or "EXGRPID" not in frame:
        return frame
    names = {test: ours for ours, test in VITAL_SIGNS.items()}
    told = told.assign(ours=(told["VSTESTCD"] + " " + told["VSTPT"]).map(names)).dropna(subset=["ours"])
    if told.duplicated(["VSGRPID", "ours"]).any():
        raise SourceError("VS: two records give the same measurement of one session")
    return _beside(frame, told, "EXGRPID", "VSGRPID", "ours", "VSORRES")


def _beside(
    frame: pd.DataFrame, told: pd.DataFrame, key: str, by: str, name: str, value: str
) -> pd.DataFrame:
    """Return the records with a column for each name: the value that stands under the record's key."""
    wide = told.set_index([by, name])[value].unstack(name)  # noqa: PD010
    return frame.assign(
        **{str(one): frame[key].map(wide[one]).fillna("").astype("str") for one in wide.columns}
    )
