"""Several files of one table: written alike, or with keys that differ for a file."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from outcomes.config.proposal.lines import Line, ProposedTable, Question
from outcomes.sources.conventions import TableSource

__all__ = ["SHEET", "of_sheets", "together"]

#: Keys of words: those of all files are read in each.
WORDS = ("missing", "yes", "no")
#: The name of a sheet in what is read of a workbook with several.
SHEET = ", sheet (.+)"


def together(one: ProposedTable, other: ProposedTable) -> ProposedTable:
    """Return one part of study.toml for the files of two; the second differs in some keys, or in none.

    Parameters
    ----------
    one : ProposedTable
        One or several files.
    other : ProposedTable
        A further file of the same table.
    """
    mine, theirs = _keys(one), _keys(other)
    shared = {key: _united(mine.get(key, {}), theirs[key]) for key in theirs if _of_words(key)}
    kept = [
        replace(line, value=shared.pop(line.key)) if line.key in shared else line
        for line in one.lines
        if line.key != "per_file"
    ]
    kept += [line for line in other.lines if line.key in shared]
    differ = {key: value for key, value in theirs.items() if not _of_words(key) and mine.get(key) != value}
    gone = [key for key in mine if key not in theirs and not _of_words(key) and key != "per_file"]
    differ |= {
        key: TableSource.model_fields[key].get_default() for key in gone if key in TableSource.model_fields
    }
    per_file = dict(mine.get("per_file", {}))
    if differ:
        per_file[other.files[0]] = _nested(differ, theirs)
    if per_file:
        kept.append(Line("per_file", per_file, "these files are written differently"))
    asked = {question.key for question in one.questions}
    questions = [
        *one.questions,
        *(_of_file(each, other) for each in other.questions if each.key not in asked),
    ]
    return replace(one, files=(*one.files, *other.files), lines=tuple(kept), questions=tuple(questions))


def of_sheets(one: ProposedTable, other: ProposedTable) -> ProposedTable | None:
    """Return one part of study.toml for two sheets of a workbook that are written alike; None for others."""
    named = [line.value for table in (one, other) for line in table.lines if line.key == "sheet"]
    sheets = [name for value in named for name in (value if isinstance(value, list) else [value])]
    made = together(_without_sheet(one), _without_sheet(other))
    if any(line.key == "per_file" for line in made.lines):
        return None
    lines = [Line("sheet", sheets, "sheets of the workbook that are written alike, one below the other")]
    for line in made.lines:
        whose = line.key == "from_name"
        lines.append(Line(line.key, {"patient_id": SHEET}, "one sheet per patient") if whose else line)
    return replace(made, files=one.files, lines=tuple(lines))


def _without_sheet(table: ProposedTable) -> ProposedTable:
    return replace(table, lines=tuple(line for line in table.lines if line.key != "sheet"))


def _keys(table: ProposedTable) -> dict[str, Any]:
    return {line.key: line.value for line in table.lines}


def _of_words(key: str) -> bool:
    return key in WORDS or key.startswith("values.")


def _united(mine: Any, theirs: Any) -> Any:
    return mine | theirs if isinstance(theirs, dict) else sorted({*mine, *theirs})


def _nested(differ: dict[str, Any], theirs: dict[str, Any]) -> dict[str, Any]:
    """Return keys with points as keys of keys; a key of keys is given whole."""
    found: dict[str, Any] = {}
    for key, value in differ.items():
        part, point, _ = key.partition(".")
        if point:
            prefix = f"{part}."
            found[part] = {one.removeprefix(prefix): theirs[one] for one in theirs if one.startswith(prefix)}
        else:
            found[key] = value
    return found


def _of_file(question: Question, table: ProposedTable) -> Question:
    return replace(question, what=f"{table.files[0]}: {question.what}")
