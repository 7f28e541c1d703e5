"""The parameters of a notebook: read from its tagged cell, set from words, put into a cell of their own.

The tags are papermill's, so that its users find what they know; unlike there, an unknown name is an error.
"""

from __future__ import annotations

import ast
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from outcomes.errors import ArgumentError, suggest

__all__ = ["Parameter", "Value", "put_in", "read_parameters", "set_parameters"]

Value = str | bool | int | float | None

TAG, PUT_IN = "parameters", "injected-parameters"
TRUE_FALSE = {"true": True, "yes": True, "false": False, "no": False}


@dataclass(frozen=True, slots=True)
class Parameter:
    """A parameter: its name, what it is when nobody sets it, and the comment beside it."""

    name: str
    default: Value
    meaning: str


def read_parameters(book: Any) -> dict[str, Parameter]:
    """Return the parameters by name, from the assignments in the cell with the tag ``parameters``."""
    source = next((cell.source for cell in book.cells if TAG in cell.metadata.get("tags", ())), "")
    lines = source.splitlines()
    found = {}
    for statement in ast.parse(source).body:
        if isinstance(statement, ast.Assign) and isinstance(statement.targets[0], ast.Name):
            name = statement.targets[0].id
            after = lines[(statement.end_lineno or 1) - 1][statement.end_col_offset or 0 :]
            found[name] = Parameter(name, ast.literal_eval(statement.value), after.strip(" #"))
    return found


def set_parameters(words: Sequence[str], known: Mapping[str, Parameter]) -> dict[str, Value]:
    """Return the values that ``name=value`` words give, each of its default's type.

    Raises
    ------
    ArgumentError
        For a word without ``=``, a name that the notebook does not take or a value of another type.

    Examples
    --------
    >>> known = {"patients": Parameter("patients", 5, "")}
    >>> set_parameters(["patients=12"], known)
    {'patients': 12}
    """
    values: dict[str, Value] = {}
    for word in words:
        name, sign, text = word.partition("=")
        if not sign:
            raise ArgumentError(
                "a parameter is written as name=value", got=repr(word), allowed=", ".join(known) or "none"
            )
        if name not in known:
            raise ArgumentError(
                "the notebook has no such parameter",
                got=repr(name),
                allowed=", ".join(known) or "none",
                hint=suggest(name, known),
            )
        values[name] = _typed(name, text, known[name].default)
    return values


def _typed(name: str, text: str, default: Value) -> Value:
    try:
        if isinstance(default, bool):
            return TRUE_FALSE[text.casefold()]
        return text if default is None else type(default)(text)
    except (KeyError, ValueError):
        kind = {bool: "yes or no", int: "a whole number", float: "a number"}[type(default)]
        raise ArgumentError(
            f"{name} is not {kind}", got=repr(text), hint=f"for instance {name}={default}"
        ) from None


def put_in(book: Any, values: Mapping[str, Value]) -> Any:
    """Return a copy of the book in which a cell after the parameters' cell sets these values."""
    import nbformat

    made = nbformat.from_dict(book)
    made = nbformat.reads(nbformat.writes(made), as_version=4)
    if not values:
        return made
    source = "\n".join(f"{name} = {value!r}" for name, value in values.items())
    cell = nbformat.v4.new_code_cell(f"# set when the notebook was run\n{source}", id="parameters-set")
    cell.metadata["tags"] = [PUT_IN]
    at = next(i for i, one in enumerate(made.cells) if TAG in one.metadata.get("tags", ()))
    made.cells.insert(at + 1, cell)
    return made
