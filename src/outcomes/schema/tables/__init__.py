"""The seven tables of a study. Only the diary is always needed, with sessions or an index date."""

from outcomes.schema.columns import Table
from outcomes.schema.tables.adverse_events import AdverseEvents
from outcomes.schema.tables.assessments import Assessments
from outcomes.schema.tables.diary import Diary
from outcomes.schema.tables.laboratory import Laboratory
from outcomes.schema.tables.patients import Patients
from outcomes.schema.tables.sessions import Sessions
from outcomes.schema.tables.titration import Titration

__all__ = ["KEYS", "TABLES"]

#: Table name -> model, in the order in which they are checked.
TABLES: dict[str, type[Table]] = {
    "patients": Patients,
    "sessions": Sessions,
    "titration": Titration,
    "diary": Diary,
    "adverse_events": AdverseEvents,
    "assessments": Assessments,
    "laboratory": Laboratory,
}

#: Table name -> the columns that identify a row.
KEYS: dict[str, tuple[str, ...]] = {
    "patients": ("patient_id",),
    "sessions": ("session_id",),
    "titration": ("session_id", "time"),
    "diary": ("patient_id", "date"),
    "adverse_events": ("event_id",),
    "assessments": ("patient_id", "date", "instrument"),
    "laboratory": ("patient_id", "date", "session_id", "test"),
}
