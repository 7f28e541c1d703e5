"""What each patient adds to each kind of number, as keyed digests: two pages can be compared."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import numpy as np
import pandas as pd

from outcomes.derive.periods import periods
from outcomes.derive.remember import from_each_part
from outcomes.page.summary import digests, each_once
from outcomes.study import Study

__all__ = ["digests_of_part", "few_changed", "people"]


def people(study: Study, key: str) -> dict[str, np.ndarray]:
    """Return kind of number -> a keyed digest of each patient together with what the patient adds to it.

    Parameters
    ----------
    study : Study
        The study as of the report's date.
    key : str
        The folder's key, 16 characters.

    Returns
    -------
    dict of str to ndarray of uint64
        Sorted; of two reports those that only one has are of patients who came, went or changed.
    """
    arms = study.patients.drop_duplicates("patient_id")["arm"].nunique() >= 2
    parts = from_each_part(study, digests_of_part, key=key)
    if parts is None:
        parts = [digests_of_part(study, key=key, arms=arms)]
    order = dict.fromkeys(kind for part in sorted(parts, key=len, reverse=True) for kind in part)
    return {
        kind if arm is None else f"{kind}, {arm}": each_once(
            np.concatenate([part[kind, arm] for part in parts if (kind, arm) in part])
        )
        for kind, arm in order
        if arms or arm is None
    }


def digests_of_part(study: Study, *, key: str, arms: bool = True) -> dict[tuple[str, str | None], np.ndarray]:
    """Return the digests of the patients of one partition, by kind of number, and by arm too."""
    found: dict[tuple[str, str | None], np.ndarray] = {
        (kind, None): _of_patients(rows, key) for kind, rows in _kinds(study) if len(rows)
    }
    people = study.patients.drop_duplicates("patient_id").set_index("patient_id")["arm"].dropna()
    if not (arms and len(people)):
        return found
    # a page with arms tells each by itself: ten who differ may be nine of one arm and one of the other
    for kind, rows in _kinds(study):
        arm = rows["patient_id"].map(people)
        found |= {(kind, str(name)): _of_patients(part, key) for name, part in rows.groupby(arm)}
    return found


def _kinds(study: Study) -> Iterator[tuple[str, pd.DataFrame]]:
    """Yield each kind of number with the rows that it is made from."""
    told = ["patient_id", "baseline", "value", "days_recorded"]
    found = periods(study)[["period", *told]]
    for period, rows in found[found["value"].notna()].groupby("period", observed=True, sort=False):
        yield str(period), rows[told]
    for instrument, rows in study.assessments.groupby("instrument", observed=True, sort=True):
        yield str(instrument), rows
    yield "adverse events", study.adverse_events
    yield "sessions", study.sessions
    yield "patients", study.patients


def _of_patients(rows: pd.DataFrame, key: str) -> np.ndarray:
    """Return one number per patient: of the id and of all rows, whatever their order."""
    each = pd.DataFrame({"who": rows["patient_id"], "what": digests(rows, key)})
    if each["who"].duplicated().any():
        each = each.groupby("who", as_index=False, sort=False).sum()
    return each_once(digests(each, key))


def few_changed(
    before: Mapping[str, np.ndarray], now: Mapping[str, np.ndarray], *, smallest: int
) -> list[str]:
    """Return the kinds of numbers that both reports tell, and that fewer than `smallest` patients changed.

    Examples
    --------
    >>> import numpy as np
    >>> twenty, more = np.arange(20), np.arange(21)
    >>> few_changed({"days 1-28": twenty}, {"days 1-28": more}, smallest=10)
    ['days 1-28']
    >>> few_changed({"days 1-28": twenty}, {"days 1-28": twenty}, smallest=10)
    []
    """
    both = [kind for kind in now if min(len(now[kind]), len(before.get(kind, ()))) >= smallest]
    return [kind for kind in both if 0 < _differ(before[kind], now[kind]) < smallest]


def _differ(before: np.ndarray, now: np.ndarray) -> int:
    """Return at least how many patients differ: one who has changed is in both with different digests."""
    both = np.sort(np.concatenate([before, now]), kind="stable")  # each is sorted: they are only merged
    same = int(np.count_nonzero(both[1:] == both[:-1]))
    return max(len(before), len(now)) - same
