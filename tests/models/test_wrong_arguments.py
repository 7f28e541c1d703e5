"""What a hurried call gets: an error of ours that says what to give, never one of pandas."""

from __future__ import annotations

from datetime import date, timedelta

import numpy as np
import pandas as pd
import pytest

import outcomes as oc
from outcomes.errors import ArgumentError, OutcomesError
from outcomes.models.disclosure import Cell, System, possible
from outcomes.models.harm import tables as safety
from outcomes.models.harm.tables import exposure_table
from outcomes.models.headache.tipping import tipping_point
from outcomes.models.stats.sequential import cumulative_looks, proportion_sequence, rate_sequence, signal

PERIODS = pd.DataFrame(
    {
        "patient_id": ["a", "b", "c"],
        "period": "days 1-28",
        "period_number": 1,
        "baseline": [20.0, 18.0, 16.0],
        "baseline_eligible": True,
        "value": [8.0, 18.0, 12.0],
        "change": [-12.0, 0.0, -4.0],
        "percent_change": [-60.0, 0.0, -25.0],
        "lower_bound": [8.0, 18.0, 12.0],
        "upper_bound": [8.0, 18.0, 12.0],
        "cut_by": "",
    }
)


@pytest.mark.parametrize("estimate", [oc.change, oc.responders, oc.ancova, oc.paired, oc.means])
@pytest.mark.parametrize("frame", [None, [1], "x", {}, pd.DataFrame(), pd.concat([PERIODS, PERIODS], axis=1)])
def test_what_is_not_a_frame_of_periods_is_refused_by_us(estimate, frame):
    with pytest.raises(OutcomesError, match="period"):
        estimate(frame)


@pytest.mark.parametrize("estimate", [oc.change, oc.responders, oc.ancova, oc.paired, oc.means])
@pytest.mark.parametrize("level", [95, "0.95", None, 0, 1, -1, float("nan"), [0.95]])
def test_a_level_is_a_number_between_0_and_1(estimate, level):
    with pytest.raises(ArgumentError, match="level") as refused:
        estimate(PERIODS, level=level)
    if level == 95:
        assert refused.value.hint == "95 % is 0.95: write 0.95"


@pytest.mark.parametrize("made", [None, "study.toml", PERIODS, {}])
@pytest.mark.parametrize(
    "derive", [oc.courses, oc.exposure, oc.days, oc.periods, oc.attacks, oc.burden, oc.emergent, oc.flow]
)
def test_what_is_not_a_study_is_refused_by_us(derive, made):
    with pytest.raises(ArgumentError, match="study"):
        derive(made)


def test_a_study_refuses_a_zone_that_is_none():
    diary = pd.DataFrame({"patient_id": ["a"], "date": ["2026-01-05"], "headache": ["no"]})
    with pytest.raises(ArgumentError, match="Europe/Zurich"):
        oc.Study(diary=diary, timezone="Europe/Zuerich")
    with pytest.raises(ArgumentError, match="timezone"):
        oc.validate({"diary": diary}, timezone=None)
    with pytest.raises(ArgumentError, match="mapping"):
        oc.validate(None)
    with pytest.raises(ArgumentError, match="path"):
        oc.read_study(None)


