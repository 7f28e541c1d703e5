"""The tables of a study as ADaM data sets: every accepted cell, and what is derived for analysis."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from outcomes.sources.cdisc.adam_sets import ADAM
from outcomes.sources.cdisc.domains import DIARY_TESTS
from outcomes.sources.cdisc.write import answers, cells_as_text, everybody, owners

__all__ = ["adam_data_sets"]

#: Variables of ADaM that are dates or numbers.
DATES = {"ADT", "INDEXDT", "FCONTDT", "UNTILDT"}
NUMBERS = {"AVAL", "A1HI", "AGE", "PRIORPRV"}


def adam_data_sets(
    tables: Mapping[str, pd.DataFrame], *, study: str, timezone: str, emergent: pd.Series
) -> dict[str, pd.DataFrame]:
    """Return the analysis data sets of a study: name -> records; dates and numbers for analysis are typed.

    Parameters
    ----------
    tables : mapping of str to DataFrame
        The accepted rows of the tables that were given.
    study, timezone
        As `sdtm_domains`.
    emergent : Series of bool
        For each row of the adverse events: it began under treatment.

    Returns
    -------
    dict of str to DataFrame
        ADSL, ADEX, ADEC, ADAE, ADQS, ADLB, ADDIARY, those that have records.
    """
    made: dict[str, pd.DataFrame] = {}
    owner = owners(tables.get("sessions"))
    for table, rows in tables.items():
        domain = ADAM.domains[table]
        if table == "diary":
            made[domain.name] = _days(rows, study)
            continue
        texts = cells_as_text(rows, table, timezone)
        records = pd.DataFrame({"STUDYID": pd.Series(study, index=range(len(rows)), dtype="str")})
        records = records.assign(**{theirs: texts[ours] for ours, theirs in domain.columns.items()})
        if table == "titration":
            records = records.assign(USUBJID=texts["session_id"].map(owner).fillna("").astype("str"))
        if table == "adverse_events":
            records = _with_emergence(records, emergent, timezone)
        made[domain.name] = _typed(records)
    if "ADSL" in made:
        made["ADSL"] = _treated(everybody(made, "ADSL"), tables.get("sessions"), timezone)
    return {name: records for name, records in made.items() if len(records)}


def _days(rows: pd.DataFrame, study: str) -> pd.DataFrame:
    long = answers(rows, "diary", ["patient_id", "date"], DIARY_TESTS, bare=True)
    named = {"patient_id": "USUBJID", "date": "ADT", "test": "PARAMCD", "value": "AVALC"}
    long = long.rename(columns=named).assign(STUDYID=study)
    number = pd.to_numeric(long["AVALC"], errors="coerce").astype("float64")
    return _typed(long[["STUDYID", *named.values()]].assign(AVAL=number))


def _with_emergence(records: pd.DataFrame, emergent: pd.Series, timezone: str) -> pd.DataFrame:
    flag = pd.Series(np.where(emergent.to_numpy(dtype=bool), "Y", ""), dtype="str")
    number = records.groupby("USUBJID").cumcount().add(1).astype("float64")
    days = {f"A{end}DT": _whole_days(records[f"AE{end}DTC"], timezone) for end in ("ST", "EN")}
    return records.assign(AESEQ=number, TRTEMFL=flag, **days)


def _typed(records: pd.DataFrame) -> pd.DataFrame:
    """Return the records with their dates and numbers for analysis as such."""
    for name in records:
        if name in DATES and not pd.api.types.is_datetime64_dtype(records[name].dtype):
            records = records.assign(
                **{name: pd.to_datetime(records[name], format="%Y-%m-%d", errors="coerce")}
            )
        elif name in NUMBERS:
            records = records.assign(**{name: pd.to_numeric(records[name]).astype("float64")})
    return records


def _whole_days(texts: pd.Series, timezone: str) -> pd.Series:
    """Return the local day of each text that says at least a day."""
    day = pd.to_datetime(texts.where(texts.str.len().eq(10)), format="%Y-%m-%d")
    moment = pd.to_datetime(texts.where(texts.str.len().gt(10)), format="ISO8601", utc=True)
    local = moment.dt.tz_convert(timezone).dt.tz_localize(None).dt.normalize()
    return day.astype("datetime64[us]").fillna(local.astype("datetime64[us]"))


def _treated(subjects: pd.DataFrame, sessions: pd.DataFrame | None, timezone: str) -> pd.DataFrame:
    """Add who is in the safety set, and the days of the first and the last exposure."""
    first = last = subjects["INDEXDT"]
    if sessions is not None and len(sessions):
        days = sessions[["start", "end"]].apply(
            lambda times: times.dt.tz_convert(timezone).dt.tz_localize(None).dt.normalize()
        )
        by = days.assign(end=days["end"].fillna(days["start"])).groupby(sessions["patient_id"])
        first = subjects["USUBJID"].map(by["start"].min()).fillna(first)
        last = subjects["USUBJID"].map(by["end"].max()).fillna(last)
    safe = pd.Series(np.where(first.notna(), "Y", "N"), index=subjects.index, dtype="str")
    return subjects.assign(SAFFL=safe, TRTSDT=first, TRTEDT=last)
