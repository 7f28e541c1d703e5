"""The dot plot of adverse events: both denominators, the numbers of the result."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from outcomes.errors import ArgumentError
from outcomes.models.disclosure import suppress
from outcomes.plots import describe, incidence
from outcomes.results import Estimates


@pytest.fixture
def patients() -> pd.DataFrame:
    return pd.DataFrame(
        {
            "group": ["nausea", "vivid_dreams", "agitation"],
            "n": [6, 12, 0],
            "N": [40, 40, 40],
            "percent": [15.0, 30.0, 0.0],
            "lower": [5.7, 16.6, 0.0],
            "upper": [29.8, 46.5, 8.8],
        }
    )


@pytest.fixture
def sessions() -> pd.DataFrame:
    return pd.DataFrame(
        {
            "group": ["nausea", "vivid_dreams", "other"],
            "n": [7, 15, 1],
            "N": [200, 200, 200],
            "percent": [3.5, 7.5, 0.5],
            "lower": [1.4, 4.3, 0.0],
            "upper": [7.1, 12.1, 2.8],
            "lower_cluster": [1.2, 3.9, 0.0],
            "upper_cluster": [7.9, 13.0, 3.1],
        }
    )


def dots(ax) -> dict[str, list[list[float]]]:
    return {
        part.get_label(): part.get_offsets().tolist() for part in ax.collections if "of " in part.get_label()
    }


def bars(ax) -> list[list[float]]:
    parts = [part for part in ax.collections if hasattr(part, "get_segments")]
    return [segment[:, 0].tolist() for part in parts for segment in part.get_segments()]


def test_the_most_frequent_event_is_on_top_and_dots_are_percents(patients, sessions):
    ax = incidence(patients, sessions=sessions)
    assert [label.get_text() for label in ax.get_yticklabels()] == ["vivid dreams", "nausea", "agitation"]
    found = dots(ax)
    assert [x for x, _ in found["of patients"]] == [30.0, 15.0, 0.0]
    assert [x for x, _ in found["of sessions"]] == [7.5, 3.5]
    assert ax.yaxis_inverted()


def test_intervals_of_sessions_are_those_that_allow_for_repeats(patients, sessions):
    ax = incidence(patients, sessions=sessions)
    assert np.allclose(bars(ax), [[16.6, 46.5], [5.7, 29.8], [0.0, 8.8], [3.9, 13.0], [1.2, 7.9]])


def test_n_and_N_stand_at_each_dot(patients, sessions):
    ax = incidence(patients, sessions=sessions)
    assert [text.get_text() for text in ax.texts] == ["12/40", "6/40", "0/40", "15/200", "7/200"]


def test_the_words_hold_both_denominators(patients, sessions):
    words = describe(incidence(patients, sessions=sessions))
    assert "nausea: 6 of 40 patients, 15.0% (5.7 to 29.8); 7 of 200 sessions, 3.5% (1.2 to 7.9)." in words


def test_events_that_are_left_out_are_counted(patients):
    ax = incidence(patients, most=2)
    assert len(ax.get_yticks()) == 2
    assert describe(ax).endswith("1 less frequent events are not drawn.")


def test_another_column_can_name_the_event(patients):
    renamed = patients.rename(columns={"group": "soc"})
    assert describe(incidence(renamed, label="soc")) == describe(incidence(patients))
    with pytest.raises(ArgumentError, match="no column names the event of the patients"):
        incidence(renamed)


def test_no_event_is_refused(patients):
    with pytest.raises(ArgumentError, match="no event to draw"):
        incidence(patients.iloc[:0])


def test_what_is_withheld_is_not_drawn_but_counted(patients):
    shown = suppress(Estimates(patients.assign(n=[6, 3, 0]), "Events", "n / N"))
    ax = incidence(shown)
    assert [label.get_text() for label in ax.get_yticklabels()] == ["nausea", "agitation"]
    assert "<NA>" not in " ".join(text.get_text() for text in ax.texts)
    assert "1 event without a percentage not drawn." in describe(ax)
    assert "vivid" not in describe(ax)
    with pytest.raises(ArgumentError, match="no event to draw"):
        incidence(suppress(Estimates(patients.assign(n=[1, 2, 3]), "Events", "n / N")))
