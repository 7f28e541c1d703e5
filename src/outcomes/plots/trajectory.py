"""Mean and interval by period, with one thin line per patient behind.

The means of two periods are of different patients where values are missing, so no line joins them: it would
draw a course that no patient had. A patient's course is the thin line; the change of the patients of one
period is the step from their own baseline, which stands beside the mean as an open circle.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection

from outcomes.errors import ArgumentError, plural
from outcomes.plots.describe import remember
from outcomes.plots.drawn_frame import frame_with
from outcomes.plots.groups import joined
from outcomes.plots.period_marks import beyond, draw_marks, of_n, period_axis, placed
from outcomes.plots.series import Look
from outcomes.plots.style import MUTED, axes_or_new, calm
from outcomes.plots.swift_axes import named_ticks
from outcomes.results import Estimates

__all__ = ["trajectory"]

#: How far left of a mean its patients' own baseline stands, in periods.
ASIDE = 0.17
VALUES = "headache days per 28 days"

_HINT = (
    "give the result of oc.means(oc.periods(study, baseline_as_row=True)), of oc.change, or a fit of oc.mmrm"
)


def trajectory(
    result: Any,
    *,
    ax: Axes | None = None,
    by: str | Sequence[str] | None = None,
    individuals: pd.DataFrame | None = None,
    baselines: Estimates | pd.DataFrame | None = None,
    ylabel: str | None = None,
    limits: tuple[float, float] | None = (0, 28),
) -> Axes:
    """Draw the mean of each period with its interval, the number of patients under each period.

    Parameters
    ----------
    result : MMRMResult, Estimates or DataFrame
        One row per period in the order of time, or per group and period: `period`, `mean` (or `estimate`),
        `lower`, `upper` and, where the result has it, `n`; of a fit of `outcomes.mmrm` the marginal means of
        its visits. Without `n` the words say so.
    ax : Axes, optional
        Where to draw; a new Figure when left out.
    by : str or list of str, optional
        Columns of the groups, at most five, drawn beside each other; found by themselves when a period
        occurs more than once. Patients without a level are the group "not recorded".
    individuals : DataFrame, optional
        `patient_id`, `period`, `value`: the thin lines behind. Patients with one value make no line.
    baselines : Estimates or DataFrame, optional
        `period`, `baseline_mean`, as `outcomes.change` returns them: the open circles.
    ylabel : str, optional
        What is measured, with its unit; headache days per 28 days when left out, and for a result of
        changes or marginal means its title.
    limits : tuple of float, optional
        Ends of the axis, in the unit of the values; None to fit the data. An interval that goes on beyond
        ends in an arrowhead.

    Returns
    -------
    Axes
        Points with error bars, not joined; under the axis the periods and their n.

    Raises
    ------
    ArgumentError
        When a column is missing, there is no row with a mean, or a group has a period twice.

    Examples
    --------
    >>> import pandas as pd
    >>> from outcomes import plots
    >>> means = pd.DataFrame({"period": ["baseline", "days 1-28"], "n": [20, 20],
    ...                       "mean": [14.2, 16.1], "lower": [10.0, 12.0], "upper": [18.4, 20.2]})
    >>> print(plots.describe(plots.trajectory(means)))
    Mean headache days per 28 days by period, with 95% intervals. baseline: 14.2 (10.0 to 18.4), n = 20. \
