"""Days and periods of large diaries: CPU seconds, memory, and growth from 1 to 4 million rows.

Run: python benchmarks/bench_periods.py
"""

from __future__ import annotations

import resource
import subprocess
import sys
import time
from dataclasses import dataclass

import harness
import numpy as np
import pandas as pd

from outcomes.derive.courses import courses
from outcomes.derive.days import days
from outcomes.derive.periods import end_of_data, periods_of
from outcomes.schema.rules import Rules

DAYS_A_PATIENT = 196  # 28 of baseline and 168 of follow-up
TARGET_SECONDS, TARGET_GROWTH, TARGET_GB = 4.0, 4.4, 2.0


@dataclass(frozen=True, eq=False)
class Diary:
    """The shape of a study with a diary and one infusion a patient."""

    diary: pd.DataFrame
    patients: pd.DataFrame
    sessions: pd.DataFrame
    titration: pd.DataFrame
    rules: Rules
    timezone: str = "America/Denver"
    cutoff: pd.Timestamp | None = None


def large_study(rows: int, rng: np.random.Generator, *, shuffled: bool = False) -> Diary:
    """Make a diary of that many rows, by patient and date or shuffled, every symptom filled in."""
    patients = rows // DAYS_A_PATIENT + 1
    ids = pd.Series(np.arange(patients)).astype("str").str.zfill(8)
    code = np.repeat(np.arange(patients), DAYS_A_PATIENT)
    offset = np.tile(np.arange(DAYS_A_PATIENT), patients)
    order = rng.permutation(len(code))[:rows] if shuffled else np.arange(rows)
    code, offset = code[order], offset[order]
    begin = np.datetime64("2020-01-01", "us") + rng.integers(0, 1000, patients).astype("timedelta64[D]")
    headache = rng.random(rows) < 0.6
    columns = {
        "patient_id": ids.take(code).reset_index(drop=True),
        "date": begin[code] + offset.astype("timedelta64[D]"),
        "headache": pd.array(headache, dtype="boolean"),
        "duration_h": np.where(headache, rng.integers(1, 25, rows), 0).astype(float),
        "pain": np.where(headache, rng.integers(1, 11, rows), 0).astype(float),
        "aura_min": np.nan,
        "acute_medication": pd.Series(
            rng.choice(["none", "triptan", "nsaid", "triptan+nsaid"], rows), dtype="str"
        ),
        "source": pd.Series("diary", index=range(rows), dtype="str"),
    }
    symptoms = [
        "unilateral",
        "pulsating",
        "aggravated",
        "nausea",
        "vomiting",
        "photophobia",
        "phonophobia",
        "aura",
    ]
    for name in [*symptoms, "migraine"]:
        columns[name] = pd.array(headache & (rng.random(rows) < 0.5), dtype="boolean")
    start = begin + np.timedelta64(28, "D") + np.timedelta64(16, "h")
    entered = pd.Series(columns["date"]).dt.tz_localize("UTC") + pd.Timedelta(hours=30)
    return Diary(
        diary=pd.DataFrame(columns).assign(entered_at=entered),
        patients=_patients(ids),
        sessions=_sessions(ids, start),
        titration=pd.DataFrame(
            {
                "session_id": pd.Series(dtype="str"),
                "time": entered.iloc[:0],
                "rate": 0.0,
                "action": pd.Series(dtype="str"),
            }
        ).iloc[:0],
        rules=Rules(),
    )


def _patients(ids: pd.Series) -> pd.DataFrame:
    text = dict.fromkeys(["arm", "cohort", "site"], pd.Series(np.nan, index=ids.index, dtype="str"))
    return pd.DataFrame(
        {"patient_id": ids, "index_date": pd.Series(pd.NaT, index=ids.index, dtype="datetime64[us]"), **text}
    )


def _sessions(ids: pd.Series, start: np.ndarray) -> pd.DataFrame:
    begin = pd.Series(start).dt.tz_localize("UTC")
    text = {"setting": "outpatient", "stop_reason": "completed"}
    numbers = {"weight_kg": 80.0, "bolus_mg_per_kg": 0.0, "dose_mg": 90.0}
    frame = pd.DataFrame(
        {"session_id": "s" + ids, "patient_id": ids, "start": begin, "end": begin + pd.Timedelta(hours=3)}
    )
    return frame.assign(**text, **numbers)


def measure(rows: int, *, shuffled: bool) -> dict[str, float]:
    """Time days and periods of one study in this process."""
    study = large_study(rows, np.random.default_rng(7), shuffled=shuffled)
    before = time.process_time()
    runs = courses(study)
    recorded = days(study)
    middle = time.process_time()
    until = end_of_data(study)
    frame = periods_of(recorded, runs, study.patients, rules=study.rules, until=until)
    after = time.process_time()
    assert len(recorded) == rows
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024**2
    seconds = {"days_s": middle - before, "periods_s": after - middle, "total_s": after - before}
    return {"rows": rows, "period_rows": len(frame), **seconds, "peak_gb": peak}


def run(rows: int, order: str) -> dict[str, float]:
    """Measure one size in a process of its own."""
    command = [sys.executable, __file__, "--measure", str(rows), order]
    done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=600)
    return {"order": order} | {
        key: float(value) for key, value in (pair.split("=") for pair in done.stdout.split())
    }


def main() -> int:
    """Print one line a size and order; 1 when a target is missed.

    The targets are for a diary by patient and date, as exports are. A shuffled one gathers rows from
    random places in memory: its time grows faster than the rows.
    """
    results = [run(rows, order) for order in ("by patient", "shuffled") for rows in (1_000_000, 4_000_000)]
    print(pd.DataFrame(results).round(2).to_string(index=False))
    one, four = results[:2]
    growth = four["total_s"] / one["total_s"]
    print(f"1M rows: {one['total_s']:.2f} s CPU (at most {TARGET_SECONDS})")
    print(f"1M rows: {one['peak_gb']:.2f} GB with the diary itself (at most {TARGET_GB})")
    print(f"4M / 1M: {growth:.2f} (at most {TARGET_GROWTH})")
    return int(one["total_s"] > TARGET_SECONDS or growth > TARGET_GROWTH or one["peak_gb"] > TARGET_GB)


if __name__ == "__main__":
    if sys.argv[1:2] == ["--measure"]:
        facts = measure(int(sys.argv[2]), shuffled=sys.argv[3] == "shuffled")
        print(*(f"{key}={value}" for key, value in facts.items()))
    else:
        harness.asked(__doc__)
        sys.exit(main())
