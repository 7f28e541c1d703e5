"""Random studies under random rules: gaps, unknowns, late and recalled entries, several courses."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from hypothesis import strategies as st

from derive_study import SmallStudy, study
from outcomes.schema.rules import Rules

ORIGIN = pd.Timestamp("2026-01-01")
SYMPTOMS = (
    "unilateral",
    "pulsating",
    "aggravated",
    "nausea",
    "vomiting",
    "photophobia",
    "phonophobia",
    "aura",
)
DRUGS = np.array(["none", "triptan", "nsaid", "nsaid+triptan", "opioid", "gepant", None], dtype=object)


@st.composite
def rules(draw: st.DrawFn) -> Rules:
    """Draw any rules that a study may set."""
    return Rules(
        month_days=draw(st.sampled_from([28, 30])),
        baseline_days=draw(st.sampled_from([14, 28, 30, 56])),
        min_days=draw(st.sampled_from([1, 7, 14])),
        min_baseline_days=draw(st.sampled_from([1, 7, 14])),
        value=draw(st.sampled_from(["prorated", "observed"])),
        anchor=draw(st.sampled_from(["course_end", "course_start"])),
        max_periods=draw(st.integers(1, 4)),
        course_gap_days=draw(st.sampled_from([0, 3, 14])),
        retreatment=draw(st.sampled_from(["stop", "treatment_policy"])),
        headache_day=draw(st.sampled_from(["reported", "leiden", "preempt"])),
        migraine_day=draw(st.sampled_from(["leiden2023", "ihs2018", "reported"])),
        moderate_severe=draw(st.sampled_from(["4h", "any_duration"])),
        absent_means=draw(st.sampled_from(["missing", "headache_free_within_active_window"])),
        late_after_days=draw(st.sampled_from([0, 5])),
        include_late=draw(st.booleans()),
        include_recall=draw(st.booleans()),
        goal_days=draw(st.sampled_from([0, 4])),
    )


@st.composite
def studies(draw: st.DrawFn) -> SmallStudy:
    """Draw a study of one to four patients; the last may have no course at all."""
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    patients = draw(st.integers(1, 4))
    cutoff = ORIGIN + pd.Timedelta(days=draw(st.integers(20, 170)))
    p_missing, p_unknown = draw(st.sampled_from([0.0, 0.2, 0.6])), draw(st.sampled_from([0.0, 0.1, 0.5]))
    diaries = [_diary(f"p{i}", rng, p_missing, p_unknown) for i in range(patients)]
    return study(
        rules=draw(rules()),
        timezone=draw(st.sampled_from(["UTC", "America/Denver", "Asia/Tokyo"])),
        cutoff=str(cutoff.date()),
        patients=_patients(patients, rng),
        sessions=_sessions(patients, rng),
        diary={name: [value for part in diaries for value in part[name]] for name in diaries[0]},
    )


def _patients(patients: int, rng: np.random.Generator) -> dict[str, list[Any]]:
    index = [
        ORIGIN + pd.Timedelta(days=int(rng.integers(0, 90))) if rng.random() < 0.5 else None
        for _ in range(patients)
    ]
    return {"patient_id": [f"p{i}" for i in range(patients)], "index_date": index}


def _sessions(patients: int, rng: np.random.Generator) -> dict[str, list[Any]]:
    counts = rng.integers(0, 5, patients)
    owner = np.repeat(np.arange(patients), counts)
    start = ORIGIN.tz_localize("UTC") + pd.to_timedelta(rng.integers(0, 150 * 24, len(owner)), unit="h")
    end = start + pd.to_timedelta(rng.integers(1, 100, len(owner)), unit="h")
    return {
        "session_id": [f"s{i}" for i in range(len(owner))],
        "patient_id": [f"p{i}" for i in owner],
        "start": list(start),
        "end": list(end),
    }


def _diary(
    patient: str, rng: np.random.Generator, p_missing: float, p_unknown: float
) -> dict[str, list[Any]]:
    length = int(rng.integers(1, 170))
    offsets = np.flatnonzero(rng.random(length) >= p_missing) + int(rng.integers(-40, 40))
    n = len(offsets)

    def sometimes(values: Any) -> list[Any]:
        return [
            None if hide else value for value, hide in zip(values, rng.random(n) < p_unknown, strict=True)
        ]

    headache = rng.random(n) < rng.random()
    dates = ORIGIN + pd.to_timedelta(offsets, unit="D")
    delay = pd.to_timedelta(rng.integers(0, 10 * 24, n), unit="h")
    columns: dict[str, list[Any]] = {
        "patient_id": [patient] * n,
        "date": list(dates),
        "headache": sometimes(headache.tolist()),
        "duration_h": sometimes(rng.integers(0, 25, n).astype(float)),
        "pain": sometimes(rng.integers(0, 11, n).astype(float)),
        "aura_min": sometimes(rng.integers(0, 90, n).astype(float)),
        "migraine": sometimes((rng.random(n) < 0.5).tolist()),
        "acute_medication": sometimes(rng.choice(DRUGS, n)),
        "entered_at": sometimes(dates.tz_localize("UTC") + delay),
        "source": [str(word) for word in rng.choice(["diary", "diary", "diary", "recall"], n)],
    }
    return columns | {name: sometimes((rng.random(n) < 0.5).tolist()) for name in SYMPTOMS}
