"""Each patient's days as if nobody were treated again, and what is decided from looking at them."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from outcomes.simulate.chain import daily_effect, daily_p, renewed_uniforms
from outcomes.simulate.expectation import population
from outcomes.simulate.parameters import Parameters
from outcomes.simulate.propensity import Propensity
from outcomes.simulate.streams import stream
from outcomes.simulate.visits import GAP_DAYS, Sessions, Visits, second_sessions, visits_of
from outcomes.simulate.waves import calendar_log_odds, draw_waves, shifted

__all__ = ["Path", "draw_path", "treated_by_course"]

Array = NDArray[np.float64]
Ints = NDArray[np.int64]
MONTH = 28
RELAPSE_TO_COURSE = 7  # [P] days from the loss of the effect to the next course


@dataclass(frozen=True, slots=True, eq=False)
class Path:
    """What would be on each day from day 0 on, and the random numbers that decide it.

    Parameters
    ----------
    level : ndarray, shape (n,) or (n, d)
        Probability of a headache day without any treatment; one a day where waves or the calendar act.
    u : ndarray, shape (n, d)
        A day has headache when this is below its probability.
    fall : float
        Share by which drift lowers the probability.
    """

    level: Array
    u: Array
    fall: float

    def p(self, latent: Propensity, visits: Visits, *, again: bool = True) -> tuple[Array, Array]:
        """Return the probability of each day, and the share of the effect that is there."""
        never = np.full(len(self.u), np.nan)
        drift, effect = daily_effect(
            first_days=visits.course_days.astype(np.float64),
            second_start=visits.second_start if again else never,
            second_days=visits.second_days if again else never,
            lasts=latent.relapse_after,
            days=self.u.shape[1],
        )
        return daily_p(self.level, self.fall, latent.reduction, drift, effect), effect

    def until(self, days: int) -> Path:
        """Return the first days of the path."""
        level = self.level if self.level.ndim == 1 else self.level[:, :days]
        return replace(self, level=level, u=self.u[:, :days])


def draw_path(parameters: Parameters, *, latent: Propensity, visits: Visits, months: int, seed: int) -> Path:
    """Draw the path of each patient; the streams "chain" and, with waves, "waves" are used."""
    # one day more than the longest titration: a clock that is changed may carry an end over midnight
    longest = max(int(visits.course_days.max()), (parameters.titration.most_days or -1) + 2)
    days = longest + MONTH * months
    level = latent.p
    if parameters.uneven:
        date = visits.first_day[:, None] + np.arange(days)
        log_odds = calendar_log_odds(parameters.calendar, date)
        waves = draw_waves(parameters.waves, len(latent.p), days, stream(seed, "waves"), before=latent.wave)
        level = shifted(latent.p, log_odds + waves)
    u = renewed_uniforms(len(latent.p), days, parameters.headache.carry_over, stream(seed, "chain"))
    return Path(level, u, population(parameters).fall)


def treated_by_course(
    parameters: Parameters, path: Path, *, latent: Propensity, visits: Visits, months: int, seed: int
) -> Visits:
    """Return the visits with the first course's end and the second course that the patients' days lead to."""
    if parameters.titration.most_days is not None:
        visits = _titrated(parameters, path, latent, visits)
    if parameters.retreatment.rule == "planned":
        return visits
    begins = _second_start(parameters, path, latent, visits, stream(seed, "treated again"))
    begins[begins >= visits.course_days + MONTH * months] = np.nan
    more = second_sessions(parameters, visits, begins, stream(seed, "second course"))
    first = Sessions(
        visits.patient, visits.course, visits.start, visits.end, visits.setting, visits.stop_reason
    )
    joined = {
        name: np.concatenate([getattr(first, name), getattr(more, name)]) for name in Sessions.__slots__
    }
    order = np.lexsort((joined["start"], joined["patient"]))
    sessions = Sessions(**{name: values[order] for name, values in joined.items()})
    return visits_of(visits.style, visits.first_day, sessions, parameters.timezone)


def _titrated(parameters: Parameters, path: Path, latent: Propensity, visits: Visits) -> Visits:
    """Let each inpatient course end on its first day without headache, or at the latest day."""
    most = int(parameters.titration.most_days or 1)
    endless = replace(visits, course_days=np.full(len(latent.p), most + 1, dtype=np.int64))
    p, _ = path.p(latent, endless, again=False)
    free = path.u[:, 1 : most + 1] >= p[:, 1 : most + 1]
    last = np.where(free.any(axis=1), free.argmax(axis=1) + 1, most)
    moved = np.where(visits.style == "inpatient", last - (visits.course_days - 1), 0)
    moves = (visits.course == 1) & (moved[visits.patient] != 0)
    end = visits.end + np.where(moves, moved[visits.patient], 0).astype("timedelta64[D]")
    reason = np.where(moves, "target_reached", visits.stop_reason)
    sessions = Sessions(visits.patient, visits.course, visits.start, end, visits.setting, reason)
    return visits_of(visits.style, visits.first_day, sessions, parameters.timezone)


def _second_start(
    parameters: Parameters, path: Path, latent: Propensity, visits: Visits, rng: np.random.Generator
) -> Array:
    """Return the day on which each patient's second course begins; NaN for none."""
    law, count = parameters.retreatment, len(latent.p)
    earliest = visits.course_days + max(law.not_before, GAP_DAYS - 1)
    if law.rule == "random":
        daily = 1 - (1 - law.share) ** (1 / MONTH)
        wait = rng.geometric(daily, count) - 1.0 if daily > 0 else np.full(count, np.nan)
        return np.asarray(earliest + wait)
    if law.rule == "relapse":
        lost = visits.course_days + latent.relapse_after[:, 0] + RELAPSE_TO_COURSE
        happens = (latent.response == "sustained") & np.isfinite(lost) & (rng.random(count) < law.share)
        return np.where(happens, np.maximum(lost, earliest), np.nan)
    p, _ = path.p(latent, visits, again=False)
    worse = _recent(path.u < p, law.window) >= law.level * latent.baseline.mean(axis=1)[:, None]
    day = np.arange(p.shape[1])[None, :]
    begins = worse & (day >= earliest[:, None]) & (rng.random(p.shape) < law.share)
    return np.where(begins.any(axis=1), begins.argmax(axis=1), np.nan)


def _recent(headache: NDArray[np.bool_], window: int) -> Array:
    """Return the share of headache days among the `window` days before each day; -1 in the first ones."""
    total = np.concatenate([np.zeros((len(headache), 1)), np.cumsum(headache, axis=1)], axis=1)
    share = np.full(headache.shape, -1.0)
    share[:, window:] = (total[:, window:-1] - total[:, : -window - 1]) / window
    return share
