"""Sessions: one row per infusion, from line in to line out."""

from outcomes.schema.columns import Table, column

__all__ = ["Sessions"]


class Sessions(Table):
    """Infusion sessions with dose, pain and vital signs."""

    session_id = column(
        "id", "identifier of the session; made from the row when the source has none", nullable=False
    )
    patient_id = column("id", "identifier of the patient", required=True, nullable=False)
    start = column("timestamp", "line in", required=True, nullable=False)
    end = column("timestamp", "line out", required=True)
    setting = column("code", "where the infusion was given", codelist="setting")
    weight_kg = column("number", "body weight", unit="kg", limits=(25, 300), usual=(40, 160))
    substance = column(
        "code", "which ketamine doses and rates are of", codelist="substance", blank="substance: not known"
    )
    bolus_mg_per_kg = column(
        "number", "bolus before the infusion", unit="mg/kg", limits=(0, 2), usual=(None, 0.35)
    )
    dose_mg = column("number", "total dose with bolus", unit="mg", limits=(0, 20_000), usual=(None, 10_000))
    pain_before = column("number", "pain before the session", unit="NRS 0-10", limits=(0, 10))
    pain_after = column("number", "pain at the end of the session", unit="NRS 0-10", limits=(0, 10))
    sbp_before = column(
        "number", "systolic pressure before", unit="mmHg", limits=(40, 300), usual=(None, 180)
    )
    dbp_before = column(
        "number", "diastolic pressure before", unit="mmHg", limits=(20, 200), usual=(None, 110)
    )
    sbp_max = column("number", "highest systolic pressure", unit="mmHg", limits=(40, 300), usual=(None, 180))
    dbp_max = column("number", "highest diastolic pressure", unit="mmHg", limits=(20, 200), usual=(None, 110))
    spo2_min = column(
        "number", "lowest oxygen saturation", unit="%", limits=(40, 100), usual=(92, None), decides=False
    )
    hr_max = column(
        "number", "highest heart rate", unit="1/min", limits=(20, 250), usual=(None, 150), decides=False
    )
    rr_min = column(
        "number", "lowest respiratory rate", unit="1/min", limits=(2, 60), usual=(10, None), decides=False
    )
    stop_reason = column("code", "why the infusion ended", codelist="stop_reason")
