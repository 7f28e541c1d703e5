"""Named streams of random numbers: a table's numbers depend on the seed and its name alone.

A change in one part of the simulator, or another order of the tables, leaves the other parts as they are.
"""

from __future__ import annotations

import zlib

import numpy as np

from outcomes.errors import ArgumentError

__all__ = ["stream"]


def stream(seed: int, name: str) -> np.random.Generator:
    """Return the generator of one part of the simulation.

    Parameters
    ----------
    seed : int
        The seed of the whole study, 0 or more.
    name : str
        The part, e.g. ``"diary"``.

    Examples
    --------
    >>> bool(stream(1, "diary").random() == stream(1, "diary").random())
    True
    """
    if isinstance(seed, bool) or not isinstance(seed, (int, np.integer)) or seed < 0:
        raise ArgumentError("seed is not a whole number of 0 or more", got=repr(seed), allowed="0, 1, 2, ...")
    return np.random.default_rng(np.random.SeedSequence(int(seed), spawn_key=(zlib.crc32(name.encode()),)))
