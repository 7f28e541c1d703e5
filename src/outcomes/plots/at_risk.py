"""The numbers at risk under a time axis, lined up with its ticks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from outcomes.plots.note import note
from outcomes.plots.style import INK, MUTED

__all__ = ["at_risk_at", "numbers_under", "time_ticks"]

#: Points from the axis to the first line of numbers, past the tick labels and the axis label; and per line.
_FIRST, _LINE = 38, 11


def at_risk_at(curve: pd.DataFrame, ticks: Sequence[float]) -> list[int]:
    """Return how many were still followed just before each time of `ticks`.

    `curve` has ``time`` (every time at which somebody had an event or left) and ``at_risk`` just before it.

    Examples
    --------
    >>> curve = pd.DataFrame({"time": [30.0, 50.0], "at_risk": [4, 1]})
    >>> at_risk_at(curve, [0, 40, 60])
    [4, 1, 0]
    """
    ordered = curve.sort_values("time", kind="stable")
    later = np.searchsorted(ordered["time"].to_numpy(float), np.asarray(ticks, float), side="left")
    return [int(n) for n in np.r_[ordered["at_risk"].to_numpy(float), 0][later]]


def time_ticks(last: float, step: float) -> list[float]:
    """Return ticks from 0 to the last time, `step` apart or so far that at most nine stand on the axis."""
    apart = step * max(1, int(np.ceil(last / step / 8)))
    return [float(tick) for tick in np.arange(0, last + 1e-9, apart)]


def numbers_under(
    ax: Axes, ticks: Sequence[float], rows: Mapping[str, Sequence[int | None]], *, what: str = "at risk"
) -> None:
    """Write one line per group under the axis, after its label; nothing where a number is not known."""
    under: dict[str, Any] = {"va": "top", "fontsize": 8}
    edge: dict[str, Any] = {**under, "of": "axes", "ha": "right"}
    note(ax, what, (0, 0), by=(-14, -_FIRST + _LINE), color=MUTED, **edge)
    for line, (name, numbers) in enumerate(rows.items()):
        down = -_FIRST - line * _LINE if len(rows) > 1 else -_FIRST + _LINE
        if len(rows) > 1:
            note(ax, name, (0, 0), by=(-14, down), color=INK, **edge)
        for tick, number in zip(ticks, numbers, strict=True):
            words = "" if number is None else f"{number:.0f}"
            note(ax, words, (tick, 0), by=(0, down), of="column", color=INK, ha="center", **under)
