"""Cohorts of known truth for the calibration: many studies drawn at once, as frames of days and of periods.

Patients are independent, so one draw of 10 x 200 patients is 10 studies of 200. The days come straight from
the simulator's diary, without reading and checking files, in the columns of `oc.days` and `oc.periods`.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from outcomes.simulate.arguments import arms_of
from outcomes.simulate.daily import draw_daily
from outcomes.simulate.parameters import Compliance, Drift, Dropout, Parameters, scenario_parameters
from outcomes.simulate.propensity import draw_propensity
from outcomes.simulate.streams import stream
from outcomes.simulate.visits import draw_visits

PERIOD_DAYS = 28
MIN_DAYS = 14
ARMS = ("placebo", "active")


@dataclass(frozen=True, slots=True, eq=False)
class Cohort:
    """Patients and their days.

    arm, p (before treatment), expected (28 x mean true probability of the first period), course_days, shape
    (patients,); headache, recorded, shape (patients, days from -28 on).
    """

    arm: NDArray[np.str_]
    p: NDArray[np.float64]
    expected: NDArray[np.float64]
    course_days: NDArray[np.int64]
    headache: NDArray[np.bool_]
    recorded: NDArray[np.bool_]

    def take(self, rows: NDArray[np.intp]) -> Cohort:
        return Cohort(*(getattr(self, name)[rows] for name in self.__slots__))


def law(scenario: str, *, dropout: float = 0.0, **headache: object) -> Parameters:
    """One course of outpatient sessions each, days missing at random, no drift; `headache` changes more."""
    base = scenario_parameters(scenario)
    return replace(
        base,
        headache=replace(base.headache, **headache),
        infusions=replace(base.infusions, styles={"outpatient": 1.0}),
        drift=Drift(),
        compliance=Compliance(free_odds_ratio=1.0),
        dropout=Dropout(share=dropout),
    )


def draw(parameters: Parameters, patients: int, seed: int, *, months: int = 3, arms: bool = True) -> Cohort:
    """Draw patients; with `arms` every second one has the drug."""
    latent = draw_propensity(
        parameters, patients, arms_of(ARMS if arms else None), stream(seed, "propensity")
    )
    visits = draw_visits(parameters, patients, months, stream(seed, "visits"))
    daily = draw_daily(parameters, latent=latent, visits=visits, months=months, seed=seed)
    column = np.arange(daily.p.shape[1])[None, :] - visits.course_days[:, None]
    first = np.where((column >= 0) & (column < PERIOD_DAYS), daily.p, 0.0).sum(axis=1)
    cohort = Cohort(latent.arm, latent.p, first, visits.course_days, daily.headache, daily.recorded)
    order = np.argsort(latent.arm, kind="stable")  # placebo, active, placebo, ...: every study is balanced
    return cohort.take(order.reshape(len(ARMS), -1).T.ravel()) if arms else cohort


def draw_entered_by_diary(patients: int, seed: int, *, entry: int, dropout: float) -> Cohort:
    """Draw patients of the null law whose diary, prorated, has at least `entry` headache days."""
    found: list[Cohort] = []
    wanted, part = patients, 0
    while wanted > 0:
        many = draw(
            law("null", dropout=dropout, entry_days=None), 4 * patients, seed + 7_000_003 * part, months=1,
            arms=False,
        )  # fmt: skip
        value = prorated(many.headache[:, :PERIOD_DAYS], many.recorded[:, :PERIOD_DAYS])
        found.append(many.take(np.flatnonzero(value >= entry - 1e-9)[:wanted]))
        wanted -= len(found[-1].arm)
        part += 1
    parts = [np.concatenate([getattr(c, name) for c in found]) for name in Cohort.__slots__]
    return Cohort(*parts)


def prorated(headache: NDArray[np.bool_], recorded: NDArray[np.bool_]) -> NDArray[np.float64]:
    """Return days per 28, NaN with fewer than 14 recorded."""
    size = recorded.sum(axis=1)
    share = (headache & recorded).sum(axis=1) / np.maximum(size, 1)
    return np.where(size >= MIN_DAYS, PERIOD_DAYS * share, np.nan)


def earlier_days(cohort: Cohort, carry_over: float, rng: np.random.Generator) -> NDArray[np.bool_]:
    """Return the 28 days before the baseline: a two-state chain has the same law in both directions."""
    out = np.empty((len(cohort.p), PERIOD_DAYS), dtype=bool)
    after = cohort.headache[:, 0]
    for back in range(PERIOD_DAYS):
        renewed = rng.random(len(after)) >= carry_over
        after = np.where(renewed, rng.random(len(after)) < cohort.p, after)
        out[:, PERIOD_DAYS - 1 - back] = after
    return out


def make_days(cohort: Cohort) -> pd.DataFrame:
    """Return the recorded days in the columns of `oc.days`."""
    row, column = np.nonzero(cohort.recorded)
    day = column - PERIOD_DAYS
    after = day - cohort.course_days[row] + 1
    phase = np.select([day < 0, after < 1], ["before", "during"], "after")
    number = np.select([day < 0, after < 1], [0, -1], (after - 1) // PERIOD_DAYS + 1)
    return pd.DataFrame(
        {
            "patient_id": row,
            "arm": cohort.arm[row],
            "course": 1,
            "day": day,
            "phase": phase,
            "day_after": pd.array(after, dtype="Int64"),
            "headache": cohort.headache[row, column],
            "date": np.datetime64("2025-01-06") + day.astype("timedelta64[D]"),
            "period_number": number,
        }
    ).assign(day_after=lambda d: d["day_after"].mask(d["phase"] != "after"))


def make_periods(days: pd.DataFrame, cohort: Cohort, periods: int) -> pd.DataFrame:
    """Return one row per patient and follow-up period in the columns of `oc.periods`."""
    count, wide = len(cohort.arm), periods + 1
    used = days["period_number"].between(0, periods).to_numpy()
    cell = (days["patient_id"].to_numpy() * wide + days["period_number"].to_numpy())[used]
    events = np.bincount(cell, weights=days["headache"].to_numpy()[used], minlength=count * wide)
    recorded = np.bincount(cell, minlength=count * wide)
    value = np.where(recorded >= MIN_DAYS, PERIOD_DAYS * events / np.maximum(recorded, 1), np.nan)
    value = value.reshape(count, wide)
    number = np.tile(np.arange(1, wide), count)
    start = PERIOD_DAYS * (number - 1) + 1
    baseline = np.repeat(value[:, 0], periods)
    frame = pd.DataFrame(
        {
            "patient_id": np.repeat(np.arange(count), periods),
            "arm": np.repeat(cohort.arm, periods),
            "course": 1,
            "period_number": number,
            "period": pd.Series(start, dtype=str) + "-" + pd.Series(start + PERIOD_DAYS - 1, dtype=str),
            "days_with_event": events.reshape(count, wide)[:, 1:].ravel().astype(np.int64),
            "days_recorded": recorded.reshape(count, wide)[:, 1:].ravel(),
            "value": value[:, 1:].ravel(),
            "baseline": baseline,
            "baseline_eligible": ~np.isnan(baseline),
            "cut_by": "",
        }
    )
    frame["period"] = "days " + frame["period"]
    frame["change"] = frame["value"] - frame["baseline"]
    frame["percent_change"] = 100 * frame["change"] / frame["baseline"].where(frame["baseline"] > 0)
    return frame


def studies(frame: pd.DataFrame, patients: int) -> Iterator[pd.DataFrame]:
    """Split a frame that is sorted by patient into studies of so many patients."""
    study = frame["patient_id"].to_numpy() // patients
    edges = np.searchsorted(study, np.arange(study.max() + 2))
    for start, end in pairwise(edges):
        yield frame.iloc[start:end].reset_index(drop=True)
