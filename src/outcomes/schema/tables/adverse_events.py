"""Adverse events: one row per event."""

import pandas as pd

from outcomes.schema.columns import Table, column

__all__ = ["AdverseEvents"]


class AdverseEvents(Table):
    """Adverse events with CTCAE grade. MedDRA columns pass through untouched; no term is shipped."""

    event_id: str = column(
        "id", "identifier of the event; made from the row when the source has none", nullable=False
    )
    patient_id: str = column("id", "identifier of the patient", required=True, nullable=False)
    session_id: str = column("id", "session to which the source attributes the event")
    term: str = column("text", "what happened, in words", required=True, nullable=False)
    group: str = column(
        "code", "plain group of the term; found from the term when empty", codelist="event_group"
    )
    soc: str = column("text", "MedDRA system organ class, as delivered")
    pt: str = column("text", "MedDRA preferred term, as delivered")
    onset: pd.DatetimeTZDtype = column(
        "timestamp", "start; a date alone is its first moment; empty where less is known"
    )
    onset_from: pd.DatetimeTZDtype = column(
        "timestamp",
        "first moment of the month or year of the start, where no more than that is known",
        decides=False,
    )
    onset_precision: str = column("code", "how well the start is known", codelist="onset_precision")
    resolved: pd.DatetimeTZDtype = column(
        "timestamp", "end; a date alone is its last moment; empty while the event goes on"
    )
    grade: pd.Int64Dtype = column("integer", "CTCAE grade", limits=(1, 5))
    serious: pd.BooleanDtype = column("yesno", "serious")
    related: pd.BooleanDtype = column("yesno", "related to the infusion in the clinic's judgement")
    medical_attention: pd.BooleanDtype = column("yesno", "needed medical attention")
    action: str = column("code", "what was done with the infusion", codelist="event_action")
    outcome: str = column("code", "how it ended", codelist="event_outcome")
