"""What a fit says of rows: fitted values, residuals, predictions, the design."""

from __future__ import annotations

import pandas as pd

from outcomes.errors import one_of
from outcomes.models.mmrm.hypotheses import read_share
from outcomes.models.mmrm.model import Model
from outcomes.models.mmrm.predict import design_rows, predict_frame
from outcomes.models.mmrm.robust import fitted_values, normalised_residuals

__all__ = ["RowValues"]

RESIDUALS = ("response", "pearson", "normalized")


class RowValues:
    """Values of rows; a part of `MMRMResult`."""

    __slots__ = ()
    _model: Model

    @property
    def fittedvalues(self) -> pd.Series:
        """Fitted means of the rows used, by the labels of the data."""
        self._model.need_rows("fitted values and residuals")
        values = fitted_values(
            self._model.design, self._model.table, self._model.inference.beta, self._model.fitted.basis.kept
        )
        return pd.Series(values, index=self._model.table.index[self._model.table.used], name="fitted")

    def resid(self, kind: str = "response") -> pd.Series:
        """Return residuals of the rows used.

        Parameters
        ----------
        kind : {"response", "pearson", "normalized"}
            Raw; divided by the visit's standard deviation; whitened within the subject by the Cholesky
            factor of its covariance (independent with variance one when the model holds).
        """
        one_of("kind", kind, RESIDUALS)
        values = self._model.table.response - self.fittedvalues.to_numpy()
        if kind == "normalized":
            values = normalised_residuals(self._model.table, self._model.layout, self._model.fitted, values)
        elif kind == "pearson":
            values = values / self._model.standard_deviations()
        return pd.Series(values, index=self._model.table.index[self._model.table.used], name="resid")

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
            return pd.DataFrame(design_rows(self._model, newdata), newdata.index, self._model.terms)
        self._model.need_rows("the design of the rows used")
        rows = self._model.design.rows(slice(0, self._model.table.n_obs))[:, self._model.fitted.basis.kept]
        return pd.DataFrame(rows, self._model.table.index[self._model.table.used], self._model.terms)
