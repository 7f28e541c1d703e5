"""Every diary day: the probability of an event by phase and time, robust to a patient's correlated days."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from outcomes.errors import ArgumentError, DataError, one_of
from outcomes.models.stats.design import Design, make_design
from outcomes.models.stats.intervals.arguments import check_level
from outcomes.models.stats.kernels.cluster_robust import cluster_starts, mancl_derouen, robust
from outcomes.models.stats.kernels.gee import GeeFit, Rows, fit_gee
from outcomes.models.stats.standardised import (
    FEW_PATIENTS,
    SEPARATION,
    ResponseFit,
    numbers,
    uncorrected,
    unfitted,
)

__all__ = ["DailyFit", "add_interruption", "daily"]

Array = NDArray[np.float64]
Correlation = Literal["independence", "exchangeable", "ar1"]
Covariance = Literal["mancl-derouen", "robust", "model"]

CORRELATIONS = ("independence", "exchangeable", "ar1")
COVARIANCES = ("mancl-derouen", "robust", "model")
PERIOD_DAYS = 28


@dataclass(frozen=True, slots=True, eq=False, kw_only=True, repr=False)
class DailyFit(ResponseFit):
    """A `ResponseFit` whose rows may stand for several days that share their covariates."""

    day_counts: Array | None = None

    def _row_weight(self) -> Array | None:
        """Each recorded day counts once."""
        return self.day_counts


def add_interruption(days: pd.DataFrame) -> pd.DataFrame:
    """Return the days with the columns of an interrupted time series, in months of 28 days.

    Parameters
    ----------
    days : DataFrame
        `day` (0 = first infusion day), `phase` (before, during, after) and `day_after` (1 = the day after
        the course ended), as `oc.days` makes them.

    Returns
    -------
    DataFrame
        A new frame with `months` (day / 28: the slope before treatment), `phase` as a category that begins
        with ``before`` (the change of level) and `months_after` ((day_after - 1) / 28 after the course, else
        0: the change of slope).

    Examples
    --------
    >>> import pandas as pd
    >>> days = pd.DataFrame({"day": [-28, 0, 15], "phase": ["before", "during", "after"],
    ...                      "day_after": [None, None, 15]})
    >>> add_interruption(days)["months_after"].tolist()
    [0.0, 0.0, 0.5]
    """
    missing = [name for name in ("day", "phase", "day_after") if name not in days.columns]
    if missing:
        raise ArgumentError("the days lack columns", got=", ".join(missing), hint="pass the frame of oc.days")
    after = (days["day_after"].astype("Float64") - 1) / PERIOD_DAYS
    return days.assign(
        months=days["day"].astype("Float64") / PERIOD_DAYS,
        months_after=after.fillna(0.0).astype(np.float64),
        phase=pd.Categorical(days["phase"].astype(object), categories=["before", "during", "after"]),
    )


def daily(
    formula: str,
    data: pd.DataFrame,
    *,
    subject: str = "patient_id",
    day: str = "day",
    correlation: Correlation = "ar1",
    vcov: Covariance = "mancl-derouen",
    level: float = 0.95,
) -> DailyFit:
    """Fit a logistic model to diary days by generalised estimating equations.

    Parameters
    ----------
    formula : str
        ``headache ~ terms``: the response is yes/no. `add_interruption` makes the columns of
        ``headache ~ months + phase + months_after``.
    data : DataFrame
        One row a recorded patient-day. A day without an entry has no row, or a missing response.
    subject : str
        Column that names the patient.
    day : str
        Column with the day on the calendar, as a whole number or a date; used by "ar1" only.
    correlation : {"ar1", "exchangeable", "independence"}
        Working correlation of a patient's days. "ar1" is alpha to the power of the days between two
        entries on the calendar, whatever the order of the rows and however many days are missing.
    vcov : {"mancl-derouen", "robust", "model"}
        Robust with small-sample correction and t with patients minus coefficients degrees of freedom;
        robust with a normal reference; or the working correlation's own.
    level : float
        Confidence level.

    Returns
    -------
    DailyFit
        Log odds; `days_per_28` and `ratios` in days. When nothing can be estimated, `status` says why.

    Raises
    ------
    ArgumentError
        For an unknown option, formula or column.
    DataError
        For a response that is not yes/no, or two rows for one patient-day.

    Notes
    -----
    logit P(y = 1) = x'b; sum_i D_i' V_i^-1 (y_i - mu_i) = 0 with V_i = scale A^(1/2) R(alpha) A^(1/2) [1]_.
    Scale: mean squared Pearson residual. alpha: least squares of residual products on R over all pairs of
    a patient's days, as in geepack. Days that share their covariates are added up first under
    independence and exchangeable correlation. Small-sample covariance as in [2]_.

    References
    ----------
    .. [1] Liang KY, Zeger SL. Longitudinal data analysis using generalized linear models.
       Biometrika 1986;73:13-22. https://doi.org/10.1093/biomet/73.1.13
    .. [2] Mancl LA, DeRouen TA. A covariance estimator for GEE with improved small-sample properties.
       Biometrics 2001;57:126-134. https://doi.org/10.1111/j.0006-341X.2001.00126.x

    Examples
    --------
    >>> import numpy as np, pandas as pd
    >>> rng = np.random.default_rng(1)
    >>> patient, day = np.repeat(np.arange(20), 56), np.tile(np.arange(-28, 28), 20)
    >>> frame = pd.DataFrame({"patient_id": patient, "day": day})
    >>> frame["phase"] = np.where(frame["day"] < 0, "1 before", "2 after")
    >>> frame["headache"] = rng.random(len(frame)) < np.where(frame["day"] < 0, 0.8, 0.6)
    >>> fit = daily("headache ~ phase", frame)
    >>> fit.days_per_28("phase")["estimate"].round(0).tolist()
    [22.0, 16.0]
    """
    one_of("correlation", correlation, CORRELATIONS)
    one_of("vcov", vcov, COVARIANCES)
    check_level(level)
    calendar = (day,) if correlation == "ar1" else ()
    design = make_design(formula, data, subject=subject, sort=calendar)
    y = design.response
    if not np.isin(y, (0.0, 1.0)).all():
        raise DataError(
            "the response of a daily model must be yes or no", hint="use a boolean column such as headache"
        )
    about = _About(formula, correlation, vcov, level)
    reason = _why_not(design)
    if reason:
        return DailyFit(
            **unfitted(design, reason),
            title=about.title,
            method=about.method,
            level=level,
            link="logit",
        )
    fit, design, counts = _fit(design, day, correlation)
    return _result(about, fit, design, counts)


@dataclass(frozen=True, slots=True)
class _About:
    formula: str
    correlation: str
    vcov: str
    level: float

    @property
    def title(self) -> str:
        return f"Log odds of {self.formula.split('~')[0].strip()} on a day"

    @property
    def method(self) -> str:
        words = {
            "mancl-derouen": "Mancl-DeRouen covariance, t",
            "robust": "robust covariance, normal reference",
            "model": "model covariance, normal reference",
        }
        working = {"ar1": "AR(1) by calendar day"}.get(self.correlation, self.correlation)
        return f"logistic GEE, {working} working correlation, {words[self.vcov]}"


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
            hint="keep one entry a day, or pass another column as day",
        )
    gap[first] = 0
    return np.asarray(gap, dtype=np.intp)


def _result(about: _About, fit: GeeFit, design: Design, counts: Array) -> DailyFit:
    p = len(design.terms)
    bread = np.linalg.pinv(fit.informations.sum(axis=0), hermitian=True)
    notes: tuple[str, ...] = design.notes
    covariance = bread if about.vcov == "model" else robust(fit.scores, bread)
    if about.vcov == "mancl-derouen":
        covariance, alone = mancl_derouen(fit.scores, fit.informations, bread)
        notes += uncorrected(alone)
    if fit.clipped:
        notes += ("the working correlation was held inside its range",)
    alpha = {} if about.correlation == "independence" else {"alpha": fit.alpha}
    return DailyFit(
        **numbers(design, fit.beta, covariance, separated=fit.separated),
        title=about.title,
        method=about.method,
        df=float(design.n_subjects - p) if about.vcov == "mancl-derouen" else np.inf,
        nobs=int(counts.sum()),
        n_subjects=design.n_subjects,
        level=about.level,
        status=_status(fit, design, about.vcov),
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
