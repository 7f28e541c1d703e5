"""Adverse events of two arms by their worst grade, and beside them the difference or the ratio."""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from outcomes.errors import ArgumentError
from outcomes.plots.describe import remember
from outcomes.plots.drawable import drawable, one_label, two_arms
from outcomes.plots.drawn_frame import frame_with
from outcomes.plots.series import EDGE, GRADES, NO_GRADE, grade_patches
from outcomes.plots.style import BLUE, INK, MUTED, axes_or_new, calm
from outcomes.plots.words import amount, between, level_words, plural, share
from outcomes.results import Estimates

__all__ = ["severity"]

_HINT = "give oc.compare_arms(oc.incidence(..., arm=...), reference=...), a difference or a ratio"
_WORST = 'give oc.incidence(..., by=["term"], worst="grade", arm=...) of the same events and patients'
_COLUMNS = ["contrast", "n", "N", "n_reference", "N_reference", "estimate", "lower", "upper"]
#: Place of each arm's bar in its row, and its height.
_SHIFT, _TALL = (-0.2, 0.2), 0.36
_RATIO_TICKS = (0.01, 0.03, 0.1, 0.3, 1, 3, 10, 30, 100)


def severity(
    result: Estimates | pd.DataFrame,
    *,
    worst: Estimates | pd.DataFrame,
    ax: Axes | None = None,
    label: str | None = None,
    most: int = 20,
) -> Axes:
    """Draw a row per event: each arm's patients stacked by worst grade, and the contrast of the arms.

    Parameters
    ----------
    result : Estimates or DataFrame
        One contrast, ``A - B`` or ``A / B``, as `oc.compare_arms` returns it: `contrast`, `n`, `N`,
        `n_reference`, `N_reference`, `estimate`, `lower`, `upper`.
    worst : Estimates or DataFrame
        Patients by their worst grade: the column that names the event, `grade`, the arm, `n` and `N`, as
        `oc.incidence` with ``worst="grade"`` and ``arm=`` returns it.
    ax : Axes, optional
        Where to draw; a new Figure when left out. It is divided in two.
    label : str, optional
        The column that names the event; found by itself when it is term or group.
    most : int
        How many events at most, the largest estimate first. The description says how many were left out.

    Returns
    -------
    Axes
        Holds two: ``ax.child_axes[0]`` the stacked bars in percent of patients, the reference arm below;
        ``ax.child_axes[1]`` the difference (percentage points) or the ratio (log axis).

    Raises
    ------
    ArgumentError
        When a column is missing, there is no estimate or several contrasts, or `worst` does not hold the
        same arms.

    Examples
    --------
    >>> import pandas as pd
    >>> from outcomes import plots
    >>> rows = pd.DataFrame({"term": ["nausea"], "contrast": "active - placebo", "n": 6, "N": 40,
    ...     "n_reference": 2, "N_reference": 40, "estimate": 0.1, "lower": -0.04, "upper": 0.25})
    >>> worst = pd.DataFrame({"term": "nausea", "grade": [1, 3, 1], "n": [4, 2, 2], "N": 40,
    ...     "arm": ["active", "active", "placebo"]})
    >>> plots.describe(plots.severity(rows, worst=worst))
    'Adverse events by worst grade, active and placebo with 95% intervals of the difference. nausea: active \
6 of 40 (15%), 4 grade 1, 2 grade 3; placebo 2 of 40 (5%), 2 grade 1; difference 10.0 percentage points \
(−4.0 to 25.0).'
    """
    known = ["estimate", "N", "N_reference"]
    rows, unknown = drawable(result, _COLUMNS, plot="severity", hint=_HINT, known=known)
    arms, ratio = two_arms(rows, plot="severity", hint=_HINT)
    rows = rows.assign(event=one_label(rows.drop(columns="contrast"), label, plot="severity"))
    rows = rows.sort_values(["estimate", "event"], ascending=[False, True], kind="stable", ignore_index=True)
    shown = rows.head(most)
    stacks = _stacks(worst, arms, label)
    ax = axes_or_new(ax, height=1.1 + 0.36 * len(shown), width=6.6)
    ax.set_axis_off()
    left, right = ax.inset_axes((0, 0, 0.54, 1)), ax.inset_axes((0.6, 0, 0.4, 1))
    _bars(left, shown, stacks, arms)
    _contrast(right, shown, arms, ratio=ratio)
    said = [_words(shown, stacks, arms, result, ratio=ratio)]
    if more := len(rows) - len(shown):
        said.append(f"{plural(more, 'event')} with a smaller estimate not drawn.")
    if unknown:
        said.append(f"{plural(unknown, 'event')} without an estimate not drawn.")
    return remember(ax, " ".join(said))


def _stacks(worst: Estimates | pd.DataFrame, arms: list[str], label: str | None) -> pd.DataFrame:
    """Return event, arm, grade (6: not recorded) and percent of patients, the mildest grade first."""
    frame = frame_with(worst, ["grade", "n", "N"], plot="severity", hint=_WORST)
    named = worst.meta.get("arm") if isinstance(worst, Estimates) else None
    arm = next((c for c in (named, "arm") if c in frame.columns), None)
    if arm is None or not set(arms) <= set(frame[arm].astype(str)):
        got = ", ".join(map(str, frame.columns if arm is None else frame[arm].unique()))
        raise ArgumentError("worst does not hold both arms", got=got, allowed=", ".join(arms), hint=_WORST)
    event = one_label(frame.drop(columns="contrast", errors="ignore"), label, plot="severity")
    grade = frame["grade"].astype("Float64").fillna(NO_GRADE).astype(int)
    made = pd.DataFrame({"event": event, "arm": frame[arm].astype(str), "grade": grade, "n": frame["n"]})
    made["percent"] = 100 * frame["n"] / frame["N"]
    return made[made["n"].gt(0)].sort_values("grade", kind="stable")


