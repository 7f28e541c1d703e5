"""Events of a session against its hours: negative binomial regression by patient, beside the exact rate."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from scipy.special import stdtr, stdtrit

from outcomes.errors import DataError, name_rows, plural
from outcomes.models.harm.at_risk.events import counted_events
from outcomes.models.harm.at_risk.names import PATIENT, SESSION
from outcomes.models.harm.at_risk.request import refuse_repeated
from outcomes.models.harm.at_risk.units import at_risk_units
from outcomes.models.harm.sessions import with_later
from outcomes.models.stats.design import Design, make_design
from outcomes.models.stats.input_frames import TESTED, check_columns, names
from outcomes.models.stats.intervals import rate
from outcomes.models.stats.intervals.arguments import check_level
from outcomes.models.stats.kernels import count_families as families
from outcomes.models.stats.kernels.cluster_robust import cluster_starts, mancl_derouen
from outcomes.models.stats.kernels.count_fit import CountFit, fit_counts
from outcomes.models.stats.kernels.reference import ratio_of
from outcomes.models.stats.leverage import LONELY, uncorrected, without_alone
from outcomes.results import Estimates

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

__all__ = ["event_counts"]

#: Name of the response inside the model; no column of a user is called so.
RESPONSE = "events_of_session"
#: Column of the time at risk, and the hours to which rates refer.
HOURS, PER = "hours", 100.0
#: A fitted rate this far below 1 per hour on the log scale belongs to a group without an event.
SEPARATED = -15.0
CAUTION = "an association, not an effect: dose and duration follow what a patient tolerates"


def event_counts(
    events: pd.DataFrame,
    sessions: pd.DataFrame,
    *,
    covariates: str | Sequence[str] = (),
    where: str | Sequence[str] = (),
    level: float = 0.95,
    unknown: str = "raise",
) -> Estimates:
    """Fit events per infusion-hour by negative binomial regression with log(hours) as offset.

    Parameters
    ----------
    events : DataFrame
        One row per event, with its session; events without a session are counted in a note.
    sessions : DataFrame
        One row per session with its ``hours`` at risk and the covariates.
    covariates : str or sequence of str
        Columns of `sessions`: numbers, booleans or categories; ``later_session`` is made from
        ``session_number`` or ``start``. None: the rate alone.
    where : str or sequence of str
        Boolean columns of `events`: only events with all of them are counted.
    level : float
        Confidence level.
    unknown : {"raise", "note"}
        What becomes of events in sessions that are not in `sessions`.

    Returns
    -------
    Estimates
        One row per coefficient: ``estimate`` (log rate per hour for the intercept, else log rate ratio) with
        ``std_error, df, statistic, p_value, lower, upper``, ``rate_ratio`` with its limits, ``events``,
        ``exposure`` (hours), ``N`` sessions and ``status``. ``meta`` holds ``family`` (what was fitted in the
        end), ``fallback`` (why, or nothing), ``theta``, and the exact rate per 100 hours: ``rate, rate_lower,
        rate_upper`` (Garwood). Where there is no event there is a status and no coefficient; the exact limits
        remain.

    Raises
    ------
    ArgumentError
        For columns that do not exist, and hours that are not numbers.
    DataError
        For hours that are negative or infinite, and sessions that occur twice.

    Notes
    -----
    ``log E(events) = log(hours) + x'b``, ``var = mu + mu^2 / theta`` by maximum likelihood; sandwich
    covariance over patients, corrected for small numbers of them (Mancl and DeRouen), t on patients minus
    coefficients.
    Where the likelihood rises until theta is infinite, the events are no more spread than Poisson's: the
    Poisson model is what is left, and ``meta["fallback"]`` says so; its covariance is the same sandwich.

    References
    ----------
    Lawless JF. Negative binomial and mixed Poisson regression. Can J Stat 1987;15:209-225.
    doi:10.2307/3314912

    Examples
    --------
    >>> import numpy as np, pandas as pd
    >>> sessions = pd.DataFrame({"session_id": range(60), "patient_id": np.repeat(range(20), 3),
    ...     "hours": 2.0})
    >>> events = sessions.loc[np.repeat([0, 1, 2, 9, 10, 30, 45], [6, 1, 5, 1, 1, 2, 4])]
    >>> fit = event_counts(events, sessions)
    >>> print(fit.meta["family"], round(fit.meta["rate"], 1), fit["events"].tolist(), fit.status)
    negative-binomial 16.7 [20] ok
    """
    chosen, where = names(covariates, "covariates"), names(where, "where")
    check_level(level)
    check_columns("sessions", sessions, [HOURS], numbers=[HOURS])
    units = at_risk_units(sessions, SESSION, None)
    refuse_repeated(sessions, units)
    counted, notes, _ = counted_events(events, units, "session", None, where, unknown)
    y = np.bincount(counted.unit, minlength=len(units)).astype(np.float64)
    data = with_later(sessions)
    check_columns("sessions", data, chosen)
    time = data[HOURS].to_numpy(dtype=np.float64, na_value=np.nan)
    if (time < 0).any():
        what = plural(int((time < 0).sum()), "session has", "sessions have")
        raise DataError(f"{what} negative hours", got=name_rows(np.flatnonzero(time < 0)))
    used = (time > 0) & data[chosen].notna().all(axis=1).to_numpy(dtype=bool)
    if lost := int((~used).sum()):
        notes.append(
            plural(
                lost, "session without hours or a covariate is", "sessions without hours or a covariate are"
            )
            + f" left out, with {plural(int(y[~used].sum()), 'event')}"
        )
    rows = data.loc[used, list(dict.fromkeys([PATIENT, HOURS, *chosen]))].assign(**{RESPONSE: y[used]})
    exact = _exact(y[used], time[used], level)
    fitted = _fitted(rows, chosen)
    frame = _frame(fitted, chosen, level)
    frame["events"], frame["exposure"], frame["N"] = (
        int(y[used].sum()),
        float(time[used].sum()),
        int(used.sum()),
    )
    none = frame["std_error"].isna() & (fitted.status == "ok")
    frame["status"] = np.where(none, LONELY, fitted.status)
    return Estimates(
        frame,
        title="Log events per infusion-hour, and log rate ratios per unit of each covariate",
        method=f"{fitted.family} regression, offset log(hours); covariance robust by patient with Mancl and "
        "DeRouen's correction, t",
        level=level,
        notes=(
            *notes,
            *fitted.notes,
            *([fitted.fallback] if fitted.fallback else []),
            *([CAUTION] if chosen else []),
        ),
        status=fitted.status,
        meta={
            "family": fitted.family,
            "fallback": fitted.fallback,
            "theta": fitted.theta,
            "per": PER,
            **exact,
        },
    )


@dataclass(frozen=True, slots=True, eq=False)
class _Fitted:
    """Coefficients with their covariance, or why there are none."""

    status: str
    family: str = "none"
    fallback: str = ""
    theta: float = float("nan")
    terms: tuple[str, ...] = ()
    beta: Floats | None = None
    covariance: Floats | None = None
    df: float = float("nan")
    notes: tuple[str, ...] = ()


def _exact(y: Floats, time: Floats, level: float) -> dict[str, float]:
    """Return the crude rate with Garwood's limits; they need no model and hold without any event."""
    events, exposure = float(y.sum()), float(time.sum())
    lower, upper = rate(events, exposure, level=level)
    crude = PER * events / exposure if exposure else float("nan")
    return {"rate": crude, "rate_lower": PER * float(lower), "rate_upper": PER * float(upper)}


