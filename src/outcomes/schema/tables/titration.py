"""Titration: one row per change of the pump's rate."""

from outcomes.schema.columns import Table, column

__all__ = ["Titration"]


class Titration(Table):
    """The pump's log: constant rates between the times of the rows."""

    session_id = column("id", "identifier of the session", required=True, nullable=False)
    time = column("timestamp", "time from which the rate applied", required=True, nullable=False)
    rate = column("number", "pump rate", unit="mg/kg/h", required=True, limits=(0, 7))
    rate_unit = column(
        "code", "unit in which the source gave the rate (mg/kg/h when empty)", codelist="rate_unit"
    )
    mg_per_ml = column(
        "number", "concentration in the syringe, for rates in mL/h", unit="mg/mL", limits=(0.001, 100)
    )
    action = column("code", "what happened at this time", codelist="titration_action")
