"""Attacks as days: the case with its right values, and the same headaches written both ways."""

from __future__ import annotations

import shutil

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import outcomes as oc
from outcomes.sources.shaping.attack_days import attack_days, days_without, hours_of_days
from shared import examples, shared

HEAD = 'title = "t"\ntimezone = "Europe/Zurich"\n'


def read(folder, lines, *, files):
    for name, text in files.items():
        (folder / name).write_text(text, encoding="utf-8")
    (folder / "study.toml").write_text(HEAD + lines, encoding="utf-8")
    return oc.read_study(folder)


@pytest.fixture
def case(tmp_path):
    for path in shared("cases", "attacks").iterdir():
        shutil.copy(path, tmp_path)
    (tmp_path / "study.toml").write_text(
        HEAD
        + """
[tables.patients]
file = "patients.csv"
[tables.diary]
file = "attacks.csv"
constants = { patient_id = "A1" }
columns = { pain = "intensity", acute_medication = "drug" }
timestamp_format = "%Y-%m-%d %H:%M"
attacks = { start = "start", end = "end" }
"""
    )
    return oc.read_study(tmp_path)


def test_the_case_has_its_right_values(case):
    days = case.diary.set_index(case.diary["date"].dt.day)
    assert days.index.tolist() == [3, 6, 7, 10, 14]
    assert days["headache"].all()
    tenth = days.loc[10]
    assert (tenth["acute_medication"], tenth["duration_h"], tenth["pain"]) == ("nsaid+triptan", 6, 9)
    assert days.loc[[6, 7], "duration_h"].tolist() == pytest.approx([4 / 3, 4 / 3])
    assert pd.isna(days.loc[14, "duration_h"])  # no end: its hours are not known


ATTACKS = st.lists(
    st.tuples(st.integers(0, 20 * 96), st.integers(1, 200)), min_size=1, max_size=12
)  # start and length in quarters of an hour


@settings(max_examples=60, deadline=None)
@given(attacks=ATTACKS)
def test_hours_are_those_of_a_count_by_quarter_hours(attacks):
    """The reference counts quarters of an hour one by one."""
    origin = pd.Timestamp("2025-05-01")
    quarter = pd.Timedelta(minutes=15)
    ache = np.zeros(26 * 96, dtype=bool)
    for start, length in attacks:
        ache[start : start + length] = True
    start = [origin + start * quarter for start, _ in attacks]
    end = [origin + (start + length) * quarter for start, length in attacks]
    listed = pd.DataFrame({"row": range(len(attacks)), "patient_id": "A", "start": start, "end": end})
    pieces = attack_days(listed.assign(timed=True))
    key = pieces.groupby("date").ngroup().to_numpy()
    by_hand = ache.reshape(-1, 96).sum(axis=1) / 4
    found = pd.Series(hours_of_days(pieces, key), index=pieces["date"].drop_duplicates())
    assert ((found.index - origin).days == np.flatnonzero(by_hand)).all()
    assert found.to_numpy() == pytest.approx(by_hand[by_hand > 0])


def test_one_attack_without_an_end_makes_the_hours_of_its_day_unknown():
    start = pd.to_datetime(["2025-05-01 08:00", "2025-05-01 12:00"])
    end = pd.to_datetime(["2025-05-01 09:00", None])
    listed = pd.DataFrame({"row": [0, 1], "patient_id": "A", "start": start, "end": end, "timed": True})
    assert np.isnan(hours_of_days(attack_days(listed), np.array([0, 0]))).all()


def test_days_without_an_attack_are_those_of_the_window():
    dates = pd.to_datetime(["2025-05-02", "2025-05-05"])
    days = pd.DataFrame({"patient_id": ["A", "A"], "date": dates})
    assert days_without(days)["date"].dt.day.tolist() == [3, 4]
    window = pd.Timestamp("2025-05-01"), pd.Timestamp("2025-05-06")
    assert days_without(days, *window)["date"].dt.day.tolist() == [1, 3, 4, 6]


