"""Patients: one row per person."""

from outcomes.schema.columns import Table, column

__all__ = ["Patients"]


class Patients(Table):
    """Who is in the study. Needed only when there are no sessions (then with index_date)."""

    patient_id = column("id", "identifier of the patient, as text", required=True, nullable=False)
    index_date = column("date", "day 0 of a patient without session records")
    first_contact = column("date", "first day on which the clinic knew the patient", decides=False)
    data_until = column(
        "date",
        "last day for which this patient's data could be here; if empty, the study's",
        decides=False,
    )
    age = column("number", "age at the first infusion", unit="years", limits=(0, 120), usual=(None, 89))
    sex = column("code", "sex", codelist="sex")
    arm = column("text", "treatment arm of a controlled study")
    cohort = column("text", "group of patients that are described together")
    diagnosis = column("code", "headache diagnosis", codelist="diagnosis")
    prior_preventives = column(
        "integer", "preventive treatments tried before", unit="treatments", limits=(0, 60), usual=(None, 30)
    )
    site = column("text", "clinic")
