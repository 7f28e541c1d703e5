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
    found = {fault.rule: fault.texts.nonzero()[0].tolist() for fault in faults if fault.texts.any()}
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
