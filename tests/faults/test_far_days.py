"""A diary that lies years away from the sessions is told, with what would mend it; a long one is not."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import outcomes as oc
from outcomes.cli import main
from outcomes.page.opening import opening_lines
from outcomes.page.readers import Readers
from outcomes.schema.far_days import far_days
from outcomes.schema.look_up import coded
from shared import shared
from studies import write_study

FIRST = pd.Timestamp("2026-02-01 10:00", tz="UTC")
END = FIRST + pd.Timedelta(hours=2)
RULE, WRONGLY = "diary_far_from_sessions", "column_declared_wrongly"


def tables(*shifts: int, days: int = 120, before: int = 28) -> dict[str, pd.DataFrame]:
    """Return one patient a shift: a session each, and a diary around it that is off by so many days."""
    ids = [f"P{place}" for place in range(len(shifts))]
    sessions = pd.DataFrame({"session_id": ids, "patient_id": ids, "start": FIRST, "end": END})
    begin = FIRST.tz_localize(None).normalize() - pd.Timedelta(days=before)
    dates = [pd.date_range(begin + pd.Timedelta(days=shift), periods=days) for shift in shifts]
    diary = pd.concat(
        pd.DataFrame({"patient_id": name, "date": of, "headache": [True, False] * (days // 2)})
        for name, of in zip(ids, dates, strict=True)
    )
    return {"sessions": sessions, "diary": diary}


def told(given: dict[str, pd.DataFrame]) -> pd.DataFrame:
    found = oc.validate(given).findings
    return found[(found["rule"] == RULE) | found["message"].str.contains("the diaries lie")]


@pytest.mark.parametrize(
    ("shift", "words"),
    [
        (-1462, "1,462 days later they would fit: so far apart are Excel's calendars of 1900 and of 1904"),
        (1462, "1,462 days earlier they would fit"),
        (-365, "; a year later they would fit"),
        (-4000, "index date (3 of 3 treated patients)"),
    ],
)
def test_a_study_whose_diaries_all_lie_elsewhere_is_declared_wrongly(shift, words):
    found = told(tables(*[shift] * 3))
    assert found[["column", "rule", "severity", "count"]].to_numpy().tolist() == [
        ["date", WRONGLY, "error", 360]
    ]
    assert words in found["message"].item()
    assert ("excel1904" in found["hint"].item()) == (abs(shift) == 1462)


def test_one_patient_whose_diary_lies_elsewhere_is_told_at_her_first_day():
    found = told(tables(0, -1462, 0, 3000))
    assert found[["row", "rule", "severity"]].to_numpy().tolist() == [
        [121, RULE, "warning"],
        [361, RULE, "warning"],
    ]
    assert ["1,462 days later" in text for text in found["message"]] == [True, False]


@pytest.mark.parametrize(
    "given",
    [
        tables(0, 0),
        tables(0, days=4000, before=3990),  # eleven years of days that reach to the session
        tables(170, 170),  # late follow-up
        tables(0, 600),  # one patient came back to her diary
        {**tables(0), "diary": tables(0, -3000)["diary"]},  # a patient who was never treated
    ],
)
def test_a_diary_that_reaches_to_a_session_is_not_told(given):
    assert not len(told(given))


def with_slips(given, rows, days):
    dates = given["diary"]["date"].to_numpy().copy()
    dates[rows] += np.timedelta64(days, "D")
    return {**given, "diary": given["diary"].assign(date=dates)}


def test_one_slip_of_a_year_hides_no_diary_that_lies_elsewhere():
    found = told(with_slips(tables(0, -1462), [130], 1462))
    assert found[["row", "rule"]].to_numpy().tolist() == [[121, RULE]]


@pytest.mark.parametrize("days", [13149, -3652, 800])
def test_single_days_years_from_all_others_are_told_where_they_stand(days):
    found = told(with_slips(tables(0, 0), [7, 130], days))
    assert found[["row", "rule", "severity"]].to_numpy().tolist() == [
        [8, RULE, "warning"],
        [131, RULE, "warning"],
    ]
    assert found["message"].str.contains("other days").all()
    assert not len(told(with_slips(tables(0, 0), [7, 130], days // 40)))


def test_without_any_date_nothing_is_told():
    given = tables(0)
    assert not len(told({**given, "diary": given["diary"].assign(date="3.I.2026")}))


def test_index_dates_count_as_sessions():
    given = tables(-1462, -1462)
    dated = given["sessions"].assign(index_date=pd.Timestamp("2022-02-01"))[["patient_id", "index_date"]]
    assert not len(told({**given, "patients": dated}))


def test_parts_add_up():
    def facts(*shifts):
        empty = {"patients": pd.DataFrame({"patient_id": [], "index_date": pd.to_datetime([])})}
        given = tables(*shifts) | empty
        return far_days(given, coded(given["diary"]["patient_id"]))[0]

    assert facts(-1462, -1462) + facts(0) == facts(-1462, -1462, 0)
    assert (facts(-1462) + facts(-1462)).alarms()
    assert not (facts(-1462) + facts(0)).alarms()


def test_check_report_and_read_study_say_it_until_it_is_waived(tmp_path, capsys):
    given = tables(-1462)
    texts = {name: frame.to_csv(index=False) for name, frame in given.items()}
    path = write_study(tmp_path, texts)
    for words in (["check", str(path)], ["report", str(path), "--out", str(tmp_path / "out")]):
        with pytest.raises(SystemExit) as left:
            main(words)
        assert left.value.code == 4
        said = "".join(capsys.readouterr())
        assert "1,462 days later they would fit" in said
        assert "excel1904" in said
        assert "Traceback" not in said
    assert oc.read_study(path).declared_wrongly
    path.write_text(path.read_text() + '[waivers]\ndiary.date = "two studies on purpose"\n')
    with pytest.raises(SystemExit) as left:
        main(["check", str(path)])
    assert left.value.code != 4
    said = opening_lines(oc.read_study(path), Readers("external"))[-1]
    assert said.endswith("every session and index date. They are used anyway: two studies on purpose")
    assert "treated patients" not in said


@pytest.mark.long
@pytest.mark.parametrize("case", sorted(place.parent.name for place in shared("cases").glob("*/study.toml")))
def test_no_shared_case_shows_it(case):
    try:
        study = oc.read_study(shared("cases", case))
    except oc.OutcomesError:
        return
    assert RULE not in set(study.findings["rule"])
    assert not any(study.alarms["column"] == "date")
