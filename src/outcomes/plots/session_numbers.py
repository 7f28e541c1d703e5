"""Sessions with an event by their number: the first, the second, and so on, with how many there are."""

from __future__ import annotations

import pandas as pd
from matplotlib.axes import Axes

from outcomes.errors import ArgumentError
from outcomes.plots.describe import remember
from outcomes.plots.drawable import drawable
from outcomes.plots.drawn_frame import check_most
from outcomes.plots.series import interval_line, looks
from outcomes.plots.style import INK, axes_or_new, calm
from outcomes.plots.swift_axes import named_ticks
from outcomes.plots.words import between, level_words, plural, share
from outcomes.results import Estimates

__all__ = ["session_numbers"]

_HINT = 'give oc.incidence(events, oc.exposure(study), unit="session", arm="session_number")'
_COLUMNS = ["session_number", "n", "N", "percent", "lower", "upper"]


def session_numbers(
    result: Estimates | pd.DataFrame, *, by: str | None = None, ax: Axes | None = None, most: int = 12
) -> Axes:
    """Draw the percentage of first, second and further sessions with an event, with interval and n/N.

    Parameters
    ----------
    result : Estimates or DataFrame
        `session_number`, `n`, `N`, `percent`, `lower`, `upper` (percent), as `oc.incidence` returns it for
        sessions with ``arm="session_number"``.
    by : str, optional
        A column whose levels are separate lines, for example `group`.
    ax : Axes, optional
        Where to draw; a new Figure when left out.
    most : int
        Numbers of sessions at most; the description says how many sessions have a higher one.

    Returns
    -------
    Axes
        One line per level. Later sessions are those of patients who continued: a fall may reflect who stopped
        (`oc.first_or_later` compares within patients).

    Raises
    ------
    ArgumentError
        When a column is missing, there is no session, or a level has several rows of one number.

    Examples
    --------
    >>> import pandas as pd
    >>> from outcomes import plots
    >>> rows = pd.DataFrame({"session_number": [1, 2], "n": [6, 2], "N": [20, 10], "percent": [30.0, 20.0],
    ...     "lower": [11.9, 2.5], "upper": [54.3, 55.6]})
    >>> plots.describe(plots.session_numbers(rows))
    'Sessions with an event by session number with 95% intervals. Session 1: 6 of 20 (30%) (11.9 to \
54.3). Session 2: 2 of 10 (20%) (2.5 to 55.6). Later sessions are those of patients who continued.'
    """
    check_most(most)
    needed = [*_COLUMNS, *([by] if by else [])]
    rows, _ = drawable(
        result, needed, plot="session_numbers", hint=_HINT, known=["session_number", "percent"]
    )
    rows = rows.assign(line=rows[by].astype(str).str.replace("_", " ") if by else "")
    if rows.duplicated(["line", "session_number"]).any():
        raise ArgumentError(
            "session_numbers has several rows for one session number",
            got=f"columns {', '.join(map(str, rows.columns.drop('line')))}",
            hint="name the column of the lines with by=",
        )
    rows = rows.sort_values("session_number", kind="stable")
    shown = rows[rows["session_number"] <= most]
    ax = axes_or_new(ax, height=3.2)
    lines = looks(shown["line"], plot="session_numbers")
    for place, (name, look) in enumerate(lines.items()):
        some, shift = shown[shown["line"] == name], 0.12 * (place - (len(lines) - 1) / 2)
        interval_line(ax, some["session_number"] + shift, some, "percent", look, name)
    counts = shown.assign(words=shown["n"].astype(int).astype(str) + "/" + shown["N"].astype(int).astype(str))
    ticks = counts.drop_duplicates("session_number").set_index("session_number")["words"]
    named = [f"{number:.0f}" if by else f"{number:.0f}\n{words}" for number, words in ticks.items()]
    named_ticks(ax.xaxis, list(ticks.index), named)
    ax.set_ylim(0, min(100.0, 1.08 * float(shown["upper"].max())) or 1)
    ax.set_xlim(shown["session_number"].min() - 0.5, shown["session_number"].max() + 0.5)
    calm(
        ax,
        x="session of the patient" + ("" if by else ", with an event of all"),
        y="percent of sessions with an event",
    )
    if by:
        ax.legend(loc="lower left", bbox_to_anchor=(0, 1), ncols=3, frameon=False, fontsize=8.5,
                  labelcolor=INK)  # fmt: skip
    beyond = rows[rows["session_number"] > most].drop_duplicates("session_number")
    return remember(ax, _words(shown, result, int(beyond["N"].sum())))


def _words(rows: pd.DataFrame, result: Estimates | pd.DataFrame, beyond: int) -> str:
    level = result.level if isinstance(result, Estimates) else 0.95
    said = [f"Sessions with an event by session number{level_words(level)}."]
    for row in rows.itertuples():
        name = f"{row.line}, session" if row.line else "Session"
        limits = between(row.lower, row.upper)
        said.append(f"{name} {row.session_number:.0f}: {share(row.n, row.N)}{limits}.")
    if beyond:
        said.append(f"{plural(beyond, 'session')} with a higher number not drawn.")
    return " ".join([*said, "Later sessions are those of patients who continued."])
