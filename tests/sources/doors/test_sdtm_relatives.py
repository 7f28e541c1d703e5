"""Domains as sponsors write them: no groups, steps, planned, not done, other units; counted by hand."""

from __future__ import annotations

import pandas as pd
import pytest

import outcomes as oc
from outcomes.sources.cdisc.data_set_files import dataset_json

DM = pd.DataFrame({"USUBJID": ["A", "B"], "RFSTDTC": "2026-02-01"})
FACE = pd.DataFrame(
    {"USUBJID": ["A", "B"], "FATESTCD": "OCCUR", "FAORRES": ["Y", "N"], "FADTC": "2026-01-05"}
)
#: A: two sessions; the first is given in three steps with a pause of half an hour.
EX = pd.DataFrame(
    [
        ("A", "2026-02-01T08:00", "2026-02-01T09:00", "10", "mg"),
        ("A", "2026-02-01T09:00", "2026-02-01T10:00", "20", "mg"),
        ("A", "2026-02-01T10:30", "2026-02-01T12:00", "30", "mg"),
        ("A", "2026-02-08T08:00", "2026-02-08T12:00", "50", "mg"),
        ("B", "2026-02-01T08:30", "2026-02-01T11:00", "40", "mg"),
    ],
    columns=["USUBJID", "EXSTDTC", "EXENDTC", "EXDOSE", "EXDOSU"],
)
STEPS = [("2026-02-01T08:00", "2026-02-01T09:00", "0.1"), ("2026-02-01T09:00", "2026-02-01T10:00", "0.2"),
         ("2026-02-01T10:30", "2026-02-01T12:00", "0.4")]  # fmt: skip


def study_of(folder, **domains):
    (folder / "sdtm").mkdir(exist_ok=True)
    for name, records in ({"dm": DM, "face": FACE} | domains).items():
        (folder / "sdtm" / f"{name}.json").write_bytes(dataset_json(name.upper(), records.astype("str")))
    (folder / "study.toml").write_text('title = "t"\ntimezone = "Europe/Zurich"\n[tables]\nsdtm = "sdtm"\n')
    return oc.read_study(folder)


def errors(study):
    found = study.findings[study.findings["severity"].eq("error")]
    return sorted(set(zip(found["table"], found["rule"], strict=True)))


def test_records_of_ex_that_follow_each_other_are_one_session(tmp_path):
    sessions = study_of(tmp_path, ex=EX).sessions
    assert sessions["patient_id"].tolist() == ["A", "A", "B"]
    hours = (sessions["end"] - sessions["start"]) / pd.Timedelta(hours=1)
    assert hours.tolist() == [4, 4, 2.5]
    assert sessions["dose_mg"].tolist() == [60, 50, 40]


def test_records_that_overlap_are_never_added_up(tmp_path):
    same = study_of(tmp_path, ex=pd.concat([EX, EX.iloc[[3]]], ignore_index=True))
    assert same.sessions["dose_mg"].tolist() == [60, 50, 40]
    assert same.findings["rule"].tolist() == ["same_row_again"]
    twice = pd.concat([EX, EX.iloc[[3]].assign(EXDOSE="45")], ignore_index=True)
    study = study_of(tmp_path, ex=twice)
    assert study.sessions["dose_mg"].max() == 60
    assert "session_overlap" in study.findings["rule"].tolist()
    named = study_of(tmp_path, ex=twice.assign(EXGRPID=["1", "1", "1", "2", "3", "2"]))
    assert ("sessions", "duplicate_session") in errors(named)
    assert named.sessions["dose_mg"].tolist() == [60, 40]


