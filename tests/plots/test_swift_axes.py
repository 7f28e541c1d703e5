"""Axes with one tick that is moved draw what matplotlib's own axes draw, to the letter."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pandas as pd
import pytest
from matplotlib.axes import Axes

from outcomes import plots
from outcomes.plots import style
from outcomes.plots.describe import remember
from outcomes.plots.note import note

ROWS = pd.DataFrame(
    {
        "contrast": ["active - placebo", "a\nlong name - placebo", "high - low"],
        "estimate": [1.3, 2.1, 0.6],
        "lower": [0.4, 1.1, 0.2],
        "upper": [6.1, 3.5, 1.9],
    }
)
PERIODS = pd.DataFrame(
    {"period": ["days 1-28", "days 29-56"], "n": [20, 9], "estimate": [-3.2, 1e-3], "lower": -5.0, "upper": 2}
)
CURVE = pd.DataFrame({"time": [2.0, 50.0], "at_risk": [4, 2], "n": [2, 1], "estimate": [0.5, 0.75],
                      "lower": [0.2, 0.4], "upper": [0.9, 0.98]})  # fmt: skip


def _drawn(axes: Axes, width: float | None = None) -> str:
    """Return a drawing whose clip has a name that does not depend on the last digit of a float."""
    return re.sub(r"figure-p[0-9a-f]{10}", "clip", plots.svg(axes, width=width))


def _turned() -> Axes:
    axes = plots.forest(ROWS)
    axes.tick_params(axis="x", rotation=40, length=6, labelsize=12)
    return axes


def _millions() -> Axes:
    axes = plots.speed(CURVE)
    axes.set_ylim(1e7, 1e7 + 1)  # has an offset, which stands over the axis
    return axes


def _beside() -> Axes:
    axes = plots.change_by_period(PERIODS)
    axes.figure.add_axes((0.7, 0.7, 0.2, 0.2))
    return axes


def _minor() -> Axes:
    axes = plots.forest(ROWS)
    axes.minorticks_on()
    return axes


def _above() -> Axes:
    axes = plots.forest(ROWS)
    axes.xaxis.tick_top()
    axes.xaxis.set_label_position("top")
    return axes


def _gridded() -> Axes:
    axes = plots.forest(ROWS)
    axes.minorticks_on()
    axes.grid(which="both", color="#00ff00")  # clipped as the Axes are
    return axes


def _explained() -> Axes:
    axes = plots.forest(ROWS)
    lines = [axes.axvline(place, label=f"at\n{place}") for place in (1, 2, 3)]
    axes.legend(handles=lines, title="Lines", ncols=2, loc="lower right")
    return axes


def _put_elsewhere() -> Axes:
    axes = plots.change_by_period(PERIODS)
    axes.yaxis.set_label_coords(-0.3, 0.9)
    return axes


def _changed_since() -> Axes:
    axes = plots.change_by_period(PERIODS)
    plots.svg(axes)
    axes.figure.set_layout_engine("none")
    axes.get_tightbbox()
    axes.tick_params(labelsize=14, pad=9)  # moves the labels of both axes
    return axes


@pytest.mark.parametrize("width", [None, 3.5])
@pytest.mark.parametrize(
    "draw",
    [
        lambda: plots.forest(ROWS),
        lambda: plots.forest(ROWS, log=True),
        lambda: plots.change_by_period(PERIODS),
        lambda: plots.speed(CURVE),
        _turned,
        _millions,
        _beside,
        _minor,
        _above,
        _gridded,
        _explained,
        _changed_since,
        _put_elsewhere,
    ],
    ids=[
        "forest",
        "log",
        "periods",
        "curve",
        "turned",
        "offset",
        "two axes",
        "minor ticks",
        "above",
        "grid",
        "legend",
        "changed",
        "label elsewhere",
    ],
)
def test_the_drawing_is_matplotlibs(
    draw: Callable[[], Axes], width: float | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    swift = _drawn(draw(), width)
    monkeypatch.setattr(style, "SwiftAxes", Axes)
    assert swift == _drawn(draw(), width)


def test_ticks_are_there_as_soon_as_somebody_asks() -> None:
    axes = plots.forest(ROWS)
    plain = _drawn(axes)
    assert len(axes.yaxis.majorTicks) == 1  # the drawing made none
    labels = axes.get_yticklabels()
    assert [label.get_text() for label in labels] == ROWS["contrast"].to_list()
    assert _drawn(axes) == plain
    labels[0].set_color("#ff0000")
    assert "#ff0000" in plots.svg(axes)


def test_a_dollar_in_a_name_begins_no_formula() -> None:
    drawn = plots.svg(plots.forest(ROWS.assign(contrast=["5$ - 10$", "b - c", "d - e"])))
    assert ">5$ - 10$</text>" in drawn


def test_a_note_stands_where_an_annotation_would_and_goes_with_its_point() -> None:
    axes = style.axes_or_new(None, height=2)
    axes.set(xlim=(0, 4), ylim=(3, 0))
    look: dict[str, Any] = {"fontsize": 8, "va": "center", "ha": "right"}
    note(axes, "a note", (1, 2), by=(5, -3), of="point", **look)
    axes.annotate("a note", (1, 2), xytext=(5, -3), textcoords="offset points", **look)
    axes.figure.draw_without_rendering()
    moved, theirs = (text.get_window_extent().get_points() for text in axes.texts)
    assert moved == pytest.approx(theirs)
    axes.set_xlim(2, 4)
    assert "a note" not in plots.svg(remember(axes, "words"))
