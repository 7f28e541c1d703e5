"""The real diary of examples/kostecki from file to endpoint; the counts were measured independently."""

from __future__ import annotations

import importlib.util
import shutil

import pandas as pd
import pytest

import outcomes as oc
from outcomes.page.blocks import KeyFigures
from outcomes.page.material import Material
from outcomes.page.sections.in_short import in_short
from outcomes.page.view import Clinic, Outside
from shared import ROOT, shared

#: Printed to two decimals.
ROUNDING = 0.005


def script():
    spec = importlib.util.spec_from_file_location("prepare", ROOT / "examples" / "kostecki" / "prepare.py")
    made = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(made)
    return made


@pytest.mark.parametrize(
    ("given", "said"),
    [(["--help"], "Usage: python"), (["a", "b", "c"], "Usage: python"), (["nowhere.csv"], "is not there: ")],
)
def test_a_call_that_cannot_be_is_told_in_words(given, said):
    assert said in script().main(given)


@pytest.fixture(scope="module")
def study(tmp_path_factory):
    folder = tmp_path_factory.mktemp("kostecki")
    script().prepare(shared("data", "kostecki_dillon.csv"), folder / "prepared")
    shutil.copy(ROOT / "examples" / "kostecki" / "study.toml", folder)
    return oc.read_study(folder)


@pytest.mark.reference
def test_the_one_double_day_is_found_and_used_once(study):
    found = study.findings
    assert found[["rule", "severity"]].drop_duplicates().to_numpy().tolist() == [
        ["same_row_again", "warning"]
    ]
    assert len(found) == 1
    assert len(study.diary) == 4152 - 1
    assert study.losses.empty
    assert study.rejected["diary"]["patient_id"].unique().tolist() == ["090"]


@pytest.mark.reference
def test_patients_baseline_days_and_both_windows(study):
    raw = pd.read_csv(shared("data", "kostecki_dillon.csv"))
    raw = raw.drop_duplicates(["id", "time"])
    days = oc.days(study)
    assert study.diary["patient_id"].nunique() == 133
    # 55 have a day before treatment; one of them only day -29, which no 28-day baseline holds
    assert days.loc[days["day"] < 0, "patient_id"].nunique() == raw.loc[raw["time"] < 0, "id"].nunique() == 55
    window = days.loc[days["day"].between(-28, -1), "patient_id"].nunique()
    assert window == raw.loc[raw["time"].between(-28, -1), "id"].nunique() == 54
    first = oc.periods(study).query("period_number == 1")
    assert first["change"].notna().sum() == 20


@pytest.mark.reference
def test_mean_change_of_headache_days(study):
    row = oc.change(oc.periods(study)).to_frame().query("period == 'days 1-28'").iloc[0]
    assert row["n"] == 20
    assert row["estimate"] == pytest.approx(1.87, abs=ROUNDING)
    assert row["sd"] == pytest.approx(5.30, abs=ROUNDING)


@pytest.mark.reference
def test_its_page_opens_with_the_caution_and_says_of_how_many_the_change_is(study):
    blocks = in_short(Clinic(Material(study))).blocks
    assert blocks[0].kind == "caution"
    assert blocks[0].text.startswith("Fewer than half of the days were recorded (24.4%).")
    assert blocks[1].text.startswith("In 20 of 133 treated patients with an eligible baseline")
    tiles = {tile.value: tile for block in blocks if isinstance(block, KeyFigures) for tile in block.figures}
    assert "no value: 113" in tiles["4 better, 13 worse"].detail
    assert tiles["24.4%"].detail == "4,120 of 16,891 days; poor: see the caution above"


@pytest.mark.reference
def test_a_count_that_is_withheld_stands_in_no_headline(study):
    blocks = in_short(Outside(Material(study), limit=5)).blocks
    tiles = {tile.value: tile for block in blocks if isinstance(block, KeyFigures) for tile in block.figures}
    assert "better: withheld; the same: withheld; no value: 113" in tiles["13 worse"].detail
