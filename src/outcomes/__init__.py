"""Outcome analytics for headache medicine: infusion sessions and headache diaries to models and reports.

The data go one way::

    sources -> schema -> derive -> models -> tables, plots -> report

Heavy parts load when they are first used: `import outcomes` itself takes no model and no plot library.
"""

from __future__ import annotations

import importlib
import sys
from types import ModuleType
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
    "emergent": "outcomes.derive.emergent",
    "flow": "outcomes.derive.flow",
    "change": "outcomes.models.headache.change",
    "responders": "outcomes.models.headache.responders",
    "means": "outcomes.models.headache.means",
    "incidence": "outcomes.models.harm.incidence",
    "rates": "outcomes.models.harm.rates",
    "compare_arms": "outcomes.models.harm.comparisons",
    "cumulative_incidence": "outcomes.models.harm.cumulative",
    "first_events": "outcomes.models.harm.first_events",
    "event_sessions": "outcomes.models.harm.sessions",
    "event_counts": "outcomes.models.harm.recurrent",
    "dose_events": "outcomes.models.harm.dose_events",
    "vital_signs": "outcomes.models.harm.vital_signs",
    "safety_data": "outcomes.models.harm.tables",
    "safety_tables": "outcomes.models.harm.tables",
    "counts": "outcomes.models.headache.counts",
    "daily": "outcomes.models.headache.daily",
    "ancova": "outcomes.models.headache.ancova",
    "paired": "outcomes.models.headache.paired",
    "durability": "outcomes.models.headache.durability",
    "regression_to_mean": "outcomes.models.headache.regression_to_mean",
    "compare_responders": "outcomes.models.headache.responder_contrasts",
    "pain_responders": "outcomes.models.scores.pain",
    "dose_response": "outcomes.models.headache.dose",
    "one_patient": "outcomes.models.patient.one_patient",
    "impute": "outcomes.models.headache.imputation",
    "tipping_point": "outcomes.models.headache.tipping",
    "tipping_surface": "outcomes.models.headache.tipping_surface",
    "mmrm": "outcomes.models.mmrm",
    "suppress": "outcomes.models.disclosure",
    "write_table": "outcomes.tables.write",
    "report": "outcomes.publish.report",
}

#: Rooms that are used by their name: `oc.plots.trajectory(fit)`.
_ROOMS = ("plots", "tables")

__all__ = ["__version__", *_PUBLIC, *_ROOMS]


def __getattr__(name: str) -> Any:
    """Load a public name when it is first asked for (PEP 562)."""
    if name in _ROOMS:
        return importlib.import_module(f"outcomes.{name}")
    if name not in _PUBLIC:
        raise AttributeError(f"module 'outcomes' has no attribute {name!r}")
    value = getattr(importlib.import_module(_PUBLIC[name]), name)
    importlib.import_module("outcomes.accessor")
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted(__all__)


class _Facade(ModuleType):
    """The package as a module in which `simulate` stays the public function.

    One room has the name of its public function. The import system binds a room to its name on this
    module as soon as anything in it is imported; without this, `oc.simulate(...)` would work once. The
    modules of such a room are imported as `from outcomes.simulate import truth`, not `import ... as`.
    """

    def __setattr__(self, name: str, value: Any) -> None:
        if not (name in _PUBLIC and isinstance(value, ModuleType)):
            super().__setattr__(name, value)


sys.modules[__name__].__class__ = _Facade

if "pandas" in sys.modules:  # else the accessor comes with the first public name, which loads pandas
    importlib.import_module("outcomes.accessor")
