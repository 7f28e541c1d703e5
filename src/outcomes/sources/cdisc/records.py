"""Which records of a data set are rows of our table: given, not planned, total scores; doses in one unit."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd

from outcomes.schema.findings import Fault
from outcomes.sources.cdisc.adam_sets import FLAGS
from outcomes.sources.cdisc.domains import Domain
from outcomes.sources.raw import RawTable
from outcomes.sources.shaping.rows import take
from outcomes.units import OTHER_UNITS, PER_WEIGHT, RATE_UNITS

__all__ = ["as_collected", "dose_unit", "rows_of_table", "unit_of_rate", "with_substance"]

#: Ends of variables -> the texts that say of a record: this did not happen.
NOT_GIVEN = {"OCCUR": {"N"}, "MOOD": {"SCHEDULED"}, "STAT": {"NOT DONE"}}
#: Categories of QS -> our instruments; the version behind the name does not matter.
INSTRUMENTS = {
    "HIT-6": r"HIT-?6\b.*", "MIDAS": r"MIDAS\b.*", "MSQ": r"MSQ\b.*", "PHQ-9": r"PHQ-?9\b.*",
    "PGIC": r"PGI-?C\b.*", "NRS": r"NRS\b.*",
}  # fmt: skip
#: Our substances as EXTRT names them, with or without their salt.
SALT = r"( (hydrochloride|HCl))?"
SUBSTANCES = {
    "esketamine": rf"(esketamine|s-ketamine|s\(\+\)-ketamine|\(s\)-ketamine){SALT}",
    "racemic_ketamine": rf"(racemic ketamine|ketamine racemate){SALT}",
}  # fmt: skip
#: Units of rates as CDISC and pumps write them -> ours.
RATES = {
    **{unit.casefold(): unit for unit in RATE_UNITS}, "ug/kg/min": "mcg/kg/min", "mg/kg/hr": "mg/kg/h",
    "mg/hr": "mg/h", "ml/hr": "mL/h",
}  # fmt: skip
DOSES = {"ug": "mcg"}
#: Characters of a date of which the flag of imputation leaves that many.
KNOWN = {"D": 7, "M": 4, "Y": 0}


def rows_of_table(raw: RawTable, domain: Domain, table: str) -> tuple[RawTable, tuple[str, ...]]:
    """Return the records that are rows of our table, and what was left out in words."""
    frame, prefix = raw.frame, domain.name[-2:]
    kept = pd.Series(True, index=frame.index)
    said = []
    if domain.answers is None:
        for end, texts in NOT_GIVEN.items():
            if f"{prefix}{end}" in frame:
                kept &= ~frame[f"{prefix}{end}"].str.upper().isin(texts)
        said.append(f"{domain.name}: records of what was not given or not done")
    given = int((~kept).sum())
    if table == "assessments":
        raw, totals = _total_scores(raw, domain)
        kept &= totals
    elif table == "laboratory" and domain.columns["test"] in frame:
        known = {*domain.terms["test"], *domain.terms["test"].values(), "other"}
        kept &= frame[domain.columns["test"]].isin(known)
    further = int((~kept).sum()) - given
    words = [f"{said[0]} are no rows: {given:,}"] if given else []
    words += (
        [f"{domain.name}: records of other questions or tests are no rows: {further:,}"] if further else []
    )
    return (take(raw, np.flatnonzero(kept)) if words else raw), tuple(words)


def _total_scores(raw: RawTable, domain: Domain) -> tuple[RawTable, pd.Series]:
    """Name the instruments as ours, and say which records are whole scores: where there are totals, those."""
    frame, name = raw.frame, domain.columns["instrument"]
    if name not in frame:
        return raw, pd.Series(True, index=frame.index)
    ours = frame[name].astype("str")
    for code, pattern in INSTRUMENTS.items():
        ours = ours.mask(ours.str.fullmatch(pattern, case=False), code)
    known = ours.isin(list(INSTRUMENTS)) | ours.eq("")
    question = next((one for one in ("QSTEST", "PARAM") if one in frame), None)
    if question is not None:
        total = frame[question].str.contains("total", case=False)
        known &= total | ~total.groupby(ours).transform("any")
    return replace(raw, frame=frame.assign(**{name: ours})), known


def as_collected(frame: pd.DataFrame) -> pd.DataFrame:
    """Cut dates for analysis to what was known of them: an imputed day is none."""
    for date, flag in FLAGS.items():
        if {date, flag} <= set(frame):
            known = frame[flag].str.strip().map(KNOWN)
            cut = {length: frame[date].str.slice(0, length) for length in KNOWN.values()}
            text = frame[date]
            for length, short in cut.items():
                text = text.mask(known.eq(length), short)
            frame = frame.assign(**{date: text.astype("str")})
    return frame


def unit_of_rate(units: pd.Series) -> pd.Series:
    """Return units of rates as we write them; others stay as they are."""
    return units.str.strip().str.casefold().map(RATES).fillna(units).astype("str")


def with_substance(frame: pd.DataFrame) -> pd.DataFrame:
    """Return records of EX with our code for the treatment; KETAMINE is the racemate only beside esketamine.

    Anything else, a placebo too, is no substance of ours.
    """
    if "EXTRT" not in frame:
        return frame
    text = frame["EXTRT"].str.strip()
    found = {code: text.str.fullmatch(pattern, case=False) for code, pattern in SUBSTANCES.items()}
    plain = text.str.fullmatch(rf"ketamine{SALT}", case=False) & found["esketamine"].any()
    code = pd.Series("", index=frame.index, dtype="str").mask(found["esketamine"], "esketamine")
    return frame.assign(EXTRT=code.mask(found["racemic_ketamine"] | plain, "racemic_ketamine"))


def dose_unit(raw: RawTable) -> tuple[RawTable, dict[str, str]]:
    """Return the unit of the doses of EX; a dose in another unit than most, or without one, is not read.

    Returns
    -------
    RawTable
        The records; rates stand in no dose.
    dict of str to str
        Keys of ``units``.
    """
    frame = raw.frame
    if not {"EXDOSE", "EXDOSU"} <= set(frame):
        return raw, {}
    known = (*OTHER_UNITS["sessions", "dose_mg"], *PER_WEIGHT["sessions", "dose_mg"])
    units = frame["EXDOSU"].str.strip()
    units = units.str.casefold().map({one.casefold(): one for one in known} | DOSES).fillna(units)
    given = frame["EXDOSE"].str.strip().ne("")
    if given.any() and unit_of_rate(units[given]).isin(RATE_UNITS).all():
        return replace(raw, frame=frame.assign(EXDOSE="")), {}
    usable = units[given & units.isin(known)]
    unit = str(usable.mode().iloc[0]) if len(usable) else "mg"
    odd = given & units.ne(unit)
    if not odd.any():
        return raw, {} if unit == "mg" else {"dose_mg": unit}
    text = f"the dose is not in {unit}, as most are: it cannot be read"
    hint = "write all doses of EX in one unit (EXDOSU): mg, g, ug or mg/kg"
    fault = Fault("sessions", "other_dose_unit", text, np.flatnonzero(odd), "dose_mg", hint=hint)
    frame = frame.assign(EXDOSE=frame["EXDOSE"].mask(odd, ""))
    return replace(raw, frame=frame, faults=(*raw.faults, fault)), {} if unit == "mg" else {"dose_mg": unit}
