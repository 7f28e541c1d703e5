"""The pump rate of each session over its hours, with the pain before and after and the events on it."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from outcomes.errors import ArgumentError
from outcomes.plots.describe import remember
from outcomes.plots.drawn_frame import check_most, frame_with
from outcomes.plots.style import BLUE, GRID, INK, MUTED, VERMILION, axes_or_new, calm
from outcomes.plots.words import plural

__all__ = ["titration"]

_HINT = "give study.titration and sessions=study.sessions"
#: Share of a lane's height that the highest rate takes.
_FULL = 0.66
#: Points right of the lanes at which the highest rate and the pain stand.
_PEAK, _NRS = 4, 36
_LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"


def titration(
    log: pd.DataFrame,
    *,
    sessions: pd.DataFrame,
    patient: str | None = None,
    ax: Axes | None = None,
    events: pd.DataFrame | None = None,
    most: int = 12,
) -> Axes:
    """Draw a lane per session: the rate as steps, NRS before and after at its end, a letter for each event.

    Parameters
    ----------
    log : DataFrame
        `session_id`, `time`, `rate` (mg/kg/h): from when on which rate ran, as in ``study.titration``.
    sessions : DataFrame
        `session_id`, `patient_id`, `start`, `end`, `pain_before`, `pain_after` (NRS 0-10), as in
        ``study.sessions``.
    patient : str, optional
        Whose sessions; those of all patients when left out, without names.
    ax : Axes, optional
        Where to draw; a new Figure when left out.
    events : DataFrame, optional
        `session_id`, `hours_since_start`, `term`, as `oc.emergent` returns it.
    most : int
        How many sessions at most, the earliest first. The description says how many were left out.

    Returns
    -------
    Axes
        Time in hours from the start of each session; all lanes have the same scale of rate.

    Raises
    ------
    ArgumentError
        When a column is missing or no session has a rate.

    Examples
    --------
    >>> import pandas as pd
    >>> from outcomes import plots
    >>> at = pd.to_datetime(["2026-01-05 09:00Z", "2026-01-05 10:00Z", "2026-01-05 11:00Z"])
    >>> log = pd.DataFrame({"session_id": "s", "time": at, "rate": [0.2, 0.3, 0.0]})
    >>> sessions = pd.DataFrame({"session_id": ["s"], "patient_id": "a", "start": at[:1], "end": at[2:],
    ...                          "pain_before": 7.0, "pain_after": 3.0})
    >>> plots.describe(plots.titration(log, sessions=sessions, patient="a"))
    'Pump rate over time. Session 1: 2.0 h, highest rate 0.30 mg/kg/h, NRS 7 before and 3 after.'
    """
    check_most(most)
    lanes, left_out = _lanes(log, sessions, patient, most)
    steps = _steps(log, lanes)
    if steps.empty:
        raise ArgumentError("titration has nothing to draw", got="no session with a rate", hint=_HINT)
    marks = _events(events, lanes)
    ax = axes_or_new(ax, height=max(1.9, 1.3 + 0.52 * len(lanes)))
    top = float(steps["rate"].max())
    for lane, mine in steps.groupby("lane"):
        rate = lane + _FULL * (1 - mine["rate"] / top)
        ax.fill_between(mine["hour"], lane + _FULL, rate, step="post", color=BLUE, alpha=0.25, linewidth=0)
        ax.step(mine["hour"], rate, where="post", color=BLUE, linewidth=1.3)
    end = float(max(lanes["hours"].max(), steps["hour"].max()))
    ax.hlines(lanes["lane"] + _FULL, 0, end, colors=GRID, linewidth=0.6)
    _beside(ax, lanes, steps)
    letters = _letters(ax, marks, end)
    ax.set_yticks(lanes["lane"] + _FULL / 2, [f"session {n + 1}" for n in lanes["lane"]], fontsize=8)
    ax.set_ylim(len(lanes) - 0.1, -0.25)
    ax.set_xlim(0, end * 1.01)
    calm(ax, grid="x", x=_xlabel(letters), y="pump rate (mg/kg/h)")
    ax.spines["left"].set_visible(False)
    return remember(ax, _words(lanes, steps, marks, left_out))


def _lanes(
    log: pd.DataFrame, sessions: pd.DataFrame, patient: str | None, most: int
) -> tuple[pd.DataFrame, int]:
    """Return the sessions with a rate in the order of their start: lane, hours, pain; and how many more."""
    needed = ["session_id", "patient_id", "start", "end", "pain_before", "pain_after"]
    frame = frame_with(sessions, needed, plot="titration", hint=_HINT)
    known = frame_with(log, ["session_id", "time", "rate"], plot="titration", hint=_HINT)
    known = known.dropna(subset=["time", "rate"])
    mine = frame if patient is None else frame[frame["patient_id"] == patient]
    mine = mine[mine["session_id"].isin(known["session_id"])].sort_values(
        ["start", "session_id"], kind="stable"
    )
    shown = mine.head(most).reset_index(drop=True)
    hours = (shown["end"] - shown["start"]) / pd.Timedelta(hours=1)
    return shown.assign(lane=range(len(shown)), hours=hours), max(len(mine) - most, 0)


def _steps(log: pd.DataFrame, lanes: pd.DataFrame) -> pd.DataFrame:
    """Return lane, hour, rate of every entry of the log of the lanes, in the order of time."""
    joined = log.dropna(subset=["time", "rate"]).merge(
        lanes[["session_id", "lane", "start"]], on="session_id"
    )
    joined = joined.assign(hour=(joined["time"] - joined["start"]) / pd.Timedelta(hours=1))
    return joined.sort_values(["lane", "hour"], kind="stable")[["lane", "hour", "rate"]]


def _events(events: pd.DataFrame | None, lanes: pd.DataFrame) -> pd.DataFrame:
    """Return the events that began within their session: lane, hours_since_start, term."""
    if events is None:
        return pd.DataFrame({"lane": [], "hours_since_start": [], "term": [], "hours": []})
    needed = ["session_id", "hours_since_start", "term"]
    frame = frame_with(events, needed, plot="titration", hint="events is oc.emergent(study)")
    joined = frame.merge(lanes[["session_id", "lane", "hours"]], on="session_id")
    inside = joined["hours_since_start"].between(0, joined["hours"])
    return joined[inside].sort_values(["lane", "hours_since_start"], kind="stable")


def _beside(ax: Axes, lanes: pd.DataFrame, steps: pd.DataFrame) -> None:
    """Write the highest rate and the pain right of each lane."""
    highest = steps.groupby("lane")["rate"].max()
    right: dict[str, Any] = {
        "xycoords": ("axes fraction", "data"),
        "textcoords": "offset points",
        "va": "center",
        "fontsize": 8,
    }
    for words, shift in (("peak", _PEAK), ("NRS", _NRS)):
        ax.annotate(words, (1, -0.25), xytext=(shift, 5), color=MUTED, **right)
    for row in lanes.itertuples():
        at = 1, row.lane + _FULL / 2
        ax.annotate(f"{highest.loc[row.lane]:.2f}", at, xytext=(_PEAK, 0), color=INK, **right)
        pain = f"{_nrs(row.pain_before)}→{_nrs(row.pain_after)}"
        ax.annotate(pain, at, xytext=(_NRS, 0), color=INK, **right)


def _nrs(pain: float) -> str:
    return "?" if pd.isna(pain) else f"{pain:g}"


def _letters(ax: Axes, marks: pd.DataFrame, end: float) -> dict[str, str]:
    """Draw a letter for each event, near ones above each other; return what the letters stand for."""
    terms = list(marks["term"].astype(str).value_counts().index)
    code = {term: _LETTERS[min(place, len(_LETTERS) - 1)] for place, term in enumerate(terms)}
    near = (marks["hours_since_start"] // (0.035 * end)).astype(int) if len(marks) else marks["lane"]
    level = marks.assign(near=near).groupby(["lane", "near"]).cumcount() if len(marks) else []
    for row, above in zip(marks.itertuples(), level, strict=True):
        box: dict[str, Any] = {
            "boxstyle": "circle,pad=0.18",
            "facecolor": "none",
            "edgecolor": VERMILION,
            "linewidth": 0.9,
        }
        place = row.lane + _FULL - 0.14 - 0.3 * (above % 3)
        ax.text(row.hours_since_start, place, code[str(row.term)], fontsize=6, color=INK, weight="bold",
                ha="center", va="center", bbox=box, zorder=5)  # fmt: skip
    return code


def _xlabel(letters: dict[str, str]) -> str:
    lines, line = ["hours since the start of the session"], ""
    for term, letter in letters.items():
        part = f"{letter} {term.lower()}".replace("$", r"\$")  # no formula
        if len(line) + len(part) > 62:
            lines.append(line)
            line = ""
        line = f"{line},  {part}" if line else part
    return "\n".join([*lines, line] if line else lines)


def _words(lanes: pd.DataFrame, steps: pd.DataFrame, marks: pd.DataFrame, left_out: int) -> str:
    highest = steps.groupby("lane")["rate"].max()
    said = ["Pump rate over time."]
    for row in lanes.itertuples():
        pain = f"NRS {_nrs(row.pain_before)} before and {_nrs(row.pain_after)} after".replace(
            "?", "not recorded"
        )
        mine = marks[marks["lane"] == row.lane]
        events = "".join(f"; {e.term} at {e.hours_since_start:.1f} h" for e in mine.itertuples())
        length = "length not known" if np.isnan(row.hours) else f"{row.hours:.1f} h"
        said.append(
            f"Session {row.lane + 1}: {length}, highest rate {highest.loc[row.lane]:.2f} mg/kg/h, "
            f"{pain}{events}."
        )
    if left_out:
        said.append(f"{plural(left_out, 'later session is', 'later sessions are')} not drawn.")
    return " ".join(said)
