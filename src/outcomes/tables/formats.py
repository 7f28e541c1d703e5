"""What a column of a table says: the texts that every page prints, and the numbers that a spreadsheet gets.

A format names the columns of the tidy frame that it reads. All rows of a column have the same number of
decimals, so that figures which stand right stand under each other.
"""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd

from outcomes.results import format_p
from outcomes.tables.numbers import EMPTY, interval, number, percent, percent_digits, signed

__all__ = ["Format", "Interval", "Number", "PValue", "Part", "Percent", "Ratio", "Share", "Text", "Whole"]


@dataclass(frozen=True, slots=True)
class Part:
    """A column of a spreadsheet: what is added to the heading, the values, and how they are shown."""

    suffix: str
    values: list[float | str | None]
    number_format: str = "General"


class Format(ABC):
    """How the cells of one column are made from the frame."""

    __slots__ = ()
    align: Literal["left", "right"] = "right"

    @property
    @abstractmethod
    def sources(self) -> tuple[str, ...]:
        """Columns of the frame that it reads."""

    @abstractmethod
    def texts(self, frame: pd.DataFrame) -> list[str]:
        """Return one text per row."""

    @abstractmethod
    def parts(self, frame: pd.DataFrame) -> list[Part]:
        """Return the columns of a spreadsheet: numbers where they are numbers."""


def _floats(frame: pd.DataFrame, column: str) -> list[float]:
    found: list[float] = frame[column].to_numpy(dtype=np.float64, na_value=np.nan).tolist()
    return found


def _values(frame: pd.DataFrame, column: str, scale: float = 1.0) -> list[float | str | None]:
    return [value * scale if math.isfinite(value) else None for value in _floats(frame, column)]


def _decimals(digits: int) -> str:
    return "0" if digits == 0 else f"0.{'0' * digits}"


@dataclass(frozen=True, slots=True)
class Text(Format):
    """Words, or figures that were written before; the second kind stands right."""

    column: str
    align: Literal["left", "right"] = "left"

    @property
    def sources(self) -> tuple[str, ...]:
        """Columns of the frame that it reads."""
        return (self.column,)

    def texts(self, frame: pd.DataFrame) -> list[str]:
        """Return the texts; a dash for a missing one."""
        column = frame[self.column]
        # not astype("str"): it refuses half a pair of surrogates, which the table replaces
        return [EMPTY if gone else str(value) for value, gone in zip(column, column.isna(), strict=True)]

    def parts(self, frame: pd.DataFrame) -> list[Part]:
        """Return the texts as they are."""
        return [Part("", list(self.texts(frame)), "@")]


@dataclass(frozen=True, slots=True)
class Number(Format):
    """A number with so many decimals; `sign` writes the plus of a change."""

    column: str
    digits: int = 1
    sign: bool = False

    @property
    def sources(self) -> tuple[str, ...]:
        """Columns of the frame that it reads."""
        return (self.column,)

    def texts(self, frame: pd.DataFrame) -> list[str]:
        """Return numbers with a true minus sign."""
        write = signed if self.sign else number
        return [write(value, self.digits) for value in _floats(frame, self.column)]

    def parts(self, frame: pd.DataFrame) -> list[Part]:
        """Return the numbers, not rounded."""
        plain = _decimals(self.digits)
        shown = f"+{plain};\N{MINUS SIGN}{plain};{plain}" if self.sign else f"{plain};\N{MINUS SIGN}{plain}"
        return [Part("", _values(frame, self.column), shown)]


@dataclass(frozen=True, slots=True)
class Whole(Format):
    """A count, with a comma between thousands."""

    column: str

    @property
    def sources(self) -> tuple[str, ...]:
        """Columns of the frame that it reads."""
        return (self.column,)

    def texts(self, frame: pd.DataFrame) -> list[str]:
        """Return counts."""
        return [f"{value:,.0f}" if math.isfinite(value) else EMPTY for value in _floats(frame, self.column)]

    def parts(self, frame: pd.DataFrame) -> list[Part]:
        """Return counts."""
        return [Part("", _values(frame, self.column), "#,##0")]


