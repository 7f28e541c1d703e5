"""Burden: chronic headache and overuse days, at their limits."""

from __future__ import annotations

from typing import Any

import pandas as pd
import pytest

from derive_study import diary, study
from outcomes.derive.burden import burden


def month(headache: int, migraine: int | None, drugs: list[str | None], **rules: Any) -> dict[str, Any]:
    """Derive a 28-day baseline: so many headache days, migraine days, and the drugs of the first days."""
    flags = [True] * headache + [False] * (28 - headache)
    told = None if migraine is None else [i < migraine for i in range(28)]
    taken = [*drugs, *["none"] * (28 - len(drugs))]
    rows = diary("p", "2026-02-01", flags, migraine=told, acute_medication=taken)
    given = study(
        patients={"patient_id": ["p"], "index_date": ["2026-03-01"]},
        diary=rows,
        rules={"migraine_day": "reported", **rules},
    )
    return burden(given).to_dict("records")[0]


def answer(value: Any) -> bool | None:
    return None if pd.isna(value) else bool(value)


@pytest.mark.parametrize(
    ("headache", "migraine", "expected"),
    [(15, 8, True), (14, 8, False), (15, 7, False), (28, None, None), (14, None, False)],
)
def test_chronic(headache: int, migraine: int | None, expected: bool | None) -> None:
    got = month(headache, migraine, [])
    assert got["period"] == "baseline"
    assert got["headache_days"] == headache
    assert answer(got["chronic"]) is expected


def test_limits_of_chronic_follow_the_rules() -> None:
    assert answer(month(14, 7, [], chronic_headache_days=14, chronic_migraine_days=7)["chronic"]) is True


@pytest.mark.parametrize(
    ("drugs", "expected"),
    [
        (["triptan"] * 10, True),
        (["triptan"] * 9, False),
        (["triptan"] * 3 + ["ergot"] * 3 + ["opioid"] * 2 + ["combination"] * 2, True),
        (["nsaid"] * 14, False),
        (["nsaid"] * 8 + ["simple_analgesic"] * 7, True),
        (["nsaid"] * 5 + ["triptan"] * 5, True),
        (["nsaid+triptan"] * 9, False),
        (["gepant"] * 20, False),
        (["none"] * 28, False),
    ],
)
def test_overuse(drugs: list[str | None], expected: bool) -> None:
    assert answer(month(28, 28, drugs)["overuse"]) is expected


def test_limits_of_overuse_follow_the_rules() -> None:
    assert answer(month(28, 28, ["triptan"] * 9, overuse_triptan_like=9)["overuse"]) is True
    assert answer(month(28, 28, ["nsaid"] * 10, overuse_simple=10)["overuse"]) is True


def test_days_are_per_month_and_missing_drugs_leave_it_open() -> None:
    got = month(28, 28, ["triptan"] * 8 + [None] * 8)
    assert got["triptan_like_days"] == pytest.approx(8 / 20 * 28)
    assert answer(got["overuse"]) is True
    none = month(28, 28, [None] * 28)
    assert pd.isna(none["triptan_like_days"])
    assert answer(none["overuse"]) is None


def test_a_row_for_every_period_that_began() -> None:
    given = study(
        patients={"patient_id": ["p"], "index_date": ["2026-03-01"]},
        diary=diary("p", "2026-02-01", [True] * 80),
    )
    got = burden(given)
    assert got["period"].astype(str).tolist() == ["baseline", "days 1-28", "days 29-56"]
    assert len(burden(study())) == 0
