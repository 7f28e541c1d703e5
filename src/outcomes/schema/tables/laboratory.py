"""Laboratory: one row per value of a test."""

from outcomes.schema.columns import Table, column

__all__ = ["Laboratory"]


class Laboratory(Table):
    """Liver and kidney values beside their upper limits of normal; repeated ketamine may harm the liver."""

    patient_id = column("id", "identifier of the patient", required=True, nullable=False)
    date = column("date", "local date of the sample", required=True, nullable=False)
    session_id = column("id", "session before or after which the sample was taken")
    test = column("code", "what was measured", codelist="lab_test", required=True, nullable=False)
    value = column(
        "number",
        "measured value; for < 5 or > 900 the limit of detection",
        unit="as in the column unit",
        required=True,
        limits=(0, None),
    )
    qualifier = column(
        "code", "value beyond a limit of detection; found from < and >", codelist="lab_qualifier"
    )
    unit = column("text", "unit of the value and of its limit")
    upper_limit = column(
        "number",
        "upper limit of normal of this laboratory",
        unit="as in the column unit",
        limits=(1e-9, None),
    )
