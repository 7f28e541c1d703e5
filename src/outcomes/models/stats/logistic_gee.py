"""A logistic model by generalised estimating equations: yes/no rows of a patient that are correlated.

Diary days (`headache/daily`) and infusion sessions (`harm/sessions`) are fitted by it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from outcomes.errors import ArgumentError, DataError, one_of
from outcomes.models.stats.design import Design, make_design
from outcomes.models.stats.intervals.arguments import check_level
from outcomes.models.stats.kernels.cluster_robust import alone, cluster_starts, mancl_derouen, robust
from outcomes.models.stats.kernels.gee import GeeFit, Rows, fit_gee
from outcomes.models.stats.leverage import uncorrected
from outcomes.models.stats.standardised import (
    FEW_PATIENTS,
    SEPARATION,
    ResponseFit,
    numbers,
    unfitted,
)

__all__ = ["Correlation", "Covariance", "LogisticFit", "LogisticModel", "fit_logistic"]

Array = NDArray[np.float64]
Correlation = Literal["independence", "exchangeable", "ar1"]
Covariance = Literal["mancl-derouen", "robust", "model"]

CORRELATIONS = ("independence", "exchangeable", "ar1")
COVARIANCES = ("mancl-derouen", "robust", "model")


@dataclass(frozen=True, slots=True, eq=False, kw_only=True, repr=False)
class LogisticFit(ResponseFit):
    """A `ResponseFit` whose rows may stand for several days that share their covariates."""

    day_counts: Array | None = None

    def _row_weight(self) -> Array | None:
        """Each recorded day counts once."""
        return self.day_counts


@dataclass(frozen=True, slots=True)
class LogisticModel:
    """What is to be fitted: the formula, who the rows belong to and how they are correlated.

    Parameters
    ----------
    formula : str
        The response is yes/no.
    subject : str
        Column that names the patient.
    correlation : {"ar1", "exchangeable", "independence"}
        Working correlation of a patient's rows; "ar1" needs `day`.
    vcov : {"mancl-derouen", "robust", "model"}
        Covariance of the coefficients.
    level : float
        Confidence level.
    day : str
        Column with the day on the calendar, used by "ar1" only.
    """

    formula: str
    subject: str
    correlation: Correlation
    vcov: Covariance
    level: float
    day: str = "day"

    @property
    def title(self) -> str:
        """The response in words."""
        return f"Log odds of {self.formula.split('~')[0].strip()} on a day"

    @property
    def method(self) -> str:
        """Working correlation and covariance in words."""
        words = {
            "mancl-derouen": "Mancl-DeRouen covariance, t",
            "robust": "robust covariance, normal reference",
            "model": "model covariance, normal reference",
        }
        working = {"ar1": "AR(1) by calendar day"}.get(self.correlation, self.correlation)
        return f"logistic GEE, {working} working correlation, {words[self.vcov]}"


def fit_logistic(model: LogisticModel, data: pd.DataFrame) -> LogisticFit:
    """Fit the model to the rows; where nothing can be estimated, `status` says why."""
    one_of("correlation", model.correlation, CORRELATIONS)
    one_of("vcov", model.vcov, COVARIANCES)
    check_level(model.level)
    calendar = (model.day,) if model.correlation == "ar1" else ()
    design = make_design(model.formula, data, subject=model.subject, sort=calendar)
    if not np.isin(design.response, (0.0, 1.0)).all():
        raise DataError(
            "the response of a daily model must be yes or no", hint="use a boolean column such as headache"
        )
    reason = _why_not(design)
    if reason:
        return LogisticFit(
            **unfitted(design, reason),
            title=model.title,
            method=model.method,
            level=model.level,
            link="logit",
        )
    fit, design, counts = _fit(design, model.day, model.correlation)
    return _result(model, fit, design, counts)


def _why_not(design: Design) -> str:
    if not len(design.response):
        return "no day can be used"
    if design.n_subjects < 2:
        return "one patient: the variation between patients is unknown"
    if not design.response.any():
        return "no recorded day has the event: the estimate is at its limit"
    if design.response.all():
        return "every recorded day has the event: the estimate is at its limit"
    return ""


def _fit(design: Design, day: str, correlation: str) -> tuple[GeeFit, Design, Array]:
    if correlation == "ar1":
        gap = _gaps(design, day)
        ones = np.ones(len(gap))
        rows = Rows(design.matrix[design.cell], design.response, ones, cluster_starts(design.subject), gap)
        return fit_gee(rows, correlation), design, ones
    design, counts = _aggregate(design)
    starts = cluster_starts(design.subject)
    none = np.zeros(len(counts), dtype=np.intp)
    rows = Rows(design.matrix[design.cell], design.response, counts, starts, none)
    return fit_gee(rows, correlation), design, counts


def _aggregate(design: Design) -> tuple[Design, Array]:
    """Add up the days of a patient that share their covariates."""
    code = design.subject * len(design.matrix) + design.cell
    keys, where = np.unique(code, return_inverse=True)
    counts = np.bincount(where).astype(np.float64)
    events = np.bincount(where, weights=design.response).astype(np.float64)
    return design.collapsed(events, keys // len(design.matrix), keys % len(design.matrix)), counts


def _day_numbers(column: pd.Series, day: str) -> Array:
    """Return days on the calendar as whole numbers."""
    kind = pd.api.types.infer_dtype(column, skipna=True)
    if kind in ("date", "datetime", "datetime64"):
        return np.asarray(pd.to_datetime(column).to_numpy().astype("datetime64[D]").astype(np.float64))
    if kind not in ("integer", "floating", "mixed-integer-float"):
        raise ArgumentError("calendar days must be whole numbers or dates", got=f"{kind} in {day!r}")
    number: Array = column.to_numpy(dtype=np.float64)
    if not np.isfinite(number).all() or (number != np.round(number)).any():
        raise DataError(
            "calendar days must be whole numbers or dates", got=f"fractions or infinite numbers in {day!r}"
        )
    return number


def _gaps(design: Design, day: str) -> NDArray[np.intp]:
    """Return days since the patient's entry before; 0 at the first."""
    number = _day_numbers(design.rows[day], day)
    gap = np.diff(number, prepend=number[:1]).astype(np.intp)
    first = cluster_starts(design.subject)
    same = np.ones(len(gap), dtype=bool)
    same[first] = False
    repeated = int((same & (gap == 0)).sum())
    if repeated:
        raise DataError(
            "a patient has two rows for one day",
            got=f"{repeated} repeated patient-days",
            hint="keep one entry per day, or pass another column as day",
        )
    gap[first] = 0
    return np.asarray(gap, dtype=np.intp)


