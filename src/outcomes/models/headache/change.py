"""Mean change from baseline in each period, with an interval that fits the number of patients."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pandas as pd

from outcomes.models.headache.change_sums import NUMBERS, ChangeSums, change_sums
from outcomes.models.headache.period_rows import month_days
from outcomes.models.headache.period_sets import set_counts
from outcomes.models.stats.intervals.arguments import check_level
from outcomes.models.stats.mean_interval import METHOD, highest, span_of, with_interval
from outcomes.results import Estimates

__all__ = ["change", "change_of"]

#: What is averaged -> the column of its mean.
MEANS = {"baseline": "baseline_mean", "value": "value_mean", "change": "estimate"}


def change(periods: pd.DataFrame, *, by: str | Sequence[str] | None = None, level: float = 0.95) -> Estimates:
    """Estimate the mean change from baseline in each period.

    Parameters
    ----------
    periods : DataFrame
        From `outcomes.periods`: one row per patient and period.
    by : str or list of str, optional
        Columns to estimate separately by, such as ``arm`` or ``course``. Endpoints are always kept apart.
    level : float
        Confidence level.

    Returns
    -------
    Estimates
        One row per group and period: N (patients with the period), n (with a change), baseline_mean,
        value_mean, lower_bound and upper_bound (mean of the period's bounds), estimate (mean change, in
        the endpoint's unit), sd, std_error, df, statistic, p_value, lower, upper, median, interval (``t`` or
        ``bounded mean``), status. All of them are of the same n patients.
        From a frame with ``set``: also eligible (patients with an eligible baseline), at_risk,
        treated_again (before the period), too_few_days and not_due;
        ``eligible = n + too_few_days + treated_again + not_due``.

    Raises
    ------
    ArgumentError
        For a missing column or a level outside 0 to 1.
    DataError
        When a patient has more than one row in a group and period.

    Notes
    -----
    With changes d_1 .. d_n: estimate = mean(d), std_error = sd / sqrt(n).
    From 100 patients on: lower, upper = estimate -+ t(1 - (1 - level)/2, n - 1) * std_error, and the t test.
    Below 100, and where those limits leave the possible range: Gaffke's interval and test
    (`outcomes.intervals.bounded_mean`) with the range that the patients' baselines leave, from minus the
    highest to the month's days minus the lowest. It assumes no distribution: when a tenth of the patients
    respond strongly, the t interval of 15 patients covers 79 % instead of 95 %. Limits are held to what the
    mean of these patients can be. Values outside 0 to the month's days have no known range: t at any n.
    Fewer than 5 patients, or changes that are all alike, have an estimate, no interval and no test. The
    patients of different periods differ where values are missing; a mixed model uses them together.

    References
    ----------
    Gaffke N. Three test statistics for a nonparametric one-sided hypothesis on the mean of a nonnegative
    variable. Math Methods Stat 2005;14:451-467.

    Phan M, Thomas P, Learned-Miller E. Towards practical mean bounds for small samples.
    Proc 38th Int Conf Mach Learn 2021:8567-8576. doi:10.48550/arXiv.2106.03163

    Examples
    --------
    >>> import pandas as pd
    >>> rows = pd.DataFrame({
    ...     "patient_id": list("abcdef"), "period": "days 1-28", "period_number": 1,
    ...     "baseline": [20.0, 22, 24, 20, 22, 24], "value": [16.0, 20, 18, 9, 17, 20]})
    >>> rows = rows.assign(change=rows["value"] - rows["baseline"], lower_bound=rows["value"],
    ...                    upper_bound=rows["value"])
    >>> change(rows).to_frame()[["n", "N", "estimate", "lower", "upper"]].round(1).values.tolist()
    [[6.0, 6.0, -5.3, -14.0, 0.9]]
    """
    check_level(level)
    sums, rows = change_sums(periods, by)
    members = rows[[name for name in ("row", "patient_id", "course", "used", "reason") if name in rows]]
    return replace(change_of(sums, level=level), members=members.reset_index(drop=True))


def change_of(sums: ChangeSums, *, level: float = 0.95) -> Estimates:
    """Return `change` of the patients whose sums are given; who stands behind each row is not known then."""
    frame = _estimates(sums, level)
    if sums.sizes is not None and sums.able is not None:
        counts = set_counts(sums.frame, sums.sizes, sums.able)
        frame = pd.concat([frame.drop(columns="status"), counts, frame["status"]], axis=1)
    return Estimates(
        frame=frame,
        title="Mean change from baseline, in the endpoint's unit per period",
        method=f"mean of the patients' changes; {METHOD}",
        level=level,
        notes=_notes(frame),
        status="ok" if (frame["status"] == "ok").any() else "no estimate with an interval",
        meta={"patients": sums.patients, "patients_used": sums.used},
    )


def _estimates(sums: ChangeSums, level: float) -> pd.DataFrame:
    """Return one row per group: counts, means, and the interval of the mean change."""
    n = sums.sums[[f"n {name}" for name in NUMBERS]].to_numpy()
    mean = np.divide(sums.sums[NUMBERS].to_numpy(), n, out=np.full(n.shape, np.nan), where=n > 0)
    means = dict(zip(NUMBERS, mean.T, strict=True))
    counts = {"n": n[:, NUMBERS.index("change")], "N": sums.sums["N"].to_numpy()}
    found = counts | {MEANS.get(name, name): values for name, values in means.items()}
    labels = sums.frame[sums.groups]
    frame = pd.concat([labels, pd.DataFrame(found, index=labels.index)], axis=1)
    top = highest(labels.get("endpoint"), month_days(labels["period"].unique()), labels.index)
    extremes = {
        "lowest": sums.low["baseline"],
        "largest": sums.high["baseline"],
        "mean": means["baseline"],
        "value_lowest": sums.low["value"],
        "value_largest": sums.high["value"],
    }
    values, row = pd.Series(sums.change), pd.Series(sums.row)
    span = span_of(pd.DataFrame(extremes), top)
    frame = with_interval(frame, values, row, span, level=level, what="changes")
    median = values.groupby(row).median().reindex(frame.index)
    frame.insert(frame.columns.get_loc("interval"), "median", median)
    return frame.reset_index(drop=True)


def _notes(frame: pd.DataFrame) -> tuple[str, ...]:
    """Say who is not in the means."""
    notes = ["n of N patients with the period have a change; the others have a missing baseline or value."]
    if (frame["status"] != "ok").any():
        notes.append("Rows without an interval say why in status.")
    if (frame["interval"] == "bounded mean").any():
        notes.append(
            "Intervals for few patients allow for responses that nobody in the sample had; they assume no "
            "distribution and are wider than t intervals."
        )
    return (
        *notes,
        "A change in one group of patients is not an effect of the treatment: there is no comparison.",
    )
