"""Assessments: one row per questionnaire score."""

from outcomes.schema.columns import Table, column

__all__ = ["SCORE_LIMITS", "WHOLE_SCORES", "Assessments"]

#: Instrument -> lowest and highest possible score.
SCORE_LIMITS: dict[str, tuple[float, float]] = {
    "HIT-6": (36, 78),
    "MIDAS": (0, 270),
    "MSQ": (0, 100),
    "PHQ-9": (0, 27),
    "PGIC": (1, 7),
    "NRS": (0, 10),
}


#: Instruments whose scores are sums of whole points.
WHOLE_SCORES = ("HIT-6", "MIDAS", "PHQ-9", "PGIC")


class Assessments(Table):
    """Scores only: no questionnaire wording is shipped."""

    patient_id = column("id", "identifier of the patient", required=True, nullable=False)
    date = column("date", "local date of the assessment", required=True, nullable=False)
    instrument = column("code", "which questionnaire", codelist="instrument", required=True, nullable=False)
    score = column("number", "total score", unit="points", required=True)
    session_id = column("id", "session to which the score belongs")
    source = column("text", "where the score comes from")
