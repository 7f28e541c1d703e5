"""Which days of which patients are in the diaries: a missing day looks like a hole, never like a free day."""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.colors import to_rgba
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from outcomes.errors import ArgumentError
from outcomes.plots.describe import remember
from outcomes.plots.drawn_frame import frame_with
from outcomes.plots.style import INK, axes_or_new, calm
from outcomes.plots.swift_axes import named_ticks

__all__ = ["FREE", "HEADACHE", "MISSING", "OUTSIDE", "recording"]

OUTSIDE, MISSING, FREE, HEADACHE = 0, 1, 2, 3
# The picture cannot follow a dark page: its colours, and so the legend's, have no role of `PALETTE`.
HEADACHE_COLOUR, _FREE_COLOUR, _HOLE_COLOUR = "#0b6fae", "#bcdcf0", "#7b868f"
#: Pixels a cell. A missing day is one dark pixel on nothing: a dotted hole on light, dark and grey pages.
_CELL = 4
#: Most patients whose rows are that tall: those of more are about a pixel of the page, and weigh the less.
_FINE = 150
#: Rows at most, and as many as a screen can show: of more patients every second, third and so on is drawn.
_MOST = 800


def recording(
    days: pd.DataFrame,
    *,
    ax: Axes | None = None,
    windows: pd.DataFrame | None = None,
    span: tuple[int, int] | None = None,
) -> Axes:
    """Draw one row per patient and one cell per day: headache, headache-free or not recorded.

    Parameters
    ----------
    days : DataFrame
        `patient_id`, `day` (0 = first infusion day) and `headache`, one row per recorded day, as `oc.days`
        returns it.
    ax : Axes, optional
        Where to draw; a new Figure when left out.
    windows : DataFrame, optional
        `patient_id`, `first_day`, `last_day`: the days that the patient could have recorded. Without it
        that is from the patient's first to last recorded day.
    span : tuple of int, optional
        First and last day of the axis.

    Returns
    -------
    Axes
        One image. Rows are ordered by the number of recorded days; no patient is named. Of more than 800
        patients every second, third and so on is drawn, which the axis says; the words count all.

    Raises
    ------
    ArgumentError
        When a column is missing or there is no recorded day.
    """
    known = frame_with(days, ["patient_id", "day", "headache"], plot="recording", hint="give oc.days(study)")
    known = known.dropna(subset=["day", "headache"])
    if known.empty:
        got = "0 rows with a day and a headache entry"
        raise ArgumentError("recording has no day to draw", got=got, hint="give oc.days(study)")
    first, last = span or (int(known["day"].min()), int(known["day"].max()))
    states = _states(known, windows, first, last)
    ax = axes_or_new(ax, height=float(np.clip(1.2 + 0.035 * len(states), 2.2, 5.5)))
    edges = (first - 0.5, last + 0.5, len(states), 0)
    step = -(-len(states) // _MOST)
    ax.imshow(_pixels(states[::step]), extent=edges, aspect="auto", interpolation="none")
    ax.axvline(-0.5, color=INK, linewidth=1, linestyle=(0, (4, 2)))
    rows = f"{len(states)} patients" + (f", one in {step} drawn" if step > 1 else "")
    calm(ax, grid=None, x="day (0 = first day of treatment)", y=f"{rows}, most recorded on top")
    named_ticks(ax.yaxis, [])
    ax.legend(handles=_legend(), loc="lower left", bbox_to_anchor=(0, 1), ncols=3, frameon=False,
              fontsize=8.5, labelcolor=INK, handlelength=1.2, columnspacing=1.4)  # fmt: skip
    return remember(ax, _words(states))


def _states(known: pd.DataFrame, windows: pd.DataFrame | None, first: int, last: int) -> np.ndarray:
    """Return patients x days of OUTSIDE, MISSING, FREE, HEADACHE; the most recorded patients first."""
    if windows is None:
        ends = known.groupby("patient_id", sort=True)["day"].agg(["min", "max"])
        windows = ends.reset_index().set_axis(["patient_id", "first_day", "last_day"], axis=1)
    else:
        needed, hint = ["patient_id", "first_day", "last_day"], "give one row a patient as windows"
        windows = frame_with(windows, needed, plot="recording", hint=hint)
        if windows.empty:
            raise ArgumentError("recording has no patient to draw", got="0 windows", hint=hint)
    windows = windows.sort_values("patient_id", kind="stable").drop_duplicates("patient_id")
    row = pd.Series(range(len(windows)), index=windows["patient_id"].to_numpy())
    day = np.arange(first, last + 1)
    starts, ends = (windows[name].to_numpy(float)[:, None] for name in ("first_day", "last_day"))
    states = np.where((day >= starts) & (day <= ends), MISSING, OUTSIDE)
    inside = known[known["day"].between(first, last) & known["patient_id"].isin(row.index)]
    places = row.loc[inside["patient_id"]].to_numpy(), inside["day"].to_numpy(int) - first
    states[places] = np.where(inside["headache"].to_numpy(bool), HEADACHE, FREE)
    return np.asarray(states[np.argsort(-(states >= FREE).sum(axis=1), kind="stable")])


def _pixels(states: np.ndarray) -> np.ndarray:
    """Return the picture as bytes of red, green, blue, alpha, `_CELL` pixels a cell across.

    A cell is as tall as wide; of more patients than `_FINE` a row is one pixel.
    """
    tall = _CELL if len(states) <= _FINE else 1
    colours = np.zeros((4, 4), dtype=np.uint8)
    colours[FREE], colours[HEADACHE] = _bytes(_FREE_COLOUR), _bytes(HEADACHE_COLOUR)
    pixels = colours[states].repeat(tall, axis=0).repeat(_CELL, axis=1)
    dot = np.zeros((tall, _CELL), dtype=bool)
    dot[slice(1, 3) if tall > 1 else slice(None), 1:3] = True
    missing = (states == MISSING).repeat(tall, axis=0).repeat(_CELL, axis=1)
    pixels[missing & np.tile(dot, states.shape)] = _bytes(_HOLE_COLOUR)
    return np.asarray(pixels)


def _bytes(colour: str) -> np.ndarray:
    return np.asarray(np.round(np.array(to_rgba(colour)) * 255), dtype=np.uint8)


def _legend() -> list[Patch | Line2D]:
    """Return the three keys; the holes' is a dotted line, as a hatch would take half a megabyte."""
    return [
        Patch(facecolor=HEADACHE_COLOUR, label="headache"),
        Patch(facecolor=_FREE_COLOUR, label="headache-free"),
        Line2D([], [], color=_HOLE_COLOUR, linestyle=":", linewidth=2.5, label="not recorded"),
    ]


def _words(states: np.ndarray) -> str:
    counts = {name: int((states == code).sum()) for name, code in
              (("missing", MISSING), ("free", FREE), ("headache", HEADACHE))}  # fmt: skip
    possible = sum(counts.values())
    recorded = possible - counts["missing"]
    return (
        f"Diary days of {len(states)} patients. Of {possible} days, {recorded} "
        f"({100 * recorded / possible:.0f}%) are recorded: {counts['headache']} with headache, "
        f"{counts['free']} headache-free. {counts['missing']} days are not recorded and are drawn as gaps."
    )
