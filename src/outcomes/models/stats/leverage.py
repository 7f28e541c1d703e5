"""Whether a robust covariance exists: HC3 divides by one minus the leverage, squared."""

from __future__ import annotations

from typing import Any

__all__ = ["one_alone"]

#: A leverage this close to 1 leaves a residual of rounding errors, which HC3 divides by their square.
FULL_LEVERAGE = 1e-8


def one_alone(fit: Any) -> bool:
    """Return whether one observation of a least squares fit of statsmodels alone determines a coefficient."""
    return float(fit.get_influence().hat_matrix_diag.max()) > 1 - FULL_LEVERAGE
