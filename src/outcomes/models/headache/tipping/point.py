"""The tipping point: how much worse the missing days must have been before the conclusion changes."""

from __future__ import annotations

from typing import Any, Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from outcomes.errors import ArgumentError, instance_of, one_of, plural
from outcomes.models.headache.imputation.imputations import Imputations
from outcomes.models.stats.intervals.arguments import check_level
from outcomes.models.stats.kernels.reference import interval_factor
from outcomes.models.stats.kernels.root import narrowed
from outcomes.models.stats.kernels.rubin import Pooled, Shifts
from outcomes.models.stats.pooled_numbers import pooled_numbers
from outcomes.results import Estimates

__all__ = ["read_deltas", "tipping_point"]

Array = NDArray[np.float64]

#: Shifts of one axis: more make no picture clearer and cost their square.
MOST_DELTAS = 201
#: Days to which the tipping point is found.
PRECISE = 1e-6


def tipping_point(
    imputations: Imputations,
    *,
    visit: Any = None,
    contrast: str | None = None,
    shift: Literal["all", "after-last"] = "all",
    deltas: Array | None = None,
    level: float = 0.95,
) -> Estimates:
    """Find the shift of the imputed values at which the interval reaches zero.

    Parameters
    ----------
    imputations : Imputations
        From `impute`.
    visit : optional
        The visit that the conclusion is about; default the last.
    contrast : str, optional
        ``A - B`` with B the reference; default the first. The shift is given to A only. In a single
        arm the mean change is judged, and everybody is shifted.
    shift : {"all", "after-last"}
        Which imputed values with missing days are shifted: all, or those after a patient's last observed
        value. Days after a next course, and days that are not yet due, are no missing days.
    deltas : array_like, days per month, optional
        Further shifts to show beside the tipping point; default 0 and whole days up to it.
    level : float
        Confidence level: the conclusion is that the interval excludes zero.

    Returns
    -------
    Estimates
        One row per shift: term (``shift`` or ``tipping point``), delta (days per month), estimate, std_error,
        df, p_value, lower, upper, event_days (expected days with the event among those of the shifted
        periods), event_share, n shifted of N patients, status.

    Notes
    -----
    delta is added to every imputed value of the shifted patients at the visit; estimates and variances are
    pooled anew for each. A conclusion that holds tips where the interval first reaches zero; one that does
    not hold, where it first excludes zero. In days: n periods are missing, 28 n days (30 n for months of
    30 days); under the imputation `event_days` of them are headache days, and delta n more at the tipping
    point. When that exceeds 28 n, no diary could have changed the conclusion, and the row's `status` and a
    note say so.

    References
    ----------
    .. [1] Cro S, Morris TP, Kenward MG, Carpenter JR. Sensitivity analysis for clinical trials with missing
       continuous outcome data using controlled multiple imputation. Stat Med 2020;39:2815-2842.
       https://doi.org/10.1002/sim.8569
    """
    check_level(level)
    one_of("shift", shift, ("all", "after-last"))
    instance_of("imputations", imputations, Imputations, hint="give what impute(...) returned")
    name, weights = imputations.contrast(contrast)
    if not imputations.visits:
        return _no_tip("Tipping point of the change", imputations, imputations.status, level)
    position = imputations.visit_position(visit)
    title = f"Tipping point of the change at {imputations.visits[position]}{f', {name}' if name else ''}"
    reason = imputations.why_not(position) or imputations.few(position, weights)
    shifted = _shifted(imputations, position, weights, shift)
    n = int(shifted.sum())
    if not reason and not n:
        reason = "no imputed value to shift: the conclusion does not depend on missing days"
    if reason:
        return _no_tip(title, imputations, reason, level)
    shifts = imputations.shifts(position, weights, shifted)
    tip, words = _find(shifts, imputations.month, level)
    shown = _shown(tip, deltas)
    days = imputations.event_days(position, shifted)
    counted = {"n": n, "N": len(shifted)}
    events = {delta: days + delta * n for delta in shown}
    rows = [
        {"term": "tipping point" if delta == tip else "shift"}
        | _row(shifts, delta, level)
        | _days(events[delta], imputations.month * n, counted)
        for delta in shown
    ]
    return Estimates(
        frame=pd.DataFrame(rows),
        title=title,
        method=f"{imputations.method}; delta added to imputed values ({shift})",
        level=level,
        notes=(*imputations.notes, *_sentence(events, tip, (n, imputations.month * n), words)),
        status="ok" if tip is not None else words,
        meta={"tipping_delta": tip, "periods_shifted": n, "days_shifted": imputations.month * n},
    )


