"""The (restricted) likelihood of theta with its exact gradient and Hessian.

With ``T = sum_p W_p : A_p`` over rows z = (x, y), blocks ``S = X'WX`` and ``s = X'Wy``, estimate
``b = S^-1 s`` and ``u = (-b, 1)``, twice the negative log likelihood is, without its constant,

    sum_p n_p log|V_p| + log|S| [REML only] + u'Tu.

Derivatives follow from ``dW = -W dV W``; everything that depends on the data is a contraction of the
cross products, so one evaluation costs the same for a hundred and for a million subjects.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from outcomes.models._kernels.moments import CrossProducts, PatternSet

__all__ = ["Covariance", "Likelihood", "State"]

Array = NDArray[np.float64]


class Covariance(Protocol):
    """What the likelihood asks of a covariance model; see `GridCovariance` for the meaning."""

    @property
    def patterns(self) -> PatternSet: ...
    @property
    def n_groups(self) -> int: ...
    @property
    def size(self) -> int: ...
    def matrices(self, theta: Array) -> Array: ...
    def sigma(self, theta: Array) -> Array: ...
    def log_scale(self) -> NDArray[np.bool_]: ...

    def start(self, gram: Array) -> Array: ...

    def move(self, local: Any, theta: Array, step: Array) -> Array: ...
    def derivatives(self, theta: Array) -> Any: ...
    def gradient(self, local: Any, slope: Array) -> Array: ...
    def curvature(self, local: Any, slope: Array, left: Array, right: Array) -> Array: ...
    def first(self, local: Any, inverse: Array, data: CrossProducts) -> Array: ...
    def weighted_products(self, local: Any, weights: Array, inverse: Array) -> Array: ...
    def weighted_second(self, local: Any, weights: Array) -> Array: ...


@dataclass(frozen=True, slots=True, eq=False)
class State:
    """One evaluation at theta.

    Parameters
    ----------
    theta : array (K,)
        Where.
    value : float
        Twice the negative log likelihood without its constant.
    beta : array (p,)
        Generalised least squares estimate.
    root : array (p, p)
        R with ``inverse(S) = R R'``.
    inverse : array (P, M, M)
        Inverse covariance of each pattern, zero at missing visits.
    """

    theta: Array
    value: float
    beta: Array
    root: Array
    inverse: Array

    @property
    def vcov(self) -> Array:
        """Covariance of beta for known theta, ``S^-1``."""
        return np.asarray(self.root @ self.root.T)

    @property
    def u(self) -> Array:
        """The vector (-b, 1) that turns rows z into residuals."""
        return np.append(-self.beta, 1.0)


@dataclass(frozen=True, slots=True, eq=False)
class Likelihood:
    """Cross products and covariance model together.

    Parameters
    ----------
    data : CrossProducts
        The data.
    covariance : Covariance
        The covariance model.
    reml : bool
        Restricted likelihood, else maximum likelihood.
    """

    data: CrossProducts
    covariance: Covariance
    reml: bool

    def value(self, theta: Array) -> State | None:
        """Return the state at theta, or None where the covariance is not positive definite."""
        try:
            with np.errstate(over="ignore", invalid="ignore", divide="ignore"):
                return self._value(theta)
        except np.linalg.LinAlgError:
            return None

    def _value(self, theta: Array) -> State | None:
        sigma = self.covariance.sigma(theta)
        if not np.isfinite(sigma).all():
            return None
        inverse, log_det = _invert(sigma, self.data.patterns.present)
        total = self.data.total(inverse)
        p = self.data.q - 1
        factor = np.linalg.cholesky(total[:p, :p])
        root = np.linalg.inv(factor).T
        beta = root @ (root.T @ total[:p, p])
        u = np.append(-beta, 1.0)
        value = float(self.data.patterns.count @ log_det + u @ total @ u)
        if self.reml:
            value += 2.0 * float(np.log(np.diag(factor)).sum())
        return State(theta, value, beta, root, inverse) if np.isfinite(value) else None

    def derivatives(self, state: State) -> tuple[Array, Array]:
        """Return the gradient (K,) and the observed Hessian (K, K) of the value."""
        w, local = state.inverse, self.covariance.derivatives(state.theta)
        kernel = np.outer(state.u, state.u)
        if self.reml:
            kernel[:-1, :-1] += state.vcov
        count = self.data.patterns.count[:, None, None]
        scaled = count * w
        bent = w @ self.data.gram(kernel) @ w
        slope = scaled - bent
        gradient = self.covariance.gradient(local, slope)
        hessian = self.covariance.curvature(local, slope, w, 2.0 * bent - scaled)
        first = self.covariance.first(local, w, self.data)
        score = first[:, :-1] @ state.u @ state.root
        hessian -= 2.0 * score @ score.T
        if self.reml:
            whitened = (state.root.T @ first[:, :-1, :-1] @ state.root).reshape(len(gradient), -1)
            hessian -= whitened @ whitened.T
        return gradient, 0.5 * (hessian + hessian.T)

    def expected_information(self, state: State) -> Array:
        """Return the expectation of the Hessian of the value: never indefinite, whatever the data."""
        w, local = state.inverse, self.covariance.derivatives(state.theta)
        right = self.data.patterns.count[:, None, None] * w
        if not self.reml:
            return self.covariance.curvature(local, np.zeros_like(w), w, right)
        kernel = np.zeros((self.data.q, self.data.q))
        kernel[:-1, :-1] = state.vcov
        right = right - 2.0 * w @ self.data.gram(kernel) @ w
        information = self.covariance.curvature(local, np.zeros_like(w), w, right)
        first = self.covariance.first(local, w, self.data)
        whitened = (state.root.T @ first[:, :-1, :-1] @ state.root).reshape(len(information), -1)
        return np.asarray(information + whitened @ whitened.T)


def _invert(sigma: Array, present: NDArray[np.bool_]) -> tuple[Array, Array]:
    """Return inverses with zeros at missing visits, and log determinants."""
    factor = np.linalg.cholesky(sigma)
    log_det = 2.0 * np.log(np.diagonal(factor, axis1=1, axis2=2)).sum(1)
    root = np.linalg.inv(factor)
    inverse = np.swapaxes(root, 1, 2) @ root
    return inverse * (present[:, :, None] & present[:, None, :]), log_det
