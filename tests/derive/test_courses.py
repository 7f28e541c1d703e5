"""Courses and exposure: which sessions belong together, and what they gave."""

from __future__ import annotations

import math

import pandas as pd
import pytest

from derive_study import study
from outcomes.derive.courses import courses
from outcomes.derive.exposure import exposure


def sessions(*rows: tuple[str, str, str, str], **columns: list) -> dict[str, list]:
    ids, patients, starts, ends = zip(*rows, strict=True)
    return {"session_id": ids, "patient_id": patients, "start": starts, "end": ends, **columns}


def dates(column: pd.Series) -> list[str]:
    return column.dt.strftime("%Y-%m-%d").tolist()


def test_gap_of_the_rule_still_joins_and_one_more_day_parts() -> None:
    rows = [
        ("a", "p", "2026-01-01T10:00Z", "2026-01-01T13:00Z"),
        ("b", "p", "2026-01-15T10:00Z", "2026-01-15T13:00Z"),
        ("c", "p", "2026-01-30T10:00Z", "2026-01-30T13:00Z"),
    ]
    got = courses(study(sessions=sessions(*rows)))
    assert got["sessions"].tolist() == [2, 1]
    assert dates(got["course_start"]) == ["2026-01-01", "2026-01-30"]
    assert dates(got["course_end"]) == ["2026-01-15", "2026-01-30"]
    assert dates(got["next_course_start"].dropna()) == ["2026-01-30"]
    assert got["infusion_hours"].tolist() == [6.0, 3.0]
    assert courses(study(sessions=sessions(*rows), rules={"course_gap_days": 13}))["sessions"].tolist() == [
        1,
        1,
        1,
    ]


def test_gap_counts_from_the_latest_end_not_from_the_last_row() -> None:
    rows = [
        ("long", "p", "2026-01-01T10:00Z", "2026-01-08T10:00Z"),
        ("short", "p", "2026-01-02T10:00Z", "2026-01-02T12:00Z"),
        ("next", "p", "2026-01-20T10:00Z", "2026-01-20T12:00Z"),
    ]
    got = courses(study(sessions=sessions(*rows)))
    assert got["sessions"].tolist() == [3]


def test_session_split_by_a_transfer_is_one_course_with_the_whole_dose() -> None:
    rows = [
        ("before", "p", "2026-01-01T08:00Z", "2026-01-03T12:00Z"),
        ("after", "p", "2026-01-03T12:00Z", "2026-01-05T08:00Z"),
    ]
    table = sessions(
        *rows, setting=["emergency", "inpatient"], dose_mg=[900.0, 600.0], weight_kg=[60.0, 60.0]
    )
    (got,) = courses(study(sessions=table)).to_dict("records")
    assert (got["sessions"], got["infusion_hours"], got["dose_mg"], got["dose_mg_per_kg"]) == (
        2,
        96.0,
        1500.0,
        25.0,
    )
    assert got["setting"] == "mixed"


def test_missing_dose_of_one_session_makes_the_course_dose_missing() -> None:
    rows = [
        ("a", "p", "2026-01-01T10:00Z", "2026-01-01T13:00Z"),
        ("b", "p", "2026-01-02T10:00Z", "2026-01-02T13:00Z"),
    ]
    (got,) = courses(study(sessions=sessions(*rows, dose_mg=[90.0, None]))).to_dict("records")
    assert math.isnan(got["dose_mg"])
    assert got["infusion_hours"] == 6.0


def test_index_date_makes_a_course_only_without_sessions() -> None:
    got = courses(
        study(
            patients={"patient_id": ["p", "q", "r"], "index_date": ["2025-12-01", "2026-02-01", None]},
            sessions=sessions(("a", "p", "2026-01-01T10:00Z", "2026-01-01T13:00Z")),
        )
    )
    assert got["patient_id"].tolist() == ["p", "q"]
    assert got["anchor"].tolist() == ["infusion", "index_date"]
    assert dates(got["course_start"]) == ["2026-01-01", "2026-02-01"]
    assert got["sessions"].tolist() == [1, 0]


def test_nothing_after_the_cutoff_is_used() -> None:
    tables = {
        "patients": {"patient_id": ["p", "q"], "index_date": [None, "2026-02-01"]},
        "sessions": sessions(
            ("a", "p", "2026-01-01T10:00Z", "2026-01-01T13:00Z"),
            ("b", "p", "2026-03-01T10:00Z", "2026-03-01T13:00Z"),
        ),
    }
    got = courses(study(**tables, cutoff="2026-01-31"))
    assert got["patient_id"].tolist() == ["p"]
    assert got["next_course_start"].isna().all()
    assert len(courses(study(**tables, cutoff="2026-03-01"))) == 3


def test_date_of_a_session_is_local() -> None:
    rows = sessions(("a", "p", "2026-01-01T03:00Z", "2026-01-01T06:00Z"))
    assert dates(courses(study(sessions=rows))["course_start"]) == ["2026-01-01"]
    denver = courses(study(sessions=rows, timezone="America/Denver"))
    assert dates(denver["course_start"]) == ["2025-12-31"]


