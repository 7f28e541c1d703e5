"""Acute drugs: which class a patient takes, and on which headache days."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from outcomes.simulate.frames import take

__all__ = ["Habit", "draw_habit", "draw_medication"]

Array = NDArray[np.float64]

#: Class -> share of patients who mainly take it [P].
CLASSES = {
    "triptan": 0.38,
    "gepant": 0.06,
    "opioid": 0.05,
    "nsaid": 0.25,
    "simple_analgesic": 0.16,
    "combination": 0.10,
}
SIMPLE = ("nsaid", "simple_analgesic")
WITH_ANTIEMETIC = 0.12  # [P] of the days with a drug
MONTH = 28
REACHABLE = 0.95  # a drug is taken on at most this share of the headache days
#: Lowest and highest planned days per 28 of patients with overuse: simple analgesics, any other class [P].
OVERUSE_DAYS = {"simple": (17.0, 26.0), "other": (12.0, 22.0)}
OTHER_DAYS = (1.0, 8.0)  # [P] of patients without overuse


@dataclass(frozen=True, slots=True, eq=False)
class Habit:
    """Acute drugs of n patients.

    Parameters
    ----------
    main : ndarray of int, shape (n,)
        Position of the class in `CLASSES`.
    overuse : ndarray of bool, shape (n,)
        The planned days are above the limits of overuse.
    on_headache_day : ndarray, shape (n,)
        Probability of a drug on a headache day.
    """

    main: NDArray[np.int64]
    overuse: NDArray[np.bool_]
    on_headache_day: Array


def draw_habit(overuse: float, p: Array, rng: np.random.Generator) -> Habit:
    """Draw the habit of each patient; overuse needs enough headache days.

    Parameters
    ----------
    overuse : float
        Share of patients with overuse, among those who have the days for it.
    p : ndarray, shape (n,)
        Probability of a headache day.
    rng : numpy Generator
        Source of randomness.
    """
    count, most = len(p), REACHABLE * MONTH * p
    main = rng.choice(len(CLASSES), count, p=list(CLASSES.values()))
    simple = np.isin(np.array(list(CLASSES))[main], SIMPLE)
    low, high = (
        np.where(simple, *pair) for pair in zip(OVERUSE_DAYS["simple"], OVERUSE_DAYS["other"], strict=True)
    )
    over = (rng.random(count) < overuse) & (most >= low)
    wanted = np.where(over, low + (np.minimum(high, most) - low) * rng.random(count), 0.0)
    few = np.minimum(rng.uniform(*OTHER_DAYS, count), most)
    return Habit(main, over, np.where(over, wanted, few) / (MONTH * p))


def draw_medication(
    habit: Habit, patient: NDArray[np.int64], headache: NDArray[np.bool_], rng: np.random.Generator
) -> Any:
    """Return ``none`` or the classes of each day joined by ``+``.

    Parameters
    ----------
    habit : Habit
        The patients' habits.
    patient : ndarray of int, shape (d,)
        Patient's position.
    headache : ndarray of bool, shape (d,)
        Headache on this day.
    rng : numpy Generator
        Source of randomness.
    """
    names = list(CLASSES)
    words = ["none", *names, *("+".join(sorted([name, "antiemetic"])) for name in names)]
    taken = headache & (rng.random(len(patient)) < habit.on_headache_day[patient])
    second = rng.random(len(patient)) < WITH_ANTIEMETIC
    code = np.where(taken, 1 + habit.main[patient] + len(names) * second, 0)
    return take(words, code)
