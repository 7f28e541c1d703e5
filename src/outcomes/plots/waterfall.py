"""The change of each patient, sorted: how many fell, by how much, and who has no value."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.container import BarContainer
from matplotlib.patches import Rectangle

from outcomes.errors import ArgumentError, one_of
from outcomes.plots.describe import remember
from outcomes.plots.drawable import MOST_DRAWN, evenly, one_period
from outcomes.plots.style import BLUE, INK, MUTED, VERMILION, axes_or_new, calm
from outcomes.plots.swift_axes import named_ticks
from outcomes.plots.words import amount, plural
from outcomes.results import Estimates

__all__ = ["waterfall"]

_HINT = "give oc.periods(study, endpoint=...)"
_UNIT = {"percent_change": "change from baseline (%)", "change": "change from baseline (days per 28 days)"}
#: A rise from a small baseline can be many hundred percent; the bar ends here and an arrow says so.
_CEILING = 100.0
#: With more patients a bar is narrower than a line: their outline is drawn, a sixth of the bytes.
_BARS = 150
_WIDTH = 0.78


def waterfall(
    result: Estimates | pd.DataFrame,
    *,
    ax: Axes | None = None,
    period: str | None = None,
    quantity: str = "percent_change",
    threshold: float = 50,
) -> Axes:
    """Draw one bar per patient, the largest rise on the left and the largest fall on the right.

    Parameters
    ----------
    result : DataFrame
        `patient_id`, `period`, `percent_change` and `change` of one endpoint, as `oc.periods` returns it.
    ax : Axes, optional
        Where to draw; a new Figure when left out.
    period : str, optional
        Which period; the first after the baseline when left out.
    quantity : {"percent_change", "change"}
        Percent of the patient's own baseline, or days per 28 days.
    threshold : float, percent
        Fall that makes a responder: those bars are dark, and for percent a line is drawn.

    Returns
    -------
    Axes
        Bars, of more than 150 patients without gaps between them, of more than 2,000 evenly chosen by their
        rank; a cross on the right for each patient
        without a value, or their number where they are more than the bars. No patient is named.

    Raises
    ------
    ArgumentError
        When a column is missing or no patient has a value.

    Examples
    --------
    >>> import pandas as pd
    >>> from outcomes import plots
    >>> rows = pd.DataFrame({"patient_id": ["a", "b", "c"], "period": "days 1-28",
    ...                      "percent_change": [-60.0, 10.0, None], "change": [-12.0, 2.0, None]})
    >>> plots.describe(plots.waterfall(rows))
    'Change from baseline in days 1-28, one bar per patient. Of 2 patients with a value 1 fell by at least \
50%, 0 fell by less, 0 did not change and 1 rose; from −60.0 to 10.0%. 1 patient has no value.'
    """
    one_of("quantity", quantity, _UNIT)
    rows, name = one_period(result, period, ["percent_change", "change"], plot="waterfall", hint=_HINT)
    shown = rows.dropna(subset=[quantity]).sort_values(quantity, ascending=False, kind="stable")
    if shown.empty:
        got = f"{len(rows)} rows without a change"
        raise ArgumentError("waterfall has nothing to draw", got=got, hint=_HINT)
    missing = len(rows) - len(shown)
    ax = axes_or_new(ax, height=3.2)
    values = shown[quantity].to_numpy(float)
    kind = _kinds(shown, threshold)
    at = evenly(len(values))
    _bars(ax, values[at], kind[at], at, capped=quantity == "percent_change", threshold=threshold)
    _holes(ax, len(values), missing)
    if quantity == "percent_change":
        ax.axhline(-threshold, color=INK, linewidth=0.9, linestyle=(0, (4, 2)))
        ax.set_ylim(-106, max(25.0, min(values.max(), _CEILING) + 10))
    without = f"; {missing} without a value" if missing else ""
    calm(ax, y=_UNIT[quantity], x=f"patients, sorted (n = {len(values)}{without})")
    named_ticks(ax.xaxis, [])
    ax.spines["bottom"].set_visible(False)
    ax.axhline(0, color=INK, linewidth=0.9)
    ax.legend(loc="lower left", frameon=False, fontsize=8.5, labelcolor=INK)
    return remember(ax, _words(values, kind, name, missing, threshold, percent=quantity == "percent_change"))


def _kinds(shown: pd.DataFrame, threshold: float) -> np.ndarray:
    """Return responder, fall, same or rise for each patient, by the percentage also for days."""
    percent, change = shown["percent_change"].to_numpy(float), shown["change"].to_numpy(float)
    signed = np.where(np.isnan(change), percent, change)
    tests = [percent <= -threshold + 1e-9, signed < 0, signed == 0]
    return np.select(tests, ["responder", "fall", "same"], default="rise")


def _bars(
    ax: Axes, values: np.ndarray, kind: np.ndarray, place: np.ndarray, *, capped: bool, threshold: float
) -> None:
    """Draw the bars of the patients at these ranks."""
    height = np.minimum(values, _CEILING) if capped else values
    looks = {
        "rise": (VERMILION, "////", "rise"),
        "fall": (BLUE, "", f"fall under {threshold:g}%"),
        "responder": (BLUE, "", f"fall of {threshold:g}% or more"),
    }
    for name, (colour, hatch, label) in looks.items():
        mine = kind == name
        if mine.any():
            style: dict[str, Any] = {
                "facecolor": "none" if hatch else colour,
                "edgecolor": colour,
                "hatch": hatch,
            }
            style["alpha"] = 0.35 if name == "fall" else 1.0
            if len(values) > _BARS:
                edges = np.append(place, place[-1] + 1) - 0.5
                ax.stairs(np.where(mine, height, np.nan), edges, fill=True, linewidth=0, label=label, **style)
            else:
                _stand(ax, place[mine], height[mine], label, style)
    same = kind == "same"
    if same.any() and len(values) > _BARS:  # who did not change stand side by side
        ends = place[same][[0, -1]] + (-0.5, 0.5)
        ax.plot(ends, (0, 0), color=INK, linewidth=2, solid_capstyle="butt", label="no change")
    elif same.any():
        ax.plot(place[same], np.zeros(same.sum()), "_", color=INK, markersize=5, mew=2, label="no change")
    beyond = height < values
    if beyond.any():
        ax.plot(place[beyond], height[beyond] + 3, "^", color=VERMILION, markersize=4, label="rise over 100%")


def _stand(ax: Axes, place: np.ndarray, height: np.ndarray, label: str, style: dict[str, Any]) -> None:
    """Put up bars as ``ax.bar`` does, whose limits it would find for each alone: two thirds of the time."""
    pairs = zip(place.tolist(), height.tolist(), strict=True)
    bars = [Rectangle((x - _WIDTH / 2, 0), _WIDTH, up, linewidth=0.5, **style) for x, up in pairs]
    for bar in bars:
        bar.sticky_edges.y.append(0)
        ax.add_artist(bar)
    for side in (-_WIDTH / 2, _WIDTH / 2):
        ax.update_datalim(np.column_stack([place + side, height]))
    ax.update_datalim([(place[0], 0)])
    ax.add_container(BarContainer(bars, label=label))
    ax.autoscale_view()


def _holes(ax: Axes, drawn: int, missing: int) -> None:
    """Put a cross for each patient without a value right of the bars; of more than there are bars, a word."""
    if missing > min(drawn, MOST_DRAWN):
        ax.text(drawn + 0.5, 0, f" {missing} without a value", va="bottom", fontsize=8.5, color=MUTED)
        ax.set_xlim(-1, 2.5 * drawn + 2)
        return
    if missing:
        place = drawn + 1 + np.arange(missing)
        ax.plot(place, np.zeros(missing), "x", color=MUTED, markersize=4, mew=1, label="no value")
    ax.set_xlim(-1, drawn + (missing + 1 if missing else 0))


def _words(
    values: np.ndarray, kind: np.ndarray, period: str, missing: int, threshold: float, *, percent: bool
) -> str:
    n = {name: int((kind == name).sum()) for name in ("responder", "fall", "same", "rise")}
    unit = "%" if percent else " days per 28"
    said = (
        f"Change from baseline in {period}, one bar per patient. "
        f"Of {plural(len(values), 'patient')} with a value {n['responder']} fell by at least {threshold:g}%, "
        f"{n['fall']} fell by less, {n['same']} did not change and {n['rise']} rose; "
        f"from {amount(values.min())} to {amount(values.max())}{unit}."
    )
    if len(values) > MOST_DRAWN:
        said += f" {MOST_DRAWN:,} of them are drawn, evenly by rank."
    return f"{said} {plural(missing, 'patient has', 'patients have')} no value." if missing else said
