"""What must hold for any study under any rules."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, Phase, given, settings

from derive_study import SmallStudy
from outcomes.derive.courses import courses
from outcomes.derive.days import days
from outcomes.derive.exposure import exposure
from outcomes.derive.periods import periods
from random_study import studies

COUNTS = ["headache_days", "moderate_severe_days", "migraine_days", "acute_medication_days"]
# Sums of small whole numbers times month/days, in double precision.
ROUNDING = 1e-9

TABLES = ("patients", "sessions", "titration", "diary")


def implies(first: pd.Series, second: pd.Series) -> bool:
    return bool(second[first.eq(True).fillna(False)].eq(True).fillna(False).all())


def migraine_and_severe_days_are_headache_days_and_those_are_reported(given_study: SmallStudy) -> None:
    got = days(given_study)
    assert implies(got["migraine"], got["headache"])
    assert implies(got["moderate_severe"], got["headache"])
    assert implies(got["headache"], got["headache_reported"])
    assert implies(got["triptan_ergot"], got["acute_medication"])
    assert not got.duplicated(["patient_id", "date"]).any()


def values_and_days_stay_in_their_ranges(given_study: SmallStudy) -> None:
    rules = given_study.rules
    got = periods(given_study, endpoint="all", course="all", baseline_as_row=True)
    length = got["period_number"].eq(0).map({True: rules.baseline_days, False: rules.month_days})
    assert (got["days_with_event"] <= got["days_recorded"]).all()
    assert (got["days_recorded"] + got["days_unclear"] <= got["days_possible"]).all()
    assert (got["days_possible"] <= length).all()
    assert (got["days_possible"] >= 0).all()
    counted = got[got["endpoint"].isin(COUNTS)]
    value = counted["value"].dropna()
    assert value.between(0, rules.month_days + ROUNDING).all()
    known = counted.loc[value.index]
    assert (known["lower_bound"] <= value + ROUNDING).all()
    assert (value <= known["upper_bound"] + ROUNDING).all()
    possible = counted["days_possible"] > 0
    assert counted.loc[possible, ["lower_bound", "upper_bound"]].notna().all(axis=None)
    assert counted.loc[~possible, ["lower_bound", "upper_bound"]].isna().all(axis=None)
    hours = got.loc[got["endpoint"].eq("headache_hours"), "value"].dropna()
    assert hours.between(0, 24 * rules.month_days + ROUNDING).all()
    assert got.loc[got["endpoint"].eq("mean_pain"), "value"].dropna().between(0, 10).all()


def what_is_missing_has_a_reason_and_what_has_none_is_there(given_study: SmallStudy) -> None:
    got = periods(given_study, endpoint="all", course="all", baseline_as_row=True)
    baseline, follow = got[got["period_number"].eq(0)], got[got["period_number"].gt(0)]
    assert (baseline["reason"].eq("") == baseline["value"].notna()).all()
    assert baseline[["change", "percent_change"]].isna().all(axis=None)
    complete = follow[["value", "change", "percent_change"]].notna().all(axis=1)
    assert (follow["reason"].eq("") == complete).all()
    assert (follow["change"].notna() == (follow["value"].notna() & follow["baseline_eligible"])).all()
    assert (follow["responder_50"].notna() == follow["percent_change"].notna()).all()
    few = got["days_recorded"] < np.where(
        got["period_number"].eq(0), given_study.rules.min_baseline_days, given_study.rules.min_days
    )
    assert got.loc[few, "value"].isna().all()
    for easier, harder in ((30, 50), (50, 75), (75, 100)):
        assert implies(follow[f"responder_{harder}"], follow[f"responder_{easier}"])


def every_day_lands_in_one_window_or_in_none(given_study: SmallStudy) -> None:
    recorded = days(given_study)
    for number in (1, 2):
        frame = periods(given_study, endpoint="headache_days", course=number, baseline_as_row=True)
        pairs = recorded.merge(frame, on="patient_id")
        inside = pairs[pairs["date"].between(pairs["start_date"], pairs["end_date"])]
        assert not inside.duplicated(["patient_id", "date"]).any()
        entries = inside["headache_reported"].notna().sum()
        assert (frame["days_recorded"] + frame["days_unclear"]).sum() == entries
        assert frame["days_with_event"].sum() == inside["headache"].eq(True).sum()
        outside = len(recorded) - len(inside)
        assert outside >= 0


def periods_are_what_a_count_by_hand_gives(given_study: SmallStudy) -> None:
    rules = given_study.rules
    recorded = days(given_study)
    got = periods(given_study, endpoint="headache_days", course="all", baseline_as_row=True)
    expected = [
        row for run in _runs(given_study) for row in _by_hand(run, recorded, rules, given_study.cutoff)
    ]
    columns = [
        "patient_id",
        "course",
        "period_number",
        "days_possible",
        "days_recorded",
        "days_with_event",
        "value",
    ]
    assert len(got) == len(expected)
    for mine, theirs in zip(got[columns].to_dict("records"), expected, strict=True):
        value, by_hand = mine.pop("value"), theirs.pop("value")
        assert mine == theirs
        assert value == by_hand or abs(value - by_hand) < ROUNDING or (np.isnan(value) and np.isnan(by_hand))


def _runs(given_study: SmallStudy) -> list[dict[str, Any]]:
    """Return the courses, each with the end of the one before it."""
    runs = courses(given_study).to_dict("records")
    for before, run in zip([None, *runs], runs, strict=False):
        same = before is not None and before["patient_id"] == run["patient_id"]
        run["previous_end"] = before["course_end"] if same else None
    return runs


def _by_hand(
    run: dict[str, Any], recorded: pd.DataFrame, rules: Any, cutoff: pd.Timestamp
) -> list[dict[str, Any]]:
    """Count a course's windows day by day."""
    mine = recorded[recorded["patient_id"].eq(run["patient_id"])].set_index("date")
    day = pd.Timedelta(days=1)
    anchor = run["course_end"] if rules.anchor == "course_end" else run["course_start"]
    spans = [(run["course_start"] - rules.baseline_days * day, run["course_start"] - day)]
    for number in range(rules.max_periods):
        first = anchor + day + number * rules.month_days * day
        spans.append((first, first + (rules.month_days - 1) * day))
    rows = []
    for number, (first, last) in enumerate(spans):
        if first > cutoff:
            continue
        dates = [date for date in pd.date_range(first, last) if date <= cutoff]
        if rules.retreatment == "stop" and pd.notna(run["next_course_start"]):
            dates = [date for date in dates if date < run["next_course_start"]]
        entries = mine.loc[mine.index.isin(dates)]
        known = entries["headache"].dropna()
        unclear = int(entries["headache_reported"].notna().sum()) - len(known)
        reported = int(entries["headache_reported"].eq(True).sum())
        needed = rules.min_baseline_days if number == 0 else rules.min_days
        unclean = number == 0 and run["previous_end"] is not None and first <= run["previous_end"]
        missing = not dates or len(known) < needed or unclean or 2 * unclear > reported
        events = int(known.sum())
        value = np.nan
        if not missing and rules.value == "prorated":
            value = events / len(known) * rules.month_days
        elif not missing:
            value = events * (rules.month_days / rules.baseline_days if number == 0 else 1.0)
        head = {"patient_id": run["patient_id"], "course": run["course"], "period_number": number}
        counts = {"days_possible": len(dates), "days_recorded": len(known), "days_with_event": events}
        rows.append({**head, **counts, "value": value})
    return rows


