"""Dates of events of which only the month or the year is known: the event stays, and nothing is guessed."""

from __future__ import annotations

import pandas as pd
import pytest

import outcomes as oc

SESSION = {"session_id": "s1", "patient_id": "a", "start": "2026-03-02T09:00", "end": "2026-03-02T10:00"}
DIARY = {"patient_id": "a", "date": "2026-03-03", "headache": "no"}


def study_of(onset, resolved="", reading=None, **more):
    event = {
        "patient_id": "a",
        "term": "nausea",
        "serious": "yes",
        "onset": onset,
        "resolved": resolved,
        **more,
    }
    tables = {"diary": DIARY, "sessions": SESSION, "adverse_events": event}
    frames = {name: pd.DataFrame([row]) for name, row in tables.items()}
    conventions = {"adverse_events": reading} if reading else None
    return oc.Study(**frames, reading=conventions, timezone="Europe/Berlin")


@pytest.mark.parametrize(
    ("onset", "precision", "local"),
    [
        ("2026", "year", "2026-01-01"),
        ("2026-UN", "year", "2026-01-01"),
        ("2026-UN-UN", "year", "2026-01-01"),
        ("2026-UNK-05", "year", "2026-01-01"),  # a day without its month tells the year alone
        ("2026---05", "year", "2026-01-01"),  # the same as ISO 8601 in SDTM writes it
        ("2026-03", "month", "2026-03-01"),
        ("2026-03-UN", "month", "2026-03-01"),
        ("2026-03-unk", "month", "2026-03-01"),
        ("2026-03-05", "day", None),
        ("2026-03-05T10:00", "time", None),
        ("UN", None, None),
        ("un-unk-un", None, None),
        ("unknown", None, None),
        ("", None, None),
        ("2026-13", None, None),
        ("last spring", None, None),
    ],
)
def test_whatever_is_known_of_the_onset_the_event_stays(onset, precision, local):
    (event,) = study_of(onset).adverse_events.to_dict("records")
    shown = event["onset_precision"]
    assert (None if pd.isna(shown) else shown) == precision
    assert pd.notna(event["onset"]) == (precision in ("day", "time"))
    first = event["onset_from"]
    assert (None if pd.isna(first) else str(first.tz_convert("Europe/Berlin"))[:16]) == (
        f"{local} 00:00" if local else None
    )


@pytest.mark.parametrize(
    ("date_format", "onset", "precision"),
    [
        ("%d.%m.%Y", "UN.03.2026", "month"),
        ("%d.%m.%Y", "03.2026", "month"),
        ("%d.%m.%Y", "UN.UN.2026", "year"),
        ("%d.%m.%Y", "2026", "year"),
        ("%d-%b-%Y", "UN-MAR-2026", "month"),
        ("%m/%d/%Y", "03/UN/2026", "month"),
        ("%m/%d/%Y", "UN/03/2026", None),  # the day is known, the month is not: no March is made of it
        ("%d.%m.%Y", "UN.13.2026", None),
    ],
)
def test_a_part_that_is_not_known_stands_where_the_declared_format_has_it(date_format, onset, precision):
    study = study_of(onset, reading={"date_format": date_format})
    (event,) = study.adverse_events.to_dict("records")
    assert (None if pd.isna(event["onset_precision"]) else event["onset_precision"]) == precision
    if precision == "month":
        assert str(event["onset_from"].tz_convert("Europe/Berlin"))[:10] == "2026-03-01"


@pytest.mark.parametrize(
    ("onset", "resolved", "emergent"),
    [
        ("2026", "", True),
        ("2025", "", False),
        ("2026-02", "", False),
        ("2026-03", "", True),
        ("2026-03", "2026-03-01", False),  # over before the first infusion
        ("2026-03", "2026-03", True),
        ("2026-03", "2026-03-02", True),
        ("2026-04", "", True),
        ("UN", "2026-02", False),
        ("UN", "UN", True),
    ],
)
def test_an_event_is_emergent_when_what_is_known_allows_it(onset, resolved, emergent):
    (event,) = oc.emergent(study_of(onset, resolved)).to_dict("records")
    assert event["emergent"] is emergent
    assert pd.isna(event["session_id"])
    assert not event["in_session"]
    assert pd.isna(event["hours_since_start"])
    assert pd.isna(event["window"])


