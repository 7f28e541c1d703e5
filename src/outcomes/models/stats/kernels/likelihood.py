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

from outcomes.models.stats.kernels.moments import CrossProducts, PatternSet

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
    def vanished(self, theta: Array) -> NDArray[np.bool_]: ...

    def start(self, gram: Array) -> Array: ...

    def move(self, local: Any, theta: Array, step: Array) -> Array: ...
    def derivatives(self, theta: Array) -> Any: ...
    def gradient(self, local: Any, white: Array, slope: Array) -> Array: ...

    def curvature(self, local: Any, white: Array, slope: Array, middle: Array) -> Array: ...

    def first(self, local: Any, white: Array, data: CrossProducts) -> Array: ...

    def weighted_products(self, local: Any, weights: Array, white: Array) -> Array: ...

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
    white : array (P, M, M)
        Inverse lower Cholesky factor of each pattern's covariance, zero at missing visits. Everything is
        computed in the coordinates that it whitens, so a nearly singular covariance costs few digits.
    """

    theta: Array
    value: float
    beta: Array
    root: Array
    white: Array

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
        white, log_det = _whitener(sigma, self.data.patterns.present)
        total = self.data.total(np.swapaxes(white, 1, 2) @ white)
        p = self.data.q - 1
        factor = np.linalg.cholesky(total[:p, :p])
        root = np.linalg.inv(factor).T
        beta = root @ (root.T @ total[:p, p])
        u = np.append(-beta, 1.0)
        value = float(self.data.patterns.count @ log_det + u @ total @ u)
        if self.reml:
            value += 2.0 * float(np.log(np.diag(factor)).sum())
        return State(theta, value, beta, root, white) if np.isfinite(value) else None

    def derivatives(self, state: State) -> tuple[Array, Array]:
        """Return the gradient (K,) and the observed Hessian (K, K) of the value."""
        white, local = state.white, self.covariance.derivatives(state.theta)
        kernel = np.outer(state.u, state.u)
        if self.reml:
            kernel[:-1, :-1] += state.vcov
        count = self._counts()
        products = white @ self.data.gram(kernel) @ np.swapaxes(white, 1, 2)
        gradient = self.covariance.gradient(local, white, count - products)
        hessian = self.covariance.curvature(local, white, count - products, 2.0 * products - count)
        first = self.covariance.first(local, white, self.data)
        score = first[:, :-1] @ state.u @ state.root
        hessian -= 2.0 * score @ score.T
        if self.reml:
            whitened = (state.root.T @ first[:, :-1, :-1] @ state.root).reshape(len(gradient), -1)
            hessian -= whitened @ whitened.T
        return gradient, 0.5 * (hessian + hessian.T)

    def expected_information(self, state: State) -> Array:
        """Return the expectation of the Hessian of the value: never indefinite, whatever the data."""
        white, local = state.white, self.covariance.derivatives(state.theta)
        count = self._counts()
        nothing = np.zeros_like(white)
        if not self.reml:
            return self.covariance.curvature(local, white, nothing, count)
        kernel = np.zeros((self.data.q, self.data.q))
        kernel[:-1, :-1] = state.vcov
        products = white @ self.data.gram(kernel) @ np.swapaxes(white, 1, 2)
        information = self.covariance.curvature(local, white, nothing, count - 2.0 * products)
        first = self.covariance.first(local, white, self.data)
        whitened = (state.root.T @ first[:, :-1, :-1] @ state.root).reshape(len(information), -1)
        return np.asarray(information + whitened @ whitened.T)

    def _counts(self) -> Array:
        """Return the number of subjects on the diagonal of the visits that each pattern has."""
        patterns = self.data.patterns
        diagonal = patterns.count[:, None] * patterns.present
        return np.asarray(diagonal[:, :, None] * np.eye(diagonal.shape[1]))


def _whitener(sigma: Array, present: NDArray[np.bool_]) -> tuple[Array, Array]:
    """Return inverse Cholesky factors with zeros at missing visits, and log determinants."""
    factor = np.linalg.cholesky(sigma)
    log_det = 2.0 * np.log(np.diagonal(factor, axis1=1, axis2=2)).sum(1)
    return np.linalg.inv(factor) * (present[:, :, None] & present[:, None, :]), log_det
