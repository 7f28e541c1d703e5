"""Exposure, strata and laboratory values that cannot be as they are: refused, or counted and said."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import outcomes as oc
from outcomes.errors import ArgumentError, DataError
from studies import rules_found, study_of

EVENTS = pd.DataFrame({"patient_id": ["a"], "onset": pd.to_datetime(["2026-01-03"]), "term": "x"})
FIRST = pd.DataFrame({"patient_id": ["a", "b"], "first_day": pd.Timestamp("2026-01-10")})


def spans(*rows: tuple[str, str, str | None]) -> pd.DataFrame:
    frame = pd.DataFrame(rows, columns=["patient_id", "start", "end"])
    return frame.assign(start=pd.to_datetime(frame["start"]), end=pd.to_datetime(frame["end"]))


def lab(
    *rows: tuple[str, float | None, float | None, str | None], test: str = "alt", **more: object
) -> object:
    """Return values of patient a: date, value, upper limit, unit."""
    frame = pd.DataFrame(rows, columns=["date", "value", "upper_limit", "unit"])
    return frame.assign(date=pd.to_datetime(frame["date"]), patient_id="a", test=test, **more)


BACKWARD = spans(("a", "2026-01-05", "2026-01-01"), ("b", "2026-01-05", "2026-02-05"))
OVERLAPPING = spans(("a", "2026-01-01", "2026-01-05"), ("a", "2026-01-04", "2026-01-10"))
HOURS = pd.DataFrame({"patient_id": ["a", "b"], "hours": [-1.0, 2.0]})
UNDATED = EVENTS.drop(columns="onset")
SESSION = pd.DataFrame({"patient_id": ["a", "a"], "session_id": [1, 2], "event_id": "e1"})
NORMAL = ("2026-01-05", 30.0, 40.0, "U/L")

REFUSED: dict[str, tuple[Callable[[], object], type[Exception], str]] = {
    "one event in two sessions": (
        lambda: oc.incidence(SESSION, SESSION.drop(columns="event_id"), unit="session"),
        DataError, r"2 events share their event_id.*rows 1, 2",
    ),
    "follow-up that ends before it starts": (
        lambda: oc.first_events(EVENTS, BACKWARD), DataError, "ends before it starts.*row 1",
    ),
    "an event before the follow-up": (
        lambda: oc.first_events(EVENTS, BACKWARD[1:].assign(patient_id="a")),
        DataError, "before the follow-up.*row 1",
    ),
    "exposure that ends before it starts": (
        lambda: oc.rates(EVENTS, BACKWARD), DataError, "1 row of exposure is negative.*row 1",
    ),
    "negative hours": (lambda: oc.rates(UNDATED, HOURS), DataError, "hours below 0.*row 1"),
    "negative hours of sessions": (
        lambda: oc.event_counts(SESSION[:1], SESSION.drop(columns="event_id").assign(hours=[-1.0, 1.0])),
        DataError, "1 session has negative hours.*row 1",
    ),
    "exposure that overlaps": (
        lambda: oc.rates(EVENTS, OVERLAPPING), DataError, "overlaps an earlier one.*row 2",
    ),
    "exposure until a cut-off before it": (
        lambda: oc.rates(EVENTS, oc.at_risk(spans(("a", "2026-02-01", None)),
                                            cutoff=pd.Timestamp("2026-01-15"))),
        DataError, "negative: it ends before it starts",
    ),
    "a value below detection as text": (
        lambda: oc.lab_grades(lab(NORMAL, ("2026-01-20", "<5", 40.0, "U/L")), FIRST),
        ArgumentError, "column 'value' of laboratory is not made of numbers",
    ),
    "a limit of 0": (
        lambda: oc.lab_grades(lab(("2026-01-20", 50.0, 0.0, "U/L")), FIRST),
        DataError, "1 upper limit is not above 0.*row 1",
    ),
    "a negative value": (
        lambda: oc.lab_grades(lab(NORMAL, ("2026-01-20", -1.0, 40.0, "U/L")), FIRST),
        DataError, "1 value is negative.*row 2",
    ),
    "days in text": (
        lambda: oc.lab_grades(lab(NORMAL).assign(date="2026-01-20"), FIRST),
        ArgumentError, "'date' of laboratory does not hold local days",
    ),
    "moments in a zone": (
        lambda: oc.lab_grades(lab(NORMAL).assign(date=pd.Timestamp("2026-01-20", tz="UTC")), FIRST),
        ArgumentError, "'date' of laboratory does not hold local days",
    ),
    "a stratum that is missing": (
        lambda: oc.incidence(UNDATED, HOURS.assign(arm="x", site=["s", None]), arm="arm", strata="site"),
        DataError, "1 row without site.*row 2",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", REFUSED)
def test_what_cannot_be_is_refused_with_its_row(name: str) -> None:
    call, error, words = REFUSED[name]
    with pytest.raises(error, match=words):
        call()


def grades(*rows: tuple[str, float | None, float | None, str | None], **more: object) -> list[object]:
    graded = oc.lab_grades(lab(*rows, **more), FIRST)  # type: ignore[arg-type]
    return [None if pd.isna(one) else int(one) for one in graded["grade"]]


COUNTED: dict[str, tuple[list[object], list[object]]] = {
    # values and what is known of their grades, by hand
    "below detection, within the normal range": (
        grades(NORMAL, ("2026-01-20", 5.0, 40.0, "U/L"), qualifier=[None, "below"]), [0, 0],
    ),
    "below a detection limit above normal": (
        grades(NORMAL, ("2026-01-20", 60.0, 40.0, "U/L"), qualifier=[None, "below"]), [0, None],
    ),
    "no limit": (grades(NORMAL, ("2026-01-20", 900.0, None, "U/L")), [0, None]),
    "no limit at baseline": (
        grades(("2026-01-05", 30.0, None, "U/L"), ("2026-01-20", 130.0, 40.0, "U/L")), [None, 2],
    ),
    "no value": (grades(NORMAL, ("2026-01-20", None, 40.0, "U/L")), [0, None]),
    # 0.9 mg/dL of 1.2 is normal, 2.4 is twice the limit and 2.67 times the baseline of 90 of 120 umol/L
    "units mixed": (
        grades(("2026-01-05", 90.0, 120.0, "umol/L"), ("2026-01-20", 0.9, 1.2, "mg/dL"),
               ("2026-01-25", 2.4, 1.2, "mg/dL"), test="creatinine"), [0, 0, 2],
    ),
    "units mixed and not named": (
        grades(("2026-01-05", 90.0, 120.0, None), ("2026-01-20", 2.4, 1.2, None), test="creatinine"), [0, 2],
    ),
    "three times the baseline, named in capitals": (
        grades(("2026-01-05", 60.0, 120.0, "umol/L"), ("2026-01-20", 181.0, 120.0, "umol/L"),
               test=" Creatinine"), [0, 3],
    ),
    "a test that CTCAE's list here has not": (
        grades(("2026-01-20", 1.0, 40.0, "U/L"), test="lipase", qualifier="below"), [None],
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", COUNTED)
def test_what_is_not_known_of_a_value_is_no_grade(name: str) -> None:
    found, right = COUNTED[name]
    assert found == right


def test_values_without_a_limit_are_counted_in_a_note() -> None:
    graded = oc.lab_grades(lab(NORMAL, ("2026-01-20", 900.0, None, "U/L")), FIRST)
    for result in (oc.liver_signals(graded), oc.lab_shift(graded)):
        assert "1 value on treatment has no upper limit of normal: in no row" in result.notes
    assert oc.liver_signals(graded)["N"].tolist()[0] == 0


@pytest.mark.parametrize("session", ["s1+s2", "s2", "s1, s1", "S1"])
def test_an_event_with_two_sessions_or_another_patients_is_kept_and_placed_by_its_time(
    tmp_path: Path, session: str
) -> None:
    head = "patient_id,session_id,term,onset,resolved,grade,outcome\n"
    study = study_of(tmp_path, adverse_events=head + f'01,"{session}",nausea,2026-01-20T10:00+01:00,,1,\n')
    assert ("adverse_events", 1, "session_id", "unknown_session", "warning") in rules_found(study)
    event = oc.emergent(study).iloc[0]
    assert (event["session_id"], event["session_source"]) == ("s1", "unknown")
    counted = oc.incidence(oc.emergent(study), study.sessions, unit="session").to_frame().iloc[0]
    assert (counted["n"], counted["N"], counted["events"]) == (1, 2, 1)


def test_follow_up_that_ends_before_the_first_session_gives_no_time_at_risk() -> None:
    """The rate counts b's 31 days alone; the event of a has no time to be in, and is refused."""
    people = spans(("a", "2026-01-05", "2026-01-05"), ("b", "2026-01-05", "2026-02-05"))
    row = oc.rates(EVENTS.iloc[:0], people, unit="days").to_frame().iloc[0]
    assert (row["events"], row["exposure"]) == (0, 31)
    with pytest.raises(DataError, match="1 event begins before the follow-up"):
        oc.first_events(EVENTS, people)


def test_a_stratum_of_one_patient_gives_no_weight_and_no_error() -> None:
    """Site s: 5 of 10 against 2 of 10; site t has one patient: the difference is that of s alone."""
    arm = ["x"] * 10 + ["y"] * 10 + ["x"]
    people = pd.DataFrame({"patient_id": range(21), "arm": arm, "site": ["s"] * 20 + ["t"]})
    events = pd.DataFrame({"patient_id": [0, 1, 2, 3, 4, 10, 11, 20], "term": "rash"})
    both = oc.compare_arms(
        oc.incidence(events, people, by="term", arm="arm", strata="site"), reference="y"
    ).to_frame()
    row = both.iloc[0]
    assert row["estimate"] == pytest.approx(0.3)
    assert np.isfinite([row["lower"], row["upper"]]).all()