def test_a_month_belongs_to_the_session_whose_window_holds_all_of_it():
    frames = {
        "diary": DIARY | {"date": "2026-04-03"},
        "sessions": SESSION | {"start": "2026-03-31T23:00", "end": "2026-04-01T00:00"},
        "adverse_events": {"patient_id": "a", "term": "nausea", "onset": "2026-04"},
    }
    for hours, session in ((29 * 24, None), (30 * 24, "s1")):
        study = oc.Study(
            **{name: pd.DataFrame([row]) for name, row in frames.items()},
            timezone="UTC", rules={"related_window_h": hours},
        )  # fmt: skip
        (event,) = oc.emergent(study).to_dict("records")
        assert (None if pd.isna(event["session_id"]) else event["session_id"]) == session
        assert event["in_session"] is (session is not None)


@pytest.mark.parametrize(("onset", "inside"), [("2026-03", True), ("2026-04", False)])
def test_a_session_that_the_source_names_is_kept_where_the_month_allows_it(onset, inside):
    (event,) = oc.emergent(study_of(onset, session_id="s1")).to_dict("records")
    assert (event["session_id"], event["session_source"], event["in_session"]) == ("s1", "reported", inside)


def test_what_it_costs_is_said_and_no_event_of_the_same_month_is_taken_for_a_duplicate():
    rows = [{"patient_id": "a", "term": "nausea", "grade": 1, "onset": "2026-03", "resolved": "UN"}] * 2
    study = oc.Study(
        diary=pd.DataFrame([DIARY]), sessions=pd.DataFrame([SESSION]), adverse_events=pd.DataFrame(rows)
    )
    assert len(study.adverse_events) == 2
    found = study.findings[["row", "column", "rule", "severity"]].to_numpy().tolist()
    assert sorted(found) == [
        [row, *what]
        for row in (1, 2)
        for what in (["onset", "partial_date", "warning"], ["resolved", "unknown_date", "warning"])
    ]
    cells = study.cells.set_index(["table", "column"]).loc[("adverse_events", "onset")]
    assert cells[["given", "used", "blanked"]].tolist() == [2, 2, 0]


@pytest.mark.parametrize(("cutoff", "kept"), [("2026-03-15", 1), ("2026-03-01", 1), ("2026-02-28", 0)])
def test_a_month_is_after_the_cut_off_only_when_all_of_it_is(cutoff, kept):
    frames = {
        "diary": DIARY | {"date": "2026-02-01"},
        "sessions": SESSION | {"start": "2026-02-02T09:00", "end": "2026-02-02T10:00"},
        "adverse_events": {"patient_id": "a", "term": "rash", "onset": "2026-03"},
    }
    study = oc.Study(**{name: pd.DataFrame([row]) for name, row in frames.items()}, cutoff=cutoff)
    assert len(study.adverse_events) == kept


def test_a_typed_onset_with_a_declared_precision_is_taken_for_no_more_than_that():
    study = study_of(pd.Timestamp("2026-03-20 12:00", tz="UTC"), onset_precision="month")
    (event,) = oc.emergent(study).to_dict("records")
    assert pd.isna(event["onset"])
    assert event["emergent"]
    assert pd.isna(event["session_id"])


@pytest.mark.parametrize("resolved", ["2026", "2026-12"])
def test_a_death_in_a_year_or_month_does_not_lengthen_the_follow_up(resolved):
    study = study_of("2026-03-20", resolved, outcome="fatal")
    (row,) = oc.follow_up(study).to_dict("records")
    assert (row["last_day"], row["ended_by"]) == (pd.Timestamp("2026-03-20"), "death")
