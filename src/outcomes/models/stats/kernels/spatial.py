"""Spatial exponential covariance on a numeric time: every subject may have times of its own."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from outcomes.models.stats.kernels.moments import CrossProducts, PatternSet

__all__ = ["SpatialCovariance"]

Array = NDArray[np.float64]
#: Logarithm of a correlation that no likelihood tells from zero.
NO_CORRELATION = float(np.log(1e-9))
#: The patterns' matrices with gradient and Hessian at one theta.
Local = tuple[Array, Array, Array]


@dataclass(frozen=True, slots=True, eq=False)
class SpatialCovariance:
    """``V[j, k] = s rho^(|t_j - t_k|^power)`` with theta = (log s, logit rho) of each covariance group.

    Parameters
    ----------
    patterns : PatternSet
        The patterns; places are positions in the subject's own sequence of times.
    times : array (P, M)
        Times of each pattern, anything where a place is empty.
    n_groups : int
        Number of covariance groups.
    power : {1, 2}
        Exponent of the gap between times: exponential or Gaussian decay.
    """

    patterns: PatternSet
    times: Array
    n_groups: int
    power: int = 1

    @property
    def size(self) -> int:
        """Length of theta."""
        return 2 * self.n_groups

    def distance(self) -> Array:
        """Return |t_j - t_k| (P, M, M) or its square, zero where a place is empty."""
        gap = np.abs(self.times[:, :, None] - self.times[:, None, :]) ** self.power
        return np.asarray(np.where(self._both(), gap, 0.0))

    def matrices(self, theta: Array) -> Array:
        """Return the groups' matrices (G, 2, 2) of two times one unit apart."""
        parts = theta.reshape(self.n_groups, 2)
        scale, rho = np.exp(parts[:, 0]), 1 / (1 + np.exp(-parts[:, 1]))
        return np.asarray(scale[:, None, None] * np.array([[[1.0, r], [r, 1.0]] for r in rho]))

    def sigma(self, theta: Array) -> Array:
        """Return each pattern's matrix (P, M, M) with the identity in place of empty places."""
        return np.where(self._both(), self.derivatives(theta)[0], np.eye(self.times.shape[1]))

    def log_scale(self) -> NDArray[np.bool_]:
        """Return which parameters are logs of variances."""
        return np.tile([True, False], self.n_groups)

    def vanished(self, theta: Array) -> NDArray[np.bool_]:
        """Return which correlations are zero between any two times that a subject has."""
        out = np.zeros(self.size, dtype=bool)
        distance = self.distance()
        for group in range(self.n_groups):
            mine = distance[self.patterns.group == group]
            nearest = mine[mine > 0].min(initial=np.inf)
            out[2 * group + 1] = _log_rho(theta[2 * group + 1]) * nearest < NO_CORRELATION
        return out

    def move(self, local: Local, theta: Array, step: Array) -> Array:
        """Return theta after a scoring step."""
        return theta + step

    def start(self, gram: Array) -> Array:
        """Return a starting theta from the patterns' residual products (P, M, M)."""
        parts, distance, both = [], self.distance(), self._both()
        j, k = np.arange(gram.shape[1])[:-1], np.arange(gram.shape[1])[1:]
        for group in range(self.n_groups):
            mine = self.patterns.group == group
            n = (self.patterns.count[mine, None] * self.patterns.present[mine]).sum()
            variance = np.trace(gram[mine], axis1=1, axis2=2).sum() / n
            next_to = both[mine][:, j, k] * self.patterns.count[mine, None]
            pairs = max(float(next_to.sum()), 1.0)
            lag = float((next_to * distance[mine][:, j, k]).sum()) / pairs or 1.0
            corr = np.clip(gram[mine][:, j, k].sum() / pairs / variance, 0.05, 0.95)
            rho = corr ** (1 / lag)
            parts.append([np.log(variance), np.log(rho) - np.log1p(-rho)])
        return np.array(parts).ravel()

    def gradient(self, local: Local, white: Array, slope: Array) -> Array:
        """Return ``sum_p tr(white_p' slope_p white_p dV_p)`` for each parameter."""
        return self._by_group(np.einsum("pjk,rpjk->pr", slope, _turn(white, local[1]))).ravel()

    def curvature(self, local: Local, white: Array, slope: Array, middle: Array) -> Array:
        """Return ``sum_p tr(U' slope U ddV) + tr(dV_r U'U dV_s U' middle U)``, U = white_p."""
        first, second = _turn(white, local[1]), _turn(white, local[2])
        each = np.einsum("pjk,rspjk->prs", slope, second)
        each += np.einsum("rpjk,spkj->prs", first, first @ middle)
        out = np.zeros((self.size, self.size))
        for group, block in enumerate(self._by_group(each)):
            place = slice(2 * group, 2 * group + 2)
            out[place, place] = 0.5 * (block + block.T)
        return out

    def first(self, local: Local, white: Array, data: CrossProducts) -> Array:
        """Return the derivative of ``data.total(white' white)`` to each parameter: (K, q, q)."""
        back = np.swapaxes(white, 1, 2)
        change = -(back @ _turn(white, local[1]) @ white)
        mine = self.patterns.group == np.arange(self.n_groups)[:, None]
        stack = change[None] * mine[:, None, :, None, None]
        out = data.total(stack)
        return out.reshape(self.size, *out.shape[2:])

    def weighted_products(self, local: Local, weights: Array, white: Array) -> Array:
        """Return ``U [sum_rs weights[r, s] dV_r U'U dV_s] U'`` of each pattern, U = white_p: (P, M, M)."""
        first = _turn(white, local[1])
        return np.asarray(np.einsum("prs,rpab,spbc->pac", self._own(weights), first, first, optimize=True))

    def weighted_second(self, local: Local, weights: Array) -> Array:
        """Return ``sum_rs weights[r, s] ddV_rs`` of each pattern: (P, M, M)."""
        return np.asarray(np.einsum("prs,rspab->pab", self._own(weights), local[2]))

    def _own(self, weights: Array) -> Array:
        group = self.patterns.group
        index = 2 * group[:, None] + np.arange(2)
        return np.asarray(weights[index[:, :, None], index[:, None, :]])

    def _both(self) -> NDArray[np.bool_]:
        present = self.patterns.present
        return np.asarray(present[:, :, None] & present[:, None, :])

    def _by_group(self, each: Array) -> Array:
        return np.array([each[self.patterns.group == g].sum(0) for g in range(self.n_groups)])

    def derivatives(self, theta: Array) -> Local:
        """Return V (P, M, M), its gradient (2, P, M, M) and Hessian (2, 2, P, M, M), zero where empty."""
        parts = theta.reshape(self.n_groups, 2)[self.patterns.group]
        log_scale, rho = parts[:, 0, None, None], 1 / (1 + np.exp(-parts[:, 1, None, None]))
        distance = self.distance()
        value = np.where(self._both(), np.exp(log_scale) * rho**distance, 0.0)
        # d log V / d logit(rho) = distance (1 - rho), and its own derivative.
        slope = distance * (1 - rho)
        first = np.array([value, value * slope])
        bend = value * (slope**2 - distance * rho * (1 - rho))
        second = np.array([[value, value * slope], [value * slope, bend]])
        return value, first, second


def _turn(white: Array, values: Array) -> Array:
    """Return ``white values white'`` of each pattern."""
    return np.asarray(white @ values @ np.swapaxes(white, 1, 2))


def _log_rho(logit: float) -> float:
    return -float(np.logaddexp(0.0, -logit))
