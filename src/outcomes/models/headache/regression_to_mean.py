"""How much of a fall chance alone brings: people who came at their worst go back towards their mean."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from numbers import Real
from typing import Literal

import pandas as pd

from outcomes.errors import ArgumentError, instance_of, one_of
from outcomes.models.headache.chance.fixed_day import FixedDay, fixed_day
from outcomes.models.headache.chance.net_change import CHANCE, FIXED, NET, RAW, one_period
from outcomes.models.headache.chance.one_window import Entry, one_window
from outcomes.models.headache.chance.span import Model, Span, recorded_days
from outcomes.models.headache.chance.two_windows import SMALLEST, both_windows, two_windows
from outcomes.models.headache.period_rows import follow_up_rows, group_columns, month_days, one_endpoint
from outcomes.models.stats.intervals.arguments import check_level
from outcomes.models.stats.kernels.wandering_level import wandering
from outcomes.results import Estimates

__all__ = ["CHANCE", "FIXED", "NET", "RAW", "regression_to_mean"]

Method = Literal["two-periods", "day-to-day"]


def regression_to_mean(
    periods: pd.DataFrame,
    days: pd.DataFrame,
    *,
    method: Method | None = None,
    entry: float | Entry | None = None,
    event: str = "headache",
    largest_wave: float = 0.9,
    level: float = 0.95,
) -> Estimates:
    """Estimate the change that chance alone brings (regression to the mean), and the change net of it.

    Parameters
    ----------
    periods : DataFrame
        From `outcomes.periods`, one endpoint and one course per patient: `baseline` and
        `change` in days per month; the month is that of the periods' names (``days 1-28``), else 28 days.
    days : DataFrame
        From `outcomes.days`: patient_id, day (negative before treatment) and the event.
    method : {"two-periods", "day-to-day"}, optional
        ``two-periods``: a window as long before the baseline as the follow-up is after it says what the
        patients would have recorded later. ``day-to-day``: the baseline's own days say how much of its
        extremity is chance, given the entry rule. By default two periods where at least 10 patients have
        both, else day to day where `entry` is declared, else there is no number.
    entry : float or Entry, optional
        The entry rule: patients were accepted with at least this many baseline days per month with the event.
        ``Entry(days, by=, window=, min_days=)`` also says which days the rule looked at (``diary``, the
        recorded ones, or ``calendar``, all of them) and the baseline's window (28 days, 14 of them recorded).
    event : str
        Column of `days` that the endpoint counts.
    largest_wave : float
        For ``day-to-day``: the largest standard deviation, on the logit scale, of a patient's slow wave that
        is thought possible. 0: every level lasts.
    level : float
        Confidence level.

    Returns
    -------
    Estimates
        Rows of a period: ``raw`` mean change, ``chance alone``, and ``net`` (raw minus chance alone), in days
        per month, with t intervals; n of N patients. Where courses differ in length a row ``raw from a fixed
        day`` follows ``raw``, and ``net`` is that row minus chance alone.

    Raises
    ------
    ArgumentError
        For a missing column, an unknown method, or more than one endpoint.
    DataError
        When a patient has more than one row in a period, or for one day.

    Notes
    -----
    Two periods: with x the baseline and z the window that mirrors the follow-up, z = a + b x + error by least
    squares; patients taken on x alone would change by a + b x - x. It asks that a patient's level wanders
    without a trend, by day or by week: such a level looks the same forwards and backwards in time. A slow
    worsening before treatment would look like regression to the mean.

    Day to day: theta_i has a density as theta^(a - 1) (1 - theta)^(b - 1) over patients; a patient's days are
    a Markov chain with marginal theta_i and carry-over r; maximum likelihood given that the entry rule was
    met. If levels last, the expected change is 28 E(theta_i | days) - baseline_i. 28 days cannot tell a
    lasting level from a wave of weeks; with a wave of `largest_wave` (Ornstein-Uhlenbeck, 40 days) whose
    logit differs by a variance s^2 from window to window, theta also moves by
    s^2/2 theta (1 - theta) (a + 1 - (a + b + 2) theta): Tweedie's formula, which needs the density of levels
    only where the patients are. The estimate is the middle of the two, the interval covers the intervals of
    both, P is the larger one.

    Follow-up counted from the end of a course begins at a chosen moment where the course was ended because
    the patient was better. So where courses differ in length the net change counts everybody's months from
    the same day after the start of the course (the end of the longest course, at most one month).

    Intervals take both the patients and the estimated line or law as random (influence functions).
    The net change still includes everything else that changes with time: other treatments, season,
    expectation (placebo), and is not an effect of the drug.

    References
    ----------
    .. [1] Barnett AG, van der Pols JC, Dobson AJ. Regression to the mean: what it is and how to deal with it.
       Int J Epidemiol 2005;34:215-220. https://doi.org/10.1093/ije/dyh299

    Examples
    --------
    >>> import numpy as np, pandas as pd
    >>> rng = np.random.default_rng(2)
    >>> theta = rng.beta(3, 1.5, 300)
    >>> diary = rng.random((300, 84)) < theta[:, None]
    >>> taken = np.flatnonzero(diary[:, 28:56].sum(axis=1) >= 22)  # chosen at their worst, no treatment
    >>> days = pd.DataFrame({"patient_id": np.repeat(taken, 56),
    ...                      "day": np.tile(np.arange(-56, 0), len(taken)),
    ...                      "headache": diary[taken, :56].ravel()})
    >>> before, after = diary[taken, 28:56].sum(axis=1), diary[taken, 56:].sum(axis=1)
    >>> periods = pd.DataFrame({"patient_id": taken, "period": "days 1-28", "period_number": 1,
    ...                         "baseline": before * 1.0, "change": after - 1.0 * before})
    >>> found = regression_to_mean(periods, days).to_frame().set_index("term")
    >>> bool(found.loc["raw", "upper"] < 0), bool(found.loc["net", "lower"] < 0 < found.loc["net", "upper"])
    (True, True)
    """
    _check(method, level, largest_wave)
    rule = entry if isinstance(entry, Entry) else Entry(entry)
    groups = group_columns(periods, None, ["baseline", "change"])
    one_endpoint(periods)
    rows = follow_up_rows(periods, groups)
    span = Span(month_days(rows["period"].unique()), rule.window, rule.min_days)
    if rule.days is not None and not 0 <= rule.days <= span.month:
        raise ArgumentError(
            f"entry is not a number of days per {span.month}",
            got=str(rule.days),
            allowed=f"0 to {span.month}",
        )
    recorded = recorded_days(days, event)
    start = fixed_day(recorded, span)
    chosen = method or _default(recorded, start, span)
    models = _models(chosen, recorded, rule, span, largest_wave)
    parts = [
        one_period(group, groups, recorded, start, span, models, level)
        for _, group in rows.groupby("row", sort=True)
    ]
    return _result(parts, groups, models(start.lag(1, span))[0], start, span, level)


def _check(method: str | None, level: float, largest_wave: float) -> None:
    check_level(level)
    if method is not None:
        one_of("method", method, ("two-periods", "day-to-day"))
    instance_of("largest_wave", largest_wave, Real, hint="a standard deviation on the logit scale")
    if not 0 <= largest_wave <= 3:
        raise ArgumentError(
            "largest_wave is not a standard deviation", got=f"{largest_wave}", allowed="0 to 3"
        )


def _default(recorded: pd.DataFrame, start: FixedDay, span: Span) -> Method:
    """Return two periods where enough patients recorded both, or where nothing else is possible."""
    lags = (start.lag(1, span), 0)
    two = any(len(both_windows(recorded, lag, span)) >= SMALLEST for lag in lags)
    return "two-periods" if two else "day-to-day"


def _models(
    method: Method, recorded: pd.DataFrame, entry: Entry, span: Span, largest_wave: float
) -> Callable[[int], tuple[Model, ...]]:
    """Return the function that gives the models of a lag; two of them bound what waves can do."""
    if method == "two-periods":
        return lambda lag: (two_windows(recorded, lag, span),)
    lasting, moving = one_window(recorded, entry, span)

    def at(lag: int) -> tuple[Model, ...]:
        if lasting.reason or largest_wave == 0:
            return (lasting,)
        moved = wandering(largest_wave, lag, span.month)
        return lasting, replace(
            lasting,
            expected=lasting.expected + moved * moving.expected,
            gradient=lasting.gradient + moved * moving.gradient,
        )

    return at


def _result(
    parts: list[pd.DataFrame], groups: list[str], model: Model, start: FixedDay, span: Span, level: float
) -> Estimates:
    frame = (
        pd.concat(parts, ignore_index=True) if parts else pd.DataFrame(columns=[*groups, "term", "status"])
    )
    moved = (
        (
            f"Courses differ in length: the net change counts months from day {start.gap} of the course, the "
            "same for everybody.",
        )
        if start.differs
        else ()
    )
    return Estimates(
        frame=frame,
        title=f"Change from baseline: raw, chance alone, and net of it (days per {span.month})",
        method=model.method,
        level=level,
        notes=(
            *model.notes,
            *moved,
            "The net change is not an effect of the treatment: it includes time, other care and expectation.",
        ),
        status=model.reason or "ok",
        meta=model.facts | {"fixed_day": start.gap, "courses_differ": start.differs},
    )
