"""What pydantic found wrong with a setting, in words: what it must be, and what was given."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

__all__ = ["setting_fault"]

#: How pydantic's name of a fault begins -> what the setting must be; the first that fits.
ALLOWED = {
    "literal_error": "{expected}",
    "int": "a whole number",
    "float": "a number",
    "finite_number": "a finite number",
    "bool": "true or false",
    "string_too_long": "at most {max_length} characters long",
    "string_too_short": "at least {min_length} characters long",
    "string": "text in quotes",
    "date": "a date, for instance 2026-06-30",
    "greater_than_equal": "at least {ge}",
    "greater_than": "more than {gt}",
    "less_than_equal": "at most {le}",
    "less_than": "less than {lt}",
    "tuple": "a list in square brackets",
    "list": "a list in square brackets",
}
#: A longer text is not repeated in the message.
LONGEST = 40


def setting_fault(path: str, fault: Mapping[str, Any]) -> str:
    """Return one fault of pydantic as a sentence about the setting at `path`.

    Examples
    --------
    >>> fault = {"type": "greater_than_equal", "ctx": {"ge": 3}, "input": 1, "msg": "Input should be ..."}
    >>> setting_fault("report.smallest_count", fault)
    'report.smallest_count must be at least 3, got 1'
    """
    kind = str(fault["type"])
    for start, allowed in ALLOWED.items():
        if kind.startswith(start):
            return f"{path} must be {allowed.format(**fault.get('ctx', {}))}, got {_given(fault['input'])}"
    said = str(fault["msg"]).removeprefix("Value error, ")
    return said if not path or said.startswith(f"{path}.") else f"{path}: {said}"


def _given(value: object) -> str:
    if isinstance(value, bool):
        return str(value).lower()  # as TOML writes it
    if isinstance(value, Mapping):
        return "a part with keys of its own"
    if isinstance(value, (list, tuple)):
        return "a list"
    text = repr(value)
    return text if len(text) <= LONGEST else f"{len(str(value))} characters"