def _fitted(rows: pd.DataFrame, chosen: list[str]) -> _Fitted:
    formula = f"{RESPONSE} ~ " + (" + ".join(f"`{name}`" for name in chosen) or "1")
    if not len(rows):
        return _Fitted("no session can be used")
    if rows[PATIENT].unique().size < 2:
        return _Fitted("one patient: the variation between patients is unknown")
    if not rows[RESPONSE].any():
        return _Fitted("no event: the rate is at its limit, see the exact one")
    design = make_design(formula, rows, subject=PATIENT, extra=(HOURS,))
    x, starts = design.matrix[design.cell], cluster_starts(design.subject)
    fit, family, fallback = _best(design, x, starts)
    terms = tuple("Intercept" if term == "1" else term for term in design.terms)
    if not fit.converged or (x @ fit.beta < SEPARATED).any():
        why = "separated: in some group there is no event" if fit.converged else "not converged"
        return _Fitted(why, family, fallback, terms=terms, notes=design.notes)
    if design.n_subjects <= x.shape[1]:
        why = "not more patients than coefficients"
        return _Fitted(why, family, fallback, terms=terms, notes=design.notes)
    p = x.shape[1]
    bread = np.linalg.pinv(fit.informations.sum(axis=0), hermitian=True)
    covariance, part = mancl_derouen(fit.scores, fit.informations, bread)
    theta = float(np.exp(fit.log_dispersion)) if family == "negative-binomial" else np.inf
    return _Fitted(
        "ok",
        family,
        fallback,
        theta,
        terms,
        design.basis.coefficients(fit.beta),
        without_alone(
            design.basis.covariance(covariance[:p, :p]), design.basis.back, bread[:p, :p], part[:p, :p]
        ),
        float(design.n_subjects - p),
        (*design.notes, *uncorrected(part[:p, :p])),
    )


def _best(design: Design, x: Floats, starts: NDArray[np.intp]) -> tuple[CountFit, str, str]:
    """Return the negative binomial fit, or Poisson's with the reason when the first has no maximum."""
    y = design.response
    offset = np.log(design.rows[HOURS].to_numpy(dtype=np.float64))
    start = np.linalg.lstsq(x, np.log(y + 0.5) - offset, rcond=None)[0]
    found = fit_counts(
        x,
        starts,
        lambda eta, t: families.negative_binomial(y, eta + offset, t),
        beta=start,
        log_dispersion=1.0,
    )
    if found.converged and not found.at_limit:
        return found, "negative-binomial", ""
    why = "its dispersion is at the limit" if found.at_limit else "it did not converge"
    poisson = fit_counts(
        x, starts, lambda eta, _: families.poisson(y, eta + offset), beta=start, log_dispersion=None
    )
    return poisson, "poisson", f"negative binomial fell back to Poisson: {why}"


def _frame(fitted: _Fitted, chosen: list[str], level: float) -> pd.DataFrame:
    terms = fitted.terms or ("Intercept", *chosen)
    frame = pd.DataFrame({"term": terms}).assign(**dict.fromkeys(TESTED, np.nan))
    if fitted.beta is not None and fitted.covariance is not None:
        error = np.sqrt(np.diag(fitted.covariance))
        statistic = fitted.beta / error
        half = stdtrit(fitted.df, 0.5 + level / 2) * error
        frame["estimate"], frame["std_error"], frame["df"] = fitted.beta, error, fitted.df
        frame["statistic"], frame["p_value"] = statistic, 2 * stdtr(fitted.df, -np.abs(statistic))
        frame["lower"], frame["upper"] = fitted.beta - half, fitted.beta + half
    for column, source in {"": "estimate", "_lower": "lower", "_upper": "upper"}.items():
        frame[f"rate_ratio{column}"] = ratio_of(frame[source].where(frame["term"] != "Intercept"))
    return frame
