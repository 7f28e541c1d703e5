"""The patient's sheet: one page, one person, words that can be followed; wrong ids name nobody."""

from __future__ import annotations

import json
import re
import stat

import pandas as pd
import pytest

import outcomes as oc
from outcomes.cli import main
from outcomes.errors import ArgumentError, DataError
from outcomes.page.blocks import TableBlock, Words
from outcomes.page.sheet import patient_sheets, sheet_tables
from outcomes.page.sheet.told import opening
from outcomes.plots.patient_months import patient_months
from outcomes.schema.rules import Rules
from studies import ALL, write_study

OVERCLAIMED = re.compile(
    r"\b(effect|because of the (?:drug|treatment)|worked|100\s?%|proves?|caused)\b", re.I
)


@pytest.fixture(scope="module")
def study() -> oc.Study:
    return oc.simulate(14, seed=3, months=2).study


@pytest.fixture(scope="module")
def ids(study) -> list[str]:
    return sorted(study.diary["patient_id"].unique())


@pytest.fixture(scope="module")
def sheet(study, ids):
    return oc.patient_sheet(study, ids[0])


def words(sheet) -> str:
    return " ".join(
        block.text for section in sheet.sections for block in section.blocks if isinstance(block, Words)
    )


def test_recorded_stands_beside_recorded_and_chance_beside_it(study, ids, sheet):
    rows = oc.one_patient(oc.days(study), ids[0], rules=study.rules).periods.to_frame().set_index("term")
    last = rows.loc["days 29-56"]
    said = words(sheet)
    assert f"Before the treatment: {rows.loc['baseline', 'value']:.0f} days with headache in 28 days" in said
    assert f"In days 29-56 after it: {last['value']:.0f} day" in said
    assert f"would have {last['expected_lower']:.0f} to {last['expected_upper']:.0f} days" in said
    where = (
        "below" if last["value"] < last["expected_lower"]
        else "above" if last["value"] > last["expected_upper"] else "within"
    )  # fmt: skip
    assert f"This month lies {where} that" in said
    assert not OVERCLAIMED.search(said)


def test_the_pdf_is_one_a4_page_and_the_html_asks_for_nothing(sheet):
    pdf = sheet.pdf()
    assert len(re.findall(rb"/Type\s*/Page\b", pdf)) == 1
    assert re.search(rb"/MediaBox\s*\[0 0 595", pdf)
    assert sheet.pdf() == pdf
    assert "<script" not in sheet.html
    assert not re.search(r"(?:src|href)=\"http", sheet.html)
    names = [
        block.table.name for part in sheet.sections for block in part.blocks if isinstance(block, TableBlock)
    ]
    assert {"sheet-drugs", "sheet-sessions"} <= set(names)
    assert sheet.html.count("<svg") == 4


@pytest.mark.long
def test_the_sheets_of_the_example_are_one_page_each_also_the_fullest():
    pages = [len(re.findall(rb"/Type\s*/Page\b", one.pdf())) for one in patient_sheets(oc.load_example())]
    assert pages == [1] * 60


def test_every_patient_with_a_diary_has_one(study, ids):
    made = list(patient_sheets(study))
    assert [one.patient_id for one in made] == ids
    others = [other for other in ids if other != made[0].patient_id]
    assert not [other for other in others if other in made[0].html]


def test_an_unknown_id_names_nobody(study, ids):
    with pytest.raises(ArgumentError, match="no table of the study has this patient_id") as refused:
        oc.patient_sheet(study, "somebody")
    assert not [one for one in [*ids, "somebody"] if one in str(refused.value)]
    with pytest.raises(ArgumentError):
        oc.patient_sheet(study, 3)


def test_without_diary_or_baseline_it_says_so(study, ids):
    tables = {name: study.table(name) for name in ("diary", "sessions", "patients")}
    diary = tables["diary"]
    nobody = oc.Study(**tables | {"diary": diary[diary["patient_id"] != ids[0]]}, timezone=study.timezone)
    with pytest.raises(DataError, match="no diary day that can be used"):
        oc.patient_sheet(nobody, ids[0])
    first = oc.courses(study).set_index("patient_id").loc[ids[0], "course_start"]
    if isinstance(first, pd.Series):
        first = first.iloc[0]
    late = diary[(diary["patient_id"] != ids[0]) | (diary["date"] >= first)]
    sheet = oc.patient_sheet(oc.Study(**tables | {"diary": late}, timezone=study.timezone), ids[0])
    assert "too few to compare with, so no change can be given" in words(sheet)
    assert "lies within" not in words(sheet)


def test_an_id_of_any_shape_is_a_file_of_its_own_and_text(study, ids):
    odd = {ids[0]: "../<b>x</b>", ids[1]: "x" * 190, ids[2]: "."}
    tables = {
        name: study.table(name).assign(patient_id=lambda rows: rows["patient_id"].replace(odd))
        for name in ("diary", "sessions", "patients")
    }
    found = [oc.patient_sheet(oc.Study(**tables, timezone=study.timezone), one) for one in odd.values()]
    assert len({one.name for one in found}) == len(odd)
    assert not [one.name for one in found if "/" in one.name or len(one.name) > 140]
    assert "<b>x</b>" not in found[0].html


def run(*arguments: str) -> int:
    with pytest.raises(SystemExit) as left:
        main(list(arguments))
    return int(left.value.code or 0)


