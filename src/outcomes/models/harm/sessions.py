"""Which sessions have an event: dose, first or later, duration, age; the sessions of a patient clustered."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from outcomes.errors import ArgumentError, one_of
from outcomes.models.harm.at_risk.events import counted_events
from outcomes.models.harm.at_risk.names import PATIENT, SESSION
from outcomes.models.harm.at_risk.request import refuse_repeated
from outcomes.models.harm.at_risk.units import AtRisk, at_risk_units
from outcomes.models.stats.input_frames import TESTED, check_columns, names
from outcomes.models.stats.intervals.arguments import check_level
from outcomes.models.stats.kernels.reference import ratio_of
from outcomes.models.stats.logistic_gee import (
    Correlation,
    Covariance,
    LogisticFit,
    LogisticModel,
    fit_logistic,
)
from outcomes.results import Estimates

__all__ = ["COVARIATES", "event_sessions", "with_later"]

#: Covariates that are used when the sessions have them: dose, first or later session, duration, age.
COVARIATES = ("dose_mg_per_kg", "later_session", "hours", "age")
#: Name of the response inside the model; no column of a user is called so.
RESPONSE = "session_has_event"
SEPARATED = (
    "separated: a covariate tells sessions with and without the event apart, its odds ratio is at a limit"
)
CAUTION = (
    "an association, not an effect: dose and duration follow what a patient tolerates, "
    "and who has later sessions has tolerated the first"
)


def event_sessions(
    events: pd.DataFrame,
    sessions: pd.DataFrame,
    *,
    covariates: str | Sequence[str] | None = None,
    where: str | Sequence[str] = (),
    correlation: Correlation = "exchangeable",
    vcov: Covariance = "mancl-derouen",
    level: float = 0.95,
    unknown: str = "raise",
) -> Estimates:
    """Fit the odds that a session has an event, by generalised estimating equations.

    Parameters
    ----------
    events : DataFrame
        One row per event, with its session; events without a session are counted in a note.
    sessions : DataFrame
        One row per session with the covariates, for example `oc.exposure(study)` joined with age.
    covariates : str or sequence of str, optional
        Columns of `sessions`: numbers, booleans or categories. Default: those of ``dose_mg_per_kg,
        later_session, hours, age`` that there are; ``later_session`` is made from ``session_number`` or
        ``start``.
    where : str or sequence of str
        Boolean columns of `events`: only events with all of them are counted.
    correlation : {"exchangeable", "independence"}
        Working correlation of a patient's sessions.
    vcov : {"mancl-derouen", "robust", "model"}
        Covariance: robust with small-sample correction and t; robust; of the working model.
    level : float
        Confidence level.
    unknown : {"raise", "note"}
        What becomes of events in sessions that are not in `sessions`.

    Returns
    -------
    Estimates
        One row per coefficient: ``estimate`` (log odds ratio per unit of the covariate), ``std_error, df,
        statistic, p_value, lower, upper``, ``odds_ratio`` with its limits, ``n`` sessions with an event of
        ``N``, ``status``. Where no session or every session has an event, or a covariate tells them apart
        without error, there is a status and no number.

    Raises
    ------
    ArgumentError
        For columns that do not exist.
    DataError
        For events in unknown sessions and sessions that occur twice.

    Notes
    -----
    ``logit P(event in session) = x'b`` with a patient's sessions exchangeably correlated; sandwich covariance
    over patients, corrected for small numbers of them (Mancl and DeRouen), t on patients minus coefficients
    degrees of freedom. Sessions with a missing covariate are left out and counted.

    References
    ----------
    Liang KY, Zeger SL. Longitudinal data analysis using generalized linear models. Biometrika 1986;73:13-22.
    doi:10.1093/biomet/73.1.13

    Mancl LA, DeRouen TA. A covariance estimator for GEE with improved small-sample properties.
    Biometrics 2001;57:126-134. doi:10.1111/j.0006-341X.2001.00126.x

    Examples
    --------
    >>> import numpy as np, pandas as pd
    >>> sessions = pd.DataFrame({"session_id": range(80), "patient_id": np.repeat(range(20), 4),
    ...     "session_number": np.tile([1, 2, 3, 4], 20)})
    >>> events = sessions[(sessions["session_number"] == 1) & (sessions["patient_id"] < 12)
    ...     | (sessions["session_id"] % 7 == 3)]
    >>> result = event_sessions(events, sessions)
    >>> result[["term", "n", "N", "status"]].to_numpy().tolist()
    [['Intercept', 22, 80, 'ok'], ['later_session', 22, 80, 'ok']]
    """
    one_of("correlation", correlation, ("exchangeable", "independence"))
    check_level(level)
    where = names(where, "where")
    units = at_risk_units(sessions, SESSION, None)
    refuse_repeated(sessions, units)
    counted, notes, _ = counted_events(events, units, "session", None, where, unknown)
    hit = np.bincount(counted.unit, minlength=len(units)) > 0
    data = with_later(sessions)
    chosen = _covariates(data, covariates)
    data = data[[PATIENT, *chosen]].assign(**{RESPONSE: hit})
    method = f"logistic GEE, {correlation} sessions within patients, {vcov} covariance"
    reason = _why_not(data, chosen, units)
    formula = f"{RESPONSE} ~ " + " + ".join(
        f"`{name}`" if not name.isidentifier() else name for name in chosen
    )
    if reason:
        return _result(_no_numbers(chosen), data, chosen, notes, reason, level, method)
    fit = fit_logistic(LogisticModel(formula, PATIENT, correlation, vcov, level), data)
    return _result(_numbers(fit), data, chosen, [*notes, *fit.notes], _status(fit), level, method)


def with_later(sessions: pd.DataFrame) -> pd.DataFrame:
    """Return the sessions with ``later_session``: 1 for any but the patient's first."""
    if "later_session" in sessions.columns:
        return sessions
    if "session_number" in sessions.columns:
        number = sessions["session_number"]
        return sessions.assign(later_session=(number > 1).astype(np.float64).where(number.notna()))
    if "start" in sessions.columns:
        first = sessions.groupby(PATIENT)["start"].transform("min")
        later = (sessions["start"] > first).astype(np.float64)
        return sessions.assign(later_session=later.where(sessions["start"].notna()))
    return sessions


