"""Infusions every two weeks: rolling periods from the first session, not from the day after the last."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import outcomes as oc
from outcomes.schema.rules import Rules

FIRST = pd.Timestamp("2026-01-05")


def _study(gap: int, rules: Rules) -> oc.Study:
    """Six patients, thirteen sessions `gap` days apart, 20 headache days of 28 before and 10 after."""
    start = FIRST + pd.to_timedelta(gap * np.arange(13), unit="D") + pd.Timedelta(hours=10)
    ids = [f"P{i}" for i in range(6)]
    sessions = pd.concat(
        [
            pd.DataFrame(
                {
                    "patient_id": one,
                    "session_id": [f"{one}-{k}" for k in range(13)],
                    "start": start,
                    "end": start + pd.Timedelta(hours=1),
                }
            )
            for one in ids
        ],
        ignore_index=True,
    )
    day = np.arange(-28, 169)
    hit = np.where(day < 0, (day + 28) % 28 < 20, (day - 1) % 28 < 10)
    diary = pd.concat(
        [
            pd.DataFrame({"patient_id": one, "date": FIRST + pd.to_timedelta(day, unit="D"), "headache": hit})
            for one in ids
        ],
        ignore_index=True,
    )
    patients = pd.DataFrame({"patient_id": ids})
    sessions[["start", "end"]] = sessions[["start", "end"]].apply(lambda c: c.dt.tz_localize("Europe/Berlin"))
    return oc.Study(diary=diary, patients=patients, sessions=sessions, timezone="Europe/Berlin", rules=rules)


@pytest.mark.parametrize(("gap", "between"), [(14, 14), (15, 21)])
def test_periods_roll_from_the_first_session(gap: int, between: int) -> None:
    study = _study(gap, Rules(anchor="course_start", course_gap_days=between))
    rows = oc.periods(study)
    assert (rows.groupby("patient_id")["period_number"].max() >= 5).all()
    first = rows[rows["period_number"] == 1]
    assert (first["start_date"] == FIRST + pd.Timedelta(days=1)).all()
    assert (rows.loc[rows["set"] == "with_value", "value"] == 10.0).all()
    assert (rows.loc[rows["set"] == "with_value", "change"] == -10.0).all()
    assert not rows["set"].eq("treated_again").any()
    answer = oc.estimate(study, {"period": 3}).to_frame()
    assert answer.loc[0, "estimate"] == pytest.approx(-10.0)
    assert answer.loc[0, "treated_again"] == 0


def test_by_default_day_one_is_after_the_thirteenth_session() -> None:
    rows = oc.periods(_study(14, Rules()))
    assert (rows.loc[rows["period_number"] == 1, "start_date"] > FIRST + pd.Timedelta(days=12 * 14)).all()
