"""The page on data quality and the list of queries: right counts, and no value of a patient unasked."""

from __future__ import annotations

import csv
import io
import stat

import pandas as pd
import pytest
from typer.testing import CliRunner

import outcomes as oc
from outcomes.cli import app
from outcomes.page.quality.diary_keeping import completeness, costs, entry_lag, heaping, weekdays
from outcomes.page.quality.queries import query_list

CANARY = "Zq9canary"
# Monday 2026-01-05 to Sunday 2026-01-18: A lacks both weekends but for the last day, B is whole.
A_DAYS = [5, 6, 7, 8, 9, 12, 13, 14, 15, 16, 18]


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("quality")
    rows = ["patient_id,date,headache,pain,duration_h,entered_at"]
    rows += [f"A,2026-01-{day:02},yes,5,2.5,2026-01-{day + (day == 9) * 3:02}T20:00" for day in A_DAYS]
    rows += [f"B,2026-01-{day:02},yes,7,4," for day in range(5, 19)]
    rows += [f"C,2026-02-30,yes,{CANARY},4,", f"A,2026-01-19,{CANARY},5,,", "B,2026-01-19,yes,=1+1,2,"]
    (folder / "diary.csv").write_text("\n".join(rows) + "\n")
    (folder / "patients.csv").write_text(
        "patient_id,index_date,site\nA,2026-02-01,north\nB,2026-02-01,south\nC,2026-02-01,south\n"
    )
    (folder / "study.toml").write_text(
        'title = "t"\n[tables.diary]\nfile = "diary.csv"\n[tables.patients]\nfile = "patients.csv"\n'
    )
    return folder


@pytest.fixture(scope="module")
def study(folder):
    return oc.read_study(folder)


def test_completeness_is_counted_by_site_and_month(study):
    assert completeness(study).to_dict("records") == [
        {"site": "north", "month": "2026-01", "due": 14, "recorded": 11, "percent": pytest.approx(1100 / 14)},
        {"site": "south", "month": "2026-01", "due": 15, "recorded": 15, "percent": 100},
    ]


def test_weekends_are_told_apart(study):
    by = weekdays(study).set_index("weekday")
    assert by["due"].tolist() == [5, 4, 4, 4, 4, 4, 4]  # B has Monday the 19th too
    assert by.loc[["Saturday", "Sunday"], "recorded"].tolist() == [2, 3]
    assert by["recorded"].sum() == 26


def test_entries_are_late_by_whole_days(study):
    assert entry_lag(study).set_index("lag")["days"].to_dict() == {
        "before the day": 0,
        "the same day": 10,
        "the day after": 0,
        "2 to 5 days later": 1,
        "later": 0,
    }


def test_round_numbers_are_counted(study):
    found = heaping(study).set_index("column")
    assert found.loc["pain", ["round", "of"]].tolist() == [11, 25]
    assert found.loc["duration_h", ["round", "of"]].tolist() == [15, 26]


def test_what_each_rule_costs(study):
    found = costs(study).set_index("rule")
    assert found.loc["bad_date", ["rows_lost", "cells_lost", "patients"]].tolist() == [1, 0, 1]
    assert found.loc["not_yes_no", "rows_lost"] == 1
    assert found.loc["not_a_number", "cells_lost"].sum() == 2


def test_a_query_names_file_row_column_and_what_to_do(study):
    found = query_list(study)
    one = found[found["rule"].eq("bad_date")].iloc[0]
    assert (one["site"], one["file"], one["row"], one["line"], one["column"]) == (
        "south",
        "diary.csv",
        26,
        27,
        "date",
    )
    assert one["what_to_do"]
    assert found["what_to_do"].str.len().gt(0).all()


def test_no_value_is_told_unless_it_is_asked_for(study, folder, tmp_path):
    for name, more in (("plain", []), ("values", ["--with-values"])):
        html, lines = tmp_path / f"{name}.html", tmp_path / f"{name}.csv"
        found = CliRunner().invoke(
            app, ["check", str(folder), "--html", str(html), "--csv", str(lines), *more]
        )
        assert found.exit_code == 4
        assert CANARY not in found.stdout + found.stderr
        assert (CANARY in html.read_text() and CANARY in lines.read_text()) == bool(more)
        assert stat.S_IMODE(lines.stat().st_mode) == 0o600
    told = list(csv.DictReader(io.StringIO((tmp_path / "values.csv").read_text())))
    assert {row["value"] for row in told} >= {"2026-02-30", CANARY, "'=1+1"}  # no formula for a spreadsheet


def test_the_page_is_whole_and_makes_no_request(study):
    from outcomes.page.quality.quality_page import quality_page

    html = quality_page(study)
    for words in ("What is not used", "Recorded: ", "Findings by site and month", "Queries for the site"):
        assert words in html
    assert html.count("<svg") == 2
    assert "<script" not in html
    assert "http" not in html.replace("http://www.w3.org", "").replace("http-equiv", "").replace(
        "http://purl", ""
    )


def test_a_clean_study_says_so():
    study = oc.simulate(patients=4, seed=1).study
    assert query_list(study).empty or query_list(study)["severity"].ne("error").all()
    assert isinstance(costs(study), pd.DataFrame)
