"""A fitted regression: coefficients with their covariance, and what stands behind them."""

from __future__ import annotations

import html
from collections.abc import Mapping
from dataclasses import dataclass, field
from numbers import Real
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from outcomes.errors import instance_of
from outcomes.models.stats.intervals.arguments import check_level
from outcomes.models.stats.kernels.reference import interval_factor, two_sided_p
from outcomes.models.stats.leverage import LONELY
from outcomes.results import Estimates, Tabular

__all__ = ["Fit"]

Array = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Fit(Tabular):
    """Coefficients, covariance and the facts of one fitted model.

    Parameters
    ----------
    title : str
        What is modelled, with its unit.
    method : str
        Family, link, working correlation, covariance: what a methods section names.
    terms : tuple of str
        Names of the coefficients.
    coefficients : ndarray, shape (p,)
        Estimates on the link scale. NaN only when `status` says why.
    covariance : ndarray, shape (p, p)
        Covariance matrix of the coefficients.
    df : float
        Degrees of freedom of the t reference; infinite for a normal one.
    nobs : int
        Observations used: rows, or diary days for daily models.
    n_subjects : int
        Patients used.
    level : float
        Confidence level.
    status : str
        "ok", or what the reader must know first: a boundary, no convergence, why there is no number.
    notes : tuple of str
        Exclusions with counts, dropped columns, warnings.
    meta : mapping
        Further facts by name: log likelihood, dispersion, correlation, iterations.
    """

    title: str
    method: str
    terms: tuple[str, ...]
    coefficients: Array
    covariance: Array
    df: float
    nobs: int
    n_subjects: int
    level: float = 0.95
    status: str = "ok"
    notes: tuple[str, ...] = ()
    meta: Mapping[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for name in ("coefficients", "covariance"):
            array = np.array(getattr(self, name), dtype=np.float64)
            array.setflags(write=False)
            object.__setattr__(self, name, array)
        object.__setattr__(self, "meta", dict(self.meta))

    @property
    def params(self) -> pd.Series:
        """Estimates on the link scale."""
        return self._series(self.coefficients)

    @property
    def bse(self) -> pd.Series:
        """Standard errors."""
        return self._series(np.sqrt(np.diag(self.covariance)))

    @property
    def tvalues(self) -> pd.Series:
        """Estimate divided by standard error."""
        return self.params / self.bse

    @property
    def pvalues(self) -> pd.Series:
        """Two-sided P values from the t (or, with infinite df, normal) distribution."""
        return self._series(two_sided_p(self.tvalues.to_numpy(), self.df))

    @property
    def llf(self) -> float:
        """Log likelihood; NaN for a model without one (estimating equations)."""
        return float(self.meta.get("llf", np.nan))

    @property
    def aic(self) -> float:
        """Akaike's criterion: -2 llf + 2 parameters, dispersion counted."""
        return float(-2 * self.llf + 2 * self.meta.get("parameters", len(self.terms)))

    @property
    def bic(self) -> float:
        """Schwarz's criterion with the log of the number of observations, as statsmodels has it."""
        return float(-2 * self.llf + np.log(self.nobs) * self.meta.get("parameters", len(self.terms)))

    @property
    def converged(self) -> bool:
        """Whether the estimates solve their equations."""
        return bool(self.meta.get("converged", False))

    def cov_params(self) -> pd.DataFrame:
        """Return the covariance matrix of the coefficients."""
        return pd.DataFrame(self.covariance, index=list(self.terms), columns=list(self.terms))

    def conf_int(self, alpha: float | None = None) -> pd.DataFrame:
        """Return lower and upper limits per coefficient on the link scale; alpha = 1 - level by default."""
        instance_of("alpha", alpha, Real | None, hint="for 95 % limits it is 0.05")
        level = self.level if alpha is None else check_level(1 - alpha)
        half = interval_factor(level, self.df) * self.bse
        return pd.DataFrame({"lower": self.params - half, "upper": self.params + half})

    def to_frame(self) -> pd.DataFrame:
        """Return one row per coefficient in the package's tidy columns."""
        limits = self.conf_int()
        frame = pd.DataFrame(
            {
                "term": list(self.terms),
                "estimate": self.params.to_numpy(),
                "std_error": self.bse.to_numpy(),
                "df": self.df,
                "statistic": self.tvalues.to_numpy(),
                "p_value": self.pvalues.to_numpy(),
                "lower": limits["lower"].to_numpy(),
                "upper": limits["upper"].to_numpy(),
            }
        )
        none = frame["std_error"].isna() & (self.status == "ok")
        return frame.assign(status=np.where(none, LONELY, self.status))

    def to_estimates(self) -> Estimates:
        """Return the coefficients as `Estimates`."""
        return Estimates(
            self.to_frame(), self.title, self.method, self.level, self.notes, self.status, self._facts()
        )

    def glance(self) -> pd.DataFrame:
        """Return one row of facts: method, status, counts, fit criteria."""
        return self.to_estimates().glance()

    def summary(self) -> str:
        """Return the fit as text for a terminal."""
        counts = f"{self.nobs} observations of {self.n_subjects} patients"
        return f"{self.to_estimates().summary()}\n- {counts}"

    def __str__(self) -> str:
        return self.summary()

    def __repr__(self) -> str:
        return (
            f"<{type(self).__name__} {self.title!r}: {self.nobs} observations of {self.n_subjects} patients, "
            f"status: {self.status}>"
        )

    def _repr_pretty_(self, printer: Any, cycle: bool) -> None:
        printer.text(repr(self) if cycle else self.summary())

    def _repr_html_(self) -> str:
        counts = f"{self.nobs} observations of {self.n_subjects} patients"
        return f"<div>{self.to_estimates()._repr_html_()}<small>{html.escape(counts)}</small></div>"

    def _series(self, values: Array) -> pd.Series:
        return pd.Series(values, index=list(self.terms))

    def _facts(self) -> dict[str, Any]:
        criteria = {"aic": self.aic, "bic": self.bic} if "llf" in self.meta else {}
        return {"nobs": self.nobs, "n_subjects": self.n_subjects, "df": self.df, **criteria, **self.meta}
