"""The text of a study.toml, read as TOML in bounded time."""

from __future__ import annotations

import re
import tomllib
from typing import Any

__all__ = ["UnreadableToml", "parse_toml"]

#: A study.toml with every key explained has 15,000 characters.
LONGEST = 200_000
#: Parts of a dotted key; the deepest that is one has four. Python's parser takes the square of their number.
DEEPEST = 16
_PART = r"""(?:[A-Za-z0-9_-]++|"[^"\n]*+"|'[^'\n]*+')"""
_DEEP = re.compile(rf"(?<![A-Za-z0-9_.-]){_PART}(?:[ \t]*+\.[ \t]*+{_PART}){{{DEEPEST},}}")


class UnreadableToml(ValueError):
    """The text is longer, or a key deeper, than any study needs."""


def parse_toml(text: str) -> dict[str, Any]:
    """Return the content of a text in TOML.

    Raises
    ------
    UnreadableToml
        When it would take long to read.
    tomllib.TOMLDecodeError
        When it is not TOML.

    Examples
    --------
    >>> parse_toml('title = "Pilot"')
    {'title': 'Pilot'}
    """
    if len(text) > LONGEST:
        raise UnreadableToml(f"{len(text):,} characters; at most {LONGEST:,}")
    deep = _DEEP.search(text)
    if deep is not None:
        line = text.count("\n", 0, deep.start()) + 1
        raise UnreadableToml(f"line {line}: a key of more than {DEEPEST} parts")
    return tomllib.loads(text)
