"""Which events belong to a session, who is at risk, and until when: one definition behind every number."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import outcomes as oc
from outcomes.derive.emergent import emergent_events
from outcomes.errors import ArgumentError, DataError
from outcomes.models.harm.tables import overview, safety_data
from outcomes.page import event_results
from outcomes.page.material import Material
from outcomes.plots.describe import describe
from outcomes.plots.event_heat_map import event_heat_map
from shared import shared

CASE = ("cases", "event_during_ward_infusion", "study.toml")


@pytest.fixture(scope="module")
def ward() -> oc.Study:
    """Ward infusions of 108 h; three serious grade 4 events 40 h after line in stop the infusion."""
    return oc.read_study(shared(*CASE))


@pytest.mark.reference
def test_an_event_that_stops_a_ward_infusion_belongs_to_its_session(ward) -> None:
    events = oc.emergent(ward)
    assert events["timing"].tolist() == ["during"] * 3
    assert events["hours_since_start"].tolist() == [40.0] * 3
    assert events["hours_since_end"].tolist() == [-68.0] * 3
    for counted in (
        oc.incidence(events, ward.sessions, unit="session", where="serious").to_frame().iloc[0],
        overview(safety_data(events, ward.sessions[["patient_id"]], sessions=ward.sessions))
        .to_frame()
        .query("unit == 'session' and term == 'serious'")
        .iloc[0],
    ):
        assert counted[["n", "N"]].tolist() == [3, 10]
    assert oc.rates(events, ward.sessions, unit="sessions")["events"].tolist() == [3]


@pytest.mark.reference
def test_grade_3_is_the_same_number_in_table_picture_and_signal(ward) -> None:
    material = Material(ward)
    table = material.safety["overview"].to_frame().query("unit == 'session' and term == 'grade 3+'")
    assert table["n"].tolist() == [3]
    drawn = describe(event_heat_map(oc.emergent(ward), sessions=oc.exposure(ward)))
    assert "3 with grade 4 as the worst" in drawn
    assert event_results.first_session_looks(material).to_frame()["n"].iloc[-1] == 3


def moments(*texts: str | None) -> pd.Series:
    return pd.Series(pd.to_datetime(list(texts), utc=True, format="ISO8601")).astype("datetime64[us, UTC]")


def events_at(*onsets: str | None, **more: object) -> pd.DataFrame:
    rows = pd.DataFrame({"patient_id": "a", "term": "nausea", "onset": moments(*onsets)})
    return rows.assign(resolved=moments(*[None] * len(rows))).assign(**more)


@pytest.fixture
def sessions() -> pd.DataFrame:
    return pd.DataFrame(
        {
            "patient_id": ["a"],
            "session_id": ["1"],
            "start": moments("2026-03-02T09:00Z"),
            "end": moments("2026-03-04T09:00Z"),
        }
    )


def test_a_session_lasts_until_24_hours_after_line_out(sessions) -> None:
    onsets = ("2026-03-02T09:00Z", "2026-03-04T09:00Z", "2026-03-05T09:00Z", "2026-03-05T09:00:01Z")
    found = emergent_events(events_at(*onsets), sessions)
    assert found["in_session"].tolist() == [True, True, True, False]
    assert found["timing"].tolist() == ["during", "during", "after", "after"]
    assert found["window"].tolist() == ["<=24h", "<=24h", "<=24h", "<=7d"]
    longer = emergent_events(events_at(*onsets), sessions, window_h=48)
    assert longer["in_session"].all()


def test_without_an_end_the_hours_count_from_the_start_and_a_note_says_so(sessions) -> None:
    sessions["end"] = moments(None)
    found = emergent_events(events_at("2026-03-03T09:00Z", "2026-03-03T09:01Z"), sessions)
    assert found["in_session"].tolist() == [True, False]
    assert found["timing"].isna().all()
    assert found["hours_since_end"].isna().all()
    notes = overview(safety_data(found, sessions[["patient_id"]], sessions=sessions)).notes
    assert "1 session has no recorded end: there the hours are counted from the start" in notes


@pytest.mark.parametrize(
    ("day", "in_session", "timing"),
    [
        ("2026-03-03T00:00Z", True, "during"),  # the whole day lies within the infusion
        ("2026-03-04T00:00Z", True, None),  # line out is in the middle of the day
        ("2026-03-05T00:00Z", True, "after"),
        ("2026-03-06T00:00Z", False, "after"),
    ],
)
def test_a_date_alone_belongs_to_a_session_when_it_can(sessions, day, in_session, timing) -> None:
    row = emergent_events(events_at(day, onset_precision="day"), sessions).iloc[0]
    assert row["in_session"] == in_session
    assert (None if pd.isna(row["timing"]) else row["timing"]) == timing


@pytest.mark.parametrize(
    ("onset", "precision"), [(None, "time"), ("2026-03-02T00:00Z", "day"), ("2026-01-01T00:00Z", "time")]
)
def test_what_had_ended_before_the_first_infusion_is_not_emergent(sessions, onset, precision) -> None:
    rows = events_at(onset, onset_precision=precision, session_id="1")
    rows["resolved"] = moments("2026-03-02T08:59Z")
    row = emergent_events(rows, sessions).iloc[0]
    assert (row["emergent"], row["in_session"]) == (False, False)
    assert pd.isna(row["session_id"])
    rows["resolved"] = moments("2026-03-02T09:00Z")
    assert emergent_events(rows, sessions)["emergent"].iloc[0] == (onset != "2026-01-01T00:00Z")


def test_an_event_that_ended_before_a_later_session_of_its_day_belongs_to_the_earlier_one() -> None:
    sessions = pd.DataFrame(
        {
            "patient_id": "a",
            "session_id": ["1", "2"],
            "start": moments("2026-03-02T08:00Z", "2026-03-02T16:00Z"),
            "end": moments("2026-03-02T09:00Z", "2026-03-02T17:00Z"),
        }
    )
    rows = events_at("2026-03-02T00:00Z", onset_precision="day").assign(resolved=moments("2026-03-02T12:00Z"))
    assert emergent_events(rows, sessions)["session_id"].tolist() == ["1"]


def numbered() -> pd.DataFrame:
    """Return two patients with sessions numbered 1, 2 within each: at the clinic, then at home."""
    return pd.DataFrame(
        {
            "patient_id": ["a", "a", "b", "b"],
            "session_id": [1, 2, 1, 2],
            "setting": ["clinic", "home"] * 2,
            "hours": [1.0] * 4,
        }
    )


def test_a_session_is_found_by_its_patient_and_its_number() -> None:
    """One event in the clinic and one at home, each of two patients with two sessions of one hour."""
    events = pd.DataFrame({"patient_id": ["a", "b"], "session_id": [1, 2]})
    rows = oc.rates(events, numbered(), arm="setting", unit="hours").to_frame().set_index("setting")
    assert rows["rate"].to_dict() == {"clinic": 50.0, "home": 50.0}
    assert rows["events"].to_dict() == {"clinic": 1, "home": 1}
    found = oc.incidence(events, numbered(), arm="setting", unit="session").to_frame().set_index("setting")
    assert found[["n", "N"]].to_numpy().tolist() == [[1, 2], [1, 2]]
    assert oc.incidence(events, numbered(), unit="session")["N"].tolist() == [4]
    with pytest.raises(DataError, match="1 event of a session that is not at risk"):
        oc.incidence(events.assign(session_id=[1, 3]), numbered(), unit="session")


def test_every_function_finds_sessions_by_patient_and_number() -> None:
    events = pd.DataFrame({"patient_id": ["a", "b", "b"], "session_id": [1, 2, 2], "grade": [1, 2, 3]})
    sessions = numbered().assign(
        session_number=[1, 2, 1, 2],
        dose_mg=[10.0, 20.0, 30.0, 40.0],
        start=moments(*["2026-03-02T09:00Z"] * 4),
    )
    doses = oc.dose_events(events, sessions, dose="dose_mg", groups=4).to_frame()
    assert doses["n"].tolist() == [1, 0, 0, 1]
    per_hour = oc.dose_events(events, sessions, dose="dose_mg", groups=4, measure="rate").to_frame()
    assert per_hour["events"].tolist() == [1, 0, 0, 2]
    drawn = describe(event_heat_map(events, sessions=sessions))
    assert "1 with grade 1 as the worst, 1 with grade 3 as the worst" in drawn
    assert "Of the first sessions 1 of 2 (50%), of later sessions 1 of 2 (50%)" in drawn
    odds = oc.event_sessions(events, sessions, covariates="dose_mg")
    assert odds["n"].tolist() == [2, 2]
    assert oc.event_counts(events, sessions)["events"].tolist() == [3]
    data = safety_data(events, sessions[["patient_id"]], sessions=sessions)
    table = overview(data).to_frame()
    assert table.query("unit == 'session' and term == 'any'")[["n", "N", "events"]].to_numpy().tolist() == [
        [2, 4, 3]
    ]


def test_the_session_that_the_source_names_is_one_of_the_same_patient() -> None:
    sessions = numbered().assign(
        start=moments("2026-03-02T09:00Z", "2026-03-09T09:00Z", "2026-03-03T09:00Z", "2026-03-10T09:00Z")
    )
    rows = events_at("2026-03-10T10:00Z", session_id=1).assign(patient_id="b")
    found = emergent_events(rows, sessions).iloc[0]
    assert (found["session_id"], found["session_source"], found["hours_since_start"]) == (
        1,
        "reported",
        169.0,
    )


NAIVE, ZONED = pd.to_datetime(["2026-03-01"]), pd.to_datetime(["2026-03-01"]).tz_localize("Europe/Berlin")
LATER = pd.Timedelta(days=10)


@pytest.mark.parametrize(
    "call",
    [
        lambda e, n, z: oc.rates(
            e.assign(onset=n), pd.DataFrame({"patient_id": ["a"], "start": z, "end": z + LATER})
        ),
        lambda e, n, z: oc.rates(e, pd.DataFrame({"patient_id": ["a"], "start": n, "end": z + LATER})),
        lambda e, n, z: oc.rates(
            e.assign(onset=n), pd.DataFrame({"patient_id": ["a"], "start": z, "end": z + LATER}), kind="eair"
        ),
        lambda e, n, z: oc.first_events(
            e.assign(onset=n), pd.DataFrame({"patient_id": ["a"], "start": z, "end": z + LATER})
        ),
        lambda e, n, z: oc.first_events(
            e.assign(onset=n + LATER), pd.DataFrame({"patient_id": ["a"], "start": n, "end": z + LATER})
        ),
        lambda e, n, z: oc.at_risk(
            pd.DataFrame({"patient_id": ["a"], "start": n, "end": n.where([False])}),
            cutoff=(z + LATER)[0],
        ),
    ],
)  # fmt: skip
@pytest.mark.parametrize("swapped", [False, True])
def test_times_with_and_without_a_zone_never_meet(call, swapped) -> None:
    pair = (ZONED, NAIVE) if swapped else (NAIVE, ZONED)
    with pytest.raises(ArgumentError, match=r"has a time zone and .* has none"):
        call(pd.DataFrame({"patient_id": ["a"]}), *pair)


def test_the_kind_of_a_result_is_what_it_says_not_the_names_of_its_columns() -> None:
    """A column of the user that is called exposure does not make a proportion a rate."""
    patients = pd.DataFrame({"patient_id": range(40), "arm": ["x", "y"] * 20})
    some = [*patients.query("arm == 'x'")["patient_id"][:10], *patients.query("arm == 'y'")["patient_id"][:8]]
    events = pd.DataFrame({"patient_id": some, "exposure": "low"})
    counted = oc.incidence(events, patients, by="exposure", arm="arm")
    row = oc.compare_arms(counted, reference="y").to_frame().iloc[0]
    assert row["estimate"] == pytest.approx(0.1)
    assert (row["contrast"], row["exposure"], row["n"], row["n_reference"]) == ("x - y", "low", 10, 8)
    with pytest.raises(ArgumentError, match="measure"):
        oc.compare_arms(counted, reference="y", measure="rate_ratio")
    with pytest.raises(ArgumentError, match="the result does not count events"):
        oc.compare_arms(oc.Estimates(counted.to_frame(), "t", "m", meta={"arm": "arm"}), reference="y")


@pytest.mark.parametrize("name", ["status", "missing", "percent", "contrast", "estimate", "N", "n", "lower"])
def test_a_name_that_the_result_needs_is_refused_everywhere(name) -> None:
    patients = pd.DataFrame({"patient_id": ["a", "b"], name: ["x", "y"], "hours": 1.0})
    events = pd.DataFrame({"patient_id": ["a"], name: ["x"], "session_id": 1})
    timed = patients.assign(**({"time": 1.0, "status": "event"} | {name: patients[name]}))
    for call in (
        lambda: oc.incidence(events, patients, by=name),
        lambda: oc.incidence(events, patients, arm=name),
        lambda: oc.rates(events, patients, by=name),
        lambda: oc.rates(events, patients, arm=name),
        lambda: oc.safety_data(events, patients, arm=name),
        lambda: oc.cumulative_incidence(timed, arm=name),
    ):
        with pytest.raises(ArgumentError, match="two meanings"):
            call()


def test_follow_up_ends_with_the_last_contact_unless_the_study_says_otherwise() -> None:
    study = oc.load_example()
    found = oc.follow_up(study).set_index("patient_id")
    zone = study.timezone
    for patient in found.index[:10]:
        days = [study.diary.loc[study.diary["patient_id"] == patient, "date"].max()]
        own = study.sessions[study.sessions["patient_id"] == patient]
        days.append(
            own["end"].fillna(own["start"]).dt.tz_convert(zone).dt.tz_localize(None).max().normalize()
        )
        days.append(study.assessments.loc[study.assessments["patient_id"] == patient, "date"].max())
        onset = study.adverse_events.loc[study.adverse_events["patient_id"] == patient, "onset"]
        days.append(onset.dt.tz_convert(zone).dt.tz_localize(None).max().normalize())
        assert found.loc[patient, "last_day"] == max(day for day in days if pd.notna(day))
        first = own["start"].min().tz_convert(zone)
        assert found.loc[patient, "start"] == first.normalize()
        over = found.loc[patient, "last_day"] + pd.Timedelta(days=1)
        assert found.loc[patient, "end"] == over.tz_localize(zone)
    assert set(found["ended_by"]) == {"last_contact"}, "the planted death is none: the diary goes on"
    declared = oc.follow_up(study.with_rules(follow_up="cutoff"))
    assert set(declared["last_day"]) == {pd.Timestamp("2026-05-31")}
    assert set(declared["ended_by"]) == {"cutoff"}


def test_person_time_ends_with_the_last_contact() -> None:
    """100 patients with one event on day 0 who are seen for a day: 100 events in 100 days, not in a year."""
    day = pd.Timestamp("2026-01-05")
    people = [f"p{i}" for i in range(100)]
    study = oc.Study(
        diary=pd.DataFrame({"patient_id": people, "date": "2026-01-05", "headache": "yes"}),
        sessions=pd.DataFrame(
            {
                "session_id": people,
                "patient_id": people,
                "start": "2026-01-05T09:00",
                "end": "2026-01-05T11:00",
            }
        ),
        adverse_events=pd.DataFrame(
            {"patient_id": people, "term": "nausea", "onset": "2026-01-05T10:00", "grade": 1}
        ),
        timezone="Europe/Berlin",
        cutoff="2026-12-31",
    )
    follow = oc.follow_up(study)
    row = oc.rates(oc.emergent(study), follow, unit="days", per=1).to_frame().iloc[0]
    assert (row["events"], row["exposure"], row["rate"]) == (100, pytest.approx(100.0), pytest.approx(1.0))
    assert (follow["last_day"] == day).all()
    late = oc.emergent(study)
    late["onset"] = late["onset"].where(late.index > 0, late["onset"] + pd.Timedelta(days=3))
    apart = oc.rates(late, follow, unit="days")
    assert apart["events"].tolist() == [99]
    assert apart.meta["events_after_follow_up"] == 1
    assert "1 event began after the patient's follow-up: counted separately" in apart.notes


def test_day_0_holds_the_events_of_day_0() -> None:
    material = Material(oc.load_example())
    found = event_results.curves(material).at_days.to_frame()
    row = found[(found["kind"] == "any event") & (found["time"] == 0)].iloc[0]
    events, sessions = material.emergent_events, material.study.sessions
    zone = material.study.timezone
    first = sessions.groupby("patient_id")["start"].min().dt.tz_convert(zone).dt.date
    local = events["onset"].dt.tz_convert(zone).dt.date
    same = events.loc[(local == events["patient_id"].map(first)).to_numpy(), "patient_id"].nunique()
    assert (row["n"], row["N"]) == (same, len(material.treated))
    assert same > 20


def test_a_group_without_a_session_has_the_limits_of_its_clusters() -> None:
    """0 of 233 sessions of 60 patients is not 0 of 233 independent ones."""
    material = Material(oc.load_example())
    found = material.session_events_by("group").to_frame()
    none = found[found["n"] == 0]
    sessions = material.study.sessions.groupby("patient_id").size().to_numpy()
    effective = sessions.sum() ** 2 / (sessions**2).sum()
    upper = 100 * (1 - 0.025 ** (1 / effective))
    assert len(none)
    np.testing.assert_allclose(none["upper_cluster"], upper, rtol=1e-9)
