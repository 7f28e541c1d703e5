"""The tipping point over two shifts: one arm's missing days against the other's, or before against after."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from outcomes.errors import ArgumentError, instance_of, one_of
from outcomes.models.headache.imputation.imputations import Imputations
from outcomes.models.headache.tipping.point import read_deltas
from outcomes.models.stats.intervals.arguments import check_level
from outcomes.models.stats.kernels.reference import interval_factor, two_sided_p
from outcomes.models.stats.kernels.rubin import Pooled, Shifts
from outcomes.results import Estimates

__all__ = ["tipping_surface"]

Array = NDArray[np.float64]

#: Conclusions by the side of zero on which the interval lies.
CONCLUSIONS = ("interval below zero", "interval includes zero", "interval above zero")
BEYOND = "more or fewer days than there are"


def tipping_surface(
    imputations: Imputations,
    *,
    visit: Any = None,
    contrast: str | None = None,
    missing_before: pd.Series | None = None,
    shift: Literal["all", "after-last"] = "all",
    deltas: Array | None = None,
    deltas_other: Array | None = None,
    level: float = 0.95,
) -> Estimates:
    """Judge the conclusion for every pair of shifts of two groups of missing days.

    Parameters
    ----------
    imputations : Imputations
        From `impute`.
    visit : optional
        The visit that the conclusion is about; default the last.
    contrast : str, optional
        ``A - B`` with B the reference; default the first. `delta` is given to A and `delta_other` to B.
    missing_before : Series, days per month, optional
        For a single arm, and needed there: days without an entry in each patient's baseline, by patient.
        `delta` is given to the imputed periods after treatment, `delta_other` to the missing baseline days.
    shift : {"all", "after-last"}
        Which imputed values are shifted: all, or those after a patient's last observed value.
    deltas, deltas_other : array_like, days per month, optional
        Shifts of the two axes; default whole days from minus half a month to half a month.
    level : float
        Confidence level: the conclusion is on which side of zero the interval lies.

    Returns
    -------
    Estimates
        One row per pair: delta and delta_other (days per month), estimate, std_error, df, p_value, lower,
        upper, conclusion (interval below zero, includes zero, above zero), event_share and other_share
        (share of the shifted days with the event), n and n_other patients with missing days of N, status.

    Raises
    ------
    ArgumentError
        For an unknown option, shifts that are no finite numbers, or `missing_before` left out, given with
        two arms, or without a value for a patient.

    Notes
    -----
    With y the completed changes of one imputation, a and b what a unit of each shift adds to each patient,
    the response is y + delta a + delta_other b [1]_. Least squares are linear in the response: from the fits
    of y and a every delta has its estimate e(y) + delta e(a) and its residual sum of squares
    r'r + 2 delta r'r_a + delta^2 r_a'r_a; Rubin's rules then pool each pair, without a new fit.

    Single arm: a patient with w of the month's baseline days missing has w / month x delta_other more
    headache days at baseline, as much less of a change, and another value of the covariate; so each
    delta_other has its own fit. As recorded, the missing baseline days have the patient's own rate. At
    delta_other = 0 the surface is the curve of `tipping_point`.

    References
    ----------
    .. [1] National Research Council. The Prevention and Treatment of Missing Data in Clinical Trials.
       National Academies Press, Washington 2010. https://doi.org/10.17226/12955

    Examples
    --------
    >>> import numpy as np, pandas as pd
    >>> from outcomes.models.headache.imputation import impute
    >>> rng = np.random.default_rng(3)
    >>> rows = pd.DataFrame({"patient_id": np.repeat(np.arange(60), 2), "period": np.tile([1, 2], 60)})
    >>> rows["arm"] = np.where(rows["patient_id"] < 30, "active", "placebo")
    >>> rows["baseline"] = np.repeat(rng.normal(22, 3, 60), 2)
    >>> rows["change"] = np.where(rows["arm"] == "active", -5, -1) + rng.normal(0, 3, 120)
    >>> rows.loc[(rows["period"] == 2) & (rows["patient_id"] % 5 == 0), "change"] = np.nan
    >>> filled = impute(rows, arm="arm", reference="placebo", imputations=20, rng=1)
    >>> surface = tipping_surface(filled, deltas=[0, 14], deltas_other=[-14, 0])
    >>> surface.to_frame()["conclusion"].tolist()
    ['interval includes zero', 'interval includes zero', 'interval below zero', 'interval includes zero']
    """
    check_level(level)
    one_of("shift", shift, ("all", "after-last"))
    instance_of("imputations", imputations, Imputations, hint="give what impute(...) returned")
    name, weights = imputations.contrast(contrast)
    before = _before(imputations, missing_before)
    month = imputations.month
    grid = _deltas("deltas", deltas, month), _deltas("deltas_other", deltas_other, month)
    if not imputations.visits:
        return _no_surface("Tipping surface of the change", imputations, imputations.status, level)
    position = imputations.visit_position(visit)
    title = f"Tipping surface of the change at {imputations.visits[position]}{f', {name}' if name else ''}"
    shifts = _shifts(imputations, position, weights, before, shift)
    reason = imputations.why_not(position) or imputations.few(position, weights)
    if not reason and not (shifts.after.any() or shifts.other.any()):
        reason = "no missing day to shift: the conclusion does not depend on missing days"
    if reason:
        return _no_surface(title, imputations, reason, level)
    frame = _frame(imputations, shifts, weights, grid, level)
    start = _judged(_cell(imputations, shifts, weights, 0.0, 0.0), level)
    return Estimates(
        frame=frame,
        title=title,
        method=f"{imputations.method}; delta added to {shifts.names[0]}, delta_other to {shifts.names[1]}",
        level=level,
        notes=(*imputations.notes, *_sentences(frame, start, shifts)),
        meta={"axes": shifts.names, "month": month, "conclusion": start},
    )


@dataclass(frozen=True, slots=True, eq=False)
class _Shifts:
    """What a unit of each shift adds to each patient's days, and what each is called.

    `other_is_before`: the second shift raises the baseline and so lowers the change; shares: the share of
    days with the event without a shift; days: the weight that a unit of each shift has, in months.
    """

    y: Array
    after: Array
    other: Array
    other_is_before: bool
    names: tuple[str, str]
    shares: tuple[float, float]


def _shifts(
    imputations: Imputations, position: int, weights: Array, before: Array | None, shift: str
) -> _Shifts:
    imputed = (imputations.unrecorded if shift == "all" else imputations.after_last)[:, position]
    y, month = imputations.completed[:, :, position], imputations.month
    arms = imputations.arms
    active = imputed & np.isin(imputations.arm_code, np.flatnonzero(weights > 0))
    value = (y + imputations.baseline).mean(axis=0) if len(y) else imputations.baseline
    after = active.astype(np.float64)
    if before is not None:
        names = "imputed periods after treatment", "missing days before treatment"
        shares = _share(value, after, month), _share(imputations.baseline, before, month)
        return _Shifts(y, after, before, True, names, shares)
    other = (imputed & np.isin(imputations.arm_code, np.flatnonzero(weights < 0))).astype(np.float64)
    words = [f"imputed periods of {arms[int(np.argmax(sign * weights))]}" for sign in (1, -1)]
    shares = _share(value, after, month), _share(value, other, month)
    return _Shifts(y, after, other, False, (words[0], words[1]), shares)


def _share(value: Array, weight: Array, month: int) -> float:
    """Return the share of days with the event among the days that are shifted."""
    total = float(weight.sum())
    return float((value * weight).sum()) / (month * total) if total else float("nan")


def _before(imputations: Imputations, missing: pd.Series | None) -> Array | None:
    """Return the share of each patient's baseline days that is missing; None with two arms."""
    if len(imputations.arms) > 1:
        if missing is not None:
            raise ArgumentError(
                "missing_before is for a single arm", hint="with arms the second shift is the reference's"
            )
        return None
    if not isinstance(missing, pd.Series):
        raise ArgumentError(
            "a single arm needs missing_before",
            got=type(missing).__name__,
            allowed="a Series by patient: days without an entry in the baseline",
        )
    month = imputations.month
    if missing.index.has_duplicates:
        raise ArgumentError("missing_before has a patient twice")
    if not pd.api.types.is_numeric_dtype(missing.dtype):
        raise ArgumentError("missing_before is not a number of days", got=str(missing.dtype))
    days = missing.reindex(imputations.subjects).to_numpy(dtype=np.float64, na_value=np.nan)
    if not ((days >= 0) & (days <= month)).all():
        wrong = int((~((days >= 0) & (days <= month))).sum())
        raise ArgumentError(
            "missing_before is not a number of days for some patients",
            got=f"{wrong}",
            allowed=f"0 to {month}",
        )
    return np.asarray(days / month)


