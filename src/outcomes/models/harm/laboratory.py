"""Laboratory values: CTCAE grades by the limit or an abnormal baseline, shift, signals of liver injury."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from outcomes.errors import ArgumentError, DataError, instance_of, name_rows, plural
from outcomes.models.harm.at_risk.names import PATIENT
from outcomes.models.stats.input_frames import check_columns
from outcomes.models.stats.intervals import proportion
from outcomes.models.stats.intervals.arguments import check_level
from outcomes.results import Estimates

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

__all__ = ["TRANSAMINASE", "check_graded", "lab_grades", "lab_shift", "liver_signals"]


@dataclass(frozen=True, slots=True)
class Bounds:
    """Where grades begin: 2 to 4 above these multiples; grade 1 above the limit, or from a multiple of it.

    ``first`` is the multiple of an abnormal baseline at which grade 1 begins: included, but for 1, which is
    excluded; None: the baseline never replaces the limit (creatinine).
    """

    grades: tuple[float, float, float]
    first: float | None


#: CTCAE v5.0. Multiples of the upper limit of normal, or of the baseline where that was above it.
CTCAE = {
    "alt": Bounds((3.0, 5.0, 20.0), 1.5),
    "ast": Bounds((3.0, 5.0, 20.0), 1.5),
    "alp": Bounds((2.5, 5.0, 20.0), 2.0),
    "ggt": Bounds((2.5, 5.0, 20.0), 2.0),
    "bilirubin": Bounds((1.5, 3.0, 10.0), 1.0),
    "creatinine": Bounds((1.5, 3.0, 6.0), None),
}
#: Creatinine above these multiples of its baseline has grade 2 and 3, whatever the limit.
OF_BASELINE = (1.5, 3.0)
#: Limits of laboratories differ, but not by so much in one unit: the smallest step between units is 10.
OTHER_UNIT = 5.0
NEEDED = [PATIENT, "date", "test", "value", "upper_limit"]
#: Multiples of the limits that Hy's law asks for, and the days within which both are reached.
TRANSAMINASE, BILIRUBIN, DAYS = 3.0, 2.0, 14


def lab_grades(laboratory: pd.DataFrame, follow_up: pd.DataFrame) -> pd.DataFrame:
    """Return each value with its multiple of the limit, its baseline and its CTCAE grade.

    Parameters
    ----------
    laboratory : DataFrame
        ``patient_id, date, test, value, upper_limit`` and, where known, ``unit``, ``qualifier`` (``below`` or
        ``above`` a limit of detection).
    follow_up : DataFrame
        ``patient_id, first_day``: the local day of the first infusion (`oc.follow_up`).

    Returns
    -------
    DataFrame
        The values of these patients, with ``times_limit``; ``on_treatment`` (after the day of the first
        infusion); ``baseline`` (the last value by that day; a value of the day itself is taken to be from
        before the infusion) and ``times_baseline``; ``baseline_above`` its limit; ``grade`` (0 to 4, missing
        where the limit is not known, for a value above a limit of detection at least so much, and for another
        test).

    Raises
    ------
    ArgumentError
        For columns that do not exist.
    DataError
        For negative values and limits that are not above 0.

    Notes
    -----
    CTCAE v5.0: ALT, AST above 3, 5, 20 times the limit are grades 2, 3, 4; ALP, GGT 2.5, 5, 20; bilirubin
    1.5, 3, 10; creatinine 1.5, 3, 6. Where the baseline was above the limit, multiples of the baseline take
    its place; creatinine is held to both. A value below a limit of detection has grade 0 when that limit is
    within the normal range, else none. In another unit than its baseline a value is compared by multiples of
    the limit.

    References
    ----------
    National Cancer Institute. Common Terminology Criteria for Adverse Events (CTCAE) v5.0, 2017.

    Examples
    --------
    >>> import pandas as pd
    >>> day = pd.to_datetime(["2026-01-05", "2026-01-20"])
    >>> lab = pd.DataFrame({"patient_id": "a", "date": day, "test": "alt", "value": [30.0, 130.0],
    ...     "upper_limit": 40.0})
    >>> start = pd.DataFrame({"patient_id": ["a"], "first_day": pd.to_datetime(["2026-01-10"])})
    >>> lab_grades(lab, start)[["value", "times_limit", "on_treatment", "grade"]]
       value  times_limit  on_treatment  grade
    0   30.0         0.75         False      0
    1  130.0         3.25          True      2
    """
    check_columns("laboratory", laboratory, NEEDED, numbers=["value", "upper_limit"])
    check_columns("follow_up", follow_up, [PATIENT, "first_day"])
    for name, table, column in (("laboratory", laboratory, "date"), ("follow_up", follow_up, "first_day")):
        _check_days(name, table, column)
    _refuse(laboratory["value"] < 0, "value is", "values are", "negative")
    _refuse(laboratory["upper_limit"] <= 0, "upper limit is", "upper limits are", "not above 0")
    first = follow_up.drop_duplicates(PATIENT).set_index(PATIENT)["first_day"]
    frame = laboratory[laboratory[PATIENT].isin(first.index)].reset_index(drop=True)
    start = first.reindex(frame[PATIENT]).set_axis(frame.index)
    frame["test"] = _known_names(frame["test"])
    frame["on_treatment"] = frame["date"] > start
    frame["times_limit"] = frame["value"] / frame["upper_limit"]
    base = _baseline(frame)
    keys = pd.MultiIndex.from_frame(frame[[PATIENT, "test"]])
    for column, name in (("value", "baseline"), ("times_limit", "_times"), ("_unit", "_unit_before")):
        frame[name] = base[column].reindex(keys).to_numpy()
    unit = frame["unit"] if "unit" in frame else pd.Series(None, index=frame.index, dtype="str")
    other = (unit.fillna("") != frame["_unit_before"].fillna("")) | _other_scale(frame)
    other = (frame["baseline"].notna() & other).to_numpy()
    frame["times_baseline"] = np.where(
        other, _ratio(frame["times_limit"], frame["_times"]), _ratio(frame["value"], frame["baseline"])
    )
    frame["baseline_above"] = (frame["_times"] > 1).astype("boolean").mask(frame["_times"].isna())
    frame["grade"] = _grades(frame)
    return frame.drop(columns=["_times", "_unit_before"])


def _check_days(name: str, frame: pd.DataFrame, column: str) -> None:
    """Refuse days that are not local ones: a moment in another zone may be on another day."""
    if not pd.api.types.is_datetime64_dtype(frame[column].dtype):
        raise ArgumentError(
            f"column {column!r} of {name} does not hold local days",
            got=str(frame[column].dtype),
            allowed="timestamps without a zone",
            hint='convert it with pandas.to_datetime, and a zoned one with .dt.tz_convert("Europe/Berlin")'
            ".dt.tz_localize(None).dt.normalize()",
        )


def _known_names(tests: pd.Series) -> pd.Series:
    """Return tests as CTCAE's list here has them, whatever their case; others stay as they are."""
    plain = tests.astype("str").str.strip().str.lower()
    return tests.mask(plain.isin(list(CTCAE)), plain)


