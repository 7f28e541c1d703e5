"""The columns that a formula and its roles name, from one frame or several."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from outcomes.errors import ArgumentError, DataError, suggest
from outcomes.models.mmrm.formula import ParsedFormula
from outcomes.models.mmrm.levels import Column, join, read_column, read_number
from outcomes.models.stats.expressions import Expression

__all__ = ["RESPONSE", "Roles", "read_columns", "response_values"]

Array = NDArray[np.float64]
#: Key of the response among the columns; no column of a user is called so.
RESPONSE = "\0response"


@dataclass(frozen=True, slots=True)
class Roles:
    """Which column plays which part beside the formula.

    Parameters
    ----------
    subject, visit : str
        Columns of the subject and of the visit.
    group, weights : str or None
        Columns of the covariance group and of the weights.
    numeric_visit : bool
        The visit is a time or a place (spatial covariance), not a category.
    pair : tuple of str or None
        The two columns of a visit that has two.
    """

    subject: str
    visit: str
    group: str | None
    weights: str | None
    numeric_visit: bool
    pair: tuple[str, str] | None = None


def _frames(data: pd.DataFrame | Iterable[pd.DataFrame]) -> Iterator[pd.DataFrame]:
    if isinstance(data, pd.DataFrame):
        yield data
        return
    if isinstance(data, (str, bytes, dict)) or not isinstance(data, Iterable):
        raise ArgumentError(
            "data is not a frame",
            got=type(data).__name__,
            allowed="a DataFrame, or an iterable of DataFrames",
        )
    for part in data:
        if not isinstance(part, pd.DataFrame):
            raise ArgumentError(
                "a part of data is not a frame", got=type(part).__name__, allowed="an iterable of DataFrames"
            )
        yield part


def read_columns(
    parsed: ParsedFormula, data: pd.DataFrame | Iterable[pd.DataFrame], roles: Roles
) -> tuple[dict[str, Column], pd.Index]:
    """Return the columns of all frames joined, and the labels of their rows.

    Raises
    ------
    ArgumentError
        For something that is not a frame, and a column that does not exist.
    DataError
        When there is no frame.
    """
    parts: list[dict[str, Column]] = []
    labels: list[pd.Index] = []
    for frame in _frames(data):
        parts.append(_read_part(parsed, frame, roles))
        labels.append(frame.index)
    if not parts:
        raise DataError("data has no rows")
    index = labels[0] if len(labels) == 1 else labels[0].append(labels[1:])
    if len(parts) == 1:
        return parts[0], index
    return {name: join([part[name] for part in parts], name) for name in parts[0]}, index


def _read_part(parsed: ParsedFormula, frame: pd.DataFrame, roles: Roles) -> dict[str, Column]:
    named = {"subject": roles.subject, "visit": roles.visit, "group": roles.group, "weights": roles.weights}
    for role, name in named.items():
        if name is not None:
            _require(frame, name, f"{role}=")
    for name in sorted(parsed.variables | parsed.response.variables):
        _require(frame, name, "the formula")
    if frame.columns.has_duplicates and frame.columns[frame.columns.duplicated()].isin(named.values()).any():
        raise ArgumentError("data has two columns of one name")
    as_factor = {roles.subject, roles.group, *parsed.categorical}
    if not roles.numeric_visit:
        as_factor.add(roles.visit)
    names = parsed.variables | {n for n in (roles.subject, roles.visit, roles.group) if n}
    out = {
        name: read_column(
            frame[name],
            name,
            factor=name in as_factor,
            ordered=name != roles.subject,
            natural=name == roles.visit,
        )
        for name in sorted(names)
        if not (name == roles.visit and roles.numeric_visit and roles.pair)
    }
    if roles.numeric_visit and roles.pair:
        out[roles.visit] = Column(None, frame[roles.visit].to_numpy())
    if roles.weights is not None:
        out[roles.weights] = read_number(frame[roles.weights], roles.weights)
    out[RESPONSE] = Column(None, response_values(parsed.response, frame))
    return out


def response_values(response: Expression, frame: pd.DataFrame) -> Array:
    """Return the response of the rows of a frame that has its columns, as the formula writes it."""
    if response.column is not None:
        return read_number(frame[response.column], response.column).numbers()
    return response.evaluate({name: read_number(frame[name], name).numbers() for name in response.variables})


def _require(frame: pd.DataFrame, name: str, where: str) -> None:
    if name not in frame.columns:
        known = [str(c) for c in frame.columns]
        raise ArgumentError(
            f"data has no column that {where} names",
            got=repr(name),
            allowed=", ".join(known[:40]) + (" ..." if len(known) > 40 else ""),
            hint=suggest(str(name), known),
        )
