"""From coefficients to days per 28: standardised means and their ratios.

A coefficient of a logit or log model is not what a patient asks about. Here every used row is set to each
level of a factor in turn, its expected days are averaged over the same rows, and the averages are compared.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from outcomes.errors import ArgumentError, one_of
from outcomes.models.stats.design import Design
from outcomes.models.stats.few_patients import FEW, FEW_WORDS, without_interval
from outcomes.models.stats.input_frames import TESTED, names
from outcomes.models.stats.kernels.links import inverse, transform
from outcomes.models.stats.kernels.reference import interval_factor, two_sided_p
from outcomes.models.stats.leverage import LONELY, rests_on_one, without_alone
from outcomes.models.stats.regression import Fit
from outcomes.models.stats.reserved import check_reserved
from outcomes.results import Estimates

__all__ = ["FEW_PATIENTS", "SEPARATION", "ResponseFit", "numbers", "unfitted"]

Array = NDArray[np.float64]
PERIOD_DAYS = 28
#: Columns that the results below have: no factor may be called so.
RESPONSE_COLUMNS = (*TESTED, "contrast", "n", "N", "status")
#: Rows of the design (covariate patterns x combinations of levels) that are built at once.
GRID_ROWS = 500_000
SEPARATION = (
    "separated: in some group all or none of the days have the event, so its coefficient is at its limit"
)
NO_DATA = "no number: no used row has this level"
BEYOND = "no number: the log link expects more days than there are"
FEW_PATIENTS = "not more patients than coefficients: no standard error can be trusted"


@dataclass(frozen=True, slots=True, eq=False, kw_only=True, repr=False)
class ResponseFit(Fit):
    """A `Fit` on a logit or log scale that can also speak in days per 28.

    Parameters
    ----------
    design : Design or None
        Arrays and covariates the model was fitted to; None when there was nothing to fit.
    link : {"logit", "log"}
        Link function of the probability (logit) or of the days per recorded day (log).
    inner : tuple of ndarray
        Coefficients and covariance of the design's orthonormal columns, from which means are computed; their
        covariance by the model, and its part that single patients alone determine.
    bounded : bool
        Whether every response is at most its days: an expected value cannot exceed them then.
    """

    design: Design | None
    link: str
    inner: tuple[Array, ...] = (np.empty(0), *[np.empty((0, 0))] * 3)
    bounded: bool = True

    def days_per_28(self, by: str | Sequence[str] | None = None) -> Estimates:
        """Return the standardised mean days per 28 at each level of one or more factors.

        Parameters
        ----------
        by : str or sequence of str, optional
            Categorical variables of the formula. None: the mean over the rows as they are.

        Returns
        -------
        Estimates
            One row per level (or combination): estimate, std_error, lower, upper in days per 28;
            n patients with a row at that level, N patients in the model. A level that no used row has, a
            combination of which the model cannot speak, and more days of a log link than there are have no
            number and a status that says so.

        Raises
        ------
        ArgumentError
            For a variable that the formula does not have, or that is not categorical.

        Notes
        -----
        m(l) = 28 / n sum_i h(x_i(l)' b), x_i(l) the row i with the factor set to l. Standard error by
        the delta method; limits on the link scale and then transformed, so they stay inside the range.
        """
        factors = names(by)
        check_reserved(factors, own=RESPONSE_COLUMNS)
        title = "Expected days per 28, averaged over the rows of the model"
        if self.design is None or not np.isfinite(self.coefficients).all():
            return self._nothing(title, factors)
        grid, means, gradients = self._means(factors)
        scale, unscale, slope = transform(self.link)
        error = self._errors(gradients)
        link_se = error * slope(means)
        half = np.nan if self.n_subjects < FEW else interval_factor(self.level, self.df) * link_se
        upper = unscale(scale(means) + half)  # a log link knows no highest
        frame = grid.assign(
            estimate=PERIOD_DAYS * means,
            std_error=PERIOD_DAYS * error,
            df=self.df,
            lower=PERIOD_DAYS * unscale(scale(means) - half),
            upper=PERIOD_DAYS * (np.minimum(upper, 1.0) if self.bounded else upper),
            n=self._patients(grid),
            N=self.n_subjects,
            status=self._words(means, error),
        )
        beyond = self.bounded & (means > 1)
        frame.loc[beyond, ["estimate", "std_error", "lower", "upper"]] = np.nan
        frame.loc[beyond, "status"] = BEYOND
        return Estimates(frame, title, self.method, self.level, self.notes, self.status, self._facts())

    def ratios(self, by: str, *, reference: Any = None, within: str | Sequence[str] = ()) -> Estimates:
        """Return ratios of standardised days between levels of a factor.

        Parameters
        ----------
        by : str
            Categorical variable of the formula whose levels are compared.
        reference : level, optional
            The level in the denominator; default the first.
        within : str or sequence of str
            Further factors: one set of ratios at each of their levels.

        Returns
        -------
        Estimates
            contrast, estimate (ratio), std_error (of the log ratio), statistic, p_value, lower, upper.

        Notes
        -----
        The standard error and the interval are those of the log of the ratio, by the delta method.
        """
        others = names(within, "within")
        check_reserved(others, own=RESPONSE_COLUMNS)
        title = f"Ratio of expected days per 28 between levels of {by}"
        if self.design is None or not np.isfinite(self.coefficients).all():
            return self._nothing(title, [*others])
        levels = self._levels(by)
        base = levels[0] if reference is None else reference
        one_of("reference", str(base), [str(level) for level in levels])
        grid, means, gradients = self._means([*others, by])
        at_base = grid[by].astype(str).to_numpy() == str(base)
        count = len(levels)
        base_row = np.repeat(np.flatnonzero(at_base), count)
        logs = gradients / means[:, None]
        difference = logs - logs[base_row]
        se = self._errors(difference)
        log_ratio = np.log(means) - np.log(means[base_row])
        with np.errstate(invalid="ignore", divide="ignore"):
            statistic = log_ratio / se
        half = interval_factor(self.level, self.df) * se
        frame = grid[others].assign(
            contrast=[f"{level} / {base}" for level in grid[by]],
            estimate=np.exp(log_ratio),
            std_error=se,
            df=self.df,
            statistic=statistic,
            p_value=two_sided_p(statistic, self.df),
            lower=np.exp(log_ratio - half),
            upper=np.exp(log_ratio + half),
            n=self._patients(grid),
            N=self.n_subjects,
            status=self._words(log_ratio, se),
        )
        frame = without_interval(frame, np.full(len(frame), self.n_subjects < FEW))
        if count == 1:
            return self._nothing(title, others, reason=f"one level of {by}: nothing to compare")
        return Estimates(
            frame[~at_base], title, self.method, self.level, self.notes, self.status, self._facts()
        )

    def _errors(self, functions: Array) -> Array:
        """Return standard errors of functions of the coefficients, none for what rests on one patient."""
        _, covariance, bread, part = self.inner
        error = np.sqrt(_quadratic(functions, covariance))
        return np.where(rests_on_one(functions, bread, part), np.nan, error)

    def _words(self, estimate: Array, error: Array) -> NDArray[Any]:
        """Say for each row why it has no number, or no interval."""
        if self.status != "ok":
            return np.where(np.isnan(estimate), NO_DATA, self.status)
        few = np.full(len(estimate), self.n_subjects < FEW)
        return np.select([np.isnan(estimate), np.isnan(error), few], [NO_DATA, LONELY, FEW_WORDS], "ok")

    def _means(self, factors: list[str]) -> tuple[pd.DataFrame, Array, Array]:
        """Return the grid of levels, the mean of h(x'b) at each, and its gradient in b."""
        design = self._fitted()
        if len(set(factors)) < len(factors):
            raise ArgumentError("a variable is named twice", got=", ".join(factors))
        combos = list(itertools.product(*(self._levels(name) for name in factors)))
        grid = pd.DataFrame(combos, columns=factors) if factors else pd.DataFrame(index=[0])
        weight = np.bincount(design.cell, weights=self._row_weight(), minlength=len(design.covariates))
        weight = weight / weight.sum()
        coefficients = self.inner[0]
        means, gradients = np.empty(len(grid)), np.empty((len(grid), len(coefficients)))
        size = len(design.covariates)
        block = max(1, GRID_ROWS // size)
        for low in range(0, len(combos), block):
            columns, known = self._set(factors, combos[low : low + block])
            x = columns.reshape(-1, size, len(coefficients))
            value, slope = inverse(self.link, x @ coefficients)
            estimable = (known.reshape(-1, size) | (weight == 0)).all(axis=1)
            means[low : low + block] = np.where(estimable, value @ weight, np.nan)
            moved = np.einsum("gc,gcp->gp", weight * slope, x)
            gradients[low : low + block] = np.where(estimable[:, None], moved, np.nan)
        return grid, means, gradients

    def _set(self, factors: list[str], combos: list[tuple[Any, ...]]) -> tuple[Array, NDArray[np.bool_]]:
        """Return the matrix of all covariate patterns, once for each combination, and where it is known."""
        design = self._fitted()
        if not factors:
            return design.matrix, np.ones(len(design.matrix), dtype=bool)
        covariates = pd.concat([design.covariates] * len(combos), ignore_index=True)
        for name, values in zip(factors, zip(*combos, strict=True), strict=True):
            repeated = np.repeat(np.array(values, dtype=object), len(design.covariates))
            covariates[name] = pd.Series(repeated, index=covariates.index).astype(covariates[name].dtype)
        return design.at(covariates)

    def _levels(self, name: str) -> list[Any]:
        covariates = self._fitted().covariates
        categorical = [c for c in covariates if isinstance(covariates[c].dtype, pd.CategoricalDtype)]
        if name in covariates and name not in categorical:
            raise ArgumentError(
                f"by is not one of its options: {name} is a column of numbers",
                hint=f"fit the model to data.astype({{{name!r}: 'category'}})",
            )
        one_of("by", name, categorical)
        return list(covariates[name].cat.categories)

    def _patients(self, grid: pd.DataFrame) -> list[int]:
        """Return how many patients have a row at each combination of the grid."""
        design = self._fitted()
        counts = []
        for combo in grid.itertuples(index=False, name=None):
            at = np.ones(len(design.covariates), dtype=bool)
            for name, value in zip(grid.columns, combo, strict=True):
                at &= (design.covariates[name] == value).to_numpy()
            counts.append(int(np.count_nonzero(np.bincount(design.subject[at[design.cell]]))))
        return counts

    def _row_weight(self) -> Array | None:
        """Return how often each row counts in the averages: once."""
        return None

    def _fitted(self) -> Design:
        if self.design is None:
            raise ArgumentError("the model was not fitted", got=self.status)
        return self.design

    def _nothing(self, title: str, factors: list[str], *, reason: str = "") -> Estimates:
        why = reason or self.status
        empty = dict.fromkeys(("estimate", "std_error", "df", "lower", "upper"), np.nan)
        frame = pd.DataFrame([dict.fromkeys(factors) | empty | {"status": why}])
        return Estimates(frame, title, self.method, self.level, self.notes, why, self._facts())


def unfitted(design: Design, reason: str) -> dict[str, Any]:
    """Return what a fit holds when nothing could be estimated."""
    p = max(1, len(design.terms))
    return {
        "terms": design.terms or ("(model)",),
        "coefficients": np.full(p, np.nan),
        "covariance": np.full((p, p), np.nan),
        "df": np.nan,
        "nobs": len(design.response),
        "n_subjects": design.n_subjects,
        "status": reason,
        "notes": design.notes,
        "meta": {"converged": False},
        "design": None,
    }


def numbers(
    design: Design, beta: Array, covariance: Array, bread: Array, part: Array, *, separated: bool
) -> dict[str, Any]:
    """Return what a fit holds of its coefficients; a separated one has no number.

    Parameters
    ----------
    design : Design
        What was fitted.
    beta, covariance : ndarray
        Of the design's orthonormal columns.
    bread, part : ndarray
        Their covariance by the model, and its part that single patients alone determine.
    separated : bool
        Whether some coefficient has no finite estimate: where the iterations stopped means nothing.
    """
    blank = np.nan if separated else 1.0
    return {
        "terms": design.terms,
        "coefficients": blank * design.basis.coefficients(beta),
        "covariance": blank
        * without_alone(design.basis.covariance(covariance), design.basis.back, bread, part),
        "inner": (blank * beta, blank * covariance, bread, part),
        "design": design,
    }


def _quadratic(rows: Array, covariance: Array) -> Array:
    # Rounding may leave less than nothing of a variance that is zero.
    return np.asarray(np.maximum(np.einsum("ij,jk,ik->i", rows, covariance, rows), 0.0))
