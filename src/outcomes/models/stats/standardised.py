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
from scipy import special

from outcomes.errors import ArgumentError, one_of, plural
from outcomes.models.stats.design import Design
from outcomes.models.stats.input_frames import names
from outcomes.models.stats.kernels.reference import interval_factor, two_sided_p
from outcomes.models.stats.regression import Fit
from outcomes.results import Estimates

__all__ = ["FEW_PATIENTS", "SEPARATION", "ResponseFit", "uncorrected", "unfitted"]

Array = NDArray[np.float64]
PERIOD_DAYS = 28
#: Rows of the design (covariate patterns x combinations of levels) that are built at once.
GRID_ROWS = 500_000
SEPARATION = (
    "separated: in some group all or none of the days have the event, its coefficient is at its limit"
)
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
    """

    design: Design | None
    link: str

    def days_per_28(self, by: str | Sequence[str] | None = None) -> Estimates:
        """Return the standardised mean days per 28 at each level of one or more factors.

        Parameters
        ----------
        by : str or sequence of str, optional
            Categorical variables of the formula. None: the mean over the rows as they are.

        Returns
        -------
        Estimates
            One row a level (or combination): estimate, std_error, lower, upper in days per 28;
            n patients with a row at that level, N patients in the model.

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
        title = "Expected days per 28, averaged over the rows of the model"
        if self.design is None or not np.isfinite(self.coefficients).all():
            return self._nothing(title, factors)
        grid, means, gradients = self._means(factors)
        scale, unscale, slope = _transform(self.link)
        link_se = np.sqrt(_quadratic(gradients, self.covariance)) * slope(means)
        half = interval_factor(self.level, self.df) * link_se
        frame = grid.assign(
            estimate=PERIOD_DAYS * means,
            std_error=PERIOD_DAYS * np.sqrt(_quadratic(gradients, self.covariance)),
            df=self.df,
            lower=PERIOD_DAYS * unscale(scale(means) - half),
            upper=PERIOD_DAYS * unscale(scale(means) + half),
            n=self._patients(grid),
            N=self.n_subjects,
            status=self.status,
        )
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
        se = np.sqrt(_quadratic(difference, self.covariance))
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
            status=self.status,
        )
        if count == 1:
            return self._nothing(title, others, reason=f"one level of {by}: nothing to compare")
        return Estimates(
            frame[~at_base], title, self.method, self.level, self.notes, self.status, self._facts()
        )

    def _means(self, factors: list[str]) -> tuple[pd.DataFrame, Array, Array]:
        """Return the grid of levels, the mean of h(x'b) at each, and its gradient in b."""
        design = self._fitted()
        if len(set(factors)) < len(factors):
            raise ArgumentError("a variable is named twice", got=", ".join(factors))
        combos = list(itertools.product(*(self._levels(name) for name in factors)))
        grid = pd.DataFrame(combos, columns=factors) if factors else pd.DataFrame(index=[0])
        weight = np.bincount(design.cell, weights=self._row_weight(), minlength=len(design.covariates))
        weight = weight / weight.sum()
        means, gradients = np.empty(len(grid)), np.empty((len(grid), len(self.coefficients)))
        size = len(design.covariates)
        block = max(1, GRID_ROWS // size)
        for low in range(0, len(combos), block):
            x = self._set(factors, combos[low : low + block]).reshape(-1, size, len(self.coefficients))
            value, slope = _inverse(self.link, x @ self.coefficients)
            means[low : low + block] = value @ weight
            gradients[low : low + block] = np.einsum("gc,gcp->gp", weight * slope, x)
        return grid, means, gradients

    def _set(self, factors: list[str], combos: list[tuple[Any, ...]]) -> Array:
        """Return the matrix of all covariate patterns, once for each combination of levels."""
        design = self._fitted()
        if not factors:
            return design.matrix
        covariates = pd.concat([design.covariates] * len(combos), ignore_index=True)
        for name, values in zip(factors, zip(*combos, strict=True), strict=True):
            repeated = np.repeat(np.array(values, dtype=object), len(design.covariates))
            covariates[name] = pd.Series(repeated, index=covariates.index).astype(covariates[name].dtype)
        return design.at(covariates)

    def _levels(self, name: str) -> list[Any]:
        covariates = self._fitted().covariates
        categorical = [c for c in covariates if isinstance(covariates[c].dtype, pd.CategoricalDtype)]
        one_of("by", name, categorical)
        return list(covariates[name].cat.categories)

    def _patients(self, grid: pd.DataFrame) -> list[int]:
        """Return how many patients have a row at each combination of the grid."""
        design = self._fitted()
        counts = []
        for combo in grid.itertuples(index=False):
            at = np.ones(len(design.covariates), dtype=bool)
            for name, value in zip(grid.columns, combo, strict=True):
                at &= (design.covariates[name] == value).to_numpy()
            counts.append(len(np.unique(design.subject[at[design.cell]])))
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
        frame = pd.DataFrame([dict.fromkeys(factors) | {"estimate": np.nan, "status": why}])
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


def uncorrected(patients: int) -> tuple[str, ...]:
    """Say how many patients Mancl and DeRouen's correction could not be made for."""
    who = plural(patients, "patient alone determines", "patients alone determine")
    return (f"{who} a coefficient: the leverage is not corrected",) if patients else ()


def _inverse(link: str, eta: Array) -> tuple[Array, Array]:
    if link == "log":
        return np.exp(eta), np.exp(eta)
    p = special.expit(eta)
    return p, p * (1 - p)


def _transform(link: str) -> tuple[Any, Any, Any]:
    if link == "log":
        return np.log, np.exp, lambda m: 1 / m
    return special.logit, special.expit, lambda m: 1 / (m * (1 - m))


def _quadratic(rows: Array, covariance: Array) -> Array:
    return np.asarray(np.einsum("ij,jk,ik->i", rows, covariance, rows))
