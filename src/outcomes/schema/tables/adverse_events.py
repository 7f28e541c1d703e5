"""Adverse events: one row per event."""

from outcomes.schema.columns import Table, column

__all__ = ["AdverseEvents"]


class AdverseEvents(Table):
    """Adverse events with CTCAE grade. MedDRA columns pass through untouched; no term is shipped."""

    event_id = column(
        "id", "identifier of the event; made from the row when the source has none", nullable=False
    )
    patient_id = column("id", "identifier of the patient", required=True, nullable=False)
    session_id = column("id", "session to which the source attributes the event")
    term = column("text", "what happened, in words", required=True, nullable=False)
    group = column("code", "plain group of the term; found from the term when empty", codelist="event_group")
    soc = column("text", "MedDRA system organ class, as delivered")
    pt = column("text", "MedDRA preferred term, as delivered")
    onset = column("timestamp", "start; a date alone is its first moment; empty where less is known")
    onset_from = column(
        "timestamp",
        "first moment of the month or year of the start, where no more than that is known",
        decides=False,
    )
    onset_precision = column("code", "how well the start is known", codelist="onset_precision")
    resolved = column("timestamp", "end; a date alone is its last moment; empty while the event goes on")
    grade = column("integer", "CTCAE grade", limits=(1, 5))
    serious = column("yesno", "serious")
    related = column("yesno", "related to the infusion in the clinic's judgement")
    medical_attention = column("yesno", "needed medical attention")
    action = column("code", "what was done with the infusion", codelist="event_action")
    outcome = column("code", "how it ended", codelist="event_outcome")
