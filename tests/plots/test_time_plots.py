"""Durability: steps, ticks of the censored and numbers at risk are those of the curve."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from outcomes.errors import ArgumentError
from outcomes.plots import describe, durability
from outcomes.plots.at_risk import at_risk_at, time_ticks


@pytest.fixture
def curve() -> pd.DataFrame:
    return pd.DataFrame(
        {
            "time": [28.0, 40.0, 70.0],
            "at_risk": [4, 3, 2],
            "relapses": [1, 0, 1],
            "competing": [0, 1, 0],
            "estimate": [0.75, 0.75, 0.375],
            "lower": [0.13, 0.13, 0.01],
            "upper": [0.96, 0.96, 0.81],
        }
    )


def test_the_curve_steps_down_at_the_relapses(curve):
    step = durability(curve).lines[0]
    assert step.get_drawstyle() == "steps-post"
    assert step.get_xdata().tolist() == [0, 28, 40, 70]
    assert step.get_ydata().tolist() == [100, 75, 75, 37.5]


def test_who_leaves_without_relapse_has_a_tick(curve):
    ticks = durability(curve).lines[1]
    assert ticks.get_marker() == "|"
    assert np.asarray(ticks.get_xdata()).tolist() == [40, 70]


def test_numbers_at_risk_stand_under_their_ticks(curve):
    ax = durability(curve)
    assert ax.get_xticks().tolist() == [0, 28, 56]
    numbers = {text.xy[0]: text.get_text() for text in ax.texts if text.get_text().isdigit()}
    assert numbers == {0.0: "4", 28.0: "4", 56.0: "2"}
    assert "day 28: 75% without relapse, 4 at risk; last day 70: 38% (1 to 81), 2 at risk" in describe(ax)


def test_a_result_with_a_curve_is_taken_and_groups_have_their_own_line(curve):
    both = pd.concat([curve.assign(arm="active"), curve.assign(arm="placebo", estimate=0.5)])
    ax = durability(SimpleNamespace(curve=both), by="arm")
    steps = [line for line in ax.lines if line.get_drawstyle() == "steps-post"]
    assert len({(line.get_color(), line.get_linestyle()) for line in steps}) == 2
    assert "placebo: 4 patients" in describe(ax)


def test_more_groups_than_can_be_told_apart_are_refused(curve):
    many = pd.concat([curve.assign(site=f"{n}") for n in range(6)])
    with pytest.raises(ArgumentError, match="cannot draw that many groups distinctly"):
        durability(many, by="site")


def test_nobody_followed_is_said_and_one_patient_is_drawn(curve):
    with pytest.raises(ArgumentError, match="durability has nothing to draw"):
        durability(curve.iloc[:0])
    one = curve.iloc[:1].assign(at_risk=1, relapses=0, estimate=1.0, lower=np.nan, upper=np.nan)
    assert "1 patient, 0 relapses; day 28: 100% without relapse" in describe(durability(one))


def test_ticks_and_numbers_at_risk():
    assert time_ticks(100, 28) == [0, 28, 56, 84]
    assert len(time_ticks(2000, 28)) <= 9
    same = pd.DataFrame({"time": [10.0, 5.0], "at_risk": [1, 2]})
    assert at_risk_at(same, [0, 5, 6, 11]) == [2, 2, 1, 0]
