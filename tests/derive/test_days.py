"""Days: which diary rows count, what they were, and where they lie in the courses."""

from __future__ import annotations

from typing import Any

import pandas as pd
import pytest

from derive_study import SmallStudy, diary, study, table
from outcomes.derive.days import days
from outcomes.errors import DataError

YES, NO, NA = True, False, pd.NA


def answers(column: pd.Series) -> list[Any]:
    return column.astype(object).where(column.notna(), None).tolist()


def one_day(rules: dict[str, Any] | None = None, **entry: Any) -> dict[str, Any]:
    """Derive a single diary day."""
    row = {"headache": [True]} | {name: [value] for name, value in entry.items()}
    columns = {"patient_id": ["p"], "date": ["2026-01-05"], "source": ["diary"], **row}
    (got,) = days(study(diary=columns, rules=rules)).to_dict("records")
    return got


def treated(*frames: pd.DataFrame, **options: Any) -> SmallStudy:
    """Return a study whose patient p was infused from 10 to 12 January and on 1 April."""
    sessions = {
        "session_id": ["a", "b"],
        "patient_id": ["p", "p"],
        "start": ["2026-01-10T08:00Z", "2026-04-01T08:00Z"],
        "end": ["2026-01-12T08:00Z", "2026-04-01T11:00Z"],
    }
    return study(sessions=sessions, diary=pd.concat(frames, ignore_index=True), **options)


# --- what a headache day is ---


@pytest.mark.parametrize(
    ("rule", "entry", "expected"),
    [
        ("reported", {"headache": YES}, True),
        ("reported", {"headache": NO}, False),
        ("reported", {"headache": NA}, None),
        ("leiden", {"duration_h": 1.0}, True),
        ("leiden", {"duration_h": 0.9}, False),
        ("leiden", {"duration_h": 0.1, "acute_medication": "nsaid"}, True),
        ("leiden", {"duration_h": 0.1, "acute_medication": "none"}, False),
        ("leiden", {"acute_medication": "triptan"}, True),
        ("leiden", {"acute_medication": "none"}, None),
        ("leiden", {"headache": NO, "duration_h": 0.0, "acute_medication": "nsaid"}, False),
        ("preempt", {"duration_h": 4.0}, True),
        ("preempt", {"duration_h": 3.9, "acute_medication": "triptan"}, False),
        ("preempt", {}, None),
    ],
)
def test_headache_day(rule: str, entry: dict[str, Any], expected: bool | None) -> None:
    got = one_day({"headache_day": rule}, **entry)["headache"]
    assert (None if pd.isna(got) else got) is expected


@pytest.mark.parametrize(
    ("rule", "entry", "expected"),
    [
        ("4h", {"duration_h": 4.0, "pain": 4.0}, True),
        ("4h", {"duration_h": 3.9, "pain": 9.0, "acute_medication": "none"}, False),
        ("4h", {"duration_h": 24.0, "pain": 3.0}, False),
        ("4h", {"duration_h": 0.5, "pain": 1.0, "acute_medication": "nsaid+triptan"}, True),
        ("4h", {"duration_h": 0.5, "pain": 1.0, "acute_medication": "ergot"}, True),
        ("4h", {"duration_h": 0.5, "pain": 1.0, "acute_medication": "gepant"}, False),
        ("4h", {"duration_h": 8.0}, None),
        ("4h", {"duration_h": 2.0}, False),
        ("4h", {"headache": NO, "acute_medication": "triptan"}, False),
        ("any_duration", {"duration_h": 0.5, "pain": 4.0}, True),
        ("any_duration", {"pain": 3.0, "acute_medication": "triptan"}, True),
        ("any_duration", {"duration_h": 8.0}, None),
    ],
)
def test_moderate_or_severe_day(rule: str, entry: dict[str, Any], expected: bool | None) -> None:
    got = one_day({"moderate_severe": rule}, **entry)["moderate_severe"]
    assert (None if pd.isna(got) else got) is expected


