"""Mean and interval by period, with one thin line per patient behind.

The means of two periods are of different patients where values are missing, so no line joins them: it would
draw a course that no patient had. A patient's course is the thin line; the change of the patients of one
period is the step from their own baseline, which stands beside the mean as an open circle.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection

from outcomes.errors import ArgumentError, plural
from outcomes.plots.describe import remember
from outcomes.plots.drawn_frame import frame_with
from outcomes.plots.style import BLUE, MUTED, axes_or_new, calm
from outcomes.results import Estimates

__all__ = ["trajectory"]

#: How far left of a mean its patients' own baseline stands, in periods.
ASIDE = 0.17
#: From this many periods on, the labels of the axis take three lines.
CROWDED = 5

_HINT = "give the result of oc.means(oc.periods(study, baseline_as_row=True)), and the periods as individuals"


def trajectory(
    result: Any,
    *,
    ax: Axes | None = None,
    individuals: pd.DataFrame | None = None,
    baselines: Estimates | pd.DataFrame | None = None,
    ylabel: str = "headache days per 28 days",
    limits: tuple[float, float] | None = (0, 28),
) -> Axes:
    """Draw the mean of each period with its interval, the number of patients under each period.

    Parameters
    ----------
    result : MMRMResult, Estimates or DataFrame
        One row per period in the order of time, with `period`, `n`, `mean`, `lower`, `upper`; of a fit of
        `outcomes.mmrm` the marginal means of its visits.
    ax : Axes, optional
        Where to draw; a new Figure when left out.
    individuals : DataFrame, optional
        `patient_id`, `period`, `value`: the thin lines behind. Patients with one value make no line.
    baselines : Estimates or DataFrame, optional
        `period`, `baseline_mean`, as `outcomes.change` returns them: the open circles.
    ylabel : str
        What is measured, with its unit.
    limits : tuple of float, optional
        Ends of the axis, in the unit of the values; None to fit the data. An interval that goes on beyond
        ends in an arrowhead.

    Returns
    -------
    Axes
        Points with error bars, not joined; the tick labels hold the period and its n.

    Raises
    ------
    ArgumentError
        When a column is missing or there is no row with a mean.

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
    result = result.visit_means() if hasattr(result, "visit_means") else result
    means = frame_with(result, ["period", "n", "mean", "lower", "upper"], plot="trajectory", hint=_HINT)
    if means["mean"].notna().sum() == 0:
        raise ArgumentError("trajectory has no period with a mean", got=f"{len(means)} rows", hint=_HINT)
    ax = axes_or_new(ax, height=3.4)
    places = {str(period): place for place, period in enumerate(means["period"])}
    lines = _lines(individuals, places)
    ax.add_collection(LineCollection(lines, colors=MUTED, linewidths=0.5, alpha=_faint(len(lines)), zorder=1))
    _means(ax, means)
    steps = _steps(baselines, places)
    _open_circles(ax, {places[period]: value for period, value in steps.items()})
    ax.set_xticks(range(len(means)), _ticks(means))
    ax.set_xlim(-0.4, len(means) - 0.6)
    calm(ax, y=ylabel)
    if limits and means["mean"].min() < limits[0]:
        limits = None  # changes, not values
    if limits:
        edge = 0.02 * (limits[1] - limits[0])
        ax.set_ylim(limits[0] - edge, limits[1] + edge)
        ax.set_yticks(np.linspace(*limits, 5))
        _beyond(ax, means)
    else:
        ax.autoscale_view()
    words = _words(means, steps, ylabel=ylabel, level=_level(result), lines=len(lines))
    return remember(ax, words)


def _means(ax: Axes, means: pd.DataFrame) -> None:
    shown = means.reset_index(drop=True).dropna(subset=["mean"])
    below, above = shown["mean"] - shown["lower"], shown["upper"] - shown["mean"]
    style: dict[str, Any] = {
        "color": BLUE,
        "linewidth": 1.6,
        "linestyle": "none",
        "marker": "o",
        "markersize": 6,
        "capsize": 4,
        "zorder": 3,
    }
    ax.errorbar(shown.index, shown["mean"], yerr=[below, above], **style)


def _steps(baselines: Estimates | pd.DataFrame | None, places: dict[str, int]) -> dict[str, float]:
    """Return the baseline mean of the patients of each period that is drawn."""
    if baselines is None:
        return {}
    needed = ["period", "baseline_mean"]
    known = frame_with(baselines, needed, plot="trajectory", hint="baselines is the result of oc.change")
    known = known.assign(period=known["period"].astype(str)).dropna(subset=["baseline_mean"])
    known = known[known["period"].isin(places)]
    return dict(zip(known["period"], known["baseline_mean"].astype(float), strict=True))


def _open_circles(ax: Axes, steps: dict[int, float]) -> None:
    """Draw the baseline of a period's patients to the left of their mean."""
    if not steps:
        return
    middles = [place - ASIDE for place in steps]
    ax.plot(middles, list(steps.values()), linestyle="none", marker="o", markersize=5.5,
            markerfacecolor="none", markeredgecolor=BLUE, markeredgewidth=1.3, zorder=3)  # fmt: skip


def _beyond(ax: Axes, means: pd.DataFrame) -> None:
    """Put an arrowhead where an interval goes on beyond the axis."""
    shown = means.reset_index(drop=True)
    low, high = ax.get_ylim()
    for place in shown.index[shown["upper"] > high]:
        ax.plot(place, high, marker="^", color=BLUE, markersize=6, clip_on=False, zorder=4)
    for place in shown.index[shown["lower"] < low]:
        ax.plot(place, low, marker="v", color=BLUE, markersize=6, clip_on=False, zorder=4)


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


def _ticks(means: pd.DataFrame) -> list[str]:
    crowded = len(means) > CROWDED
    return [
        f"{_broken(str(row.period)) if crowded else row.period}\n{_of(row.n)}" for row in means.itertuples()
    ]


def _of(n: Any) -> str:
    """Say how many; a number that was withheld because it is about few people is missing."""
    return "n withheld" if pd.isna(n) else f"n = {n}"


def _broken(period: str) -> str:
    """Put the word days and its numbers on two lines."""
    return period.replace("days ", "days\n", 1) if " " in period else f"{period}\n"


def _level(result: Estimates | pd.DataFrame) -> float | None:
    return result.level if isinstance(result, Estimates) else 0.95


def _words(
    means: pd.DataFrame, steps: dict[str, float], *, ylabel: str, level: float | None, lines: int
) -> str:
    kind = f", with {100 * level:.0f}% intervals" if level else ""
    said = [f"Mean {ylabel} by period{kind}."]
    for row in means.itertuples():
        if row.mean != row.mean:
            said.append(f"{row.period}: no value, {_of(row.n)}.")
        else:
            limits = f" ({row.lower:.1f} to {row.upper:.1f})" if row.lower == row.lower else ""
            own = steps.get(str(row.period))
            before = "" if own is None else f", from {own:.1f} at baseline"
            said.append(f"{row.period}: {row.mean:.1f}{limits}, {_of(row.n)}{before}.")
    if lines:
        shown = plural(lines, "thin line behind shows the patient", "thin lines behind show the patients")
        said.append(f"{shown} with at least two values.")
    return " ".join(said)
