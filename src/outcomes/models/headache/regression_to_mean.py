"""How much of a fall is people returning to their mean: the change that is expected without any effect."""

from __future__ import annotations

from dataclasses import dataclass
from numbers import Integral, Real
from typing import Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from outcomes.errors import ArgumentError, DataError, instance_of, one_of, plural
from outcomes.models.headache.period_rows import follow_up_rows, group_columns, month_days, one_endpoint
from outcomes.models.stats.input_frames import TESTED, check_columns, check_yes_no
from outcomes.models.stats.intervals.arguments import check_level
from outcomes.models.stats.kernels import entered_chain as chain
from outcomes.models.stats.kernels import markov_beta as law
from outcomes.models.stats.kernels.reference import interval_factor, two_sided_p
from outcomes.results import Estimates

__all__ = ["regression_to_mean"]

Array = NDArray[np.float64]
Flags = NDArray[np.bool_]
Method = Literal["two-periods", "day-to-day"]
EntryBy = Literal["diary", "calendar"]

PERIOD_DAYS = 28
#: Fewer patients do not carry a law with three parameters, or a slope.
SMALLEST = 10


def regression_to_mean(
    periods: pd.DataFrame,
    days: pd.DataFrame,
    *,
    method: Method = "day-to-day",
    entry: float | None = None,
    entry_by: EntryBy = "diary",
    event: str = "headache",
    baseline_days: int = PERIOD_DAYS,
    min_days: int = 14,
    level: float = 0.95,
) -> Estimates:
    """Estimate the change that is expected without any effect, and the change net of it.

    Parameters
    ----------
    periods : DataFrame
        From `outcomes.periods`, one endpoint and one course a patient: `baseline` and
        `change` in days per month; the month is that of the periods' names (``days 1-28``), else 28 days.
    days : DataFrame
        From `outcomes.days`: patient_id, day (negative before treatment) and the event.
    method : {"day-to-day", "two-periods"}
        ``two-periods``: the window before the baseline (days -56..-29) predicts what the patients would do
        later. ``day-to-day``: the baseline's own days say how much of its extremity is chance, given the
        entry rule.
    entry : float, days per month, optional
        The entry rule: patients were taken with at least this many baseline days with the event. For
        ``day-to-day``; without it patients are assumed to have been taken whatever their baseline was.
    entry_by : {"diary", "calendar"}
        Which days the rule looked at: the recorded ones, prorated; or all of the window, also those that the
        patient did not write down (what was told at the visit). It matters when days are missing.
    event : str
        Column of `days` that the endpoint counts.
    baseline_days : int
        Length of the baseline window that `baseline` was counted in (rule ``baseline_days``).
    min_days : int
        Fewest recorded days of a baseline window.
    level : float
        Confidence level.

    Returns
    -------
    Estimates
        Three rows a period: ``raw`` mean change, ``expected without effect``, and ``net`` (raw minus
        expected), in days per month, with t intervals; n of N patients.

    Raises
    ------
    ArgumentError
        For a missing column, an unknown method, more than one endpoint, or `entry` with ``two-periods``.
    DataError
        When a patient has more than one row in a period, or for one day.

    Notes
    -----
    Two periods: with x the entry baseline and z the earlier one, z = a + b x + error by least squares;
    patients chosen on x alone are expected to change by a + b x - x. Needs that nothing but chance
    separates the two windows: a slow worsening before treatment would look like regression to the mean.

    Day to day: theta_i has a density as theta^(a - 1) (1 - theta)^(b - 1) over patients; a patient's days are
    a Markov chain with marginal theta_i and carry-over r; maximum likelihood given that the entry rule was
    met. Expected change: 28 E(theta_i | days) - baseline_i (30 for a month of 30 days). Selection on the
    recorded days does not bias E(theta | days), only the law's estimate, for which the rule is needed;
    selection by the calendar says something of the days that are missing too. With a rule of at least half
    of the days theta is taken to be above 0.1, and a can be 0 or less.

    Intervals take both the patients and the estimated law as random (influence functions).
    The net change still holds everything else that moves with time: other treatments, season, expectation
    (placebo), and is not an effect of the drug.

    References
    ----------
    .. [1] Barnett AG, van der Pols JC, Dobson AJ. Regression to the mean: what it is and how to deal with it.
       Int J Epidemiol 2005;34:215-220. https://doi.org/10.1093/ije/dyh299

    Examples
    --------
    >>> import numpy as np, pandas as pd
    >>> rng = np.random.default_rng(1)
    >>> theta = rng.beta(3, 1.5, 300)
    >>> diary = rng.random((300, 56)) < theta[:, None]
    >>> taken = np.flatnonzero(diary[:, :28].sum(axis=1) >= 22)  # chosen at their worst, no treatment
    >>> days = pd.DataFrame({"patient_id": np.repeat(taken, 28),
    ...                      "day": np.tile(np.arange(-28, 0), len(taken)),
    ...                      "headache": diary[taken, :28].ravel()})
    >>> first, second = diary[taken, :28].sum(axis=1), diary[taken, 28:].sum(axis=1)
    >>> periods = pd.DataFrame({"patient_id": taken, "period": "days 1-28", "period_number": 1,
    ...                         "baseline": first * 1.0, "change": second - 1.0 * first})
    >>> found = regression_to_mean(periods, days, entry=22).to_frame().set_index("term")
    >>> bool(found.loc["raw", "upper"] < 0), bool(found.loc["net", "lower"] < 0 < found.loc["net", "upper"])
    (True, True)
    """
    check_level(level)
    one_of("method", method, ("two-periods", "day-to-day"))
    one_of("entry_by", entry_by, ("diary", "calendar"))
    if method == "two-periods" and entry is not None:
        raise ArgumentError(
            "entry applies to the day-to-day method only", got=f"entry={entry}", hint="leave it out"
        )
    instance_of("entry", entry, Real | None, hint="give days per month, for example 8")
    for name, given in (("baseline_days", baseline_days), ("min_days", min_days)):
        instance_of(name, given, Integral, hint="give a number of days")
    groups = group_columns(periods, None, ["baseline", "change"])
    one_endpoint(periods)
    rows = follow_up_rows(periods, groups)
    span = _Span(month_days(rows["period"].unique()), baseline_days, min_days)
    if entry is not None and not 0 <= entry <= span.month:
        raise ArgumentError(
            f"entry is not a number of days per {span.month}", got=str(entry), allowed=f"0 to {span.month}"
        )
    if not 1 <= min_days <= baseline_days:
        raise ArgumentError("min_days does not fit", got=str(min_days), allowed=f"1 to {baseline_days}")
    recorded = _window(days, event, span)
    model = (
        _two_periods(recorded, span)
        if method == "two-periods"
        else _day_to_day(recorded, entry, entry_by, span)
    )
    parts = [_one_period(group, groups, model, level) for _, group in rows.groupby("row", sort=True)]
    frame = (
        pd.concat(parts, ignore_index=True) if parts else pd.DataFrame(columns=[*groups, "term", "status"])
    )
    return Estimates(
        frame=frame,
        title=f"Change from baseline: raw, expected without an effect, and net of it (days per {span.month})",
        method=model.method,
        level=level,
        notes=(
            *model.notes,
            "The net change is not an effect of the treatment: time, other care and expectation are in it.",
        ),
        status=model.reason or "ok",
        meta=model.facts,
    )