@dataclass(frozen=True, slots=True)
class Percent(Format):
    """A percentage with the decimals that the smallest denominator of the column carries."""

    column: str
    total: str

    @property
    def sources(self) -> tuple[str, ...]:
        """Columns of the frame that it reads."""
        return (self.column,)

    def texts(self, frame: pd.DataFrame) -> list[str]:
        """Return percentages."""
        smallest = _smallest(frame, self.total)
        return [percent(value, smallest) for value in _floats(frame, self.column)]

    def parts(self, frame: pd.DataFrame) -> list[Part]:
        """Return fractions shown as percentages."""
        shown = _decimals(percent_digits(_smallest(frame, self.total))) + "%"
        return [Part("", _values(frame, self.column, 0.01), shown)]


def _smallest(frame: pd.DataFrame, total: str) -> float:
    totals = [value for value in _floats(frame, total) if value > 0]
    return min(totals, default=0.0)


@dataclass(frozen=True, slots=True)
class Ratio(Format):
    """``n/N``."""

    n: str = "n"
    total: str = "N"

    @property
    def sources(self) -> tuple[str, ...]:
        """Columns of the frame that it reads."""
        return (self.n, self.total)

    def texts(self, frame: pd.DataFrame) -> list[str]:
        """Return ``n/N``; a dash when neither is known."""
        pairs = zip(_floats(frame, self.n), _floats(frame, self.total), strict=True)
        return [_ratio(n, total) for n, total in pairs]

    def parts(self, frame: pd.DataFrame) -> list[Part]:
        """Return numerator and denominator as two columns."""
        return [
            Part(f": {end}", _values(frame, name), "0") for end, name in (("n", self.n), ("N", self.total))
        ]


def _ratio(n: float, total: float) -> str:
    if math.isnan(n) and math.isnan(total):
        return EMPTY
    return f"{number(n, 0)}/{number(total, 0)}"


@dataclass(frozen=True, slots=True)
class Share(Ratio):
    """``n/N (percent)``."""

    def texts(self, frame: pd.DataFrame) -> list[str]:
        """Return ``n/N (percent)``, the percentage with the decimals of the smallest denominator."""
        smallest = _smallest(frame, self.total)
        return [
            f"{_ratio(n, total)} ({percent(100 * n / total, smallest)})" if total > 0 else _ratio(n, total)
            for n, total in zip(_floats(frame, self.n), _floats(frame, self.total), strict=True)
        ]

    def parts(self, frame: pd.DataFrame) -> list[Part]:
        """Return numerator, denominator and percentage."""
        n, total = _floats(frame, self.n), _floats(frame, self.total)
        shares: list[float | str | None] = [a / b if b > 0 else None for a, b in zip(n, total, strict=True)]
        shown = _decimals(percent_digits(_smallest(frame, self.total))) + "%"
        return [*Ratio(self.n, self.total).parts(frame), Part(": %", shares, shown)]


@dataclass(frozen=True, slots=True)
class Interval(Format):
    """``lower to upper``."""

    lower: str = "lower"
    upper: str = "upper"
    digits: int = 1

    @property
    def sources(self) -> tuple[str, ...]:
        """Columns of the frame that it reads."""
        return (self.lower, self.upper)

    def texts(self, frame: pd.DataFrame) -> list[str]:
        """Return intervals."""
        limits = zip(_floats(frame, self.lower), _floats(frame, self.upper), strict=True)
        return [interval(low, high, self.digits) for low, high in limits]

    def parts(self, frame: pd.DataFrame) -> list[Part]:
        """Return both limits as columns."""
        ends = ((": lower", self.lower), (": upper", self.upper))
        plain = _decimals(self.digits)
        shown = f"{plain};\N{MINUS SIGN}{plain}"
        return [Part(suffix, _values(frame, name), shown) for suffix, name in ends]


@dataclass(frozen=True, slots=True)
class PValue(Format):
    """A P value as journals write it: ``.049``, ``< .001``."""

    column: str = "p_value"

    @property
    def sources(self) -> tuple[str, ...]:
        """Columns of the frame that it reads."""
        return (self.column,)

    def texts(self, frame: pd.DataFrame) -> list[str]:
        """Return P values; a dash for a missing one."""
        return [format_p(value) or EMPTY for value in _floats(frame, self.column)]

    def parts(self, frame: pd.DataFrame) -> list[Part]:
        """Return the numbers; a spreadsheet shows them as the text does."""
        return [Part("", _values(frame, self.column), '[<0.001]"< .001";[>0.999]"> .999";.000')]
