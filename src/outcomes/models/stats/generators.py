"""Where random numbers come from: a generator that is passed in, or its seed; never a global one."""

from __future__ import annotations

import numpy as np

from outcomes.errors import ArgumentError

__all__ = ["random_generator"]


def random_generator(rng: np.random.Generator | int) -> np.random.Generator:
    """Return the generator, or the one that a seed makes.

    Raises
    ------
    ArgumentError
        For what is neither.
    """
    try:
        return np.random.default_rng(rng)
    except (TypeError, ValueError):
        raise ArgumentError(
            "rng makes no random numbers",
            got=type(rng).__name__,
            allowed="a numpy.random.Generator, or a whole number of 0 or more as its seed",
        ) from None
