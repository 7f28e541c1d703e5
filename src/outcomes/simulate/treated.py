"""Patients, their courses and their paths: what the treatment and the disease decide together."""

from __future__ import annotations

import numpy as np

from outcomes.simulate.parameters import Parameters
from outcomes.simulate.propensity import Propensity, draw_propensity
from outcomes.simulate.streams import stream
from outcomes.simulate.untreated import Path, draw_path, treated_by_course
from outcomes.simulate.visits import Visits, draw_visits
from outcomes.simulate.waves import calendar_log_odds

__all__ = ["draw_treated"]

BASELINE = 28


def draw_treated(
    law: Parameters, patients: int, *, months: int, drug: dict[str, bool], seed: int
) -> tuple[Propensity, Visits, Path]:
    """Draw patients, their visits and their path without treatment again."""
    visits = draw_visits(law, patients, months, stream(seed, "visits"))
    before = visits.first_day[:, None] + np.arange(-BASELINE, 0)
    calendar = calendar_log_odds(law.calendar, before) if law.calendar.acts else None
    latent = draw_propensity(law, patients, drug, stream(seed, "propensity"), calendar=calendar)
    path = draw_path(law, latent=latent, visits=visits, months=months, seed=seed)
    visits = treated_by_course(law, path, latent=latent, visits=visits, months=months, seed=seed)
    return latent, visits, path
