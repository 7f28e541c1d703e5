"""The section on harm: each part on the example, the listing for the clinic alone, arms."""

from __future__ import annotations

import pandas as pd
import pytest

import outcomes as oc
from outcomes.page import event_results as results
from outcomes.page.blocks import Drawing, TableBlock, Words
from outcomes.page.material import Material
from outcomes.page.sections.adverse_events import adverse_events
from outcomes.page.sections.event_details import event_details, serious_count, serious_listing
from outcomes.page.sections.in_short import in_short
from outcomes.page.view import Clinic
from studies import study_of


@pytest.fixture(scope="module")
def blocks(material) -> list:
    return adverse_events(Clinic(material)).blocks


def test_every_part_is_made_on_the_example(blocks) -> None:
    names = {block.table.name for block in blocks if isinstance(block, TableBlock)}
    assert names == {"events", "rates", "vital-signs", "session-signs", "signs-looked-at"}
    assert sum(isinstance(block, Drawing) for block in blocks) == 5
    said = [block.text for block in blocks if isinstance(block, Words)]
    assert not [text for text in said if "no result" in text]


def test_a_patient_without_an_end_is_a_line_of_rates(blocks) -> None:
    tables = {block.table.name: block.table for block in blocks if isinstance(block, TableBlock)}
    assert [line for line in tables["rates"].lines() if "unknown" in line.texts[0]]


def test_serious_events_are_counted_in_the_section_and_listed_in_local_time_in_the_appendix(material) -> None:
    listing = material.safety["serious_listing"].to_frame()
    counted = serious_count(material).text
    serious = listing[listing["serious"].fillna(False)]
    assert counted.startswith(f"{len(serious)} serious events")
    assert "--patients" in counted
    assert not [who for who in listing["patient_id"] if who in counted]
    (shown,) = serious_listing(material)
    assert len(shown.table.lines()) == len(listing)
    zone = material.study.timezone
    local = listing["onset"].dt.tz_convert(zone).dt.strftime("%Y-%m-%d %H:%M")
    assert shown.table.texts()["onset"] == local.fillna("\N{EN DASH}").tolist()
    assert listing["onset"].dt.tz_convert("UTC").dt.strftime("%H:%M").tolist() != local.str[11:].tolist(), (
        "the zone has an offset"
    )
    assert zone in shown.table.notes[-1]


def test_events_that_were_not_asked_about_are_not_called_not_serious(material) -> None:
    study = material.study
    unasked = Material(study)
    unasked.__dict__["emergent_events"] = material.emergent_events.assign(serious=pd.NA).astype(
        {"serious": "boolean"}
    )
    assert serious_count(unasked).text == "Whether events were serious was not recorded."


@pytest.mark.parametrize("hours", [2.0, 24.0, 72.0])
def test_every_table_of_sessions_uses_the_window_of_the_rules(material, hours) -> None:
    study = material.study
    other = Material(study.with_rules(related_window_h=hours))
    overview = other.safety["overview"].to_frame().query("unit == 'session' and term == 'any'").iloc[0]
    counted = other.session_events_by().to_frame().iloc[0]
    assert overview[["n", "N", "events"]].tolist() == counted[["n", "N", "events"]].tolist()
    worst = other.safety["by_worst_grade"].to_frame().query("unit == 'session' and group == 'any'")
    assert worst["n"].sum() == counted["n"]
    assert "from line in until the infusion-related hours after line out" in " ".join(
        other.safety["overview"].notes
    )


def test_a_death_is_named_on_the_first_screen(material) -> None:
    (figures,) = (block for block in in_short(Clinic(material)).blocks if hasattr(block, "figures"))
    (detail,) = (figure.detail for figure in figures.figures if "serious event" in figure.detail)
    assert "serious event: 4 (not recorded for every event); with a fatal one: 1;" in detail
    assert detail.endswith("coding to be checked: 3 events")


def test_first_events_count_each_patient_once_and_place_no_event_after_death(material) -> None:
    found = results.curves(material)
    at_start = found.at_days.to_frame().groupby("kind")["N"].max()
    assert at_start.tolist() == [len(material.treated)] * 2
    assert found.steps.meta["N"] == len(material.treated)
    assert found.after_death == 0  # the planted death is none: the patient's diary goes on


