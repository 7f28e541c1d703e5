"""Shrunken estimates of several groups: a normal law of the groups' own values, and of their errors."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr

from outcomes.models.stats.kernels.root import narrowed

__all__ = ["shrunken"]

Array = NDArray[np.float64]
#: Points of the grid of tau, and how many scales of its prior it spans.
POINTS, SPAN = 800, 6.0
#: Share of a bracket of ten standard deviations to which a limit is found.
PRECISE = 1e-11


def shrunken(estimate: Array, error: Array, *, scale: float, level: float) -> tuple[Array, Array, Array]:
    """Return posterior mean, lower and upper limit of each group's value.

    Parameters
    ----------
    estimate, error : ndarray, shape (k,)
        Estimates and their standard errors; k at least 2.
    scale : float
        Of the half-normal prior of tau, the standard deviation between groups.
    level : float
        Of the central credible interval.

    Notes
    -----
    estimate_i ~ N(theta_i, error_i^2), theta_i ~ N(mu, tau^2), flat prior of mu [1]_ [2]_. Given tau all is
    normal; tau is summed over a grid [3]_.

    References
    ----------
    .. [1] Dixon DO, Simon R. Bayesian subset analysis. Biometrics 1991;47:871-881. doi:10.2307/2532645
    .. [2] Jones HE, Ohlssen DI, Neuenschwander B, Racine A, Branson M. Bayesian models for subgroup analysis
       in clinical trials. Clin Trials 2011;8:129-143. doi:10.1177/1740774510396933
    .. [3] Roever C. Bayesian random-effects meta-analysis using the bayesmeta R package. J Stat Softw
       2020;93(6):1-51. doi:10.18637/jss.v093.i06

    Examples
    --------
    >>> import numpy as np
    >>> shrunken(np.array([-6.0, -2.0]), np.array([1.0, 1.0]), scale=1.0, level=0.95)[0].round(1).tolist()
    [-5.1, -2.9]
    """
    tau = (np.arange(POINTS) + 0.5) * SPAN * scale / POINTS
    variance = error**2 + tau[:, None] ** 2  # (grid, k)
    weight = 1 / variance
    spread = 1 / weight.sum(axis=1)
    middle = spread * (weight * estimate).sum(axis=1)
    log = -0.5 * (tau / scale) ** 2 + 0.5 * np.log(spread) - 0.5 * np.log(variance).sum(axis=1)
    log -= 0.5 * (weight * (estimate - middle[:, None]) ** 2).sum(axis=1)
    mass = np.exp(log - log.max())
    mass /= mass.sum()
    pulled = error**2 / variance
    mean = (1 - pulled) * estimate + pulled * middle[:, None]
    sd = np.sqrt(error**2 * (1 - pulled) + pulled**2 * spread[:, None])
    tail = (1 - level) / 2
    return mass @ mean, _quantile(mean, sd, mass, tail), _quantile(mean, sd, mass, 1 - tail)


def _quantile(mean: Array, sd: Array, mass: Array, p: float) -> Array:
    """Return where the mixture of normals reaches p."""
    low, high = (mean - 10 * sd).min(axis=0), (mean + 10 * sd).max(axis=0)
    return narrowed(lambda at: mass @ ndtr((at - mean) / sd) - p, low, high, PRECISE * (high - low))[0]
