"""Pain and speed: hand-counted sessions, lifelines in closed form, ties, and bad data."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import outcomes as oc
from outcomes.errors import ArgumentError
from outcomes.models.scores.time_to_fall import speed_of

START = pd.Timestamp("2026-03-02 08:00", tz="UTC")
NONE = pd.DataFrame({"patient_id": pd.Series(dtype="str"), "at": pd.Series(dtype="datetime64[us, UTC]"),
                     "score": pd.Series(dtype=float)})  # fmt: skip


def sessions(*rows: tuple[str, int, float, float, float | None, float | None]) -> pd.DataFrame:
    """Return sessions: patient, number, hours from START to its start and end, pain before and after."""
    frame = pd.DataFrame(
        rows, columns=["patient_id", "session_in_course", "h0", "h1", "pain_before", "pain_after"]
    )
    begins, ends = (START + pd.to_timedelta(frame[name], unit="h") for name in ("h0", "h1"))
    return frame.assign(start=begins, end=ends)


FOUR = sessions(
    ("a", 1, 0, 2, 8, 5), ("a", 2, 48, 50, 7, 6),  # falls at 2 h, is not kept
    ("b", 1, 0, 3, 6, 5), ("b", 2, 48, 51, 4, 2),  # seen at 48 h, before the second infusion
    ("c", 1, 0, 4, 9, 8),                           # never: censored at 4 h
    ("d", 1, 0, 2, 1, 0), ("e", 1, 0, 2, None, 3),  # cannot fall by 2; nothing before
)  # fmt: skip


def test_times_sessions_and_what_lasts_are_counted_by_hand() -> None:
    found = speed_of(FOUR, NONE, fall=2.0, level=0.95)
    patients = found.patients.set_index("patient_id")
    assert patients["hours"].tolist()[:3] == [2.0, 48.0, 4.0]
    assert patients["fell"].tolist()[:3] == [True, True, False]
    assert patients["reason"].tolist()[3:] == [
        "pain below 2 at the start",
        "no rating before the first session",
    ]
    first, second = found.to_frame().to_dict("records")
    assert (first["N"], first["n"], first["able"], first["fell"], first["known"], first["lasts"]) == (
        5,
        4,
        3,
        1,
        1,
        0,
    )
    assert (second["N"], second["able"], second["fell"], second["known"]) == (2, 2, 1, 0)
    assert first["estimate"] == pytest.approx(np.mean([-3, -1, -1, -1]))
    assert np.isnan(first["lower"])  # four ratings: the values themselves


def test_the_curve_is_kaplan_meiers_product() -> None:
    """At 2 h 1 of 3 fall, at 4 h one is censored, at 48 h the last falls: 1/3, then 1."""
    curve = speed_of(FOUR, NONE, fall=2.0, level=0.95).curve().to_frame()
    np.testing.assert_allclose(curve["estimate"], [1 / 3, 1 / 3, 1.0])
    assert curve["at_risk"].tolist() == [3, 2, 1]
    assert curve["lower"].isna().all()
    many = pd.concat(
        [FOUR.assign(patient_id=FOUR["patient_id"] + str(i)) for i in range(4)], ignore_index=True
    )
    found = speed_of(many, NONE, fall=2.0, level=0.95)
    s = 2 / 3  # four of twelve at 2 h: Greenwood in closed form
    error = np.sqrt(s**2 * 4 / (12 * 8)) / (s * abs(np.log(s)))
    limits = 1 - s ** np.exp(1.959964 * error * np.array([-1, 1]))
    np.testing.assert_allclose(
        found.curve().to_frame().loc[0, ["lower", "upper"]].astype(float), limits, rtol=1e-5
    )
    assert found.median().to_frame().loc[0, ["estimate", "n", "N"]].tolist() == [48.0, 8, 12]


def test_a_rating_on_a_day_of_the_infusion_counts_at_its_end() -> None:
    long = sessions(("a", 1, 0, 96, 8, 4))
    rated = pd.DataFrame(
        {"patient_id": "a", "at": START + pd.to_timedelta([15.9, 39.9, 200], unit="h"), "score": [3.0, 5, 1]}
    )
    found = speed_of(long, rated, fall=2.0, level=0.95)
    assert found.ratings["kind"].tolist() == [
        "before",
        "dated",
        "after",
    ]  # of its first day: no order; 200 h: later
    assert found.patients["hours"].tolist() == [39.9]


EDGES = {
    "no pain rated": FOUR.assign(pain_before=np.nan, pain_after=np.nan),
    "no session": FOUR.head(0),
    "one patient": FOUR.head(2),
    "constant pain": FOUR.assign(pain_before=5.0, pain_after=5.0),
    "no end": FOUR.assign(end=FOUR["end"].where(FOUR["h1"] < 0)),
    "ties": pd.concat([FOUR.head(1).assign(patient_id=str(i)) for i in range(6)], ignore_index=True),
}


@pytest.mark.parametrize("edge", EDGES)
def test_where_nothing_can_be_said_no_number_is_said(edge: str) -> None:
    found = speed_of(EDGES[edge], NONE, fall=2.0, level=0.95)
    frame = found.to_frame()
    assert frame.loc[frame["n"] < 5, ["lower", "upper"]].isna().all(axis=None)
    assert (frame.loc[frame["lower"].isna(), "status"] != "ok").all()
    assert found.median().to_frame()["status"].ne("").all()
    if edge == "constant pain":
        assert found.median().to_frame()["status"].tolist() == ["nobody's pain fell"]
    if edge in ("no pain rated", "no session"):
        assert found.status == "no session has pain before and after"
        with pytest.raises(ArgumentError, match="nothing to draw"):
            oc.plots.speed(found)
    elif edge == "ties":
        assert found.curve().to_frame()["estimate"].tolist() == [1.0]


def test_a_study_gives_its_sessions_and_its_own_fall() -> None:
    study = oc.simulate(20, seed=2, months=1).study
    found = oc.speed(study, fall=3)
    assert found["N"].iloc[0] == study.sessions["patient_id"].nunique()
    assert "fall of 3 points" in oc.plots.describe(oc.plots.speed(found))
    with pytest.raises(ArgumentError, match="outside the scale"):
        oc.speed(study, fall=0)
    assert oc.speed(study, level=0.9).level == 0.9
