"""Small slips of files as clinics hand them in: no line vanishes, no value is told, nothing breaks."""

from __future__ import annotations

import pandas as pd
import pytest

import outcomes as oc
from outcomes.errors import OutcomesError, SourceError
from outcomes.tables import findings_table

HEAD = "patient_id,date,headache,pain,nausea"
CANARY = "Zebra77"
STUDY = (
    'title = "Slips"\n[tables.diary]\nfile = "diary.csv"\n{}\n[tables.patients]\nfile = "patients.csv"\n'
    '[tables.{}]\nfile = "more.csv"\n'
)


def rows(number: int = 30, answers: str = "yes no") -> list[str]:
    words = answers.split()
    return [f"P01,2026-01-{day + 1:02d},{words[day % 2]},{day % 2},no" for day in range(number)]


def study_of(
    folder, lines: list[str], how: str = "", more: tuple[str, str] = ("assessments", "")
) -> oc.Study:
    """Read a study of a diary, and of a further table when there is one."""
    text = STUDY.format(how, more[0])
    (folder / "study.toml").write_text(text if more[1] else text[: text.index(f"[tables.{more[0]}]")])
    (folder / "diary.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    (folder / "patients.csv").write_text("patient_id,index_date\nP01,2026-01-20\n")
    (folder / "more.csv").write_text(more[1])
    return oc.read_study(folder)


def hold_nothing_lost(study: oc.Study) -> None:
    """Hold that received = accepted + rejected, given = used + blanked, and that no message says a value."""
    flow = study.flow.groupby(["table", "status"])["rows"].sum().unstack(fill_value=0)
    assert (flow["received"] == flow["accepted"] + flow.get("rejected", 0)).all()
    assert (study.cells["given"] == study.cells["used"] + study.cells["blanked"]).all()
    assert CANARY not in study.findings.drop(columns="raw").to_csv()


@pytest.mark.parametrize(
    "empty", [",,,,", " , ,,, ", ",", '"","","","",""', "\u00a0", "\x0b", "\u0085", "\t,,,,"]
)
@pytest.mark.parametrize("place", [pytest.param(1, marks=pytest.mark.long), 15, 31])
def test_a_line_of_empty_cells_is_blank(tmp_path, empty, place):
    lines = [HEAD, *rows()]
    lines.insert(place, empty)
    study = study_of(tmp_path, lines)
    assert len(study.diary) == 30
    assert study.flow["status"].tolist().count("rejected") == 0
    assert study.provenance.set_index("table").loc["diary", "lines"] == 32
    study = study_of(tmp_path, [*lines, "P01,2026-03-33,yes,1,no"])
    assert study.findings.query("rule == 'bad_date'")[["row", "line"]].to_numpy().tolist() == [[31, 33]]


@pytest.mark.parametrize("total", ["Total,,15,40,0", "Sum,,15,40,0", "Gesamt,,15,40,0"])
def test_a_total_says_nothing_of_the_column_above_it(tmp_path, total):
    study = study_of(tmp_path, [HEAD, *rows(answers="1 0"), total])
    assert len(study.diary) == 30
    assert study.diary["headache"].sum() == 15
    found = study.findings.query("severity == 'error'")
    assert found[["row", "line", "rule"]].to_numpy().tolist() == [[31, 32, "not_a_row"]]
    assert study.rejected["diary"]["(line)"].item() == total
    hold_nothing_lost(study)


@pytest.mark.parametrize(
    ("cell", "column", "rule"),
    [
        ("\uff12\uff10\uff12\uff16-01-03", "date", "bad_date"),
        ("\u0662\u0660\u0662\u0666-\u0660\u0661-\u0660\u0663", "date", "bad_date"),
        ("2026-01-03\u200b", "date", "bad_date"),
        ("29.02.2025", "date", "bad_date"),
        ("\u0665", "pain", "not_a_number"),
        ("\u00bd", "pain", "not_a_number"),
        ("1e400", "pain", "not_a_number"),
        (f"{CANARY}", "nausea", "not_yes_no"),
        ("\u200bP01", "patient_id", "unknown_patient"),
        ("\u042001", "patient_id", "unknown_patient"),
    ],
)
@pytest.mark.parametrize("date_format", ["%Y-%m-%d", "ISO8601"])
def test_signs_of_other_scripts_are_found_where_they_stand(tmp_path, cell, column, rule, date_format):
    lines = [HEAD, *rows()]
    fields = lines[3].split(",")
    fields[HEAD.split(",").index(column)] = cell
    lines[3] = ",".join(fields)
    study = study_of(tmp_path, lines, f'date_format = "{date_format}"')
    found = study.findings.query("severity == 'error'")
    assert found[["row", "line", "column", "rule"]].to_numpy().tolist() == [[3, 4, column, rule]]
    hold_nothing_lost(study)


def test_digits_of_other_scripts_fit_no_declared_format(tmp_path):
    wide = "\uff10\uff13.01.2026"
    lines = [HEAD, *(f"P01,{day:02d}.01.2026,yes,1,no" for day in range(4, 30)), f"P01,{wide},yes,1,no"]
    study = study_of(tmp_path, lines, 'date_format = "%d.%m.%Y"')
    assert study.flow.query("status == 'rejected'")["reason"].tolist() == ["bad_date"]


def test_a_value_below_the_limit_of_detection_is_read_from_a_file(tmp_path):
    table = (
        "patient_id,date,test,value\nP01,2026-02-01,alt,<5\nP01,2026-02-02,alt,> 900\nP01,2026-02-03,alt,7\n"
    )
    study = study_of(tmp_path, [HEAD, *rows()], more=("laboratory", table))
    found = study.table("laboratory")
    assert found["value"].tolist() == [5.0, 900.0, 7.0]
    assert found["qualifier"].fillna("").tolist() == ["below", "above", ""]


def test_a_file_without_header_is_told_the_line_that_names_its_columns(tmp_path):
    with pytest.raises(SourceError) as refused:
        study_of(tmp_path, [row.replace("P01", CANARY).replace(",0,", ",no,") for row in rows()])
    assert 'header = ["patient_id", ...]' in str(refused.value)
    assert CANARY not in str(refused.value)


@pytest.mark.parametrize(("bolus", "told"), [("0.3", False), ("", True), ("much", False), ("9", False)])
def test_a_bolus_that_cannot_be_read_is_not_zero(bolus, told):
    times = {"start": ["2026-01-05T09:00Z"], "end": ["2026-01-05T10:00Z"]}
    sessions = {"session_id": ["S"], "patient_id": ["P"], **times, "weight_kg": ["100"], "dose_mg": ["60"]}
    log = {"session_id": ["S", "S"], "time": [*times["start"], *times["end"]], "rate": ["0.3", "0"]}
    tables = {
        "sessions": pd.DataFrame(sessions).assign(bolus_mg_per_kg=bolus),
        "titration": pd.DataFrame(log).assign(action=["start", "stop"]),
    }
    assert ("dose_differs_from_log" in set(oc.validate(tables).findings["rule"])) == told
    tables["titration"]["action"] = ["bolus", "stop"]
    if bolus == "":  # the log says that there was one, and not how much
        assert "dose_differs_from_log" not in set(oc.validate(tables).findings["rule"])


def test_validate_takes_the_doors_of_a_study():
    diary = pd.DataFrame({"PatNr": ["1"], "Tag": ["31.01.2026"], "KS": ["ja"]})
    names = {"diary": {"patient_id": "PatNr", "date": "Tag", "headache": "KS"}}
    how = {"diary": {"date_format": "%d.%m.%Y", "yes": ["ja"]}}
    done = oc.validate({"diary": diary}, columns=names, reading=how)
    assert done.accepted["diary"]["date"].tolist() == [pd.Timestamp("2026-01-31")]
    assert done.accepted["diary"]["headache"].tolist() == [True]


def test_the_table_of_findings_names_the_row_as_a_spreadsheet_does(tmp_path):
    lines = [HEAD, "", *rows()]
    lines[5] = lines[5].replace(",0,", f",{CANARY},").replace(",1,", f",{CANARY},")
    table = findings_table(study_of(tmp_path, lines).findings)
    assert "diary.csv row 4 (line 6)" in table.frame["first"].tolist()


@pytest.mark.parametrize("typed", [True, False])
def test_times_that_the_clocks_skipped_are_named_as_such(typed) -> None:
    start = pd.Series(["2026-03-29 02:30", "2026-03-29 02:45"])
    sessions = pd.DataFrame({"session_id": ["a", "b"], "patient_id": "P01"})
    sessions["start"] = sessions["end"] = pd.to_datetime(start) if typed else start
    diary = pd.DataFrame({"patient_id": "P01", "date": ["2026-01-05"], "headache": ["yes"]})
    with pytest.raises(SourceError) as refused:
        oc.Study(diary=diary, sessions=sessions, timezone="Europe/Berlin")
    assert "daylight saving repeats or skips" in str(refused.value)
    assert "offset" in str(refused.value)
    assert "date_format" not in str(refused.value)


@pytest.mark.parametrize("typed", [True, False])
def test_one_other_number_makes_a_scale_until_its_owner_names_it_as_a_slip(typed) -> None:
    answers = pd.Series([0, 1] * 10 + [2])
    dates = pd.date_range("2026-01-01", periods=21).strftime("%Y-%m-%d")
    diary = pd.DataFrame(
        {"patient_id": "P01", "date": dates, "headache": answers if typed else answers.astype(str)}
    )
    patients = pd.DataFrame({"patient_id": ["P01"], "index_date": ["2026-01-20"]})
    how = {"yes": ["1"], "no": ["0"]}
    with pytest.raises(OutcomesError) as refused:
        oc.Study(diary=diary, patients=patients, reading={"diary": how})
    assert 'missing = ["the number"]' in str(refused.value)
    study = oc.Study(diary=diary, patients=patients, reading={"diary": how | {"missing": ["2"]}})
    assert len(study.diary) == 20
    assert study.findings.query("rule == 'missing_value'")["row"].tolist() == [21]
