"""The periods that answer an estimand: of the first course, with the baseline, under its strategy's rule."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pandas as pd

from outcomes.derive.periods import periods_under, with_every_name
from outcomes.derive.remember import from_each_part, patient_by_patient
from outcomes.schema.look_up import known_keys

if TYPE_CHECKING:
    from outcomes.schema.estimand import Estimand
    from outcomes.schema.study_data import StudyData

__all__ = ["estimand_periods", "rows_asked", "rows_of_part"]

#: Columns of periods that no estimand asks for.
NOT_NEEDED = (
    *("cohort", "site", "course", "start_date", "days_possible", "days_recorded", "days_unclear"),
    *("baseline_days_recorded", "responder_30", "responder_50", "responder_75", "responder_100", "goal"),
    *("reason", "due"),
)


def estimand_periods(study: StudyData, asked: Estimand) -> pd.DataFrame:
    """Return the periods of the first course, baseline included, under the strategy's rule."""
    parts = from_each_part(study, rows_of_part, **rows_asked(asked))
    if parts is None:
        return _of_one_place(study, **rows_asked(asked))
    rows = patient_by_patient(parts)
    return rows.assign(period=rows["period"].cat.remove_unused_categories())


def rows_asked(asked: Estimand) -> dict[str, Any]:
    """Return what decides about the rows that answer a question: options of `rows_of_part`."""
    policy = asked.strategy == "treatment_policy"
    return {
        "variable": asked.variable,
        "policy": policy,
        "min_baseline": asked.min_baseline,
        "period": asked.period,
    }


def rows_of_part(study: StudyData, *, period: int, **asked: Any) -> pd.DataFrame:
    """Return what one partition of a study adds to an answer: the rows and columns that are needed.

    They are those of the period; who has none, because it has not begun, has the baseline's row.
    """
    rows = with_every_name(_of_one_place(study, **asked), study.rules)
    own = rows["period_number"] == period
    own |= (rows["period_number"] == 0) & ~known_keys(rows["patient_id"], rows.loc[own, "patient_id"])
    return rows.loc[own, [name for name in rows if name not in NOT_NEEDED]].reset_index(drop=True)


def _of_one_place(
    study: StudyData, *, variable: str | None, policy: bool, min_baseline: float | None, period: int = 0
) -> pd.DataFrame:
    rules = study.rules.model_copy(update={"retreatment": "treatment_policy" if policy else "stop"})
    rows = periods_under(study, rules, endpoint=variable, baseline_as_row=True)
    if min_baseline is None:
        return rows
    enough = rows["baseline"].ge(min_baseline - 1e-9)
    return rows.assign(baseline_eligible=rows["baseline_eligible"] & enough).loc[enough]
