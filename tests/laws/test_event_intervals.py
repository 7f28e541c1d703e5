"""One law over all results about events: limits hold their estimate and lie in what can be."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest

import outcomes as oc
from outcomes.models.stats.sequential import proportion_sequence, rate_sequence

#: Limits are computed in double precision.
ROUNDING = 1e-9
WORLDS = ("nobody", "everybody", "one has all", "half", "at random")
#: Patients: one, one an arm, few.
SIZES = (1, 2, 9)
#: Worlds that only the long tests hold models of regression to: these take a second each.
LATER = ("everybody", "half", "nobody")
SLOW = ("odds", "rate ratio", "rates by dose", "sessions by dose")
START = pd.Timestamp("2026-01-05")


class Clinic:
    """Sessions of some patients, and the events of one world."""

    def __init__(self, n: int, world: str) -> None:
        rng = np.random.default_rng(n)
        who = np.repeat(np.arange(n), 3)
        start = START + pd.to_timedelta(7 * np.tile(np.arange(3), n), unit="D")
        self.sessions = pd.DataFrame(
            {
                "patient_id": who, "session_id": np.tile([1, 2, 3], n),
                "session_number": np.tile([1, 2, 3], n),
                "start": start, "end": start + pd.Timedelta(hours=3), "hours": 3.0,
                "dose_mg_per_kg": np.round(rng.uniform(0.2, 1.0, 3 * n), 2),
                "arm": np.where(who % 2, "active", "placebo"),
                "sbp_max": rng.choice([130.0, 165.0], 3 * n), "dbp_max": 90.0, "spo2_min": 97.0,
                "sbp_before": 120.0, "dbp_before": 80.0,
            }
        )  # fmt: skip
        hit = {
            "nobody": np.zeros(3 * n, dtype=bool), "everybody": np.ones(3 * n, dtype=bool),
            "one has all": who == 0, "half": who < n / 2, "at random": rng.random(3 * n) < 0.4,
        }[world]  # fmt: skip
        events = self.sessions.loc[hit, ["patient_id", "session_id", "start"]]
        self.events = events.rename(columns={"start": "onset"}).assign(
            onset=lambda e: e["onset"] + pd.Timedelta(hours=1), term="nausea", group="gut", grade=2,
            timing="during", in_session=True, hours_since_start=1.0,
        ).reset_index(drop=True)  # fmt: skip
        self.patients = self.sessions[["patient_id", "arm"]].drop_duplicates(ignore_index=True)
        self.follow_up = self.patients.assign(start=START, end=START + pd.Timedelta(days=60))

    @property
    def arms(self) -> oc.Estimates:
        return oc.incidence(self.events, self.patients, by="term", arm="arm")


INFINITE = float("inf")
CLUSTER = ("lower_cluster", "upper_cluster")
#: Result -> its rows, the estimate, its limits, and what they can be.
Ranged = tuple[pd.DataFrame, str, str, str, float, float]


def percent(found: oc.Estimates, clustered: bool = False) -> list[Ranged]:
    frame, names = found.to_frame(), [("lower", "upper")]
    names += [CLUSTER] if clustered else []
    return [(frame, "percent", low, high, 0.0, 100.0) for low, high in names]


def estimates(found: oc.Estimates, least: float, most: float) -> list[Ranged]:
    return [(found.to_frame(), "estimate", "lower", "upper", least, most)]


def per_time(found: oc.Estimates) -> list[Ranged]:
    frame = found.to_frame()
    limits = [(low, high) for low, high in (("lower", "upper"), CLUSTER) if low in frame]
    return [(frame, "rate", low, high, 0.0, INFINITE) for low, high in limits]


def odds(found: oc.Estimates, name: str) -> list[Ranged]:
    frame = found.to_frame()
    frame = frame[frame["term"] != "Intercept"]
    return [(frame, name, f"{name}_lower", f"{name}_upper", 0.0, INFINITE)]


def compared(made: Clinic, measure: str) -> list[Ranged]:
    if made.arms.to_frame()["arm"].nunique() < 2:
        return []
    found = oc.compare_arms(made.arms, reference="placebo", measure=measure)
    least, most = (-1.0, 1.0) if measure == "difference" else (0.0, INFINITE)
    return estimates(found, least, most)


def first(made: Clinic) -> pd.DataFrame:
    return oc.first_events(made.events, made.follow_up)


def liver(made: Clinic) -> pd.DataFrame:
    start = made.follow_up.assign(first_day=made.follow_up["start"])
    times = np.where(made.patients["patient_id"].isin(made.events["patient_id"]), 4.0, 0.5)
    lab = made.patients.assign(
        test="alt", date=START + pd.Timedelta(days=9), upper_limit=40.0, value=40.0 * times
    )
    return oc.lab_grades(lab, start)


RESULTS: dict[str, Callable[[Clinic], list[Ranged]]] = {
    "incidence of patients": lambda m: percent(oc.incidence(m.events, m.patients)),
    "incidence of sessions": lambda m: percent(oc.incidence(m.events, m.sessions, unit="session"), True),
    "incidence by worst grade": lambda m: percent(oc.incidence(m.events, m.patients, worst="grade")),
    "rates of all events": lambda m: per_time(oc.rates(m.events, m.sessions, unit="hours")),
    "rates of first events": lambda m: per_time(oc.rates(m.events, m.follow_up, unit="months", kind="eair")),
    "difference of arms": lambda m: compared(m, "difference"),
    "ratio of arms": lambda m: compared(m, "ratio"),
    "odds ratio of arms": lambda m: compared(m, "odds_ratio"),
    "cumulative incidence": lambda m: estimates(oc.cumulative_incidence(first(m), at=[5, 30, 59]), 0, 1),
    "mean events by session": lambda m: estimates(oc.mean_cumulative(m.events, m.sessions), 0, INFINITE),
    "mean events by time": lambda m: estimates(
        oc.mean_cumulative(m.events, m.follow_up, by="days"), 0, INFINITE
    ),
    "odds by dose": lambda m: odds(
        oc.event_sessions(m.events, m.sessions, covariates="dose_mg_per_kg"), "odds_ratio"),
    "odds of later sessions": lambda m: odds(oc.first_or_later(m.events, m.sessions), "odds_ratio"),
    "rate ratio by dose": lambda m: odds(
        oc.event_counts(m.events, m.sessions, covariates="dose_mg_per_kg"), "rate_ratio"
    ),
    "sessions by dose": lambda m: estimates(oc.dose_events(m.events, m.sessions, groups=2), 0, 100),
    "rates by dose": lambda m: estimates(
        oc.dose_events(m.events, m.sessions, groups=2, measure="rate"), 0, INFINITE
    ),
    "signs of sessions": lambda m: percent(oc.session_signs(m.sessions), True),
    "pressure of sessions": lambda m: estimates(oc.vital_signs(m.sessions), -INFINITE, INFINITE),
    "signals of liver injury": lambda m: percent(oc.liver_signals(liver(m))),
    "tables of events": lambda m: percent(
        oc.nested_events(oc.safety_data(m.events, m.patients, sessions=m.sessions, arm=None)), True
    ),
    "a share at every look": lambda m: estimates(
        proportion_sequence([0, len(set(m.events["patient_id"]))], [0, len(m.patients)]), 0, 1
    ),
    "a rate at every look": lambda m: estimates(
        rate_sequence([0, len(m.events)], [0.0, float(m.sessions["hours"].sum())], guess=0.1), 0, INFINITE
    ),
}  # fmt: skip


CELLS = [
    pytest.param(
        name,
        world,
        marks=pytest.mark.long if world == "half" or (world in LATER and name.startswith(SLOW)) else (),
        id=f"{name}, {world}",
    )
    for name in RESULTS
    for world in WORLDS
]


@pytest.mark.parametrize(("name", "world"), CELLS)
def test_limits_hold_their_estimate_and_what_can_be(name: str, world: str) -> None:
    intervals = 0
    for n in SIZES:
        for frame, estimate, low, high, least, most in RESULTS[name](Clinic(n, world)):
            value, lower, upper = (frame[column].astype(float) for column in (estimate, low, high))
            assert not (lower < least - ROUNDING).any()
            assert not (upper > most + ROUNDING).any()
            assert not (lower > value + ROUNDING).any()
            assert not (upper < value - ROUNDING).any()
            unknown = value.isna() & lower.isna() & upper.isna()
            assert (frame.loc[unknown, "status"] != "ok").all()
            intervals += int((~unknown).sum())
    assert intervals or world in ("nobody", "everybody") or name.startswith(SLOW)