def _result(model: LogisticModel, fit: GeeFit, design: Design, counts: Array) -> LogisticFit:
    p = len(design.terms)
    bread = np.linalg.pinv(fit.informations.sum(axis=0), hermitian=True)
    covariance, part = bread, np.zeros((p, p))
    if model.vcov == "robust":
        covariance, part = robust(fit.scores, bread), alone(fit.informations, bread)[1]
    if model.vcov == "mancl-derouen":
        covariance, part = mancl_derouen(fit.scores, fit.informations, bread)
    notes = (*design.notes, *uncorrected(part))
    if fit.clipped:
        notes += ("the working correlation was held inside its range",)
    alpha = {} if model.correlation == "independence" else {"alpha": fit.alpha}
    return LogisticFit(
        **numbers(design, fit.beta, covariance, bread, part, separated=fit.separated),
        title=model.title,
        method=model.method,
        df=float(design.n_subjects - p) if model.vcov == "mancl-derouen" else np.inf,
        nobs=int(counts.sum()),
        n_subjects=design.n_subjects,
        level=model.level,
        status=_status(fit, design, model.vcov),
        notes=notes,
        meta={"scale": fit.scale, **alpha, "converged": fit.converged, "iterations": fit.steps},
        link="logit",
        day_counts=counts,
    )


def _status(fit: GeeFit, design: Design, vcov: str) -> str:
    if fit.separated:
        return SEPARATION
    if not fit.converged:
        return f"not converged after {fit.steps} steps"
    if vcov == "mancl-derouen" and design.n_subjects <= len(design.terms):
        return FEW_PATIENTS
    return "ok"
