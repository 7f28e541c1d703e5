"""The basis of a design with covariates far from zero that cannot be shifted, from its rows.

The square of a date, or ``arm:year`` without ``year``, is no combination of the columns of ``x - c``. Its
cross products have lost what tells it from the others; the rows have not. So these are centred, scaled and
made orthonormal by QR, where a column is judged by what is left of it around its mean.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from outcomes.models.mmrm.basis import Basis
from outcomes.models.stats.kernels.conditioning import Basis as Columns
from outcomes.models.stats.kernels.conditioning import independent

__all__ = ["find_row_basis"]

Array = NDArray[np.float64]


def find_row_basis(x: Array, response: Array, weights: Array | None) -> Basis:
    """Find the basis from the rows: x (n, p) and response (n,), their weights being on neither."""
    weight = np.ones(len(x)) if weights is None else weights
    kept, aliased = independent(x, weight)
    columns = Columns.of(x[:, kept], weight)
    root = np.sqrt(weight)[:, None]
    size = float(np.sqrt(weight.sum()))
    rows = columns.columns(x[:, kept]) * root / size
    transform = columns.back / size
    return Basis(
        kept=kept,
        aliased=aliased,
        alias_of=transform @ (rows.T @ (x[:, aliased] * root)),
        transform=transform,
        log_det=-float(np.linalg.slogdet(transform)[1]),
        offset=transform @ (rows.T @ (response * root[:, 0])),
    )
