"""Adverse events of two arms by their worst grade, and beside them the difference or the ratio."""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from outcomes.errors import ArgumentError
from outcomes.plots.arm_contrast import ArmContrast, draw_contrast, event_axes, event_rows, row_axis
from outcomes.plots.describe import remember
from outcomes.plots.drawable import one_label
from outcomes.plots.drawn_frame import frame_with
from outcomes.plots.series import EDGE, GRADES, NO_GRADE, grade_patches
from outcomes.plots.style import INK, MUTED
from outcomes.plots.swift_axes import named_ticks
from outcomes.plots.words import amount, between, level_words, share
from outcomes.results import Estimates

__all__ = ["severity"]

_HINT = "give oc.compare_arms(oc.incidence(..., arm=...), reference=...), a difference or a ratio"
_WORST = 'give oc.incidence(..., by=["term"], worst="grade", arm=...) of the same events and patients'
#: Place of each arm's bar in its row, and its height.
_SHIFT, _TALL = (-0.2, 0.2), 0.36


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
    found = event_rows(result, label, most, plot="severity", hint=_HINT)
    stacks = _stacks(worst, found.arms, label)
    ax, left, right = event_axes(ax, len(found.rows), each=0.36, left=0.54)
    _bars(left, found.rows, stacks, found.arms)
    draw_contrast(right, found)
    return remember(ax, " ".join([_words(found, stacks, result), *found.not_drawn()]))


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
    named_ticks(ax.yaxis, range(len(rows)), list(rows["event"]))
    row_axis(ax, len(rows), "percent of patients, by worst grade")
    ax.set_xlim(0, 1.3 * float(np.max([1.0, *after])))
    ax.legend(handles=grade_patches(drawn["grade"]), loc="lower left", bbox_to_anchor=(0, 1), ncols=3,
              frameon=False, fontsize=8, labelcolor=INK, handlelength=1.1, columnspacing=1.0)  # fmt: skip


def _words(found: ArmContrast, stacks: pd.DataFrame, result: Estimates | pd.DataFrame) -> str:
    level = result.level if isinstance(result, Estimates) else 0.95
    arms, ratio, what = found.arms, found.ratio, found.what
    said = [f"Adverse events by worst grade, {arms[0]} and {arms[1]}{level_words(level)} of the {what}."]
    for row in found.rows.itertuples():
        counts = (row.n, row.N), (row.n_reference, row.N_reference)
        parts = [
            f"{arm} {share(*counted)}{_grades(stacks, row.event, arm)}"
            for arm, counted in zip(arms, counts, strict=True)
        ]
        scale, unit, digits = (1, "", 2) if ratio else (100, " percentage points", 1)
        contrast = f"{what} {amount(scale * row.estimate, digits)}{unit}"
        limits = between(scale * row.lower, scale * row.upper, digits)
        said.append(f"{row.event}: {'; '.join([*parts, contrast])}{limits}.")
    return " ".join(said)


def _grades(stacks: pd.DataFrame, event: object, arm: str) -> str:
    mine = stacks[(stacks["event"] == event) & (stacks["arm"] == arm)]
    names = {NO_GRADE: "without a grade"}
    return "".join(f", {row.n} {names.get(row.grade, f'grade {row.grade}')}" for row in mine.itertuples())
