"""The Kenward-Roger covariance of beta."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from outcomes.models.stats.kernels.likelihood import Likelihood, State

__all__ = ["adjusted_vcov"]

Array = NDArray[np.float64]


def adjusted_vcov(
    likelihood: Likelihood, state: State, first: Array, theta_vcov: Array, *, linear: bool
) -> Array:
    """Return the covariance of beta adjusted for the estimation of theta.

    Parameters
    ----------
    likelihood, state
        The model and its optimum.
    first : array (K, p, p)
        Derivative of X'WX to each parameter (the P matrices).
    theta_vcov : array (K, K)
        Inverse observed information of theta.
    linear : bool
        Leave out the second derivatives of the covariance (R), which depend on the parametrisation.

    Notes
    -----
    ``F + 2 F [sum w_rs (Q_rs - P_r F P_s - R_rs / 4)] F`` with
    ``Q_rs = X'W dV_r W dV_s W X`` and ``R_rs = X'W ddV_rs W X``.

    References
    ----------
    Kenward MG, Roger JH (1997). Biometrics 53:983-997. doi:10.2307/2533558
    Kenward MG, Roger JH (2009). Comput Stat Data Anal 53:2583-2595. doi:10.1016/j.csda.2008.12.013
    """
    covariance, white, vcov = likelihood.covariance, state.white, state.vcov
    back = np.swapaxes(white, 1, 2)
    local = covariance.derivatives(state.theta)
    inside = covariance.weighted_products(local, theta_vcov, white)
    if not linear:
        inside = inside - 0.25 * white @ covariance.weighted_second(local, theta_vcov) @ back
    p = likelihood.data.q - 1
    middle = likelihood.data.total(back @ inside @ white)[:p, :p]
    mixed = np.tensordot(theta_vcov, first @ vcov, 1)  # sum_s w_rs P_s F
    middle = middle - np.einsum("rab,rbc->ac", mixed, first)
    adjusted = vcov + 2.0 * vcov @ middle @ vcov
    return np.asarray(0.5 * (adjusted + adjusted.T))