PAIN = {"unilateral": YES, "pulsating": YES, "aggravated": NO, "pain": 2.0}
STOMACH = {"nausea": YES, "vomiting": NO, "photophobia": NO, "phonophobia": NO}
NONE = {"nausea": NO, "vomiting": NO, "photophobia": NO, "phonophobia": NO}


@pytest.mark.parametrize(
    ("rule", "entry", "expected"),
    [
        ("leiden2023", {"duration_h": 0.5, **PAIN, **STOMACH}, True),
        ("leiden2023", {"duration_h": 0.4, **PAIN, **STOMACH}, False),
        ("leiden2023", {"duration_h": 9.0, **PAIN, **NONE}, False),
        ("leiden2023", {"duration_h": 9.0, **PAIN, **NONE, "vomiting": YES}, True),
        ("leiden2023", {"duration_h": 9.0, **PAIN, **NONE, "photophobia": YES}, False),
        ("leiden2023", {"duration_h": 9.0, **PAIN, **NONE, "photophobia": YES, "phonophobia": YES}, True),
        ("leiden2023", {"duration_h": 9.0, **PAIN, "pulsating": NO, **STOMACH}, False),
        ("leiden2023", {"duration_h": 9.0, **PAIN, "pulsating": NO, "pain": 4.0, **STOMACH}, True),
        ("leiden2023", {"duration_h": 9.0, **PAIN, "pulsating": NO, "aggravated": YES, **STOMACH}, True),
        ("leiden2023", {"duration_h": 9.0, **PAIN, "pulsating": NA, **STOMACH}, None),
        ("leiden2023", {"duration_h": 9.0, **PAIN, "aggravated": NA, **STOMACH}, True),
        ("leiden2023", {"duration_h": 9.0, "pain": 2.0, "unilateral": NO, "pulsating": NO, **STOMACH}, False),
        ("leiden2023", {**PAIN, **STOMACH}, None),
        ("leiden2023", {"duration_h": 0.1, "aura": YES, "aura_min": 5.0}, True),
        ("leiden2023", {"duration_h": 0.1, "aura": YES, "aura_min": 60.0}, True),
        ("leiden2023", {"duration_h": 0.1, "aura": YES, "aura_min": 61.0}, False),
        ("leiden2023", {"duration_h": 0.1, "aura": YES, "aura_min": 4.0}, False),
        ("leiden2023", {"duration_h": 0.1, "aura": YES}, False),
        ("leiden2023", {"headache": NO, "aura": YES, "aura_min": 30.0}, False),
        ("leiden2023", {"duration_h": 0.1, "acute_medication": "gepant"}, True),
        ("leiden2023", {"duration_h": 0.1, "acute_medication": "ditan+nsaid"}, True),
        ("leiden2023", {"duration_h": 0.1, "acute_medication": "nsaid+opioid"}, False),
        ("leiden2023", {"headache": NO, "acute_medication": "triptan"}, False),
        ("ihs2018", {"duration_h": 4.0, **PAIN, **STOMACH}, True),
        ("ihs2018", {"duration_h": 3.9, **PAIN, **STOMACH}, False),
        ("ihs2018", {"duration_h": 3.9, "acute_medication": "triptan"}, True),
        ("ihs2018", {"duration_h": 3.9, "aura": YES, "aura_min": 30.0}, False),
        ("reported", {"migraine": YES}, True),
        ("reported", {"migraine": NO, "acute_medication": "triptan", **PAIN, **STOMACH}, False),
        ("reported", {}, None),
        ("reported", {"headache": NO, "migraine": YES}, False),
    ],
)
def test_migraine_day(rule: str, entry: dict[str, Any], expected: bool | None) -> None:
    got = one_day({"migraine_day": rule}, **entry)["migraine"]
    assert (None if pd.isna(got) else got) is expected


