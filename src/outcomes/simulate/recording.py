"""Which days are in the diary: compliance, weekends, free days, dropout."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from outcomes.simulate.parameters import Compliance, Dropout

__all__ = ["compliance_intercepts", "draw_stop", "recorded_days"]

Array = NDArray[np.float64]
Mask = NDArray[np.bool_]

MONTH = 28
BISECTIONS = 60


def compliance_intercepts(compliance: Compliance, headache_share: tuple[float, float]) -> tuple[float, float]:
    """Return the log odds of a record on the first and the last day: a weekday, headache, patient effect 0.

    Notes
    -----
    Solved by bisection so that the mean over weekdays, headache and free days (`headache_share` of headache
    days at either end) and the patients' normal effects (Gauss-Hermite) is the share asked for.
    """
    node, weight = np.polynomial.hermite_e.hermegauss(40)
    effect = compliance.patient_sd * node
    first, last = (
        _intercept(law, goal, share, effect, weight / weight.sum())
        for law, goal, share in zip(
            (compliance, _after(compliance)), (compliance.start, compliance.end), headache_share, strict=True
        )
    )
    return first, last


def _after(compliance: Compliance) -> Compliance:
    """Return the law of recording after treatment."""
    ratio = compliance.free_odds_ratio_after
    return compliance if ratio is None else replace(compliance, free_odds_ratio=ratio)


def _intercept(compliance: Compliance, goal: float, share: float, effect: Array, weight: Array) -> float:
    low, high = -20.0, 20.0
    for _ in range(BISECTIONS):
        middle = (low + high) / 2
        mean = 0.0
        for week, week_share in ((1.0, 5 / 7), (compliance.weekend_odds_ratio, 2 / 7)):
            for free, day_share in ((1.0, share), (compliance.free_odds_ratio, 1 - share)):
                odds = np.exp(middle + effect) * week * free
                mean += week_share * day_share * float(weight @ (odds / (1 + odds)))
        low, high = (middle, high) if mean < goal else (low, middle)
    return (low + high) / 2


def recorded_days(
    compliance: Compliance,
    *,
    headache: Mask,
    weekend: Mask,
    log_odds: Array,
    effect: Array,
    rng: np.random.Generator,
    treated: Mask | None = None,
) -> Mask:
    """Return which days would be recorded by a patient who never stops.

    Parameters
    ----------
    compliance : Compliance
        The law.
    headache, weekend : ndarray of bool, shape (n, d)
        The day's state and place in the week.
    log_odds : ndarray, shape (n, d)
        Of a record on a weekday with headache, for a patient with effect 0.
    effect : ndarray, shape (n,)
        The patients' log odds.
    rng : numpy Generator
        Source of randomness.
    treated : ndarray of bool, shape (n, d) or (1, d), optional
        Days from the first course on; needed when recording changes with treatment.
    """
    u = rng.random(headache.shape)
    if compliance.by_headache is not None:
        with_headache, free = compliance.by_headache
        return np.asarray(u < np.where(headache, with_headache, free))
    log_odds = log_odds + effect[:, None] + np.log(compliance.weekend_odds_ratio) * weekend
    ratio = np.log(compliance.free_odds_ratio)
    if compliance.free_odds_ratio_after is not None and treated is not None:
        ratio = np.where(treated, np.log(compliance.free_odds_ratio_after), ratio)
    log_odds = log_odds + ratio * ~headache
    return np.asarray(u < 1 / (1 + np.exp(-log_odds)))


def draw_stop(
    dropout: Dropout,
    *,
    headache: Mask,
    recorded: Mask,
    start: NDArray[np.int64],
    months: int,
    rng: np.random.Generator,
) -> Array:
    """Return the first day (column) that a patient no longer keeps the diary; infinity for those who go on.

    Parameters
    ----------
    dropout : Dropout
        The law.
    headache, recorded : ndarray of bool, shape (n, d)
        The day's state, and whether it would be recorded.
    start : ndarray of int, shape (n,)
        Column of the first day of follow-up.
    months : int
        Periods of 28 days of follow-up.
    rng : numpy Generator
        Source of randomness.
    """
    count = len(start)
    stop = np.full(count, np.inf)
    hazard = 1 - (1 - dropout.share) ** (1 / months)
    day = np.arange(headache.shape[1])[None, :]
    before = np.zeros(count, dtype=np.int64)
    for period in range(months):
        begins = start + MONTH * period
        window = recorded & (day >= before[:, None]) & (day < begins[:, None])
        with np.errstate(invalid="ignore"):
            value = MONTH * (headache & window).sum(axis=1) / window.sum(axis=1)
        centred = np.nan_to_num(value - np.nanmean(value)) if np.isfinite(value).any() else 0.0
        odds = hazard / (1 - hazard) * np.exp(dropout.log_odds_per_day * centred)
        if dropout.current_log_odds_per_day:
            inside = (day >= begins[:, None]) & (day < begins[:, None] + MONTH)
            now = (headache & inside).sum(axis=1).astype(np.float64)
            odds = odds * np.exp(dropout.current_log_odds_per_day * (now - now.mean()))
        leaves = rng.random(count) < odds / (1 + odds)
        at = begins + rng.integers(0, MONTH, count)
        stop = np.where(leaves & np.isinf(stop), at, stop)
        before = begins
    return stop
