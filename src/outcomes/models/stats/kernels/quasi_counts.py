"""Quasi-likelihood of counts out of days: solved on the distinct rows, few however many patients."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray
from scipy import special

from outcomes.models.stats.kernels.cluster_robust import cluster_outer
from outcomes.models.stats.kernels.count_families import LIMIT, RowTerms, moment_rho, quasi_beta_binomial
from outcomes.models.stats.kernels.count_fit import CountFit, fit_counts

__all__ = ["fit_quasi"]

Array = NDArray[np.float64]
Index = NDArray[np.intp]

#: Turns between the mean equations and rho; each brings it about ten times closer.
MAX_TURNS = 100
RHO_CHANGE = 1e-12
LARGEST_RHO = 0.9999


def fit_quasi(y: Array, n: Array, cell: Index, matrix: Array, starts: Index) -> CountFit:
    """Solve the mean equations and the moment equation of rho in turn.

    Parameters
    ----------
    y, n : ndarray, shape (rows,)
        Days with the event, of days recorded.
    cell : ndarray of int, shape (rows,)
        Row of `matrix` (cells, p) that holds a row's covariates.
    starts : ndarray of int
        First row of each patient.
    """
    most = n.max() + 1
    first, times = np.unique((cell * most + n) * most + y, return_index=True, return_counts=True)[1:]
    some, of, x = y[first], n[first], matrix[cell[first]]
    root = np.sqrt(times)
    beta = np.linalg.lstsq(x * root[:, None], root * special.logit((some + 0.5) / (of + 1)), rcond=None)[0]
    rho, raw = 0.0, 0.0
    for _ in range(MAX_TURNS):

        def terms(eta: Array, _: float, at: float = rho) -> RowTerms:
            return _so_often(quasi_beta_binomial(some, of, eta, at), times)

        fit = fit_counts(x, np.arange(len(x)), terms, beta=beta, log_dispersion=None)
        beta = fit.beta
        raw = moment_rho(some, of, x @ beta, x.shape[1], times)
        moved, rho = abs(min(max(raw, 0.0), LARGEST_RHO) - rho), min(max(raw, 0.0), LARGEST_RHO)
        if moved < RHO_CHANGE:
            break
    size = np.log((1 - rho) / rho) if rho > 0 else LIMIT
    every = matrix[cell]
    # as the last fit, whose rho moves no more
    now = quasi_beta_binomial(y, n, every @ beta, rho)
    return replace(
        fit,
        scores=np.add.reduceat(every * now.score[:, :1], starts, axis=0),
        informations=cluster_outer(every * now.information[:, 0, 0][:, None], every, starts),
        log_dispersion=float(size),
        converged=fit.converged and moved < RHO_CHANGE,
        at_limit=raw <= 0 or raw >= LARGEST_RHO,
    )


def _so_often(terms: RowTerms, times: NDArray[np.intp]) -> RowTerms:
    """Return the terms of rows that stand for as many."""
    return RowTerms(
        terms.log_likelihood * times,
        terms.score * times[:, None],
        terms.information * times[:, None, None],
    )
