"""The result of a fit."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from outcomes.errors import instance_of, one_of
from outcomes.models.mmrm.fit import Attempt
from outcomes.models.mmrm.hypotheses import (
    Comparison,
    contrasts_of,
    linear_tests,
    means_of,
    read_share,
    tested_columns,
)
from outcomes.models.mmrm.inference import Tested
from outcomes.models.mmrm.intake import Table
from outcomes.models.mmrm.levels import level_label
from outcomes.models.mmrm.likelihood_ratio import likelihood_ratio
from outcomes.models.mmrm.margins import marginal_rows
from outcomes.models.mmrm.model import Model
from outcomes.models.mmrm.options import Options
from outcomes.models.mmrm.predict import design_rows, predict_frame
from outcomes.models.mmrm.robust import fitted_values, normalised_residuals
from outcomes.models.mmrm.term_tests import anova_of, joint_of
from outcomes.models.mmrm.text import summary_text
from outcomes.results import Estimates, Tabular

__all__ = ["MMRMResult"]

Array = NDArray[np.float64]

RESIDUALS = ("response", "pearson", "normalized")


@dataclass(frozen=True, slots=True, eq=False)
class MMRMResult(Tabular):
    """A fitted mixed model for repeated measures; made by `mmrm`.

    Attributes
    ----------
    params, bse, df, tvalues, pvalues : Series
        Coefficients by name of the design's column, with standard error, degrees of freedom, t and
        two-sided P.
    covariance : DataFrame or dict of DataFrame
        Covariance over the visits; by group when there are groups; of two times one unit apart for
        ``sp_exp``.
    llf, aic, aicc, bic : float
        (Restricted) log likelihood and criteria; only covariance parameters are counted, BIC takes the
        log of the number of subjects, as the R package mmrm and SAS PROC MIXED do under REML.
    converged : bool
        Always true: a fit that does not converge raises `ModelError`.
    status : str
        "ok", or which structure was fitted instead of the one asked for and why.
    nobs, n_subjects : int
        Rows and subjects used.
    aliased : tuple of str
        Columns left out because others determine them.
    """

    _model: Model
    _tested: Tested = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_tested", self._model.inference.rows(np.eye(len(self._model.terms))))

    @property
    def formula(self) -> str:
        """The formula."""
        return self._model.formula

    @property
    def options(self) -> Options:
        """Options as they were given."""
        return self._model.options

    # --- coefficients ------------------------------------------------------------------------------

    @property
    def terms(self) -> tuple[str, ...]:
        """Names of the estimated columns."""
        return self._model.terms

    @property
    def aliased(self) -> tuple[str, ...]:
        """Names of the columns that the estimated ones determine."""
        return self._model.aliased

    @property
    def factor_levels(self) -> dict[str, tuple[Any, ...]]:
        """Factors of the formula with their levels in order."""
        return dict(self._model.design.levels)

    @property
    def params(self) -> pd.Series:
        """Coefficients."""
        return self._series(self._tested.estimate, "estimate")

    @property
    def bse(self) -> pd.Series:
        """Standard errors."""
        return self._series(self._tested.std_error, "std_error")

    @property
    def df(self) -> pd.Series:
        """Degrees of freedom of each coefficient's t."""
        return self._series(self._tested.df, "df")

    @property
    def tvalues(self) -> pd.Series:
        """T statistics."""
        return self._series(self._tested.statistic, "statistic")

    @property
    def pvalues(self) -> pd.Series:
        """Two-sided P values."""
        return self._series(self._tested.p_value, "p_value")

    def conf_int(self, alpha: float = 0.05) -> pd.DataFrame:
        """Return confidence limits of the coefficients, columns lower and upper."""
        lower, upper = self._tested.limits(1 - read_share("alpha", alpha))
        return pd.DataFrame({"lower": lower, "upper": upper}, index=pd.Index(self.terms, name="term"))

    def cov_params(self) -> pd.DataFrame:
        """Return the covariance of the coefficients that the tests use."""
        index = pd.Index(self.terms, name="term")
        return pd.DataFrame(self._model.inference.vcov.copy(), index=index, columns=list(self.terms))

    def to_frame(self) -> pd.DataFrame:
        """Return one row per coefficient: term, estimate, std_error, df, statistic, p_value, limits."""
        return pd.DataFrame({"term": self.terms} | tested_columns(self._tested, 0.95))

    # --- the fit -----------------------------------------------------------------------------------

    @property
    def covariance(self) -> Any:
        """Covariance over the visits, a frame, or a frame by group."""
        labels = [level_label(v) for v in self._table.visit_levels] or ["0", "1"]
        index = pd.Index(labels, name=self._model.roles.visit)
        matrices = self._model.matrices()
        frames = [pd.DataFrame(matrix, index=index, columns=index) for matrix in matrices]
        if self._model.roles.group is None:
            return frames[0]
        names = [level_label(v) for v in self._table.group_levels]
        return dict(zip(names, frames, strict=True))

    @property
    def theta(self) -> Array:
        """Covariance parameters as the R package mmrm defines them."""
        return self._model.theta.copy()

    @property
    def theta_vcov(self) -> Array:
        """Inverse of the observed information of theta."""
        return self._model.fitted.theta_vcov

    @property
    def llf(self) -> float:
        """(Restricted) log likelihood."""
        return -0.5 * self._model.fitted.minus2_log_lik

    @property
    def aic(self) -> float:
        """Akaike criterion with the covariance parameters counted."""
        return self._model.fitted.minus2_log_lik + 2.0 * len(self.theta)

    @property
    def aicc(self) -> float:
        """Corrected Akaike criterion."""
        k = len(self.theta)
        m = max(k + 2, self.nobs - len(self._model.inference.beta))
        return self._model.fitted.minus2_log_lik + 2.0 * k * m / (m - k - 1)

    @property
    def bic(self) -> float:
        """Bayesian criterion with the log of the number of subjects."""
        return self._model.fitted.minus2_log_lik + len(self.theta) * float(np.log(self.n_subjects))

    @property
    def converged(self) -> bool:
        """Small gradient and positive definite information."""
        return self._model.fitted.optimum.converged

    @property
    def attempts(self) -> tuple[Attempt, ...]:
        """Every covariance structure that was tried, in order."""
        return self._model.fitted.attempts

    @property
    def covariance_type(self) -> str:
        """Structure that was fitted."""
        return self._model.fitted.structure

    @property
    def df_method(self) -> str:
        """Method of the degrees of freedom."""
        return self._model.inference.method

    @property
    def status(self) -> str:
        """Say "ok", or which structure took the place of the one asked for."""
        return self._model.status

    @property
    def method_line(self) -> str:
        """Method in one line, as it stands under every table."""
        return self._model.method_line

    @property
    def nobs(self) -> int:
        """Rows used."""
        return self._table.n_obs

    @property
    def n_subjects(self) -> int:
        """Subjects with a row used."""
        return self._table.n_subjects

    @property
    def rows(self) -> dict[str, int]:
        """Rows received, used, and left out by reason."""
        return {"received": self._table.received, "used": self.nobs} | self._table.excluded

    @property
    def notes(self) -> tuple[str, ...]:
        """What a reader must know: exclusions, dropped columns, fallbacks."""
        return self._model.notes

    def glance(self) -> pd.DataFrame:
        """Return one row about the fit."""
        facts = {
            "formula": self.formula,
            "covariance": self.covariance_type,
            "method": self.options.method,
            "df_method": self.df_method,
            "vcov": self.options.vcov,
            "nobs": self.nobs,
            "n_subjects": self.n_subjects,
            "n_visits": len(self._table.visit_levels) or self._model.layout.patterns.present.shape[1],
            "n_groups": len(self._table.group_levels),
            "n_theta": len(self.theta),
            "llf": self.llf,
            "aic": self.aic,
            "aicc": self.aicc,
            "bic": self.bic,
            "converged": self.converged,
            "status": self.status,
        }
        return pd.DataFrame([facts])

    # --- marginal means and tests --------------------------------------------------------------------

    def emmeans(
        self,
        factor: str | Sequence[str],
        by: str | Sequence[str] | None = None,
        weights: str = "equal",
        *,
        at: Mapping[str, Any] | None = None,
        level: float = 0.95,
    ) -> Estimates:
        """Return marginal (least squares) means.

        Parameters
        ----------
        factor : str or sequence of str
            Factors whose means are asked for.
        by : str or sequence of str, optional
            Factors within whose levels they are.
        weights : {"equal", "proportional", "counterfactual"}
            How the other variables are averaged over: every level alike, or by the share of rows, with
            covariates at their mean; or everybody once at each level of the factors, with the covariates
            and other factors that each patient has (its standard error takes these as given). The three
            agree in balanced data.
        at : mapping, optional
            Covariate to value (else its mean over the rows used), or to several values: one mean for each;
            factor to the levels to keep.
        level : float
            Confidence level.

        Returns
        -------
        Estimates
            Levels, estimate, std_error, df, statistic, p_value, lower, upper.
        """
        return means_of(self._model, marginal_rows(self._model.grid, factor, by, weights, at), level)

    def contrasts(
        self,
        factor: str | Sequence[str],
        by: str | Sequence[str] | None = None,
        method: str | None = None,
        ref: Any = None,
        *,
        coefs: Mapping[str, Any] | None = None,
        weights: str = "equal",
        at: Mapping[str, Any] | None = None,
        level: float = 0.95,
        adjust: str = "none",
        family: str = "by",
    ) -> Estimates:
        """Return contrasts of marginal means.

        Parameters
        ----------
        factor : str or sequence of str
            Factors whose levels are compared.
        by : str or sequence of str, optional
            Factors within whose levels they are. Without it the other factors, the visit too, are
            averaged over: the mean over the periods.
        method : {"pairwise", "reference", "consecutive", "custom"}
            Every pair (later level minus earlier, or minus `ref`), each level minus `ref`, each minus the
            one before, or `coefs`. Default: reference with `ref`, custom with `coefs`, else pairwise.
        ref : optional
            Level to compare with.
        coefs : mapping, optional
            Label to coefficients, a mapping of levels or one number per level.
        weights, at, level
            As in `emmeans`.
        adjust : {"none", "bonferroni", "holm", "sidak", "tukey", "dunnett", "mvt"}
            Adjustment for the number of comparisons: `p_adjusted`, and limits that hold together. The last
            three are one computation, the multivariate t with the correlations and df of the fit: Tukey's
            for all pairs, Dunnett's for a reference, mvt for any comparisons.
        family : {"by", "all"}
            Adjust within the same levels of `by`, or for all comparisons of the table.

        Returns
        -------
        Estimates
            contrast ("active - placebo"), by-levels, estimate, std_error, df, statistic, p_value,
            p_adjusted when asked for, limits.
        """
        margins = marginal_rows(self._model.grid, factor, by, weights, at)
        ask = Comparison(_method(method, ref, coefs), ref, coefs, adjust, family)
        return contrasts_of(self._model, margins, ask, level)

    def emtrends(
        self,
        covariate: str,
        factor: str | Sequence[str] | None = None,
        by: str | Sequence[str] | None = None,
        *,
        method: str | None = None,
        ref: Any = None,
        weights: str = "equal",
        at: Mapping[str, Any] | None = None,
        level: float = 0.95,
    ) -> Estimates:
        """Return the slope of a covariate at each level, or the differences of slopes.

        Parameters
        ----------
        covariate : str
            A numeric variable of the formula. Where the formula bends it, the slope is that at its mean,
            or at the value in `at`.
        factor, by : str or sequence of str, optional
            Factors at whose levels the slopes are asked for. Default: one slope, averaged over all factors.
        method, ref : optional
            As in `contrasts`: compare the slopes.
        weights, at, level
            As in `emmeans`.

        Returns
        -------
        Estimates
            Levels or contrast, estimate (response per unit of the covariate), std_error, df, statistic,
            p_value, limits.
        """
        margins = marginal_rows(self._model.grid, factor, by, weights, at, slope=covariate)
        if method is None and ref is None:
            return means_of(self._model, margins, level, slope=covariate)
        ask = Comparison(_method(method, ref, None), ref)
        return contrasts_of(self._model, margins, ask, level, slope=covariate)

    def test(
        self,
        matrix: Any,
        *,
        labels: Sequence[str] | None = None,
        level: float = 0.95,
        adjust: str = "none",
    ) -> Estimates:
        """Test rows of L one by one.

        Parameters
        ----------
        matrix : array_like or DataFrame
            One column per coefficient in the order of `terms`; a frame's columns are matched by name.
        labels : sequence of str, optional
            Names of the rows.
        level : float
            Confidence level.
        adjust : str
            As in `contrasts`, for all rows together.
        """
        return linear_tests(self._model, matrix, labels, level, adjust)

    def joint_test(self, what: Any) -> Estimates:
        """Test several coefficients or linear combinations together by F.

        Parameters
        ----------
        what : str, sequence of str, array_like or DataFrame
            Terms of the formula ("arm:visit"), names of coefficients, or L with one column per coefficient.

        Returns
        -------
        Estimates
            term, num_df, df (denominator), statistic (F), p_value.
        """
        return joint_of(self._model, what)

    def anova(self, type: str = "III") -> Estimates:
        """Test every term of the formula by F.

        Parameters
        ----------
        type : {"III", "II"}
            III: the term over a balanced table of the levels, each cell counting the same, as SAS's and R
            mmrm's Type III. II: the term beside all terms that do not contain it, in the data at hand.

        Returns
        -------
        Estimates
            term, num_df, df (denominator), statistic (F), p_value, status. A term whose hypothesis the data
            cannot speak of has no number.

        Notes
        -----
        A factor that meets a covariate in an interaction is tested where the covariate is zero (a note says
        so), as in SAS. Satterthwaite's denominator is that of orthonormal rows of L.

        References
        ----------
        Fai AHT, Cornelius PL (1996). J Stat Comput Simul 54:363-378. doi:10.1080/00949659608811740
        """
        return anova_of(self._model, type)

    def likelihood_ratio(self, other: MMRMResult) -> Estimates:
        """Test this fit against another of the same rows that is a special case of it, or the other way.

        Parameters
        ----------
        other : MMRMResult
            A fit with fewer terms (both by ``method="ml"``), or with a simpler covariance.

        Returns
        -------
        Estimates
            term (what the larger fit has more), df (parameters more), statistic (chi-squared), p_value.

        Raises
        ------
        ArgumentError
            For fits that are not nested, of other rows, or of other fixed effects by REML.
        """
        instance_of("other", other, MMRMResult, hint="give a fit of oc.mmrm")
        return likelihood_ratio(self._model, other._model)

    # --- rows ----------------------------------------------------------------------------------------

    @property
    def fittedvalues(self) -> pd.Series:
        """Fitted means of the rows used, by the labels of the data."""
        self._model.need_rows("fitted values and residuals")
        values = fitted_values(
            self._model.design, self._table, self._model.inference.beta, self._model.fitted.basis.kept
        )
        return pd.Series(values, index=self._table.index[self._table.used], name="fitted")

    def resid(self, kind: str = "response") -> pd.Series:
        """Return residuals of the rows used.

        Parameters
        ----------
        kind : {"response", "pearson", "normalized"}
            Raw; divided by the visit's standard deviation; whitened within the subject by the Cholesky
            factor of its covariance (independent with variance one when the model holds).
        """
        one_of("kind", kind, RESIDUALS)
        values = self._table.response - self.fittedvalues.to_numpy()
        if kind == "normalized":
            values = normalised_residuals(self._table, self._model.layout, self._model.fitted, values)
        elif kind == "pearson":
            values = values / self._model.standard_deviations()
        return pd.Series(values, index=self._table.index[self._table.used], name="resid")

    def predict(
        self,
        newdata: pd.DataFrame | None = None,
        *,
        interval: str = "confidence",
        level: float = 0.95,
    ) -> pd.DataFrame:
        """Predict rows of new patients, given what is seen of them so far.

        Parameters
        ----------
        newdata : DataFrame, optional
            Rows with subject, visit and covariates. Where the response is there it is taken as seen, and
            the patient's other rows are predicted given it. Default: fitted means of the rows used.
        interval : {"confidence", "prediction"}
            Standard error and limits of the (conditional) mean, or of a new observation.
        level : float
            Level of the limits, from the normal distribution.

        Returns
        -------
        DataFrame
            subject, visit, estimate, std_error, lower, upper, status ("observed", "predicted", or "not
            estimable" where no data speak of the row), with the labels of `newdata`. The covariance
            parameters are taken as known; a new observation has the weight 1.
        """
        if newdata is None:
            return self.fittedvalues.to_frame("estimate")
        return predict_frame(self._model, newdata, interval, read_share("level", level))

    def design_matrix(self, newdata: pd.DataFrame | None = None) -> pd.DataFrame:
        """Return the design over the estimated columns, of the rows used or of new rows."""
        if newdata is not None:
            return pd.DataFrame(design_rows(self._model, newdata), newdata.index, self.terms)
        self._model.need_rows("the design of the rows used")
        rows = self._model.design.rows(slice(0, self.nobs))[:, self._model.fitted.basis.kept]
        return pd.DataFrame(rows, self._table.index[self._table.used], self.terms)

    # --- text ----------------------------------------------------------------------------------------

    def summary(self) -> str:
        """Return the fit as text for a terminal."""
        return summary_text(self)

    def __str__(self) -> str:
        return self.summary()

    def __repr__(self) -> str:
        return (
            f"<MMRMResult {self.formula!r}, {self.covariance_type}, {self.nobs} rows, "
            f"{self.n_subjects} subjects, status: {self.status}>"
        )

    def _repr_pretty_(self, printer: Any, cycle: bool) -> None:
        printer.text(repr(self) if cycle else self.summary())

    def _repr_html_(self) -> str:
        """Return the coefficients as a table; all text is escaped."""
        title = f"Mixed model for repeated measures: {self.formula}"
        return self._model.wrap(self.to_frame(), title, 0.95)._repr_html_()

    @property
    def _table(self) -> Table:
        return self._model.table

    def _series(self, values: Array, name: str) -> pd.Series:
        return pd.Series(values, index=pd.Index(self.terms, name="term"), name=name)


def _method(method: str | None, ref: Any, coefs: Mapping[str, Any] | None) -> str:
    """Return the kind of contrasts: the one that is named, else what the other arguments say."""
    return method or ("custom" if coefs is not None else "pairwise" if ref is None else "reference")
