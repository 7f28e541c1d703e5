"""Change of each subgroup, the test whether subgroups differ, and estimates shrunken towards each other."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import stats

from outcomes.models.headache.change import change
from outcomes.models.stats.few_patients import FEW
from outcomes.models.stats.intervals.arguments import check_level
from outcomes.models.stats.kernels.shrinkage import shrunken
from outcomes.results import Estimates

__all__ = ["subgroup_changes"]

#: Scale of the prior of the spread between subgroups, in standard deviations of the patients' changes:
#: half of it is what Roever and others (2021, doi:10.1002/jrsm.1475) call weakly informative.
PRIOR = 0.5
NOT_RECORDED = "not recorded"
ALONE = "mean change as in outcomes.change"
ARMS = "difference in mean change with Welch's interval"
SHOWN = ("n", "N", "baseline_mean", "estimate", "std_error", "lower", "upper")


def subgroup_changes(
    periods: pd.DataFrame, factors: Sequence[str], *, arms: tuple[str, str] | None = None, level: float = 0.95
) -> Estimates:
    """Estimate the change of each subgroup.

    Parameters
    ----------
    periods : DataFrame
        One row per patient, of one period: as `outcomes.periods`, with the columns of `factors`.
    factors : sequence of str
        Columns whose levels are subgroups.
    arms : tuple of str, optional
        Reference and the other arm of the column ``arm``: the estimate is then the difference in change.
    level : float
        Confidence level.

    Returns
    -------
    Estimates
        See `outcomes.subgroups`.
    """
    check_level(level)
    rows = periods.assign(**{name: _text(periods[name]) for name in factors}, everybody="all patients")
    found = _differences(rows, factors, arms, level) if arms else _changes(rows, factors, level)
    parts = [found["everybody"]]
    parts += [_with_sharing(found[name], rows, name, arms, level) for name in factors]
    frame = pd.concat(parts, ignore_index=True)
    tested = frame["p_value"].notna()
    frame["p_adjusted"] = np.nan
    if tested.any():
        frame.loc[tested, "p_adjusted"] = _holm(frame.loc[tested, "p_value"].to_numpy(float))
    for name in ("p_value", "p_adjusted"):  # of the factor: in each of its rows that took part
        frame[name] = frame.groupby("factor")[name].transform("first").where(frame["shrunken"].notna())
    what = f"{arms[1]} - {arms[0]}" if arms else "mean change from baseline"
    return Estimates(
        frame=frame[["factor", "subgroup", *SHOWN, "shrunken", "shrunken_lower", "shrunken_upper",
                     "p_value", "p_adjusted", "status"]],
        title=f"Subgroups: {what}, in the endpoint's unit per period",
        method=f"{ARMS if arms else ALONE}; F test of the levels given the baseline; "
        "posterior mean under a normal distribution of the levels",
        level=level,
        notes=_notes(frame, arms),
        status="ok" if (frame["status"] == "ok").any() else "no estimate with an interval",
        meta={"kind": "subgroups", "arms": what if arms else "", "patients": rows["patient_id"].nunique()},
    )  # fmt: skip


def _holm(p: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return P values adjusted by Holm; statsmodels' own also collects garbage, a tenth of a second."""
    order = np.argsort(p)
    adjusted = np.empty(len(p))
    adjusted[order] = np.maximum.accumulate(p[order] * np.arange(len(p), 0, -1))
    return np.minimum(adjusted, 1.0)


def _text(values: pd.Series) -> pd.Series:
    return values.astype(object).where(values.notna(), NOT_RECORDED).astype(str)


def _changes(rows: pd.DataFrame, factors: Sequence[str], level: float) -> dict[str, pd.DataFrame]:
    """Return one row per level of each factor: counts, estimate, interval, status."""
    kept = rows[[name for name in rows.columns if name not in factors]]
    each = [kept.assign(factor=name, subgroup=rows[name]) for name in ("everybody", *factors)]
    found = change(pd.concat(each), by=["factor", "subgroup"], level=level).to_frame()
    found = found.drop(columns="p_value")  # of a level alone; here p_value is of the whole factor
    limits = ["std_error", "lower", "upper"]
    found[limits] = found[limits].mask(found["n"] < FEW)
    return {name: _shown(part, name) for name, part in found.groupby("factor")}


def _differences(
    rows: pd.DataFrame, factors: Sequence[str], arms: tuple[str, str], level: float
) -> dict[str, pd.DataFrame]:
    """Return the same of the difference between two arms."""
    every = {name: rows.groupby(name) for name in ("everybody", *factors)}
    return {
        name: _shown(pd.DataFrame([_difference(part, str(one), arms, level) for one, part in parts]), name)
        for name, parts in every.items()
    }