def _other_scale(frame: pd.DataFrame) -> pd.Series:
    """Return where the limit is so far from that of the baseline that the unit must be another one."""
    before = frame["baseline"] / frame["_times"]
    ratio = frame["upper_limit"] / before.where(before > 0)
    return ((ratio > OTHER_UNIT) | (ratio < 1 / OTHER_UNIT)).fillna(False).astype(bool)


def _refuse(wrong: pd.Series, one: str, many: str, why: str) -> None:
    rows = np.flatnonzero(wrong.fillna(False).to_numpy(dtype=bool))
    if len(rows):
        raise DataError(
            f"{plural(len(rows), one, many)} {why}", got=name_rows(rows), hint="correct the source"
        )


def _baseline(frame: pd.DataFrame) -> pd.DataFrame:
    """Return the last value of each patient and test by the day of the first infusion."""
    before = frame[~frame["on_treatment"] & frame["value"].notna()]
    before = before.assign(_unit=before.get("unit"))
    last = before.sort_values("date", kind="stable").groupby([PATIENT, "test"])
    return last[["value", "times_limit", "_unit"]].last()


def _ratio(top: pd.Series, base: pd.Series) -> Floats:
    above = base.to_numpy(dtype=np.float64, na_value=np.nan)
    return np.asarray(top.to_numpy(dtype=np.float64, na_value=np.nan) / np.where(above > 0, above, np.nan))