@dataclass(frozen=True, slots=True)
class _Span:
    """Days of a month, days of the baseline window, and fewest days recorded in it."""

    month: int
    baseline: int
    min_days: int


@dataclass(frozen=True, slots=True, eq=False)
class _Model:
    """What predicts later days from the baseline, and how each patient moves its parameters.

    expected (patients,): expected later days per month; gradient (patients, q); influence (patients, q):
    effect of a patient on the q parameters; ids: the patients.
    """

    method: str
    ids: pd.Index
    expected: Array
    gradient: Array
    influence: Array
    facts: dict[str, object]
    notes: tuple[str, ...] = ()
    reason: str = ""


def _window(days: pd.DataFrame, event: str, span: _Span) -> pd.DataFrame:
    needed, hint = ["patient_id", "day", event], "make the frame with oc.days(study)"
    check_columns("days", days, needed, numbers=["day"], hint=hint)
    check_yes_no("days", days, event)
    known = days.loc[days["day"].notna() & days[event].notna() & (days["day"] < 0).fillna(False)]
    if known.duplicated(["patient_id", "day"]).any():
        raise DataError("a patient has two rows for one day", hint="choose one course of oc.days(study)")
    known = known.loc[known["day"] >= -2 * span.baseline].sort_values(["patient_id", "day"], kind="stable")
    return pd.DataFrame(
        {
            "patient_id": known["patient_id"].to_numpy(),
            "day": known["day"].astype(np.int64).to_numpy(),
            "event": known[event].astype(bool).to_numpy(),
        }
    )


