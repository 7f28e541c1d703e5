"""Severity of two arms, volcano, sessions by number, hours of infusion: every number in its place."""

from __future__ import annotations

import inspect

import numpy as np
import pandas as pd
import pytest

from outcomes import plots
from outcomes.errors import ArgumentError
from outcomes.plots import describe, session_numbers, severity, volcano, within_infusion


@pytest.fixture
def compared() -> pd.DataFrame:
    return pd.DataFrame(
        {
            "term": ["nausea", "rash", "syncope"],
            "contrast": "active / placebo",
            "n": [6, 1, 4],
            "N": 40,
            "n_reference": [2, 2, 0],
            "N_reference": 20,
            "estimate": [1.5, 0.25, np.inf],
            "lower": [0.4, 0.0, 0.5],
            "upper": [6.0, 2.0, np.inf],
            "p_value": [0.0004, 0.2, 0.3],
            "p_adjusted": [0.0012, 0.3, 0.3],
        }
    )


@pytest.fixture
def worst() -> pd.DataFrame:
    rows = [
        ("nausea", 1, "active", 4, 40), ("nausea", 3, "active", 2, 40), ("nausea", 1, "placebo", 2, 20),
        ("rash", None, "active", 1, 40), ("rash", 2, "placebo", 2, 20), ("syncope", 4, "active", 4, 40),
        ("syncope", 4, "placebo", 0, 20),
    ]  # fmt: skip
    return pd.DataFrame(rows, columns=["term", "grade", "arm", "n", "N"])


def test_bars_are_stacked_to_each_arms_percentage(compared, worst):
    left, right = severity(compared, worst=worst).child_axes
    assert [label.get_text() for label in left.get_yticklabels()] == ["syncope", "nausea", "rash"]
    bars = {(round(b.get_y() + b.get_height() / 2, 1), b.get_x(), b.get_width()) for b in left.patches}
    assert bars == {
        (-0.2, 0.0, 10.0), (0.8, 0.0, 10.0), (0.8, 10.0, 5.0), (1.2, 0.0, 10.0), (1.8, 0.0, 2.5),
        (2.2, 0.0, 10.0),
    }  # fmt: skip
    named = [text.get_text() for text in left.get_legend().get_texts()]
    assert named == ["grade 1", "grade 2", "grade 3", "grade 4", "grade not recorded (?)"]
    assert right.get_xscale() == "log"
    (squares,) = [line.get_xdata().tolist() for line in right.lines if line.get_marker() == "s"]
    assert squares == [1.5, 0.25], "a ratio without limit has no square"
    arrows = [line.get_marker() for line in right.lines if line.get_marker() in "<>"]
    assert sorted(arrows) == ["<", ">"]


def test_severity_in_words_and_in_points(compared, worst):
    words = describe(severity(compared, worst=worst, most=2))
    assert "nausea: active 6 of 40 (15%), 4 grade 1, 2 grade 3; placebo 2 of 20 (10%), 2 grade 1" in words
    assert "ratio 1.50 (0.40 to 6.00)" in words
    assert words.endswith("1 event with a smaller ratio not drawn.")
    points = compared.assign(contrast="active - placebo", estimate=[0.05, -0.075, 0.1], upper=0.2)
    _, right = severity(points, worst=worst).child_axes
    (squares,) = [line.get_xdata().tolist() for line in right.lines if line.get_marker() == "s"]
    assert squares == pytest.approx([10, 5, -7.5])


def test_a_volcano_is_the_estimate_against_its_p(compared):
    ax = volcano(compared.assign(contrast="active - placebo", estimate=[0.05, -0.075, 0.1]))
    open_, filled = (np.asarray(dots.get_offsets()) for dots in ax.collections)
    assert filled == pytest.approx(np.array([[5.0, -np.log10(0.0004)]]))
    assert open_ == pytest.approx(np.array([[-7.5, -np.log10(0.2)], [10.0, -np.log10(0.3)]]))
    small, large = ax.collections[1].get_sizes(), ax.collections[0].get_sizes()
    assert (small - 12) / (large[0] - 12) == pytest.approx([8 / 3]), "areas go by the patients with the event"
    assert "P below .05 after adjustment: nausea, 5.0 percentage points" in describe(ax)
    assert "2 events are more frequent with active, 1 with placebo, 0 alike." in describe(ax)


def test_a_ratio_without_limit_is_counted_not_drawn(compared):
    ax = volcano(compared)
    assert sum(len(dots.get_offsets()) for dots in ax.collections) == 2
    assert describe(ax).endswith("1 event in only one arm not drawn: the ratio has no limit.")


@pytest.mark.parametrize("draw", [volcano, lambda rows: severity(rows, worst=rows)])
def test_several_contrasts_are_refused(compared, draw):
    with pytest.raises(ArgumentError, match="draws one contrast"):
        draw(compared.assign(contrast=["a - b", "a - c", "a - b"]))


def test_severity_needs_both_arms(compared, worst):
    with pytest.raises(ArgumentError, match="does not hold both arms"):
        severity(compared, worst=worst[worst["arm"] == "active"])


def test_sessions_by_number_stand_with_their_counts():
    rows = pd.DataFrame({"session_number": [2, 1, 3], "n": [2, 6, 0], "N": [10, 20, 4]})
    rows = rows.assign(percent=100 * rows["n"] / rows["N"], lower=0.0, upper=60.0)
    ax = session_numbers(rows, most=2)
    assert ax.lines[0].get_xydata().tolist() == [[1, 30], [2, 20]]
    assert [label.get_text() for label in ax.get_xticklabels()] == ["1\n6/20", "2\n2/10"]
    assert "4 sessions with a higher number not drawn." in describe(ax)
    with pytest.raises(ArgumentError, match="several rows for one session number"):
        session_numbers(pd.concat([rows, rows]))
    two = session_numbers(pd.concat([rows.assign(group="a"), rows.assign(group="b")]), by="group")
    assert [text.get_text() for text in two.get_legend().get_texts()] == ["a", "b"]


def test_hours_of_infusion_stand_in_the_middle_of_their_hour():
    rows = pd.DataFrame({"hour": [0.0, 1.0, 2.0], "sessions": [20, 12, 1], "running": [20, 12, 1]})
    rows = rows.assign(events=[6, 1, 1], exposure=[20.0, 10.0, 0.1], rate=[30.0, 10.0, 1000.0])
    rows = rows.assign(lower=[11.0, 0.3, 25.0], upper=[65.3, 55.7, 5572.0])
    ax = within_infusion(rows, most=2)
    assert ax.lines[0].get_xydata().tolist() == [[0.5, 30], [1.5, 10]]
    assert [text.get_text() for text in ax.texts] == ["20", "12"]
    assert describe(ax).endswith("1 event in later hours not drawn.")


PLOTS = [getattr(plots, name) for name in plots.__all__ if inspect.isfunction(getattr(plots, name))]
COUNTED = [plot.__name__ for plot in PLOTS if "most" in inspect.signature(plot).parameters]


@pytest.mark.parametrize("most", [0, -1, "3", 2.5, None])
@pytest.mark.parametrize("name", COUNTED)
def test_a_number_of_things_to_draw_is_a_number(name, most, compared, worst):
    needed = {"sessions": compared, "worst": worst}
    takes = inspect.signature(getattr(plots, name)).parameters
    more = {key: value for key, value in needed.items() if key in takes}
    with pytest.raises(ArgumentError, match="most is no number of things to draw"):
        getattr(plots, name)(compared, **more, most=most)


def test_every_plot_that_draws_so_many_is_asked():
    assert len(COUNTED) >= 7
