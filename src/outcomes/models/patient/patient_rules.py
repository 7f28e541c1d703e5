"""The rules of a study that one patient's periods follow too."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from numbers import Integral, Real
from typing import Any

from outcomes.errors import ArgumentError, instance_of, one_of

__all__ = ["PatientRules", "patient_rules"]


@dataclass(frozen=True, slots=True)
class PatientRules:
    """Month, baseline, fewest days, anchor and entry rule; named as in the study's rules."""

    month_days: int = 28
    baseline_days: int = 28
    min_days: int = 1
    min_baseline_days: int = 1
    anchor: str = "course_end"
    entry_days: float | None = None


def patient_rules(given: Any) -> PatientRules:
    """Return the rules of a study (``study.rules``), of a mapping of some of them, or the defaults.

    Raises
    ------
    ArgumentError
        For a name that is no rule of one patient, or a value out of range.
    """
    if given is None:
        return PatientRules()
    names = [field.name for field in fields(PatientRules)]
    if isinstance(given, Mapping):
        for name in given:
            one_of("a rule of one patient", name, names)
        found = PatientRules(**given)
    elif all(hasattr(given, name) for name in names):
        found = PatientRules(**{name: getattr(given, name) for name in names})
    else:
        raise ArgumentError(
            "rules are neither a study's nor a mapping", got=type(given).__name__, hint="pass study.rules"
        )
    _check(found)
    return found


def _check(rules: PatientRules) -> None:
    for name in ("month_days", "baseline_days", "min_days", "min_baseline_days"):
        value = getattr(rules, name)
        instance_of(name, value, Integral, hint="give a number of days")
        if value < 1:
            raise ArgumentError(f"{name} is too small", got=str(value), allowed="1 or more")
    one_of("anchor", rules.anchor, ("course_end", "course_start"))
    instance_of("entry_days", rules.entry_days, Real | None, hint="give days per month, for example 8")
