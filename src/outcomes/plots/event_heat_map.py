"""The worst grade of each session of each patient: who has events, when, and whether they come again."""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.colors import to_rgba

from outcomes.errors import ArgumentError
from outcomes.plots.describe import remember
from outcomes.plots.drawable import MOST_DRAWN, evenly
from outcomes.plots.drawn_frame import check_most, frame_with
from outcomes.plots.series import GRADES, NO_GRADE, grade_patches
from outcomes.plots.style import INK, axes_or_new, calm
from outcomes.plots.swift_axes import named_ticks
from outcomes.plots.words import plural, share

__all__ = ["event_heat_map"]

_HINT = "give oc.emergent(study) and sessions=oc.exposure(study)"
#: State of a cell; 1 to 5 are the grades.
_NO_SESSION, _NO_EVENT = -1, 0
#: With more patients the grade inside a cell cannot be read.
_READABLE = 30
#: Pixels of a cell; the last of each row and column is the transparent gap to the next.
_TALL, _WIDE = 10, 40
#: With more patients a row is one pixel, without a gap: it would be thinner than a line on the page.
_APART = 150


def event_heat_map(
    events: pd.DataFrame,
    *,
    sessions: pd.DataFrame,
    ax: Axes | None = None,
    most: int = 12,
) -> Axes:
    """Draw a row per patient and a cell per session, dark by the worst grade of an event in it.

    Parameters
    ----------
    events : DataFrame
        `session_id`, `grade` (CTCAE 1-5), as `oc.emergent` returns it: where it says which events are
        `in_session`, only these are drawn; with `patient_id` a session is found by patient and session.
    sessions : DataFrame
        `patient_id`, `session_id`, `session_number`, as `oc.exposure` returns it.
    ax : Axes, optional
        Where to draw; a new Figure when left out.
    most : int
        Columns for the first sessions; the description says how many later ones are not drawn.

    Returns
    -------
    Axes
        One image; patients with most sessions on top, not named; of more than 2,000 as many, at equal
        distances. A session without an event is pale, no session is blank.

    Raises
    ------
    ArgumentError
        When a column is missing or there is no session.

    Examples
    --------
    >>> import pandas as pd
    >>> from outcomes import plots
    >>> sessions = pd.DataFrame({"patient_id": ["a", "a", "b"], "session_id": ["1", "2", "3"],
    ...                          "session_number": [1, 2, 1]})
    >>> events = pd.DataFrame({"session_id": ["1", "1"], "grade": [1, 3]})
    >>> plots.describe(plots.event_heat_map(events, sessions=sessions))
    'Worst grade of an adverse event by patient and session. 2 patients, 3 sessions. Sessions with an event: \
1 of 3 (33%): 1 with grade 3 as the worst. Of the first sessions 1 of 2 (50%), of later sessions 0 of 1 (0%).'
    """
    check_most(most)
    needed = ["patient_id", "session_id", "session_number"]
    frame = frame_with(sessions, needed, plot="event_heat_map", hint=_HINT).dropna(subset=needed)
    if frame.empty:
        raise ArgumentError("event_heat_map has no session to draw", got="0 rows", hint=_HINT)
    known = frame_with(events, ["session_id", "grade"], plot="event_heat_map", hint=_HINT)
    frame, unattributed = _with_state(frame, known)
    grid = _grid(frame, most)
    ax = axes_or_new(ax, height=float(np.clip(1.3 + 0.16 * len(grid), 2.2, 6.5)))
    _image(ax, grid)
    calm(ax, grid=None, x="session", y=f"{plural(len(grid), 'patient')}, most sessions on top")
    named_ticks(ax.xaxis, range(1, grid.shape[1] + 1))
    named_ticks(ax.yaxis, [])
    ax.legend(handles=grade_patches({_NO_EVENT, *frame["state"]}), loc="lower left",
              bbox_to_anchor=(0, 1), ncols=4, frameon=False, fontsize=8.5, labelcolor=INK,
              handlelength=1.2, columnspacing=1.4)  # fmt: skip
    return remember(ax, _words(frame, unattributed, most))


