"""Events in first against later sessions, without the bias of patients who stopped after an event."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from scipy.special import expit, logit, ndtri

from outcomes.errors import plural
from outcomes.models.harm.at_risk.events import counted_events
from outcomes.models.harm.at_risk.names import PATIENT, SESSION
from outcomes.models.harm.at_risk.request import refuse_repeated
from outcomes.models.harm.at_risk.units import at_risk_units
from outcomes.models.stats.input_frames import check_columns, names
from outcomes.models.stats.intervals.arguments import check_level
from outcomes.models.stats.kernels.random_intercept import SEPARATED, fit_random_intercept
from outcomes.results import Estimates

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Mask = NDArray[np.bool_]

__all__ = ["first_or_later"]

NUMBER = "session_number"
UNRECORDED = "who stopped for a reason that is not in the data, a frailty for example, is not corrected for"
SPLIT = "separated: first or later sessions have the event all, or never"
NAMES = ("random intercept", "marginal, weighted for stopping")


def first_or_later(
    events: pd.DataFrame,
    sessions: pd.DataFrame,
    *,
    where: str | Sequence[str] = (),
    level: float = 0.95,
    unknown: str = "raise",
) -> Estimates:
    """Estimate the odds of an event in a later session against the first, when patients may stop after one.

    Parameters
    ----------
    events : DataFrame
        One row per event: ``patient_id, session_id``; those outside their session count in a note.
    sessions : DataFrame
        One row per session: ``patient_id, session_id, session_number`` (`oc.exposure`).
    where : str or sequence of str
        Boolean columns of `events`: only events with all of them are counted.
    level : float
        Confidence level.
    unknown : {"raise", "note"}
        What becomes of events in sessions that are not in `sessions`.

    Returns
    -------
    Estimates
        Two rows. ``random intercept``, the default: the log odds ratio for one patient. ``marginal, weighted
        for stopping``: the one over patients, each session weighted by the inverse of the chance of having
        come so far after the events before it. ``estimate, std_error, lower, upper``, ``odds_ratio`` with
        limits, ``n`` sessions with an event of ``N``, ``patients``, ``status``; ``meta["sd"]`` is that of the
        patients' intercepts.

    Raises
    ------
    ArgumentError
        For columns that do not exist.
    DataError
        For events in unknown sessions and sessions that occur twice.

    Notes
    -----
    Comparing the sessions that there are mistakes those who tolerated the first one for everybody. At a truth
    of 0 (150 patients, half stop after an event) a conditional logistic model says -0.97, independence
    equations +0.26; the random intercept and the weighted equations lie near 0. When all stop after an event
    only the random intercept stays near, and the weights are refused: nobody represents those who left.

    The weights are ``prod p(went on) / p(went on | event)`` over the sessions before, from the shares of
    those with and without an event who went on; sandwich variance by patient, the weights taken as known.

    References
    ----------
    Robins JM, Rotnitzky A, Zhao LP. Analysis of semiparametric regression models for repeated outcomes in the
    presence of missing data. J Am Stat Assoc 1995;90:106-121. doi:10.1080/01621459.1995.10476493

    Examples
    --------
    >>> import numpy as np, pandas as pd
    >>> sessions = pd.DataFrame({"patient_id": np.repeat(range(40), 3), "session_number": [1, 2, 3] * 40})
    >>> sessions["session_id"] = sessions["session_number"]
    >>> events = sessions[(sessions["patient_id"] % 3 == 0) & (sessions["session_number"] != 2)]
    >>> result = first_or_later(events, sessions)
    >>> result[["term", "n", "N", "status"]].to_numpy().tolist()[0]
    ['random intercept', 28, 120, 'ok']
    """
    check_level(level)
    check_columns("sessions", sessions, [PATIENT, SESSION, NUMBER], numbers=[NUMBER])
    units = at_risk_units(sessions, SESSION, None)
    refuse_repeated(sessions, units)
    counted, notes, _ = counted_events(
        events, units, "session", None, names(where, "where"), unknown
    )  # fmt: skip
    hit = np.bincount(counted.unit, minlength=len(units)) > 0
    numbered = sessions[NUMBER].notna().to_numpy(dtype=bool)
    if lost := int((~numbered).sum()):
        notes.append(f"{plural(lost, 'session')} without a number left out")
    number = sessions[NUMBER].to_numpy(dtype=np.float64, na_value=np.nan)
    data = pd.DataFrame({"patient": units.cluster, "number": number, "hit": hit})[numbered]
    data = data.sort_values(["patient", "number"], ignore_index=True)
    data["later"] = data["number"] > 1
    reason = _why_not(data)
    rows, sd = [], float("nan")
    if reason:
        rows = [_row(name, np.nan, np.nan, level, reason) for name in NAMES]
    else:
        (estimate, error, status), sd = _random_intercept(data)
        rows = [_row(NAMES[0], estimate, error, level, status), _row(NAMES[1], *_weighted(data, level))]
    frame = pd.DataFrame(rows)
    frame.insert(1, "n", int(data["hit"].sum()))
    frame.insert(2, "N", len(data))
    frame.insert(3, "patients", data["patient"].nunique())
    return Estimates(
        frame,
        title="Log odds of an event in a later session against the first",
        method="logistic regression with a random intercept (maximum likelihood); weighted equations",
        level=level,
        notes=(*notes, UNRECORDED),
        status=str(frame["status"].iloc[0]),
        meta={"kind": "first_or_later", "N": len(data), "sd": sd},
    )


def _why_not(data: pd.DataFrame) -> str:
    if data["patient"].nunique() < 2:
        return "fewer than two patients"
    if not data["later"].any() or data["later"].all():
        return "no first sessions, or no later ones"
    if not data["hit"].any() or data["hit"].all():
        return "no session has the event" if not data["hit"].any() else "every session has the event"
    return ""


def _random_intercept(data: pd.DataFrame) -> tuple[tuple[float, float, str], float]:
    later, hit = data["later"].to_numpy(), data["hit"].to_numpy()
    kinds = {"y1": hit & ~later, "n1": ~later, "y2": hit & later, "n2": later}
    sums = pd.DataFrame(kinds).groupby(data["patient"]).sum()
    patterns = sums.value_counts()
    fit = fit_random_intercept(
        patterns.index.to_frame().to_numpy(dtype=np.float64), patterns.to_numpy(dtype=np.float64)
    )
    if fit.all_or_none:
        words = "patients have the event in all sessions or in none: no odds for one patient"
        return (np.nan, np.nan, words), np.nan
    if not fit.converged:
        apart = np.abs(fit.beta).max() >= SEPARATED
        words = SPLIT if apart else "no maximum of the likelihood was found"
        return (np.nan, np.nan, words), np.nan
    return (float(fit.beta[1]), float(np.sqrt(fit.covariance[1, 1])), "ok"), fit.sd


def _weighted(data: pd.DataFrame, level: float) -> tuple[float, float, float, str]:
    """Return the marginal log odds ratio with its robust standard error, or why there is none."""
    by = data.groupby("patient")
    went_on = by["number"].shift(-1).notna().to_numpy()
    # In the last session of the longest course there is nothing left to go on to.
    could = (data["number"] < data["number"].max()).to_numpy()
    hit, later = data["hit"].to_numpy(), data["later"].to_numpy()
    shares = {event: _share(went_on[could & (hit == event)]) for event in (True, False)}
    for event, words in ((True, "after an event"), (False, "after a session without an event")):
        if shares[event] == 0:
            return (
                np.nan,
                np.nan,
                level,
                f"nobody goes on {words}: no weights can represent those who stopped",
            )
    own = np.where(hit, shares[True], shares[False])
    ratio = pd.Series(np.where(could, _share(went_on[could]) / own, 1.0))
    weight = (
        ratio.groupby(data["patient"]).cumprod().groupby(data["patient"]).shift(fill_value=1.0).to_numpy()
    )
    shares_of = [
        float((weight * hit)[mask].sum() / weight[mask].sum()) for mask in (~later, later)
    ]  # fmt: skip
    if any(share in (0.0, 1.0) for share in shares_of):
        return np.nan, np.nan, level, SPLIT
    log_odds = logit(shares_of)
    residual = weight * (hit - expit(log_odds[later.astype(int)]))
    scores = (
        pd.DataFrame({"first": residual * ~later, "later": residual * later}).groupby(data["patient"]).sum()
    )
    bread = [float(weight[mask].sum()) * share * (1 - share)
             for mask, share in zip((~later, later), shares_of, strict=True)]  # fmt: skip
    influence = scores["later"] / bread[1] - scores["first"] / bread[0]
    patients = len(scores)
    error = float(np.sqrt(patients / (patients - 1) * (influence**2).sum()))
    return float(log_odds[1] - log_odds[0]), error, level, "ok"


def _share(went_on: Mask) -> float:
    """Return the share who went on; 1 where nobody was asked."""
    return float(went_on.mean()) if len(went_on) else 1.0


def _row(name: str, estimate: float, error: float, level: float, status: str) -> dict[str, object]:
    half = float(ndtri(0.5 + level / 2)) * error
    numbers = {"estimate": estimate, "std_error": error, "lower": estimate - half, "upper": estimate + half}
    odds = {"odds_ratio": "estimate", "odds_ratio_lower": "lower", "odds_ratio_upper": "upper"}
    return {
        "term": name,
        **numbers,
        **{k: float(np.exp(numbers[v])) for k, v in odds.items()},
        "status": status,
    }
