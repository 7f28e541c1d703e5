"""A checked study: what the checks reject is never counted as a free day, or left out of a sum."""

from __future__ import annotations

import pandas as pd
import pytest

import outcomes as oc

ACTIVE = {"absent_means": "headache_free_within_active_window"}


def attacks_only(dates: list[str], **rules: str) -> oc.Study:
    hours = [1.0 + number for number in range(len(dates))]  # two attacks of a day are not the same row twice
    diary = pd.DataFrame({"patient_id": "01", "date": dates, "headache": "yes", "duration_h": hours})
    patients = pd.DataFrame({"patient_id": ["01"], "index_date": ["2026-01-29"]})
    return oc.Study(diary=diary, patients=patients, rules={**ACTIVE, **rules})


def test_two_attacks_entered_for_one_day_do_not_make_it_free() -> None:
    study = attacks_only(["2026-01-01", "2026-01-03", "2026-01-03", "2026-01-05"])
    assert study.rejected_days["date"].dt.day.tolist() == [3]
    assert oc.days(study)["date"].dt.day.tolist() == [1, 2, 4, 5]
    worst = attacks_only(["2026-01-01", "2026-01-03", "2026-01-03", "2026-01-05"], resolve="worst")
    got = oc.days(worst)
    assert got.loc[got["headache"].astype(bool), "date"].dt.day.tolist() == [1, 3, 5]


def test_rejected_row_without_a_date_names_no_day() -> None:
    study = attacks_only(["2026-01-01", "2026-02-31", "2026-01-05"])
    assert len(study.rejected["diary"]) == 1
    assert len(study.rejected_days) == 0
    assert len(oc.days(study)) == 5


def infusion(rates: list[object], **session: object) -> oc.Study:
    """Return a study of one infusion of three hours and 80 kg, with a rate for each hour."""
    times = [f"2026-01-29T{hour:02d}:00Z" for hour in range(9, 9 + len(rates))]
    log = pd.DataFrame({"session_id": "s1", "time": times, "rate": rates, "action": "rate"})
    start, end = pd.Timestamp("2026-01-29T09:00Z"), pd.Timestamp("2026-01-29T12:00Z")
    row = {"session_id": "s1", "patient_id": "01", "start": start, "end": end, "weight_kg": 80.0} | session
    diary = pd.DataFrame({"patient_id": ["01"], "date": ["2026-01-05"], "headache": ["yes"]})
    return oc.Study(diary=diary, sessions=pd.DataFrame([row]), titration=log)


def test_a_log_without_the_row_that_was_rejected_gives_no_dose() -> None:
    whole = oc.exposure(infusion([0.1, 0.3, 0.2])).iloc[0]
    assert round(whole["dose_mg"], 6) == 48
    study = infusion([0.1, 9.0, 0.2])
    assert study.broken_logs == {"s1"}
    broken = oc.exposure(study).iloc[0]
    assert broken[["dose_mg", "dose_mg_per_kg", "peak_rate", "mean_rate"]].isna().all()
    assert broken["dose_basis"] == ""
    charted = oc.exposure(infusion([0.1, 9.0, 0.2], dose_mg=50.0)).iloc[0]
    assert (charted["dose_mg"], charted["dose_basis"]) == (50, "recorded")


@pytest.mark.parametrize(
    ("bolus", "dose", "basis"), [(0.1, 56, "titration"), ("", 48, "titration"), ("a little", None, "")]
)
def test_a_bolus_that_cannot_be_read_is_not_taken_for_none(bolus, dose, basis) -> None:
    study = infusion([0.1, 0.3, 0.2], bolus_mg_per_kg=bolus)
    assert study.unread_boluses == (frozenset() if dose else {"s1"})
    got = oc.exposure(study).iloc[0]
    assert (None if pd.isna(got["dose_mg"]) else round(got["dose_mg"], 6)) == dose
    assert pd.isna(got["dose_mg_per_kg"]) == (dose is None)
    assert got["dose_basis"] == basis
    assert round(got["mean_rate"], 6) == 0.2  # the rates are known all the same
    charted = oc.exposure(infusion([0.1, 0.3, 0.2], bolus_mg_per_kg=bolus, dose_mg=50.0)).iloc[0]
    assert (charted["dose_mg"], charted["dose_basis"]) == (50, "recorded")


def test_the_charted_dose_is_held_against_the_dose_that_is_derived() -> None:
    study = infusion([0.1, 0.3, 0.2], dose_mg=48.0)
    assert "dose_differs_from_log" not in set(study.findings["rule"])
    half = infusion([0.1, 0.3, 0.2], dose_mg=24.0)
    assert "dose_differs_from_log" in set(half.findings["rule"])