def _with_state(sessions: pd.DataFrame, events: pd.DataFrame) -> tuple[pd.DataFrame, int]:
    """Add to each session its worst grade, and count the events that belong to no session drawn.

    A session with events of which none has a grade has its own state.
    """
    keys = [key for key in ("patient_id", "session_id") if key in events.columns]
    inside = events
    if "in_session" in events.columns:
        inside = events[events["in_session"].fillna(False).astype(bool)]
    inside = inside.dropna(subset=keys)
    grade = inside["grade"].astype("Float64").astype(float)
    worst = grade.groupby([inside[key] for key in keys]).agg(state="max", events="size").reset_index()
    found = sessions[keys].merge(worst, on=keys, how="left")
    drawn = found["events"].notna().to_numpy()
    state = found["state"].fillna(NO_GRADE).where(drawn, _NO_EVENT).astype(int)
    drawn_events = found.drop_duplicates(keys)["events"].sum()
    return sessions.assign(state=state.to_numpy()), len(events) - int(drawn_events)


def _grid(frame: pd.DataFrame, most: int) -> np.ndarray:
    """Return patients x sessions of states: most sessions first, then the worst events."""
    drawn = frame[frame["session_number"] <= most]
    patient, _ = drawn["patient_id"].factorize(sort=True)
    number = drawn["session_number"].to_numpy(int)
    grid = np.full((patient.max() + 1, number.max()), _NO_SESSION)
    grid[patient, number - 1] = drawn["state"].to_numpy(int)
    order = np.lexsort((-grid.clip(0).sum(axis=1), -(grid > _NO_SESSION).sum(axis=1)))
    return grid[order]


def _image(ax: Axes, grid: np.ndarray) -> None:
    # the last one is that of no session: transparent
    colours = np.array([*map(to_rgba, GRADES), (0.0, 0.0, 0.0, 0.0)])
    rows, columns = grid.shape
    grid = grid[evenly(rows)]
    tall = _TALL if rows <= _APART else 1
    pixels = np.round(colours[grid] * 255).astype(np.uint8).repeat(tall, axis=0).repeat(_WIDE, axis=1)
    if tall > 1:
        pixels[tall - 1 :: tall] = 0
    pixels[:, _WIDE - 1 :: _WIDE] = 0
    ax.imshow(pixels, extent=(0.5, columns + 0.5, rows - 0.5, -0.5), aspect="auto", interpolation="none")
    if rows <= _READABLE:
        for row, column in np.argwhere(grid > _NO_EVENT):
            state = grid[row, column]
            text, ink = (
                ("?", "black") if state == NO_GRADE else (f"{state}", "white" if state > 3 else "black")
            )
            ax.text(column + 1, row, text, ha="center", va="center", fontsize=7.5, color=ink)


def _words(frame: pd.DataFrame, unattributed: int, most: int) -> str:
    state, first = frame["state"], frame["session_number"] == 1
    with_event = state > _NO_EVENT
    worst = state[with_event].value_counts().sort_index()
    parts = [f"{n} with {f'grade {g} as the worst' if g != NO_GRADE else 'no grade recorded'}"
             for g, n in worst.items()]  # fmt: skip
    listed = f": {', '.join(parts)}" if parts else ""
    patients = frame["patient_id"].nunique()
    said = (
        f"Worst grade of an adverse event by patient and session. {plural(patients, 'patient')}, "
        f"{plural(len(frame), 'session')}. "
        f"Sessions with an event: {share(with_event.sum(), len(frame))}{listed}. "
        f"Of the first sessions {share(with_event[first].sum(), first.sum())}, of later sessions "
        f"{share(with_event[~first].sum(), (~first).sum())}."
    )
    if patients > MOST_DRAWN:
        said += f" {MOST_DRAWN:,} of the patients are drawn, evenly from top to bottom."
    later = int((frame["session_number"] > most).sum())
    if later:
        said += f" {plural(later, 'session')} after number {most} not drawn."
    if unattributed:
        said += f" {plural(unattributed, 'event')} outside the sessions drawn not shown."
    return said