days 1-28: 16.1 (12.0 to 20.2), n = 20.
    """
    means, own_title = _means_of(result, by)
    if means["mean"].notna().sum() == 0:
        raise ArgumentError("trajectory has no period with a mean", got=f"{len(means)} rows", hint=_HINT)
    means, styles = placed(means, by, plot="trajectory", hint=_HINT)
    ax = axes_or_new(ax, height=3.4 + 0.2 * (len(styles) > 1) * (1 + len(styles)))
    lines = _lines(individuals, dict(zip(means["period"], means["place"], strict=True)))
    ax.add_collection(LineCollection(lines, colors=MUTED, linewidths=0.5, alpha=_faint(len(lines)), zorder=1))
    draw_marks(ax, means, "mean", styles)
    means = means.assign(before=_before(baselines, means, by))
    _open_circles(ax, means, styles)
    period_axis(ax, means, styles)
    calm(ax, y=ylabel or own_title or VALUES)
    _scale(ax, means, styles, limits)
    what = f"Mean {ylabel or VALUES}" if ylabel or not own_title else own_title
    return remember(ax, _words(means, what=what, level=_level(result), lines=len(lines)))


def _means_of(result: Any, by: str | Sequence[str] | None) -> tuple[pd.DataFrame, str | None]:
    """Return the frame with ``mean``, and what it is the mean of where that is not the values."""
    if hasattr(result, "visit_means"):
        return result.visit_means(by=by), None
    if (
        "estimate" in getattr(result, "columns", ()) and "mean" not in result.columns
    ):  # changes, marginal means
        frame = frame_with(result, ["period", "estimate", "lower", "upper"], plot="trajectory", hint=_HINT)
        title = result.title if isinstance(result, Estimates) else None
        return frame.rename(columns={"estimate": "mean"}), title
    return frame_with(result, ["period", "n", "mean", "lower", "upper"], plot="trajectory", hint=_HINT), None


def _scale(
    ax: Axes, means: pd.DataFrame, styles: dict[str, Look], limits: tuple[float, float] | None
) -> None:
    if not limits or means["mean"].min() < limits[0]:  # changes, not values
        ax.autoscale_view()
        return
    edge = 0.02 * (limits[1] - limits[0])
    ax.set_ylim(limits[0] - edge, limits[1] + edge)
    named_ticks(ax.yaxis, np.linspace(*limits, 5))
    beyond(ax, means, styles)


def _before(
    baselines: Estimates | pd.DataFrame | None, means: pd.DataFrame, by: str | Sequence[str] | None
) -> pd.Series:
    """Return the baseline mean of the patients of each row that is drawn; missing where there is none."""
    if baselines is None:
        return pd.Series(np.nan, index=means.index)
    columns = [by] if isinstance(by, str) else list(by or ())
    needed = ["period", "baseline_mean", *columns]
    known = frame_with(baselines, needed, plot="trajectory", hint="baselines is the result of oc.change")
    known = known.dropna(subset=["baseline_mean"])
    group = joined(known, columns) if columns else pd.Series("", index=known.index)
    keys = zip(group, known["period"].astype(str), strict=True)
    own = dict(zip(keys, known["baseline_mean"].astype(float), strict=True))
    asked = zip(means["group"] if columns else [""] * len(means), means["period"], strict=True)
    return pd.Series([own.get(key, np.nan) for key in asked], index=means.index)


def _open_circles(ax: Axes, means: pd.DataFrame, styles: dict[str, Look]) -> None:
    """Draw the baseline of a period's patients to the left of their mean."""
    aside = ASIDE if len(styles) == 1 else ASIDE / len(styles)
    for group, rows in means.dropna(subset=["before"]).groupby("group"):
        look = styles[str(group)]
        ax.plot(rows["x"] - aside, rows["before"], linestyle="none", marker="o", markersize=5.5,
                markerfacecolor="none", markeredgecolor=look.colour, zorder=3)  # fmt: skip


def _lines(individuals: pd.DataFrame | None, places: dict[str, int]) -> list[np.ndarray]:
    """Return one array of (place, value) a patient, in the order of the patients."""
    if individuals is None:
        return []
    needed = ["patient_id", "period", "value"]
    known = frame_with(individuals, needed, plot="trajectory", hint="individuals has one row per period")
    known = known.assign(place=known["period"].astype(str).map(places)).dropna(subset=["place", "value"])
    known = known.sort_values(["patient_id", "place"], kind="stable")
    points = known[["place", "value"]].to_numpy(float)
    cuts = np.flatnonzero(np.diff(known["patient_id"].factorize()[0])) + 1
    return [part for part in np.split(points, cuts) if len(part) > 1]


def _faint(lines: int) -> float:
    """Thin the lines out as there are more of them, so that the mean stays on top."""
    return float(np.clip(12 / max(lines, 1), 0.05, 0.5))


def _level(result: Any) -> float | None:
    return result.level if isinstance(result, Estimates) else 0.95


def _words(means: pd.DataFrame, *, what: str, level: float | None, lines: int) -> str:
    kind = f", with {100 * level:.0f}% intervals" if level else ""
    said = [f"{what} by period{kind}."]
    for row in means.itertuples():
        name = f"{row.group}, {row.period}" if row.group else row.period
        counted = f", {of_n(row.n)}" if "n" in means else ""
        if row.mean != row.mean:
            said.append(f"{name}: no value{counted}.")
        else:
            limits = f" ({row.lower:z.1f} to {row.upper:z.1f})" if row.lower == row.lower else ""
            before = "" if row.before != row.before else f", from {row.before:.1f} at baseline"
            said.append(f"{name}: {row.mean:z.1f}{limits}{counted}{before}.")
    if "n" not in means:
        said.append("The result does not say how many patients these are.")
    if lines:
        shown = plural(lines, "thin line behind shows the patient", "thin lines behind show the patients")
        said.append(f"{shown} with at least two values.")
    return " ".join(said)
