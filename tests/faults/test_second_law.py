"""The second law: an optional column that is corrupted, at random or by outcome, moves no estimate.

It costs what the blank itself says: each cell is counted, each row stays, and so do time zero, the sessions
and the events with what is known of them.
"""

from __future__ import annotations

import pandas as pd
import pytest

import outcomes as oc

BAD = "?x"
#: Table -> its optional columns, and the column by whose answer they are corrupted.
OPTIONAL = {
    "diary": ("headache", ("duration_h", "pain", "nausea", "acute_medication")),
    "sessions": (
        "pain_after",
        ("setting", "weight_kg", "bolus_mg_per_kg", "dose_mg", "pain_before", "sbp_max", "stop_reason"),
    ),
    "adverse_events": ("grade", ("group", "related", "action", "outcome", "medical_attention", "resolved")),
}


@pytest.fixture(scope="module")
def made() -> oc.Study:
    return oc.simulate(patients=8, seed=3).study


@pytest.fixture(scope="module")
def right(made) -> list[pd.DataFrame]:
    return told(made)


def told(study: oc.Study) -> list[pd.DataFrame]:
    """Return what must not move."""
    change = oc.change(oc.periods(study)).to_frame()[["estimate", "n", "baseline_mean"]]
    courses = oc.courses(study)[["patient_id", "course", "course_start", "course_end", "sessions"]]
    return [change, courses, study.adverse_events[["patient_id", "term", "onset", "serious"]]]


@pytest.mark.parametrize("by_outcome", [pytest.param(False, marks=pytest.mark.long), True])
@pytest.mark.parametrize(
    ("table", "column"), [(table, name) for table, (_, names) in OPTIONAL.items() for name in names]
)
def test_no_estimate_moves_when_an_optional_column_is_corrupted(made, right, table, column, by_outcome):
    tables = {name: made.table(name) for name in made.given}
    frame, worse = tables[table], OPTIONAL[table][0]
    answer = frame[worse].astype("float64")
    hit = answer >= answer.max() if by_outcome else pd.Series(frame.index % 3 == 0, index=frame.index)
    assert hit.any()
    filled = frame[column].astype("object")
    text = filled.astype("str").where(filled.notna(), "")
    if isinstance(frame[column].dtype, pd.DatetimeTZDtype):
        text = frame[column].dt.strftime("%Y-%m-%dT%H:%M:%SZ").fillna("")
    tables[table] = frame.assign(**{column: text.mask(hit, BAD)})
    spoiled = oc.Study(**tables, rules=made.rules, timezone=made.timezone)
    cells = spoiled.cells.set_index(["table", "column"]).loc[(table, column)]
    assert (len(spoiled.table(table)), cells["blanked"]) == (len(frame), hit.sum())
    for expected, found in zip(right, told(spoiled), strict=True):
        pd.testing.assert_frame_equal(found, expected)
