"""Marks of numbers: what is not declared and may be either of two is not read."""

from __future__ import annotations

import pandas as pd
import pytest

import outcomes as oc
from outcomes.schema.contract import specs
from outcomes.sources.conventions import TableSource
from outcomes.sources.number_texts import read_numbers
from shared import shared

NONE = None


def numbers(texts, **keys):
    texts = pd.Series(texts, dtype="str")
    spec = specs("sessions")["dose_mg"]
    values, faults = read_numbers(texts, (texts != "").to_numpy(), spec, TableSource(file="d", **keys))
    found = {}
    for fault in faults:
        if fault.texts.any():
            found[fault.rule] = sorted([*found.get(fault.rule, []), *fault.texts.nonzero()[0].tolist()])
    return [None if value != value else value for value in values], found


@pytest.mark.reference
def test_a_dose_with_a_mark_before_three_digits_is_not_read():
    study = oc.read_study(shared("cases", "thousands"))
    found = study.findings.query("rule == 'ambiguous_mark'")
    assert found[["row", "column"]].to_numpy().tolist() == [[1, "dose_mg"], [2, "dose_mg"]]
    assert 'thousands = ","' in found["hint"].iloc[0]
    assert 'decimal = ","' in found["hint"].iloc[0]


@pytest.mark.parametrize(
    ("texts", "keys", "values", "rules"),
    [
        (["1,250", "80"], {}, [NONE, 80], {"ambiguous_mark": [0]}),
        (["1,250", "80"], {"thousands": ","}, [1250, 80], {}),
        (["1,250", "80"], {"decimal": ","}, [1.25, 80], {}),
        (["1.250", "80"], {}, [NONE, 80], {"ambiguous_mark": [0]}),
        (["1.250", "80"], {"decimal": "."}, [1.25, 80], {}),
        (["1.250", "80"], {"decimal": ",", "thousands": "."}, [1250, 80], {}),
        (["1.250", "80"], {"decimal": ","}, [NONE, 80], {"ambiguous_mark": [0]}),
        (["1.250", "0.5"], {}, [1.25, 0.5], {}),
        (["0.125", "12.75"], {}, [0.125, 12.75], {}),
        (["1,250", "3,5"], {}, [NONE, NONE], {"other_decimal_mark": [0, 1]}),
        (["1,250", "1,250,000"], {}, [NONE, NONE], {"thousands_mark": [0, 1]}),
        (["1,250.5", "7"], {}, [NONE, 7], {"thousands_mark": [0]}),
        (["1,250.5", "7.25"], {"thousands": ","}, [1250.5, 7.25], {}),
        (["1.250,5"], {"decimal": ",", "thousands": "."}, [1250.5], {}),
        (["1'250", "1\u2019250"], {}, [NONE, NONE], {"thousands_mark": [0, 1]}),
        (["1'250", "1\u2019250.5"], {"thousands": "'"}, [1250, 1250.5], {}),
        (["1\u202f250", "1 250"], {"thousands": " "}, [1250, 1250], {}),
        (["12,50"], {"thousands": ","}, [NONE], {"not_a_number": [0]}),
        (["1,25,000", "1250,"], {"thousands": ","}, [NONE, NONE], {"not_a_number": [0, 1]}),
        (["1e3", "-2.5", "+.5", ""], {}, [1000, -2.5, 0.5, NONE], {}),
        (
            ["nan", "inf", "1e999", "0x1f", "1_000", "\u0661"],
            {},
            [NONE] * 6,
            {"not_a_number": [0, 1, 2, 3, 4, 5]},
        ),
    ],
)
def test_numbers_are_read_by_the_declared_marks(texts, keys, values, rules):
    assert numbers(texts, **keys) == (values, rules)


LIMIT, RANGE, ESTIMATE, FRACTION = "a limit", "a range", "an estimate", "a fraction"
UNIT, OTHER = "a unit or a word beside", "is not a number"


@pytest.mark.parametrize(
    ("what", "do", "texts"),
    [
        (
            LIMIT,
            "leave the cell empty",
            [">5", "5+", "<1", "\u2265 4", "at least 3", "4 or more", "> 5 h", "Up to 3"],
        ),
        (RANGE, "that your protocol takes", ["3-4", "2 to 3", "3\u20134", "3 bis 4", "3-4h", "1.5 - 2"]),
        (ESTIMATE, "takes estimates", ["~3", "ca. 5", "Approx. 7", "etwa 2", "5?"]),
        (FRACTION, "0.5 for one half", ["\u00bd", "1\u00bd", "1/2", "1 1/2", "7/10"]),
        (UNIT, "declared once", ["60kg", "5 h", "120 mg", "10 %"]),
        (OTHER, "write digits only", ["bad", "1.5.2", "=1+1", "-", "2026-01-05"]),
    ],
)
def test_what_is_no_number_is_told_by_its_kind_and_never_guessed(what, do, texts):
    given = pd.Series(texts)
    values, faults = read_numbers(
        given, given.notna().to_numpy(), specs("diary")["pain"], TableSource(file="d")
    )
    found = [fault for fault in faults if fault.texts.any()]
    assert values.isna().all()
    assert [(fault.rule, fault.texts.all()) for fault in found] == [("not_a_number", True)]
    assert what in found[0].message
    assert do in found[0].hint
    assert not any(text in found[0].message + found[0].hint for text in texts if len(text) > 2)


def test_a_range_costs_its_cell_alone_and_can_be_mapped():
    date = pd.date_range("2025-01-01", periods=6).strftime("%Y-%m-%d")
    diary = pd.DataFrame({"patient_id": "1", "date": date, "headache": "yes", "pain": ["3-4"] * 5 + ["5"]})
    checked = oc.validate({"diary": diary})
    assert checked.accepted["diary"]["pain"].tolist()[5:] == [5.0]
    assert checked.accepted["diary"]["pain"].isna().sum() == 5
    told = checked.findings.query("rule == 'column_declared_wrongly'")
    assert "5 x range such as 9-9" in told["message"].item()
    assert "values.pain" in told["hint"].item()
    mapped = oc.validate({"diary": diary}, reading={"values": {"pain": {"3-4": "4"}}})
    assert mapped.accepted["diary"]["pain"].tolist() == [4.0] * 5 + [5.0]
