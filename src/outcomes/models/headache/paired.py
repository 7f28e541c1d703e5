"""Change from a patient's own baseline, three ways: mean with t, mean with BCa bootstrap, Hodges-Lehmann."""

from __future__ import annotations

from collections.abc import Sequence
from numbers import Integral
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from outcomes.errors import ArgumentError, instance_of
from outcomes.models.headache.period_rows import follow_up_rows, group_columns, month_days
from outcomes.models.stats.few_patients import FEW, FEW_WORDS
from outcomes.models.stats.generators import random_generator
from outcomes.models.stats.input_frames import TESTED
from outcomes.models.stats.intervals.arguments import check_level
from outcomes.models.stats.kernels.bca import bca_mean
from outcomes.models.stats.kernels.reference import interval_factor, two_sided_p
from outcomes.models.stats.kernels.signed_rank import hodges_lehmann, signed_rank_test
from outcomes.models.stats.mean_interval import change_span, highest
from outcomes.results import Estimates

__all__ = ["paired"]

Array = NDArray[np.float64]

#: Columns that the result has besides its groups.
OWN = ("row", "term", "n", "N", *TESTED, "status")
#: Changes closer than this share of their size differ by rounding only.
ROUNDING = 1e-9
#: Prorated changes that are equal may differ in the last digits: to the ranks they are ties, and 0 is 0.
DECIMALS = 9


def paired(
    periods: pd.DataFrame,
    *,
    by: str | Sequence[str] | None = None,
    resamples: int = 9_999,
    rng: np.random.Generator | int = 0,
    level: float = 0.95,
) -> Estimates:
    """Estimate the change from baseline in each period with and without a normal distribution.

    Parameters
    ----------
    periods : DataFrame
        From `outcomes.periods`: one row per patient and period, with `change`.
    by : str or sequence of str, optional
        Columns to estimate separately by.
    resamples : int
        Bootstrap resamples.
    rng : numpy.random.Generator or int
        Source of the resamples, or its seed.
    level : float
        Confidence level.

    Returns
    -------
    Estimates
        Three rows per group and period: ``mean, t`` (paired t test), ``mean, BCa bootstrap`` (no test) and
        ``Hodges-Lehmann`` (Wilcoxon signed-rank test), in the endpoint's unit, with n of N and status.

    Raises
    ------
    ArgumentError
        For a missing column, a level outside 0 to 1, or fewer than 100 resamples.
    DataError
        When a patient has more than one row in a group and period.

    Notes
    -----
    Hodges-Lehmann: the median of the averages (d_i + d_j) / 2, i <= j; its limits are the averages that
    the signed-rank test at this level does not reject, exact up to 50 patients. A change of zero
    stays in the estimate and its interval (R's `wilcox.test` removes it), and leaves the test, as usual.
    BCa: bias-corrected and accelerated percentile interval [1]_.

    References
    ----------
    .. [1] Efron B. Better bootstrap confidence intervals. J Am Stat Assoc 1987;82:171-185.
       https://doi.org/10.1080/01621459.1987.10478410
    .. [2] Hodges JL, Lehmann EL. Estimates of location based on rank tests. Ann Math Stat 1963;34:598-611.
       https://doi.org/10.1214/aoms/1177704172

    Examples
    --------
    >>> import pandas as pd
    >>> rows = pd.DataFrame({
    ...     "patient_id": list("abcdef"), "period": "days 1-28", "period_number": 1,
    ...     "change": [-4.0, -2.0, -6.0, 1.0, -3.5, -9.0]})
    >>> paired(rows)[["term", "estimate"]].round(2).values.tolist()
    [['mean, t', -3.92], ['mean, BCa bootstrap', -3.92], ['Hodges-Lehmann', -4.0]]
    """
    check_level(level)
    instance_of("resamples", resamples, Integral, hint="give a number of resamples")
    if resamples < 100:
        raise ArgumentError("resamples is too small for a limit", got=str(resamples), allowed="100 or more")
    generator = random_generator(rng)
    groups = group_columns(periods, by, ["change"], OWN)
    rows = follow_up_rows(periods, groups)
    parts = []
    for _, group in rows.groupby("row", sort=True):
        d = group["change"].dropna().to_numpy(dtype=np.float64)
        labels = group[groups].iloc[[0]].reset_index(drop=True)
        ways = _held(pd.DataFrame(_three_ways(d, resamples, generator, level)), group)
        part = pd.concat([labels.loc[[0] * len(ways)].reset_index(drop=True), ways], axis=1)
        parts.append(part.assign(n=len(d), N=len(group)))
    frame = (
        pd.concat(parts, ignore_index=True) if parts else pd.DataFrame(columns=[*groups, "term", "estimate"])
    )
    return Estimates(
        frame=frame,
        title="Change from each patient's own baseline, in the endpoint's unit per period",
        method="paired t; BCa bootstrap; Wilcoxon signed-rank with Hodges-Lehmann estimate",
        level=level,
        notes=(
            f"{resamples} bootstrap resamples.",
            "n of N patients with the period have a change.",
            "A change in one group of patients is not an effect of the treatment: there is no comparison.",
        ),
        status="ok" if len(frame) and (frame["status"] == "ok").any() else "no estimate with an interval",
        meta={"resamples": resamples, "seed": rng if isinstance(rng, int) else "generator"},
    )


