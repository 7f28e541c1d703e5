"""Keys of study.toml that say how the rows and columns of a file become those of a table.

Nothing is guessed: without these keys a file is read as it stands.
"""

from __future__ import annotations

import re
from datetime import date
from typing import Literal, Self

from pydantic import Field, field_validator, model_validator

from outcomes.schema.setting import Setting

__all__ = ["Attacks", "Long", "Shaping", "Wide"]


class Wide(Setting):
    """Columns that become rows: a column per day, or a column per score.

    Examples
    --------
    >>> Wide(columns=["HIT6", "MIDAS"], name="instrument", value="score").columns
    ('HIT6', 'MIDAS')
    """

    columns: tuple[str, ...] = Field((), description="the source's columns that become rows")
    matching: str = Field(
        "", description="or a pattern (regular expression) for their names; its group is what `name` holds"
    )
    name: str = Field(min_length=1, description="column that holds the name of the old column")
    value: str = Field(min_length=1, description="column that holds its cells")

    @model_validator(mode="after")
    def _one_way(self) -> Self:
        if bool(self.columns) == bool(self.matching):
            raise ValueError("either name the columns or give a pattern for their names")
        return self

    @field_validator("matching")
    @classmethod
    def _is_a_pattern(cls, value: str) -> str:
        return checked_pattern(value, groups=(0, 1))


class Long(Setting):
    """Rows that become columns: one row per symptom, or one row per answer.

    Examples
    --------
    >>> Long(name="symptom", value="present", keys=["id", "day"]).keys
    ('id', 'day')
    """

    name: str = Field(min_length=1, description="column whose texts become names of columns")
    value: str = Field(min_length=1, description="column whose texts fill them")
    keys: tuple[str, ...] = Field(min_length=1, description="columns that say which rows are one row")


class Attacks(Setting):
    """A list of attacks that becomes a diary of days.

    Examples
    --------
    >>> Attacks(start="start", end="end").absent
    'not recorded'
    """

    start: str = Field(min_length=1, description="column with the time at which an attack began")
    end: str = Field("", description="column with the time at which it ended")
    lasted: str = Field("", description="or the column with how long it lasted")
    lasted_unit: Literal["words", "h:mm", "h", "min"] = Field(
        "words", description='how it is written: words such as "5h 30m", h:mm, or numbers of h or min'
    )
    next_day: bool = Field(
        False, description="an end that is earlier than its start on the same date belongs to the next day"
    )
    open_hours: float | None = Field(
        None, gt=0, le=72, description="hours of an attack without an end; without this key they are unknown"
    )
    absent: Literal["not recorded", "no headache"] = Field(
        "not recorded", description="what a day without an attack in the active window means"
    )
    active_from: date | None = Field(
        None, description="first day on which attacks were recorded; by default each patient's first attack"
    )
    active_to: date | None = Field(None, description="last such day; by default each patient's last attack")

    @model_validator(mode="after")
    def _one_end(self) -> Self:
        if self.end and self.lasted:
            raise ValueError("give either the end of an attack or how long it lasted")
        return self

    @model_validator(mode="after")
    def _window(self) -> Self:
        if (self.active_from or self.active_to) and self.absent == "not recorded":
            raise ValueError('active_from and active_to have a meaning only with absent = "no headache"')
        if self.active_from and self.active_to and self.active_from > self.active_to:
            raise ValueError("active_from is after active_to")
        return self


class Shaping(Setting):
    """The part of a table's source that says how its rows and columns are to be turned."""

    where: dict[str, str | tuple[str, ...]] = Field(
        {}, description="the source's column = text, or texts, of the rows that belong to this table"
    )
    redcap: str = Field(
        "", description="form of a REDCap export (raw): its rows, its fields without the form's prefix"
    )
    fill_down: tuple[str, ...] = Field(
        (), description="columns whose empty cells repeat the cell above, as merged cells do"
    )
    from_name: dict[str, str] = Field(
        {}, description="new column = pattern whose group is taken from the file's name"
    )
    boxes: tuple[str, ...] = Field(
        (), description="fields of tick boxes, one column per box: name___code, or name (choice=label)"
    )
    joined: dict[str, tuple[str, ...]] = Field(
        {}, description="new column = columns whose texts are joined by a space, such as a date and a time"
    )
    lists: dict[str, tuple[str, ...]] = Field(
        {}, description="new column = columns of names, such as drugs, that are put together, joined by +"
    )
    symptoms: str = Field(
        "",
        description="column that lists symptoms in words: those that it names are yes, the others no; "
        "an empty list, and one of which no word is known, says nothing",
    )
    wide: Wide | None = Field(
        None,
        description="columns that become rows",
        examples=[{"columns": ["day_1", "day_2"], "name": "day", "value": "headache"}],
    )
    long: Long | None = Field(
        None,
        description="rows that become columns",
        examples=[{"name": "symptom", "value": "answer", "keys": ["patient_id", "date"]}],
    )
    drug_names: bool = Field(
        False, description="read the names of acute drugs, including brand names, as their classes"
    )
    attacks: Attacks | None = Field(
        None,
        description="for a diary: the file is a list of attacks",
        examples=[{"start": "attack_began", "end": "attack_ended"}],
    )

    @field_validator("from_name")
    @classmethod
    def _are_patterns(cls, value: dict[str, str]) -> dict[str, str]:
        for text in value.values():
            checked_pattern(text, groups=(1,))
        return value

    @field_validator("lists")
    @classmethod
    def _list_something(cls, value: dict[str, tuple[str, ...]]) -> dict[str, tuple[str, ...]]:
        if not all(value.values()):
            raise ValueError("name the columns that are put together")
        return value

    @field_validator("joined")
    @classmethod
    def _join_something(cls, value: dict[str, tuple[str, ...]]) -> dict[str, tuple[str, ...]]:
        if any(len(names) < 2 for names in value.values()):
            raise ValueError("name at least two columns to join")
        return value

    @property
    def turned(self) -> tuple[str, ...]:
        """The source's columns that a key names."""
        wide = self.wide.columns if self.wide else ()
        long = (self.long.name, self.long.value, *self.long.keys) if self.long else ()
        attacks = (self.attacks.start, self.attacks.end, self.attacks.lasted) if self.attacks else ()
        parts = [name for names in (*self.joined.values(), *self.lists.values()) for name in names]
        return tuple(
            name for name in (*self.fill_down, *parts, self.symptoms, *wide, *long, *attacks) if name
        )

    @property
    def shaped(self) -> bool:
        """Whether a key says that rows or columns are to be turned."""
        return any(getattr(self, name) for name in Shaping.model_fields)


def checked_pattern(text: str, *, groups: tuple[int, ...]) -> str:
    """Return a pattern that compiles and has one of the allowed numbers of groups."""
    if not text:
        return text
    if len(text) > 200:
        raise ValueError("a pattern has at most 200 characters")
    try:
        found = re.compile(text).groups
    except re.error as error:
        raise ValueError(f"not a pattern: {error}") from None
    if found not in groups:
        raise ValueError(f"the pattern has {found} groups in round brackets; it needs one")
    return text