def _bars(ax: Axes, rows: pd.DataFrame, stacks: pd.DataFrame, arms: list[str]) -> None:
    place = {event: row for row, event in enumerate(rows["event"])}
    drawn = stacks[stacks["event"].isin(place) & stacks["arm"].isin(arms)]
    after = drawn.groupby(["event", "arm"], sort=False)["percent"].cumsum()
    middle = drawn["event"].map(place) + drawn["arm"].map(dict(zip(arms, _SHIFT, strict=True)))
    ax.barh(middle, drawn["percent"], height=_TALL, left=after - drawn["percent"],
            color=[GRADES[grade] for grade in drawn["grade"]], edgecolor=EDGE, linewidth=0.4)  # fmt: skip
    for arm, shift, end in zip(arms, _SHIFT, ("", "_reference"), strict=True):
        for row, share_of in enumerate(100 * rows[f"n{end}"] / rows[f"N{end}"]):
            ax.annotate(arm, (share_of, row + shift), xytext=(3, 0), textcoords="offset points",
                        va="center", fontsize=6.5, color=MUTED)  # fmt: skip
    ax.set_yticks(range(len(rows)), list(rows["event"]))
    _rows(ax, len(rows), "percent of patients, by worst grade")
    ax.set_xlim(0, 1.3 * float(np.max([1.0, *after])))
    ax.legend(handles=grade_patches(drawn["grade"]), loc="lower left", bbox_to_anchor=(0, 1), ncols=3,
              frameon=False, fontsize=8, labelcolor=INK, handlelength=1.1, columnspacing=1.0)  # fmt: skip


def _contrast(ax: Axes, rows: pd.DataFrame, arms: list[str], *, ratio: bool) -> None:
    """Draw the estimates; what is not finite on its axis ends in an arrow at the edge."""
    scale, sign, none = (1.0, "/", 1.0) if ratio else (100.0, "\N{MINUS SIGN}", 0.0)
    values = scale * rows[["estimate", "lower", "upper"]].to_numpy(float)
    if ratio:
        ax.set_xscale("log")
    finite = values[np.isfinite(values) & ((values > 0) | (not ratio))]
    low, high = min([none, *finite]), max([none, *finite])
    ax.set_xlim(*((low / 1.3, high * 1.3) if ratio else (low - 2, high + 2)))
    if ratio:
        ticks = [tick for tick in _RATIO_TICKS if low / 1.3 <= tick <= high * 1.3]
        ax.set_xticks(ticks, [f"{tick:g}" for tick in ticks])
        ax.minorticks_off()
    ax.axvline(none, color=INK, linewidth=0.9, linestyle=(0, (4, 2)))
    ends = np.clip(values, *ax.get_xlim())
    for row, ((at, lower, upper), (_, first, last)) in enumerate(zip(values, ends, strict=True)):
        ax.hlines(row, first, last, colors=BLUE, linewidth=1.5)
        for beyond, end, arrow in ((lower < first, first, "<"), (upper > last, last, ">")):
            if beyond:
                ax.plot(end, row, arrow, color=BLUE, markersize=4.5, clip_on=False)
        if at == np.clip(at, *ax.get_xlim()):
            ax.plot(at, row, "s", color=BLUE, markersize=5)
    unit = "ratio" if ratio else "percentage points"
    _rows(ax, len(rows), f"{arms[0]} {sign} {arms[1]}\n({unit})")
    ax.set_yticks(range(len(rows)), [""] * len(rows))


def _rows(ax: Axes, rows: int, xlabel: str) -> None:
    ax.set_ylim(rows - 0.4, -0.6)
    calm(ax, grid="x", x=xlabel)
    ax.spines["left"].set_visible(False)
    ax.set_facecolor("none")


def _words(
    rows: pd.DataFrame,
    stacks: pd.DataFrame,
    arms: list[str],
    result: Estimates | pd.DataFrame,
    *,
    ratio: bool,
) -> str:
    level = result.level if isinstance(result, Estimates) else 0.95
    what = "ratio" if ratio else "difference"
    said = [f"Adverse events by worst grade, {arms[0]} and {arms[1]}{level_words(level)} of the {what}."]
    for row in rows.itertuples():
        counts = (row.n, row.N), (row.n_reference, row.N_reference)
        parts = [
            f"{arm} {share(*counted)}{_grades(stacks, row.event, arm)}"
            for arm, counted in zip(arms, counts, strict=True)
        ]
        scale, unit, digits = (1, "", 2) if ratio else (100, " percentage points", 1)
        found = f"{what} {amount(scale * row.estimate, digits)}{unit}"
        limits = between(scale * row.lower, scale * row.upper, digits)
        said.append(f"{row.event}: {'; '.join([*parts, found])}{limits}.")
    return " ".join(said)


def _grades(stacks: pd.DataFrame, event: object, arm: str) -> str:
    mine = stacks[(stacks["event"] == event) & (stacks["arm"] == arm)]
    names = {NO_GRADE: "without a grade"}
    return "".join(f", {row.n} {names.get(row.grade, f'grade {row.grade}')}" for row in mine.itertuples())
