"""The forest plot: squares, intervals, arrows and the words for rows without an estimate."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from outcomes.errors import ArgumentError
from outcomes.models.disclosure import suppress
from outcomes.plots import describe, forest
from outcomes.results import Estimates


@pytest.fixture
def rows() -> pd.DataFrame:
    return pd.DataFrame(
        {
            "term": ["nausea", "dissociation", "rash"],
            "estimate": [2.0, np.inf, np.nan],
            "lower": [0.5, 1.5, np.nan],
            "upper": [8.0, np.inf, np.nan],
            "n": [4, 3, 0],
            "N": [20, 20, 20],
            "status": ["ok", "ok", "no event in either arm"],
        }
    )


def test_squares_and_intervals_are_the_estimates(rows):
    ax = forest(rows)
    squares = [line.get_xdata()[0] for line in ax.lines if line.get_marker() == "s"]
    assert squares == [2.0]
    assert ax.collections[0].get_segments()[0][:, 0].tolist() == [0.5, 8.0]


def test_an_interval_without_an_end_has_an_arrow(rows):
    ax = forest(rows)
    arrows = [line for line in ax.lines if line.get_marker() == ">"]
    assert len(arrows) == 1
    assert arrows[0].get_ydata()[0] == 1
    assert "dissociation: no limit (1.5 to no limit)." in describe(ax)


def test_a_row_without_an_estimate_says_why(rows):
    ax = forest(rows)
    assert any(
        text.get_text().split("\N{NO-BREAK SPACE}") == ["0/20", "", "", "no event in either arm"]
        for text in ax.texts
    )
    assert "rash: no event in either arm." in describe(ax)


def test_a_ratio_has_a_log_axis_with_its_line_at_one(rows):
    ax = forest(Estimates(rows, "Rate ratio", "exact", meta={"measure": "rate_ratio"}))
    assert ax.get_xscale() == "log"
    assert ax.lines[0].get_xdata() == [1.0, 1.0]
    with pytest.raises(ArgumentError, match="log axis takes ratios only"):
        forest(rows.assign(lower=-1.0), log=True)


def test_nothing_to_draw_is_said(rows):
    for none in (rows.iloc[:0], rows.iloc[2:]):
        with pytest.raises(ArgumentError, match="forest has nothing to draw"):
            forest(none)
    with pytest.raises(ArgumentError, match="no column names the rows"):
        forest(rows.drop(columns="term"))


def test_one_row_is_drawn(rows):
    assert describe(forest(rows.iloc[:1])) == "estimate with 95% intervals. nausea: 2.0 (0.5 to 8.0)."


def test_a_count_that_is_withheld_is_left_out(rows):
    shown = suppress(Estimates(rows.assign(n=[8, 3, 0]), "Difference", "score"))
    texts = [text.get_text() for text in forest(shown).texts]
    assert any(text.startswith("8/20") for text in texts)
    assert "withheld" in texts
