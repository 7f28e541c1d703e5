"""Logistic regression of first against later sessions with a random intercept a patient.

By maximum likelihood. A patient enters only by three numbers: whether the first session had the event, and
how many of how many later ones did. So the likelihood is a sum over the patterns that occur.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy.special import expit, log_expit, logsumexp

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

__all__ = ["SEPARATED", "InterceptFit", "fit_random_intercept", "log_likelihood"]

#: Standard normal nodes lie between minus and plus this. The trapezoid rule on an even grid is exact to
#: rounding for so smooth an integrand where the step is below `WIDEST` and, at a spread `LARGEST`, below
#: `FINEST` of the width that the sessions of one patient leave to the intercept.
END, WIDEST, FINEST = 9.0, 0.05, 0.8
#: Highest standard deviation of the search: beyond it every patient has the event always or never.
LARGEST = 10.0
#: Lowest standard deviation of the search, below which the likelihood is flat; from `SAME` down the
#: intercepts are all the same to any number that could be printed.
FLAT, SAME = 1e-3, 0.02
#: An odds ratio that runs away belongs to sessions that the term tells apart without error.
SEPARATED = 15.0
#: Where a step of Newton would still gain more log likelihood than this, no maximum was found.
TOP = 1e-6
#: Information whose lowest eigenvalue is below this share of its highest has no inverse.
SINGULAR = 1e-12


@dataclass(frozen=True, slots=True, eq=False)
class InterceptFit:
    """Estimates of the intercept, the later sessions' log odds ratio, and the SD of patients' intercepts.

    `all_or_none`: the spread is at the end of the search, where no odds for one patient can be told.
    """

    beta: Floats
    sd: float
    covariance: Floats
    log_likelihood: float
    converged: bool
    all_or_none: bool


def log_likelihood(theta: Floats, patterns: Floats, count: Floats) -> float:
    """Return the log likelihood at (intercept, log odds ratio, log SD).

    Parameters
    ----------
    theta : ndarray, shape (3,)
        Parameters.
    patterns : ndarray, shape (patterns, 4)
        First sessions with the event, first sessions, later ones with it, later ones: of one patient.
    count : ndarray, shape (patterns,)
        Patients of each pattern.
    """
    return _value_and_gradient(theta, patterns, count)[0]


def _grid(sessions: float, sd: float) -> tuple[Floats, Floats]:
    """Return nodes and the logarithms of their weights, for patients of so many sessions."""
    step = min(WIDEST, FINEST * 2 / (max(sd, 1.0) * np.sqrt(max(sessions, 1.0))))
    nodes = np.linspace(-END, END, 2 * int(np.ceil(END / step)) + 1)
    return nodes, -0.5 * nodes**2 - 0.5 * np.log(2 * np.pi) + np.log(nodes[1] - nodes[0])


def _value_and_gradient(theta: Floats, patterns: Floats, count: Floats) -> tuple[float, Floats]:
    sd = float(np.exp(theta[2]))
    nodes, log_weights = _grid(float((patterns[:, 1] + patterns[:, 3]).max()), sd)
    first = theta[0] + sd * nodes
    later = first + theta[1]
    y1, n1, y2, n2 = patterns.T[:, :, None]
    terms = y1 * log_expit(first) + (n1 - y1) * log_expit(-first)
    terms = terms + y2 * log_expit(later) + (n2 - y2) * log_expit(-later) + log_weights
    each = logsumexp(terms, axis=1)
    weight = np.exp(terms - each[:, None])
    from_first, from_later = y1 - n1 * expit(first), y2 - n2 * expit(later)
    score = np.stack(
        [
            (weight * (from_first + from_later)).sum(axis=1),
            (weight * from_later).sum(axis=1),
            (weight * (from_first + from_later) * sd * nodes).sum(axis=1),
        ],
        axis=1,
    )
    return float(count @ each), np.asarray(count @ score)


def fit_random_intercept(patterns: Floats, count: Floats) -> InterceptFit:
    """Maximise the likelihood; covariance from the observed information, by differences of the score."""
    from scipy.optimize import minimize  # a tenth of a second of every start otherwise

    def negative(theta: Floats) -> tuple[float, Floats]:
        value, gradient = _value_and_gradient(theta, patterns, count)
        return -value, -gradient

    limits = [(-30.0, 30.0), (-30.0, 30.0), (np.log(FLAT), np.log(LARGEST))]
    found = min(
        (
            minimize(negative, np.array([0.0, 0.0, start]), jac=True, method="L-BFGS-B", bounds=limits,
                     options={"ftol": 1e-14, "gtol": 1e-9, "maxiter": 500})
            for start in (np.log(0.3), np.log(1.5))
        ),
        key=lambda fit: float(fit.fun),
    )  # fmt: skip
    theta = np.asarray(found.x, dtype=np.float64)
    at_zero = bool(theta[2] <= np.log(SAME))
    free = 2 if at_zero else 3
    information = np.zeros((free, free))
    for i in range(free):
        step = np.zeros(3)
        step[i] = 1e-5
        up, down = (_value_and_gradient(theta + sign * step, patterns, count)[1] for sign in (1.0, -1.0))
        information[i] = -(up - down)[:free] / 2e-5
    information = 0.5 * (information + information.T)
    proper = bool(np.isfinite(information).all())
    if proper:
        lowest, *_, highest = np.linalg.eigvalsh(information)
        proper = bool(lowest > SINGULAR * highest)
    covariance = np.full((2, 2), np.nan)
    if proper:
        inverse = np.linalg.inv(information)
        covariance[:] = inverse[:2, :2]
        gradient = _value_and_gradient(theta, patterns, count)[1][:free]
        proper = bool(gradient @ inverse @ gradient < TOP)
    at_end = bool(theta[2] > np.log(LARGEST) - SAME)
    sound = proper and not at_end and bool(np.abs(theta[:2]).max() < SEPARATED)
    sd = 0.0 if at_zero else float(np.exp(theta[2]))
    return InterceptFit(theta[:2], sd, covariance, -float(found.fun), sound, at_end)
