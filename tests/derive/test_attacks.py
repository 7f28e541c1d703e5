"""Attacks: runs of migraine days."""

from __future__ import annotations

import pandas as pd

from derive_study import diary, study
from outcomes.derive.attacks import attacks

REPORTED = {"migraine_day": "reported"}


def of(*frames: pd.DataFrame) -> pd.DataFrame:
    return attacks(study(diary=pd.concat(frames, ignore_index=True), rules=REPORTED))


def test_attack_over_midnight_is_two_days_and_one_attack() -> None:
    got = of(diary("p", "2026-01-30", [True] * 5, migraine=[False, True, True, False, True]))
    assert got["attack"].tolist() == [1, 2]
    assert got["days"].tolist() == [2, 1]
    assert got["first_date"].dt.strftime("%m-%d").tolist() == ["01-31", "02-03"]
    assert got["last_date"].dt.strftime("%m-%d").tolist() == ["02-01", "02-03"]
    assert got["start_seen"].tolist() == [True, True]
    assert got["end_seen"].tolist() == [True, False]


def test_day_not_recorded_or_not_known_ends_an_attack_whose_end_was_not_seen() -> None:
    gap = of(diary("p", "2026-01-01", [True], migraine=True), diary("p", "2026-01-03", [True], migraine=True))
    assert gap["days"].tolist() == [1, 1]
    assert not gap[["start_seen", "end_seen"]].any(axis=None)
    unknown = of(diary("p", "2026-01-01", [True] * 3, migraine=[True, None, True]))
    assert unknown["days"].tolist() == [1, 1]
    assert unknown["end_seen"].tolist() == [False, False]


def test_attacks_of_two_patients_never_join() -> None:
    got = of(
        diary("p", "2026-01-01", [True] * 2, migraine=True),
        diary("q", "2026-01-03", [True] * 2, migraine=True),
    )
    assert got["patient_id"].tolist() == ["p", "q"]
    assert got["attack"].tolist() == [1, 1]
    assert got["days"].tolist() == [2, 2]


def test_no_migraine_no_attack() -> None:
    assert len(of(diary("p", "2026-01-01", [True], migraine=False))) == 0
    assert len(attacks(study())) == 0
