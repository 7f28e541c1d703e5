"""Patients: one row per person."""

import pandas as pd

from outcomes.schema.columns import Day, Table, column

__all__ = ["Patients"]


class Patients(Table):
    """Who is in the study. Needed only when there are no sessions (then with index_date)."""

    patient_id: str = column("id", "identifier of the patient, as text", required=True, nullable=False)
    index_date: Day = column("date", "day 0 of a patient without session records")
    first_contact: Day = column("date", "first day on which the clinic knew the patient", decides=False)
    data_until: Day = column(
        "date",
        "last day for which this patient's data could be here; if empty, the study's",
        decides=False,
    )
    age: float = column(
        "number", "age at the first infusion", unit="years", limits=(0, 120), usual=(None, 89)
    )
    sex: str = column("code", "sex", codelist="sex")
    arm: str = column("text", "treatment arm of a controlled study")
    cohort: str = column("text", "group of patients that are described together")
    diagnosis: str = column("code", "headache diagnosis", codelist="diagnosis")
    prior_preventives: pd.Int64Dtype = column(
        "integer", "preventive treatments tried before", unit="treatments", limits=(0, 60), usual=(None, 30)
    )
    site: str = column("text", "clinic")
