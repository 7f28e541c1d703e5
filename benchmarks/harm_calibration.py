"""Shares, rates and mean events where patients differ, stop after events and report in waves: bias, coverage.

    python benchmarks/harm_calibration.py > benchmarks/harm_calibration.csv      # about 3 minutes of CPU

Every patient is planned for six sessions a week apart. A session has an event with a probability of the
patient's own (beta, mean .2, correlation within patients .25), and twice as many events as sessions with one.
``stops``: half stop after a session with an event. ``waves``: fortnights in which everybody reports one and a
half times as much, or half as much. The truth is what the same world gives 100,000 patients, each with their
own waves; of mean events, what it gives when nobody stops.
"""

from __future__ import annotations

import csv
import sys
from collections.abc import Iterator
from itertools import product

import harness
import numpy as np
import pandas as pd

from outcomes.models.harm.first_or_later import first_or_later
from outcomes.models.harm.incidence import incidence
from outcomes.models.harm.mean_cumulative import mean_cumulative
from outcomes.models.harm.rates import rates

SESSIONS, HOURS, MEAN, ICC = 6, 3.0, 0.2, 0.25
STUDIES, LARGE = 200, 100_000
WORLDS = ("patients differ", "stops", "waves", "stops, waves")
PATIENTS = (40, 150)
START = pd.Timestamp("2026-01-05")
#: How much is reported in a fortnight, with equal chance.
WAVES = (0.5, 1.5)


def drawn(
    world: str, n: int, rng: np.random.Generator, *, shared: bool = True
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return the sessions and the events of n patients who begin over two years."""
    total = 1 / ICC - 1
    own = rng.beta(MEAN * total, (1 - MEAN) * total, n)
    week = rng.integers(0, 104, n)[:, None] + np.arange(SESSIONS)
    chance = np.repeat(own[:, None], SESSIONS, axis=1)
    if "waves" in world:
        waves = rng.choice(WAVES, (1 if shared else n, 60))
        chance = np.minimum(
            chance * np.take_along_axis(np.broadcast_to(waves, (n, 60)), week // 2, axis=1), 1
        )
    hit = rng.random((n, SESSIONS)) < chance
    stop = hit & (rng.random((n, SESSIONS)) < 0.5) & ("stops" in world)
    there = np.cumsum(stop, axis=1) - stop == 0
    who, number = np.nonzero(there)
    start = START + pd.to_timedelta(7 * week[there], unit="D")
    sessions = pd.DataFrame({"patient_id": who, "session_id": number + 1, "session_number": number + 1})
    sessions = sessions.assign(start=start, end=start + pd.Timedelta(hours=HOURS), hours=HOURS)
    many = (1 + rng.poisson(1.0, len(sessions)))[hit[there]]
    at = np.repeat(np.flatnonzero(hit[there]), many)
    events = sessions.loc[at, ["patient_id", "session_id", "start"]].rename(columns={"start": "onset"})
    return sessions, events.assign(onset=events["onset"] + pd.Timedelta(hours=1)).reset_index(drop=True)


def estimated(sessions: pd.DataFrame, events: pd.DataFrame) -> dict[str, tuple[float, float, float]]:
    """Return each estimate with its limits: those that allow for patients."""
    people = sessions[["patient_id"]].drop_duplicates()
    found = {
        "percent of patients": (incidence(events, people), "percent", "lower", "upper"),
        "percent of sessions, exact": (
            incidence(events, sessions, unit="session"), "percent", "lower", "upper",
        ),
        "percent of sessions, by patient": (
            incidence(events, sessions, unit="session"), "percent", "lower_cluster", "upper_cluster",
        ),
        "events per 100 hours, Poisson": (rates(events, sessions, unit="hours"), "rate", "lower", "upper"),
        "events per 100 hours, by patient": (
            rates(events, sessions, unit="hours"), "rate", "lower_cluster", "upper_cluster",
        ),
        "mean events by session 4": (
            mean_cumulative(events, sessions, at=[4]), "estimate", "lower", "upper",
        ),
    }  # fmt: skip
    return {
        name: tuple(float(result.to_frame()[column].iloc[-1]) for column in columns)  # type: ignore[misc]
        for name, (result, *columns) in found.items()
    }


def later(sessions: pd.DataFrame, events: pd.DataFrame) -> dict[str, tuple[float, float, float]]:
    """Return the log odds of a later session against the first, two ways."""
    frame = first_or_later(events, sessions).to_frame().set_index("term")
    return {
        f"log odds of later sessions, {term}": tuple(row[["estimate", "lower", "upper"]].astype(float))  # type: ignore[misc]
        for term, row in frame.iterrows()
    }


def truth(world: str) -> dict[str, float]:
    """Return what the world gives very many patients; of mean events, what it gives when nobody stops."""
    rng = np.random.default_rng(1)
    sessions, events = drawn(world, LARGE, rng, shared=False)
    found = {name: value for name, (value, _, _) in estimated(sessions, events).items()}
    free = drawn(world.replace("stops", ""), LARGE, np.random.default_rng(2), shared=False)
    found["mean events by session 4"] = float((free[1]["session_id"] <= 4).sum()) / LARGE
    return found


def rows() -> Iterator[list[object]]:
    """Yield a line for every estimate, world and size."""
    truths = {world: truth(world) for world in WORLDS}
    for world, n in product(WORLDS, PATIENTS):
        right, rng = dict(truths[world]), np.random.default_rng(n)
        drawn_studies = [drawn(world, n, rng) for _ in range(STUDIES)]
        results = [estimated(*one) for one in drawn_studies]
        if n == max(PATIENTS):
            for one, result in zip(drawn_studies[:100], results, strict=False):
                result |= later(*one)
            right |= dict.fromkeys(later(*drawn_studies[0]), 0.0)
        for name, value in right.items():
            got = np.array([result[name] for result in results if name in result])
            got = got[np.isfinite(got).all(axis=1)]
            cover = float(((got[:, 1] <= value) & (value <= got[:, 2])).mean())
            bias, error = got[:, 0].mean() - value, got[:, 0].std(ddof=1) / np.sqrt(len(got))
            cover_error = 100 * np.sqrt(max(cover * (1 - cover), 1e-9) / len(got))
            yield [world, n, name, len(got), f"{value:.3f}", f"{bias:.3f}", f"{error:.3f}",
                   f"{100 * cover:.1f}", f"{cover_error:.1f}"]  # fmt: skip


def main() -> None:
    """Write the table."""
    out = csv.writer(sys.stdout, lineterminator="\n")
    out.writerow(["world", "patients", "estimate", "studies", "truth", "bias", "bias_error", "coverage",
                  "coverage_error"])  # fmt: skip
    for row in rows():
        out.writerow(row)
        sys.stdout.flush()


if __name__ == "__main__":
    harness.asked(__doc__)
    main()
