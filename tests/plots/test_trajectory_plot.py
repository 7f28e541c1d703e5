"""The trajectory: its artists hold the numbers of the result, and its words say the same."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pandas as pd
import pytest
from matplotlib.collections import LineCollection
from matplotlib.figure import Figure

from outcomes.errors import ArgumentError
from outcomes.models.headache.means import means
from outcomes.plots import describe, trajectory
from outcomes.study import load_example

PERIODS = ["baseline", "days 1-28", "days 29-56"]


@pytest.fixture
def result() -> pd.DataFrame:
    return pd.DataFrame(
        {
            "period": PERIODS,
            "n": [20, 19, 0],
            "mean": [14.2, 16.1, np.nan],
            "lower": [10.0, 12.0, np.nan],
            "upper": [18.4, 20.2, np.nan],
        }
    )


@pytest.fixture
def individuals() -> pd.DataFrame:
    return pd.DataFrame(
        {
            "patient_id": ["a", "b", "a", "b", "c", "a"],
            "period": ["days 1-28", "baseline", "baseline", "days 1-28", "baseline", "days 29-56"],
            "value": [7.0, 20.0, 9.0, np.nan, 3.0, 8.0],
        }
    )


def test_points_and_intervals_are_those_of_the_result(result):
    ax = trajectory(result)
    points, (_, bars) = ax.containers[0][0], (None, ax.containers[0][2][0])
    assert points.get_xydata().tolist() == [[0, 14.2], [1, 16.1]]
    ends = [segment[:, 1].tolist() for segment in bars.get_segments()]
    assert np.allclose(ends, [[10.0, 18.4], [12.0, 20.2]])


def test_n_stands_under_each_period_also_where_there_is_no_mean(result):
    labels = [label.get_text() for label in trajectory(result).get_xticklabels()]
    assert labels == ["baseline\nn = 20", "days 1-28\nn = 19", "days 29-56\nn = 0"]


def test_one_thin_line_a_patient_with_two_values(result, individuals):
    ax = trajectory(result, individuals=individuals)
    lines = next(part for part in ax.collections if isinstance(part, LineCollection))
    drawn = [segment.tolist() for segment in lines.get_segments()]
    assert drawn == [[[0, 9], [1, 7], [2, 8]]]  # b has one value, c has one value
    assert "1 thin line behind shows the patient with" in describe(ax)


def test_an_interval_beyond_the_axis_ends_in_an_arrowhead(result):
    ax = trajectory(result.assign(upper=[18.4, 31.0, np.nan]))
    heads = [line for line in ax.lines if line.get_marker() == "^"]
    assert [head.get_xdata()[0] for head in heads] == [1]
    assert "12.0 to 31.0" in describe(ax)


def test_means_of_different_patients_are_not_joined(result):
    assert trajectory(result).containers[0][0].get_linestyle() == "None"


def test_open_circles_are_the_baseline_of_the_patients_of_the_period(result):
    step = pd.DataFrame({"period": PERIODS[1:], "baseline_mean": [13.5, np.nan]})
    ax = trajectory(result, baselines=step)
    circles = [line for line in ax.lines if line.get_markerfacecolor() == "none"]
    assert [line.get_ydata().tolist() for line in circles] == [[13.5]]
    assert 0 < circles[0].get_xdata()[0] < 1, "to the left of its period, and not at the baseline"
    assert "days 1-28: 16.1 (12.0 to 20.2), n = 19, from 13.5 at baseline." in describe(ax)


def test_the_words_hold_the_numbers(result):
    assert describe(trajectory(result)) == (
        "Mean headache days per 28 days by period, with 95% intervals. "
        "baseline: 14.2 (10.0 to 18.4), n = 20. days 1-28: 16.1 (12.0 to 20.2), n = 19. "
        "days 29-56: no value, n = 0."
    )


def test_it_draws_on_the_axes_that_it_gets_and_leaves_the_frames_alone(result, individuals):
    before = result.copy(), individuals.copy()
    ax = Figure().add_subplot()
    assert trajectory(result, ax=ax, individuals=individuals) is ax
    pd.testing.assert_frame_equal(result, before[0])
    pd.testing.assert_frame_equal(individuals, before[1])


def test_the_unit_is_on_the_axis(result):
    ax = trajectory(result, ylabel="mean pain (NRS 0-10)", limits=None)
    assert ax.get_ylabel() == "mean pain (NRS 0-10)"
    low, high = ax.get_ylim()
    assert low < 10.0 < 20.2 < high


def test_the_example_study_is_drawn_from_its_result():
    from outcomes.derive.periods import periods

    frame = periods(load_example(), baseline_as_row=True)
    result = means(frame)
    ax = trajectory(result, individuals=frame)
    drawn = ax.containers[0][0].get_ydata()
    assert np.array_equal(drawn, result["mean"].dropna())


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        (pd.DataFrame({"period": ["baseline"], "value": [3.0]}), "needs columns that are missing: n, mean"),
        (pd.DataFrame(columns=["period", "n", "mean", "lower", "upper"]), "has no period with a mean"),
        ("periods", "of the wrong type. got: str. allowed: Estimates or DataFrame"),
    ],
)
def test_what_cannot_be_drawn_is_refused(wrong, words):
    with pytest.raises(ArgumentError, match=words):
        trajectory(wrong)


def test_a_mixed_model_is_drawn_as_the_means_of_its_visits():
    import outcomes as oc

    periods = oc.periods(oc.load_example())
    fit = oc.mmrm("value ~ baseline * period", data=periods, subject="patient_id", visit="period")
    axes = oc.plots.trajectory(fit)
    means = fit.emmeans("period").to_frame()
    drawn = np.concatenate([line.get_ydata() for line in axes.lines if len(line.get_ydata()) == len(means)])
    assert np.isclose(drawn[:, None], means["estimate"].to_numpy()).any(axis=0).all()
    used = periods[periods["value"].notna() & periods["baseline"].notna()]
    first = used.loc[used["period_number"] == 1, "patient_id"].nunique()
    assert fit.visit_means()["n"].iloc[0] == first


def test_many_periods_have_room_for_their_numbers() -> None:
    rows = pd.DataFrame({"period": [str(week) for week in range(12)], "n": [58, 57, np.nan, *[56] * 9],
                         "mean": 20.0, "lower": 18.0, "upper": 22.0})  # fmt: skip
    axes = trajectory(rows)
    labels = [label.get_text() for label in axes.get_xticklabels()]
    assert [label.split("\n")[-1] for label in labels[:4]] == ["n = 58", "57", "\N{EN DASH}", "56"]
    figure = axes.figure
    figure.draw_without_rendering()
    boxes = [label.get_window_extent() for label in axes.get_xticklabels()]
    assert all(left.x1 < right.x0 for left, right in pairwise(boxes)), "no label is written over the next"
