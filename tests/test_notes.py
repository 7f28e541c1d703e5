"""Notes go from room to room whole: what is chosen or cut is data (`meta`, a column), never prose."""

from __future__ import annotations

import ast
import re

import pytest

from shared import ROOT

SOURCE = ROOT / "src" / "outcomes"

#: Rooms that print what others found: from a note they take all of it or nothing.
PRINTING = ("page", "publish", "tables", "plots")
CUTS = ("replace", "split", "partition", "startswith", "endswith", "removeprefix", "removesuffix", "find")
REGULAR = ("sub", "match", "search", "fullmatch", "findall", "split")


def cut_notes(text: str) -> list[str]:
    """Return the expressions that choose, cut or change the words of notes."""
    found = []
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            called, of = node.func.attr, ast.unparse(node.func.value)
            given = any(_notes(ast.unparse(argument)) for argument in node.args)
            cuts = (called in CUTS and _notes(of)) or (of == "re" and called in REGULAR and given)
        elif isinstance(node, ast.Subscript):
            cuts = _notes(ast.unparse(node.value))
        else:
            cuts = isinstance(node, ast.Compare) and _notes(ast.unparse(node.comparators[0]))
        found += [ast.unparse(node)] if cuts else []
    return found


def _notes(expression: str) -> bool:
    """Return whether an expression ends in notes, or in one of them."""
    return re.search(r"(^|\.|_)notes?(\[.*\])?$", expression) is not None


@pytest.mark.parametrize(
    "code",
    [
        "found.notes[-1]",
        "[note for note in notes if note.startswith('Doses')]",
        "result.notes[0].split(':')",
        "re.sub('a', 'b', note)",
        "'recorded' in note",
        "note.replace('course', 'session')",
    ],
)
def test_words_of_notes_that_are_cut_are_found(code: str) -> None:
    assert cut_notes(code)


def test_notes_are_carried_between_rooms_whole() -> None:
    assert cut_notes("replace(result, notes=(*result.notes, note)); ' '.join(notes)") == []
    cut = {
        str(path.relative_to(SOURCE)): found
        for path in sorted(SOURCE.rglob("*.py"))
        if path.relative_to(SOURCE).parts[0] in PRINTING
        and (found := cut_notes(path.read_text(encoding="utf-8")))
    }
    assert cut == {}
