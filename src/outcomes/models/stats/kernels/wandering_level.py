"""Where a patient's level is some weeks later, and how many days with the event that brings.

A level follows the law of `markov_beta` over patients. Its logit wanders in a slow wave (Ornstein-Uhlenbeck),
so the mean over a later window differs from that over the baseline. The step from one window to the next
leaves the law as it is and looks the same backwards in time (Metropolis): nobody gets better or worse on
average but those who came from the edge of the law.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from outcomes.models.stats.kernels.entered_chain import Sequences, event_days
from outcomes.models.stats.kernels.markov_beta import LIMITS, Grid, MarkovBeta, log_days, make_grid, shapes

__all__ = ["WAVE_DAYS", "Law", "days_ahead", "laws_of", "wandering"]

Array = NDArray[np.float64]

#: Days in which the correlation of a patient's wave with itself falls to 1/e.
WAVE_DAYS = 40.0
#: Steps from one window to the next: each is small beside the law, so that few are refused.
STEPS = 8


def wandering(wave_sd: float, lag: int, length: int) -> float:
    """Return half the variance by which a wave's mean over a window differs from that `lag` days later.

    Parameters
    ----------
    wave_sd : float
        Standard deviation of the wave (Ornstein-Uhlenbeck on the logit scale, `WAVE_DAYS`).
    lag : int, days
        Between the end of the first window and the start of the second.
    length : int, days
        Length of both windows.

    Examples
    --------
    >>> wandering(0.0, 0, 28), round(wandering(0.9, 0, 28), 3), round(wandering(0.9, 28, 28), 3)
    (0.0, 0.231, 0.442)
    """
    t = length / WAVE_DAYS
    within = 2 * (t - 1 + np.exp(-t)) / t**2
    between = ((1 - np.exp(-t)) / t) ** 2 * np.exp(-lag / WAVE_DAYS)
    return float(wave_sd**2 * (within - between))


@dataclass(frozen=True, slots=True, eq=False)
class Law:
    """A law of levels on a grid: theta and log mass (nodes,), and the carry-over of one day to the next."""

    grid: Grid
    log_mass: Array
    carry_over: float


def laws_of(fit: MarkovBeta, *, selected: bool) -> tuple[Law, ...]:
    """Return six laws whose mean stands for the fitted one with its uncertainty.

    They lie sqrt(3) standard deviations from the maximum, two on each axis of the parameters: so their mean
    and variance are right. A small cohort says little of its law, and one that was taken for certain would
    make a patient's change look too sure.
    """
    grid = make_grid(selected=selected)
    root = _root(fit.inverse_information) * np.sqrt(3.0)
    points = [fit.phi + sign * part for part in root.T for sign in (-1.0, 1.0)]
    return tuple(_law(np.clip(point, *LIMITS[selected]), grid) for point in points)


def _law(phi: Array, grid: Grid) -> Law:
    a, b, _ = shapes(phi[:2], selected=grid.selected)
    return Law(grid, grid.log_weights(a, b)[0], float(1 / (1 + np.exp(-phi[2]))))


def _root(covariance: Array) -> Array:
    values, vectors = np.linalg.eigh(covariance)
    return np.asarray(vectors * np.sqrt(np.maximum(values, 0.0)))


def days_ahead(law: Law, before: Sequences, variance: float, days: int, gap: float) -> Array:
    """Return P(0, 1, ... days with the event) in a later window, shape (days + 1,), if nothing happens.

    Parameters
    ----------
    law : Law
        Of the patients.
    before : Sequences
        The baseline of one patient.
    variance : float
        Of the difference between the two windows' mean logits.
    days : int
        Recorded days of the later window.
    gap : float, days
        Mean distance of one recorded day from the next.
    """
    log_seen = law.log_mass + log_days(before, law.grid.theta, law.carry_over)[0]
    here = np.exp(log_seen - log_seen.max())
    later, step = here / here.sum(), _step(law, variance)
    for _ in range(STEPS):
        later = later @ step
    return np.asarray(_event_days(law, gap, days) @ later)


@lru_cache(maxsize=512)
def _event_days(law: Law, gap: float, days: int) -> Array:
    """Return P(0, 1, ... events | level): the same for all patients with as many days in a period."""
    return event_days(law.grid.theta, law.carry_over**gap, days)


@lru_cache(maxsize=192)
def _step(law: Law, variance: float) -> Array:
    """Return the transitions of the level in one of `STEPS` steps, shape (nodes, nodes)."""
    nodes = len(law.log_mass)
    if variance <= 0:
        return np.eye(nodes)
    inner = np.isfinite(law.grid.base) & (law.grid.base != 0.0)  # the masses at the ends stay there
    logit = np.log(law.grid.theta) - np.log1p(-law.grid.theta)
    width = np.where(inner, np.exp(law.grid.base), 0.0)
    density = law.log_mass - law.grid.base
    sd = np.sqrt(variance / STEPS)
    gap = (logit[:, None] - logit[None, :]) / sd
    move: Array = np.exp(-(gap**2) / 2) / (sd * np.sqrt(2 * np.pi)) * width[None, :]
    move *= np.exp(np.minimum(0.0, density[None, :] - density[:, None])) * inner[:, None]
    np.fill_diagonal(move, 0.0)
    out = move.sum(axis=1)
    move /= np.maximum(out, 1.0)[:, None]
    np.fill_diagonal(move, 1.0 - move.sum(axis=1))
    return move