@pytest.mark.parametrize("unit", ["mg/kg/h", "ug/kg/min"])
def test_steps_without_a_group_belong_to_the_session_that_runs(tmp_path, unit):
    factor = {"mg/kg/h": 1.0, "ug/kg/min": 1 / 0.06}[unit]
    ec = pd.DataFrame(STEPS, columns=["ECSTDTC", "ECENDTC", "ECDOSE"]).assign(
        USUBJID="A", ECDOSU=unit, ECMOOD="PERFORMED"
    )
    ec["ECDOSE"] = ec["ECDOSE"].astype("float64") * factor
    planned = ec.iloc[[0]].assign(ECMOOD="SCHEDULED", ECDOSE=9.0)
    away = ec.iloc[[0]].assign(ECSTDTC="2026-03-01T08:00", ECENDTC="2026-03-01T09:00")
    study = study_of(tmp_path, ex=EX, ec=pd.concat([ec, planned], ignore_index=True))
    log = study.titration
    assert log["rate"].round(9).tolist() == [0.1, 0.2, 0, 0.4, 0]
    assert log["action"].tolist() == ["start", "rate", "rate", "rate", "stop"]
    assert set(log["session_id"]) == {study.sessions["session_id"][0]}
    mean = oc.exposure(study).set_index("session_id")["mean_rate"]
    assert mean[study.sessions["session_id"][0]] == pytest.approx((0.1 + 0.2 + 0.4 * 1.5) / 4)
    assert "not given or not done" in " ".join(study.provenance["turned"])
    lost = study_of(tmp_path, ex=EX, ec=pd.concat([ec, away], ignore_index=True))
    assert ("titration", "missing_value") in errors(lost)


def test_rates_in_ex_are_a_log_and_no_doses(tmp_path):
    ex = EX.iloc[:3].assign(EXDOSE=["0.1", "0.2", "0.4"], EXDOSU="mg/kg/h")
    study = study_of(tmp_path, ex=ex)
    assert len(study.sessions) == 1
    assert study.sessions["dose_mg"].isna().all()
    assert study.titration["rate"].tolist() == [0.1, 0.2, 0, 0.4, 0]


@pytest.mark.parametrize(
    ("units", "doses"),
    [
        (["g"] * 5, [60_000, 50_000, 40_000]),
        (["mg"] * 4 + ["ug"], [60, 50, None]),
        (["mg"] * 4 + [""], [60, 50, None]),
    ],
    ids=["grams", "mixed", "none"],
)
def test_the_unit_of_doses_is_read_and_never_guessed(tmp_path, units, doses):
    study = study_of(tmp_path, ex=EX.assign(EXDOSU=units))
    found = study.sessions["dose_mg"]
    limit = 20_000  # mg, of the contract
    assert found.fillna(-1).tolist() == [-1 if one is None or one > limit else one for one in doses]
    assert ("sessions", "other_dose_unit" if None in doses else "out_of_range") in errors(study)


def test_other_tests_and_single_questions_are_no_rows(tmp_path):
    lb = pd.DataFrame(
        [("A", "ALT", "30", "U/L", "40", ""), ("A", "SODIUM", "140", "mmol/L", "145", ""),
         ("B", "AST", "", "U/L", "", "NOT DONE")],
        columns=["USUBJID", "LBTESTCD", "LBORRES", "LBORRESU", "LBORNRHI", "LBSTAT"],
    ).assign(LBDTC="2026-01-20")  # fmt: skip
    qs = pd.DataFrame(
        [("A", "PHQ-9", "PHQ01-Little Interest", "2"), ("A", "PHQ-9", "PHQ01-Total Score", "11"),
         ("A", "HIT-6 V1.0", "Total Score", "64"), ("A", "PGI-C", "PGIC-Change", "2"),
         ("A", "ADAS-COG", "Total", "30")],
        columns=["USUBJID", "QSCAT", "QSTEST", "QSORRES"],
    ).assign(QSDTC="2026-01-20")  # fmt: skip
    study = study_of(tmp_path, lb=lb, qs=qs)
    assert study.laboratory[["test", "value"]].to_numpy().tolist() == [["alt", 30]]
    scores = study.assessments.set_index("instrument")["score"].to_dict()
    assert scores == {"PHQ-9": 11, "HIT-6": 64, "PGIC": 2}
    assert errors(study) == []


def test_events_that_did_not_occur_are_none(tmp_path):
    ae = pd.DataFrame({"USUBJID": ["A", "A"], "AETERM": ["nausea", "vomiting"], "AEOCCUR": ["Y", "N"],
                       "AESTDTC": "2026-02-01T09:00", "AESEV": "MILD"})  # fmt: skip
    study = study_of(tmp_path, ex=EX, ae=ae)
    assert study.adverse_events["term"].tolist() == ["nausea"]
    assert study.adverse_events["grade"].tolist() == [1]
