"""Tests of linear combinations of the coefficients by every degrees-of-freedom method."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from outcomes.models.mmrm.fit import Fitted
from outcomes.models.stats.kernels.kenward_roger import adjusted_vcov
from outcomes.models.stats.kernels.sandwich import Sandwich
from outcomes.models.stats.kernels.satterthwaite import joint_denominator, kenward_roger_joint, satterthwaite

__all__ = ["BetweenWithin", "Inference", "Joint", "Tested", "make_inference"]

Array = NDArray[np.float64]

#: Share of the largest eigenvalue below which a direction of a joint test has no variance (as in R's mmrm).
RANK_TOLERANCE = float(np.sqrt(np.finfo(float).eps))

#: Smaller coefficients of an orthonormal row of L are rounding: the row is not about them.
ZERO = 1e-11
#: An empirical variance below this share of the model's is none.
NO_VARIANCE = 1e-10


@dataclass(frozen=True, slots=True, eq=False)
class BetweenWithin:
    """Degrees of freedom by whether a column varies within subjects.

    Parameters
    ----------
    within : bool array (p,)
        Column varies within a subject, or is the intercept.
    df_between, df_within : float
        Degrees of freedom of the two kinds.
    """

    within: NDArray[np.bool_]
    df_between: float
    df_within: float

    def df(self, involved: NDArray[np.bool_]) -> float:
        """Return the smaller df of the columns involved."""
        kinds = self.within[involved]
        values = [self.df_within] * bool(kinds.any()) + [self.df_between] * bool((~kinds).any())
        return min(values) if values else float("nan")


@dataclass(frozen=True, slots=True, eq=False)
class Tested:
    """Rows of L with estimate, standard error and df; NaN where a row cannot be estimated."""

    estimate: Array
    std_error: Array
    df: Array

    @property
    def statistic(self) -> Array:
        """T statistic."""
        with np.errstate(divide="ignore", invalid="ignore"):
            return np.asarray(self.estimate / self.std_error)

    @property
    def p_value(self) -> Array:
        """Two-sided P."""
        from scipy.special import stdtr

        return np.asarray(2.0 * stdtr(_positive(self.df), -np.abs(self.statistic)))

    def limits(self, level: float) -> tuple[Array, Array]:
        """Return confidence limits."""
        from scipy.special import stdtrit

        half = stdtrit(_positive(self.df), 0.5 + level / 2.0) * self.std_error
        return self.estimate - half, self.estimate + half


@dataclass(frozen=True, slots=True)
class Joint:
    """An F test."""

    num_df: float
    df: float
    statistic: float

    @property
    def p_value(self) -> float:
        """Upper tail of the F distribution."""
        from scipy.special import fdtrc

        if not (self.df > 0 and self.statistic >= 0):
            return float("nan")
        return float(fdtrc(self.num_df, self.df, self.statistic))


def _positive(df: Array) -> Array:
    """Return df with NaN where there are none: no t distribution has zero or negative df."""
    return np.where(df > 0, df, np.nan)


@dataclass(frozen=True, slots=True, eq=False)
class Inference:
    """The coefficients with their covariance and the way to degrees of freedom.

    Parameters
    ----------
    fitted : Fitted
        The fit.
    method : str
        One of `DF_METHODS`.
    beta : array (p,)
        Coefficients of the kept columns.
    vcov_in_basis : array (p, p)
        Their covariance as used, in the basis: it keeps its digits there when a covariate is far from zero.
    n_obs : int
        Rows.
    between_within : BetweenWithin or None
        For that method.
    sandwich : Sandwich or None
        For an empirical covariance, in the basis.
    remark : str
        What a reader must know of the covariance, else empty.
    """

    fitted: Fitted
    method: str
    beta: Array
    vcov_in_basis: Array
    n_obs: int
    between_within: BetweenWithin | None
    sandwich: Sandwich | None
    remark: str = ""

    @property
    def vcov(self) -> Array:
        """Covariance of the coefficients as used."""
        transform = self.fitted.basis.transform
        return np.asarray(transform @ self.vcov_in_basis @ transform.T)

    def covariance_of(self, matrix: Array) -> Array:
        """Return the covariance of rows of L (l, p) with each other."""
        in_basis = matrix @ self.fitted.basis.transform
        return np.asarray(in_basis @ self.vcov_in_basis @ in_basis.T)

    def rows(self, matrix: Array) -> Tested:
        """Test each row of L (l, p) over the kept columns; NaN for rows of NaN."""
        in_basis = matrix @ self.fitted.basis.transform
        variance = np.einsum("lp,pq,lq->l", in_basis, self.vcov_in_basis, in_basis, optimize=True)
        smallest = np.zeros(len(matrix))
        if self.sandwich is not None:  # too few subjects leave some combinations no variance but rounding
            model = self.fitted.optimum.state.vcov
            smallest = NO_VARIANCE * np.einsum("lp,pq,lq->l", in_basis, model, in_basis, optimize=True)
        std_error = np.sqrt(np.where(variance > smallest, variance, np.nan))
        return Tested(matrix @ self.beta, std_error, self._df(matrix))

    def _df(self, matrix: Array) -> Array:
        if self.method == "residual":
            return np.full(len(matrix), float(self.n_obs - len(self.beta)))
        if self.method == "between-within":
            assert self.between_within is not None
            return np.array([self.between_within.df(row != 0) for row in matrix])
        in_basis = matrix @ self.fitted.basis.transform
        if self.sandwich is not None:
            return self.sandwich.df(in_basis)
        return satterthwaite(
            in_basis, self.fitted.optimum.state.vcov, self.fitted.first, self.fitted.theta_vcov
        )

    def joint(self, matrix: Array) -> Joint:
        """Test all rows of L (l, p) together; rows that others determine do not count.

        Satterthwaite's denominator depends on the basis in which L is written (R's mmrm takes the rows as
        they come): it is that of orthonormal rows, so one hypothesis has one P however it is written.
        """
        in_basis, estimate = self._apart(matrix)
        rank = len(in_basis)
        if not rank:  # the coefficients' covariance is not positive definite, and the fit says so
            return Joint(0, np.nan, np.nan)
        if self.method == "satterthwaite":
            return self._joint_by_parts(_orthonormal(matrix), rank)
        covariance = in_basis @ self.vcov_in_basis @ in_basis.T
        statistic = float(estimate @ np.linalg.solve(covariance, estimate)) / rank
        if self.method.startswith("kenward-roger"):
            state = self.fitted.optimum.state
            df, factor = kenward_roger_joint(in_basis, state.vcov, self.fitted.first, self.fitted.theta_vcov)
            return Joint(rank, df, statistic * factor)
        if self.method == "between-within":
            assert self.between_within is not None
            return Joint(rank, self.between_within.df((matrix != 0).any(0)), statistic)
        return Joint(rank, float(self.n_obs - len(self.beta)), statistic)

    def _apart(self, matrix: Array) -> tuple[Array, Array]:
        """Return as many orthonormal rows as L has independent ones, in the basis, and their estimates.

        In the basis every covariate has one scale, so no unit decides which rows the others determine;
        directions without variance do not count.
        """
        in_basis = matrix @ self.fitted.basis.transform
        unit = np.linalg.norm(in_basis, axis=1)
        turn, value, right = np.linalg.svd(in_basis / unit[:, None], full_matrices=False)
        mine = value > RANK_TOLERANCE * value[0]
        estimate = (turn[:, mine].T @ (matrix @ self.beta / unit)) / value[mine]
        rows = right[mine]
        variance, vector = np.linalg.eigh(rows @ self.vcov_in_basis @ rows.T)
        some = variance > NO_VARIANCE * np.abs(variance).max()
        some &= variance[0] > -NO_VARIANCE * variance[-1]  # one below zero: no covariance, so no test at all
        return np.asarray(vector[:, some].T @ rows), np.asarray(vector[:, some].T @ estimate)

    def _joint_by_parts(self, matrix: Array, rank: int) -> Joint:
        """Split L into uncorrelated rows; the F is their mean t squared."""
        value, vector = np.linalg.eigh(self.covariance_of(matrix))
        value, vector = value[::-1], vector[:, ::-1]
        rotated = (vector.T @ matrix)[:rank]
        statistic = float(((rotated @ self.beta) ** 2 / value[:rank]).sum() / rank)
        return Joint(rank, joint_denominator(self._df(rotated)), statistic)


def make_inference(
    fitted: Fitted,
    beta: Array,
    method: str,
    n_obs: int,
    *,
    between_within: BetweenWithin | None = None,
    robust: Sandwich | None = None,
) -> Inference:
    """Return the inference with the covariance of the coefficients that the method uses.

    Plain Kenward-Roger can give a covariance that is not positive definite; the result then says so.
    """
    remark = ""
    if robust is not None:
        vcov = robust.vcov
        if np.linalg.eigvalsh(vcov)[0] <= NO_VARIANCE * np.linalg.eigvalsh(robust.model_vcov)[0]:
            remark = "the empirical covariance of the coefficients is not positive definite: too few subjects"
    elif method.startswith("kenward-roger"):
        vcov = _adjusted(fitted, method)
        if not np.linalg.eigvalsh(vcov)[0] > 0:
            remark = f"the {method} covariance of the coefficients is not positive definite"
    else:
        vcov = fitted.optimum.state.vcov
    return Inference(fitted, method, beta, vcov, n_obs, between_within, robust, remark)


def _adjusted(fitted: Fitted, method: str) -> Array:
    return adjusted_vcov(
        fitted.likelihood,
        fitted.optimum.state,
        fitted.first,
        fitted.theta_vcov,
        linear=method == "kenward-roger-linear",
    )


def _orthonormal(matrix: Array) -> Array:
    """Return orthonormal rows that span the same space."""
    if np.array_equal(matrix @ matrix.T, np.eye(len(matrix))):
        return matrix
    unit = np.linalg.norm(matrix, axis=1)[:, None]
    _, value, right = np.linalg.svd(matrix / unit, full_matrices=False)
    rows = np.asarray(right[value > RANK_TOLERANCE * value[0]])
    return np.where(np.abs(rows) > ZERO, rows, 0.0)
