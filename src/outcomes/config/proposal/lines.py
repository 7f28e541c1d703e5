"""What a proposal is made of: lines of study.toml with their reasons, and questions."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

__all__ = ["Choice", "Line", "Proposal", "ProposedTable", "Question"]


@dataclass(frozen=True, slots=True)
class Line:
    """A key of study.toml, its value, and why it is proposed (no text of a cell)."""

    key: str
    value: Any
    why: str


@dataclass(frozen=True, slots=True)
class Choice:
    """One answer to a question."""

    value: Any
    why: str


@dataclass(frozen=True, slots=True)
class Question:
    """What the files do not tell.

    Parameters
    ----------
    key : str
        The key of study.toml that answers it, below the table: ``date_format``.
    what : str
        The question in words.
    choices : tuple of Choice
        Answers that fit as well; none when only a person knows.
    """

    key: str
    what: str
    choices: tuple[Choice, ...] = ()


@dataclass(frozen=True, slots=True)
class ProposedTable:
    """One part [tables.NAME]."""

    table: str
    files: tuple[str, ...]
    why: str
    lines: tuple[Line, ...] = ()
    questions: tuple[Question, ...] = ()
    unread: tuple[str, ...] = ()
    rules: tuple[Line, ...] = ()
    clocks: frozenset[str] = frozenset()  # whether its times are "with an offset", "local", or both

    def answered(self, answers: Mapping[str, Any]) -> ProposedTable:
        """Return the table with the questions that are answered as lines."""
        mine = {name.removeprefix(f"{self.table}."): value for name, value in answers.items()}
        lines = tuple(
            Line(one.key, mine[one.key], "as you answered") for one in self.questions if one.key in mine
        )
        left = tuple(one for one in self.questions if one.key not in mine)
        rules = tuple(line for line in lines if line.key == "pain_scale")
        kept = tuple(line for line in lines if line.key != "pain_scale")
        return replace(self, lines=self.lines + kept, questions=left, rules=self.rules + rules)


@dataclass(frozen=True, slots=True)
class Proposal:
    """All parts, and what was not recognised: file and why."""

    tables: tuple[ProposedTable, ...]
    unknown: tuple[tuple[str, str], ...] = field(default=())
    timezone: str = ""
    folders: Mapping[str, str] = field(default_factory=dict)  # key of a standard of CDISC -> its folder

    @property
    def questions(self) -> dict[str, Question]:
        """The open questions by ``table.key``; ``timezone`` where local times meet times with an offset."""
        found = {f"{table.table}.{one.key}": one for table in self.tables for one in table.questions}
        clocks = frozenset[str]().union(*(table.clocks for table in self.tables))
        if len(clocks) > 1 and not self.timezone:
            what = (
                "some times have an offset, some have none: in which zone are those (such as Europe/Zurich)?"
            )
            found["timezone"] = Question("timezone", what)
        return found

    def answered(self, answers: Mapping[str, Any]) -> Proposal:
        """Return the proposal with what is answered."""
        tables = tuple(table.answered(answers) for table in self.tables)
        return replace(self, tables=tables, timezone=answers.get("timezone", self.timezone))
