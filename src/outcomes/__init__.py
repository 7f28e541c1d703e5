"""Outcome analytics for headache medicine: infusion sessions and headache diaries to models and reports.

The data go one way::

    sources -> schema -> derive -> models -> tables, plots -> report

Heavy parts load when they are first used: `import outcomes` itself takes no model and no plot library.
"""

from __future__ import annotations

import importlib
import sys
from types import FunctionType, ModuleType
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:  # what a checker and an editor see: the names of _PUBLIC and _ROOMS, with their signatures
    from outcomes import plots as plots
    from outcomes import scale as scale
    from outcomes import tables as tables
    from outcomes.derive.attacks import attacks as attacks
    from outcomes.derive.burden import burden as burden
    from outcomes.derive.courses import courses as courses
    from outcomes.derive.days import days as days
    from outcomes.derive.emergent import emergent as emergent
    from outcomes.derive.exposure import exposure as exposure
    from outcomes.derive.flow import flow as flow
    from outcomes.derive.follow_up import follow_up as follow_up
    from outcomes.derive.periods import periods as periods
    from outcomes.derive.queries import event_queries as event_queries
    from outcomes.errors import OutcomesError as OutcomesError
    from outcomes.estimate import estimate as estimate
    from outcomes.estimate import what_if as what_if
    from outcomes.models.disclosure import suppress as suppress
    from outcomes.models.harm.at_risk.closed import at_risk as at_risk
    from outcomes.models.harm.comparisons import compare_arms as compare_arms
    from outcomes.models.harm.cumulative import cumulative_incidence as cumulative_incidence
    from outcomes.models.harm.dose_events import dose_events as dose_events
    from outcomes.models.harm.first_events import first_events as first_events
    from outcomes.models.harm.first_or_later import first_or_later as first_or_later
    from outcomes.models.harm.incidence import incidence as incidence
    from outcomes.models.harm.laboratory import lab_grades as lab_grades
    from outcomes.models.harm.laboratory import lab_shift as lab_shift
    from outcomes.models.harm.laboratory import liver_signals as liver_signals
    from outcomes.models.harm.mean_cumulative import mean_cumulative as mean_cumulative
    from outcomes.models.harm.number_needed import number_needed as number_needed
    from outcomes.models.harm.rates import rates as rates
    from outcomes.models.harm.recurrent import event_counts as event_counts
    from outcomes.models.harm.repeated_looks import liver_looks as liver_looks
    from outcomes.models.harm.repeated_looks import vital_looks as vital_looks
    from outcomes.models.harm.session_signs import session_signs as session_signs
    from outcomes.models.harm.sessions import event_sessions as event_sessions
    from outcomes.models.harm.tables import nested_events as nested_events
    from outcomes.models.harm.tables import safety_data as safety_data
    from outcomes.models.harm.tables import safety_tables as safety_tables
    from outcomes.models.harm.vital_signs import vital_signs as vital_signs
    from outcomes.models.harm.within_infusion import within_infusion as within_infusion
    from outcomes.models.headache.ancova import ancova as ancova
    from outcomes.models.headache.chance.one_window import Entry as Entry
    from outcomes.models.headache.change import change as change
    from outcomes.models.headache.counts import counts as counts
    from outcomes.models.headache.daily import daily as daily
    from outcomes.models.headache.dose import dose_response as dose_response
    from outcomes.models.headache.durability import Relapse as Relapse
    from outcomes.models.headache.durability import durability as durability
    from outcomes.models.headache.imputation import impute as impute
    from outcomes.models.headache.later_courses import later_courses as later_courses
    from outcomes.models.headache.later_periods import later_periods as later_periods
    from outcomes.models.headache.means import means as means
    from outcomes.models.headache.paired import paired as paired
    from outcomes.models.headache.placebo import placebo_benchmark as placebo_benchmark
    from outcomes.models.headache.regression_to_mean import regression_to_mean as regression_to_mean
    from outcomes.models.headache.responder_contrasts import compare_responders as compare_responders
    from outcomes.models.headache.responders import responders as responders
    from outcomes.models.headache.still_better import still_better as still_better
    from outcomes.models.headache.tipping import tipping_point as tipping_point
    from outcomes.models.headache.tipping import tipping_surface as tipping_surface
    from outcomes.models.mmrm import mmrm as mmrm
    from outcomes.models.patient.one_patient import one_patient as one_patient
    from outcomes.models.scores.pain import pain_responders as pain_responders
    from outcomes.models.stats import intervals as intervals
    from outcomes.models.stats import sequential as sequential
    from outcomes.page.checklist.checklist import checklist as checklist
    from outcomes.page.report_ard import report_ard as report_ard
    from outcomes.page.sheet.sheet import patient_sheet as patient_sheet
    from outcomes.publish.report import report as report
    from outcomes.questions.negative_control import negative_control as negative_control
    from outcomes.questions.scores import scores as scores
    from outcomes.questions.speed import speed as speed
    from outcomes.questions.subgroups import subgroups as subgroups
    from outcomes.results import Estimates as Estimates
    from outcomes.results import to_ard as to_ard
    from outcomes.sources.adam import from_adam as from_adam
    from outcomes.study import Study as Study
    from outcomes.study import load_example as load_example
    from outcomes.study import read_study as read_study
    from outcomes.study import simulate as simulate
    from outcomes.study import validate as validate
    from outcomes.tables.file import write_table as write_table