def _grades(frame: pd.DataFrame) -> pd.api.extensions.ExtensionArray:
    limit = frame["times_limit"].to_numpy(dtype=np.float64, na_value=np.nan)
    change = frame["times_baseline"].to_numpy(dtype=np.float64, na_value=np.nan)
    above = frame["baseline_above"].fillna(False).to_numpy(dtype=bool)
    later = frame["on_treatment"].to_numpy(dtype=bool)
    grade = np.full(len(frame), np.nan)
    for test, bounds in CTCAE.items():
        rows = frame["test"].eq(test).fillna(False).to_numpy(dtype=bool)
        of_limit = _steps(limit, bounds.grades) + (limit > 1)
        if bounds.first is None:
            # Once up, twice up of the baseline is grade 2, 3; the first step alone is grade 2.
            of_base = np.where(later, _steps(change, OF_BASELINE), 0)
            found = np.maximum(of_limit, np.where(of_base > 0, of_base + 1, 0))
        else:
            begins = change > 1 if bounds.first == 1 else change >= bounds.first
            of_base = np.where(begins, 1 + _steps(change, bounds.grades), 0)
            found = np.where(later & above, of_base, of_limit)
        grade = np.where(rows & ~np.isnan(limit), found, grade)
    if "qualifier" in frame:
        # All that is known of such a value is that it is lower than a limit outside the normal range.
        below = frame["qualifier"].eq("below").fillna(False).to_numpy(dtype=bool)
        known = frame["test"].isin(list(CTCAE)).to_numpy()
        grade = np.where(below & known, np.where(limit <= 1, 0, np.nan), grade)
    return pd.array(grade, dtype="Float64").astype("Int64")


def _steps(times: Floats, bounds: tuple[float, ...]) -> NDArray[np.int64]:
    """Return how many of the bounds a multiple is above."""
    return np.searchsorted(bounds, np.nan_to_num(times), side="left").astype(np.int64)


def check_graded(graded: pd.DataFrame) -> None:
    """Refuse values that `lab_grades` has not graded."""
    instance_of("graded", graded, pd.DataFrame, hint="give what lab_grades(...) returned")
    if absent := [c for c in (PATIENT, "test", "grade", "on_treatment", "times_limit") if c not in graded]:
        raise ArgumentError("the values are not graded", got=", ".join(absent), hint="use lab_grades first")


def _without_limit(graded: pd.DataFrame) -> tuple[str, ...]:
    """Say how many values on treatment count nowhere, since their limit is not known."""
    lost = (
        graded["on_treatment"].astype(bool) & graded["times_limit"].isna() & graded["test"].isin(list(CTCAE))
    )
    if "value" in graded:
        lost &= graded["value"].notna()
    number = int(lost.sum())
    words = plural(number, "value on treatment has", "values on treatment have")
    return (f"{words} no upper limit of normal: in no row",) if number else ()


def lab_shift(graded: pd.DataFrame) -> Estimates:
    """Return how many patients went from which grade at baseline to which worst grade on treatment.

    Parameters
    ----------
    graded : DataFrame
        From `lab_grades`.

    Returns
    -------
    Estimates
        One row per test and pair of grades: ``test, baseline_grade, worst_grade`` (missing: no graded value),
        ``n`` patients of ``N`` with a graded value of the test on treatment, ``percent``. ``members`` names
        the patients.

    Examples
    --------
    >>> import pandas as pd
    >>> graded = pd.DataFrame({"patient_id": list("aab"), "test": "alt", "grade": [0, 2, 1],
    ...     "on_treatment": [False, True, True], "times_limit": 1.0, "date": 0})
    >>> lab_shift(graded)[["test", "baseline_grade", "worst_grade", "n", "N"]]
      test  baseline_grade  worst_grade  n  N
    0  alt               0            2  1  2
    1  alt            <NA>            1  1  2
    """
    check_graded(graded)
    rows = graded[graded["grade"].notna()]
    by = [PATIENT, "test"]
    worst = rows[rows["on_treatment"]].groupby(by)["grade"].max().rename("worst_grade")
    before = rows[~rows["on_treatment"].astype(bool)].sort_values("date", kind="stable")
    start = before.groupby(by)["grade"].last().rename("baseline_grade").astype("Int64")
    people = worst.reset_index().merge(start.reset_index(), on=by, how="left")
    keys = ["test", "baseline_grade", "worst_grade"]
    frame = people.groupby(keys, dropna=False).size().rename("n").reset_index()
    total = people.groupby("test").size()
    frame["N"] = total.reindex(frame["test"]).to_numpy(dtype=np.int64)
    frame["percent"] = 100 * frame["n"] / frame["N"]
    place = frame[keys].reset_index(names="row").merge(people, on=keys)
    return Estimates(
        frame,
        title="Laboratory: shift from the grade at baseline to the worst one on treatment",
        method="CTCAE v5.0; patients with a graded value on treatment",
        level=None,
        notes=_without_limit(graded),
        status="ok" if len(frame) else "no graded value on treatment",
        meta={"kind": "shift", "patients": people[PATIENT].nunique()},
        members=place[["row", PATIENT]].sort_values("row", ignore_index=True),
    )


