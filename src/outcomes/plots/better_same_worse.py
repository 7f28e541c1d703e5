"""How many got better, stayed the same and got worse: one bar, with its numbers on it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from matplotlib.axes import Axes

from outcomes.errors import ArgumentError, instance_of
from outcomes.plots.describe import remember
from outcomes.plots.note import note
from outcomes.plots.style import BLUE, INK, MUTED, VERMILION, axes_or_new

__all__ = ["better_same_worse"]

#: Group -> colour, hatching and opacity: told apart in grey too.
LOOKS = {
    "better": (BLUE, "", 0.85),
    "same": (MUTED, "", 0.35),
    "worse": (VERMILION, "////", 1.0),
    "no value": ("none", "", 1.0),
}

#: Width of a letter of the words in inches.
LETTER = 0.065


def better_same_worse(counts: Mapping[str, int], *, ax: Axes | None = None) -> Axes:
    """Draw one stacked bar of patients.

    Parameters
    ----------
    counts : mapping of str to int, patients
        `better`, `same`, `worse`, and `no value` where it is given.
    ax : Axes, optional
        Where to draw; a new Figure when left out.

    Returns
    -------
    Axes
        One horizontal bar; each part holds its number and its word.

    Raises
    ------
    ArgumentError
        When a group has another name, or there is nobody.

    Examples
    --------
    >>> from outcomes import plots
    >>> plots.describe(plots.better_same_worse({"better": 36, "same": 6, "worse": 16}))
    'Patients: 36 better, 6 same, 16 worse.'
    """
    instance_of("counts", counts, Mapping, hint='count the patients: {"better": 36, "same": 6, "worse": 16}')
    unknown = sorted(map(str, set(counts) - set(LOOKS)))
    if unknown or not sum(counts.values()):
        raise ArgumentError(
            "better_same_worse has nothing to draw",
            got=", ".join(map(str, unknown)) or "no patients",
            allowed=", ".join(LOOKS),
        )
    ax = axes_or_new(ax, height=0.8)
    total, left = sum(counts.values()), 0
    places = _places(
        {name: counts[name] for name in LOOKS if counts.get(name)},
        room=ax.figure.bbox.width / ax.figure.dpi,
    )
    for name, place in places.items():
        n, (colour, hatch, opacity) = counts[name], LOOKS[name]
        face = "none" if hatch or name == "no value" else colour
        edge = MUTED if name == "no value" else colour
        ax.barh(0, n, left=left, height=0.8, facecolor=face, edgecolor=edge, hatch=hatch, alpha=opacity)
        # above the bar: on a hatched or a blue ground a number is hard to read, light or dark
        on: dict[str, Any] = {"of": "point", "by": (0, 0), "ha": "center"}
        note(ax, f"{n}", (place, 0.42), va="bottom", fontsize=8.5, color=INK, **on)
        note(ax, name, (place, -0.47), va="top", fontsize=8, color=MUTED, **on)
        left += n
    ax.set_xlim(0, total)
    ax.set_ylim(-0.85, 0.75)
    ax.axis("off")
    return remember(ax, f"Patients: {', '.join(f'{n} {name}' for name, n in counts.items())}.")


def _places(counts: Mapping[str, int], *, room: float) -> dict[str, float]:
    """Return where the words stand: under the middle of their part, or beside it where two would overlap.

    Parameters
    ----------
    counts : mapping of str to int
        The parts that are drawn, in order.
    room : float, inches
        Width of the bar.
    """
    total = sum(counts.values())
    widths = [(len(name) + 1) * LETTER / room * total for name in counts]
    starts, left, end = list[float](), 0.0, 0.0
    for n, width in zip(counts.values(), widths, strict=True):
        starts.append(max(left + n / 2 - width / 2, end))
        left, end = left + n, starts[-1] + width
    end = total
    for place in reversed(range(len(starts))):
        starts[place] = end = min(starts[place], end - widths[place])
    return {name: start + width / 2 for name, start, width in zip(counts, starts, widths, strict=True)}
