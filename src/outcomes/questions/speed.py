"""Pain and speed of a study: before and after each session, and the time to a fall."""

from __future__ import annotations

from collections.abc import Iterable
from numbers import Real

import pandas as pd

from outcomes.derive.exposure import exposure
from outcomes.errors import ArgumentError, instance_of
from outcomes.models.scores.time_to_fall import Speed, speed_of
from outcomes.models.stats.intervals.arguments import check_level
from outcomes.schema.study_data import StudyData, check_study

__all__ = ["speed"]


def speed(
    study: StudyData, *, fall: float = 2.0, level: float = 0.95, among: Iterable[str] | None = None
) -> Speed:
    """Estimate how far and how soon pain falls over the sessions of the first course.

    Parameters
    ----------
    study : Study
        A checked study.
    fall : float, NRS points
        How far pain must fall.
    level : float
        Confidence level.
    among : iterable of str, optional
        Only these patients, by `patient_id`: those of an arm.

    Returns
    -------
    Speed
        One row per number of the session in the course: N (sessions), n (with pain before and after),
        before_mean, after_mean, estimate (mean change), std_error, lower, upper, able (with pain of at least
        `fall` before, and a rating after), fell, percent, percent_lower, percent_upper, known and lasts (of
        those who fell: with a next rating, and still so low at it), status. ``.curve()`` and ``.median()``
        give the time to the first fall, with censoring at the last rating.

    Raises
    ------
    ArgumentError
        For something that is not a study, or a fall outside 0 to 10.

    Notes
    -----
    Ratings: pain before and after each session, and assessments of the instrument NRS. These have a date
    only: one of a day after the first and up to a day after the course counts as of the end of its day.

    Examples
    --------
    >>> import outcomes as oc
    >>> found = oc.speed(oc.simulate(30, seed=2, months=1).study)
    >>> found[["session", "N", "n", "fell", "able"]].head(1).values.tolist()
    [[1, 30, 30, 24, 30]]
    """
    check_study(study)
    check_level(level)
    instance_of("fall", fall, Real, hint="give points of the scale from 0 to 10")
    if not 0 < fall <= 10:
        raise ArgumentError("fall is outside the scale", got=str(fall), allowed="above 0, at most 10")
    given = exposure(study)
    first = given.loc[given["course"] == 1, ["patient_id", "session_id", "session_in_course"]]
    if among is not None:
        first = first[first["patient_id"].isin(list(among))]
    pain = study.sessions[["session_id", "start", "end", "pain_before", "pain_after"]]
    rated = study.assessments[study.assessments["instrument"] == "NRS"][["patient_id", "date", "score"]]
    at = (rated["date"] + pd.Timedelta("1D") - pd.Timedelta("1s")).dt.tz_localize(
        study.timezone, ambiguous="NaT", nonexistent="shift_forward"
    )
    rated = rated.assign(at=at.dt.tz_convert("UTC").astype("datetime64[us, UTC]"))
    return speed_of(first.merge(pain, on="session_id"), rated, fall=float(fall), level=level)
