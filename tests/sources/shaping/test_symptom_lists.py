"""Lists of symptoms in words: what is named, what is denied, and what is not known; by hand."""

from __future__ import annotations

import pytest

import outcomes as oc
from outcomes.errors import ConfigError
from pages import shown
from studies import PATIENTS, write_study

NAMES = ("nausea", "vomiting", "photophobia", "phonophobia", "aura")
#: A list, and the symptoms that it names; None: it says nothing.
LISTS = {
    "Nausea, light sensitivity": {"nausea", "photophobia"},
    "sensitivity to light and sound": {"photophobia", "phonophobia"},
    "Licht- und Lärmempfindlichkeit": {"photophobia", "phonophobia"},
    "light and noise hurts": {"photophobia", "phonophobia"},
    "nausea without vomiting": {"nausea"},
    "Übelkeit, kein Erbrechen": {"nausea"},
    "no nausea; no aura": set(),
    "ohne Aura": set(),
    "keine": set(),
    "none": set(),
    "neck pain, light-headedness": set(),
    "sound sensitivity, light-headedness": {"phonophobia"},
    "Nausea, xylomorphia": {"nausea"},
    "xylomorphia": None,
    "nudności, światłowstręt": None,
    "1, 3": None,
    "": None,
}


def read(folder, lists, options=""):
    rows = [f'01,2026-01-{5 + day:02d},yes,"{text}"\n' for day, text in enumerate(lists)]
    diary = "patient_id,date,headache,signs\n" + "".join(rows)
    tables = {"patients": PATIENTS, "diary": diary}
    return oc.read_study(write_study(folder, tables, options='symptoms = "signs"\n' + options))


def test_what_a_list_names_denies_and_leaves_open(tmp_path):
    study = read(tmp_path, LISTS)
    for text, (_, row) in zip(LISTS, study.diary.iterrows(), strict=True):
        if LISTS[text] is None:
            assert row[list(NAMES)].isna().all(), text
        else:
            assert row[list(NAMES)].notna().all(), text
            assert {name for name in NAMES if row[name]} == LISTS[text], text
    found = study.findings.set_index("rule").loc["unknown_symptom"]
    assert found["count"] == 4  # lists with a word that nobody knows
    assert "5 words that are not known" in found["message"]
    assert "xylomorphia" not in found["message"]


def test_codes_and_words_of_another_language_are_declared(tmp_path):
    lists = ["1, 3", "nudności", "4"]
    study = read(
        tmp_path,
        lists,
        'values.symptoms = { 1 = "nausea", 3 = "photophobia", "Nudności" = "nausea", 4 = "" }\n',
    )
    assert study.diary["nausea"].tolist() == [True, True, False]
    assert study.diary["photophobia"].tolist() == [True, False, False]
    assert "unknown_symptom" not in set(study.findings["rule"])


def test_a_symptom_that_is_not_ours_is_refused(tmp_path):
    with pytest.raises(ConfigError, match=r"values\.symptoms: 'nausae' is not one of ours.*nausea"):
        read(tmp_path, ["1"], 'values.symptoms = { 1 = "nausae" }\n')


BOXES = (
    "record_id,redcap_repeat_instrument,redcap_repeat_instance,hd_date,hd_any,hd_sympt___1,hd_sympt___2,"
    "hd_meds___1,hd_meds___2,hd_meds____1\n"
    "01,,,,,0,0,0,0,0\n"
    "01,headache_diary,1,2026-01-05,1,1,0,1,1,0\n"
    "01,headache_diary,2,2026-01-06,1,0,0,0,0,1\n"
)
FOREIGN = shown("redcap.md", place=1).partition("[tables.diary]\n")[2]


def test_tick_boxes_of_a_form_of_redcap_that_is_not_ours(tmp_path):
    study = oc.read_study(
        write_study(
            tmp_path,
            {"patients": PATIENTS, "diary": BOXES},
            options=FOREIGN.replace("export.csv", "diary.csv").replace('file = "diary.csv"\n', ""),
        )
    )
    assert study.diary["nausea"].isna().tolist() == [False, True]  # no box ticked: nothing is said
    assert study.diary["nausea"].tolist()[0] is True
    assert study.diary["vomiting"].tolist()[0] is False
    assert study.diary["acute_medication"].tolist() == ["nsaid+triptan", "none"]  # the code -1 is ____1
    assert not study.findings["severity"].eq("error").any()
