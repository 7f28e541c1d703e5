"""Fitting: down the ladder of structures until one converges, every step recorded."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from outcomes.errors import DataError, ModelError
from outcomes.models.mmrm.basis import Basis, find_basis
from outcomes.models.mmrm.centring import find_shift, need_row_basis, shift_matrix
from outcomes.models.mmrm.fixed_effects import Design, PlainDesign
from outcomes.models.mmrm.moments import Source, cross_products
from outcomes.models.mmrm.options import SPATIAL, Options
from outcomes.models.mmrm.patterns import Layout
from outcomes.models.mmrm.row_basis import find_row_basis
from outcomes.models.mmrm.table_rows import Table
from outcomes.models.stats.kernels.grid import GridCovariance
from outcomes.models.stats.kernels.likelihood import Covariance, Likelihood
from outcomes.models.stats.kernels.moments import CrossProducts
from outcomes.models.stats.kernels.newton import Optimum, minimise
from outcomes.models.stats.kernels.spatial import SpatialCovariance

__all__ = ["Attempt", "Fitted", "check_identified", "check_residual", "climb", "fit"]

Array = NDArray[np.float64]

#: A residual below this share of the response's size is rounding: the response is fitted exactly.
EXACT = 1e-10


@dataclass(frozen=True, slots=True)
class Attempt:
    """One structure that was tried.

    Parameters
    ----------
    covariance : str
        The structure.
    converged : bool
        Whether it converged.
    steps : int
        Newton steps.
    gradient : float
        Largest entry of the gradient at the end.
    problem : str
        Why it did not converge, else empty.
    """

    covariance: str
    converged: bool
    steps: int
    gradient: float
    problem: str


@dataclass(frozen=True, slots=True, eq=False)
class Fitted:
    """The optimum with all that inference needs.

    Parameters
    ----------
    structure : str
        Structure that was fitted.
    likelihood : Likelihood
        Cross products and covariance model.
    optimum : Optimum
        Where the likelihood is largest.
    basis : Basis
        Change of basis of the design.
    minus2_log_lik : float
        Twice the negative (restricted) log likelihood.
    attempts : tuple of Attempt
        Every structure tried.
    first : array (K, p, p)
        Derivative of X'WX to theta, in the basis.
    """

    structure: str
    likelihood: Likelihood
    optimum: Optimum
    basis: Basis
    minus2_log_lik: float
    attempts: tuple[Attempt, ...]
    first: Array

    @property
    def theta_vcov(self) -> Array:
        """Inverse observed information of theta."""
        return self.optimum.theta_vcov


def fit(table: Table, design: Design, layout: Layout, options: Options) -> Fitted:
    """Fit a model.

    Raises
    ------
    DataError
        When the data cannot identify the model.
    ModelError
        When no structure of the ladder converges.
    """
    source = Source.of(table, design, layout, find_shift(design, table))
    basis = _basis(source)
    check_identified(table, design, basis)
    data = cross_products(source, basis)
    check_residual(table, data)
    log_weights = 0.0 if table.weights is None else float(np.log(table.weights).sum())
    return climb(
        data,
        layout,
        options,
        basis,
        n_obs=table.n_obs,
        log_weights=log_weights,
        n_groups=len(table.group_levels),
    )


def _basis(source: Source) -> Basis:
    design, table = source.design, source.table
    if need_row_basis(design, table):
        return find_row_basis(design.rows(slice(0, table.n_obs)), table.response, table.weights)
    basis = find_basis(source.blocks)
    if source.shift and isinstance(design, PlainDesign):
        return basis.seen_from(shift_matrix(design, source.shift))
    return basis


def climb(
    data: CrossProducts,
    layout: Layout,
    options: Options,
    basis: Basis,
    *,
    n_obs: int,
    log_weights: float,
    n_groups: int,
) -> Fitted:
    """Try the structures in order."""
    attempts: list[Attempt] = []
    for structure in options.ladder():
        if structure == "us" and _too_few(layout):
            attempts.append(Attempt(structure, False, 0, float("nan"), "fewer subjects than visits"))
            continue
        likelihood = Likelihood(
            data, _covariance(structure, layout, n_groups, options.endpoints), options.method == "reml"
        )
        optimum = _optimise(likelihood)
        attempts.append(_record(structure, optimum))
        if optimum is not None and optimum.converged:
            p = len(basis.kept)
            free = n_obs - p if likelihood.reml else n_obs
            constant = (
                free * np.log(2 * np.pi) - log_weights + (2 * basis.log_det if likelihood.reml else 0.0)
            )
            local = likelihood.covariance.derivatives(optimum.state.theta)
            first = likelihood.covariance.first(local, optimum.state.white, data)[:, :p, :p]
            value = optimum.state.value + float(constant)
            return Fitted(structure, likelihood, optimum, basis, value, tuple(attempts), first)
    raise ModelError(
        "no covariance structure converged",
        got="; ".join(f"{a.covariance}: {a.problem}" for a in attempts),
        hint="fewer visits, fewer covariates, or a simpler covariance= may be all that these data can "
        "support",
    )


def _covariance(structure: str, layout: Layout, n_groups: int, endpoints: int) -> Covariance:
    if structure in SPATIAL:
        assert layout.times is not None
        return SpatialCovariance(layout.patterns, layout.times, n_groups, SPATIAL[structure])
    named = structure.replace("us@", f"us{endpoints}@")
    return GridCovariance(named, layout.patterns, n_groups)


def _too_few(layout: Layout) -> bool:
    """Say whether a group has fewer subjects than visits: its unstructured covariance is singular."""
    patterns = layout.patterns
    subjects = np.bincount(patterns.group, weights=patterns.count)
    return bool((subjects < patterns.present.shape[1]).any())


def _optimise(likelihood: Likelihood) -> Optimum | None:
    """Start from pooled residual moments, and once more without correlations if that fails."""
    q = likelihood.data.q
    squares = np.zeros((q, q))
    squares[-1, -1] = 1.0
    gram = likelihood.data.gram(squares)
    best = None
    for start in (gram, gram * np.eye(gram.shape[1])):
        optimum = minimise(likelihood, likelihood.covariance.start(start))
        if optimum is not None and optimum.converged:
            return optimum
        best = best or optimum
    return best


def _record(structure: str, optimum: Optimum | None) -> Attempt:
    if optimum is None:
        return Attempt(structure, False, 0, float("nan"), "the likelihood cannot be evaluated")
    gradient = float(np.abs(optimum.gradient).max())
    return Attempt(structure, optimum.converged, optimum.steps, gradient, optimum.problem)


def check_identified(table: Table, design: Design, basis: Basis) -> None:
    """Refuse data that cannot tell the coefficients, or the covariance of a subject.

    Raises
    ------
    DataError
        When there is nothing to estimate, or too little to estimate it from.
    """
    n, p = table.n_obs, len(basis.kept)
    if p == 0:
        raise DataError("no column of the design can be estimated", got=", ".join(design.names) or "no terms")
    if n <= p:
        raise DataError("there are not more rows than coefficients", got=f"{n} rows, {p} coefficients")
    if table.n_subjects < 2:
        raise DataError("there is one subject only", hint="a covariance needs several subjects")


def check_residual(table: Table, data: CrossProducts) -> None:
    """Refuse a response that the model fits exactly.

    Raises
    ------
    DataError
        When the residuals are rounding.
    """
    both = data.patterns.present
    every = np.eye(both.shape[1]) * both[:, :, None]
    residual_ss = float(data.total(every)[-1, -1])
    if residual_ss <= table.n_obs * (EXACT * table.largest_response) ** 2:
        raise DataError(
            "the model fits the response exactly, so nothing is left to estimate a variance from",
            hint="is the response constant, or a column of the formula?",
        )
