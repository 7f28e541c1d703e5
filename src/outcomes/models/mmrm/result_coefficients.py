"""What a fit says of its coefficients."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from outcomes.models.mmrm.hypotheses import read_share, tested_columns
from outcomes.models.mmrm.inference import Tested
from outcomes.models.mmrm.model import Model

__all__ = ["Coefficients"]

Array = NDArray[np.float64]


class Coefficients:
    """Coefficients with their tests; a part of `MMRMResult`."""

    __slots__ = ()
    _model: Model
    _tested: Tested

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

    def _series(self, values: Array, name: str) -> pd.Series:
        return pd.Series(values, index=pd.Index(self.terms, name="term"), name=name)