def liver_signals(graded: pd.DataFrame, *, level: float = 0.95) -> Estimates:
    """Return how many patients had signals of liver injury on treatment, Hy's law among them.

    Parameters
    ----------
    graded : DataFrame
        From `lab_grades`.
    level : float
        Confidence level of the exact intervals.

    Returns
    -------
    Estimates
        One row per ``term``: ALT or AST at least 3, 5, 10, 20 times the limit, bilirubin at least 2 times,
        and Hy's law; ``n`` of ``N`` patients with both kinds of value on treatment (for ALT or AST: with one
        of these), ``percent, lower, upper, status``. ``members`` names the patients.

    Notes
    -----
    Hy's law: ALT or AST at least 3 times the limit, and bilirubin at least 2 times within 14 days of that. It
    is a signal to look at a patient for other causes, not a diagnosis. Equal to the multiple counts.

    References
    ----------
    FDA. Guidance for Industry: Drug-Induced Liver Injury: Premarketing Clinical Evaluation, 2009.

    Examples
    --------
    >>> import pandas as pd
    >>> graded = pd.DataFrame({"patient_id": list("aabb"), "test": ["alt", "bilirubin"] * 2,
    ...     "date": pd.to_datetime(["2026-01-01", "2026-01-10", "2026-01-01", "2026-02-01"]),
    ...     "times_limit": [3.0, 2.0, 4.0, 2.5], "on_treatment": True, "grade": 2})
    >>> liver_signals(graded)[["term", "n", "N"]].iloc[[0, -1]]
                              term  n  N
    0  ALT or AST >= 3 times limit  2  2
    5                     Hy's law  1  2
    """
    check_graded(graded)
    check_level(level)
    seen = graded[graded["on_treatment"].astype(bool) & graded["times_limit"].notna()]
    liver, bile = seen[seen["test"].isin(["alt", "ast"])], seen[seen["test"] == "bilirubin"]
    both = set(liver[PATIENT]) & set(bile[PATIENT])
    found: list[tuple[str, set[str], int]] = [
        (f"ALT or AST >= {times} times limit", set(liver.loc[liver["times_limit"] >= times, PATIENT]),
         liver[PATIENT].nunique())
        for times in (3, 5, 10, 20)
    ]  # fmt: skip
    high = set(bile.loc[bile["times_limit"] >= BILIRUBIN, PATIENT])
    found.append((f"bilirubin >= {BILIRUBIN:g} times limit", high, bile[PATIENT].nunique()))
    found.append(("Hy's law", _hys_law(liver, bile), len(both)))
    frame = pd.DataFrame({"term": [t for t, _, _ in found], "n": [len(p) for _, p, _ in found]})
    frame["N"] = [total for _, _, total in found]
    some = frame["N"] > 0
    frame["percent"] = (100 * frame["n"] / frame["N"]).where(some)
    limits = proportion(frame["n"].to_numpy(float), frame["N"].to_numpy(float), level=level)
    frame["lower"], frame["upper"] = (100 * np.asarray(limit) for limit in limits)
    frame["status"] = np.where(some, "ok", "nobody has such a value on treatment")
    members = [
        {"row": row, PATIENT: who} for row, (_, people, _) in enumerate(found) for who in sorted(people)
    ]
    return Estimates(
        frame,
        title="Signals of liver injury on treatment",
        method=f"multiples of the upper limit of normal, exact intervals; Hy's law: both within {DAYS} days",
        level=level,
        notes=("a signal to look for other causes, not a diagnosis", *_without_limit(graded)),
        meta={"kind": "liver", "N": len(both)},
        members=pd.DataFrame(members, columns=["row", PATIENT]),
    )


def _hys_law(liver: pd.DataFrame, bile: pd.DataFrame) -> set[str]:
    """Return who had both within the days."""
    raised = liver.loc[liver["times_limit"] >= TRANSAMINASE, [PATIENT, "date"]]
    yellow = bile.loc[bile["times_limit"] >= BILIRUBIN, [PATIENT, "date"]]
    pairs = raised.merge(yellow, on=PATIENT, suffixes=("", "_bile"))
    near = (pairs["date"] - pairs["date_bile"]).abs() <= pd.Timedelta(days=DAYS)
    return set(pairs.loc[near, PATIENT])
