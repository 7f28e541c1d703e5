"""Contrasts of marginal means: every label names the levels, none depends on their order alone."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from outcomes.errors import ArgumentError, instance_of, one_of
from outcomes.models.mmrm.levels import level_label
from outcomes.models.mmrm.margin_request import find_level, number
from outcomes.models.mmrm.margins import Margins

__all__ = ["CONTRAST_METHODS", "contrast_matrix"]

Array = NDArray[np.float64]

CONTRAST_METHODS = ("pairwise", "reference", "consecutive", "custom")


def contrast_matrix(
    margins: Margins,
    method: str,
    ref: Any,
    coefficients: Mapping[str, Any] | None,
) -> tuple[list[str], Array]:
    """Return labels and coefficients (contrasts, levels) over the levels of the inner factors.

    Raises
    ------
    ArgumentError
        For a method without what it needs, and for levels that do not exist.
    """
    one_of("method", method, CONTRAST_METHODS)
    combos = margins.combinations(margins.factors)
    labels = [" ".join(level_label(level) for level in combo) for combo in combos]
    levels = tuple(combo[0] for combo in combos) if len(margins.factors) == 1 else tuple(labels)
    name = " ".join(name for name, _ in margins.factors)
    if method == "custom":
        return _custom(levels, name, coefficients)
    if coefficients is not None:
        raise ArgumentError("coefs= belongs to method='custom'", got=f"method={method!r}")
    place = None if ref is None else find_level(levels, ref, name)
    if len(levels) < 2:
        raise ArgumentError("a contrast needs two levels", got=f"{name} has {len(levels)}")
    if method == "reference":
        if place is None:
            raise ArgumentError(
                "method='reference' needs the level to compare with",
                allowed=", ".join(labels),
                hint="pass ref=",
            )
        pairs = [(i, place) for i in range(len(levels)) if i != place]
    elif method == "consecutive":
        pairs = [(i, i - 1) for i in range(1, len(levels))]
    else:
        pairs = [(j, i) for j in range(1, len(levels)) for i in range(j)]
        pairs = [(i, j) if j == place else (j, i) for j, i in pairs]
    matrix = np.zeros((len(pairs), len(levels)))
    for row, (plus, minus) in enumerate(pairs):
        matrix[row, plus], matrix[row, minus] = 1.0, -1.0
    return [f"{labels[plus]} - {labels[minus]}" for plus, minus in pairs], matrix


def _custom(
    levels: tuple[Any, ...], name: str, coefficients: Mapping[str, Any] | None
) -> tuple[list[str], Array]:
    instance_of(
        "coefs", coefficients, Mapping | None, hint="for example {'late': {'month 1': -1, 'month 3': 1}}"
    )
    if not coefficients:
        raise ArgumentError(
            "method='custom' needs coefs=",
            allowed="a mapping: label to a mapping of levels to coefficients",
        )
    matrix = np.zeros((len(coefficients), len(levels)))
    for row, (label, given) in enumerate(coefficients.items()):
        if isinstance(given, Mapping):
            for level, value in given.items():
                matrix[row, find_level(levels, level, name)] = number("coefs", label, value)
        elif isinstance(given, (Sequence, np.ndarray)) and len(given) == len(levels):
            matrix[row] = [number("coefs", label, value) for value in given]
        else:
            raise ArgumentError(
                "coefs= needs one number for each level",
                got=f"{label!r}",
                allowed=f"{len(levels)} numbers, or a mapping of levels of {name}",
            )
    return [str(label) for label in coefficients], matrix
