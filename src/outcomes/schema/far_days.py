"""Diaries that lie far from every course: dates read with another year, or from another first day.

A diary that goes back for years before the first session is none, as long as it reaches to a session.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from outcomes.schema.declared import DECLARED_WRONGLY
from outcomes.schema.findings import Fault

__all__ = ["FarDays", "far_days"]

RULE = "diary_far_from_sessions"
#: Days between a diary and the sessions of its patient: of a study whose diaries all begin after six periods
#: no change can be told, and in one patient's diary so much is no late follow-up.
OF_THE_STUDY, OF_A_PATIENT = 180, 730
#: At most this share of a patient's days may lie elsewhere: single slips of a year.
STRAY = 0.02
#: More than this share of the patients, and at least so many days, make it a matter of the whole column.
MOST, FEWEST = 0.9, 5
#: One of so many rows is looked at first: most diaries are near, and a million rows cost a tenth of a second.
THIN = 16
#: How far a diary reaches that belongs to a session: the baseline before it, the first period after it.
AROUND = 28
#: The calendars of workbooks begin so many days apart, in 1900 and in 1904.
CALENDARS = 1462
#: Days by which dates may be off -> how that is told.
SHIFTS = {
    CALENDARS: "1,462 days later they would fit: so far apart are Excel's calendars of 1900 and of 1904",
    -CALENDARS: "1,462 days earlier they would fit: so far apart are Excel's calendars of 1900 and of 1904",
    365: "a year later they would fit",
    -365: "a year earlier they would fit",
}
HINT = "compare a date of each table with the source"
NUMBERS = 'in study.toml, date_format = "excel1904" or "excel" says from which year day numbers count'


@dataclass(frozen=True, slots=True)
class FarDays:
    """How many patients' diaries lie far from their sessions: facts that add up.

    Parameters
    ----------
    patients : int
        Patients with a session or an index date, and diary days.
    far, days : int
        Those whose days all, but for slips, lie far from each of them, and these days.
    shifted : tuple of int
        Of those the patients whose days would fit, by shift.
    """

    patients: int = 0
    far: int = 0
    days: int = 0
    shifted: tuple[int, ...] = (0,) * len(SHIFTS)

    def __add__(self, other: FarDays) -> FarDays:
        """Return both parts together."""
        shifted = tuple(one + more for one, more in zip(self.shifted, other.shifted, strict=True))
        return FarDays(self.patients + other.patients, self.far + other.far, self.days + other.days, shifted)

    def alarms(self) -> list[Fault]:
        """Return the column of dates, when of nearly every patient no day lies near a session."""
        if self.days < FEWEST or self.far <= MOST * self.patients:
            return []
        fit = [shift for shift, fit in zip(SHIFTS, self.shifted, strict=True) if fit > MOST * self.far][:1]
        message = (
            f"date is declared wrongly: the diaries lie more than {OF_THE_STUDY} days from every session and "
            f"index date ({self.far} of {self.patients} treated patients)"
        )
        told = "; ".join([message, *(SHIFTS[shift] for shift in fit)])
        hint = f"{HINT}; {NUMBERS}" if fit and abs(fit[0]) == CALENDARS else HINT
        none = np.empty(0, dtype=np.intp)
        return [Fault("diary", DECLARED_WRONGLY, told, none, "date", hint=hint, whole_table=self.days)]


def far_days(
    tables: Mapping[str, pd.DataFrame], who: tuple[NDArray[np.intp], pd.Index]
) -> tuple[FarDays, list[Fault]]:
    """Return the facts of the study, and each patient whose diary lies years away, at its first day.

    Parameters
    ----------
    tables : mapping of str to DataFrame
        patients, sessions and diary as parsed; cells that are not used are blank.
    who : tuple
        The diary's patients by `coded`.
    """
    code, ids = who
    begins, ends = (of.reindex(ids) for of in _courses(tables["patients"], tables["sessions"]))
    treated, dates = begins.notna().to_numpy(), tables["diary"]["date"]
    first, last = (of.fillna(0).to_numpy(dtype=np.int64) for of in (begins, ends))
    if not treated.any() or not dates.notna().any():
        return FarDays(), []
    maybe = treated & ~_surely_near(code, dates, first, last)
    others = int((treated & ~maybe).sum())
    slips = _slips(code, dates, first, last, treated)
    if not maybe.any():
        return FarDays(others), slips
    code, day, rows = _of(maybe, code, dates)
    many = np.bincount(code, minlength=len(ids))
    away = _away(code, day, first, last)
    far, years = (_all_of(code, away > limit, many) for limit in (OF_THE_STUDY, OF_A_PATIENT))
    fits = _fits(code, day, first, last)
    facts = FarDays(
        others + int((many > 0).sum()),
        int(far.sum()),
        int(many[far].sum()),
        tuple(int((fit & far).sum()) for fit in fits.values()),
    )
    return facts, [*slips, *_of_patients(years, _first_of(code, rows, len(ids)), fits)]


def _of(
    chosen: NDArray[np.bool_], code: NDArray[np.intp], dates: pd.Series
) -> tuple[NDArray[np.intp], NDArray[np.int64], NDArray[np.intp]]:
    """Return patient, day number and row of the dated days of some patients."""
    rows = np.flatnonzero(np.append(chosen, False)[code])
    day, dated = _numbers(dates.iloc[rows])
    return code[rows][dated], day[dated], rows[dated]


def _slips(
    code: NDArray[np.intp],
    dates: pd.Series,
    first: NDArray[np.int64],
    last: NDArray[np.int64],
    treated: NDArray[np.bool_],
) -> list[Fault]:
    """Return single days that lie years from every session and from the other days of their patient."""
    ends = _numbers(pd.Series([dates.min(), dates.max()]))[0]
    if ends[0] >= first[treated].min() - OF_A_PATIENT and ends[1] <= last[treated].max() + OF_A_PATIENT:
        return []
    code, day, rows = _of(treated, code, dates)
    away = _away(code, day, first, last)
    stray, between = away > OF_A_PATIENT, (away > OF_A_PATIENT // 2) & (away <= OF_A_PATIENT)
    many, strays, betweens = (
        np.bincount(code[mask], minlength=len(first)) for mask in (slice(None), stray, between)
    )
    few = (many >= FEWEST) & (strays <= np.maximum(1, STRAY * many)) & (betweens == 0)
    text = f"the day lies more than {OF_A_PATIENT} days from every session and from the patient's other days"
    hint = "kept; check the year: the last day also ends the follow-up"
    return [Fault("diary", RULE, text, rows[stray & few[code]], "date", "warning", hint)]


def _surely_near(
    code: NDArray[np.intp], dates: pd.Series, first: NDArray[np.int64], last: NDArray[np.int64]
) -> NDArray[np.bool_]:
    """Return which patients have more days near their sessions than slips are, by some of their days."""
    some, (day, use) = code[::THIN], _numbers(dates.iloc[::THIN])
    use &= some >= 0
    near = some[use][_away(some[use], day[use], first, last) <= OF_THE_STUDY]
    many = np.bincount(code if code.min(initial=0) >= 0 else code[code >= 0], minlength=len(first))
    return np.asarray(np.bincount(near, minlength=len(first)) > STRAY * many)


def _away(
    code: NDArray[np.intp], day: NDArray[np.int64], first: NDArray[np.int64], last: NDArray[np.int64]
) -> NDArray[np.int64]:
    """Return how many days each day lies before the first session, or after the last."""
    return np.asarray(np.maximum(first[code] - day, day - last[code]))


def _courses(patients: pd.DataFrame, sessions: pd.DataFrame) -> tuple[pd.Series, pd.Series]:
    """Return the day number of each patient's first and last session or index date."""
    when = pd.concat(
        [
            pd.Series(_numbers(dates)[0], index=frame["patient_id"])[_numbers(dates)[1]]
            for frame, dates in ((sessions, sessions["start"]), (patients, patients["index_date"]))
        ]
    )
    by = when[when.index.notna()].groupby(level=0)
    return by.min(), by.max()


