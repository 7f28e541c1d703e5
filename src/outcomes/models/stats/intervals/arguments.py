"""What the interval functions take: whole counts, exposures that are not negative, one level."""

from __future__ import annotations

from numbers import Real
from typing import TYPE_CHECKING, Any

import numpy as np
from scipy.special import ndtri

from outcomes.errors import ArgumentError, instance_of

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    Floats = NDArray[np.float64]

__all__ = [
    "broadcast",
    "check_level",
    "check_per",
    "counts",
    "exposures",
    "limits",
    "normal_quantile",
    "numbers",
    "pairs",
]


def check_per(per: float) -> None:
    """Refuse units of exposure, to which a rate refers, that are no number above 0."""
    instance_of("per", per, Real, hint="for example 100")
    if not 0 < per < np.inf:
        raise ArgumentError("per is not above 0", got=repr(per))


def numbers(name: str, value: ArrayLike) -> Floats:
    """Return finite numbers as floats, or say which argument holds something else."""
    try:
        array = np.asarray(value, dtype=np.float64)
    except (TypeError, ValueError):
        raise ArgumentError(f"{name} is not made of numbers", allowed="numbers, none missing") from None
    if not np.isfinite(array).all():
        bad = int((~np.isfinite(array)).sum())
        raise ArgumentError(f"{name} has {bad} missing or infinite values", allowed="finite numbers")
    return array


def counts(name: str, value: ArrayLike) -> Floats:
    """Return whole numbers of 0 or more as floats, or say which argument holds something else."""
    array = exposures(name, value)
    if (array != np.floor(array)).any():
        raise ArgumentError(
            f"{name} has {int((array != np.floor(array)).sum())} values that are not whole",
            allowed="whole numbers",
        )
    return array


def exposures(name: str, value: ArrayLike) -> Floats:
    """Return finite numbers of 0 or more."""
    array = numbers(name, value)
    if (array < 0).any():
        raise ArgumentError(f"{name} has {int((array < 0).sum())} negative values", allowed="0 or more")
    return array


def pairs(x_name: str, x: ArrayLike, n_name: str, n: ArrayLike) -> tuple[Floats, Floats]:
    """Return counts `x` and their denominators `n`, broadcast against each other, with x <= n."""
    count, size = broadcast({x_name: counts(x_name, x), n_name: counts(n_name, n)})
    if (count > size).any():
        raise ArgumentError(
            f"{x_name} is above {n_name} in {int((count > size).sum())} places",
            allowed=f"{x_name} of at most {n_name}",
        )
    return count, size


def broadcast(arrays: dict[str, Floats]) -> tuple[Floats, ...]:
    """Return the arrays in one common shape, or name the arguments whose shapes do not fit."""
    try:
        return tuple(np.broadcast_arrays(*arrays.values()))
    except ValueError:
        shapes = ", ".join(f"{name} {array.shape}" for name, array in arrays.items())
        raise ArgumentError(
            "the arguments do not have one common shape", got=shapes, allowed="equal shapes or scalars"
        ) from None


def check_level(level: float) -> float:
    """Return the confidence level, which must lie between 0 and 1."""
    given: Any = level
    if not isinstance(given, Real):
        raise ArgumentError("level is not a number", allowed="above 0 and below 1")
    value = float(level)
    if not 0 < value < 1:
        hint = f"95 % is 0.95: write {value / 100:g}" if 1 < value < 100 else None
        raise ArgumentError(
            "level is out of range", got=repr(level), allowed="above 0 and below 1", hint=hint
        )
    return value


def normal_quantile(level: float) -> float:
    """Return z with P(|Z| <= z) = level, exact for levels close to 1."""
    return float(-ndtri((1 - level) / 2))


def limits(lower: Floats, upper: Floats, defined: NDArray[np.bool_]) -> tuple[Floats, Floats]:
    """Return both limits with NaN where nothing is defined; scalars in, scalars out."""
    low = np.where(defined, lower, np.nan)
    high = np.where(defined, upper, np.nan)
    return low[()], high[()]
