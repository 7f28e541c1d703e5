"""Which diary rows count as days: cut-off, recall, late entries, and days that may be taken as free."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from outcomes.derive.clock import FAR, as_dates, day_numbers, last_day
from outcomes.errors import DataError
from outcomes.schema.local_time import local_dates
from outcomes.schema.look_up import coded

if TYPE_CHECKING:
    from outcomes.schema.rules import Rules

__all__ = ["ASSUMED", "Entries", "counted_entries", "late_entries", "with_absent_days"]

#: Value of `source` for a day that has no row and is taken as free of headache.
ASSUMED = "assumed"


@dataclass(frozen=True, slots=True, eq=False)
class Entries:
    """Diary rows with integer keys.

    Parameters
    ----------
    diary : DataFrame
        The rows.
    patient : ndarray of int64, shape (rows,)
        Position of the row's patient in the sorted patient ids.
    day : ndarray of int64, shape (rows,)
        Days since 1970-01-01.
    """

    diary: pd.DataFrame
    patient: NDArray[np.int64]
    day: NDArray[np.int64]

    @property
    def key(self) -> NDArray[np.int64]:
        """One number per patient-day, ordered by patient and date."""
        return self.patient * np.int64(FAR) + self.day


def late_entries(diary: pd.DataFrame, *, after_days: int, timezone: str) -> pd.Series:
    """Say which entries were made more than `after_days` days after their date; missing without a time."""
    entered = diary["entered_at"]
    if not entered.notna().any():
        return pd.Series(pd.NA, index=diary.index, dtype="boolean")
    delay = day_numbers(local_dates(entered, timezone)) - day_numbers(diary["date"])
    return pd.Series(delay > after_days, index=diary.index, dtype="boolean").mask(entered.isna())


def counted_entries(
    diary: pd.DataFrame,
    *,
    rules: Rules,
    timezone: str,
    cutoff: pd.Timestamp | None,
    rejected: pd.DataFrame | None = None,
) -> Entries:
    """Keep the rows that the rules count, sorted by patient and date, and add days that count as free."""
    code, ids = coded(diary["patient_id"])
    if not ids.is_monotonic_increasing:
        ids, first = ids.sort_values(return_indexer=True)
        code = np.append(np.argsort(first), -1)[code]
    late = late_entries(diary, after_days=rules.late_after_days, timezone=timezone)
    everything = Entries(diary.assign(late=late), code.astype(np.int64), day_numbers(diary["date"]))
    keep = everything.day <= last_day(cutoff, timezone)
    if not rules.include_recall:
        keep &= ~diary["source"].eq("recall").to_numpy(dtype=bool, na_value=False)
    if not rules.include_late:
        keep &= ~late.to_numpy(dtype=bool, na_value=False)
    rows = np.flatnonzero(keep)
    key = everything.key[rows]
    if np.any(key[1:] < key[:-1]):
        rows = rows[np.argsort(key)]
    entries = Entries(_gathered(everything, ids, rows), everything.patient[rows], everything.day[rows])
    if np.any(entries.key[1:] == entries.key[:-1]):
        raise DataError(
            "a patient-day has more than one diary row", hint="check the study before deriving days"
        )
    if rules.absent_means == "missing":
        return entries
    taken = np.append(everything.key, _rejected_keys(rejected, ids))
    return with_absent_days(entries, taken)


def _gathered(entries: Entries, ids: pd.Index, rows: NDArray[np.int64]) -> pd.DataFrame:
    """Return the rows in a new order.

    Text is gathered as integer codes: millions of strings from random places cost more than all the rest.
    """
    if len(rows) == len(entries.diary) and np.array_equal(rows, np.arange(len(rows))):
        return entries.diary
    columns = {}
    for name, column in entries.diary.items():
        if name == "patient_id":
            columns[name] = pd.Series(ids.array.take(entries.patient[rows]))
        elif isinstance(column.dtype, pd.StringDtype):
            code, words = pd.factorize(column)
            columns[name] = pd.Series(words.array.take(code[rows], allow_fill=True))
        else:
            columns[name] = pd.Series(column.array.take(rows))
    return pd.DataFrame(columns)


def with_absent_days(entries: Entries, taken: NDArray[np.int64]) -> Entries:
    """Add each day without a row between a patient's first and last counted row as free of headache.

    Parameters
    ----------
    entries : Entries
        Counted rows, sorted.
    taken : ndarray of int64
        Keys of every patient-day that had a row, counted or not: such a day is not absent.
    """
    gap = np.diff(entries.key) - 1
    gap[np.diff(entries.patient) != 0] = 0
    before = np.repeat(entries.key[:-1], gap)
    within = np.arange(len(before)) - np.repeat(np.cumsum(gap) - gap, gap)
    key = before + 1 + within
    key = key[~np.isin(key, taken)]
    patient, day = np.divmod(key, np.int64(FAR))
    merged = np.concatenate([entries.key, key])
    order = np.argsort(merged, kind="stable")
    ids = entries.diary["patient_id"].to_numpy()[np.searchsorted(entries.patient, patient)]
    free = pd.DataFrame({"patient_id": ids, "date": as_dates(day), "headache": False, "duration_h": 0.0})
    free = free.assign(acute_medication="none", source=ASSUMED).reindex(columns=entries.diary.columns)
    if not len(free):
        return entries
    diary = pd.concat([entries.diary, free.astype(entries.diary.dtypes)], ignore_index=True).take(order)
    return Entries(
        diary, np.concatenate([entries.patient, patient])[order], np.concatenate([entries.day, day])[order]
    )


def _rejected_keys(rejected: pd.DataFrame | None, ids: pd.Index) -> NDArray[np.int64]:
    """Return the keys of patient-days whose rows the checks rejected."""
    if rejected is None or not len(rejected):
        return np.empty(0, dtype=np.int64)
    code = pd.Index(ids).get_indexer(rejected["patient_id"]).astype(np.int64)
    day = day_numbers(rejected["date"])
    return np.asarray((code * np.int64(FAR) + day)[(code >= 0) & (day != FAR)], dtype=np.int64)