@settings(max_examples=examples(2, 20), deadline=None)
@given(seed=st.integers(0, 1000))
def test_the_same_headaches_as_days_and_as_attacks_give_the_same_periods(tmp_path_factory, seed):
    tmp_path = tmp_path_factory.mktemp("both")
    made = oc.simulate(patients=3, seed=seed).study
    diary = made.diary[made.diary["headache"].fillna(False)]
    recorded = made.diary.groupby("patient_id")["date"].agg(["min", "max"])
    window = recorded["min"].min().date(), recorded["max"].max().date()
    every = pd.date_range(*window)
    whole = pd.MultiIndex.from_product([recorded.index, every], names=["patient_id", "date"]).to_frame(False)
    answers = whole.merge(diary[["patient_id", "date"]], how="left", indicator=True)
    answers = answers.assign(headache=np.where(answers.pop("_merge") == "both", "yes", "no"))
    attacks = diary.assign(
        start=diary["date"].dt.strftime("%d.%m.%Y 06:30"), end=diary["date"].dt.strftime("%d.%m.%Y 09:00")
    )
    index = pd.DataFrame({"patient_id": recorded.index, "index_date": every[len(every) // 2]})
    files = {
        "days.csv": answers.to_csv(index=False),
        "attacks.csv": attacks[["patient_id", "start", "end"]].to_csv(index=False),
        "patients.csv": index.to_csv(index=False),
    }
    patients = '[tables.patients]\nfile = "patients.csv"\n[tables.diary]\n'
    listed = (
        'file = "attacks.csv"\ntimestamp_format = "%d.%m.%Y %H:%M"\n'
        'attacks = { start = "start", end = "end", '
        f'absent = "no headache", active_from = {window[0]}, active_to = {window[1]} }}\n'
    )
    (tmp_path / "a").mkdir()
    (tmp_path / "b").mkdir()
    from_days = oc.periods(read(tmp_path / "a", patients + 'file = "days.csv"\n', files=files))
    from_attacks = oc.periods(read(tmp_path / "b", patients + listed, files=files))
    assert len(from_days)
    pd.testing.assert_frame_equal(from_days, from_attacks)


BAD = """patient_id,start,end,pain,drug
A,2025-05-03 08:10,2025-05-03 11:00,7,triptan
A,2025-13-04 08:10,2025-05-04 11:00,7,triptan
A,2025-05-09 08:10,2025-05-08 11:00,7,triptan
A,2025-05-10 08:10,2026-05-10 11:00,7,triptan
A,2025-05-12 08:10,2025-05-12 11:00,eleven,Paspertin 10 mg
A,2025-05-14 08:10
"""


def test_attacks_that_cannot_be_read_are_findings_of_their_own_line(tmp_path):
    lines = """
[tables.patients]
file = "patients.csv"
[tables.diary]
file = "attacks.csv"
columns = { acute_medication = "drug" }
attacks = { start = "start", end = "end" }
drug_names = true
"""
    patients = "patient_id,index_date\nA,2025-05-20\n"
    study = read(tmp_path, lines, files={"attacks.csv": BAD, "patients.csv": patients})
    assert study.diary["date"].dt.day.tolist() == [3, 12]
    assert study.diary["acute_medication"].tolist() == ["triptan", "antiemetic"]
    assert np.isnan(study.diary["pain"].iloc[1])
    errors = study.findings[study.findings["severity"] == "error"]
    rules = errors.groupby("line")["rule"].agg(set).to_dict()
    assert {"end_before_start"} <= rules[4]
    assert {"attack_too_long"} <= rules[5]
    assert rules[6] == {"not_a_number"}
    assert {"bad_timestamp"} <= rules[3]
    assert "wrong_number_of_fields" in rules[7]
    flow = study.flow[study.flow["table"] == "diary"].groupby("status")["rows"].sum()
    assert flow["received"] == 6 == flow["accepted"] + flow["rejected"]
    assert not errors["message"].str.contains("eleven|Paspertin").any()
