"""Which means are asked for: the factors, within what, and at which values."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypedDict

import numpy as np
from numpy.typing import NDArray

from outcomes.errors import ArgumentError, instance_of, suggest
from outcomes.models.mmrm.fixed_effects import Design
from outcomes.models.mmrm.levels import level_label
from outcomes.models.stats.input_frames import names
from outcomes.models.stats.keywords import check_keywords
from outcomes.models.stats.reserved import check_reserved

__all__ = ["Axes", "MeanOptions", "Request", "find_level", "number", "read_mean_options", "read_request"]

Array = NDArray[np.float64]
Index = NDArray[np.intp]
#: Name of a factor or covariate, and its levels or values.
Axes = tuple[tuple[str, tuple[Any, ...]], ...]


class MeanOptions(TypedDict, total=False):
    """How the means behind a contrast are made, stated once.

    Parameters
    ----------
    weights : {"equal", "proportional", "counterfactual"}
        How other variables are averaged over, "equal" unless said otherwise; see `MMRMResult.emmeans`.
    at : mapping
        Covariate to one value or several, factor to the levels to keep.
    level : float
        Confidence level, 0.95 unless said otherwise.
    """

    weights: str
    at: Mapping[str, Any] | None
    level: float


def read_mean_options(options: Mapping[str, Any]) -> tuple[str, Mapping[str, Any] | None, float]:
    """Return weights, values and level with their defaults.

    Raises
    ------
    ArgumentError
        For an option that does not exist.
    """
    check_keywords(options, MeanOptions)
    return options.get("weights", "equal"), options.get("at"), options.get("level", 0.95)


@dataclass(frozen=True, slots=True, eq=False)
class Request:
    """A grid of means.

    Parameters
    ----------
    by, factors : tuple of (name, levels)
        Outer and inner axes.
    others : tuple of str
        Factors that are averaged over.
    values : mapping
        Codes of each factor, values of each covariate that is an axis.
    fixed : mapping
        Covariate to the one value that was asked for.
    numeric : frozenset of str
        Axes that are covariates.
    """

    by: Axes
    factors: Axes
    others: tuple[str, ...]
    values: Mapping[str, NDArray[Any]]
    fixed: Mapping[str, float]
    numeric: frozenset[str]

    @property
    def axes(self) -> tuple[str, ...]:
        """Names of the axes, the slowest first."""
        return tuple(name for name, _ in (*self.by, *self.factors))

    @property
    def size(self) -> int:
        """Number of means."""
        return int(np.prod([len(self.values[name]) for name in self.axes], dtype=object))

    def mesh(
        self, axes: Sequence[str], means: Mapping[str, float]
    ) -> tuple[dict[str, Index], dict[str, Array]]:
        """Return codes and numbers of every point of some axes; other covariates at their value or mean."""
        parts = np.meshgrid(*[self.values[name] for name in axes], indexing="ij")
        flat = {name: part.ravel() for name, part in zip(axes, parts, strict=True)}
        n = int(np.prod([len(self.values[name]) for name in axes], dtype=object))
        numbers = (
            {name: np.full(n, value) for name, value in ({**means, **self.fixed}).items()} if means else {}
        )
        numbers |= {name: flat[name] for name in axes if name in self.numeric}
        return {name: flat[name] for name in axes if name not in self.numeric}, numbers


def read_request(
    design: Design,
    factor: str | Sequence[str] | None,
    by: str | Sequence[str] | None,
    at: Mapping[str, Any] | None,
    *,
    slope: str | None = None,
) -> Request:
    """Read the arguments of marginal means.

    A covariate with several values in `at` becomes an axis: an outer one, unless it is named as a factor.

    Raises
    ------
    ArgumentError
        For names and levels that the formula does not have, and names that the table of means needs itself.
    """
    inner, outer = names(factor, "factor"), names(by)
    values, fixed = _read_at(design, at)
    several = [name for name in values if name in design.covariates]
    for name in (*inner, *outer):
        if name not in several:
            _require_factor(name, design)
    if slope is not None and slope not in design.covariates:
        known = ", ".join(design.covariates) or "none: the formula has no covariate"
        raise ArgumentError(
            "a slope needs a covariate of the formula",
            got=repr(slope),
            allowed=known,
            hint=suggest(str(slope), design.covariates),
        )
    if (not inner and slope is None) or len({*inner, *outer}) < len(inner) + len(outer):
        raise ArgumentError("emmeans needs factors, each named once", got=f"{[*inner, *outer]}")
    outer = [*(name for name in several if name not in inner and name not in outer), *outer]
    check_reserved([*outer, *inner], hint="rename the column of the data, and in the formula")
    levels = {name: tuple(design.levels[name][i] for i in values[name]) for name in design.levels}
    levels |= {name: tuple(values[name].tolist()) for name in several}
    return Request(
        tuple((name, levels[name]) for name in outer),
        tuple((name, levels[name]) for name in inner),
        tuple(name for name in design.levels if name not in inner and name not in outer),
        values,
        fixed,
        frozenset(several),
    )


def _require_factor(name: str, design: Design) -> None:
    if name in design.levels:
        return
    say = f"{name!r}, a number: write C({name}) in the formula, or give its values: at={{{name!r}: [...]}}"
    raise ArgumentError(
        "a marginal mean needs a factor of the formula",
        got=say if name in design.covariates else repr(name),
        allowed=", ".join(design.levels) or "none: the formula has no factor",
        hint=suggest(str(name), design.levels),
    )


def find_level(levels: tuple[Any, ...], level: Any, name: str) -> int:
    """Return the position of a level given as it is or as text.

    Raises
    ------
    ArgumentError
        When there is no such level.
    """
    labels = [level_label(one) for one in levels]
    if level_label(level) in labels:
        return labels.index(level_label(level))
    raise ArgumentError(
        f"{name} has no such level",
        got=repr(level),
        allowed=", ".join(labels[:40]),
        hint=suggest(str(level), labels),
    )


def _read_at(
    design: Design, at: Mapping[str, Any] | None
) -> tuple[dict[str, NDArray[Any]], dict[str, float]]:
    """Return codes of levels and the values of covariates with several; and single values of covariates."""
    values: dict[str, NDArray[Any]] = {name: np.arange(len(levels)) for name, levels in design.levels.items()}
    fixed: dict[str, float] = {}
    instance_of("at", at, Mapping | None, hint="for example {'baseline': 10, 'visit': ['month 1']}")
    for name, value in (at or {}).items():
        one = isinstance(value, (str, bytes)) or not isinstance(value, (Sequence, np.ndarray))
        wanted = [value] if one else list(value)
        if name in design.levels:
            found = [find_level(design.levels[name], level, name) for level in wanted]
            if not found:
                raise ArgumentError(f"at= leaves no level of {name}")
            values[name] = np.array(found, dtype=np.intp)
        elif name in design.covariates:
            read = [number("at", name, item) for item in wanted]
            if not read or len(set(read)) < len(read):
                raise ArgumentError(f"at= needs values of {name}, each once", got=f"{len(read)} values")
            if one:
                fixed[name] = read[0]
            else:
                values[name] = np.array(read, dtype=np.float64)
        else:
            known = [*design.levels, *design.covariates]
            raise ArgumentError(
                "at= names no variable of the formula",
                got=repr(name),
                allowed=", ".join(known),
                hint=suggest(str(name), known),
            )
    return values, fixed


def number(argument: str, name: Any, value: Any) -> float:
    """Return a finite number that an argument gives for a name.

    Raises
    ------
    ArgumentError
        When it is not one.
    """
    try:
        found = float(value)
    except (TypeError, ValueError) as error:
        raise ArgumentError(f"{argument}= needs numbers for {name}", got=type(value).__name__) from error
    if not np.isfinite(found):
        raise ArgumentError(f"{argument}= needs finite numbers for {name}", got=repr(found))
    return found