@pytest.mark.parametrize(
    ("acute", "expected"),
    [
        ("none", (False, False, False, False)),
        ("triptan", (True, True, True, False)),
        ("opioid", (True, False, True, False)),
        ("combination", (True, False, True, False)),
        ("nsaid+simple_analgesic", (True, False, False, True)),
        ("ergot + nsaid", (True, True, True, True)),
        ("gepant", (True, False, False, False)),
        ("antiemetic", (True, False, False, False)),
        (None, (None, None, None, None)),
    ],
)
def test_classes_of_acute_drugs(acute: str | None, expected: tuple[bool | None, ...]) -> None:
    got = one_day(acute_medication=acute)
    names = ("acute_medication", "triptan_ergot", "overuse_triptan_like", "overuse_simple")
    assert tuple(None if pd.isna(got[name]) else got[name] for name in names) == expected


def test_no_entry_of_a_drug_on_a_free_day_is_none_only_for_a_patient_who_enters_drugs() -> None:
    rows = [
        diary("enters", "2026-01-01", [True, True, False], acute_medication=["nsaid", None, None]),
        diary("never", "2026-01-01", [True, False]),
    ]
    got = days(study(diary=pd.concat(rows, ignore_index=True)))
    assert answers(got["acute_medication"]) == [True, None, False, None, None]


def test_hours_are_those_recorded_and_none_on_a_free_day() -> None:
    got = days(
        study(diary=diary("p", "2026-01-01", [True, True, False, None], duration_h=[3.0, None, None, 2.0]))
    )
    assert [None if pd.isna(hours) else hours for hours in got["hours"]] == [3.0, None, 0.0, 2.0]


# --- which rows count ---


def test_late_entries_are_flagged_and_left_out_when_asked() -> None:
    rows = diary(
        "p",
        "2026-01-01",
        [True, True, True],
        entered_at=["2026-01-06T23:00Z", "2026-01-08T01:00Z", None],
    )
    got = days(study(diary=rows))
    assert answers(got["late"]) == [False, True, None]
    # 01:00 UTC on the 8th is the evening of the 7th in Denver: five days, not six.
    assert answers(days(study(diary=rows, timezone="America/Denver"))["late"]) == [False, False, None]
    assert answers(days(study(diary=rows, rules={"late_after_days": 4}))["late"]) == [True, True, None]
    kept = days(study(diary=rows, rules={"include_late": False}))
    assert kept["date"].dt.day.tolist() == [1, 3]


def test_recall_counts_only_when_asked_and_stays_marked() -> None:
    rows = diary("p", "2026-01-01", [True, True], source=["diary", "recall"])
    assert days(study(diary=rows))["date"].dt.day.tolist() == [1]
    pooled = days(study(diary=rows, rules={"include_recall": True}))
    assert pooled["source"].tolist() == ["diary", "recall"]


def test_days_after_the_cutoff_do_not_count() -> None:
    rows = diary("p", "2026-01-01", [True] * 5)
    assert days(study(diary=rows, cutoff="2026-01-03"))["date"].dt.day.tolist() == [1, 2, 3]


def test_two_rows_for_one_day_are_refused_not_added() -> None:
    rows = pd.concat([diary("p", "2026-01-01", [True, True]), diary("p", "2026-01-02", [False])])
    with pytest.raises(DataError) as error:
        days(study(diary=rows))
    assert str(error.value) == (
        "a patient-day has more than one diary row. check the study before deriving days."
    )


ACTIVE = {"absent_means": "headache_free_within_active_window"}


def test_absent_days_are_free_only_between_first_and_last_row() -> None:
    rows = pd.concat(
        [diary("p", "2026-01-03", [True]), diary("p", "2026-01-06", [True]), diary("q", "2026-02-01", [True])]
    )
    assert len(days(study(diary=rows))) == 3
    got = days(study(diary=rows, rules=ACTIVE))
    assert got["patient_id"].tolist() == ["p"] * 4 + ["q"]
    assert got["date"].dt.strftime("%m-%d").tolist() == ["01-03", "01-04", "01-05", "01-06", "02-01"]
    assert got["source"].tolist() == ["diary", "assumed", "assumed", "diary", "diary"]
    free = got[got["source"].eq("assumed")]
    for name in ("headache_reported", "headache", "moderate_severe", "migraine", "acute_medication"):
        assert answers(free[name]) == [False, False]
    assert free["hours"].tolist() == [0.0, 0.0]
    assert free["pain"].isna().all()


