"""How numbers are written in tables and sentences."""

from __future__ import annotations

import math

import pytest

from outcomes.tables.numbers import count, interval, number, percent, share, signed


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        (number(-1.25, 2), "\N{MINUS SIGN}1.25"),
        (number(-0.04), "0.0"),  # no minus before a zero
        (number(None), "\N{EN DASH}"),
        (number(math.nan), "\N{EN DASH}"),
        (number(math.inf), "\N{EN DASH}"),
        (signed(1.87), "+1.9"),
        (signed(-3.2), "\N{MINUS SIGN}3.2"),
        (signed(0.0), "0.0"),
        (signed(math.nan), "\N{EN DASH}"),
        (interval(-0.6, 4.35, 2), "\N{MINUS SIGN}0.60 to 4.35"),
        (interval(math.nan, 4.35), "\N{EN DASH}"),
        (percent(27.27, 55), "27%"),
        (percent(27.27, 100), "27.3%"),
        (percent(math.nan, 100), "\N{EN DASH}"),
        (share(15, 55), "15/55 (27%)"),
        (share(0, 0), "0/0"),
        (count(1, "day"), "1 day"),
        (count(12345, "day"), "12,345 days"),
        (count(2, "diary", "diaries"), "2 diaries"),
    ],
)
def test_numbers_are_written_as_tables_need_them(written, expected):
    assert written == expected
