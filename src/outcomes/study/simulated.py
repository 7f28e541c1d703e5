"""A simulated study with the truth behind it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from outcomes.errors import one_of
from outcomes.study.study import Study

if TYPE_CHECKING:
    from outcomes.simulate import Truth

__all__ = ["Simulated", "simulate"]


@dataclass(frozen=True, slots=True, eq=False)
class Simulated:
    """A simulated study and the truth behind it."""

    study: Study
    truth: Truth


def simulate(patients: int = 200, *, seed: int = 1, **options: Any) -> Simulated:
    """Make a study of known truth; see `outcomes.simulate.simulate_tables` for the options.

    Examples
    --------
    >>> made = simulate(patients=5, seed=1)
    >>> made.study.diary["patient_id"].nunique()
    5
    """
    from outcomes.simulate import simulate_tables

    known = simulate_tables.__kwdefaults__ or {}
    for name in options:
        one_of("an option of simulate", name, known)
    tables, truth = simulate_tables(patients=patients, seed=seed, **options)
    law = truth.parameters
    # who was taken because of a high baseline falls by chance alone: the analysis must know
    rules = {"entry_days": law.headache.entry_days}
    study = Study(**tables, rules=rules, title=f"Simulated study, seed {seed}", timezone=law.timezone)
    return Simulated(study, truth)