def test_day_whose_row_does_not_count_or_was_rejected_is_not_absent() -> None:
    rows = diary("p", "2026-01-01", [True] * 5, source=["diary", "recall", "diary", "diary", "diary"])
    gap = rows.drop(index=3)
    rejected = pd.DataFrame({"patient_id": ["p", "x"], "date": pd.to_datetime(["2026-01-04", "2026-01-04"])})
    got = days(study(diary=gap, rules=ACTIVE))
    assert got["date"].dt.day.tolist() == [1, 3, 4, 5]
    got = days(study(diary=gap, rules=ACTIVE, rejected_days=rejected))
    assert got["date"].dt.day.tolist() == [1, 3, 5]


def test_row_without_an_answer_is_no_free_day() -> None:
    got = days(study(diary=diary("p", "2026-01-01", [True, None, True]), rules=ACTIVE))
    assert answers(got["headache"]) == [True, None, True]


# --- where a day lies ---


def test_course_day_phase_and_day_after() -> None:
    picked = diary("p", "2026-01-08", [False] * 7)
    later = diary("p", "2026-03-31", [False] * 3)
    got = days(treated(picked, later))
    assert got["course"].tolist() == [1] * 7 + [1, 2, 2]
    assert got["day"].tolist() == [-2, -1, 0, 1, 2, 3, 4, 80, 0, 1]
    assert got["phase"].tolist() == ["before"] * 2 + ["during"] * 3 + ["after"] * 3 + ["during", "after"]
    assert answers(got["day_after"]) == [None] * 5 + [1, 2, 78, None, 1]


def test_day_of_a_patient_without_a_course_has_no_place() -> None:
    frames = [diary(patient, "2026-01-08", [False] * 3) for patient in ("a", "p", "z")]
    got = days(treated(*frames))
    others = got[got["patient_id"] != "p"]
    assert others["course"].isna().all()
    assert others["day"].isna().all()
    assert others["phase"].eq("").all()
    assert got.loc[got["patient_id"] == "p", "day"].tolist() == [-2, -1, 0]


def test_index_date_is_day_zero() -> None:
    got = days(
        study(
            patients={"patient_id": ["p"], "index_date": ["2026-01-02"]},
            diary=diary("p", "2026-01-01", [False] * 3),
        )
    )
    assert got["day"].tolist() == [-1, 0, 1]
    assert got["phase"].tolist() == ["before", "during", "after"]


@pytest.mark.parametrize("around", ["2026-03-07", "2026-10-31"], ids=["spring", "autumn"])
def test_daylight_saving_days_are_one_day_each(around: str) -> None:
    got = days(
        study(
            patients={"patient_id": ["p"], "index_date": [around]},
            diary=diary("p", around, [True] * 3),
            timezone="America/New_York",
        )
    )
    assert got["day"].tolist() == [0, 1, 2]


def test_order_of_rows_is_irrelevant_and_inputs_stay_as_they_were() -> None:
    rows = pd.concat([diary("q", "2026-01-01", [True, False, None]), diary("p", "2026-01-01", [True, True])])
    rows = rows.reset_index(drop=True)
    shuffled = rows.sample(frac=1, random_state=3)
    before = shuffled.copy(deep=True)
    pd.testing.assert_frame_equal(days(treated(shuffled)), days(treated(rows)))
    pd.testing.assert_frame_equal(shuffled, before)


def test_empty_diary_gives_typed_columns() -> None:
    full, empty = days(treated(diary("p", "2026-01-01", [True]))), days(treated(table("diary")))
    assert len(empty) == 0
    assert empty.dtypes.astype(str).to_dict() == full.dtypes.astype(str).to_dict()
