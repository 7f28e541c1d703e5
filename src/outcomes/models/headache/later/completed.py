"""Periods with the days that nobody saw drawn, and the mean of the draws."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from outcomes.models.headache.later.untreated_days import UntreatedDays
from outcomes.models.stats.kernels.hidden_levels import (
    WAVE_SD,
    Chances,
    Pairs,
    Weeks,
    draw_tail,
    fit,
    law_of,
    starts,
    together,
)
from outcomes.models.stats.kernels.rubin import pool
from outcomes.models.stats.pooled_numbers import no_pooled, pooled_numbers

__all__ = ["FEWEST", "completed", "pooled"]

Array = NDArray[np.float64]
#: Fewer patients than this, in a group or seen untreated in a period: no model and no number.
FEWEST = 5


def completed(seen: UntreatedDays, month: int, imputations: int, rng: np.random.Generator) -> Array:
    """Return each patient's and period's value, shape (imputations, n, periods), days per month."""
    n, width = seen.after.shape
    shape = (n, width // month, month)
    recorded = (~np.isnan(seen.after)).reshape(shape).sum(axis=2)
    events = np.nan_to_num(seen.after).reshape(shape).sum(axis=2)
    whole = events.sum(axis=1) / np.maximum(recorded.sum(axis=1), 1)
    # days without a record among recorded ones: the rate of the period's other days, as in its value
    rate = np.where(recorded > 0, events / np.maximum(recorded, 1), whole[:, None])
    drawn = (np.arange(width)[None, :] >= seen.start[:, None]).reshape(shape).sum(axis=2)
    weeks = seen.weeks
    laws = [law_of(weeks, sd) for sd in WAVE_SD]
    every = together(laws)
    whole_cohort = _best(every, weeks)
    out = np.empty((imputations, n, shape[1]))
    for number in range(imputations):
        weight = rng.multinomial(n, np.full(n, 1 / n)).astype(np.float64)
        found, score = fit(every, weeks.courses, weight, whole_cohort)
        best = int(score.argmax())
        tail = draw_tail(laws[best], weeks, found.of(best), seen.start, width, rng)
        out[number] = rate * (month - drawn) + tail.reshape(shape).sum(axis=2)
    return out


def _best(laws: Pairs, weeks: Weeks) -> Chances:
    """Return the better of the fits from each start under each law, for all patients."""
    found, scores = zip(
        *(fit(laws, weeks.courses, np.ones(len(weeks.days)), at) for at in starts(weeks)), strict=True
    )
    best = np.argmax(scores, axis=0)
    parts = [found[start].of(law) for law, start in enumerate(best)]
    return Chances(
        *(np.stack([getattr(part, name) for part in parts]) for name in ("share", "back", "course"))
    )


def pooled(change: Array, n: int, level: float) -> dict[str, float | str]:
    """Pool the mean of changes (m, patients); no number where too few were seen untreated."""
    size = change.shape[1]
    if n < FEWEST or size < FEWEST:
        return no_pooled() | {"status": f"fewer than {FEWEST} patients with a value: no number"}
    found = pool(change.mean(axis=1), change.var(axis=1, ddof=1) / size, size - 1.0)
    if not found.std_error > 0:
        return no_pooled(found.estimate) | {"status": "all changes are equal: no interval"}
    return pooled_numbers(found, level) | {"status": "ok"}