def test_looks_end_with_all_patients_and_signal_only_above_what_was_expected(material) -> None:
    looks = results.first_session_looks(material)
    assert looks["N"].iloc[-1] == len(material.treated)
    assert looks.meta["reference"] == 0.125
    certain = Material(oc.load_example().with_rules(signal_percent=0.1))
    assert results.first_session_looks(certain).meta["first_signal"] is not None


def test_arms_are_compared_with_placebo_where_there_are_any(material) -> None:
    assert results.arms(material) is None
    patients = material.treated.assign(arm=["ketamine", "placebo"] * (len(material.treated) // 2))
    found = results.comparison(material, patients)
    assert set(found["contrast"]) == {"ketamine - placebo"}
    assert isinstance(found.to_frame(), pd.DataFrame)
    assert found["N"].iloc[0] + found["N_reference"].iloc[0] == len(patients)


def test_a_diary_that_ends_before_the_first_infusion_is_no_end_of_observation(tmp_path) -> None:
    """The infusions themselves show that their patients were still observed."""
    material = Material(study_of(tmp_path))
    people = results.observed(material)
    assert set(people["patient_id"]) == set(material.study.sessions["patient_id"])
    assert (
        people["end"]
        >= people["patient_id"].map(material.study.sessions.groupby("patient_id")["start"].max())
    ).all()
    assert results.curves(material).at_days.frame["N"].notna().all()


def test_a_patient_whose_window_lasts_beyond_the_data_is_not_yet_without_event(material) -> None:
    study = material.study
    first = study.sessions.groupby("patient_id")["start"].min().sort_values()
    day = first.iloc[30].tz_convert(study.timezone).date().isoformat()
    early = Material(study.as_of(day))
    begun = early.study.sessions.sort_values("start").drop_duplicates("patient_id").set_index("patient_id")
    begun = begun["end"].fillna(begun["start"])
    over = pd.Timestamp(day).tz_localize(study.timezone) + pd.Timedelta(days=1)
    passed = begun + pd.Timedelta(hours=study.rules.related_window_h) <= over
    looks = results.first_session_looks(early)
    assert 0 < looks.meta["waiting"] == (~passed).sum()
    assert looks["N"].iloc[-1] == passed.sum()
    assert looks.meta["reference"] == 0.125
    captions = [block.caption for block in event_details(early) if isinstance(block, Drawing)]
    assert any("before the end of the data" in caption for caption in captions)


def test_laboratory_values_have_a_part_where_they_were_handed_in(material) -> None:
    assert not results.laboratory(material).size, "the example has none, and the page says nothing"
    values = [
        ("a", "alt", 150, 40),
        ("a", "bilirubin", 50, 20),
        ("b", "alt", 30, 40),
        ("b", "bilirubin", 8, 20),
    ]
    lab = pd.DataFrame(values, columns=["patient_id", "test", "value", "upper_limit"])
    study = oc.Study(
        diary=pd.DataFrame({"patient_id": ["a", "b"], "date": "2026-01-01", "headache": "no"}),
        sessions=pd.DataFrame(
            {
                "session_id": ["s", "t"],
                "patient_id": ["a", "b"],
                "start": "2026-01-10 09:00",
                "end": "2026-01-10 12:00",
            }
        ),
        adverse_events=pd.DataFrame(
            {"event_id": ["e"], "patient_id": ["a"], "term": ["nausea"], "onset": ["2026-01-10 10:00"]}
        ),
        laboratory=lab.assign(date="2026-01-20", unit="U/L"),
    )
    shown = adverse_events(Clinic(Material(study))).blocks
    (table,) = [b.table for b in shown if isinstance(b, TableBlock) and b.table.name == "liver-signals"]
    assert table.texts()["n"] == ["1/2", "0/2", "0/2", "0/2", "1/2", "1/2"]
    assert sum("Hy's law" in b.caption for b in shown if isinstance(b, Drawing)) == 1