def _covariates(data: pd.DataFrame, covariates: str | Sequence[str] | None) -> list[str]:
    if covariates is None:
        found = [name for name in COVARIATES if name in data.columns and data[name].notna().any()]
        if not found:
            raise ArgumentError(
                "the sessions have no covariate",
                allowed=", ".join(COVARIATES),
                hint="name columns in covariates=",
            )
        return found
    chosen = names(covariates, "covariates")
    check_columns("sessions", data, chosen)
    return chosen


def _why_not(data: pd.DataFrame, chosen: list[str], units: AtRisk) -> str:
    """Return why nothing can be fitted, or an empty string."""
    complete = data[data[chosen].notna().all(axis=1)]
    if not len(complete):
        return "no session can be used"
    if len(units.patients) < 2:
        return "one patient: the variation between patients is unknown"
    if not complete[RESPONSE].any():
        return "no session has the event: odds ratios cannot be estimated"
    if complete[RESPONSE].all():
        return "every session has the event: odds ratios cannot be estimated"
    return ""


def _status(fit: LogisticFit) -> str:
    if fit.status.startswith("separated"):
        return SEPARATED
    return fit.status


def _numbers(fit: LogisticFit) -> pd.DataFrame:
    frame = fit.to_frame()
    if fit.status != "ok":
        frame = frame.drop(columns="status")
        frame[list(TESTED)] = np.nan
    frame["term"] = frame["term"].replace({"1": "Intercept"})
    return frame


def _no_numbers(chosen: list[str]) -> pd.DataFrame:
    return pd.DataFrame({"term": ["Intercept", *chosen]}).assign(**dict.fromkeys(TESTED, np.nan))


def _result(
    frame: pd.DataFrame,
    data: pd.DataFrame,
    chosen: list[str],
    notes: Sequence[str],
    status: str,
    level: float,
    method: str,
) -> Estimates:
    complete = data[data[chosen].notna().all(axis=1)]
    odds = {"odds_ratio": "estimate", "odds_ratio_lower": "lower", "odds_ratio_upper": "upper"}
    for column, source in odds.items():
        frame[column] = ratio_of(frame[source].where(frame["term"] != "Intercept"))
    frame["n"], frame["N"] = int(complete[RESPONSE].sum()), len(complete)
    frame["status"] = frame.pop("status") if "status" in frame else status
    return Estimates(
        frame,
        title="Log odds that a session has an event, per unit of each covariate",
        method=method,
        level=level,
        notes=(*notes, CAUTION),
        status=status or "ok",
        meta={
            "n": int(complete[RESPONSE].sum()),
            "N": len(complete),
            "sessions_left_out": len(data) - len(complete),
        },
    )
