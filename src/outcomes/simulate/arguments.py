"""The arguments of `simulate_tables` as one law, or an error that names what is wrong."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from numbers import Real

import numpy as np

from outcomes.errors import ArgumentError, instance_of
from outcomes.simulate.expectation import population, with_effect
from outcomes.simulate.parameters import Compliance, Dropout, Parameters, scenario_parameters

__all__ = ["arms_of", "check_counts", "law_of"]


def check_counts(patients: int, months: int) -> None:
    """Raise an ArgumentError unless both are whole numbers in their range."""
    for name, got, most in (("patients", patients, 1_000_000), ("months", months, 24)):
        if isinstance(got, bool) or not isinstance(got, (int, np.integer)) or not 1 <= got <= most:
            raise ArgumentError(
                f"{name} is not a whole number in its range", got=repr(got), allowed=f"1 to {most}"
            )


def law_of(
    scenario: str,
    *,
    parameters: Parameters | None,
    dropout: float | Dropout,
    compliance: Compliance | None,
    effect: float | None,
) -> Parameters:
    """Return the scenario's parameters with what the other arguments replace."""
    instance_of("dropout", dropout, Real | Dropout, hint="give a share of patients, for example 0.1")
    instance_of("effect", effect, Real | None, hint="give days per 28, negative for a fall")
    instance_of(
        "compliance", compliance, Compliance | None, hint="for instance Compliance(start=0.9, end=0.8)"
    )
    instance_of("parameters", parameters, Parameters | None, hint='see scenario_parameters("treated")')
    law = scenario_parameters(scenario) if parameters is None else parameters
    if isinstance(dropout, Dropout):
        law = replace(law, dropout=dropout)
    elif parameters is None:
        if not 0 <= dropout < 1:
            raise ArgumentError("dropout is not a share", got=repr(dropout), allowed="0 to less than 1")
        law = replace(law, dropout=Dropout(float(dropout)))
    if compliance is not None:
        law = replace(law, compliance=compliance)
    population(law)  # refuses a law by which nobody enters, before anybody is waited for
    return law if effect is None else with_effect(law, effect)


def arms_of(arms: Sequence[str] | None) -> dict[str, bool]:
    """Return arm -> whether the drug is given; one group has the arm ""."""
    if arms is None:
        return {"": True}
    instance_of("arms", arms, Iterable, hint='give two names, for example ("placebo", "active")')
    names = list(arms)
    named = not isinstance(arms, str) and all(isinstance(name, str) and name for name in names)
    if not named or len(names) != 2 or names[0] == names[1]:
        raise ArgumentError(
            "arms is not a control arm and an active arm",
            got=repr(arms),
            allowed='two names, e.g. ("placebo", "active")',
        )
    return {names[0]: False, names[1]: True}
