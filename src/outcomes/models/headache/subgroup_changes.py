"""Change of each subgroup, the test whether subgroups differ, and estimates shrunken towards each other."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.special import fdtrc

from outcomes.models.headache.change import change
from outcomes.models.headache.period_rows import NUMBERS, month_days
from outcomes.models.stats.few_patients import FEW
from outcomes.models.stats.intervals.arguments import check_level
from outcomes.models.stats.kernels.reference import interval_factor
from outcomes.models.stats.kernels.shrinkage import shrunken
from outcomes.models.stats.mean_interval import difference_span
from outcomes.results import Estimates

__all__ = ["subgroup_changes"]

Array = NDArray[np.float64]

#: Scale of the prior of the spread between subgroups, in standard deviations of the patients' changes:
#: half of it is what Roever and others (2021, doi:10.1002/jrsm.1475) call weakly informative.
PRIOR = 0.5
NOT_RECORDED = "not recorded"
ALONE = "mean change as in outcomes.change"
ARMS = "difference in mean change with Welch's interval"
#: What the change of a level is made from.
NEEDED = ("patient_id", "period", "endpoint", *NUMBERS)
SHARES = ["shrunken", "shrunken_lower", "shrunken_upper", "p_value", "p_adjusted"]
#: The factor whose one level all patients have.
EVERYBODY = "everybody"
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
    levels = {EVERYBODY: pd.Series("all patients", index=periods.index)}
    levels |= {name: _text(periods[name]) for name in factors}
    found = _differences(periods, levels, arms, level) if arms else _changes(periods, levels, level)
    shares = _shares(found, periods, levels, arms, level)
    frame = found.assign(factor=found["factor"].replace(EVERYBODY, "all"))
    frame = pd.concat([frame[["factor", "subgroup", *SHOWN]], shares, frame["status"]], axis=1)
    what = f"{arms[1]} - {arms[0]}" if arms else "mean change from baseline"
    return Estimates(
        frame=frame,
        title=f"Subgroups: {what}, in the endpoint's unit per period",
        method=f"{ARMS if arms else ALONE}; F test of the levels given the baseline; "
        "posterior mean under a normal distribution of the levels",
        level=level,
        notes=_notes(frame, arms),
        status="ok" if (frame["status"] == "ok").any() else "no estimate with an interval",
        meta={"kind": "subgroups", "arms": what if arms else "", "patients": periods["patient_id"].nunique()},
    )  # fmt: skip


def _holm(p: Array) -> Array:
    """Return P values adjusted by Holm; statsmodels' own also collects garbage, a tenth of a second."""
    order = np.argsort(p)
    adjusted = np.empty(len(p))
    adjusted[order] = np.maximum.accumulate(p[order] * np.arange(len(p), 0, -1))
    return np.minimum(adjusted, 1.0)


def _text(values: pd.Series) -> pd.Series:
    return values.astype(object).where(values.notna(), NOT_RECORDED).astype(str)


def _changes(rows: pd.DataFrame, levels: dict[str, pd.Series], level: float) -> pd.DataFrame:
    """Return one row per level of each factor: counts, estimate, interval, status."""
    kept = rows[[name for name in NEEDED if name in rows.columns]]
    each = kept.iloc[np.tile(np.arange(len(kept)), len(levels))]
    each["factor"] = np.repeat(list(levels), len(kept))
    each["subgroup"] = np.concatenate([names.to_numpy() for names in levels.values()])
    found = change(each, by=["factor", "subgroup"], level=level).to_frame()
    limits = ["std_error", "lower", "upper"]
    found.loc[(found["n"] < FEW).to_numpy(), limits] = np.nan
    order = np.argsort(pd.Index(list(levels)).get_indexer(found["factor"]), kind="stable")
    return found.iloc[order].reset_index(drop=True)


def _differences(
    rows: pd.DataFrame, levels: dict[str, pd.Series], arms: tuple[str, str], level: float
) -> pd.DataFrame:
    """Return the same of the difference between two arms."""
    found = [
        {"factor": factor} | _difference(part, str(one), arms, level)
        for factor, names in levels.items()
        for one, part in rows.groupby(names)
    ]
    return pd.DataFrame(found).reindex(columns=["factor", "subgroup", *SHOWN, "status"])


