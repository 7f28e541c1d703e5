"""Differences between arms and cumulative incidence: dots, intervals, steps and numbers at risk."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from outcomes.errors import ArgumentError
from outcomes.plots import cumulative_incidence, describe, incidence_difference


@pytest.fixture
def compared() -> pd.DataFrame:
    return pd.DataFrame(
        {
            "group": ["nausea", "vivid_dreams", "rash"],
            "contrast": "active - placebo",
            "n": [2, 10, 0],
            "N": 40,
            "n_reference": [4, 2, 0],
            "N_reference": 20,
            "estimate": [-0.15, 0.15, np.nan],
            "lower": [-0.35, -0.05, np.nan],
            "upper": [0.02, 0.3, np.nan],
            "p_adjusted": [0.08, 0.3, np.nan],
        }
    )


def test_dots_are_percents_of_each_arm_and_squares_the_difference(compared):
    left, right = incidence_difference(compared).child_axes
    assert [dots.get_offsets()[:, 0].tolist() for dots in left.collections] == [[25.0, 5.0], [10.0, 20.0]]
    assert [label.get_text() for label in left.get_yticklabels()] == ["vivid dreams", "nausea"]
    assert right.lines[1].get_xdata().tolist() == [15.0, -15.0]
    assert right.collections[1].get_segments()[0][:, 0].tolist() == pytest.approx([-35.0, 2.0])
    assert [text.get_text() for text in left.get_legend().get_texts()] == [
        "active (N = 40)",
        "placebo (N = 20)",
    ]


def test_words_hold_both_arms_and_what_is_left_out(compared):
    words = describe(incidence_difference(compared, most=1))
    assert (
        "vivid dreams: active 10 of 40 (25%), placebo 2 of 20 (10%), difference 15.0 percentage points"
        in words
    )
    assert "adjusted P .300" in words
    assert words.endswith(
        "1 event with a smaller difference not drawn. 1 event without a difference not drawn."
    )


def test_what_is_not_one_difference_is_refused(compared):
    for wrong in (compared.assign(contrast="a / b"), compared.assign(contrast=["a - b", "c - b", "a - b"])):
        with pytest.raises(ArgumentError, match=r"draws one (difference|contrast,) A - B"):
            incidence_difference(wrong)
    with pytest.raises(ArgumentError, match="incidence_difference has nothing to draw"):
        incidence_difference(compared.iloc[:0])


@pytest.fixture
def curve() -> pd.DataFrame:
    return pd.DataFrame(
        {
            "term": "event",
            "time": [2.0, 6.0],
            "N": [10, 7],
            "n": [1, 3],
            "estimate": [0.1, 0.3],
            "lower": [0.0, 0.1],
            "upper": [0.3, 0.6],
        }
    )


def shown_numbers(ax) -> dict[float, str]:
    return {float(text.xy[0]): text.get_text() for text in ax.texts if text.get_text().isdigit()}


def test_steps_rise_from_zero_to_the_estimates(curve):
    step = cumulative_incidence(curve).lines[0]
    assert step.get_drawstyle() == "steps-post"
    assert step.get_xydata().tolist() == [[0, 0], [2, 10], [6, 30]]


def test_numbers_at_risk_stand_only_where_they_are_known(curve):
    assert shown_numbers(cumulative_incidence(curve)) == {2.0: "10", 6.0: "7"}
    at = curve.assign(time=[0.0, 4.0], N=[12, 9])
    assert shown_numbers(cumulative_incidence(curve, at_risk=at)) == {0.0: "12", 4.0: "9"}


def test_a_number_that_only_another_group_has_stays_blank(curve):
    both = pd.concat([curve.assign(arm="active"), curve.iloc[1:].assign(arm="placebo", N=5)])
    ax = cumulative_incidence(both, by="arm")
    assert sorted(text.get_text() for text in ax.texts if text.get_text().isdigit()) == ["10", "5", "7"]
    assert (
        "placebo: 5 at risk before the first event, 3 with the event by 6; by then 30% (10 to 60)."
        in describe(ax)
    )


def test_times_after_the_last_patient_are_no_estimate(curve):
    late = pd.concat([curve, curve.iloc[1:].assign(time=9.0, N=0, estimate=np.nan)])
    assert cumulative_incidence(late).lines[0].get_xdata().tolist() == [0, 2, 6]
    with pytest.raises(ArgumentError, match="cumulative_incidence has nothing to draw"):
        cumulative_incidence(late.iloc[2:])


def test_first_events_on_day_0_alone_have_an_axis_with_a_length():
    curve = pd.DataFrame({"term": "nausea", "time": [0.0], "N": [4], "n": [1]})
    ax = cumulative_incidence(curve.assign(estimate=0.25, lower=0.01, upper=0.66))
    assert ax.get_xlim() == pytest.approx((0.0, 1.02))
