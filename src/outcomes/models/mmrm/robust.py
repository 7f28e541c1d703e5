"""What needs the rows again after the fit: robust covariance, between-within columns, residuals."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from outcomes.models.mmrm.fit import Fitted
from outcomes.models.mmrm.fixed_effects import INTERCEPT, Design
from outcomes.models.mmrm.inference import BetweenWithin
from outcomes.models.mmrm.moments import Source
from outcomes.models.mmrm.patterns import Layout
from outcomes.models.mmrm.table_rows import Table
from outcomes.models.stats.kernels.sandwich import Sandwich, sandwich

__all__ = ["between_within", "normalised_residuals", "robust_covariance"]

Array = NDArray[np.float64]


def between_within(source: Source, fitted: Fitted) -> BetweenWithin:
    """Say which columns vary within subjects, and count.

    Notes
    -----
    Between: subjects minus intercept minus columns constant in each subject. Within: rows minus
    subjects minus columns that vary. The intercept takes the df of the columns that vary.
    """
    layout, kept = source.layout, fitted.basis.kept
    varies = np.zeros(len(kept), dtype=bool)
    for first, last in source.stretches():
        begin, end = layout.subject_start[[first, last]]
        x = source.design.rows(layout.order[begin:end])[:, kept]
        start = layout.subject_start[first:last] - begin
        head = np.repeat(x[start], np.diff(layout.subject_start[first : last + 1]), axis=0)
        varies |= (x != head).any(0)
    intercept = np.array([source.design.names[i] == INTERCEPT for i in kept])
    n_between = int((~varies & ~intercept).sum())
    df_between = layout.n_subjects - n_between - int(intercept.any())
    df_within = len(layout.order) - layout.n_subjects - int((varies & ~intercept).sum())
    return BetweenWithin(varies | intercept, float(df_between), float(df_within))


def robust_covariance(source: Source, fitted: Fitted, kind: str) -> Sandwich:
    """Return the empirical covariance of the coefficients in the basis."""
    state = fitted.optimum.state
    sigma = fitted.likelihood.covariance.sigma(state.theta)
    blocks = []
    for pattern, rows in _pattern_rows(source, fitted):
        here = np.flatnonzero(source.layout.patterns.present[pattern])
        factor = np.linalg.cholesky(sigma[pattern][np.ix_(here, here)])
        x, y = rows[..., :-1], rows[..., -1]
        blocks.append((x, y - x @ state.beta, factor))
    return sandwich(kind, state.root, blocks)


def _pattern_rows(source: Source, fitted: Fitted) -> list[tuple[int, Array]]:
    """Return the rows in the basis, one entry per pattern: (subjects, visits, q)."""
    layout = source.layout
    whole = np.concatenate([fitted.basis.apply(rows) for rows in source.blocks()])
    width = layout.patterns.present.sum(1)
    bound = np.concatenate([[0], np.cumsum(layout.patterns.count.astype(np.intp) * width)])
    return [
        (p, whole[bound[p] : bound[p + 1]].reshape(-1, width[p], whole.shape[1])) for p in range(len(width))
    ]


def normalised_residuals(table: Table, layout: Layout, fitted: Fitted, residual: Array) -> Array:
    """Return residuals whitened within each subject by the lower Cholesky factor, in table order."""
    sigma = fitted.likelihood.covariance.sigma(fitted.optimum.state.theta)
    factor = np.linalg.inv(np.linalg.cholesky(sigma))
    width = layout.patterns.present.sum(1)
    weighted = residual if table.weights is None else residual * np.sqrt(table.weights)
    laid, out = weighted[layout.order], np.empty(len(residual))
    at = 0
    for p, n in enumerate(layout.patterns.count.astype(int)):
        here = np.flatnonzero(layout.patterns.present[p])
        end = at + n * width[p]
        block = laid[at:end].reshape(n, width[p]) @ factor[p][np.ix_(here, here)].T
        out[layout.order[at:end]] = block.ravel()
        at = end
    return out


def fitted_values(design: Design, table: Table, beta: Array, kept: NDArray[np.intp]) -> Array:
    """Return X b of the table's rows."""
    n = len(table.response)
    parts = [
        design.rows(np.arange(low, min(low + 200_000, n)))[:, kept] @ beta for low in range(0, n, 200_000)
    ]
    return np.concatenate(parts)
