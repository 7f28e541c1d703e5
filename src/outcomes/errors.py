"""Errors that say what is wrong, what was got, what is allowed and what to do.

One root, `OutcomesError`, and one class a stage. A message names files, rows, columns,
options and counts; it never holds a value that a patient's record holds.
"""

from __future__ import annotations

import difflib
import os
import sys
import traceback
from collections.abc import Iterable
from enum import IntEnum
from pathlib import Path
from types import UnionType
from typing import TypeVar

__all__ = [
    "ArgumentError",
    "ConfigError",
    "DataError",
    "Exit",
    "InPartitionsError",
    "LockedError",
    "ModelError",
    "OutcomesError",
    "ReportError",
    "SourceError",
    "install_extra",
    "instance_of",
    "name_rows",
    "named_path",
    "one_of",
    "plural",
    "suggest",
    "unwritable",
]

T = TypeVar("T", bound=str)

#: How a suggestion begins; it stands before a list of allowed names with more letters than this.
SUGGESTION, LONG_LIST = "did you mean", 80


class Exit(IntEnum):
    """The exit codes of the command line: all of them, and what each means."""

    OK = 0, "ok"
    FAILURE = 1, "failure"
    USAGE = 2, "usage or configuration"
    INCOMPLETE = 3, "published, but a section could not be made"
    REJECTED = 4, "data rejected"
    LOCKED = 11, "another run holds the lock"
    INTERRUPTED = 130, "interrupted"

    words: str

    def __new__(cls, code: int, words: str) -> Exit:
        """Make a code with its words."""
        made = int.__new__(cls, code)
        made._value_, made.words = code, words
        return made


class OutcomesError(Exception):
    """Root of every error that this package raises on purpose.

    Parameters
    ----------
    what : str
        What is wrong, in one sentence without a full stop.
    got : str, optional
        What was found. Option values and names only, never a patient's value.
    allowed : str, optional
        What would have been accepted.
    hint : str, optional
        What to do now.
    """

    exit_code: int = Exit.FAILURE

    def __init__(
        self, what: str, *, got: str | None = None, allowed: str | None = None, hint: str | None = None
    ) -> None:
        self.what, self.got, self.allowed, self.hint = what, got, allowed, hint
        super().__init__(self.message())

    def message(self) -> str:
        """Return the whole message: one sentence a part that is known, a long list after the suggestion."""
        allowed = self.allowed and f"allowed: {self.allowed}"
        last = [allowed, self.hint]
        if len(self.allowed or "") > LONG_LIST and (self.hint or "").startswith(SUGGESTION):
            last.reverse()
        parts = [self.what, self.got and f"got: {self.got}", *last]
        return " ".join(_ended(part) for part in parts if part)

    def _render_traceback_(self) -> list[str]:
        """Show the message and the caller's own line in a notebook, not the package's inside."""
        inside = (os.path.dirname(os.path.abspath(__file__)), sys.prefix)
        frames = traceback.extract_tb(self.__traceback__)
        own = [frame for frame in frames if frame.line and not frame.filename.startswith(inside)]
        where = [f"at line {own[-1].lineno}: {own[-1].line}"] if own else []
        return [f"{type(self).__name__}: {self.message()}", *where]


def _ended(part: str) -> str:
    """Return a part of a message as a sentence of its own."""
    return part if part.endswith(("?", "...")) else part.rstrip(".") + "."


class ArgumentError(OutcomesError, ValueError):
    """An argument of a function or of the command line cannot be accepted."""

    exit_code = Exit.USAGE


class ConfigError(OutcomesError, ValueError):
    """The study's configuration cannot be used."""

    exit_code = Exit.USAGE


class SourceError(OutcomesError):
    """A file cannot be read as the table that it should be."""

    exit_code = Exit.REJECTED


class DataError(OutcomesError, ValueError):
    """The data were read, and what is left after the checks cannot answer the question."""

    exit_code = Exit.REJECTED


class InPartitionsError(DataError):
    """Something needs the days of all patients in one place, but those of the study are in partitions."""


class ModelError(OutcomesError, ValueError):
    """A model cannot be fitted to these data, and no fallback was left."""

    exit_code = Exit.FAILURE


class ReportError(OutcomesError):
    """A report could not be written; the previous one is untouched."""

    exit_code = Exit.FAILURE


class LockedError(ReportError):
    """Another run is writing to the same place."""

    exit_code = Exit.LOCKED


def unwritable(what: str, error: OSError) -> ArgumentError:
    """Return the error for a place that was named and that the disk refuses."""
    return ArgumentError(
        f"{what} cannot be written",
        got=error.strerror or type(error).__name__,
        hint="check free space and permissions, or name another place",
    )


