"""Flow of patients: each stage is a part of the one before it."""

from __future__ import annotations

import pandas as pd

from derive_study import diary, study
from outcomes.derive.flow import flow

INDEX = "2026-03-01"
STAGES = [
    "patients received",
    "with any diary day",
    "with an infusion or index date",
    "with any diary day before the course",
    "with any day in the baseline window",
    "with an eligible baseline",
    "with any follow-up day",
    "with a follow-up period of enough days",
    "in the primary comparison",
]


def test_each_patient_stops_at_one_stage() -> None:
    full = pd.date_range("2026-02-01", "2026-05-30")
    short = {
        "no_course": full,
        "only_after": full[full > INDEX],
        "long_before": pd.date_range("2025-11-01", "2025-11-30"),
        "ineligible": full[full >= "2026-02-20"],
        "no_follow_up": full[full < INDEX],
        "few_after": full[full < "2026-03-08"],
        "second_period_only": full[(full < INDEX) | (full > "2026-03-29")],
        "complete": full,
    }
    rows = [
        pd.concat([diary(name, str(date.date()), [True]) for date in dates]) for name, dates in short.items()
    ]
    ids = ["no_diary", *short]
    got = flow(
        study(
            patients={
                "patient_id": ids,
                "index_date": [None if name == "no_course" else INDEX for name in ids],
            },
            diary=pd.concat(rows, ignore_index=True),
        )
    )
    assert got["stage"].tolist() == STAGES
    assert got["patients"].tolist() == [9, 8, 7, 6, 5, 4, 3, 2, 1]
    assert got["of"].tolist() == [9, 9, 8, 7, 6, 5, 4, 3, 2]


def test_patients_of_every_table_are_received() -> None:
    sessions = {
        "session_id": ["s"],
        "patient_id": ["infused"],
        "start": ["2026-03-01T08:00Z"],
        "end": ["2026-03-01T09:00Z"],
    }
    got = flow(study(sessions=sessions, diary=diary("kept", "2026-01-01", [True])))
    assert got["patients"].tolist()[:3] == [2, 1, 0]


def test_nobody() -> None:
    got = flow(study())
    assert got["stage"].tolist() == STAGES
    assert got["patients"].eq(0).all()
