"""Signs at the bedside and liver values, looked at again and again: counts by hand, missing is not absent."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import outcomes as oc
from outcomes.errors import ArgumentError, DataError
from outcomes.models.harm.repeated_looks import first_looks

START = pd.Timestamp("2026-01-05", tz="UTC")
DAY = pd.Timedelta(days=1)


@pytest.fixture
def sessions() -> pd.DataFrame:
    """Six sessions of four patients; d was never measured, c only by the diastolic pressure."""
    return pd.DataFrame(
        {
            "patient_id": list("aabbcd"),
            "session_id": [1, 2, 1, 2, 1, 1],  # numbered within each patient
            "start": START + DAY * np.array([0, 7, 1, 8, 20, 21]),
            "end": START + pd.to_timedelta([0.1, 7.1, 1.1, 8.1, 20.1, np.nan], unit="D"),
            "sbp_max": [159.0, 160.0, 120.0, 190.0, np.nan, np.nan],
            "dbp_max": [99.0, 80.0, 100.0, 120.0, 99.0, np.nan],
            "spo2_min": [92.0, 91.9, 87.9, np.nan, 88.0, np.nan],
        }
    )


def test_signs_of_sessions_at_their_limits(sessions) -> None:
    found = oc.session_signs(sessions).to_frame().set_index("term")
    assert found.loc["pressure of grade 3", ["n", "N", "sessions"]].tolist() == [3, 5, 6]
    assert found.loc["saturation below 92 %", ["n", "N"]].tolist() == [3, 4]
    assert found.loc["saturation below 88 %", ["n", "N"]].tolist() == [1, 4]
    wide = found.loc["pressure of grade 3"]
    assert wide["lower_cluster"] < wide["lower"] < wide["percent"] < wide["upper"]


def test_each_patient_counts_once_by_the_first_session_that_there_was(sessions) -> None:
    shuffled = sessions.iloc[[1, 5, 3, 0, 4, 2]]
    pressure = oc.vital_looks(shuffled, sign="pressure of grade 3")
    assert pressure[["n", "N"]].tail(1).to_numpy().tolist() == [[1, 3]]  # b; a's second is not asked
    assert pressure.meta["not_measured"] == 1
    low = oc.vital_looks(shuffled, sign="saturation below 92 %", reference=0.0)
    assert low[["n", "N"]].to_numpy().tolist() == [[0, 1], [1, 2], [1, 2], [2, 3]]
    assert low.meta["first_signal"] == 2


def test_sessions_without_any_measurement_have_no_look(sessions) -> None:
    blank = sessions.assign(spo2_min=np.nan)
    assert len(oc.vital_looks(blank, sign="saturation below 92 %")) == 0
    frame = oc.session_signs(blank).to_frame()
    assert frame["status"].tolist() == ["ok", "nobody at risk", "nobody at risk"]
    assert frame.loc[1:, ["percent", "lower", "upper"]].isna().all(axis=None)


def test_clocks_and_words_are_refused(sessions) -> None:
    with pytest.raises(ArgumentError, match="sign is not one of its options"):
        oc.vital_looks(sessions, sign="pulse")
    naive = sessions.assign(end=sessions["end"].dt.tz_localize(None))
    with pytest.raises((ArgumentError, DataError), match="zone"):
        oc.vital_looks(naive, sign="pressure of grade 3")
    with pytest.raises(ArgumentError, match="sessions has no column 'spo2_min'"):
        oc.session_signs(sessions.drop(columns="spo2_min"))


@pytest.fixture
def liver() -> tuple[pd.DataFrame, pd.DataFrame]:
    """Five patients: a hit, b none, c a hit too late, d only before, e not yet 84 days in."""
    first = pd.Timestamp("2026-01-01") + DAY * np.array([0, 3, 9, 30, 150])
    people = pd.DataFrame({"patient_id": list("abcde"), "first_day": first})
    people["last_day"] = pd.Timestamp("2026-06-15")
    values = [
        ("a", "alt", 84, 120.0), ("a", "ast", 10, 30.0), ("b", "alt", 20, 119.0),
        ("b", "bilirubin", 20, 90.0),
        ("c", "alt", 85, 400.0), ("c", "ast", 30, 40.0), ("d", "alt", 0, 400.0), ("e", "alt", 5, 400.0),
    ]  # fmt: skip
    lab = pd.DataFrame(values, columns=["patient_id", "test", "day", "value"])
    start = people.set_index("patient_id")["first_day"]
    lab["date"] = start.reindex(lab["patient_id"]).to_numpy() + DAY * lab["day"]
    lab = lab.assign(upper_limit=np.where(lab["test"] == "bilirubin", 21.0, 40.0), unit="U/L")
    return oc.lab_grades(lab, people), people


def test_liver_looks_count_each_patient_when_the_days_have_passed(liver) -> None:
    graded, people = liver
    looks = oc.liver_looks(graded, people)
    assert looks[["n", "N"]].to_numpy().tolist() == [[1, 1], [1, 2], [1, 3]]  # a, then b, then c
    assert (looks.meta["not_measured"], looks.meta["waiting"]) == (1, 1)  # d, e
    early = oc.liver_looks(graded, people, days=5)
    assert early[["n", "N"]].tail(1).to_numpy().tolist() == [[1, 1]]  # e alone has a value so early
    with pytest.raises(ArgumentError, match="days is not a number of days"):
        oc.liver_looks(graded, people, days=0)
    with pytest.raises(ArgumentError, match="not graded"):
        oc.liver_looks(graded.drop(columns="grade"), people)


def test_a_true_reference_is_rarely_passed_at_any_look() -> None:
    """At the expected share a signal is ever raised in at most 5 % of studies, whatever the looks."""
    rng = np.random.default_rng(7)
    known = START + DAY * np.arange(0, 240, 2)
    raised = [
        first_looks(pd.DataFrame({"known": known, "hit": rng.random(120) < 0.12}), reference=0.12).meta[
            "first_signal"
        ]
        is not None
        for _ in range(60)
    ]
    assert np.mean(raised) <= 0.05 + 3 * np.sqrt(0.05 * 0.95 / 60)
    above = first_looks(pd.DataFrame({"known": known, "hit": rng.random(120) < 0.4}), reference=0.12)
    assert above.meta["first_signal"] is not None
