"""CTCAE v5 grades at every bound, shift counted by hand, Hy's law; the table as a clinic hands it in."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import outcomes as oc
from outcomes.errors import ArgumentError, DataError

FIRST = pd.Timestamp("2026-01-10")
START = pd.DataFrame({"patient_id": ["a", "b", "c"], "first_day": FIRST})


def values(*rows: tuple[str, int, str, float | None]) -> pd.DataFrame:
    """Return values of patient, day from the first infusion, test, multiple of a limit of 40."""
    frame = pd.DataFrame(rows, columns=["patient_id", "day", "test", "times"])
    frame["date"] = FIRST + pd.to_timedelta(frame.pop("day"), unit="D")
    return frame.assign(value=40.0 * frame.pop("times").astype(float), upper_limit=40.0, unit="U/L")


def grade(test: str, times: float, baseline: float | None = None) -> int:
    rows = [("a", 5, test, times)] + ([("a", -1, test, baseline)] if baseline else [])
    return int(oc.lab_grades(values(*rows), START)["grade"].iloc[0])


BOUNDS = {
    "alt": (3, 5, 20), "ast": (3, 5, 20), "alp": (2.5, 5, 20), "ggt": (2.5, 5, 20),
    "bilirubin": (1.5, 3, 10), "creatinine": (1.5, 3, 6),
}  # fmt: skip
#: A multiple that is just above another.
MORE = 1 + 1e-9


@pytest.mark.parametrize(("test", "bounds"), BOUNDS.items())
def test_grades_begin_above_the_multiples_of_the_limit(test, bounds) -> None:
    assert (grade(test, 1.0), grade(test, MORE)) == (0, 1)
    for number, bound in enumerate(bounds, start=2):
        assert (grade(test, bound), grade(test, bound * MORE)) == (number - 1, number)


@pytest.mark.parametrize(("test", "first"), [("alt", 1.5), ("ast", 1.5), ("alp", 2.0), ("ggt", 2.0)])
def test_an_abnormal_baseline_takes_the_place_of_the_limit(test, first) -> None:
    baseline = 2.0
    assert (grade(test, 1.99 * first, baseline), grade(test, 2 * first, baseline)) == (0, 1)
    for number, bound in enumerate(BOUNDS[test], start=2):
        assert (grade(test, 2 * bound, baseline), grade(test, 2 * bound * MORE, baseline)) == (
            number - 1,
            number,
        )
    assert grade(test, BOUNDS[test][0] * MORE, 1.0) == 2, "a baseline at the limit is normal"


def test_bilirubin_and_creatinine_have_rules_of_their_own() -> None:
    assert (grade("bilirubin", 2.0, 2.0), grade("bilirubin", 2.0 * MORE, 2.0)) == (0, 1)
    assert (grade("creatinine", 0.75, 0.5), grade("creatinine", 0.75 * MORE, 0.5)) == (0, 2)
    assert (grade("creatinine", 1.5, 0.5), grade("creatinine", 1.5 * MORE, 0.5)) == (2, 3)
    assert grade("creatinine", 6 * MORE, 2.0) == 4


def test_what_is_not_known_has_no_grade() -> None:
    rows = values(("a", 5, "alt", 9.0), ("a", 6, "alt", None), ("a", 7, "other", 9.0), ("a", 8, "alt", 0.5))
    rows.loc[0, "upper_limit"] = np.nan
    found = oc.lab_grades(rows.assign(qualifier=[None, None, None, "below"]), START)
    assert found["grade"].isna().tolist() == [True, True, True, False]
    high = values(("a", 5, "alt", 2.0)).assign(qualifier="below")
    assert oc.lab_grades(high, START)["grade"].isna().all(), "below twice the limit may be normal or not"
    above = values(("a", 5, "alt", 6.0)).assign(qualifier="above")
    assert oc.lab_grades(above, START)["grade"].tolist() == [3]


def test_mixed_units_are_compared_by_their_limits() -> None:
    rows = values(("a", -1, "bilirubin", 2.0), ("a", 5, "bilirubin", 4.0))
    rows.loc[0, ["value", "upper_limit", "unit"]] = [2.4, 1.2, "mg/dL"]
    found = oc.lab_grades(rows, START)
    assert found["times_baseline"].tolist() == [1.0, 2.0]
    assert found["grade"].tolist() == [2, 2]


def test_the_day_of_the_first_infusion_is_baseline_and_the_last_value_counts() -> None:
    found = oc.lab_grades(values(("a", -9, "alt", 4.0), ("a", 0, "alt", 1.0), ("a", 1, "alt", 3.5)), START)
    assert found["on_treatment"].tolist() == [False, False, True]
    assert found["baseline"].tolist() == [40.0] * 3
    assert found["grade"].tolist() == [2, 0, 2]


def test_shift_and_signals_are_those_counted_by_hand() -> None:
    rows = values(
        ("a", -1, "alt", 1.0), ("a", 5, "alt", 3.5), ("a", 9, "alt", 1.0), ("a", 19, "bilirubin", 2.0),
        ("b", -1, "alt", 1.0), ("b", 5, "alt", 6.0), ("b", 20, "bilirubin", 2.5),
        ("c", 5, "ast", 3.0), ("c", 5, "bilirubin", 1.0),
    )  # fmt: skip
    graded = oc.lab_grades(rows, START)
    shift = oc.lab_shift(graded).to_frame()
    alt = shift[shift["test"] == "alt"]
    assert alt[["baseline_grade", "worst_grade", "n", "N"]].to_numpy().tolist() == [
        [0, 2, 1, 2],
        [0, 3, 1, 2],
    ]
    signals = oc.liver_signals(graded)
    counts = dict(zip(signals["term"], zip(signals["n"], signals["N"], strict=True), strict=True))
    assert counts["ALT or AST >= 3 times limit"] == (3, 3)
    assert counts["ALT or AST >= 5 times limit"] == (1, 3)
    assert counts["bilirubin >= 2 times limit"] == (2, 3)
    assert counts["Hy's law"] == (1, 3), "b's bilirubin came a day too late"
    law = signals.members[signals.members["row"] == 5]
    assert law["patient_id"].tolist() == ["a"]
    assert signals["upper"].iloc[-1] == pytest.approx(90.57, abs=0.01)


def test_bad_values_are_refused_with_rows_named() -> None:
    with pytest.raises(DataError, match="1 value is negative"):
        oc.lab_grades(values(("a", 5, "alt", -1.0)), START)
    with pytest.raises(DataError, match="1 upper limit is not above 0"):
        oc.lab_grades(values(("a", 5, "alt", 1.0)).assign(upper_limit=0.0), START)
    with pytest.raises(ArgumentError, match="not graded"):
        oc.lab_shift(values(("a", 5, "alt", 1.0)))
    nobody = oc.liver_signals(oc.lab_grades(values(("z", 5, "alt", 9.0)), START))
    assert nobody["N"].tolist() == [0] * 6
    assert nobody["percent"].isna().all()


def test_a_study_reads_values_below_detection_and_says_what_it_cannot_read() -> None:
    rows = {
        "patient_id": "a",
        "date": ["2026-01-01", "2026-01-20", "2026-01-21", "2026-01-22"],
        "test": ["alt", "ALT", "bilirubin", "foo"],
        "value": ["< 5", "200", "> 30", "1"],
        "unit": "U/L",
        "upper_limit": ["40", "40", "", "40"],
    }
    study = oc.Study(
        diary=pd.DataFrame({"patient_id": ["a"], "date": ["2026-01-01"], "headache": ["no"]}),
        sessions=pd.DataFrame(
            {
                "session_id": ["s"],
                "patient_id": ["a"],
                "start": ["2026-01-10 09:00"],
                "end": ["2026-01-10 12:00"],
            }
        ),
        laboratory=pd.DataFrame(rows),
    )
    found = study.laboratory
    assert found["value"].tolist() == [5.0, 200.0, 30.0]
    assert found["qualifier"].fillna("").tolist() == ["below", "", "above"]
    assert study.findings[["table", "column", "rule"]].to_numpy().tolist() == [
        ["laboratory", "test", "unknown_code"]
    ]
    graded = oc.lab_grades(found, oc.follow_up(study))
    assert graded["grade"].fillna(-1).tolist() == [0, 2, -1]
