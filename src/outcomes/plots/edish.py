"""eDISH: each patient's highest ALT or AST against the highest bilirubin, with the Hy's law quadrant."""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from outcomes.errors import ArgumentError
from outcomes.plots.describe import remember
from outcomes.plots.drawn_frame import frame_with
from outcomes.plots.series import LOOKS
from outcomes.plots.style import INK, axes_or_new, calm
from outcomes.plots.words import plural

__all__ = ["edish"]

_HINT = "give oc.lab_grades(study.laboratory, oc.follow_up(study))"
_NEEDED = ["patient_id", "test", "times_limit", "on_treatment"]
#: Multiples of the limits that bound the Hy's law quadrant.
_TRANSAMINASE, _BILIRUBIN = 3.0, 2.0


def edish(graded: pd.DataFrame, *, ax: Axes | None = None) -> Axes:
    """Draw a dot per patient: the highest ALT or AST on treatment against the highest bilirubin.

    Parameters
    ----------
    graded : DataFrame
        `patient_id`, `test`, `times_limit` (multiples of the upper limit of normal), `on_treatment`, as
        `oc.lab_grades` returns it.
    ax : Axes, optional
        Where to draw; a new Figure when left out.

    Returns
    -------
    Axes
        Both axes logarithmic; lines at 3 and 2 times the limits. Peaks need not be of the same days: the
        upper right corner is where to look for Hy's law, which `oc.liver_signals` counts.

    Raises
    ------
    ArgumentError
        When a column is missing, or no patient has both kinds of value on treatment.

    References
    ----------
    Watkins PB, Desai M, Berkowitz SD, et al. Evaluation of drug-induced serious hepatotoxicity (eDISH).
    Drug Saf 2011;34:243-252. doi:10.2165/11586600-000000000-00000

    Examples
    --------
    >>> import pandas as pd
    >>> from outcomes import plots
    >>> graded = pd.DataFrame({"patient_id": list("aabb"), "test": ["alt", "bilirubin"] * 2,
    ...     "times_limit": [4.0, 2.5, 0.8, 0.6], "on_treatment": True})
    >>> plots.describe(plots.edish(graded))[-37:]
    '0 with bilirubin alone, 1 below both.'
    """
    rows = frame_with(graded, _NEEDED, plot="edish", hint=_HINT)
    rows = rows[rows["on_treatment"].astype(bool) & rows["times_limit"].gt(0)]
    liver = rows[rows["test"].isin(["alt", "ast"])].groupby("patient_id")["times_limit"].max()
    bile = rows[rows["test"] == "bilirubin"].groupby("patient_id")["times_limit"].max()
    peaks = pd.DataFrame({"liver": liver, "bile": bile}).dropna()
    if peaks.empty:
        raise ArgumentError(
            "edish has no patient with both kinds of value on treatment", got="0 patients", hint=_HINT
        )
    high_liver, high_bile = peaks["liver"] >= _TRANSAMINASE, peaks["bile"] >= _BILIRUBIN
    ax = axes_or_new(ax, height=3.6)
    for corner, look in zip((False, True), LOOKS[:2], strict=True):
        some, face = peaks[(high_liver & high_bile) == corner], look.colour if corner else "white"
        ax.scatter(
            some["liver"],
            some["bile"],
            s=26,
            marker=look.marker,
            facecolor=face,
            edgecolor=look.colour,
            zorder=3,
        )
    ax.set_xscale("log")
    ax.set_yscale("log")
    ax.axvline(_TRANSAMINASE, color=INK, linewidth=0.9, linestyle=(0, (4, 2)))
    ax.axhline(_BILIRUBIN, color=INK, linewidth=0.9, linestyle=(0, (4, 2)))
    calm(ax, grid=None, x="highest ALT or AST (times limit)", y="highest bilirubin (times limit)")
    ax.set_xlim(*_span(peaks["liver"], _TRANSAMINASE))
    ax.set_ylim(*_span(peaks["bile"], _BILIRUBIN))
    return remember(ax, _words(high_liver.to_numpy(), high_bile.to_numpy()))


def _span(values: pd.Series, bound: float) -> tuple[float, float]:
    return min(0.5, float(values.min())) / 1.2, max(3 * bound, float(values.max())) * 1.2


def _words(liver: np.ndarray, bile: np.ndarray) -> str:
    both, either = int((liver & bile).sum()), int((~liver & ~bile).sum())
    return (
        "Highest ALT or AST and highest bilirubin of each patient on treatment, in multiples of the "
        "upper limit. "
        f"{plural(len(liver), 'patient')}: {both} in the Hy's law quadrant (at least 3 and 2 times), "
        f"{int((liver & ~bile).sum())} with ALT or AST alone, "
        f"{int((~liver & bile).sum())} with bilirubin alone, "
        f"{either} below both."
    )