def _shown(found: pd.DataFrame, factor: str) -> pd.DataFrame:
    shares = ("shrunken", "shrunken_lower", "shrunken_upper", "p_value", "status")
    columns = ["factor", "subgroup", *SHOWN, *shares]
    named = found.assign(factor="all" if factor == "everybody" else factor)
    return named.reindex(columns=columns).reset_index(drop=True)


def _difference(rows: pd.DataFrame, name: str, arms: tuple[str, str], level: float) -> dict[str, object]:
    known = rows[rows["change"].notna() & rows["arm"].isin(arms)]
    reference, other = (known.loc[known["arm"] == arm, "change"].astype(float) for arm in arms)
    out: dict[str, object] = {
        "subgroup": name, "n": len(known), "N": int(rows["arm"].isin(arms).sum()),
        "baseline_mean": known["baseline"].astype(float).mean(), "estimate": other.mean() - reference.mean(),
    }  # fmt: skip
    if min(len(reference), len(other)) < FEW:
        return out | {"status": f"fewer than {FEW} patients in an arm: no interval"}
    error = np.sqrt(other.var() / len(other) + reference.var() / len(reference))
    if not error > 0:
        return out | {"status": "all changes of each arm are equal: no interval"}
    limits = stats.ttest_ind(other, reference, equal_var=False).confidence_interval(level)
    return out | {"std_error": error, "lower": limits.low, "upper": limits.high, "status": "ok"}


def _with_sharing(
    found: pd.DataFrame, rows: pd.DataFrame, factor: str, arms: tuple[str, str] | None, level: float
) -> pd.DataFrame:
    """Add the test and the shrunken estimates of the levels with enough patients."""
    able = found["std_error"].notna() & (found["subgroup"] != NOT_RECORDED)
    if able.sum() < 2:
        return found
    used = rows[rows["change"].notna() & rows["baseline"].notna()]
    used = used[used[factor].isin(found.loc[able, "subgroup"])]
    used = used[used["arm"].isin(arms)] if arms else used
    p_value, sd = _tested(used, factor, arms)
    if not sd > 0:
        return found
    # One spread for all levels: that of five patients is too uncertain to weigh them by.
    count = used.groupby(factor).size() if arms is None else None
    pooled = found.loc[able, "std_error"].to_numpy(float)
    if count is not None:
        pooled = sd / np.sqrt(count.reindex(found.loc[able, "subgroup"]).to_numpy(float))
    values = shrunken(found.loc[able, "estimate"].to_numpy(float), pooled, scale=PRIOR * sd, level=level)
    found.loc[able, ["shrunken", "shrunken_lower", "shrunken_upper"]] = np.stack(values, axis=1)
    found.loc[found.index[able][0], "p_value"] = p_value
    return found


def _tested(rows: pd.DataFrame, factor: str, arms: tuple[str, str] | None) -> tuple[float, float]:
    """Return P of the F test of the levels (of two arms: of arm by level), and the spread of the rest."""
    y = rows["change"].to_numpy(float)
    levels = pd.get_dummies(rows[factor], drop_first=True).to_numpy(float)
    base = np.column_stack([np.ones(len(y)), rows["baseline"].to_numpy(float)])
    more = levels
    if arms:
        arm = (rows["arm"] == arms[1]).to_numpy(float)[:, None]
        base, more = np.column_stack([base, arm, levels]), levels * arm
    small, full = _residual(base, y), _residual(np.column_stack([base, more]), y)
    df = len(y) - full[1]
    extra = full[1] - small[1]
    sd = float(np.sqrt(full[0] / df)) if df > 0 else np.nan
    if extra < 1 or df < 1 or full[0] <= 1e-12 * max(small[0], 1e-300):
        return np.nan, sd
    return float(stats.f.sf((small[0] - full[0]) / extra / (full[0] / df), extra, df)), sd


def _residual(x: np.ndarray, y: np.ndarray) -> tuple[float, int]:
    beta, _, rank, _ = np.linalg.lstsq(x, y, rcond=None)
    return float(((y - x @ beta) ** 2).sum()), int(rank)


def _notes(frame: pd.DataFrame, arms: tuple[str, str] | None) -> tuple[str, ...]:
    notes = [
        "Exploratory: with several ways of dividing the patients, some differences are due to chance. "
        "p_adjusted is Holm's over the factors.",
        "shrunken: each subgroup's estimate shrunk towards the others of its factor. Where subgroups truly "
        "differ its interval covers 90 to 93 of 100 times, not 95.",
        "n of N patients with the period have a change. Subgroups of fewer than 5 have no interval and take "
        "no part in test and shrinkage; nor do patients without a level.",
    ]
    if arms is None:
        notes.append("There is no control: a subgroup's change is not an effect of the treatment, and a "
                     "difference between subgroups may reflect their baselines or chance.")  # fmt: skip
    return tuple(notes)
