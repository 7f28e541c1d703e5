"""What must be known of a study before any result of it: columns that are declared wrongly.

A study says so itself; the frames made from it hold it in ``attrs``, which pandas keeps when rows or columns
are chosen; every result made from either says it in its status.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import fields, is_dataclass, replace
from functools import wraps
from typing import Any, ParamSpec, TypeVar

import pandas as pd

from outcomes.results.tabular import Tabular

__all__ = ["ATTRIBUTE", "carried", "carrying"]

P = ParamSpec("P")
R = TypeVar("R")

#: Key of ``attrs``, and attribute of a study: one sentence a column.
ATTRIBUTE = "declared_wrongly"


def carrying(function: Callable[P, R]) -> Callable[P, R]:
    """Return the function with results that carry what is known of its arguments."""

    @wraps(function)
    def called(*args: P.args, **options: P.kwargs) -> R:
        result = function(*args, **options)
        words = tuple(dict.fromkeys(word for value in (*args, *options.values()) for word in _words(value)))
        made: R = carried(result, words) if words else result
        return made

    return called


def carried(result: Any, words: tuple[str, ...]) -> Any:
    """Return a result, or several, that say the words: in the status, or in a frame's ``attrs``."""
    if isinstance(result, pd.DataFrame):
        result.attrs[ATTRIBUTE] = words
        return result
    if isinstance(result, dict):
        return {name: carried(value, words) for name, value in result.items()}
    if isinstance(result, Tabular):
        return result.with_status("; ".join(words))
    if is_dataclass(result) and not isinstance(result, type):
        parts = {field.name: getattr(result, field.name) for field in fields(result) if field.init}
        told = {name: value for name, value in parts.items() if isinstance(value, (pd.DataFrame, Tabular))}
        if told:
            return replace(result, **{name: carried(value, words) for name, value in told.items()})
    return result


def _words(value: Any) -> tuple[str, ...]:
    """Return what is known of an argument: a study, a frame made from one, or a group of such frames."""
    if isinstance(value, pd.DataFrame):
        return tuple(value.attrs.get(ATTRIBUTE, ()))
    own = getattr(value, ATTRIBUTE, None)
    if isinstance(own, tuple):
        return own
    if is_dataclass(value) and not isinstance(value, (type, Tabular)):
        return tuple(word for field in fields(value) for word in _words(getattr(value, field.name, None)))
    return ()
