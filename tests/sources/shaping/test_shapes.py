"""Files that are turned: forms, tick boxes, merged cells, wide and long, names of files and of drugs."""

from __future__ import annotations

import shutil

import pandas as pd
import pytest
from pydantic import ValidationError

import outcomes as oc
from outcomes.sources.conventions import TableSource
from outcomes.sources.csv_file import read_csv
from outcomes.sources.shaping.drug_names import drug_classes
from outcomes.sources.shaping.shape import shape
from shared import shared


def shaped(text, *, table="diary", file="diary.csv", **keys):
    source = TableSource(file=file, **keys)
    raw = read_csv(text.encode(), table=table, file=file, source=source)
    return shape(raw, source, table=table, file=file)


def test_an_export_of_our_own_dictionary_comes_back(tmp_path):
    for path in shared("cases", "redcap_own_dictionary").iterdir():
        shutil.copy(path, tmp_path)
    tables = "".join(
        f'[tables.{name}]\nfile = "export.csv"\nredcap = "{name}"\n' for name in ("patients", "diary")
    )
    (tmp_path / "study.toml").write_text(f'title = "t"\ntimezone = "Europe/Zurich"\n{tables}')
    study = oc.read_study(tmp_path)
    assert study.patients["patient_id"].tolist() == ["0012"]
    assert study.diary["headache"].tolist() == [True, False]
    assert study.diary["acute_medication"].tolist() == ["nsaid+triptan", "none"]
    assert study.findings.empty
    assert study.provenance["turned"].tolist() == [
        "form patients: 3 rows to 1",
        "form diary: 3 rows to 2",
    ]


def test_rows_of_another_form_are_not_rows_of_this_table():
    raw, said = shaped(
        "form,patient_id,date,headache\ndiary,A,2026-01-01,1\nvisit,A,,\nDiary,A,2026-01-02,0\nbroken\n",
        where={"form": "diary"},
    )
    assert raw.origin["line"].tolist() == [2, 4, 5]  # a line without fields may be anybody's
    assert said == ("rows where form fits: 4 rows to 3",)
    assert [fault.rows.tolist() for fault in raw.faults if fault.rule == "wrong_number_of_fields"] == [[2]]


def test_merged_cells_repeat_the_cell_above():
    raw, _ = shaped(
        "patient_id,date,headache\nA,2026-01-01,1\n,2026-01-02,0\nB,2026-01-01,1\n", fill_down=["patient_id"]
    )
    assert raw.frame["patient_id"].tolist() == ["A", "A", "B"]


def test_a_column_a_day_becomes_a_row_a_day():
    raw, _ = shaped(
        "patient_id,d_2026-01-01,d_2026-01-02\nA,1,\nB,0,1\n",
        wide={"matching": "d_(.+)", "name": "date", "value": "headache"},
    )
    assert raw.frame.to_numpy().tolist() == [
        ["A", "2026-01-01", "1"],
        ["B", "2026-01-01", "0"],
        ["B", "2026-01-02", "1"],
    ]
    assert raw.origin["row"].tolist() == [1, 2, 2]


def test_a_row_a_symptom_becomes_a_column_a_symptom():
    raw, _ = shaped(
        "patient_id,date,symptom,there\nA,2026-01-01,nausea,1\nA,2026-01-01,aura,0\nB,2026-01-01,aura,1\n"
        "B,2026-01-01,aura,0\n",
        long={"name": "symptom", "value": "there", "keys": ["patient_id", "date"]},
    )
    assert raw.frame[["nausea", "aura"]].to_numpy().tolist() == [["1", "0"], ["", "1"]]
    assert [(fault.rule, fault.rows.tolist()) for fault in raw.faults] == [("answered_twice", [1])]


def test_the_same_answer_in_two_rows_is_one_answer():
    rows = "A,2026-01-01,nausea,1\nA,2026-01-01,aura,0\n"
    raw, _ = shaped(
        f"patient_id,date,symptom,there\n{rows * 2}",
        long={"name": "symptom", "value": "there", "keys": ["patient_id", "date"]},
    )
    assert raw.frame[["nausea", "aura"]].to_numpy().tolist() == [["1", "0"]]
    said = [(fault.rule, fault.rows.tolist(), fault.cost) for fault in raw.faults]
    assert said == [("same_row_again", [0], None)]


