"""Laboratory: one row per value of a test."""

from outcomes.schema.columns import Day, Table, column

__all__ = ["Laboratory"]


class Laboratory(Table):
    """Liver and kidney values beside their upper limits of normal; repeated ketamine may harm the liver."""

    patient_id: str = column("id", "identifier of the patient", required=True, nullable=False)
    date: Day = column("date", "local date of the sample", required=True, nullable=False)
    session_id: str = column("id", "session before or after which the sample was taken")
    test: str = column("code", "what was measured", codelist="lab_test", required=True, nullable=False)
    value: float = column(
        "number",
        "measured value; for < 5 or > 900 the limit of detection",
        unit="as in the column unit",
        required=True,
        limits=(0, None),
    )
    qualifier: str = column(
        "code", "value beyond a limit of detection; found from < and >", codelist="lab_qualifier"
    )
    unit: str = column("text", "unit of the value and of its limit")
    upper_limit: float = column(
        "number",
        "upper limit of normal of this laboratory",
        unit="as in the column unit",
        limits=(1e-9, None),
    )