__version__ = "0.1.0"

#: Public name -> module that holds it. One line a name, in the order in which the data goes.
_PUBLIC = {
    "OutcomesError": "outcomes.errors",
    "Estimates": "outcomes.results",
    "from_adam": "outcomes.sources.adam",
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
    "event_queries": "outcomes.derive.queries",
    "follow_up": "outcomes.derive.follow_up",
    "flow": "outcomes.derive.flow",
    "estimate": "outcomes.estimate",
    "what_if": "outcomes.estimate",
    "later_courses": "outcomes.models.headache.later_courses",
    "later_periods": "outcomes.models.headache.later_periods",
    "change": "outcomes.models.headache.change",
    "responders": "outcomes.models.headache.responders",
    "means": "outcomes.models.headache.means",
    "incidence": "outcomes.models.harm.incidence",
    "at_risk": "outcomes.models.harm.at_risk.closed",
    "rates": "outcomes.models.harm.rates",
    "compare_arms": "outcomes.models.harm.comparisons",
    "number_needed": "outcomes.models.harm.number_needed",
    "cumulative_incidence": "outcomes.models.harm.cumulative",
    "first_events": "outcomes.models.harm.first_events",
    "event_sessions": "outcomes.models.harm.sessions",
    "event_counts": "outcomes.models.harm.recurrent",
    "mean_cumulative": "outcomes.models.harm.mean_cumulative",
    "first_or_later": "outcomes.models.harm.first_or_later",
    "dose_events": "outcomes.models.harm.dose_events",
    "vital_signs": "outcomes.models.harm.vital_signs",
    "session_signs": "outcomes.models.harm.session_signs",
    "vital_looks": "outcomes.models.harm.repeated_looks",
    "within_infusion": "outcomes.models.harm.within_infusion",
    "lab_grades": "outcomes.models.harm.laboratory",
    "lab_shift": "outcomes.models.harm.laboratory",
    "liver_signals": "outcomes.models.harm.laboratory",
    "liver_looks": "outcomes.models.harm.repeated_looks",
    "safety_data": "outcomes.models.harm.tables",
    "safety_tables": "outcomes.models.harm.tables",
    "nested_events": "outcomes.models.harm.tables",
    "counts": "outcomes.models.headache.counts",
    "daily": "outcomes.models.headache.daily",
    "ancova": "outcomes.models.headache.ancova",
    "paired": "outcomes.models.headache.paired",
    "durability": "outcomes.models.headache.durability",
    "Relapse": "outcomes.models.headache.durability",
    "still_better": "outcomes.models.headache.still_better",
    "regression_to_mean": "outcomes.models.headache.regression_to_mean",
    "Entry": "outcomes.models.headache.chance.one_window",
    "placebo_benchmark": "outcomes.models.headache.placebo",
    "compare_responders": "outcomes.models.headache.responder_contrasts",
    "pain_responders": "outcomes.models.scores.pain",
    "dose_response": "outcomes.models.headache.dose",
    "one_patient": "outcomes.models.patient.one_patient",
    "impute": "outcomes.models.headache.imputation",
    "tipping_point": "outcomes.models.headache.tipping",
    "tipping_surface": "outcomes.models.headache.tipping",
    "negative_control": "outcomes.questions.negative_control",
    "subgroups": "outcomes.questions.subgroups",
    "scores": "outcomes.questions.scores",
    "speed": "outcomes.questions.speed",
    "mmrm": "outcomes.models.mmrm",
    "suppress": "outcomes.models.disclosure",
    "to_ard": "outcomes.results",
    "write_table": "outcomes.tables.file",
    "patient_sheet": "outcomes.page.sheet.sheet",
    "report": "outcomes.publish.report",
    "report_ard": "outcomes.page.report_ard",
    "checklist": "outcomes.page.checklist.checklist",
}

#: Rooms that are used by their name: `oc.plots.trajectory(oc.means(periods))`.
_ROOMS = {name: f"outcomes.{name}" for name in ("plots", "scale", "tables")} | {
    name: f"outcomes.models.stats.{name}" for name in ("intervals", "sequential")
}

__all__ = ["__version__", *_PUBLIC, *_ROOMS]


if not TYPE_CHECKING:  # with it, a checker would take every name

    def __getattr__(name: str) -> Any:
        """Load a public name when it is first asked for (PEP 562)."""
        if name in _ROOMS:
            return importlib.import_module(_ROOMS[name])
        if name not in _PUBLIC:
            raise AttributeError(_unknown(name), name=name, obj=sys.modules[__name__])
        value = getattr(importlib.import_module(_PUBLIC[name]), name)
        if isinstance(value, FunctionType):
            value = importlib.import_module("outcomes.results.carried").carrying(value)
        importlib.import_module("outcomes.accessor")
        globals()[name] = value
        return value


def _unknown(name: str) -> str:
    """Return what to say of a name that is not here."""
    what = f"module 'outcomes' has no attribute {name!r}"
    if name.startswith("_"):  # asked for by the import system and by tools, many times
        return what
    hint = importlib.import_module("outcomes.errors").suggest(name, __all__)
    return f"{what}; {hint}" if hint else what


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
