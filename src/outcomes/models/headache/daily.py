"""Every diary day: the probability of an event by phase and time, robust to a patient's correlated days."""

from __future__ import annotations

import numpy as np
import pandas as pd

from outcomes.errors import ArgumentError
from outcomes.models.stats.logistic_gee import (
    Correlation,
    Covariance,
    LogisticFit,
    LogisticModel,
    fit_logistic,
)

__all__ = ["add_interruption", "daily"]

PERIOD_DAYS = 28


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
) -> LogisticFit:
    """Fit a logistic model to diary days by generalised estimating equations.

    Parameters
    ----------
    formula : str
        ``headache ~ terms``: the response is yes/no. `add_interruption` makes the columns of
        ``headache ~ months + phase + months_after``.
    data : DataFrame
        One row per recorded patient-day. A day without an entry has no row, or a missing response.
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
    LogisticFit
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
    model = LogisticModel(formula, subject, correlation, vcov, level, day)
    return fit_logistic(model, data)
