"""The tipping surface: its lines stand where a limit is zero, its regions and words are the rows'."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from outcomes.errors import ArgumentError
from outcomes.plots import describe, svg, tipping_surface
from outcomes.results import Estimates

DELTAS = np.arange(-10.0, 11.0)


@pytest.fixture
def cells() -> pd.DataFrame:
    """Estimate -3 + (delta - delta_other) / 5, limits 2 days away: limits are zero on straight lines."""
    frame = pd.DataFrame({"delta": np.tile(DELTAS, 21), "delta_other": np.repeat(DELTAS, 21)})
    frame["estimate"] = -3 + (frame["delta"] - frame["delta_other"]) / 5
    frame["lower"], frame["upper"] = frame["estimate"] - 0.9, frame["estimate"] + 0.9
    side = np.select([frame["upper"] < 0, frame["lower"] > 0], ["below", "above"], "includes")
    frame["conclusion"] = [f"interval {word} zero" for word in side]
    frame["status"] = np.where(frame["delta"] > 8, "more or fewer days than there are", "ok")
    return frame


def _thick(ax) -> list[np.ndarray]:
    lines = [one for one in ax.collections if np.isclose(np.ravel(one.get_linewidth())[0], 2.2)]
    return [path.vertices for one in lines for path in one.get_paths()]


def test_the_lines_stand_where_a_limit_is_zero(cells):
    upper, lower = _thick(tipping_surface(cells))
    assert (upper[:, 0] - upper[:, 1]) == pytest.approx(10.5, abs=1e-9)
    assert (lower[:, 0] - lower[:, 1]) == pytest.approx(19.5, abs=1e-9)


def test_regions_differ_without_colour_and_the_legend_names_them(cells):
    ax = tipping_surface(cells)
    hatches = [hatch for one in ax.collections for hatch in getattr(one, "hatches", []) or []]
    assert {"||||", "////"} <= set(hatches)
    texts = [text.get_text() for text in ax.get_legend().get_texts()]
    assert texts == [
        "interval below zero", "interval above zero", "the conclusion changes", "equal estimates", "no shift",
        "more or fewer days than there are",
    ]  # fmt: skip
    assert ax.lines[0].get_xydata().tolist() == [[0, 0]]


def test_words_count_the_rows_and_axes_have_units(cells):
    result = Estimates(cells, "t", "m", 0.9, (), meta={"axes": ("active days", "other days"), "month": 30})
    ax = tipping_surface(result)
    assert ax.get_xlabel() == "shift of active days (days per 30)"
    assert ax.get_ylabel() == "shift of other days (days per 30)"
    said = describe(ax)
    counted = cells["conclusion"].value_counts()
    assert f"lies below zero at {counted['interval below zero']} pairs" in said
    assert f"includes zero at {counted['interval includes zero']}" in said
    assert f"above zero at {counted['interval above zero']}" in said
    assert "90% intervals" in said
    assert "Without a shift −3.0 (−3.9 to −2.1), interval below zero." in said
    assert "42 pairs need more or fewer days than there are." in said
    assert "<svg" in svg(ax)[:5]


def test_one_conclusion_everywhere_has_no_line(cells):
    same = cells.assign(upper=cells["upper"] - 9, lower=cells["lower"] - 9, conclusion="interval below zero")
    assert _thick(tipping_surface(same)) == []
    flat = cells.assign(estimate=-3.0, lower=-4.0, upper=-2.0, conclusion="interval below zero")
    assert "interval below zero" in describe(tipping_surface(flat))


def test_what_is_no_grid_is_refused(cells):
    for wrong in (cells.iloc[1:], cells[cells["delta"] == 0], pd.concat([cells, cells])):
        with pytest.raises(ArgumentError, match="every pair of two sets of shifts"):
            tipping_surface(wrong)
    with pytest.raises(ArgumentError, match="nothing to draw"):
        tipping_surface(cells.assign(estimate=np.nan))
