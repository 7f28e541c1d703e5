"""The signal rule: the whole confidence sequence lies above the reference."""

from __future__ import annotations

import math
from dataclasses import replace
from numbers import Real

import numpy as np

from outcomes.errors import ArgumentError, instance_of
from outcomes.results import Estimates

__all__ = ["signal"]


def signal(sequence: Estimates, *, reference: float) -> Estimates:
    """Mark the looks at which a rate or proportion is above its reference for certain enough to act.

    Parameters
    ----------
    sequence : Estimates
        What `proportion_sequence`, `rate_sequence` or `mean_sequence` returned.
    reference : float
        The rate or proportion that is expected, in the unit of the sequence, stated before the data.

    Returns
    -------
    Estimates
        The sequence with the columns ``reference`` and ``signal``: True from the first look on at which the
        lower limit is above the reference. ``meta["first_signal"]`` is that look, or None.

    Raises
    ------
    ArgumentError
        For a reference that is not a number, and for a result that is not a sequence.

    Notes
    -----
    If the truth is the reference or lower, a signal is ever raised with probability at most 1 - level,
    however often one looks. No signal does not show that the truth is at most the reference.

    Examples
    --------
    >>> from outcomes.models.stats.sequential import proportion_sequence
    >>> looks = proportion_sequence([1, 6, 14], [20, 40, 60])
    >>> signal(looks, reference=0.05)[["look", "lower", "signal"]].round(3)
       look  lower  signal
    0     1  0.000   False
    1     2  0.031   False
    2     3  0.092    True
    """
    instance_of("sequence", sequence, Estimates, hint="give what a sequence function returned")
    if "look" not in sequence.columns or "lower_single" not in sequence.columns:
        raise ArgumentError("the result is not a confidence sequence", got=sequence.title)
    instance_of("reference", reference, Real, hint="give the rate or proportion that is expected")
    if not math.isfinite(reference):
        raise ArgumentError("reference is not a number", got=repr(reference))
    _check_possible(sequence.meta.get("kind"), float(reference))
    frame = sequence.to_frame()
    above = (frame["lower"] > reference).to_numpy(dtype=bool)
    frame["reference"], frame["signal"] = float(reference), np.logical_or.accumulate(above)
    first = int(frame.loc[frame["signal"], "look"].iloc[0]) if frame["signal"].any() else None
    words = f"signal at look {first}" if first else "no signal"
    return replace(
        sequence,
        frame=frame,
        notes=(*sequence.notes, f"{words}: reference {reference:g}"),
        meta={**sequence.meta, "reference": reference, "first_signal": first},
    )


def _check_possible(kind: object, reference: float) -> None:
    """Refuse a reference that the sequence can never pass, or always has: a percent, or a negative rate."""
    if kind == "proportion" and not 0 <= reference < 1:
        raise ArgumentError(
            "a proportion can never be above this reference" if reference >= 1 else "reference is negative",
            got=f"{reference:g}",
            allowed="0 or more, below 1",
            hint=f"for {reference:g} percent give {reference / 100:g}" if reference >= 1 else None,
        )
    if kind == "rate" and reference < 0:
        raise ArgumentError("reference is negative", got=f"{reference:g}", allowed="0 or more events")
