"""Mean change by period: what is drawn is what was given."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from outcomes.errors import ArgumentError
from outcomes.plots import change_by_period, describe

ROWS = pd.DataFrame(
    {
        "period": ["days 1-28", "days 29-56"],
        "n": pd.array([20, None], dtype="Int64"),
        "estimate": [-3.25, -2.0],
        "lower": [-5.0, np.nan],
        "upper": [-1.5, np.nan],
    }
)


def test_points_stand_at_the_estimates_and_are_not_joined():
    ax = change_by_period(ROWS)
    points = ax.containers[0].lines[0]
    assert points.get_ydata().tolist() == [-3.25, -2.0]
    assert points.get_linestyle() == "None"
    assert [label.get_text() for label in ax.get_xticklabels()] == [
        "days 1-28\nn = 20",
        "days 29-56\nn withheld",
    ]


def test_the_band_is_drawn_where_it_was_told_and_said_with_its_source():
    ax = change_by_period(ROWS, band=(-5.6, -6.2), band_label="placebo, a trial")
    (band,) = (patch for patch in ax.patches if patch.get_height() == pytest.approx(0.6))
    assert band.get_y() == -6.2
    assert "Band: placebo, a trial, (" in describe(ax)
    (words,) = (text for text in ax.texts if text.get_text() == "shaded: placebo, a trial")
    assert words.xy[1] == 1, "above the axes"
    assert words.get_va() == "bottom", "where no interval is drawn over them"


def test_words_hold_the_numbers_and_no_interval_that_is_not_there():
    assert describe(change_by_period(ROWS)) == (
        "Mean change in headache days per 28 days by period, with 95% intervals. "
        "days 1-28: \u22123.2 (\u22125.0 to \u22121.5), n = 20. days 29-56: \u22122.0, n withheld."
    )


def test_nothing_to_draw_is_said():
    with pytest.raises(ArgumentError, match="no period with an estimate"):
        change_by_period(ROWS.assign(estimate=np.nan))
