"""A study: its checked tables, what was wrong with them, and the rules by which they are used."""

from __future__ import annotations

from outcomes.study.reading import example_folder, load_example, read_study
from outcomes.study.simulated import Simulated, simulate
from outcomes.study.study import Study
from outcomes.study.validation import Validation, validate

__all__ = [
    "Simulated",
    "Study",
    "Validation",
    "example_folder",
    "load_example",
    "read_study",
    "simulate",
    "validate",
]