def _no_tip(title: str, imputations: Imputations, reason: str, level: float) -> Estimates:
    frame = pd.DataFrame([{"term": "tipping point", "delta": np.nan, "estimate": np.nan, "status": reason}])
    return Estimates(frame, title, imputations.method, level, imputations.notes, reason)


def _shifted(imputations: Imputations, position: int, weights: Array, shift: str) -> NDArray[np.bool_]:
    imputed = imputations.unrecorded if shift == "all" else imputations.after_last
    active = np.flatnonzero(weights > 0)
    return np.asarray(imputed[:, position] & np.isin(imputations.arm_code, active))


def _excess(found: Pooled, level: float) -> float:
    """Return |t| minus its critical value: above 0 when the interval excludes zero."""
    return abs(found.estimate / found.std_error) - float(interval_factor(level, found.df))


def _find(shifts: Shifts, month: int, level: float) -> tuple[float | None, str]:
    """Return the smallest shift that changes the conclusion, and what kind of change it is."""

    def excess(delta: float) -> float:
        return _excess(shifts.pooled(delta), level)

    start = shifts.pooled()
    holds = excess(0.0) > 0
    # A conclusion is undone by moving against the estimate, and made by moving along it.
    direction = -np.sign(start.estimate) if holds else np.sign(start.estimate)
    before, after = 0.0, 0.0
    for step in range(1, 4 * month + 1):
        after = float(direction * step / 4)
        if (excess(after) > 0) != holds:
            words = "the interval reaches zero" if holds else "the interval excludes zero"
            ends = np.array([before]), np.array([after])
            near, _ = narrowed(lambda delta: np.array([excess(float(delta[0]))]), *ends, PRECISE)
            return float(near[0]), words
        before = after
    return None, f"no shift of up to {month} days per {month} changes the conclusion"


def read_deltas(name: str, deltas: Array) -> Array:
    """Return the distinct shifts in order.

    Raises
    ------
    ArgumentError
        For what is not made of 1 to `MOST_DELTAS` finite numbers.
    """
    try:
        chosen = np.unique(np.atleast_1d(np.asarray(deltas, dtype=np.float64)))
    except (TypeError, ValueError):
        raise ArgumentError(f"{name} are not usable", got=type(deltas).__name__, allowed="numbers") from None
    if not np.isfinite(chosen).all() or not 0 < len(chosen) <= MOST_DELTAS:
        raise ArgumentError(
            f"{name} are not usable",
            got=f"{len(chosen)} shifts",
            allowed=f"1 to {MOST_DELTAS} finite numbers",
        )
    return chosen


def _shown(tip: float | None, deltas: Array | None) -> list[float]:
    if deltas is not None:
        grid = {0.0, *map(float, read_deltas("deltas", deltas))}
    else:
        end = 0.0 if tip is None else tip
        grid = {float(d) for d in np.arange(0, int(abs(end)) + 1) * (np.sign(end) or 1.0)} | {0.0}
    ordered = sorted(grid | ({tip} if tip is not None else set()))
    return ordered if tip is None or tip >= 0 else ordered[::-1]


def _row(shifts: Shifts, delta: float, level: float) -> dict[str, Any]:
    found = pooled_numbers(shifts.pooled(delta), level)
    shown = ("estimate", "std_error", "df", "p_value", "lower", "upper")
    return {"delta": delta} | {name: found[name] for name in shown}


def _days(events: float, possible: int, counted: dict[str, int]) -> dict[str, Any]:
    status = "ok" if 0 <= events / possible <= 1 else "more or fewer days than there are"
    return {"event_days": events, "event_share": events / possible, **counted, "status": status}


def _sentence(
    events: dict[float, float], tip: float | None, missing: tuple[int, int], words: str
) -> tuple[str, ...]:
    n, days = missing
    assumed = events[0.0]
    first = (
        f"{plural(n, 'missing period is', 'missing periods are')} {days} days; as imputed, {assumed:.0f} of "
        "them are days with the event."
    )
    if tip is None:
        return first, f"{words[0].upper()}{words[1:]}."
    needed = events[tip]
    if not 0 <= needed <= days:
        return (
            first,
            f"It would take {needed:.0f} of {days} days with the event before {words}: "
            "no diary could have recorded that.",
        )
    share = f"{needed:.0f} of the {days} days ({needed / days:.0%})"
    return first, f"When {share} had the event, {words} (delta {tip:.2f})."
