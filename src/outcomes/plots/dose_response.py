"""The change, or the odds of response, along the dose: relative to a reference dose, with its band."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from outcomes.errors import ArgumentError
from outcomes.plots.describe import remember
from outcomes.plots.drawable import drawable
from outcomes.plots.style import BLUE, INK, MUTED, axes_or_new, calm
from outcomes.plots.words import amount, between, level_words, plural
from outcomes.results import Estimates

__all__ = ["dose_response"]

_HINT = "give the result of oc.dose_response(periods, courses)"
#: Ratio of the largest to the smallest dose from which on the axis is logarithmic.
_WIDE = 20
_NUMBER = r"([\d.]+(?:e[+-]?\d+)?)"
_TITRATED = "Doses were titrated to response: a description, not the effect of a higher dose."


@dataclass(frozen=True, slots=True, eq=False)
class _Curve:
    """What is drawn: dose, estimate and limits relative to the `reference` dose."""

    rows: pd.DataFrame
    reference: float
    unit: str
    form: str


def dose_response(
    result: Estimates | pd.DataFrame,
    *,
    doses: pd.Series | None = None,
    ax: Axes | None = None,
    ylabel: str | None = None,
    log: bool | None = None,
) -> Axes:
    """Draw the difference from a reference dose along the dose.

    Parameters
    ----------
    result : Estimates or DataFrame
        `term`, `contrast`, `estimate`, `lower`, `upper`, as `oc.dose_response` returns it in any form:
        quarters (against the lowest), a spline (against the median dose), or a slope (against the mean
        of `doses`).
    doses : Series, optional
        The patients' doses: ticks along the axis; needed for a slope.
    ax : Axes, optional
        Where to draw; a new Figure when left out.
    ylabel : str, optional
        What is estimated, with its unit.
    log : bool, optional
        Log axis for odds ratios; by itself when the result's method says so.

    Returns
    -------
    Axes
        A line with its band; points with intervals over the range of their doses for quarters.

    Raises
    ------
    ArgumentError
        When a column is missing, no row has an estimate at a dose, or a slope comes without doses.

    Examples
    --------
    >>> import pandas as pd
    >>> from outcomes import plots
    >>> rows = pd.DataFrame({"term": ["2 to 3 mg/kg"], "contrast": ["2 to 3 mg/kg - 1 to 2 mg/kg"],
    ...                      "estimate": [-1.5], "lower": [-3.0], "upper": [0.1]})
    >>> print(plots.describe(plots.dose_response(rows)))
    difference in change (days per 28 days) by dose with 95% intervals, against 1 to 2 mg/kg. 2 to 3 mg/kg: \