def test_date_and_time_are_joined_and_the_patient_is_in_the_name():
    raw, _ = shaped(
        "day,clock,headache\n2026-01-01,08:00,1\n",
        file="diary_P07.csv",
        from_name={"patient_id": r"diary_(.+)\.csv"},
        joined={"date": ["day", "clock"]},
    )
    assert raw.frame.to_dict("list") == {
        "headache": ["1"],
        "patient_id": ["P07"],
        "date": ["2026-01-01 08:00"],
    }


def test_boxes_of_a_labelled_export_are_joined():
    raw, _ = shaped(
        "patient_id,date,headache,drugs (choice=triptan),drugs (choice=nsaid)\n"
        "A,2026-01-01,1,Checked,Checked\n"
        "A,2026-01-02,1,Unchecked,Unchecked\n",
        boxes=["drugs"],
    )
    assert raw.frame["drugs"].tolist() == ["triptan+nsaid", ""]


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("Sumatriptan 50mg", "triptan"),
        ("IMIGRAN", "triptan"),
        ("Maxalt lingua 10 mg", "triptan"),
        ("Ibuprofène 400", "nsaid"),
        ("naproxen sodium 550 mg; Paspertin", "nsaid+antiemetic"),
        ("Tylenol 3", "combination"),
        ("Optalidon", "Optalidon"),  # means different things in two countries: asked, not guessed
        ("Botox", "Botox"),  # a preventive
        ("aspirin plus something", "aspirin plus something"),
        ("none", "none"),
        ("", ""),
    ],
)
def test_names_of_drugs_are_their_classes(name, code):
    assert drug_classes(pd.Series([name]), {}).tolist() == [code]


def test_what_study_toml_says_of_a_name_wins():
    own = {"imigran": "other"}
    assert drug_classes(pd.Series(["Imigran+Maxalt"]), own).tolist() == ["Imigran+triptan"]


@pytest.mark.parametrize(
    ("keys", "say"),
    [
        ({"where": {"fomr": "diary"}}, "fomr"),
        ({"redcap": "diry"}, "diry"),
        ({"fill_down": ["patient"]}, "patient"),
        ({"from_name": {"site": "site_([a-z]+)"}}, "does not match the pattern"),
        ({"wide": {"matching": "d_(.+)", "name": "date", "value": "headache"}}, "no column matches"),
        ({"joined": {"date": ["day", "clock"]}}, "day"),
    ],
)
def test_a_column_that_is_not_there_is_named(keys, say):
    with pytest.raises(oc.errors.SourceError, match=say):
        shaped("patient_id,date,headache\nA,2026-01-01,1\n", **keys)


@pytest.mark.parametrize(
    "keys",
    [
        {"wide": {"name": "date", "value": "headache"}},
        {"wide": {"matching": "(", "name": "date", "value": "headache"}},
        {"from_name": {"site": "no group"}},
        {"joined": {"date": ["day"]}},
        {"attacks": {"start": "a", "active_from": "2026-01-01"}},
        {"attacks": {"start": "a", "open_hours": -1}},
    ],
)
def test_keys_that_contradict_themselves_are_refused(keys):
    with pytest.raises(ValidationError):
        TableSource(file="a.csv", **keys)


@pytest.mark.parametrize(
    "keys",
    [{"where": {"patient": "x"}}, {"fill_down": ["patient"]}, {"joined": {"date": ["patient", "day"]}}],
)
def test_no_text_of_a_first_row_is_told_when_there_is_no_header(keys):
    with pytest.raises(oc.errors.SourceError) as refused:
        shaped("patient_0017,2026-01-01,1\npatient_0018,2026-01-01,1\n", **keys)
    assert "0017" not in str(refused.value)
    assert "header" in str(refused.value)