@pytest.mark.parametrize(
    ("start", "end", "hours"),
    [
        ("2026-03-08T01:00-05:00", "2026-03-08T04:00-04:00", 2.0),
        ("2026-11-01T00:00-04:00", "2026-11-01T03:00-05:00", 4.0),
    ],
    ids=["spring", "autumn"],
)
def test_hours_on_daylight_saving_days_are_true_durations(start: str, end: str, hours: float) -> None:
    rows = sessions(("a", "p", start, end))
    assert exposure(study(sessions=rows, timezone="America/New_York"))["hours"].tolist() == [hours]


def titrated(
    actions: list[str], rates: list[float | None], hours: list[float], **session: object
) -> pd.DataFrame:
    start = pd.Timestamp("2026-01-01T08:00Z")
    log = {
        "session_id": ["a"] * len(actions),
        "time": [start + pd.Timedelta(hours=h) for h in hours],
        "rate": rates,
        "action": actions,
    }
    row = sessions(
        ("a", "p", "2026-01-01T08:00Z", "2026-01-01T18:00Z"), **{k: [v] for k, v in session.items()}
    )
    return exposure(study(sessions=row, titration=log))


def test_dose_is_the_integral_of_the_log_plus_the_bolus_times_weight() -> None:
    # 0.1 for 2 h, 0.3 for 5 h, 0.2 for 3 h = 2.3 mg/kg; bolus 0.2 mg/kg; 80 kg.
    (got,) = titrated(
        ["start", "rate", "rate", "stop"],
        [0.1, 0.3, 0.2, 0.0],
        [0, 2, 7, 10],
        weight_kg=80.0,
        bolus_mg_per_kg=0.2,
    ).to_dict("records")
    assert got["dose_mg"] == pytest.approx(200.0, rel=1e-12)
    assert got["dose_mg_per_kg"] == pytest.approx(2.5, rel=1e-12)
    assert got["peak_rate"] == 0.3
    assert got["mean_rate"] == pytest.approx(0.23, rel=1e-12)
    assert got["dose_basis"] == "titration"


def test_recorded_dose_wins_over_the_log() -> None:
    (got,) = titrated(["start", "stop"], [0.1, 0.0], [0, 10], weight_kg=50.0, dose_mg=60.0).to_dict("records")
    assert (got["dose_mg"], got["dose_mg_per_kg"], got["dose_basis"]) == (60.0, 1.2, "recorded")
    assert got["peak_rate"] == 0.1


def test_pause_is_a_rate_of_zero_and_an_open_log_runs_to_the_end_of_the_session() -> None:
    (got,) = titrated(["start", "stop", "rate"], [0.2, None, 0.1], [0, 2, 6], weight_kg=100.0).to_dict(
        "records"
    )
    assert got["dose_mg"] == pytest.approx(100 * (0.2 * 2 + 0.1 * 4), rel=1e-12)


def test_dose_is_missing_where_a_part_of_it_is_not_known() -> None:
    no_rate = titrated(["start", "rate", "stop"], [0.2, None, 0.0], [0, 2, 10], weight_kg=80.0)
    assert no_rate["dose_mg"].isna().all()
    assert no_rate["peak_rate"].tolist() == [0.2]
    no_bolus = titrated(["bolus", "stop"], [0.2, 0.0], [0, 10], weight_kg=80.0)
    assert no_bolus["dose_mg"].isna().all()
    no_weight = titrated(["start", "stop"], [0.2, 0.0], [0, 10])
    assert no_weight["dose_mg"].isna().all()
    assert no_weight["dose_mg_per_kg"].tolist() == [2.0]
    nothing = exposure(
        study(sessions=sessions(("a", "p", "2026-01-01T08:00Z", "2026-01-01T18:00Z"), bolus_mg_per_kg=[0.2]))
    )
    assert nothing[["dose_mg", "dose_mg_per_kg"]].isna().all(axis=None)
    assert nothing["dose_basis"].tolist() == [""]


def test_sessions_are_numbered_within_patient_and_course() -> None:
    rows = [
        ("c", "p", "2026-03-01T10:00Z", "2026-03-01T13:00Z"),
        ("b", "p", "2026-01-02T10:00Z", "2026-01-02T13:00Z"),
        ("a", "p", "2026-01-01T10:00Z", "2026-01-01T13:00Z"),
        ("d", "q", "2026-01-01T10:00Z", "2026-01-01T13:00Z"),
    ]
    got = exposure(study(sessions=sessions(*rows)))
    assert got["session_id"].tolist() == ["a", "b", "c", "d"]
    assert got["course"].tolist() == [1, 1, 2, 1]
    assert got["session_number"].tolist() == [1, 2, 3, 1]
    assert got["session_in_course"].tolist() == [1, 2, 1, 1]


def test_nothing_in_nothing_out() -> None:
    empty = study()
    assert len(exposure(empty)) == 0
    assert len(courses(empty)) == 0
    assert courses(empty).dtypes["course_start"] == "datetime64[us]"