def _numbers(dates: pd.Series) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
    """Return days since 1970, of times those in UTC, and which are there."""
    values = dates.to_numpy(dtype="datetime64[s]").astype("datetime64[D]")
    return values.astype(np.int64), ~np.isnat(values)


def _all_of(code: NDArray[np.intp], far: NDArray[np.bool_], many: NDArray[np.intp]) -> NDArray[np.bool_]:
    near = np.bincount(code[~far], minlength=len(many))
    return (many > 0) & (near <= STRAY * many)


def _fits(
    code: NDArray[np.intp], day: NDArray[np.int64], first: NDArray[np.int64], last: NDArray[np.int64]
) -> dict[int, NDArray[np.bool_]]:
    """Return which patients' days, read so many days later, would reach to their sessions."""
    by = pd.Series(day).groupby(code)
    begin, end = (side.reindex(range(len(first))).to_numpy(dtype=float) for side in (by.min(), by.max()))
    return {shift: (begin + shift <= last + AROUND) & (end + shift >= first - AROUND) for shift in SHIFTS}


def _first_of(code: NDArray[np.intp], rows: NDArray[np.intp], patients: int) -> NDArray[np.intp]:
    first = np.zeros(patients, dtype=np.intp)
    first[code[::-1]] = rows[::-1]  # the last one that is written stays
    return first


def _of_patients(
    years: NDArray[np.bool_], first: NDArray[np.intp], fits: Mapping[int, NDArray[np.bool_]]
) -> list[Fault]:
    text = f"the patient's diary lies more than {OF_A_PATIENT} days from every session and index date"
    found, left = [], years
    for shift, said in (*SHIFTS.items(), (0, "")):
        mine = left & fits[shift] if said else left
        told = f"{text}; {said}" if said else text
        rows = np.sort(first[mine])
        found.append(Fault("diary", RULE, told, rows, "date", "warning", f"kept, and in no period; {HINT}"))
        left = left & ~mine
    return found