def _values(recorded: pd.DataFrame, span: _Span) -> pd.Series:
    by = recorded.groupby("patient_id")["event"]
    return (by.mean() * span.month)[by.size() >= span.min_days]


def _two_periods(recorded: pd.DataFrame, span: _Span) -> _Model:
    late = _values(recorded[recorded["day"] >= -span.baseline], span).rename("x")
    early = _values(recorded[recorded["day"] < -span.baseline], span).rename("z")
    both = pd.concat([late, early], axis=1, join="inner")
    length = span.baseline
    method = f"slope of days -{2 * length}..-{length + 1} on days -{length}..-1, least squares"
    ids = late.index
    nothing = np.full((len(ids), 2), np.nan)
    facts: dict[str, object] = {"patients_with_both_periods": len(both)}
    if len(both) < SMALLEST:
        reason = f"fewer than {SMALLEST} patients with two baseline periods"
        return _Model(method, ids, nothing[:, 0], nothing, nothing, facts, reason=reason)
    if np.ptp(both["x"]) == 0:
        return _Model(
            method, ids, nothing[:, 0], nothing, nothing, facts, reason="all baselines are equal: no slope"
        )
    x = np.column_stack([np.ones(len(both)), both["x"]])
    bread = np.linalg.inv(x.T @ x)
    beta = bread @ x.T @ both["z"].to_numpy()
    influence = pd.DataFrame((x * (both["z"].to_numpy() - x @ beta)[:, None]) @ bread, index=both.index)
    design = np.column_stack([np.ones(len(late)), late])
    facts |= {"slope": float(beta[1]), "intercept": float(beta[0])}
    moved = influence.reindex(ids).fillna(0.0).to_numpy()
    return _Model(method, ids, design @ beta, design, moved, facts)


def _day_to_day(recorded: pd.DataFrame, entry: float | None, entry_by: EntryBy, span: _Span) -> _Model:
    rows = recorded[recorded["day"] >= -span.baseline]
    rows = rows[rows.groupby("patient_id")["event"].transform("size") >= span.min_days]
    count = rows.groupby("patient_id")["event"].agg(["sum", "size"])
    at_least, below = _rule(count, entry, entry_by, span)
    notes: tuple[str, ...] = (
        (
            plural(int(below.sum()), "patient below the entry rule is", "patients below the entry rule are")
            + " not in the law",
        )
        if below.any()
        else ()
    )
    kept = count.index[~below]
    rows = rows[rows["patient_id"].isin(kept)]
    words = _entry_words(entry, entry_by, span)
    method = f"beta law of patients, Markov chain of days, maximum likelihood{words}"
    nothing = np.full((len(kept), 3), np.nan)
    facts: dict[str, object] = {"patients_in_law": len(kept)}
    reason = _why_no_law(rows, len(kept))
    if reason:
        return _Model(method, kept, nothing[:, 0], nothing, nothing, facts, notes, reason)
    codes = pd.factorize(rows["patient_id"], sort=True)[0].astype(np.intp)
    day, event = rows["day"].to_numpy(np.intp), rows["event"].to_numpy()
    data = chain.sequences(codes, day, event, len(kept))
    rule = None
    if at_least.any() and entry_by == "calendar":
        rule = chain.calendar_rule(data, codes, day + span.baseline, event, int(at_least[0]), span.baseline)
    elif at_least.any():
        rule = chain.Entered(at_least[~below], data.length)
    fit = law.fit_markov_beta(data, rule)
    facts |= {
        "a": fit.shapes[0], "b": fit.shapes[1], "carry_over": fit.carry_over, "llf": fit.log_likelihood,
        "converged": fit.converged,
    }  # fmt: skip
    if not fit.converged:
        reason = "the law of days did not converge"
        return _Model(method, kept, nothing[:, 0], nothing, nothing, facts, notes, reason)
    if fit.at_bound:
        notes += ("the law of patients is at its limit: its interval may be too short",)
    influence = fit.scores @ fit.inverse_information
    return _Model(method, kept, span.month * fit.expected, span.month * fit.slopes, influence, facts, notes)


