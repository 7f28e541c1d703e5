"""Outcome analytics for headache medicine: infusion sessions and headache diaries to models and reports.

The data go one way::

    sources -> schema -> derive -> models -> tables, plots -> report

Heavy parts load when they are first used: `import outcomes` itself takes no model and no plot library.
"""

from __future__ import annotations

import importlib
from typing import Any

__version__ = "0.1.0"

#: Public name -> module that holds it. One line a name, in the order in which the data goes.
_PUBLIC = {
    "OutcomesError": "outcomes.errors",
    "Estimates": "outcomes.results",
    "Study": "outcomes.study",
    "read_study": "outcomes.study",
    "load_example": "outcomes.study",
    "simulate": "outcomes.study",
    "validate": "outcomes.study",
    "courses": "outcomes.derive.courses",
    "exposure": "outcomes.derive.exposure",
    "days": "outcomes.derive.days",
    "periods": "outcomes.derive.periods",
    "attacks": "outcomes.derive.attacks",
    "burden": "outcomes.derive.burden",
    "flow": "outcomes.derive.flow",
    "change": "outcomes.models.change",
    "responders": "outcomes.models.responders",
    "incidence": "outcomes.models.incidence",
}

__all__ = ["__version__", *_PUBLIC]


def __getattr__(name: str) -> Any:
    """Load a public name when it is first asked for (PEP 562)."""
    if name not in _PUBLIC:
        raise AttributeError(f"module 'outcomes' has no attribute {name!r}")
    value = getattr(importlib.import_module(_PUBLIC[name]), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted(__all__)