def test_the_command_writes_for_the_owner_only(tmp_path, capsys):
    folder = tmp_path / "study"
    folder.mkdir()
    write_study(folder, ALL)
    known = oc.read_study(folder).diary["patient_id"].unique()
    out = tmp_path / "sheets"
    assert run("patient", "--all", "--study", str(folder), "--out", str(out), "--no-pdf", "--json") == 0
    files = json.loads(capsys.readouterr().out)["files"]
    assert len(files) == len(known)
    assert {stat.S_IMODE(path.stat().st_mode) for path in out.iterdir()} == {0o600}
    assert stat.S_IMODE(out.stat().st_mode) == 0o700
    assert run("patient", str(known[0]), "--study", str(folder), "--out", str(out)) == 0
    assert sorted(path.suffix for path in out.iterdir() if path.suffix == ".pdf") == [".pdf"]
    capsys.readouterr()
    assert run("patient", "somebody", "--study", str(folder), "--out", str(out)) == 2
    said = capsys.readouterr().err
    assert "no table of the study has this patient_id" in said
    assert not [one for one in known if str(one) in said]
    assert run("patient", "--study", str(folder)) == 2


def month(value: float, low: float, high: float, baseline: float = 20.0) -> pd.DataFrame:
    rows = {"term": ["baseline", "days 1-28"], "value": [baseline, value], "days_recorded": [28, 26],
            "expected": [baseline, 15.0]}  # fmt: skip
    return pd.DataFrame(rows).assign(expected_lower=[0.0, low], expected_upper=[0.0, high])


@pytest.mark.parametrize(
    ("value", "low", "high", "said"),
    [
        (4.31, 10.0, 20.0, ("4.3 days, counted", "at most 4 days is not reached")),
        (4.0, 10.0, 20.0, ("after it: 4 days", "at most 4 days is reached")),
        (19.6, 19.7, 28.0, ("19.6 days, counted", "19.7 to 28.0 days. This month lies below that")),
        (35 / 3, 35 / 3 + 1e-15, 28.0, ("12 to 28 days. This month lies within that",)),
    ],
)
def test_what_is_said_of_a_month_agrees_with_the_numbers_beside_it(value, low, high, said):
    """Whole days are rounded; a comparison of what is not rounded must not contradict them."""
    text = opening(month(value, low, high), month=28, goal=4)
    for part in said:
        assert part in text


def test_days_with_drugs_beside_the_line_agree_with_what_is_said_of_the_line():
    rows = pd.DataFrame({
        "period": ["baseline", "days 1-28", "days 29-56"], "acute_medication_days": [14.5, 9.7, 10.0],
        "triptan_like_days": [0.0, 9.7, 10.0], "simple_analgesic_days": [14.52, 0.0, 0.0],
        "overuse": pd.array([False, False, True], dtype="boolean"),
    })  # fmt: skip
    shown = sheet_tables.drugs(rows, Rules()).frame
    assert shown["triptan"].tolist() == ["0", "9.7", "10"]
    assert shown["simple"].tolist() == ["14.5", "0", "0"]
    assert shown["over"].tolist() == ["no", "no", "yes"]


def test_a_bar_above_the_goal_is_not_called_the_goal():
    drawn = patient_months(month(4.31, 10.0, 20.0), goal=4.0)
    assert "4.3" in {text.get_text() for text in drawn.texts}


def changed(study: oc.Study, **tables: pd.DataFrame) -> oc.Study:
    names = ("patients", "diary", "sessions", "adverse_events", "assessments")
    return oc.Study(**{name: study.table(name) for name in names} | tables, timezone=study.timezone)


def test_who_was_treated_again_is_told_from_when_on_nothing_is_compared(study, ids):
    sessions = study.sessions
    first = sessions[sessions["patient_id"] == ids[0]].iloc[:1]
    days = pd.to_timedelta([35, 70], unit="D")
    again = [
        first.assign(session_id=f"again-{n}", start=first["start"] + one, end=first["end"] + one)
        for n, one in enumerate(days)
    ]
    made = changed(study, sessions=pd.concat([sessions, *again], ignore_index=True))
    start = oc.courses(made).query("patient_id == @ids[0] and course == 2")["course_start"].iloc[0]
    said = words(oc.patient_sheet(made, ids[0]))
    assert f"2 further treatments began, the first on {start:%Y-%m-%d}; the months from then on" in said
    assert "further treatment" not in words(oc.patient_sheet(study, ids[0]))


def test_without_a_treatment_nothing_is_said_to_have_been_since_it(study, ids):
    sessions, patients = study.sessions, study.patients.assign(index_date=pd.NaT)
    made = changed(study, sessions=sessions[sessions["patient_id"] != ids[0]], patients=patients)
    said = words(oc.patient_sheet(made, ids[0]))
    assert "No treatment is recorded yet, so no event is listed as a side effect of one." in said
    assert "since the treatment began" not in said


def test_questionnaires_say_what_they_are_about_and_which_way_is_better(study, ids):
    (section,) = (one for one in oc.patient_sheet(study, ids[0]).sections if one.name == "scores")
    (block,) = section.blocks
    assert block.caption == "First and last score. Lower is better."
    assert "HIT-6: impact of headache" in block.table.frame["name"].tolist()
    assert sheet_tables.better(pd.Series(["MSQ", "HIT-6"])) == "Lower is better; for MSQ higher is."


def test_a_line_that_both_kinds_reach_together_is_said_so():
    rows = pd.DataFrame({
        "period": ["baseline"], "acute_medication_days": [11.0], "triptan_like_days": [6.0],
        "simple_analgesic_days": [6.0], "overuse": pd.array([True], dtype="boolean"),
    })  # fmt: skip
    assert sheet_tables.drugs(rows, Rules()).frame["over"].tolist() == ["yes, both together"]


def test_the_share_of_days_is_of_those_between_the_first_and_the_last_entry(sheet):
    (section,) = (one for one in sheet.sections if one.name == "limits")
    assert "between the first and the last entry" in section.blocks[0].points[-1]
