"""Change adjusted for baseline, period by period: ordinary least squares."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from outcomes.errors import one_of, plural
from outcomes.models.headache.period_rows import follow_up_rows, group_columns, month_days
from outcomes.models.stats.few_patients import BEYOND, FEW, FEW_WORDS, without_interval
from outcomes.models.stats.input_frames import TESTED, in_order
from outcomes.models.stats.intervals.arguments import check_level
from outcomes.models.stats.kernels.least_squares import least_squares
from outcomes.models.stats.kernels.reference import interval_factor, two_sided_p
from outcomes.models.stats.mean_interval import change_span, highest
from outcomes.models.stats.reserved import check_reserved
from outcomes.results import Estimates

__all__ = ["ancova"]

Array = NDArray[np.float64]
Covariance = Literal["nonrobust", "HC3"]
#: Residuals smaller than this share of the changes are rounding: a perfect fit has no standard error.
PERFECT = 1e-10
#: Columns that the result has besides its groups.
OWN = ("row", "term", "contrast", "n", "N", *TESTED, "status")
LONELY = "one patient alone determines a coefficient: HC3 is undefined"


def ancova(
    periods: pd.DataFrame,
    *,
    arm: str | None = None,
    reference: str | None = None,
    by: str | Sequence[str] | None = None,
    vcov: Covariance = "nonrobust",
    level: float = 0.95,
) -> Estimates:
    """Estimate the change in each period at the mean baseline, and the differences between arms.

    Parameters
    ----------
    periods : DataFrame
        From `outcomes.periods`, with `baseline` and `change`.
    arm : str, optional
        Column of the arm. Without it: one group, adjusted mean change and slope only.
    reference : str, optional
        The arm that the others are compared with; default the first in sorted order.
    by : str or sequence of str, optional
        Columns to estimate separately by.
    vcov : {"nonrobust", "HC3"}
        Covariance: equal variances, or robust to unequal ones.
    level : float
        Confidence level.

    Returns
    -------
    Estimates
        Rows per group and period: ``adjusted mean change`` (per arm), ``slope on baseline``, and with arms
        ``difference`` with its contrast named ``A - B``. n of N patients with the
        period have baseline and change.

    Raises
    ------
    ArgumentError
        For a missing column, an unknown option or reference.
    DataError
        When a patient has more than one row in a group and period.

    Notes
    -----
    change_i = a_arm(i) + b (baseline_i - m) + e_i by least squares, m the mean baseline of all N patients
    with the period and a baseline, also of those whose change is missing: so an adjusted mean stands for
    them as well, if their change depends on baseline only. df = n - coefficients.
    In a single arm the slope holds regression to the mean: it is no sign that worse patients gain more.

    Examples
    --------
    >>> import pandas as pd
    >>> rows = pd.DataFrame({
    ...     "patient_id": list("abcdef"), "period": "days 1-28", "period_number": 1, "arm": ["x", "y"] * 3,
    ...     "baseline": [20.0, 20, 24, 24, 28, 28], "change": [-1.0, -4, -3, -6, -6, -7]})
    >>> found = ancova(rows, arm="arm")
    >>> found[found["term"] == "difference"][["contrast", "estimate"]].round(2).values.tolist()
    [['y - x', -2.33]]
    """
    check_level(level)
    one_of("vcov", vcov, ("nonrobust", "HC3"))
    needed = ["baseline", "change", *([arm] if arm else [])]
    groups = group_columns(periods, by, needed, OWN)
    check_reserved([arm], own=OWN)
    rows = follow_up_rows(periods, groups)
    arms = in_order(rows[arm].dropna().unique()) if arm else []
    base = str(one_of("reference", reference, list(map(str, arms)))) if reference is not None else None
    ordered = sorted(arms, key=lambda name: base is not None and str(name) != base)
    nowhere = int(rows[arm].isna().sum()) if arm else 0
    rows = rows[rows[arm].notna()] if arm else rows
    parts = []
    for _, group in rows.groupby("row", sort=True):
        labels = group[groups].iloc[[0]].reset_index(drop=True)
        estimates = _one_period(group, arm, ordered, vcov, level)
        parts.append(pd.concat([labels.loc[[0] * len(estimates)].reset_index(drop=True), estimates], axis=1))
    frame = (
        pd.concat(parts, ignore_index=True) if parts else pd.DataFrame(columns=[*groups, "term", "status"])
    )
    covariance = "equal variances" if vcov == "nonrobust" else "HC3 covariance"
    notes = ["n of N patients with the period have a baseline and a change."]
    if nowhere:
        notes.append(f"{plural(nowhere, 'row')} without {arm} left out.")
    if not arm:
        notes.append(
            "A change in one group of patients is not an effect of the treatment: there is no comparison."
        )
    return Estimates(
        frame=frame,
        title="Change from baseline at the mean baseline, in the endpoint's unit per period",
        method=f"analysis of covariance per period, least squares, {covariance}, t",
        level=level,
        notes=tuple(notes),
        status="ok" if len(frame) and (frame["status"] == "ok").any() else "no estimate with an interval",
        meta={"reference": ordered[0] if ordered else None},
    )


def _one_period(
    group: pd.DataFrame, arm: str | None, arms: list[Any], vcov: str, level: float
) -> pd.DataFrame:
    centre = group["baseline"].astype(float).mean()
    used = group.dropna(subset=["baseline", "change"])
    present = [name for name in arms if (used[arm] == name).any()] if arm else [None]
    frame = _labels(arms, arm)
    n = [_size(used, arm, label) for label in frame["arms"]]
    total = [_size(group, arm, label) for label in frame["arms"]]
    counted = frame.drop(columns="arms").assign(n=n, N=total)
    reason = _why_not(used, arm, present)
    if reason:
        return counted.assign(**dict.fromkeys(TESTED, np.nan), status=reason)
    x, y = _design(used, arm, present, centre)
    found = _held(_filled(counted, frame["arms"], present, x, y, vcov, level), used, centre)
    smallest = [min([_size(used, arm, [name]) for name in arms or [None]]) for arms in frame["arms"]]
    return without_interval(found, (found["term"] != "slope on baseline") & np.less(smallest, FEW))


def _held(rows: pd.DataFrame, used: pd.DataFrame, centre: float) -> pd.DataFrame:
    """Hold the limits to what a mean change from the mean baseline, and a difference of two, can be."""
    before = used["baseline"].astype(float)
    one = pd.Series(0, index=used.index)
    endpoint = used["endpoint"].iloc[:1].reset_index(drop=True) if "endpoint" in used else None
    top = highest(endpoint, month_days(used["period"].unique()), pd.RangeIndex(1))
    span = change_span(before, before + used["change"].astype(float), one, top)
    if span["low"].isna().any():
        return rows
    most = float(top.iloc[0])
    ends = {"adjusted mean change": (-centre, most - centre), "difference": (-most, most)}
    bounds = [ends.get(term, (np.nan, np.nan)) for term in rows["term"]]
    least, greatest = (np.array(side, dtype=np.float64) for side in zip(*bounds, strict=True))
    held = rows.assign(lower=rows["lower"].clip(lower=least), upper=rows["upper"].clip(upper=greatest))
    beyond = (held["lower"] > held["estimate"]) | (held["upper"] < held["estimate"])
    return without_interval(held, beyond, BEYOND)


def _labels(arms: list[Any], arm: str | None) -> pd.DataFrame:
    """Return the rows that a period has, and the arms that each one needs."""
    if not arm:
        rows = [("adjusted mean change", "", [None]), ("slope on baseline", "", [None])]
        return pd.DataFrame(rows, columns=["term", "contrast", "arms"])
    rows = [("adjusted mean change", str(name), [name]) for name in arms]
    rows += [("difference", f"{name} - {arms[0]}", [name, arms[0]]) for name in arms[1:]]
    rows += [("slope on baseline", "", list(arms))]
    return pd.DataFrame(rows, columns=["term", "contrast", "arms"])


def _size(rows: pd.DataFrame, arm: str | None, needed: list[Any]) -> int:
    return int(rows[arm].isin(needed).sum()) if arm else len(rows)


def _why_not(used: pd.DataFrame, arm: str | None, present: list[Any]) -> str:
    if not len(used):
        return "no patient with a baseline and a change"
    if len(used) <= len(present) + 1:
        return "not more patients than coefficients"
    baseline = used["baseline"].astype(float)
    within = baseline - (baseline.groupby(used[arm]).transform("mean") if arm else baseline.mean())
    if within.abs().max() <= PERFECT * baseline.abs().max():
        return "all baselines are equal: no slope"
    if len(used) < FEW:
        return FEW_WORDS
    return ""


def _design(used: pd.DataFrame, arm: str | None, present: list[Any], centre: float) -> tuple[Array, Array]:
    columns = [(used[arm] == name).to_numpy(dtype=float) for name in present] if arm else [np.ones(len(used))]
    columns.append(used["baseline"].to_numpy(dtype=float) - centre)
    return np.column_stack(columns), used["change"].to_numpy(dtype=float)


def _filled(
    counted: pd.DataFrame, needed: pd.Series, present: list[Any], x: Array, y: Array, vcov: str, level: float
) -> pd.DataFrame:
    unit = np.abs(x).max(axis=0)  # least squares by a pseudo-inverse answers to the unit of baseline
    x = x / unit
    fit = least_squares(x, y)
    weights = np.zeros((len(counted), x.shape[1]))
    there = np.array([all(name in present for name in names) for names in needed])
    for row, (term, names) in enumerate(zip(counted["term"], needed, strict=True)):
        if term == "slope on baseline":
            there[row], weights[row, -1] = True, 1.0 / unit[-1]
        elif there[row]:
            weights[row, present.index(names[0])] = 1.0
            if term == "difference":
                weights[row, present.index(names[1])] = -1.0
    blank = np.where(there, 1.0, np.nan)  # a row without its arms has no number
    estimate = blank * (weights @ fit.params)
    se = blank * np.sqrt(np.einsum("ij,jk,ik->i", weights, fit.covariance(vcov), weights))
    perfect = np.abs(fit.resid).max() <= PERFECT * max(1.0, np.abs(y).max())
    alone = vcov == "HC3" and fit.one_alone
    if perfect or alone:
        se = np.full(len(se), np.nan)
    statistic = estimate / se
    half = interval_factor(level, fit.df_resid) * se
    words = "the changes lie exactly on a line: no interval" if perfect else LONELY if alone else "ok"
    status = np.where(there, words, "an arm has no patient to count")
    return counted.assign(
        estimate=estimate,
        std_error=se,
        df=fit.df_resid,
        statistic=statistic,
        p_value=two_sided_p(statistic, fit.df_resid),
        lower=estimate - half,
        upper=estimate + half,
        status=status,
    )
