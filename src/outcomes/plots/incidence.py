"""How often each adverse event occurred: percent of patients and percent of sessions side by side."""

from __future__ import annotations

import pandas as pd
from matplotlib.axes import Axes

from outcomes.errors import ArgumentError
from outcomes.plots.describe import remember
from outcomes.plots.drawable import told_apart
from outcomes.plots.drawn_frame import check_most, frame_with
from outcomes.plots.groups import joined
from outcomes.plots.note import note
from outcomes.plots.style import BLUE, INK, MUTED, VERMILION, axes_or_new, calm
from outcomes.plots.swift_axes import named_ticks
from outcomes.plots.words import plural
from outcomes.results import Estimates

__all__ = ["incidence"]

_HINT = "give the result of oc.incidence(events, at_risk, by=[...])"
_COUNTED = ["n", "N", "percent", "lower", "upper"]
#: unit -> (word, colour, marker, shift from the row's middle). Shape and place say what the colour says.
_LOOK = {"patients": (BLUE, "o", -0.16), "sessions": (VERMILION, "D", 0.16)}


def incidence(
    result: Estimates | pd.DataFrame,
    *,
    sessions: Estimates | pd.DataFrame | None = None,
    ax: Axes | None = None,
    label: str | None = None,
    most: int = 20,
) -> Axes:
    """Draw a dot with its interval for each event, per patient and, when given, per session.

    Parameters
    ----------
    result : Estimates or DataFrame
        One row per event: patients with it. Columns `n`, `N`, `percent` and its limits `lower`, `upper`, in
        percent, and one that names the event; `lower_cluster` and `upper_cluster` are preferred when there.
    sessions : Estimates or DataFrame, optional
        The same for sessions with the event.
    ax : Axes, optional
        Where to draw; a new Figure when left out.
    label : str, optional
        The column that names the event; found by itself when it is one of term, group.
    most : int
        How many events at most, the most frequent first. The description says how many were left out.

    Returns
    -------
    Axes
        One row per event.

    Raises
    ------
    ArgumentError
        When a column is missing or there is no row.

    Examples
    --------
    >>> import pandas as pd
    >>> from outcomes import plots
    >>> events = pd.DataFrame({"group": ["nausea"], "n": [6], "N": [40], "percent": [15.0],
    ...                        "lower": [5.7], "upper": [29.8]})
    >>> plots.describe(plots.incidence(events))
    'Adverse events with 95% intervals. nausea: 6 of 40 patients, 15.0% (5.7 to 29.8).'
    """
    check_most(most)
    patients, unknown = _counted(result, label, unit="patients")
    shown, left_out = patients.head(most), max(len(patients) - most, 0)
    units = {"patients": shown}
    if sessions is not None:
        units["sessions"], _ = _counted(sessions, label, unit="sessions")
    ax = axes_or_new(ax, height=0.9 + 0.3 * len(shown))
    places = {name: place for place, name in enumerate(shown["event"])}
    for unit, counted in units.items():
        _dots(ax, counted[counted["event"].isin(places)], places, unit=unit)
    named_ticks(ax.yaxis, range(len(places)), list(places))
    ax.set_ylim(len(places) - 0.4, -0.6)
    ax.set_xlim(left=0)
    calm(ax, grid="x", x="percent with at least one event")
    ax.tick_params(axis="y", pad=8)  # a mark at 0 must not lie on its name
    ax.spines["left"].set_visible(False)
    if len(units) > 1:
        ax.legend(
            loc="lower right", bbox_to_anchor=(1, 1), ncols=2, frameon=False, fontsize=9, labelcolor=INK
        )
    return remember(ax, _words(units, places, left_out, unknown))


def _counted(data: Estimates | pd.DataFrame, label: str | None, *, unit: str) -> tuple[pd.DataFrame, int]:
    """Return event, n, N, percent, lower, upper, the most frequent first; and how many have no percentage.

    Where there are limits that allow for several sessions of one patient, these are drawn.
    """
    frame = frame_with(data, _COUNTED, plot="incidence", hint=_HINT)
    if {"lower_cluster", "upper_cluster"} <= set(frame.columns):
        frame = frame.assign(lower=frame["lower_cluster"], upper=frame["upper_cluster"])
    names = [label] if label else [name for name in ("term", "group") if name in frame.columns]
    if not names or names[0] not in frame.columns:
        raise ArgumentError(
            f"no column names the event of the {unit}",
            got=", ".join(map(str, frame.columns)),
            allowed="term, group, or the one that label= names",
        )
    known = frame["percent"].notna()
    if not known.any():
        got = f"{len(frame)} rows without a percentage" if len(frame) else "0 rows"
        hint = "give oc.incidence(events, at_risk) of those among whom something happened"
        raise ArgumentError(f"incidence has no event to draw for {unit}", got=got, hint=hint)
    frame = frame[known]
    frame = frame.assign(event=joined(frame, told_apart(frame, names[:1])).str.replace("_", " "))
    frame = frame.sort_values(["percent", "event"], ascending=[False, True], kind="stable")
    return frame[["event", *_COUNTED]].reset_index(drop=True), int((~known).sum())


def _dots(ax: Axes, counted: pd.DataFrame, places: dict[str, int], *, unit: str) -> None:
    colour, marker, shift = _LOOK[unit]
    middle = counted["event"].map(places) + shift
    ax.hlines(middle, counted["lower"], counted["upper"], colors=colour, linewidth=1.4)
    ax.scatter(
        counted["percent"],
        middle,
        color=colour,
        marker=marker,
        s=26,
        zorder=3,
        label=f"of {unit}",
        clip_on=False,
    )
    for row, place in zip(counted.itertuples(), middle, strict=True):
        at = (row.upper, place)
        note(ax, f"{row.n}/{row.N}", at, by=(4, 0), of="point", va="center", fontsize=7.5, color=MUTED)


def _words(units: dict[str, pd.DataFrame], places: dict[str, int], left_out: int, unknown: int) -> str:
    said = ["Adverse events with 95% intervals."]
    indexed = {unit: frame.set_index("event") for unit, frame in units.items()}
    for event in places:
        parts = [_part(frame.loc[event], unit) for unit, frame in indexed.items() if event in frame.index]
        said.append(f"{event}: {'; '.join(parts)}.")
    if left_out:
        said.append(f"{left_out} less frequent events are not drawn.")
    if unknown:
        said.append(f"{plural(unknown, 'event')} without a percentage not drawn.")
    return " ".join(said)


def _part(row: pd.Series, unit: str) -> str:
    limits = f"{row['lower']:.1f} to {row['upper']:.1f}"
    return f"{row['n']:.0f} of {row['N']:.0f} {unit}, {row['percent']:.1f}% ({limits})"