def _held(ways: pd.DataFrame, group: pd.DataFrame) -> pd.DataFrame:
    """Hold the limits to what the mean of these patients can be, where baselines and values are known."""
    if not {"baseline", "value"} <= set(group.columns):
        return ways
    used = group.loc[group["change"].notna(), ["baseline", "value"]].astype(float)
    one = pd.Series(0, index=used.index)
    endpoint = group["endpoint"].iloc[:1].reset_index(drop=True) if "endpoint" in group else None
    top = highest(endpoint, month_days(group["period"].unique()), pd.RangeIndex(1))
    least, most = change_span(used["baseline"], used["value"], one, top).loc[0, ["least", "most"]]
    return ways.assign(lower=ways["lower"].clip(lower=least), upper=ways["upper"].clip(upper=most))


def _three_ways(d: Array, resamples: int, rng: np.random.Generator, level: float) -> list[dict[str, Any]]:
    reason = _why_not(d)
    mean = float(d.mean()) if len(d) else np.nan
    if reason:
        terms = ("mean, t", "mean, BCa bootstrap", "Hodges-Lehmann")
        empty = dict.fromkeys(("std_error", "df", "statistic", "p_value", "lower", "upper"), np.nan)
        return [{"term": term, "estimate": mean, **empty, "status": reason} for term in terms]
    return [_t(d, level), _bca(d, resamples, rng, level), _wilcoxon(d, level)]


def _why_not(d: Array) -> str:
    if len(d) == 0:
        return "no patient with a change"
    if len(d) == 1:
        return "one patient: no interval"
    if np.ptp(d) <= ROUNDING * max(1.0, np.abs(d).max()):
        return "all changes are equal: no interval"
    if len(d) < FEW:
        return FEW_WORDS
    return ""


def _t(d: Array, level: float) -> dict[str, Any]:
    mean, error, df = d.mean(), d.std(ddof=1) / np.sqrt(len(d)), len(d) - 1.0
    half = float(interval_factor(level, df)) * error
    return {
        "term": "mean, t",
        "estimate": mean,
        "std_error": error,
        "df": df,
        "statistic": mean / error,
        "p_value": float(two_sided_p(mean / error, df)),
        "lower": mean - half,
        "upper": mean + half,
        "status": "ok",
    }


def _bca(d: Array, resamples: int, rng: np.random.Generator, level: float) -> dict[str, Any]:
    row: dict[str, Any] = {"term": "mean, BCa bootstrap", "estimate": d.mean()}
    blank = dict.fromkeys(("df", "statistic", "p_value"), np.nan)
    # In order of size: a bootstrap draws positions, and the order of the rows must not decide whom.
    error, lower, upper = bca_mean(np.sort(d.round(DECIMALS)), resamples, rng, level)
    return {
        **row,
        **blank,
        "std_error": error,
        "lower": lower,
        "upper": upper,
        "status": "ok",
    }


def _wilcoxon(d: Array, level: float) -> dict[str, Any]:
    centre, lower, upper = hodges_lehmann(d, level)
    statistic, p_value = signed_rank_test(d.round(DECIMALS))
    return {
        "term": "Hodges-Lehmann",
        "estimate": centre,
        "std_error": np.nan,
        "df": np.nan,
        "statistic": statistic,
        "p_value": p_value,
        "lower": lower,
        "upper": upper,
        "status": "ok" if np.isfinite(lower) else "too few patients for an interval at this level",
    }