def _deltas(name: str, deltas: Array | None, month: int) -> Array:
    if deltas is None:
        return np.arange(-(month // 2), month // 2 + 1, dtype=np.float64)
    return read_deltas(name, deltas)


def _cells(
    imputations: Imputations, shifts: _Shifts, weights: Array, deltas: Array, other: float
) -> list[Pooled]:
    """Pool the contrast at one shift of the other group and every shift of the first: one fit for all."""
    moved = other * shifts.other
    y = shifts.y + (-moved if shifts.other_is_before else moved)
    baseline = imputations.baseline + (moved if shifts.other_is_before else 0.0)
    line = Shifts.of(imputations.design(baseline), y, shifts.after, weights)
    return [line.pooled(delta) for delta in deltas]


def _cell(imputations: Imputations, shifts: _Shifts, weights: Array, delta: float, other: float) -> Pooled:
    return _cells(imputations, shifts, weights, np.array([delta]), other)[0]


def _judged(found: Pooled, level: float) -> str:
    half = float(interval_factor(level, found.df)) * found.std_error
    return CONCLUSIONS[1 + int(found.estimate - half > 0) - int(found.estimate + half < 0)]


def _frame(
    imputations: Imputations, shifts: _Shifts, weights: Array, grid: tuple[Array, Array], level: float
) -> pd.DataFrame:
    deltas, others = grid
    pooled = [cell for other in others for cell in _cells(imputations, shifts, weights, deltas, other)]
    frame = pd.DataFrame(
        {"delta": np.tile(deltas, len(others)), "delta_other": np.repeat(others, len(deltas))}
    )
    for name in ("estimate", "std_error", "df"):
        frame[name] = [getattr(cell, name) for cell in pooled]
    factor = np.asarray(interval_factor(level, frame["df"].to_numpy()))
    half = factor * frame["std_error"]
    frame["p_value"] = two_sided_p(
        (frame["estimate"] / frame["std_error"]).to_numpy(), frame["df"].to_numpy()
    )
    frame["lower"], frame["upper"] = frame["estimate"] - half, frame["estimate"] + half
    side = 1 + (frame["lower"] > 0).astype(int) - (frame["upper"] < 0).astype(int)
    frame["conclusion"] = np.array(CONCLUSIONS, dtype=object)[side]
    month = imputations.month
    frame["event_share"] = shifts.shares[0] + frame["delta"] / month
    frame["other_share"] = shifts.shares[1] + frame["delta_other"] / month
    frame["n"], frame["n_other"] = int((shifts.after > 0).sum()), int((shifts.other > 0).sum())
    frame["N"] = len(shifts.after)
    shares = frame[["event_share", "other_share"]]
    frame["status"] = np.where(((shares >= 0) & (shares <= 1) | shares.isna()).all(axis=1), "ok", BEYOND)
    return frame


def _no_surface(title: str, imputations: Imputations, reason: str, level: float) -> Estimates:
    unknown = dict.fromkeys(("delta", "delta_other", "estimate", "lower", "upper"), np.nan)
    return Estimates(
        pd.DataFrame([unknown | {"conclusion": "", "status": reason}]),
        title,
        imputations.method,
        level,
        imputations.notes,
        reason,
    )


def _sentences(frame: pd.DataFrame, start: str, shifts: _Shifts) -> tuple[str, ...]:
    """Say the conclusion without a shift, how far it holds, and the nearest pair that changes it."""
    held = frame["conclusion"] == start
    possible = frame["status"] == "ok"
    said = [
        f"Without a shift: {start}. This holds for {int((held & possible).sum())} of the "
        f"{int(possible.sum())} pairs of shifts that are possible "
        f"({int(held.sum())} of all {len(frame)})."
    ]
    changed = frame[~held & possible]
    if len(changed):
        size = changed["delta"].abs() + changed["delta_other"].abs()
        at = changed.loc[size.idxmin()]
        said.append(
            f"The smallest shifts shown that change it: {at['delta']:+g} for {shifts.names[0]} and "
            f"{at['delta_other']:+g} for {shifts.names[1]} ({at['conclusion']})."
        )
    nothing = [
        name for name, count in zip(shifts.names, ("n", "n_other"), strict=True) if not frame[count].iloc[0]
    ]
    said += [f"There are no {name}: shifting them changes nothing." for name in nothing]
    return tuple(said)
