"""What a hurried call gets: an error of ours that says what to give, never one of pandas."""

from __future__ import annotations

import pandas as pd
import pytest

import outcomes as oc
from outcomes.errors import ArgumentError, OutcomesError

PERIODS = pd.DataFrame(
    {
        "patient_id": ["a", "b", "c"],
        "period": "days 1-28",
        "period_number": 1,
        "baseline": [20.0, 18.0, 16.0],
        "baseline_eligible": True,
        "value": [8.0, 18.0, 12.0],
        "change": [-12.0, 0.0, -4.0],
        "percent_change": [-60.0, 0.0, -25.0],
        "lower_bound": [8.0, 18.0, 12.0],
        "upper_bound": [8.0, 18.0, 12.0],
        "cut_by": "",
    }
)


@pytest.mark.parametrize("estimate", [oc.change, oc.responders, oc.ancova, oc.paired, oc.means])
@pytest.mark.parametrize("frame", [None, [1], "x", {}, pd.DataFrame(), pd.concat([PERIODS, PERIODS], axis=1)])
def test_what_is_not_a_frame_of_periods_is_refused_by_us(estimate, frame):
    with pytest.raises(OutcomesError, match="period"):
        estimate(frame)


@pytest.mark.parametrize("estimate", [oc.change, oc.responders, oc.ancova, oc.paired, oc.means])
@pytest.mark.parametrize("level", [95, "0.95", None, 0, 1, -1, float("nan"), [0.95]])
def test_a_level_is_a_number_between_0_and_1(estimate, level):
    with pytest.raises(ArgumentError, match="level") as refused:
        estimate(PERIODS, level=level)
    if level == 95:
        assert refused.value.hint == "95 % is 0.95: write 0.95"


@pytest.mark.parametrize("made", [None, "study.toml", PERIODS, {}])
@pytest.mark.parametrize(
    "derive", [oc.courses, oc.exposure, oc.days, oc.periods, oc.attacks, oc.burden, oc.emergent, oc.flow]
)
def test_what_is_not_a_study_is_refused_by_us(derive, made):
    with pytest.raises(ArgumentError, match="study"):
        derive(made)


def test_a_study_refuses_a_zone_that_is_none():
    diary = pd.DataFrame({"patient_id": ["a"], "date": ["2026-01-05"], "headache": ["no"]})
    with pytest.raises(ArgumentError, match="Europe/Zurich"):
        oc.Study(diary=diary, timezone="Europe/Zuerich")
    with pytest.raises(ArgumentError, match="timezone"):
        oc.validate({"diary": diary}, timezone=None)
    with pytest.raises(ArgumentError, match="mapping"):
        oc.validate(None)
    with pytest.raises(ArgumentError, match="path"):
        oc.read_study(None)
