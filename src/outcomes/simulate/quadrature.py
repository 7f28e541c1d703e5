"""Means over a beta distribution, and over the 28 days of a chain, without sampling."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from outcomes.simulate.parameters import Beta

__all__ = ["beta_nodes", "days_of_chain"]

Array = NDArray[np.float64]


@lru_cache(maxsize=64)
def beta_nodes(beta: Beta, nodes: int = 128) -> tuple[Array, Array]:
    """Return Gauss-Jacobi nodes in (0, 1) and their probabilities.

    Notes
    -----
    Golub and Welsch: the nodes are the eigenvalues of the tridiagonal matrix of the recurrence of the
    Jacobi polynomials, the weights the squared first entries of the eigenvectors. Exact for polynomials
    of degree 2 x nodes - 1.

    Examples
    --------
    >>> x, w = beta_nodes(Beta(4.1, 0.5))
    >>> bool(abs((w * x).sum() - 4.1 / 4.6) < 1e-12)
    True
    """
    alpha, gamma = beta.b - 1, beta.a - 1
    n = np.arange(1.0, nodes)
    total = 2 * n + alpha + gamma
    diagonal = np.append((gamma - alpha) / (alpha + gamma + 2), (gamma**2 - alpha**2) / (total * (total + 2)))
    # Written so that no factor is 0/0 at n = 1 when alpha + gamma = -1.
    first = 4 * (1 + alpha) * (1 + gamma) / ((2 + alpha + gamma) ** 2 * (3 + alpha + gamma))
    k, t = n[1:], total[1:]
    rest = 4 * k * (k + alpha) * (k + gamma) * (k + alpha + gamma) / (t**2 * (t + 1) * (t - 1))
    off = np.sqrt(np.append(first, rest))
    values, vectors = np.linalg.eigh(np.diag(diagonal) + np.diag(off, 1) + np.diag(off, -1))
    weights = vectors[0] ** 2
    found = (1 + values) / 2, weights / weights.sum()
    for array in found:  # handed out again for the next study of this law
        array.flags.writeable = False
    return found


def days_of_chain(p: Array, carry_over: float, days: int = 28) -> Array:
    """Return the distribution of the headache days among `days` of a stationary chain.

    Parameters
    ----------
    p : ndarray, shape (g,)
        Probability of a headache day.
    carry_over : float
        Correlation of a day with the next.
    days : int
        Length of the window.

    Returns
    -------
    ndarray, shape (g, days + 1)
        Probability of 0, 1, ..., `days` headache days.

    Examples
    --------
    >>> days_of_chain(np.array([0.5]), 0.0, 2).round(2).tolist()
    [[0.25, 0.5, 0.25]]
    """
    with_headache = np.zeros((len(p), days + 1))
    free = np.zeros_like(with_headache)
    with_headache[:, 1], free[:, 0] = p, 1 - p
    after_one = (p + carry_over * (1 - p))[:, None]
    after_zero = (p * (1 - carry_over))[:, None]
    for _ in range(days - 1):
        to_headache = with_headache * after_one + free * after_zero
        free = with_headache * (1 - after_one) + free * (1 - after_zero)
        with_headache = np.zeros_like(to_headache)
        with_headache[:, 1:] = to_headache[:, :-1]
    return with_headache + free
