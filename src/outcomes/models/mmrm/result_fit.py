"""What a fit says of itself: covariance, criteria, status, counts."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from outcomes.models.mmrm.fit import Attempt
from outcomes.models.mmrm.levels import level_label
from outcomes.models.mmrm.model import Model
from outcomes.models.mmrm.options import Options
from outcomes.models.stats.input_frames import names

__all__ = ["FitFacts"]

Array = NDArray[np.float64]


class FitFacts:
    """Facts of the fit; a part of `MMRMResult`."""

    __slots__ = ()
    _model: Model

    @property
    def formula(self) -> str:
        """The formula."""
        return self._model.formula

    @property
    def options(self) -> Options:
        """Options as they were given."""
        return self._model.options

    @property
    def covariance(self) -> Any:
        """Covariance over the visits, a frame, or a frame by group."""
        labels = [level_label(v) for v in self._model.table.visit_levels] or ["0", "1"]
        index = pd.Index(labels, name=self._model.roles.visit)
        matrices = self._model.matrices()
        frames = [pd.DataFrame(matrix, index=index, columns=index) for matrix in matrices]
        if self._model.roles.group is None:
            return frames[0]
        names = [level_label(v) for v in self._model.table.group_levels]
        return dict(zip(names, frames, strict=True))

    def visit_means(self, by: str | Sequence[str] | None = None, *, level: float = 0.95) -> pd.DataFrame:
        """Return the marginal mean of each visit, or of each group and visit, as `plots.trajectory` draws it.

        Parameters
        ----------
        by : str or sequence of str, optional
            Factors of the formula whose levels are apart.
        level : float
            Confidence level.

        Returns
        -------
        DataFrame
            The columns of `by`, period (the visit), n (rows used), mean, lower, upper.

        Raises
        ------
        ArgumentError
            When the visit or a column of `by` is not a factor of the formula, or the visit is a time.
        """
        visit, table = self._model.roles.visit, self._model.table
        above = names(by)
        means = self.emmeans(visit, by=above or None, level=level).to_frame()  # type: ignore[attr-defined]
        factors = [table.factors[name] for name in above] if table.has_rows else []
        codes = pd.DataFrame(
            {str(i): factor.codes for i, factor in enumerate(factors)} | {"visit": table.visit}
        )
        labels = [*[[level_label(v) for v in factor.levels] for factor in factors],
                  [level_label(v) for v in table.visit_levels]]  # fmt: skip
        counted: dict[tuple[str, ...], int] = {}
        for key, size in codes.value_counts().items() if table.has_rows else ():
            counted[tuple(label[int(code)] for label, code in zip(labels, key, strict=True))] = size
        keys = zip(*[means[name].map(level_label) for name in [*above, visit]], strict=True)
        return means[above].assign(
            period=means[visit],
            n=[counted.get(key, 0) for key in keys],
            mean=means["estimate"],
            lower=means["lower"],
            upper=means["upper"],
        )

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
        return self._model.table.n_obs

    @property
    def n_subjects(self) -> int:
        """Subjects with a row used."""
        return self._model.table.n_subjects

    @property
    def rows(self) -> dict[str, int]:
        """Rows received, used, and left out by reason."""
        return {"received": self._model.table.received, "used": self.nobs} | self._model.table.excluded

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
            "n_visits": len(self._model.table.visit_levels) or self._model.layout.patterns.present.shape[1],
            "n_groups": len(self._model.table.group_levels),
            "n_theta": len(self.theta),
            "llf": self.llf,
            "aic": self.aic,
            "aicc": self.aicc,
            "bic": self.bic,
            "converged": self.converged,
            "status": self.status,
        }
        return pd.DataFrame([facts])
