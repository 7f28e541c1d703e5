"""How a source writes things: file, delimiter, decimal mark, dates, words for yes and no, names of columns.

Nothing is sniffed: what is not declared has the default, and what does not fit is a finding.
"""

from __future__ import annotations

import codecs
import re
from typing import Any, Literal, Self

from pydantic import Field, field_validator, model_validator

from outcomes.sources.calendar_words import Language
from outcomes.sources.date_format import DAY_NUMBERS
from outcomes.sources.shaping.keys import Shaping
from outcomes.sources.where_from import Door

__all__ = ["SCORE", "TableSource"]

#: Encodings of Python's own, in which no file is.
NOT_FOR_FILES = ("idna", "punycode", "unicode-escape", "raw-unicode-escape", "undefined", "utf-7")
#: How `headache` names the score that answers for it.
SCORE = re.compile(r"(pain|duration_h) above (\d+(?:\.\d+)?)")
#: Signs that may stand between fields: no letter, digit or quote.
DELIMITERS = ",;|\t:!#$%&*/^_~ "


class TableSource(Door, Shaping):
    """Where one table comes from and how its text is to be read.

    Examples
    --------
    >>> TableSource(file="diary.csv", decimal=",", delimiter=";").decimal
    ','
    """

    delimiter: str = Field(
        ",",
        min_length=1,
        max_length=1,
        description='what separates the fields of a line; a tab is "\\t"',
    )
    quote: str = Field(
        '"', min_length=1, max_length=1, description="what encloses a text that contains delimiters"
    )
    skip_lines: int = Field(
        0,
        ge=0,
        le=10_000,
        description="lines above the header that are not part of the table, such as titles",
    )
    header: tuple[str, ...] = Field(
        (), description="names of the columns, in order, for a file whose first line is a row"
    )
    footer: int = Field(
        0, ge=0, le=10_000, description="lines below the rows that are not part of the table, such as totals"
    )
    multiline: tuple[str, ...] = Field((), description="columns of notes that may hold line breaks")
    encoding: str = Field("utf-8", description="encoding of the text; a byte order mark of UTF-8 is skipped")
    decimal: Literal[".", ","] = Field(".", description="decimal mark of numbers")
    thousands: Literal["", ",", ".", " ", "'"] = Field(
        "", description="thousands separator of numbers, if there is one"
    )
    date_format: str = Field(
        "%Y-%m-%d",
        description="format of dates: strftime directives, ISO8601, or day numbers of excel or sas",
    )
    timestamp_format: str = Field(
        "ISO8601",
        description="format of times: ISO8601, excel or strftime directives; without offset it is local time",
    )
    language: Language = Field("en", description="language of the names of months and weekdays in dates")
    missing: tuple[str, ...] = Field(
        (), description="texts that mean: not recorded (an empty cell always does)"
    )
    yes: tuple[str, ...] = Field(("yes", "true", "1", "y"), description="words for yes, in any case")
    no: tuple[str, ...] = Field(("no", "false", "0", "n"), description="words for no, in any case")
    columns: dict[str, str] = Field({}, description="our name = the source's name")
    values: dict[str, dict[str, str]] = Field({}, description="our column: the source's text = our code")
    constants: dict[str, str] = Field({}, description="our column = one text for every row")
    units: dict[str, str] = Field(
        {}, description="unit of a column where the source uses another: rate, weight_kg, duration_h"
    )
    per_file: dict[str, dict[str, Any]] = Field(
        {}, description="file = keys of this table that differ for it, such as date_format or constants"
    )
    next_day: bool = Field(
        False,
        description="for sessions: an end that is earlier than its start on the same date belongs to the "
        "next day",
    )
    headache: str | None = Field(
        None,
        examples=["pain above 0"],
        description="for a diary without yes or no: the score that makes a day a headache day",
    )

    @field_validator("delimiter")
    @classmethod
    def _parts_fields(cls, value: str) -> str:
        if value not in DELIMITERS:
            raise ValueError('not a character that can separate fields; for instance ";", "," or "\\t" (tab)')
        return value

    @field_validator("quote")
    @classmethod
    def _is_a_quote(cls, value: str) -> str:
        if value.isalnum() or value.isspace() or not value.isascii():
            raise ValueError('not a character that can enclose a text; for instance "\'"')
        return value

    @field_validator("header")
    @classmethod
    def _names_columns(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        if len(set(value)) < len(value) or not all(name.strip() for name in value):
            raise ValueError("a name appears twice, or is empty")
        return value

    @field_validator("headache")
    @classmethod
    def _names_a_score(cls, value: str | None) -> str | None:
        if value is not None and not SCORE.fullmatch(value.strip()):
            raise ValueError('write "pain above 0" or "duration_h above 0"')
        return value

    @field_validator("encoding")
    @classmethod
    def _known_encoding(cls, value: str) -> str:
        try:
            "a".encode(value)
            known = codecs.lookup(value).name not in NOT_FOR_FILES
        except (LookupError, UnicodeError, ValueError):
            known = False
        if not known:
            raise ValueError("not an encoding of text files; for instance utf-8, cp1252 (Windows), utf-16")
        return value

    @field_validator("date_format", "timestamp_format")
    @classmethod
    def _known_format(cls, value: str) -> str:
        if value not in ("ISO8601", *DAY_NUMBERS) and not _names_a_day(value):
            raise ValueError(
                'not a format that names year, month and day, each once; for 31.01.2026 write "%d.%m.%Y", '
                'with a time after it "%d.%m.%Y %H:%M"'
            )
        return value

    @field_validator("timestamp_format")
    @classmethod
    def _offset_and_no_name(cls, value: str) -> str:
        if "%Z" in value:
            raise ValueError(
                "%Z reads the name of a zone, which may stand for several offsets; export the times with "
                "offsets and write %z, or without a zone as local times of the study's timezone"
            )
        return value

    @model_validator(mode="after")
    def _one_meaning(self) -> Self:
        both = {word.casefold() for word in self.yes} & {word.casefold() for word in self.no}
        if both:
            raise ValueError(f"yes and no share a word: {', '.join(sorted(both))}")
        if self.quote == self.delimiter:
            raise ValueError("quote and delimiter are the same character")
        if self.thousands == self.decimal:
            raise ValueError("thousands and decimal are the same mark")
        return self

    @model_validator(mode="after")
    def _files_that_differ(self) -> Self:
        for name, keys in self.per_file.items():
            if name not in self.files:
                raise ValueError(f"per_file: {name!r} is not one of this table's files")
            wrong = sorted({"file", "per_file"} & set(keys))
            if wrong:
                raise ValueError(f"per_file: {wrong[0]} cannot differ between files")
            self._of_file(name)
        return self

    def _of_file(self, name: str) -> TableSource:
        own = self.model_dump(exclude_unset=True, exclude={"file", "per_file"})
        return TableSource.model_validate(own | self.per_file.get(name, {}) | {"file": name})

    @property
    def parts(self) -> tuple[TableSource, ...]:
        """The source once for each run of files that are written alike."""
        if not self.per_file:
            return (self,)
        return tuple(self._of_file(name) for name in self.files)


def _names_a_day(text: str) -> bool:
    """Return whether a format has known directives, none twice, and among them a year and a day of it."""
    named = [sign for sign in re.findall(r"%(.?)", text, flags=re.DOTALL) if sign != "%"]
    found = set(named)
    alike = ("yY", "bBmj", "dj", "HI", "aA", "zZ")
    once = len(named) == len(found) and all(len(found & set(signs)) < 2 for signs in alike)
    day_of_month = found & {"d"} and found & {"m", "b", "B"}
    known = found <= set("aAbBdfHIjmMpSyYzZ")
    return once and known and bool(found & {"y", "Y"} and (day_of_month or "j" in found))