DAYS = pd.DataFrame({"patient_id": "p", "course": 1, "day": range(-28, 28), "headache": True})
DAYS["date"] = pd.Timestamp("2025-03-01") + pd.to_timedelta(DAYS["day"], unit="D")
DAYS["phase"] = ["before"] * 28 + ["during"] + ["after"] * 27
DAYS["day_after"] = [None] * 29 + list(range(1, 28))
DIARY = pd.DataFrame({"patient_id": np.repeat(range(10), 20), "day": np.tile(range(20), 10)})
DIARY["headache"], DIARY["x"] = np.arange(200) % 3 > 0, np.arange(200) % 7.0
COUNTED = pd.DataFrame({"patient_id": list("aabbcc"), "y": [3, 4, 5, 6, 7, 8], "days_recorded": 28})
COUNTED["period"] = ["before", "after"] * 3
STATUS = pd.DataFrame({"time": [1.0, 2.0], "status": ["event", "censored"], "arm": ["a", "b"]})
SESSIONS = pd.DataFrame({"session_id": range(8), "patient_id": [0, 0, 1, 1, 2, 2, 3, 3], "hours": 2.0})
SEEN = pd.DataFrame({"on": pd.to_datetime(["2026-01-01", "2026-01-03"]), "y": [0, 1]})
WHO = pd.DataFrame({"patient_id": ["p"]})
IMPUTED = pd.DataFrame({"patient_id": np.repeat(range(12), 2), "period": np.tile([1, 2], 12)})
IMPUTED["baseline"] = np.repeat(np.arange(12) % 5 + 18.0, 2)
IMPUTED["change"] = np.where(np.arange(24) == 23, np.nan, np.sin(np.arange(24)))
EVENTS = pd.DataFrame({"patient_id": [0, 1], "group": "g", "term": ["x", "y"]})
SAFETY = safety.safety_data(EVENTS, SESSIONS)
COUNTS = oc.Estimates(pd.DataFrame({"n": [12], "N": [40]}), "Events", "n / N")
PAIN = SESSIONS.assign(pain_before=8.0, pain_after=4.0, course=1)
FILLED = oc.impute(IMPUTED, imputations=2)


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: oc.counts("y ~ period", COUNTED, level=95), "level"),
        (lambda: oc.counts("y ~ log(period)", COUNTED), "cannot be evaluated"),
        (lambda: oc.counts("y ~ period", COUNTED).ratios("period", within="period"), "named twice"),
        (lambda: oc.counts("y ~ period", COUNTED).days_per_28(5), "by is of the wrong type"),
        (lambda: oc.counts("y ~ period", COUNTED).conf_int("a"), "alpha"),
        (lambda: oc.daily("headache ~ x", DIARY.astype({"day": "str"})), "whole numbers or dates"),
        (lambda: oc.daily("headache ~ x", DIARY.replace({"day": {3: np.inf}})), "whole numbers or dates"),
        (lambda: oc.daily("headache ~ x", DIARY, level=95), "level"),
        (lambda: oc.cumulative_incidence(STATUS, at=["soon"]), "at is not a time"),
        (lambda: oc.cumulative_incidence(STATUS, at=[float("nan")]), "at is not a time"),
        (lambda: oc.dose_events(pd.DataFrame({"x": [1]}), SESSIONS, dose="hours"), "no column 'patient_id'"),
        (lambda: oc.event_sessions(SESSIONS[:1], SESSIONS, correlation="ar1"), "correlation"),
        (lambda: oc.one_patient(DAYS, "p", exposure=WHO), "exposure has no column"),
        (lambda: oc.one_patient(DAYS, "p", adverse_events=WHO), "adverse_events has no column"),
        (lambda: oc.one_patient(DAYS, "p", timezone="Mars/Olympus"), "timezone"),
        (lambda: oc.one_patient(DAYS.astype({"date": "str"}), "p"), "does not hold dates"),
        (lambda: cumulative_looks(SEEN.assign(on=[1, 2]), time="on", value="y"), "timestamps"),
        (lambda: cumulative_looks(SEEN.assign(y=["a", "b"]), time="on", value="y"), "numbers"),
        (lambda: cumulative_looks(SEEN, time="on", value="y", every="0D"), "above 0"),
        (lambda: cumulative_looks(SEEN, time="on", value="y", every=None), "above 0"),
        (lambda: signal(5, reference=1), "sequence"),
        (lambda: rate_sequence([1], [10.0], guess="low"), "guess"),
        (lambda: proportion_sequence([1], [10], prior=5), "prior"),
        (lambda: exposure_table(SESSIONS.assign(dose_mg="much")), "numbers"),
        (lambda: oc.rates(SESSIONS[:1], SESSIONS, per="x"), "per"),
        (lambda: tipping_point(FILLED, deltas=["a"]), "deltas"),
        (lambda: safety.overview(5), "data"),
        (lambda: safety.serious_listing(None), "data"),
        (lambda: safety.common_events(SAFETY, at_least="x"), "at_least"),
        (lambda: safety.by_group_and_term(SAFETY, np.array([True])), "mask"),
        (lambda: oc.suppress(COUNTS, limit="5"), "limit"),
        (lambda: oc.suppress(COUNTS, sums=5), "sums"),
        (lambda: possible(System({"a": Cell(3)}), {"a"}, ["b"]), "does not exist"),
        (lambda: oc.pain_responders(PAIN, PAIN.assign(session_in_course=1), fall="x"), "fall"),
        (lambda: oc.durability(DAYS, PERIODS, by=["arm"]), "by is of the wrong type"),
    ],
)
def test_what_a_model_cannot_read_is_refused_by_us(call, words):
    with pytest.raises(OutcomesError, match=words):
        call()


def test_what_can_be_read_in_one_way_only_is_read():
    dated = DIARY.assign(day=[date(2026, 1, 1) + timedelta(days=int(day)) for day in DIARY["day"]])
    assert oc.daily("headache ~ x", dated).params.equals(oc.daily("headache ~ x", DIARY).params)
    at = oc.cumulative_incidence(STATUS, at=1).to_frame()
    assert at["estimate"].tolist() == [0.5]
    assert len(oc.cumulative_incidence(STATUS[:0], arm="arm")) == 0
    mixed = PERIODS.assign(arm=[1, "b", "b"])
    assert set(oc.ancova(mixed, arm="arm").to_frame()["status"]) == {"not more patients than coefficients"}
    assert signal(proportion_sequence([1, 6], [20, 40]), reference=np.int64(0)).meta["first_signal"] == 1
