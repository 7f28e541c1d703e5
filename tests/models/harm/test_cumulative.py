"""Cumulative incidence: worked by hand, against Kaplan-Meier and statsmodels, and by simulation."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from statsmodels.duration.survfunc import CumIncidenceRight, SurvfuncRight

from outcomes.errors import ArgumentError, DataError
from outcomes.models.harm.cumulative import cumulative_incidence
from outcomes.models.harm.first_events import first_events
from outcomes.models.stats.intervals import proportion

CAUSES = np.array(["censored", "event", "death"])


def simulated(rng: np.random.Generator, n: int) -> pd.DataFrame:
    """Exponential times: event .02, death .01, censoring .005 a day, in whole days so that times tie."""
    times = np.stack([rng.exponential(1 / rate, n) for rate in (0.005, 0.02, 0.01)])
    return pd.DataFrame({"time": np.ceil(times.min(axis=0)), "status": CAUSES[times.argmin(axis=0)]})


def test_a_small_table_by_hand() -> None:
    data = pd.DataFrame(
        {"time": [1, 2, 2, 3, 5], "status": ["event", "death", "censored", "event", "censored"]}
    )
    frame = cumulative_incidence(data, competing="death").to_frame()
    assert frame["time"].tolist() == [1, 3]
    assert frame["N"].tolist() == [5, 2]
    assert frame["n"].tolist() == [1, 2]
    # 1/5; then survival of both kinds just before day 3 is 4/5 * 3/4.
    np.testing.assert_allclose(frame["estimate"], [0.2, 0.2 + 0.6 / 2])


def test_without_censoring_it_is_the_proportion_with_its_binomial_error() -> None:
    data = simulated(np.random.default_rng(1), 300).assign(
        status=lambda d: d["status"].replace("censored", "death")
    )
    frame = cumulative_incidence(data, competing="death").to_frame()
    share = np.array([((data["time"] <= t) & (data["status"] == "event")).mean() for t in frame["time"]])
    np.testing.assert_allclose(frame["estimate"], share, rtol=1e-12)
    np.testing.assert_allclose(frame["std_error"], np.sqrt(share * (1 - share) / 300), rtol=1e-9)


def test_it_is_statsmodels_with_statsmodels_errors_where_those_exist() -> None:
    data = simulated(np.random.default_rng(2), 400)
    codes = data["status"].map({"censored": 0, "event": 1, "death": 2}).to_numpy()
    with np.errstate(divide="ignore", invalid="ignore"):  # where nobody is left its error is not defined
        fitted = CumIncidenceRight(data["time"].to_numpy(), codes)
    frame = cumulative_incidence(data, competing="death", at=fitted.times[:-1]).to_frame()
    np.testing.assert_allclose(frame["estimate"], fitted.cinc[0][:-1], rtol=1e-12)
    np.testing.assert_allclose(frame["std_error"], fitted.cinc_se[0][:-1], rtol=1e-6)


def test_all_causes_add_up_to_one_minus_kaplan_meier() -> None:
    data = simulated(np.random.default_rng(3), 200)
    both = cumulative_incidence(data, event=["event", "death"], at=range(0, 60, 5)).to_frame()
    together = both.groupby("time")["estimate"].sum()
    survival = SurvfuncRight(data["time"], data["status"] != "censored")
    at = np.searchsorted(survival.surv_times, together.index, side="right")
    np.testing.assert_allclose(1 - together, np.r_[1, survival.surv_prob][at], rtol=1e-12)


def test_the_true_incidence_is_found_and_covered() -> None:
    rng, at, runs = np.random.default_rng(4), 30.0, 300
    truth = 0.02 / 0.03 * (1 - np.exp(-0.03 * at))
    rows = [
        cumulative_incidence(simulated(rng, 120), competing="death", at=[at]).frame.iloc[0]
        for _ in range(runs)
    ]
    frame = pd.DataFrame(rows)
    assert abs(frame["estimate"].mean() - truth) < 3 * frame["estimate"].std() / np.sqrt(runs)
    assert frame["std_error"].mean() == pytest.approx(frame["estimate"].std(), rel=0.1)
    covered = ((frame["lower"] <= truth) & (truth <= frame["upper"])).mean()
    assert covered == pytest.approx(0.95, abs=3 * np.sqrt(0.95 * 0.05 / runs))


def test_no_event_has_an_upper_limit_and_late_times_no_number() -> None:
    data = pd.DataFrame({"time": [5.0] * 20, "status": "censored"})
    frame = cumulative_incidence(data, at=[0, 3, 5, 9]).to_frame()
    assert frame["estimate"].tolist()[:3] == [0, 0, 0]
    assert frame["upper"].iloc[1] == pytest.approx(float(proportion(0, 20)[1]))
    assert frame["N"].tolist() == [20, 20, 20, 0]
    assert frame["status"].iloc[3] == "nobody observed so long"
    assert np.isnan(frame["estimate"].iloc[3])


def test_arms_have_their_own_curves_and_an_empty_table_a_status() -> None:
    data = simulated(np.random.default_rng(5), 100).assign(arm=lambda d: np.where(d.index < 30, "x", "y"))
    result = cumulative_incidence(data, competing="death", arm="arm", at=[10])
    assert result["arm"].tolist() == ["x", "y"]
    alone = cumulative_incidence(data[data["arm"] == "x"], competing="death", at=[10])
    assert result["estimate"].iloc[0] == alone["estimate"].iloc[0]
    assert "competing: death" in result.method
    assert cumulative_incidence(data.iloc[:0], at=[1]).status == "nobody at risk"


@pytest.mark.parametrize(
    ("change", "error", "message"),
    [
        ({"status": ["event", "dead"]}, DataError, "neither event, competing nor censored. got: dead; row 2"),
        ({"time": [1.0, -2.0]}, DataError, "1 row has a time that is missing or negative. got: row 2"),
        ({"time": ["1", "2"]}, ArgumentError, "column 'time' is not a number"),
    ],
)
def test_what_cannot_be_a_curve_is_refused(change, error, message) -> None:
    data = pd.DataFrame({"time": [1.0, 2.0], "status": ["event", "censored"]}).assign(**change)
    with pytest.raises(error, match=message):
        cumulative_incidence(data)


def day(*texts: str | None) -> pd.Series:
    return pd.Series(pd.to_datetime(list(texts), utc=True, format="ISO8601"))


@pytest.fixture
def follow_up() -> pd.DataFrame:
    return pd.DataFrame({"patient_id": list("abc"), "how": ["censored", "death", "next_course"]}).assign(
        start=day("2026-01-01", "2026-01-01", "2026-01-01"), end=day("2026-02-01", "2026-01-11", "2026-01-31")
    )


def test_first_events_take_the_first_and_count_the_rest(follow_up) -> None:
    events = pd.DataFrame({"patient_id": list("aaacc")}).assign(
        onset=day("2026-01-20", "2026-01-05T12:00Z", None, "2026-03-01", None)
    )
    frame = first_events(events, follow_up, ended_by="how")
    assert frame["time"].tolist() == [4.5, 10, 30]
    hours = first_events(events, follow_up, ended_by="how", unit="hours")
    assert hours["time"].tolist() == [4.5 * 24, 10 * 24, 30 * 24]
    assert frame["status"].tolist() == ["event", "death", "next_course"]
    assert frame["events_undated"].tolist() == [1, 0, 1]
    assert frame["events_after_end"].tolist() == [0, 0, 1]
    result = cumulative_incidence(frame, competing=["death", "next_course"])
    assert result.notes == (
        "2 events without an onset could not be placed in time",
        "1 event began after the end of observation: not counted",
    )


@pytest.mark.parametrize(
    ("event", "change", "message"),
    [
        (("b", "2026-01-12"), {}, "1 event begins after the death of its patient. got: row 1"),
        (("a", "2025-12-31"), {}, "1 event begins before the follow-up of its patient. got: row 1"),
        (("z", "2026-01-05"), {}, "1 event of a patient without follow-up. got: row 1"),
        (("a", "2026-01-05"), {"patient_id": list("aab")}, "2 rows of follow_up share their patient_id"),
        (
            ("a", "2026-01-05"),
            {"end": day("2025-01-01", None, "2026-02-01")},
            "1 row of follow_up has no end",
        ),
    ],
)
def test_impossible_follow_up_is_refused(follow_up, event, change, message) -> None:
    events = pd.DataFrame({"patient_id": [event[0]]}).assign(onset=day(event[1]))
    with pytest.raises(DataError, match=message):
        first_events(events, follow_up.assign(**change), ended_by="how")


def test_a_missing_arm_is_refused_and_a_certain_event_says_why_it_has_no_lower_limit() -> None:
    data = pd.DataFrame({"time": [1.0, 2, 3], "status": "event", "arm": ["a", None, "b"]})
    with pytest.raises(DataError, match=r"1 row has no arm\. got: row 2"):
        cumulative_incidence(data, arm="arm")
    found = cumulative_incidence(data, at=[2, 3]).to_frame()
    assert found["status"].tolist() == ["ok", "everybody has had it: no lower limit"]


@pytest.mark.parametrize("n", [5, 6, 10, 11, 12, 49, 500])
def test_everybody_with_the_event_is_1_however_the_sum_is_rounded(n) -> None:
    """A sum of n times 1/n ends at 0.9999999999999999 for some n: that is no number below 1."""
    data = pd.DataFrame({"time": np.arange(1.0, n + 1), "status": "event"})
    last = cumulative_incidence(data).to_frame().iloc[-1]
    assert (last["estimate"], last["upper"]) == (1.0, 1.0)
    assert np.isnan(last["lower"])
    assert last["status"] == "everybody has had it: no lower limit"
