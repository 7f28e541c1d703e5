"""A real headache diary (Kostecki-Dillon), against counts and means measured independently."""

from __future__ import annotations

import pandas as pd
import pytest

from derive_study import SmallStudy, study
from outcomes.derive.periods import periods
from outcomes.models.headache.change import change
from shared import shared

pytestmark = pytest.mark.reference

ORIGIN = pd.Timestamp("2000-01-01")
# The published figures have two decimals.
ROUNDING = 0.005


@pytest.fixture(scope="module")
def kostecki() -> SmallStudy:
    raw = pd.read_csv(shared("data", "kostecki_dillon.csv"))
    once = raw[~raw.duplicated(["id", "time"], keep=False)]
    ids = raw["id"].unique().astype(str)
    return study(
        rules={"min_baseline_days": 14},
        patients={"patient_id": ids, "index_date": [ORIGIN] * len(ids)},
        diary={
            "patient_id": once["id"].astype(str).tolist(),
            "date": (ORIGIN + pd.to_timedelta(once["time"], unit="D")).tolist(),
            "headache": once["y"].eq(1).tolist(),
        },
    )


def test_twenty_patients_with_both_windows_and_their_change(kostecki: SmallStudy) -> None:
    frame = periods(kostecki)
    first = frame[frame["period_number"] == 1]
    assert len(first) == 133
    both = first["days_recorded"].ge(14) & first["baseline_days_recorded"].ge(14)
    assert both.sum() == 20
    assert first.loc[both, "change"].notna().all()
    assert first.loc[~both, "change"].isna().all()
    (row,) = change(first).to_frame().to_dict("records")
    assert (row["n"], row["N"]) == (20, 133)
    assert row["estimate"] == pytest.approx(1.87, abs=ROUNDING)
    assert row["sd"] == pytest.approx(5.30, abs=ROUNDING)


def test_index_date_is_day_zero_and_belongs_to_no_window(kostecki: SmallStudy) -> None:
    frame = periods(kostecki, baseline_as_row=True)
    (baseline,) = (
        frame.loc[frame["period_number"] == 0, ["start_date", "end_date"]].drop_duplicates().to_numpy()
    )
    (first,) = frame.loc[frame["period_number"] == 1, ["start_date", "end_date"]].drop_duplicates().to_numpy()
    days = [int((pd.Timestamp(date) - ORIGIN).days) for date in (*baseline, *first)]
    assert days == [-28, -1, 1, 28]


def test_patient_whose_two_day_counts_disagree_is_in_no_comparison(kostecki: SmallStudy) -> None:
    # From day 29 on `dos - time` of patient 126 is 1127 instead of 1128: by `dos` day 29 would be day 28,
    # and 7 instead of 6 days recorded in days 1-28 are under 14 as well.
    (row,) = periods(kostecki).query("patient_id == '126' and period_number == 1").to_dict("records")
    assert (row["days_recorded"], row["baseline_days_recorded"]) == (6, 14)
    assert pd.isna(row["value"])