−1.5 (−3.0 to 0.1). Doses were titrated to response: a description, not the effect of a higher dose.
    """
    rows, _ = drawable(result, ["term", "contrast", "estimate", "lower", "upper"], plot="dose_response",
                       hint=_HINT, known=["estimate", "lower", "upper"])  # fmt: skip
    log = ("odds ratio" in result.method if isinstance(result, Estimates) else False) if log is None else log
    ylabel = ylabel or ("odds ratio of response" if log else "difference in change (days per 28 days)")
    known = None if doses is None else doses.astype(float).dropna().to_numpy(float)
    curve = _placed(rows, known, log=log)
    ax = axes_or_new(ax, height=3.3)
    if log:
        ax.set_yscale("log")
    if _wide(curve, known):
        ax.set_xscale("log")
        ax.xaxis.set_major_formatter("{x:g}")
    (_quarters if curve.form == "quarters" else _line)(ax, curve)
    ax.axhline(1.0 if log else 0.0, color=INK, linewidth=0.9, linestyle=(0, (4, 2)))
    if known is not None:
        ax.plot(known, np.full(len(known), 0.02), "|", color=MUTED, markersize=7, mew=0.8,
                transform=ax.get_xaxis_transform())  # fmt: skip
    ticks = f"; ticks: {plural(len(known), 'dose')}" if known is not None else ""
    calm(ax, y=ylabel, x=f"dose ({curve.unit}){ticks}")
    return remember(ax, _words(rows, curve, ylabel, result))


def _wide(curve: _Curve, doses: np.ndarray | None) -> bool:
    """Say whether the doses, all above 0, are so far apart that only a log axis shows the small ones."""
    shown = curve.rows[
        [name for name in ("dose", "start", "end", "base_start") if name in curve.rows.columns]
    ]
    every = np.r_[shown.to_numpy(float).ravel(), doses if doses is not None else []]
    return bool(every.min() > 0 and every.max() / every.min() > _WIDE)


def _placed(rows: pd.DataFrame, doses: np.ndarray | None, *, log: bool) -> _Curve:
    """Read the doses out of the terms: ``2 to 3 mg/kg``, ``2.5 mg/kg`` or ``per mg/kg``."""
    term = rows["term"].astype(str)
    ranges = term.str.extract(rf"^{_NUMBER} to {_NUMBER} (?P<unit>.+)$")
    if ranges["unit"].notna().any():
        ends = ranges[[0, 1]].astype(float).to_numpy()
        base = rows["contrast"].astype(str).str.extract(rf" - {_NUMBER} to {_NUMBER} ").iloc[0].astype(float)
        found = rows.assign(dose=ends.mean(axis=1), start=ends[:, 0], end=ends[:, 1])
        return _Curve(_with_base(found, base), float(base.mean()), str(ranges["unit"].iloc[0]), "quarters")
    slopes = term.str.extract(r"^per (.+)$")[0]
    if slopes.notna().any():
        return _slope(rows[slopes.notna()].iloc[0], str(slopes.dropna().iloc[0]), doses, log=log)
    single = term.str.extract(rf"^{_NUMBER} (?P<unit>.+)$")
    if single["unit"].isna().all():
        raise ArgumentError("no row of dose_response is at a dose", got=f"{len(rows)} rows", hint=_HINT)
    middle = float(rows["contrast"].astype(str).str.extract(rf" - {_NUMBER} ").iloc[0, 0])
    found = rows.assign(dose=single[0].astype(float)).dropna(subset=["dose"])
    null = 1.0 if log else 0.0
    anchor = {"dose": middle, "estimate": null, "lower": null, "upper": null}
    found = pd.concat([found, pd.DataFrame([anchor])]).sort_values("dose", kind="stable")
    return _Curve(found, middle, str(single["unit"].dropna().iloc[0]), "spline")


def _with_base(found: pd.DataFrame, base: pd.Series) -> pd.DataFrame:
    return found.assign(base_start=base.iloc[0], base_end=base.iloc[1])


def _slope(row: pd.Series, unit: str, doses: np.ndarray | None, *, log: bool) -> _Curve:
    """Return the line of a slope through no difference at the mean dose."""
    if doses is None or not len(doses):
        raise ArgumentError(
            "a slope needs the doses that it was found over", got="no doses", hint="pass doses=table['dose']"
        )
    middle = float(doses.mean())
    along = np.linspace(doses.min(), doses.max(), 41)
    steps = along - middle
    scale = {name: float(np.log(row[name]) if log else row[name]) for name in ("estimate", "lower", "upper")}
    lines = {name: np.exp(value * steps) if log else value * steps for name, value in scale.items()}
    frame = pd.DataFrame({"dose": along, "estimate": lines["estimate"]})
    frame["lower"] = np.minimum(lines["lower"], lines["upper"])
    frame["upper"] = np.maximum(lines["lower"], lines["upper"])
    return _Curve(frame, middle, unit, "slope")


def _line(ax: Axes, curve: _Curve) -> None:
    rows = curve.rows
    ax.fill_between(rows["dose"], rows["lower"], rows["upper"], color=BLUE, alpha=0.16, linewidth=0)
    marker = "o" if curve.form == "spline" else ""
    ax.plot(rows["dose"], rows["estimate"], color=BLUE, linewidth=1.8, marker=marker, markersize=4)
    ax.axvline(curve.reference, color=MUTED, linewidth=0.8, linestyle=":")


def _quarters(ax: Axes, curve: _Curve) -> None:
    rows, null = curve.rows, 1.0 if ax.get_yscale() == "log" else 0.0
    ax.hlines(rows["estimate"], rows["start"], rows["end"], colors=BLUE, linewidth=1.8)
    ax.vlines(rows["dose"], rows["lower"], rows["upper"], colors=BLUE, linewidth=1.2)
    ax.plot(rows["dose"], rows["estimate"], "o", color=BLUE, markersize=5)
    first = rows.iloc[0]
    ax.hlines(null, first["base_start"], first["base_end"], colors=BLUE, linewidth=1.8)
    ax.plot(curve.reference, null, "o", mfc="white", mec=BLUE, markersize=6)


def _words(rows: pd.DataFrame, curve: _Curve, ylabel: str, result: Estimates | pd.DataFrame) -> str:
    level = result.level if isinstance(result, Estimates) else 0.95
    against = f"{curve.reference:.3g} {curve.unit}"
    if curve.form == "quarters":
        against = (
            f"{curve.rows['base_start'].iloc[0]:.3g} to {curve.rows['base_end'].iloc[0]:.3g} {curve.unit}"
        )
    said = [f"{ylabel} by dose{level_words(level)}, against {against}."]
    for row in rows.itertuples():
        said.append(f"{row.term}: {amount(row.estimate)}{between(row.lower, row.upper)}.")
    return " ".join([*said, _TITRATED])