def name_rows(positions: Iterable[int], *, limit: int = 5) -> str:
    """Name rows by number, the first row being 1, without what stands in them.

    Examples
    --------
    >>> name_rows([0, 4])
    'rows 1, 5'
    >>> name_rows(range(8))
    'rows 1, 2, 3, 4, 5 and 3 more'
    """
    numbers = [int(position) + 1 for position in positions]
    named = ", ".join(map(str, numbers[:limit]))
    more = f" and {len(numbers) - limit} more" if len(numbers) > limit else ""
    return f"{'row' if len(numbers) == 1 else 'rows'} {named}{more}"


def plural(count: int, one: str, many: str | None = None) -> str:
    """Write a count with its noun, and with its verb where both are given.

    Examples
    --------
    >>> plural(1, "row is", "rows are"), plural(3, "event")
    ('1 row is', '3 events')
    """
    return f"{count} {one if count == 1 else many or one + 's'}"


def install_extra(extra: str) -> str:
    """Return what installs the packages of an extra, also where outcomes is on no package index.

    Examples
    --------
    >>> install_extra("excel")
    'pip install "outcomes[excel]", or in a copy of the repository: pip install ".[excel]"'
    """
    return f'pip install "outcomes[{extra}]", or in a copy of the repository: pip install ".[{extra}]"'


def suggest(got: str, allowed: Iterable[str]) -> str | None:
    """Return "did you mean ..." for the nearest allowed word, or None when nothing is near.

    Examples
    --------
    >>> suggest("ptient_id", ["patient_id", "date"])
    "did you mean 'patient_id'?"
    """
    near = difflib.get_close_matches(got, list(allowed), n=1, cutoff=0.6)
    return f"{SUGGESTION} {near[0]!r}?" if near else None


def one_of(name: str, got: T, allowed: Iterable[str]) -> T:
    """Return `got` when it is allowed, else raise `ArgumentError` with the whole list.

    Parameters
    ----------
    name : str
        The argument's name as the caller typed it.
    got : str
        The value that was given.
    allowed : iterable of str
        Every value that is taken.

    Raises
    ------
    ArgumentError
        When `got` is not one of `allowed`.
    """
    options = list(allowed)
    if got in options:
        return got
    raise ArgumentError(
        f"{name} is not one of its options",
        got=repr(got),
        allowed=", ".join(options),
        hint=suggest(str(got), options),
    )


def instance_of(name: str, got: object, kind: type | UnionType, *, hint: str | None = None) -> None:
    """Raise `ArgumentError` when an argument is not of the type that the function takes.

    Parameters
    ----------
    name : str
        The argument's name as the caller typed it.
    got : object
        The value that was given; the message names only its type.
    kind : type or union of types
        What is taken.
    hint : str, optional
        Where to get one.

    Raises
    ------
    ArgumentError
        When `got` is of another type.
    """
    if not isinstance(got, kind):
        allowed = " or ".join(one.__name__ for one in getattr(kind, "__args__", [kind])).replace(
            "NoneType", "None"
        )
        raise ArgumentError(
            f"{name} is of the wrong type", got=type(got).__name__, allowed=allowed, hint=hint
        )


def named_path(name: str, got: object, *, hint: str | None = None) -> Path:
    """Return the path that somebody named; ``~`` is their home, as in a shell.

    Parameters
    ----------
    name : str
        The argument's name as the caller typed it.
    got : str or PathLike
        What was given.
    hint : str, optional
        What the path should be.

    Raises
    ------
    ArgumentError
        When it is not a text or path; when it is empty, as from a variable that is not set, which would be
        the current folder; when it holds a line break or another control character; when ``~`` has no
        home.

    Examples
    --------
    >>> named_path("out", "reports").name
    'reports'
    """
    instance_of(name, got, str | os.PathLike, hint=hint)
    text = os.fspath(got)  # type: ignore[call-overload]
    instance_of(name, text, str, hint=hint)
    if not text.strip():
        raise ArgumentError(f"{name} is empty", hint="write . for this folder")
    if any(ord(sign) < 32 or ord(sign) == 127 for sign in text):
        raise ArgumentError(
            f"{name} holds a line break or another control character", got=repr(text), hint="write one name"
        )
    try:
        return Path(text).expanduser()
    except RuntimeError:
        raise ArgumentError(
            f"no home directory is known for the ~ in {name}",
            got=repr(text),
            hint="for a folder of that name write ./ before it",
        ) from None
