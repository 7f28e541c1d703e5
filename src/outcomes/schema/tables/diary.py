"""Diary: one row per patient and day."""

from outcomes.schema.columns import Table, column

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

    patient_id = column("id", "identifier of the patient", required=True, nullable=False)
    date = column("date", "local date of the day", required=True, nullable=False)
    headache = column("yesno", "headache on this day", required=True, nullable=False)
    duration_h = column("number", "hours with headache", unit="h", limits=(0, 24))
    pain = column("number", "peak pain", unit="NRS 0-10", limits=(0, 10))
    unilateral = column("yesno", "pain on one side")
    pulsating = column("yesno", "pulsating pain")
    aggravated = column("yesno", "worse with routine activity, or avoids it")
    nausea = column("yesno", "nausea")
    vomiting = column("yesno", "vomiting")
    photophobia = column("yesno", "light is unpleasant")
    phonophobia = column("yesno", "sound is unpleasant")
    aura = column("yesno", "aura")
    aura_min = column("number", "duration of the aura", unit="min", limits=(0, 1440), usual=(None, 60))
    migraine = column("yesno", "the diary's own answer whether this was a migraine day")
    acute_medication = column(
        "codes", "acute drugs taken: none, or classes joined by +", codelist="acute_medication"
    )
    entered_at = column("timestamp", "when the entry was made")
    source = column("code", "diary or recall", codelist="diary_source")
