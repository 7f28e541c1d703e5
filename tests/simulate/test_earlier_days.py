"""Days before the baseline: the same law backwards, also in patients who were taken at their worst."""

from dataclasses import replace

import numpy as np
import pytest

from outcomes.simulate import Compliance, Drift, Dropout, Waves, scenario_parameters, simulate_tables

#: Every day is recorded, so the diary is the truth.
ALL_DAYS = Compliance(by_headache=(1.0, 1.0), short_baseline=0.0)
LAW = scenario_parameters("null", drift=Drift(), compliance=ALL_DAYS, dropout=Dropout(0.0))
PATIENTS = 1500
#: Monte Carlo errors that a mean may lie off.
ERRORS = 4.0


def days_of(law) -> np.ndarray:
    """Return headache on days -56 to 27, shape (patients, 84)."""
    tables, _ = simulate_tables(PATIENTS, seed=5, months=1, parameters=law)
    diary = tables["diary"].merge(tables["patients"][["patient_id", "index_date"]], on="patient_id")
    day = (diary["date"] - diary["index_date"]).dt.days
    wide = diary[day < 28].assign(day=day).pivot(index="patient_id", columns="day", values="headache")
    return wide.astype(float).to_numpy()


@pytest.mark.parametrize("waves", [Waves(0.0), Waves(0.7)])
def test_the_month_before_mirrors_the_month_after(waves) -> None:
    wide = days_of(replace(LAW, waves=waves, earlier_days=28))
    before, base, after = (wide[:, first : first + 28].sum(axis=1) for first in (0, 28, 56))
    assert base.min() >= 22
    assert before.min() < 22
    # day 0 is a day of the course: the mirror of days 0-27 is days -56 to -29
    for summary in (lambda x: x, lambda x: x**2, lambda x: x * base):
        gap = summary(before) - summary(after)
        assert abs(gap.mean()) < ERRORS * gap.std() / np.sqrt(PATIENTS)
    joint = wide[:, 27] == wide[:, 28], wide[:, 55] == wide[:, 56]  # days carry over across both edges
    assert abs(joint[0].mean() - joint[1].mean()) < ERRORS * np.sqrt(0.5 / PATIENTS)


def test_without_them_the_study_is_as_it_was() -> None:
    (plain, _), (more, _) = (
        simulate_tables(20, seed=2, months=1, parameters=replace(LAW, earlier_days=days)) for days in (0, 28)
    )
    keys = ["patient_id", "date", "headache"]
    later = more["diary"].merge(plain["diary"][keys], on=keys)
    assert len(later) == len(plain["diary"])
    assert len(more["diary"]) == len(plain["diary"]) + 20 * 28