def _rule(
    count: pd.DataFrame, entry: float | None, entry_by: EntryBy, span: _Span
) -> tuple[NDArray[np.intp], Flags]:
    """Return the fewest events with which each patient was taken, and who cannot have been."""
    size, events = count["size"].to_numpy(), count["sum"].to_numpy()
    looked_at = np.full(len(count), span.baseline) if entry_by == "calendar" else size
    at_least = np.ceil((entry or 0.0) * looked_at / span.month - 1e-9).astype(np.intp)
    return at_least, np.asarray(events + looked_at - size < at_least)


def _entry_words(entry: float | None, entry_by: EntryBy, span: _Span) -> str:
    if entry is None:
        return ", no entry rule"
    days = "all days of the window" if entry_by == "calendar" else "the recorded days"
    return f", given entry with at least {entry:g} of {span.month} days, by {days}"


def _why_no_law(rows: pd.DataFrame, patients: int) -> str:
    if patients < SMALLEST:
        return f"fewer than {SMALLEST} patients with a baseline"
    if rows["event"].all():
        return "every baseline day has the event: day-to-day variation is unknown"
    if not rows["event"].any():
        return "no baseline day has the event: day-to-day variation is unknown"
    return ""


def _one_period(group: pd.DataFrame, groups: list[str], model: _Model, level: float) -> pd.DataFrame:
    """Return raw, expected and net change, with every patient's influence on each."""
    labels = group[groups].iloc[[0, 0, 0]].reset_index(drop=True)
    at = model.ids.get_indexer(group["patient_id"])
    change, baseline = group["change"].to_numpy(dtype=float), group["baseline"].to_numpy(dtype=float)
    used = (at >= 0) & np.isfinite(change) & np.isfinite(baseline)
    frame = labels.assign(term=["raw", "expected without effect", "net"])
    n = int(used.sum())
    reason = model.reason or ("" if n > 1 else "fewer than two patients with a change and a baseline law")
    if reason:
        return frame.assign(**dict.fromkeys(TESTED, np.nan), n=n, N=len(group), status=reason)
    members = at[used]
    drift = model.expected[members] - baseline[used]
    values = np.column_stack([change[used], drift, change[used] - drift])
    estimate = values.mean(axis=0)
    influence = np.zeros((len(model.ids), 3))
    influence[members] = (values - estimate) / n
    moved = model.influence @ model.gradient[members].mean(axis=0)
    influence[:, 1] += moved
    influence[:, 2] -= moved
    se = np.sqrt((influence**2).sum(axis=0) * n / (n - 1))
    df = float(n - 1)
    with np.errstate(divide="ignore", invalid="ignore"):
        statistic = np.where(se > 0, estimate / se, np.nan)
    half = np.where(se > 0, interval_factor(level, df) * se, np.nan)
    return frame.assign(
        estimate=estimate,
        std_error=np.where(se > 0, se, np.nan),
        df=df,
        statistic=statistic,
        p_value=two_sided_p(statistic, df),
        lower=estimate - half,
        upper=estimate + half,
        n=n,
        N=len(group),
        status=np.where(se > 0, "ok", "no spread: no interval"),
    )
