"""The distribution of a mean with uniform random weights, by its characteristic function."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from outcomes.models.stats.kernels.root import narrowed

__all__ = ["quantile", "share_below"]

Array = NDArray[np.float64]

#: The trapezoidal rule on the log scale begins and ends where the integrand is below exp(-this).
NOTHING = 34.0
#: Step of the rule times (values + 40): its error falls as exp(-2 pi / step) and grows as 1.9^values.
STEP_TIMES = 4.0


def share_below(values: Array, at: float) -> float:
    """Return P(sum D_i c_i <= at) for D uniform on the simplex (Dirichlet with ones), c = values.

    With E_i independent standard exponentials it is P(sum E_i (c_i - at) <= 0), and by Imhof's inversion
    1/2 - 1/pi int_0^inf sin(sum arctan(a_i u)) / (u prod (1 + a_i^2 u^2)^(1/2)) du, a_i = c_i - at. The
    fraction is - Im(1 / prod (1 + i a_i u)) / u: the characteristic function itself.

    References
    ----------
    Imhof JP. Computing the distribution of quadratic forms in normal variables.
    Biometrika 1961;48:419-426. doi:10.1093/biomet/48.3-4.419
    """
    away = values - at
    if (away <= 0).all() or (away > 0).all():
        return float((away <= 0).all())
    step = STEP_TIMES / (len(values) + 40)
    away = away[away != 0] / np.abs(away).max()
    end = (NOTHING - np.log(np.abs(away)).sum()) / len(away)
    factors = 1 + 1j * np.outer(away, np.exp(np.arange(-NOTHING, end + step, step)))
    with np.errstate(all="ignore"):
        # nothing is left where the product is beyond what a float holds
        height = np.nan_to_num((1 / np.multiply.reduce(factors, axis=0)).imag)
    return float(np.clip(0.5 + step / np.pi * height.sum(), 0.0, 1.0))


def quantile(values: Array, p: float, *, precise: float) -> float:
    """Return c with P(sum D_i c_i <= c) = p, to within `precise`, for values that are not all alike."""
    low, high = np.array([values.min()]), np.array([values.max()])
    near, _ = narrowed(lambda at: np.array([share_below(values, float(at[0])) - p]), low, high, precise)
    return float(near[0])