def _difference(rows: pd.DataFrame, name: str, arms: tuple[str, str], level: float) -> dict[str, object]:
    known = rows[rows["change"].notna() & rows["arm"].isin(arms)]
    reference, other = (known.loc[known["arm"] == arm, "change"].astype(float) for arm in arms)
    out: dict[str, object] = {
        "subgroup": name, "n": len(known), "N": int(rows["arm"].isin(arms).sum()),
        "baseline_mean": known["baseline"].astype(float).mean(), "estimate": other.mean() - reference.mean(),
    }  # fmt: skip
    if min(len(reference), len(other)) < FEW:
        return out | {"status": f"fewer than {FEW} patients in an arm: no interval"}
    parts = np.array([other.var() / len(other), reference.var() / len(reference)])
    error = np.sqrt(parts.sum())
    if not error > 0:
        return out | {"status": "all changes of each arm are equal: no interval"}
    welch = parts.sum() ** 2 / (parts**2 / [len(other) - 1, len(reference) - 1]).sum()
    estimate, half = other.mean() - reference.mean(), float(interval_factor(level, welch)) * error
    first = (known["arm"] == arms[1]).to_numpy(dtype=bool)
    least, most = difference_span(known, first, month_days(known["period"].unique()))
    return out | {
        "std_error": error, "status": "ok",
        "lower": float(np.fmax(estimate - half, least)), "upper": float(np.fmin(estimate + half, most)),
    }  # fmt: skip


def _shares(
    found: pd.DataFrame,
    rows: pd.DataFrame,
    levels: dict[str, pd.Series],
    arms: tuple[str, str] | None,
    level: float,
) -> pd.DataFrame:
    """Return the shrunken estimates of the levels with enough patients, and of their factor the test."""
    out = np.full((len(found), len(SHARES)), np.nan)
    able = found["std_error"].notna() & (found["subgroup"] != NOT_RECORDED)
    used = rows["change"].notna() & rows["baseline"].notna()
    used &= rows["arm"].isin(arms) if arms else True
    known = rows.loc[used, ["change", "baseline", *(["arm"] if arms else [])]]
    tested = {}
    for factor in list(levels)[1:]:
        at = np.flatnonzero(able & (found["factor"] == factor))
        if len(at) > 1:
            out[at] = _shared(found.iloc[at], known, levels[factor][used], arms, level)
            tested[factor] = out[at[0], 3]
    p = pd.Series(tested, dtype=float).dropna()
    adjusted = found["factor"].map(pd.Series(_holm(p.to_numpy()), index=p.index))
    out[:, 4] = np.where(np.isnan(out[:, 3]), np.nan, adjusted)
    return pd.DataFrame(out, columns=SHARES)


def _shared(
    found: pd.DataFrame, known: pd.DataFrame, names: pd.Series, arms: tuple[str, str] | None, level: float
) -> Array:
    """Return shrunken estimate and limits of the levels of one factor, the P value, and room for Holm's."""
    own = names.isin(found["subgroup"]).to_numpy()
    subgroups, codes = np.unique(names[own], return_inverse=True)
    p_value, sd = _tested(known[own], codes, arms)
    out = np.full((len(found), len(SHARES)), np.nan)
    if not sd > 0:
        return out
    error = found["std_error"].to_numpy(float)
    if arms is None:
        # One spread for all levels: that of five patients is too uncertain to weigh them by.
        counts = pd.Series(np.bincount(codes), index=subgroups)
        error = sd / np.sqrt(counts.reindex(found["subgroup"]).to_numpy(float))
    values = shrunken(found["estimate"].to_numpy(float), error, scale=PRIOR * sd, level=level)
    out[:, :4] = np.column_stack([*values, np.full(len(found), p_value)])
    return out


def _tested(rows: pd.DataFrame, codes: NDArray[np.intp], arms: tuple[str, str] | None) -> tuple[float, float]:
    """Return P of the F test of the levels (of two arms: of arm by level), and the spread of the rest."""
    y = rows["change"].to_numpy(float)
    levels = (codes[:, None] == np.arange(1, codes.max() + 1)).astype(float)
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
    return float(fdtrc(extra, df, (small[0] - full[0]) / extra / (full[0] / df))), sd


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
