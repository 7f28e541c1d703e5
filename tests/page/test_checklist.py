"""Reporting checklists: every item is there, numbers as counted, what nobody knows is missing."""

import io
import re

import pandas as pd
import pytest

import outcomes as oc
from outcomes.cli import main
from outcomes.errors import ArgumentError
from outcomes.page.checklist.checklist import MISSING
from outcomes.page.sections import SECTIONS
from shared import shared
from studies import ALL, write_study

#: Items of STROBE for cohort studies (von Elm and others 2007, table 1).
LETTERS = {1: "ab", 6: "ab", 12: "abcde", 13: "abc", 14: "abc", 16: "abc"}
STROBE = [f"{number}{letter}" for number in range(1, 23) for letter in LETTERS.get(number, [""])]
#: What the guideline's abstract asks of a registry (Schwedt and others 2022): aims, 4 methods, ethics,
#: plans, questionnaires, reported outcomes, common elements, records, linked data, diagnoses.
REGISTRY_ITEMS = 13


@pytest.fixture(scope="module")
def study() -> oc.Study:
    return oc.simulate(12, seed=2, months=1).study


@pytest.fixture(scope="module")
def strobe(study) -> pd.DataFrame:
    return oc.checklist(study).set_index("item")


def test_every_item_of_strobe_is_there_in_order(strobe) -> None:
    assert strobe.index.tolist() == STROBE
    asked = pd.read_csv(shared("facts", "d_checklist.csv"))["asked_by"]
    named = set(re.findall(r"STROBE (\d+[a-e]?)", " ".join(asked)))
    assert len(named) >= 14
    assert all(any(item.startswith(name) for item in STROBE) for name in named)


def test_the_registry_guideline_has_its_items(study) -> None:
    found = oc.checklist(study, "ihs-registry")
    assert len(found) == REGISTRY_ITEMS
    assert found.loc[found["asks"].str.contains("ethics|linked|publication"), "status"].eq(MISSING).all()


def test_what_no_run_can_know_is_missing_and_nothing_else_is_empty(strobe) -> None:
    assert strobe.index[strobe["status"] == MISSING].tolist() == ["2", "20", "21", "22"]
    assert strobe.loc[strobe["status"] != MISSING, "text"].ne("").all()
    assert strobe.loc[strobe["status"] == MISSING, ["text", "shown"]].eq("").all(axis=None)


def test_places_are_headings_of_the_page_or_parts_of_the_manifest(study) -> None:
    known = {part.title for part in SECTIONS} | {""}
    for guideline in ("strobe", "ihs-registry"):
        for shown in oc.checklist(study, guideline)["shown"]:
            places = [place for place in shown.split("; ") if not place.startswith("manifest: ")]
            assert set(places) <= known, shown


def test_numbers_are_those_counted_from_the_tables(study, strobe) -> None:
    ages = study.patients["age"].astype(float)
    assert f"age {ages.mean():.1f} (SD {ages.std():.1f})" in strobe.loc["14a", "text"]
    assert f"All {study.sessions['patient_id'].nunique()} treated" in strobe.loc["10", "text"]
    assert (
        f"{study.diary['date'].min():%Y-%m} to {study.diary['date'].max():%Y-%m}" in strobe.loc["5", "text"]
    )
    last = [
        study.diary.groupby("patient_id")["date"].max(),
        *(
            study.table(name)
            .groupby("patient_id")[at]
            .max()
            .dt.tz_convert(study.timezone)
            .dt.tz_localize(None)
            for name, at in (("sessions", "start"), ("adverse_events", "onset"))
        ),
        study.assessments.groupby("patient_id")["date"].max(),
    ]
    first = (
        study.sessions.groupby("patient_id")["start"].min().dt.tz_convert(study.timezone).dt.tz_localize(None)
    )
    days = (pd.concat(last, axis=1).max(axis=1).dt.normalize() - first.dt.normalize()).dt.days + 1
    assert f"{days.sum() / 365.25:.1f} patient-years" in strobe.loc["14c", "text"]
    assert strobe.loc["16a", "text"].startswith(oc.estimate(study).meta["text"])


def test_no_patient_is_told(study, strobe) -> None:
    text = " ".join(strobe["text"])
    assert not any(re.search(rf"\b{name}\b", text) for name in study.patients["patient_id"])


def test_arms_are_not_called_a_single_arm() -> None:
    compared = oc.simulate(12, seed=2, months=1, arms=("placebo", "active")).study
    found = oc.checklist(compared).set_index("item")
    assert "placebo" in found.loc["4", "text"]
    assert found.loc["6b", "status"] == MISSING
    assert "No control group" not in found.loc["19", "text"]


def test_a_study_of_a_diary_alone_is_filled_as_far_as_it_goes(study) -> None:
    patients = study.patients[["patient_id", "index_date"]]
    alone = oc.Study(diary=study.diary[["patient_id", "date", "headache"]], patients=patients)
    found = oc.checklist(alone, "ihs-registry").set_index("item")
    assert found.loc[["8", "11", "13"], "status"].eq(MISSING).all()
    assert oc.checklist(alone).set_index("item").loc["14a", "text"].startswith("baseline")


def test_another_guideline_is_refused(study) -> None:
    with pytest.raises(ArgumentError, match="ihs-registry"):
        oc.checklist(study, "consort")


def test_the_command_prints_text_markdown_and_csv(tmp_path, capsys) -> None:
    path, printed = write_study(tmp_path, ALL), {}
    for form in ("text", "markdown", "csv"):
        with pytest.raises(SystemExit) as left:
            main(["checklist", str(path), "--ihs-registry", "--format", form])
        assert left.value.code == 0
        printed[form], err = capsys.readouterr()
        assert err == ""
    found = pd.read_csv(io.StringIO(printed["csv"]), dtype="str", keep_default_na=False)
    assert len(found) == REGISTRY_ITEMS
    assert printed["markdown"].count("\n| ") == REGISTRY_ITEMS + 2
    assert printed["text"].splitlines()[-1].startswith(f"{REGISTRY_ITEMS} items:")
    path.write_text(path.read_text().replace('"clinic"', '"external"'))
    with pytest.raises(SystemExit):
        main(["checklist", str(path), "--ihs-registry"])
    assert "clinic's own use" in capsys.readouterr().err


@pytest.mark.parametrize("given", [[], ["--strobe", "--ihs-registry"], ["--strobe", "--format", "pdf"]])
def test_one_guideline_in_a_known_form(given, tmp_path, capsys) -> None:
    with pytest.raises(SystemExit) as left:
        main(["checklist", str(tmp_path), *given])
    assert left.value.code == 2
    assert "outcomes:" in capsys.readouterr().err
