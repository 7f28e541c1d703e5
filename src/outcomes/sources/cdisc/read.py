"""A folder of data sets of CDISC as the tables of a study: every record is a row with its file and number."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from pathlib import Path

import pandas as pd

from outcomes.errors import SourceError
from outcomes.schema.contract import specs
from outcomes.schema.findings import Received
from outcomes.sources.cdisc.domains import DIARY_TESTS, VITAL_SIGNS, Domain, Layout, data_sets
from outcomes.sources.cdisc.records import (
    as_collected,
    dose_unit,
    rows_of_table,
    unit_of_rate,
    with_substance,
)
from outcomes.sources.cdisc.steps import log_of_steps, one_session
from outcomes.sources.conventions import TableSource
from outcomes.sources.dates import read_timestamps
from outcomes.sources.files import FileFacts, read_files
from outcomes.sources.limits import Limits
from outcomes.sources.raw import RawTable
from outcomes.sources.receive import receive
from outcomes.sources.shaping.columns import to_wide
from outcomes.sources.shaping.keys import Attacks, Long
from outcomes.units import RATE_UNITS

__all__ = ["read_data_sets"]

#: Terms of CE that are headache events.
HEADACHES = ("HEADACHE", "MIGRAINE", "CLUSTER HEADACHE", "HEADACHE EVENT")
#: AESEV (ASEV) where there is no grade.
SEVERITY = {"MILD": "1", "MODERATE": "2", "SEVERE": "3"}
GRADES = ("AETOXGR", "ATOXGR", "ATOXGRN")


def read_data_sets(
    layout: Layout, name: str, folder: Path, *, timezone: str, limits: Limits, tables: tuple[str, ...]
) -> tuple[dict[str, Received], list[FileFacts]]:
    """Read the tables that a folder of data sets holds.

    Parameters
    ----------
    layout : Layout
        SDTM or ADaM.
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
        When the folder has no data set, or one of them lacks a variable.
    """
    there = data_sets(folder / name, layout)
    if not (folder / name).resolve().is_relative_to(folder.resolve()) or not there:
        named = [
            *(domain.name.lower() for domain in layout.domains.values()),
            *("ce" for _ in layout.beside[:1]),
        ]
        raise SourceError(
            f"{name}: the folder contains no domain of {layout.name}",
            allowed=f"{', '.join(named)} as .json, .ndjson, .xpt or .sas7bdat",
            hint=f"tables.{layout.key} in study.toml names a folder beside study.toml or below",
        )
    reader = _Folder(layout, name, folder, timezone, limits, there)
    received: dict[str, Received] = {}
    for table in tables:
        found = reader.received(table, received.get("sessions"))
        if found is not None:
            received[table] = found
    return received, reader.facts


@dataclass(slots=True)
class _Folder:
    """The data sets of a folder, and what was read of them."""

    layout: Layout
    name: str
    folder: Path
    timezone: str
    limits: Limits
    there: dict[str, str]
    facts: list[FileFacts] = field(default_factory=list)

    def received(self, table: str, sessions: Received | None) -> Received | None:
        """Return a table; None when no data set holds it."""
        domain = self.layout.domains[table]
        if domain.name not in self.there:
            return self._instead(table, sessions)
        raw = self._rows(domain, table)
        units: dict[str, str] = {}
        if table == "sessions":
            raw, units = dose_unit(replace(raw, frame=with_substance(raw.frame)))
            if "EXENDTC" in raw.frame:
                raw = one_session(raw, self._times)
            raw = self._beside(raw, domain)
        elif table != "diary":
            raw = self._beside(raw, domain)
        if table == "titration" and {"ECENDTC", "USUBJID"} <= set(raw.frame) and sessions is not None:
            return self._log(raw, domain, sessions)
        return self._read(table, _ours(raw, domain, table), domain, units)

    def _instead(self, table: str, sessions: Received | None) -> Received | None:
        if table == "diary" and "CE" in self.there:
            source = TableSource(
                file=f"{self.name}/{self.there['CE']}",
                columns={"patient_id": "USUBJID"},
                where={"CEDECOD": HEADACHES},
                attacks=Attacks(start="CESTDTC", end="CEENDTC"),
            )
            raw, said = read_files(table, source, self.folder, limits=self.limits)
            self.facts += said
            return receive(table, raw, source, timezone=self.timezone)
        if table == "titration" and sessions is not None and "EX" in self.there:
            domain = self.layout.domains["sessions"]
            raw = self._file("EX", table)
            raw, _ = rows_of_table(raw, domain, "sessions")
            if "EXENDTC" in raw.frame and _rates(raw):
                names = {f"EX{part}": f"EC{part}" for part in ("GRPID", "STDTC", "ENDTC", "DOSE", "DOSU")}
                raw = replace(raw, frame=raw.frame.rename(columns=names))
                return self._log(raw, self.layout.domains["titration"], sessions)
        return None

    def _file(self, domain: str, table: str) -> RawTable:
        source = TableSource(file=f"{self.name}/{self.there[domain]}")
        raw, said = read_files(table, source, self.folder, limits=self.limits)
        self.facts += said
        return replace(raw, frame=raw.frame.astype("str"))

    def _rows(self, domain: Domain, table: str) -> RawTable:
        """Return the records of a domain that are rows of the table, an answer a column."""
        raw, words = rows_of_table(self._file(domain.name, table), domain, table)
        if words:
            self.facts[-1] = replace(self.facts[-1], shaped=(*self.facts[-1].shaped, *words))
        raw = replace(
            raw, frame=_with_grade(as_collected(raw.frame)) if table == "adverse_events" else raw.frame
        )
        raw = replace(raw, frame=_variables(raw.frame, domain))
        # a step without its session belongs to the one that ran at the time
        spared = {"ECGRPID"} if table == "titration" and "USUBJID" in raw.frame else set()
        required = [theirs for ours, theirs in domain.columns.items() if specs(table)[ours].required]
        needed = [name for name in required if name not in spared]
        _need(raw, [*needed, *(domain.answers or ())], domain.name)
        if domain.answers is None:
            return raw
        keys = [domain.columns[ours] for ours in ("patient_id", "date")]
        thin = replace(raw, frame=raw.frame[[*keys, *domain.answers]])
        question, answer = domain.answers
        return to_wide(thin, Long(name=question, value=answer, keys=keys), table=table, file=domain.name)

    def _beside(self, raw: RawTable, domain: Domain) -> RawTable:
        """Return the records with what other domains say of them."""
        frame = raw.frame
        if f"SUPP{domain.name}" in self.there:
            frame = _qualified(frame, self._file(f"SUPP{domain.name}", "patients"), domain)
        if domain.name == "EX" and "VS" in self.there:
            frame = _measured(frame, self._file("VS", "sessions"))
        return replace(raw, frame=frame)

    def _log(self, raw: RawTable, domain: Domain, sessions: Received) -> Received:
        ours = _ours(raw, domain, "titration")
        frame = ours.frame.assign(patient_id=raw.frame["USUBJID"], until=raw.frame["ECENDTC"])
        made = log_of_steps(replace(ours, frame=frame), sessions.frame, self._times)
        return self._read("titration", made, domain, {})

    def _read(self, table: str, raw: RawTable, domain: Domain, units: dict[str, str]) -> Received:
        yes, no = ("Y", "yes", "true", "1"), ("N", "no", "false", "0")
        file = f"{self.name}/{self.there.get(domain.name, self.there.get('EX', ''))}"
        source = TableSource(file=file, yes=yes, no=no, values=domain.terms, units=units)
        return receive(table, raw, source, timezone=self.timezone)

    def _times(self, texts: pd.Series) -> pd.Series:
        """Return texts as times; missing where they are none."""
        source = TableSource(file=self.name)
        return read_timestamps(texts, texts.ne("").to_numpy(), "time", source, self.timezone)[0]


def _variables(frame: pd.DataFrame, domain: Domain) -> pd.DataFrame:
    """Name the variables that stand in for one that does not exist as that one."""
    for ours, others in domain.also.items():
        theirs = domain.columns[ours]
        found = next((one for one in others if one in frame), None)
        if theirs not in frame and found is not None:
            frame = frame.assign(**{theirs: frame[found]})
    return frame


def _with_grade(frame: pd.DataFrame) -> pd.DataFrame:
    severity = next((one for one in ("AESEV", "ASEV") if one in frame), None)
    if severity is None or any(one in frame for one in GRADES):
        return frame
    return frame.assign(AETOXGR=frame[severity].str.upper().map(SEVERITY).fillna("").astype("str"))


def _rates(raw: RawTable) -> bool:
    """Return whether the doses of EX are rates of the pump."""
    if not {"EXDOSE", "EXDOSU"} <= set(raw.frame):
        return False
    given = raw.frame["EXDOSU"][raw.frame["EXDOSE"].ne("")]
    return bool(len(given)) and bool(unit_of_rate(given).isin(RATE_UNITS).all())


def _ours(raw: RawTable, domain: Domain, table: str) -> RawTable:
    """Return the records with our columns alone."""
    frame = raw.frame
    found = domain.columns | (DIARY_TESTS if table == "diary" else {})
    ours = {name: frame[theirs] for name, theirs in found.items() if theirs in frame}
    more = (*domain.further, *(VITAL_SIGNS if table == "sessions" and domain.further else ()))
    ours |= {name: frame[name] for name in more if name in frame}
    if "rate_unit" in ours:
        ours["rate_unit"] = unit_of_rate(ours["rate_unit"])
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
        what = f"SUPP{domain.name}: a qualifier appears twice, or the domain has no {key}"
        raise SourceError(what, hint=f"keep one QVAL for each {by} and QLABEL, and {key} in {domain.name}")
    return _beside(frame, told, key, by, "QLABEL", "QVAL")


def _measured(frame: pd.DataFrame, vital: RawTable) -> pd.DataFrame:
    """Return the sessions with the vital signs that name their group; others belong to no session."""
    told = vital.frame
    if not {"VSGRPID", "VSTESTCD", "VSTPT", "VSORRES"} <= set(told) or "EXGRPID" not in frame:
        return frame
    names = {test: ours for ours, test in VITAL_SIGNS.items()}
    told = told.assign(ours=(told["VSTESTCD"] + " " + told["VSTPT"]).map(names)).dropna(subset=["ours"])
    if told.duplicated(["VSGRPID", "ours"]).any():
        what = "VS: two records give the same measurement of one session"
        raise SourceError(what, hint="keep one record for each VSGRPID, VSTESTCD and VSTPT")
    return _beside(frame, told, "EXGRPID", "VSGRPID", "ours", "VSORRES")


def _beside(
    frame: pd.DataFrame, told: pd.DataFrame, key: str, by: str, name: str, value: str
) -> pd.DataFrame:
    """Return the records with a column for each name: the value that stands under the record's key."""
    wide = told.set_index([by, name])[value].unstack(name)  # noqa: PD010
    return frame.assign(
        **{str(one): frame[key].map(wide[one]).fillna("").astype("str") for one in wide.columns}
    )