def order_of_rows_is_irrelevant_and_inputs_stay_as_they_were(given_study: SmallStudy) -> None:
    shuffled = {
        name: getattr(given_study, name).sample(frac=1, random_state=5)
        if len(getattr(given_study, name))
        else getattr(given_study, name)
        for name in TABLES
    }
    copies = {name: frame.copy(deep=True) for name, frame in shuffled.items()}
    other = replace(given_study, **shuffled)
    for derive in (exposure, courses, days, periods):
        pd.testing.assert_frame_equal(derive(other), derive(given_study))
    for name, frame in shuffled.items():
        pd.testing.assert_frame_equal(frame, copies[name])


def a_patient_is_derived_alike_alone_and_among_others(given_study: SmallStudy) -> None:
    some = ["p0", "p2"]
    part = replace(
        given_study,
        **{
            name: getattr(given_study, name).loc[lambda frame: frame["patient_id"].isin(some)]
            for name in ("patients", "sessions", "diary")
        },
    )
    for derive in (
        exposure,
        courses,
        days,
        lambda s: periods(s, endpoint="all", course="all", baseline_as_row=True),
    ):
        alone, among = derive(part), derive(given_study)
        among = among[among["patient_id"].isin(some)].reset_index(drop=True)
        pd.testing.assert_frame_equal(*(_plain(frame) for frame in (alone, among)))


def _plain(frame: pd.DataFrame) -> pd.DataFrame:
    """Drop the categories that only others use."""
    return frame.assign(period=frame["period"].astype("str")) if "period" in frame else frame


INVARIANTS: list[Callable[[SmallStudy], None]] = [
    migraine_and_severe_days_are_headache_days_and_those_are_reported,
    values_and_days_stay_in_their_ranges,
    what_is_missing_has_a_reason_and_what_has_none_is_there,
    every_day_lands_in_one_window_or_in_none,
    periods_are_what_a_count_by_hand_gives,
    order_of_rows_is_irrelevant_and_inputs_stay_as_they_were,
    a_patient_is_derived_alike_alone_and_among_others,
]
# A study's shape is drawn from a seed, so that shrinking it finds nothing simpler and only takes time.
FIXED = {
    "deadline": None,
    "phases": (Phase.explicit, Phase.generate),
    "suppress_health_check": [HealthCheck.too_slow, HealthCheck.data_too_large],
}


@pytest.mark.parametrize("invariant", INVARIANTS, ids=lambda f: f.__name__)
@settings(max_examples=8, **FIXED)
@given(given_study=studies())
def test_invariant(invariant: Callable[[SmallStudy], None], given_study: SmallStudy) -> None:
    invariant(given_study)


@pytest.mark.long
@pytest.mark.parametrize("invariant", INVARIANTS, ids=lambda f: f.__name__)
@settings(max_examples=100, **FIXED)
@given(given_study=studies())
def test_invariant_on_many_studies(invariant: Callable[[SmallStudy], None], given_study: SmallStudy) -> None:
    invariant(given_study)
