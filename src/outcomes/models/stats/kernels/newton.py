"""Newton's method for the likelihood: exact Hessian near the optimum, scoring away from it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from outcomes.models.stats.kernels.likelihood import Likelihood, State

__all__ = ["Optimum", "minimise"]

Array = NDArray[np.float64]

#: Largest change of the log of a standard deviation in one step, and of another parameter (or half its size).
LONGEST_LOG, LONGEST = 2.0, 20.0
#: A fall of the value that is expected to be smaller than this is not seen through rounding: the step is
#: taken on the gradient's word.
UNSEEN = 1e-7
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
        Steps taken.
    problem : str
        Why it did not converge, else empty.
    frozen : bool array (K,)
        Parameters at the end of their range, where nothing depends on them any more: they are known.
    """

    state: State
    gradient: Array
    hessian: Array
    steps: int
    problem: str
    frozen: NDArray[np.bool_]

    @property
    def converged(self) -> bool:
        """Zero gradient and positive definite information."""
        return not self.problem

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
    Converged: the information is positive definite and the gradient g, in its metric, is zero:
    ``g' H^-1 g < tolerance^2 (1 + |value|)``, which bounds each ``g_r^2 / H_rr``. One more step is then
    taken: convergence is quadratic, so the result is exact to rounding.
    """
    with np.errstate(all="ignore"):  # steps far outside are judged by their value, not by warnings
        try:
            return _minimise(likelihood, theta, tolerance**2, max_steps)
        except np.linalg.LinAlgError:  # the information holds no finite numbers any more
            return None


def _minimise(likelihood: Likelihood, theta: Array, tolerance: float, max_steps: int) -> Optimum | None:
    state = likelihood.value(theta)
    if state is None:
        return None
    gradient, hessian, frozen = _derivatives(likelihood, state)
    unseen = 0
    for steps in range(max_steps):
        direction = _newton(gradient, hessian)
        fall = np.inf if direction is None else float(-gradient @ direction)
        if direction is not None and (fall <= tolerance * (1.0 + abs(state.value)) or unseen > 5):
            return _finish(likelihood, state, gradient, hessian, frozen, direction, steps)
        if direction is not None and fall <= UNSEEN:
            after, unseen = likelihood.value(state.theta + direction), unseen + 1
        else:
            after = _search(likelihood, state, gradient, direction, frozen)
        if after is None:
            return Optimum(state, gradient, hessian, steps, "no step lowers the likelihood", frozen)
        state = after
        gradient, hessian, frozen = _derivatives(likelihood, state)
        if not np.isfinite(hessian).all() or not np.isfinite(gradient).all():
            return Optimum(state, gradient, hessian, steps, "the information is not finite", frozen)
        if _is_singular(likelihood.covariance.matrices(state.theta)):
            return Optimum(state, gradient, hessian, steps, "the covariance became singular", frozen)
    return Optimum(state, gradient, hessian, max_steps, f"no convergence in {max_steps} steps", frozen)


def _derivatives(likelihood: Likelihood, state: State) -> tuple[Array, Array, NDArray[np.bool_]]:
    """Return gradient and Hessian, without the parameters that have run to the end of their range.

    A correlation that the data want below zero runs to zero, its logarithm to minus infinity, and the
    likelihood no longer depends on it. It is held there while the gradient does not call it back.
    """
    gradient, hessian = likelihood.derivatives(state)
    frozen = likelihood.covariance.vanished(state.theta)
    if frozen.any():
        frozen = frozen & (gradient >= 0)
        gradient = np.where(frozen, 0.0, gradient)
        hessian = _without(hessian, frozen)
    return gradient, hessian, frozen


def _without(matrix: Array, frozen: NDArray[np.bool_]) -> Array:
    """Return a matrix of second derivatives in which some parameters are unrelated to all others."""
    kept = ~frozen
    return np.asarray(matrix * np.outer(kept, kept) + np.diag(frozen.astype(np.float64)))


def _newton(gradient: Array, hessian: Array) -> Array | None:
    """Return the Newton direction, or None when the Hessian is not positive definite."""
    size = np.sqrt(np.abs(np.diag(hessian)))
    if not (size > 0).all():
        return None
    value, vector = np.linalg.eigh(hessian / np.outer(size, size))
    if not value[0] > 1e-10:
        return None
    return np.asarray(-(vector @ ((vector.T @ (gradient / size)) / value)) / size)


def _search(
    likelihood: Likelihood,
    state: State,
    gradient: Array,
    direction: Array | None,
    frozen: NDArray[np.bool_],
) -> State | None:
    """Halve the step until the value falls enough; None when 30 halvings do not help."""
    covariance = likelihood.covariance
    local = covariance.derivatives(state.theta) if direction is None else None
    if direction is None:
        direction = _scoring(gradient, _without(likelihood.expected_information(state), frozen))
    limit = np.where(covariance.log_scale(), LONGEST_LOG, np.maximum(LONGEST, 0.5 * np.abs(state.theta)))
    longest = (np.abs(direction) / limit).max()
    step = direction if longest <= 1.0 or local is not None else direction / longest
    slope, share = float(gradient @ step), 1.0
    for _ in range(30):
        after = _at(likelihood, state, local, share * step)
        if after is not None and after.value <= state.value + 1e-4 * share * slope + 1e-13 * abs(state.value):
            return after
        share *= 0.5
    return None


def _scoring(gradient: Array, information: Array) -> Array:
    """Return the scoring direction; directions without information get a floor."""
    size = np.sqrt(np.maximum(np.diag(information), 1e-300))
    value, vector = np.linalg.eigh(information / np.outer(size, size))
    return np.asarray(-(vector @ ((vector.T @ (gradient / size)) / np.maximum(value, 1e-10))) / size)


def _at(likelihood: Likelihood, state: State, local: object, step: Array) -> State | None:
    if local is None:
        return likelihood.value(state.theta + step)
    try:
        return likelihood.value(likelihood.covariance.move(local, state.theta, step))
    except np.linalg.LinAlgError:
        return None


def _is_singular(matrices: Array) -> bool:
    """Say whether a correlation matrix has lost its last digits, or a variance vanished beside others."""
    scale = np.sqrt(np.diagonal(matrices, axis1=1, axis2=2))
    if not (scale.min() > VANISHED * scale.max()):
        return True
    corr = matrices / (scale[:, :, None] * scale[:, None, :])
    return bool(np.linalg.eigvalsh(corr).min() < NO_DIGITS)


def _finish(
    likelihood: Likelihood,
    state: State,
    gradient: Array,
    hessian: Array,
    frozen: NDArray[np.bool_],
    direction: Array,
    steps: int,
) -> Optimum:
    """Take the last step when it does no harm, and judge the information."""
    after = likelihood.value(state.theta + direction)
    if after is not None and after.value <= state.value + 1e-9 * (1.0 + abs(state.value)):
        new_gradient, new_hessian, new_frozen = _derivatives(likelihood, after)
        if np.isfinite(new_hessian).all():
            state, gradient, hessian, frozen, steps = after, new_gradient, new_hessian, new_frozen, steps + 1
    size = np.maximum(1.0, np.abs(state.theta)) * ~frozen + frozen
    problem = "the information is not positive definite"
    if np.linalg.eigvalsh(hessian * np.outer(size, size))[0] > SINGULAR:
        problem = ""
    return Optimum(state, gradient, hessian, steps, problem, frozen)
