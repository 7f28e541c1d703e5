"""All safety tables of 2,000,000 events, 200,000 patients and 1,500,000 sessions: CPU seconds and memory."""

from __future__ import annotations

import platform
import resource
import time
from collections.abc import Callable
from typing import Any

import harness
import numpy as np
import pandas as pd

from outcomes.derive.emergent import emergent_events
from outcomes.models.harm.comparisons import compare_arms
from outcomes.models.harm.incidence import incidence
from outcomes.models.harm.rates import rates
from outcomes.models.harm.tables import safety_data, safety_tables

PATIENTS, SESSIONS, EVENTS, GROUPS, TERMS = 200_000, 1_500_000, 2_000_000, 18, 400
CPU_SECONDS, GIGABYTES = 12.0, 2.0


def made(seed: int = 1) -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame]:
    """Return events, sessions and patients with every column that the tables read."""
    rng = np.random.default_rng(seed)
    patients = pd.DataFrame({"patient_id": pd.array([f"P{i:07d}" for i in range(PATIENTS)], dtype="str")})
    patients["arm"] = pd.array(np.where(rng.random(PATIENTS) < 0.5, "active", "control"), dtype="str")
    who = np.sort(np.r_[np.arange(PATIENTS), rng.integers(0, PATIENTS, SESSIONS - PATIENTS)])
    first = np.searchsorted(who, who)
    start = pd.Timestamp("2026-01-01", tz="UTC") + pd.to_timedelta(
        (np.arange(SESSIONS) - first) * 72, unit="h"
    )
    sessions = pd.DataFrame(
        {
            "session_id": pd.array([f"S{i:08d}" for i in range(SESSIONS)], dtype="str"),
            "patient_id": patients["patient_id"].array.take(who),
            "arm": patients["arm"].array.take(who),
            "start": start,
            "end": start + pd.to_timedelta(rng.uniform(1, 6, SESSIONS), unit="h"),
            "dose_mg": rng.uniform(20, 200, SESSIONS),
        }
    )
    at = rng.integers(0, SESSIONS, EVENTS)
    term = rng.integers(0, TERMS, EVENTS)
    onset = sessions["start"].array.take(at) + pd.to_timedelta(rng.exponential(10, EVENTS), unit="h")
    events = pd.DataFrame(
        {
            "event_id": pd.array([f"E{i:08d}" for i in range(EVENTS)], dtype="str"),
            "patient_id": sessions["patient_id"].array.take(at),
            "group": pd.array(
                np.array([f"group {i:02d}" for i in range(GROUPS)])[term % GROUPS], dtype="str"
            ),
            "term": pd.array(np.array([f"term {i:03d}" for i in range(TERMS)])[term], dtype="str"),
            "onset": onset,
            "resolved": onset + pd.to_timedelta(rng.exponential(20, EVENTS), unit="h"),
            "grade": pd.array(rng.choice([1, 2, 3, 4], EVENTS, p=[0.6, 0.3, 0.09, 0.01]), dtype="Int64"),
        }
    )
    for flag, share in (("serious", 0.01), ("related", 0.6), ("medical_attention", 0.05)):
        events[flag] = pd.array(rng.random(EVENTS) < share, dtype="boolean")
    words = np.array(["none", "rate_reduced", "paused", "stopped"])
    events["action"] = pd.array(words[rng.choice(4, EVENTS, p=[0.9, 0.05, 0.03, 0.02])], dtype="str")
    events["outcome"] = pd.array(np.where(rng.random(EVENTS) < 1e-4, "fatal", "recovered"), dtype="str")
    return events, sessions, patients


def timed(name: str, call: Callable[[], Any]) -> tuple[Any, float]:
    start = time.process_time()
    value = call()
    spent = time.process_time() - start
    print(f"{name:<46}{spent:8.2f} s CPU")
    return value, spent


def main() -> None:
    """Time every step; fail when the budget is exceeded."""
    events, sessions, patients = made()
    print(f"machine: {platform.processor() or platform.machine()}, Python {platform.python_version()}")
    base = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6
    print(
        f"{len(events):,} events, {len(patients):,} patients, {len(sessions):,} sessions; data {base:.1f} GB"
    )
    attributed, first = timed("emergence and attribution", lambda: emergent_events(events, sessions))
    data, second = timed(
        "match events to patients and sessions",
        lambda: safety_data(attributed, patients, sessions=sessions, arm="arm"),
    )
    _, third = timed("all safety tables, both denominators", lambda: safety_tables(data, exposure=sessions))
    tables = first + second + third
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6
    budget = f"budget {CPU_SECONDS:g} s, {GIGABYTES:g} GB"
    print(f"{'all tables together':<46}{tables:8.2f} s CPU, peak {peak:.1f} GB ({budget})")
    counted, fourth = timed(
        "incidence by term and arm", lambda: incidence(events, patients, by=["term"], arm="arm")
    )
    _, fifth = timed("comparison of arms", lambda: compare_arms(counted, reference="control"))
    _, sixth = timed("EAER per 100 hours", lambda: rates(events, sessions, by=["term"], arm="arm"))
    _, last = timed(
        "EAIR per 100 hours", lambda: rates(events, sessions, by=["term"], arm="arm", kind="eair")
    )
    print(f"{'everything together':<46}{tables + fourth + fifth + sixth + last:8.2f} s CPU")
    if tables > CPU_SECONDS or peak > GIGABYTES:
        raise SystemExit("over budget")


if __name__ == "__main__":
    harness.asked(__doc__)
    main()
