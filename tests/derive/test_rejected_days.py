"""A checked study: what the checks reject is never counted as a free day."""

from __future__ import annotations

import pandas as pd

import outcomes as oc

ACTIVE = {"absent_means": "headache_free_within_active_window"}


def attacks_only(dates: list[str], **rules: str) -> oc.Study:
    diary = pd.DataFrame({"patient_id": "01", "date": dates, "headache": "yes"})
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
