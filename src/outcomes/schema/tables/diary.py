"""Diary: one row per patient and day."""

import pandas as pd

from outcomes.schema.columns import Day, Table, column

__all__ = ["SYMPTOMS", "Diary"]

#: The yes/no columns that describe a headache.
SYMPTOMS = (
    "unilateral",
    "pulsating",
    "aggravated",
    "nausea",
    "vomiting",
    "photophobia",
    "phonophobia",
    "aura",
)


class Diary(Table):
    """The headache diary. The date is the patient's local date as typed."""

    patient_id: str = column("id", "identifier of the patient", required=True, nullable=False)
    date: Day = column("date", "local date of the day", required=True, nullable=False)
    headache: pd.BooleanDtype = column("yesno", "headache on this day", required=True, nullable=False)
    duration_h: float = column("number", "hours with headache", unit="h", limits=(0, 24))
    pain: float = column("number", "peak pain", unit="NRS 0-10", limits=(0, 10))
    unilateral: pd.BooleanDtype = column("yesno", "pain on one side")
    pulsating: pd.BooleanDtype = column("yesno", "pulsating pain")
    aggravated: pd.BooleanDtype = column("yesno", "worse with routine activity, or avoids it")
    nausea: pd.BooleanDtype = column("yesno", "nausea")
    vomiting: pd.BooleanDtype = column("yesno", "vomiting")
    photophobia: pd.BooleanDtype = column("yesno", "light is unpleasant")
    phonophobia: pd.BooleanDtype = column("yesno", "sound is unpleasant")
    aura: pd.BooleanDtype = column("yesno", "aura")
    aura_min: float = column("number", "duration of the aura", unit="min", limits=(0, 1440), usual=(None, 60))
    migraine: pd.BooleanDtype = column("yesno", "the diary's own answer whether this was a migraine day")
    acute_medication: str = column(
        "codes", "acute drugs taken: none, or classes joined by +", codelist="acute_medication"
    )
    entered_at: pd.DatetimeTZDtype = column("timestamp", "when the entry was made")
    source: str = column("code", "diary or recall", codelist="diary_source")
