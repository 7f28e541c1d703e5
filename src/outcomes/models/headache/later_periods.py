"""Later periods as if nobody had been treated again: days after a next course from hidden levels."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from outcomes.errors import ArgumentError, instance_of, one_of
from outcomes.models.headache.period_rows import MAKE, eligible, month_days, one_endpoint, refuse_repeated
from outcomes.models.stats.generators import random_generator
from outcomes.models.stats.input_frames import check_columns, check_yes_no
from outcomes.models.stats.intervals.arguments import check_level
from outcomes.models.stats.kernels.hidden_levels import WEEK, Weeks, draw_tail, laws, mix
from outcomes.models.stats.kernels.reference import interval_factor, two_sided_p
from outcomes.models.stats.kernels.rubin import pool
from outcomes.models.stats.reserved import check_reserved
from outcomes.results import Estimates

__all__ = ["later_periods"]

Array = NDArray[np.float64]
Anchor = Literal["course_end", "course_start"]
ANCHORS = {"course_end": "day_after", "course_start": "day"}
NEEDED = ("patient_id", "period", "period_number", "baseline", "baseline_eligible", "change", "set", "due")
#: Further columns of the result.
OWN = (
    *("patient_id", "period", "period_number", "observed", "treated_again", "too_few_days"),
    *("drawn_share", "missing_share", "term"),
)
#: Fewer patients than this, in a group or seen untreated in a period: no model and no number.
FEWEST = 5
IMPUTATIONS = 40


def later_periods(
    periods: pd.DataFrame,
    days: pd.DataFrame,
    *,
    event: str = "headache",
    by: str | None = None,
    anchor: Anchor = "course_end",
    imputations: int = IMPUTATIONS,
    rng: np.random.Generator | int = 0,
    level: float = 0.95,
) -> Estimates:
    """Estimate the mean change of every period as if nobody had been treated again.

    Parameters
    ----------
    periods : DataFrame
        From `outcomes.periods` of one endpoint that counts days, the first course of each patient.
    days : DataFrame
        From `outcomes.days`.
    event : str
        Yes/no column of `days` that the endpoint counts.
    by : str, optional
        Column of `periods`, such as ``arm``: each level has a model of its own.
    anchor : {"course_end", "course_start"}
        The study's rule: day 1 is the day after this.
    imputations : int
        Draws of the days that nobody could see, 10 or more.
    rng : numpy.random.Generator or int
        Source of the draws, or its seed.
    level : float
        Confidence level.

    Returns
    -------
    Estimates
        One row a group and period: n (patients with a value), N (with an eligible baseline whose period is
        due), estimate (days per month), std_error, df, statistic, p_value, lower, upper, observed (mean
        change of the n), treated_again, too_few_days, drawn_share (share of all patient-days that were
        drawn), missing_share (of the variance), status.

    Raises
    ------
    ArgumentError
        For a column that is not there, several endpoints, or an option that is not one.
    DataError
        When a patient has more than one row in a period, as with several courses.

    Notes
    -----
    Who is treated again is chosen by the days before. The model is therefore of days, from the baseline to
    the last day recorded before the next course: a level before treatment, a level after it (their joint
    distribution over patients is free), a slow wave around them (correlation exp(-days / 40)), and a chance
    of a return for good to the level before. Assumed is that, given all days recorded until then, the next
    course does not depend on the days that would have followed: no data can check this.

    Each draw takes a bootstrap sample of the patients for the distribution of the levels, and the spread of
    the wave and the chance of a return that fit it best; then days from each patient's own levels. Days that
    were recorded stay as they are. Means are pooled by Rubin's rules with Barnard and Rubin's df.

    References
    ----------
    .. [1] ICH E9(R1) addendum on estimands and sensitivity analysis in clinical trials. 2019.
    .. [2] Rubin DB. Multiple Imputation for Nonresponse in Surveys. Wiley 1987. doi:10.1002/9780470316696

    Examples
    --------
    >>> import outcomes as oc
    >>> study = oc.simulate(30, seed=2, months=3).study
    >>> found = later_periods(oc.periods(study), oc.days(study), imputations=10)
    >>> found.to_frame()[["period", "N", "n", "treated_again"]].head(3)
           period   N   n  treated_again
    0   days 1-28  30  30              0
    1  days 29-56  30  29              0
    2  days 57-84  30  19              8
    """
    check_level(level)
    one_of("anchor", anchor, ANCHORS)
    instance_of("imputations", imputations, int, hint="give a number of draws")
    if imputations < 10:
        raise ArgumentError("imputations is too small", got=str(imputations), allowed="10 or more")
    check_reserved([by], own=OWN)
    check_columns("periods", periods, [*NEEDED, *([by] if by else [])], hint=MAKE)
    one_endpoint(periods)
    column = ANCHORS[anchor]
    check_columns(
        "days",
        days,
        ["patient_id", "course", "day", column, event],
        hint="make the frame with oc.days(study)",
    )
    check_yes_no("days", days, event)
    generator = random_generator(rng)
    rows = periods[eligible(periods) & (periods["period_number"] > 0)]
    refuse_repeated(rows, ["period", *([by] if by else [])])
    month = month_days(rows["period"])
    parts = []
    groups = [(None, rows)] if by is None else list(rows.groupby(by, observed=True))
    for name, mine in groups:
        table = _group(mine, days, event, column, month, imputations, generator, level)
        parts.append(table if by is None else table.assign(**{by: name}))
    frame = pd.concat(parts, ignore_index=True) if parts else pd.DataFrame()
    if by is not None and len(frame):
        frame = frame[[by, *(name for name in frame.columns if name != by)]]
    return Estimates(
        frame=frame,
        title="Mean change from baseline as if nobody had been treated again, per period",
        method=f"hidden levels of days, {imputations} imputations, Rubin's rules",
        level=level,
        notes=(
            "estimate is of all N; observed is the mean of the n with a value: those not treated again.",
            "Days after a next course were drawn as if there had been none: nobody saw them.",
            "A change in one group of patients is not an effect of the treatment: there is no comparison.",
        ),
        status="ok" if len(frame) and (frame["status"] == "ok").any() else "no number: too few patients",
        meta={"imputations": imputations, "strategy": "hypothetical"},
    )


@dataclass(frozen=True, slots=True, eq=False)
class _Seen:
    """Answers (n, d) after treatment, NaN where not recorded, and the baseline's weeks, of n patients."""

    after: Array
    events_before: Array
    days_before: Array

    @property
    def start(self) -> NDArray[np.intp]:
        """The day after the last recorded one, 0 for the first."""
        seen = ~np.isnan(self.after)
        width = self.after.shape[1]
        return np.where(seen.any(axis=1), width - seen[:, ::-1].argmax(axis=1), 0).astype(np.intp)

    @property
    def weeks(self) -> Weeks:
        n, width = self.after.shape
        padded = np.full((n, -(-width // WEEK) * WEEK), np.nan)
        padded[:, :width] = self.after
        by_week = padded.reshape(n, -1, WEEK)
        recorded = (~np.isnan(by_week)).sum(axis=2).astype(np.float64)
        return Weeks(self.events_before, self.days_before, np.nansum(by_week, axis=2), recorded)


def _seen(ids: pd.Index, days: pd.DataFrame, event: str, column: str, width: int) -> _Seen:
    """Return the days of the first course of patients `ids`, before it and up to `width` days after it."""
    known = days[days["course"].eq(1).fillna(False).to_numpy(dtype=bool) & days[event].notna().to_numpy()]
    row = ids.get_indexer(known["patient_id"])
    hit = known[event].to_numpy(dtype=np.float64)
    number = known[column].to_numpy(dtype=np.float64, na_value=np.nan)
    inside = (row >= 0) & (number >= 1) & (number <= width)
    after = np.full((len(ids), width), np.nan)
    after[row[inside], number[inside].astype(np.int64) - 1] = hit[inside]
    day = known["day"].to_numpy(dtype=np.float64, na_value=np.nan)
    before = (row >= 0) & (day < 0) & (day >= -28)
    week = np.where(before, np.floor((-1 - day) / WEEK), 0).astype(np.int64)
    events, recorded = np.zeros((len(ids), 4)), np.zeros((len(ids), 4))
    # the week just before treatment is the last
    np.add.at(events, (row[before], 3 - week[before]), hit[before])
    np.add.at(recorded, (row[before], 3 - week[before]), 1.0)
    return _Seen(after, events, recorded)


def _group(
    rows: pd.DataFrame,
    days: pd.DataFrame,
    event: str,
    column: str,
    month: int,
    imputations: int,
    rng: np.random.Generator,
    level: float,
) -> pd.DataFrame:
    """Return the rows of one group."""
    due = rows[rows["due"].astype(bool)]
    first = rows.groupby("patient_id", sort=True)["baseline"].first()
    width = month * int(due["period_number"].max()) if len(due) else 0
    counts = _counts(due)
    if len(first) < FEWEST or not width:
        return counts.assign(estimate=np.nan, status=f"fewer than {FEWEST} patients: no model")
    seen = _seen(pd.Index(first.index), days, event, column, width)
    values = _completed(seen, month, imputations, rng)
    in_period = np.zeros((len(first), width // month), dtype=bool)
    in_period[pd.Index(first.index).get_indexer(due["patient_id"]), due["period_number"].to_numpy() - 1] = (
        True
    )
    tail = (np.arange(width)[None, :] >= seen.start[:, None]).reshape(len(first), -1, month).mean(axis=2)
    found = []
    for period, n in zip(counts["period_number"].to_numpy() - 1, counts["n"].to_numpy(), strict=True):
        mine = in_period[:, period]
        change = values[:, mine, period] - first.to_numpy()[mine]
        found.append(_pooled(change, int(n), level) | {"drawn_share": float(tail[mine, period].mean())})
    table = pd.concat([counts, pd.DataFrame(found)], axis=1)
    last = ["observed", "treated_again", "too_few_days", "drawn_share", "missing_share", "status"]
    return table[[*(name for name in table.columns if name not in last), *last]]


def _counts(due: pd.DataFrame) -> pd.DataFrame:
    """Return who stands behind each period that is due."""
    grouped = due.groupby(["period", "period_number"], observed=True)
    valued = due.assign(observed=due["change"].where(due["set"].eq("with_value")))
    frame = grouped.size().rename("N").to_frame()
    frame["observed"] = valued.groupby(["period", "period_number"], observed=True)["observed"].mean()
    for name, code in (
        ("n", "with_value"),
        ("treated_again", "treated_again"),
        ("too_few_days", "too_few_days"),
    ):
        frame[name] = due["set"].eq(code).groupby([due["period"], due["period_number"]], observed=True).sum()
    return frame.reset_index()


def _completed(seen: _Seen, month: int, imputations: int, rng: np.random.Generator) -> Array:
    """Return each patient's and period's value, shape (imputations, n, periods), days per month."""
    n, width = seen.after.shape
    shape = (n, width // month, month)
    recorded = (~np.isnan(seen.after)).reshape(shape).sum(axis=2)
    events = np.nan_to_num(seen.after).reshape(shape).sum(axis=2)
    whole = events.sum(axis=1) / np.maximum(recorded.sum(axis=1), 1)
    # days without a record among recorded ones: the rate of the period's other days, as in its value
    rate = np.where(recorded > 0, events / np.maximum(recorded, 1), whole[:, None])
    drawn = (np.arange(width)[None, :] >= seen.start[:, None]).reshape(shape).sum(axis=2)
    every = laws(seen.weeks)
    out = np.empty((imputations, n, shape[1]))
    for number in range(imputations):
        weight = rng.multinomial(n, np.full(n, 1 / n)).astype(np.float64)
        fitted = [mix(law, weight) for law in every]
        best = int(np.argmax([score for _, score in fitted]))
        tail = draw_tail(every[best], fitted[best][0], seen.start, width, rng)
        out[number] = rate * (month - drawn) + tail.reshape(shape).sum(axis=2)
    return out


def _pooled(change: Array, n: int, level: float) -> dict[str, float | str]:
    """Pool the mean of changes (m, patients); no number where too few were seen untreated."""
    names = ("estimate", "std_error", "df", "statistic", "p_value", "lower", "upper", "missing_share")
    size = change.shape[1]
    if n < FEWEST or size < FEWEST:
        why = f"fewer than {FEWEST} patients with a value: no number"
        return dict.fromkeys(names, np.nan) | {"status": why}
    found = pool(change.mean(axis=1), change.var(axis=1, ddof=1) / size, size - 1.0)
    if not found.std_error > 0:
        return dict.fromkeys(names, np.nan) | {"status": "all changes are equal: no interval"}
    half = float(interval_factor(level, found.df)) * found.std_error
    statistic = found.estimate / found.std_error
    return {
        "estimate": found.estimate,
        "std_error": found.std_error,
        "df": found.df,
        "statistic": statistic,
        "p_value": float(two_sided_p(statistic, found.df)),
        "lower": found.estimate - half,
        "upper": found.estimate + half,
        "missing_share": found.missing_share,
        "status": "ok",
    }
