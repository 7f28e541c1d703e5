"""The diary of one patient: each day with its severity, infusions, acute medication and events."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.collections import PathCollection
from matplotlib.lines import Line2D
from matplotlib.patches import Patch
from matplotlib.path import Path

from outcomes.errors import ArgumentError
from outcomes.plots.describe import remember
from outcomes.plots.drawn_frame import frame_with
from outcomes.plots.series import RAMP
from outcomes.plots.style import INK, MUTED, VERMILION, axes_or_new, calm
from outcomes.plots.swift_axes import named_ticks
from outcomes.plots.words import plural

__all__ = ["SEVERITIES", "diary_calendar"]

_HINT = "give oc.days(study)"
_NAMES = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"]
_WEEKS_A_ROW, _BLOCK = 32, 9.2
UNSAID = "headache, no pain recorded"
#: Severity of a recorded day -> colour of its cell, from light to dark.
SEVERITIES: dict[str, str] = {
    "headache-free": RAMP[0],
    "mild (NRS 1-3)": RAMP[2],
    "moderate (NRS 4-6)": RAMP[3],
    "severe (NRS 7-10)": RAMP[5],
    UNSAID: RAMP[1],
}
MISSING = "not recorded"


def diary_calendar(
    days: pd.DataFrame,
    *,
    patient: str,
    ax: Axes | None = None,
    sessions: pd.DataFrame | None = None,
    events: pd.DataFrame | None = None,
    timezone: str | None = None,
) -> Axes:
    """Draw the diary of one patient, one column per week and one row per weekday.

    Parameters
    ----------
    days : DataFrame
        `patient_id`, `date`, `headache`, `pain` (NRS 0-10), `acute_medication` (yes/no), as `oc.days`
        returns it.
    patient : str
        Whose diary.
    ax : Axes, optional
        Where to draw; a new Figure when left out.
    sessions : DataFrame, optional
        `patient_id`, `start_date`, `end_date`, as `oc.exposure` returns it: days with an infusion are framed.
    events : DataFrame, optional
        `patient_id`, `onset`, as in ``study.adverse_events``: days on which an event began have a triangle.
    timezone : str, optional
        Zone in which an onset becomes a date; left out, that of the onsets: `oc.emergent` gives them in the
        study's.

    Returns
    -------
    Axes
        One cell per day from the first to the last recorded day; a day that is not recorded is
        a gap with a dot.

    Raises
    ------
    ArgumentError
        When a column is missing or the patient has no diary day.

    Examples
    --------
    >>> import pandas as pd
    >>> from outcomes import plots
    >>> dates = pd.to_datetime(["2026-01-05", "2026-01-06", "2026-01-08"])
    >>> days = pd.DataFrame({"patient_id": "a", "date": dates, "headache": [True, False, True],
    ...                      "pain": [7.0, 0.0, None], "acute_medication": [True, False, None]})
    >>> plots.describe(plots.diary_calendar(days, patient="a"))
    'Diary of one patient from 2026-01-05 to 2026-01-08: 1 day headache-free, 0 mild (NRS 1-3), 0 moderate \
(NRS 4-6), 1 severe (NRS 7-10), 1 headache, no pain recorded, 1 not recorded. Acute medication on 1 day.'
    """
    cells = _cells(days, patient)
    _place(cells)
    ax = axes_or_new(ax, height=0.4 + 1.55 * (int(cells["block"].max()) + 1), width=7.6)
    _squares(ax, cells)
    drug = cells[cells["drug"]]
    ax.plot(drug["x"], drug["y"] + 0.12, "o", mfc="white", mec=INK, mew=0.7, markersize=3.4, zorder=4)
    treated = _marked(cells, _session_dates(sessions, patient))
    frames = _boxes(treated, 0.46)
    ax.add_collection(PathCollection(frames, facecolor="none", edgecolor="#e69f00", linewidth=2, zorder=3))
    begun = _marked(cells, _event_dates(events, patient, timezone))
    corner = begun["x"] + 0.2, begun["y"] - 0.2
    ax.plot(*corner, "^", color=VERMILION, mec="white", mew=0.5, markersize=5, zorder=5)
    _axes(ax, cells)
    marks = {"drug": len(drug), "infusion": len(treated), "event": len(begun)}
    # beside the weeks, where it takes no height from them
    ax.legend(handles=_legend(cells, marks), loc="upper left", bbox_to_anchor=(1.03, 1.04), fontsize=8,
              frameon=False, labelcolor=INK, handlelength=1.1)  # fmt: skip
    return remember(ax, _words(cells, marks, sessions is not None, events is not None))


def _cells(days: pd.DataFrame, patient: str) -> pd.DataFrame:
    """Return one row per calendar day: date, severity, drug."""
    needed = ["patient_id", "date", "headache", "pain", "acute_medication"]
    frame = frame_with(days, needed, plot="diary_calendar", hint=_HINT)
    mine = frame[frame["patient_id"] == patient].drop_duplicates("date").set_index("date")
    if mine.empty:
        raise ArgumentError("diary_calendar has no day of this patient", got="0 rows", hint=_HINT)
    every = pd.date_range(mine.index.min(), mine.index.max(), freq="D", name="date")
    mine = mine.reindex(every)
    headache = mine["headache"].astype("boolean")
    pain = mine["pain"].astype(float)
    said, free = headache.eq(True).fillna(False), headache.eq(False).fillna(False)
    names = list(SEVERITIES)
    tests = [free, said & (pain > 6), said & (pain > 3), said & (pain > 0), said]
    severity = np.select([test.to_numpy(bool) for test in tests],
                         [names[0], names[3], names[2], names[1], UNSAID], default=MISSING)  # fmt: skip
    drug = mine["acute_medication"].astype("boolean").fillna(False).to_numpy(bool)
    return pd.DataFrame({"date": every, "severity": severity, "drug": drug})


def _place(cells: pd.DataFrame) -> None:
    """Add block, x (week) and y (weekday, Monday on top), many weeks going on in a further block."""
    first = cells["date"].iloc[0]
    week = (cells["date"] - (first - pd.Timedelta(days=first.weekday()))).dt.days // 7
    blocks = int(week.max()) // _WEEKS_A_ROW + 1
    a_row = int(np.ceil((int(week.max()) + 1) / blocks))
    cells["block"], cells["x"] = week // a_row, week % a_row
    cells["y"] = cells["block"] * _BLOCK + cells["date"].dt.day_of_week


def _squares(ax: Axes, cells: pd.DataFrame) -> None:
    for name, colour in SEVERITIES.items():
        boxes = _boxes(cells[cells["severity"] == name], 0.45)
        hatch = "////" if name == UNSAID else None
        edge = RAMP[3] if hatch else "#b9c4cc"
        ax.add_collection(PathCollection(boxes, facecolor=colour, edgecolor=edge, linewidth=0.4, hatch=hatch))
    holes = cells[cells["severity"] == MISSING]
    ax.plot(holes["x"], holes["y"], ".", color=MUTED, markersize=3)


def _boxes(cells: pd.DataFrame, half: float) -> list[Path]:
    """Return a square around each cell, all as one path: a drawing of two thirds of the size."""
    middles = cells[["x", "y"]].to_numpy(dtype=np.float64)
    if not len(middles):
        return []
    corners = half * np.array([[-1, -1], [1, -1], [1, 1], [-1, 1], [-1, -1]])
    codes = [Path.MOVETO, Path.LINETO, Path.LINETO, Path.LINETO, Path.CLOSEPOLY]
    return [Path((middles[:, None] + corners).reshape(-1, 2), np.tile(codes, len(middles)))]


def _session_dates(sessions: pd.DataFrame | None, patient: str) -> pd.Series:
    """Return every date on which an infusion ran."""
    if sessions is None:
        return pd.Series([], dtype="datetime64[us]")
    needed = ["patient_id", "start_date", "end_date"]
    frame = frame_with(sessions, needed, plot="diary_calendar", hint="sessions is oc.exposure(study)")
    mine = frame[frame["patient_id"] == patient].dropna(subset=["start_date", "end_date"])
    length = (mine["end_date"] - mine["start_date"]).dt.days.clip(lower=0) + 1
    repeated = mine["start_date"].repeat(length)
    return repeated + pd.to_timedelta(repeated.groupby(level=0).cumcount(), unit="D")


def _event_dates(events: pd.DataFrame | None, patient: str, timezone: str | None) -> pd.Series:
    if events is None:
        return pd.Series([], dtype="datetime64[us]")
    needed = ["patient_id", "onset"]
    frame = frame_with(events, needed, plot="diary_calendar", hint="events is study.adverse_events")
    onset = frame.loc[frame["patient_id"] == patient, "onset"].dropna()
    if isinstance(onset.dtype, pd.DatetimeTZDtype):
        onset = (onset.dt.tz_convert(timezone) if timezone else onset).dt.tz_localize(None)
    return onset.dt.normalize()


def _marked(cells: pd.DataFrame, dates: pd.Series) -> pd.DataFrame:
    return cells[cells["date"].isin(dates)]


def _axes(ax: Axes, cells: pd.DataFrame) -> None:
    blocks = int(cells["block"].max()) + 1
    wide = max(int(cells["x"].max()) + 1, 20)
    calm(ax, grid=None)
    ax.set_xlim(-0.7, wide - 0.3)
    ax.set_ylim(blocks * _BLOCK - 1.4, -1.7)
    ax.set_aspect("equal", anchor="W")
    rows = [(block * _BLOCK + day, _NAMES[day]) for block in range(blocks) for day in range(7)]
    named_ticks(ax.yaxis, [place for place, _ in rows], [name for _, name in rows])
    ax.tick_params(axis="y", labelsize=7)
    named_ticks(ax.xaxis, [])
    for side in ("left", "bottom"):
        ax.spines[side].set_visible(False)
    starts = cells[
        (cells["date"].dt.day <= 7) & (cells["date"].dt.day_of_week == cells["date"].dt.day_of_week.iloc[0])
    ]
    starts = pd.concat([cells.groupby("block").head(1), starts]).drop_duplicates("date").sort_values("date")
    room = np.where(np.arange(len(starts)) == 1, 35, 21)  # the first has its year, which takes five weeks
    after = starts["date"].diff().dt.days.fillna(99) >= room
    for month in starts[after].itertuples():
        # a year in place of its January, as "Jan 2026" would reach into February
        form = "%b %Y" if month.Index == 0 else "%Y" if month.date.month == 1 else "%b"
        ax.text(month.x - 0.45, month.block * _BLOCK - 0.75, f"{month.date:{form}}", fontsize=7.5, color=INK)


def _legend(cells: pd.DataFrame, marks: dict[str, int]) -> list[Patch | Line2D]:
    present = set(cells["severity"])
    boxes: list[Patch | Line2D] = [
        Patch(facecolor=colour, edgecolor="#b9c4cc", linewidth=0.4, label=name,
              hatch="////" if name == UNSAID else None)
        for name, colour in SEVERITIES.items() if name in present
    ]  # fmt: skip
    dot: dict[str, Any] = {"linestyle": "none", "color": MUTED}
    if MISSING in present:
        boxes.append(Line2D([], [], marker=".", markersize=4, label=MISSING, **dot))
    if marks["drug"]:
        boxes.append(Line2D([], [], marker="o", mfc="white", mec=INK, markersize=4, linestyle="none",
                            label="acute medication"))  # fmt: skip
    if marks["infusion"]:
        boxes.append(Patch(facecolor="none", edgecolor="#e69f00", linewidth=2, label="infusion"))
    if marks["event"]:
        boxes.append(Line2D([], [], marker="^", linestyle="none", color=VERMILION, markersize=5,
                            label="adverse event began"))  # fmt: skip
    return boxes


def _words(cells: pd.DataFrame, marks: dict[str, int], sessions: bool, events: bool) -> str:
    counted = cells["severity"].value_counts()
    parts = [f"{int(counted.get(name, 0))} {name}" for name in SEVERITIES]
    parts[0] = f"{plural(int(counted.get('headache-free', 0)), 'day')} headache-free"
    if counted.get(UNSAID, 0) == 0:
        parts.pop()
    first, last = cells["date"].iloc[0], cells["date"].iloc[-1]
    said = (
        f"Diary of one patient from {first:%Y-%m-%d} to {last:%Y-%m-%d}: {', '.join(parts)}, "
        f"{int(counted.get(MISSING, 0))} {MISSING}. Acute medication on {plural(marks['drug'], 'day')}."
    )
    said += f" An infusion ran on {plural(marks['infusion'], 'day')}." if sessions else ""
    return said + (f" Adverse events began on {plural(marks['event'], 'day')}." if events else "")
