"""The result of a fit, put together from what it says of coefficients, fit, tests and rows."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from outcomes.errors import instance_of
from outcomes.models.mmrm.inference import Tested
from outcomes.models.mmrm.likelihood_ratio import likelihood_ratio
from outcomes.models.mmrm.model import Model
from outcomes.models.mmrm.printed import summary_text
from outcomes.models.mmrm.result_coefficients import Coefficients
from outcomes.models.mmrm.result_fit import FitFacts
from outcomes.models.mmrm.result_rows import RowValues
from outcomes.models.mmrm.result_tests import Questions
from outcomes.results import Estimates, Tabular
from outcomes.results.tabular import also

__all__ = ["MMRMResult"]


@dataclass(frozen=True, slots=True, eq=False)
class MMRMResult(Coefficients, FitFacts, Questions, RowValues, Tabular):
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
    status, notes : str, tuple of str
        "ok", or which structure was fitted instead of the one asked for and why.
    nobs, n_subjects : int
        Rows and subjects used.
    aliased, terms : tuple of str
        Columns left out because others determine them; columns that are estimated.
    """

    _model: Model
    _tested: Tested = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_tested", self._model.inference.rows(np.eye(len(self._model.terms))))

    def with_status(self, words: str) -> MMRMResult:
        """Return the same fit with a status that also says the words, and so every table of it."""
        inference = self._model.inference
        remark = also(inference.remark or "ok", words)
        return MMRMResult(replace(self._model, inference=replace(inference, remark=remark)))

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
