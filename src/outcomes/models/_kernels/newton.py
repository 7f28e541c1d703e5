"""Newton's method for the likelihood: exact Hessian, a floor under its eigenvalues, step halving."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from outcomes.models._kernels.likelihood import Likelihood, State

__all__ = ["Optimum", "minimise"]

Array = NDArray[np.float64]

#: Largest change of one parameter in one step, or half its size; the scales are logs or comparable.
LONGEST_STEP = 2.0
#: Smallest eigenvalue of the Hessian, each parameter in units of one or of its size: below it a
#: logarithm or logit would have a standard error above a hundred, so the data say nothing of it.
SINGULAR = 1e-4
#: A correlation matrix with a smaller eigenvalue leaves fewer than six digits in its inverse.
NO_DIGITS = 1e-10
#: A standard deviation below this share of the largest is zero.
VANISHED = 1e-7


@dataclass(frozen=True, slots=True, eq=False)
class Optimum:
    """Where the steps ended.

    Parameters
    ----------
    state : State
        The last evaluation.
    gradient : array (K,)
        Gradient of twice the negative log likelihood.
    hessian : array (K, K)
        Its observed Hessian.
    steps : int
        Newton steps taken.
    converged : bool
        Small gradient and positive definite information.
    problem : str
        Why it did not converge, else empty.
    """

    state: State
    gradient: Array
    hessian: Array
    steps: int
    converged: bool
    problem: str

    @property
    def theta_vcov(self) -> Array:
        """Inverse of the observed information of theta."""
        return np.asarray(2.0 * np.linalg.inv(self.hessian))


def minimise(
    likelihood: Likelihood, theta: Array, *, tolerance: float = 1e-8, max_steps: int = 60
) -> Optimum | None:
    """Minimise from theta; None when the likelihood cannot be evaluated there.

    Notes
    -----
    The gradient counts as zero when the step that it asks for would change the likelihood by less than
    ``tolerance^2`` relatively, and its largest entry is below `tolerance` relative to the value. Then
    one more step is taken: convergence is quadratic, so the result is exact to rounding.
    """
    with np.errstate(all="ignore"):  # steps far outside are judged by their value, not by warnings
        return _minimise(likelihood, theta, tolerance, max_steps)


def _minimise(likelihood: Likelihood, theta: Array, tolerance: float, max_steps: int) -> Optimum | None:
    state = likelihood.value(theta)
    if state is None:
        return None
    gradient, hessian = likelihood.derivatives(state)
    for steps in range(max_steps):
        step = _step(state.theta, gradient, hessian)
        nearby = _is_flat(gradient, step, state.value, tolerance)
        after = likelihood.value(state.theta + step) if nearby else _search(likelihood, state, gradient, step)
        if nearby:
            return _finish(likelihood, state, gradient, hessian, after, steps, tolerance)
        if after is None:
            return Optimum(state, gradient, hessian, steps, False, "no step lowers the likelihood")
        state = after
        gradient, hessian = likelihood.derivatives(state)
        if not np.isfinite(hessian).all() or not np.isfinite(gradient).all():
            return Optimum(state, gradient, hessian, steps, False, "the information is not finite")
        if _is_singular(likelihood.covariance.matrices(state.theta)):
            return Optimum(state, gradient, hessian, steps, False, "the covariance became singular")
    return Optimum(state, gradient, hessian, max_steps, False, f"no convergence in {max_steps} steps")


def _is_singular(matrices: Array) -> bool:
    """Say whether a correlation matrix has lost its last digits, or a variance vanished beside others."""
    scale = np.sqrt(np.diagonal(matrices, axis1=1, axis2=2))
    if not (scale.min() > VANISHED * scale.max()):
        return True
    corr = matrices / (scale[:, :, None] * scale[:, None, :])
    return bool(np.linalg.eigvalsh(corr).min() < NO_DIGITS)


def _step(theta: Array, gradient: Array, hessian: Array) -> Array:
    """Return the Newton step with eigenvalues made positive, no entry longer than allowed."""
    value, vector = np.linalg.eigh(hessian)
    floor = max(1e-8 * np.abs(value).max(), 1e-300)
    step = -vector @ ((vector.T @ gradient) / np.maximum(np.abs(value), floor))
    longest = (np.abs(step) / np.maximum(LONGEST_STEP, 0.5 * np.abs(theta))).max()
    return np.asarray(step if longest <= 1.0 else step / longest)


def _is_flat(gradient: Array, step: Array, value: float, tolerance: float) -> bool:
    size = 1.0 + abs(value)
    return bool(-gradient @ step <= tolerance**2 * size and np.abs(gradient).max() <= tolerance * size)


def _search(likelihood: Likelihood, state: State, gradient: Array, step: Array) -> State | None:
    """Halve the step until the value falls enough; None when 30 halvings do not help."""
    slope = float(gradient @ step)
    share = 1.0
    for _ in range(30):
        after = likelihood.value(state.theta + share * step)
        if after is not None and after.value <= state.value + 1e-4 * share * slope + 1e-13 * abs(state.value):
            return after
        share *= 0.5
    return None


def _finish(
    likelihood: Likelihood,
    state: State,
    gradient: Array,
    hessian: Array,
    after: State | None,
    steps: int,
    tolerance: float,
) -> Optimum:
    """Take the last step when it does no harm, and judge the information."""
    if after is not None and after.value <= state.value + 1e-12 * (1.0 + abs(state.value)):
        new_gradient, new_hessian = likelihood.derivatives(after)
        if np.isfinite(new_hessian).all():
            state, gradient, hessian, steps = after, new_gradient, new_hessian, steps + 1
    size = np.maximum(1.0, np.abs(state.theta))
    if np.linalg.eigvalsh(hessian * np.outer(size, size))[0] <= SINGULAR:
        return Optimum(state, gradient, hessian, steps, False, "the information is not positive definite")
    return Optimum(state, gradient, hessian, steps, True, "")
