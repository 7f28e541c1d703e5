"""Days before the baseline: the same chain and waves, followed backwards in time."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from outcomes.simulate.clock import weekday
from outcomes.simulate.daily import Daily
from outcomes.simulate.diary import RecordedDays
from outcomes.simulate.parameters import Parameters
from outcomes.simulate.propensity import BASELINE, Propensity
from outcomes.simulate.recording import recorded_days
from outcomes.simulate.streams import stream
from outcomes.simulate.visits import Visits
from outcomes.simulate.waves import calendar_log_odds, draw_waves, shifted

__all__ = ["with_earlier_days"]


def with_earlier_days(
    law: Parameters, days: RecordedDays, *, latent: Propensity, visits: Visits, daily: Daily, seed: int
) -> RecordedDays:
    """Return the recorded days with those before the baseline in front, by patient and date.

    Notes
    -----
    Carried numbers and waves are reversible: given those of the baseline's first day, the days before it
    follow the law of the days after it, also in patients who were taken because of their baseline. Whoever
    began the diary within the baseline has none.
    """
    earlier = law.earlier_days
    if not earlier:
        return days
    rng = stream(seed, "earlier days")
    headache = _headache(law, latent, visits, rng)
    column = np.arange(-earlier, 0)
    date = visits.first_day[:, None] - BASELINE + column
    recorded = recorded_days(
        law.compliance,
        headache=headache,
        weekend=weekday(date) >= 5,
        log_odds=np.full(headache.shape, daily.intercepts[0]),
        effect=daily.compliance_effect,
        rng=rng,
        treated=np.zeros((1, earlier), dtype=bool),
    )
    recorded &= (daily.begins == 0)[:, None]
    patient, place = np.nonzero(recorded)
    joined_patient = np.concatenate([patient, days.patient])
    joined_date = np.concatenate([date[patient, place], days.date])
    order = np.lexsort((joined_date, joined_patient))
    return RecordedDays(
        patient=joined_patient[order],
        date=joined_date[order],
        headache=np.concatenate([headache[patient, place], days.headache])[order],
        relief=np.concatenate([np.zeros(len(patient)), days.relief])[order],
    )


def _headache(
    law: Parameters, latent: Propensity, visits: Visits, rng: np.random.Generator
) -> NDArray[np.bool_]:
    """Return headache on each day before the baseline, shape (n, earlier days)."""
    count, earlier = len(latent.p), law.earlier_days
    kept = rng.random((count, earlier)) < law.headache.carry_over
    fresh = rng.random((count, earlier))
    whole = np.column_stack([latent.first_u, fresh])
    last = np.maximum.accumulate(np.where(kept, 0, np.arange(1, earlier + 1)), axis=1)
    u = np.take_along_axis(whole, last, axis=1)
    log_odds = np.zeros((count, earlier))
    if law.waves.sd > 0:
        log_odds += draw_waves(law.waves, count, earlier, rng, before=latent.first_wave)
    if law.calendar.acts:
        back = visits.first_day[:, None] - BASELINE - np.arange(1, earlier + 1)
        log_odds += calendar_log_odds(law.calendar, back)
    return np.asarray((u < shifted(latent.p, log_odds))[:, ::-1])
