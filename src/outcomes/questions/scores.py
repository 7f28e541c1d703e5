"""Mood, disability and quality of life of a study."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from outcomes.derive.courses import courses
from outcomes.derive.periods import ends_of_data, periods
from outcomes.derive.remember import from_each_part, together
from outcomes.errors import one_of
from outcomes.models.scores.instruments import INSTRUMENTS
from outcomes.models.scores.score_change import score_changes
from outcomes.models.scores.score_result import Scores
from outcomes.models.scores.score_rows import score_rows
from outcomes.models.stats.input_frames import names
from outcomes.models.stats.intervals.arguments import check_level
from outcomes.schema.study_data import StudyData, check_study

__all__ = ["headache_changes", "scores"]


def scores(
    study: StudyData, instruments: str | Sequence[str] | None = None, *, level: float = 0.95
) -> Scores:
    """Estimate the change of questionnaire scores by period, and what it means for single patients.

    Parameters
    ----------
    study : Study
        A checked study.
    instruments : str or list of str, optional
        Of HIT-6, MSQ, MIDAS, PHQ-9, PGIC; all that were recorded when left out.
    level : float
        Confidence level.

    Returns
    -------
    Scores
        One row per questionnaire, period (with arms also arm): N (patients with a score before the course),
        n (with a change), baseline_mean, treated_again, not_due, estimate (mean change in points), std_error,
        df, p_value, lower, upper, model, status. ``.meaningful()``, ``.bands()`` and ``.relation()`` give the
        changes that matter to one patient, the bands before and after, and the correlation with headache
        days; ``.patients`` the rows behind.

    Raises
    ------
    ArgumentError
        For something that is not a study, or a questionnaire that is not known.

    Notes
    -----
    A period's score is the last one dated in the period and before a next course; the baseline is the last
    one up to the first day of the course. Means are those of an MMRM at the mean baseline.

    Examples
    --------
    >>> import outcomes as oc
    >>> found = oc.scores(oc.simulate(40, seed=2, months=3).study, "HIT-6")
    >>> found[["instrument", "period", "n", "N", "model"]].values.tolist()
    [['HIT-6', 'days 1-28', 31, 35, 'MMRM'], ['HIT-6', 'days 57-84', 18, 35, 'MMRM']]
    """
    check_study(study)
    check_level(level)
    recorded = study.assessments
    chosen = [one_of("instruments", name, INSTRUMENTS) for name in names(instruments, "instruments")]
    chosen = chosen or [name for name in INSTRUMENTS if (recorded["instrument"] == name).any()]
    first = courses(study)
    first = first[first["course"] == 1]
    month = study.rules.month_days
    until = pd.to_datetime(ends_of_data(study), unit="D")
    rows = score_rows(
        recorded, first[["patient_id", "course_start", "course_end", "next_course_start"]],
        instruments=chosen, until=until, month=month, last=study.rules.max_periods,
    )  # fmt: skip
    parts = from_each_part(study, headache_changes)
    rows = rows.merge(headache_changes(study) if parts is None else together(parts), how="left")
    rows["arm"] = rows["patient_id"].map(study.patients.set_index("patient_id")["arm"])
    by = "arm" if len(rows["arm"].dropna().unique()) > 1 else None
    return score_changes(rows, by=by, level=level)


def headache_changes(study: StudyData) -> pd.DataFrame:
    """Return the changes of headache days that are known: patient_id, period_number, headache_change."""
    found = periods(study)[["patient_id", "period_number", "change"]]
    return found.rename(columns={"change": "headache_change"}).dropna(subset="headache_change")
