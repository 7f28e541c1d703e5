"""Which variable of which ADaM data set each column of the contract is (ADaM Implementation Guide 1.3).

The texts as collected (``AESTDTC``) stand beside the dates for analysis (``ASTDT``), and are read where they
are there: they know what is partial. What the guide has no name for is a variable of the sponsor.
"""

from __future__ import annotations

from outcomes.sources.cdisc.domains import DOMAINS, Domain, Layout

__all__ = ["ADAM", "FLAGS"]

#: Date for analysis -> flag of what of it was imputed.
FLAGS = {"ASTDT": "ASTDTF", "AENDT": "AENDTF"}
_TERMS = {table: domain.terms for table, domain in DOMAINS.items()}

ADAM = Layout(
    "adam",
    "ADaM",
    {
        "patients": Domain(
            "ADSL",
            {
                "patient_id": "USUBJID", "index_date": "INDEXDT", "age": "AGE", "sex": "SEX", "arm": "TRT01A",
                "site": "SITEID", "first_contact": "FCONTDT", "data_until": "UNTILDT", "cohort": "COHORT",
                "diagnosis": "DIAGNOS", "prior_preventives": "PRIORPRV",
            },
            terms=_TERMS["patients"],
            also={"index_date": ("TRTSDT", "RFSTDTC"), "arm": ("TRT01P", "ARM")},
        ),
        "sessions": Domain(
            "ADEX",
            {
                "session_id": "EXGRPID", "patient_id": "USUBJID", "start": "EXSTDTC", "end": "EXENDTC",
                "dose_mg": "EXDOSE", "substance": "EXTRT", "setting": "SETTING", "bolus_mg_per_kg": "BOLUSKG",
                "pain_before": "PAINBEF", "pain_after": "PAINAFT", "stop_reason": "STOPRSN",
                "weight_kg": "WEIGHT", "sbp_before": "SBPBEF", "dbp_before": "DBPBEF",
                "sbp_max": "SBPMAX", "dbp_max": "DBPMAX",
                "spo2_min": "SPO2MIN", "hr_max": "HRMAX", "rr_min": "RRMIN",
            },
            terms=_TERMS["sessions"],
            also={"start": ("ASTDTM", "ASTDT"), "end": ("AENDTM", "AENDT")},
        ),
        "titration": Domain(
            "ADEC",
            {
                "session_id": "ECGRPID", "time": "ECSTDTC", "rate": "ECDOSE", "rate_unit": "ECDOSU",
                "mg_per_ml": "MGPERML", "action": "ACTION",
            },
            terms=_TERMS["titration"],
        ),
        "adverse_events": Domain(
            "ADAE",
            {
                **DOMAINS["adverse_events"].columns, "onset_precision": "ONSETPR",
                "medical_attention": "MEDATTN",
            },
            terms=_TERMS["adverse_events"],
            also={
                "pt": ("AEPTTERM",), "onset": ("ASTDTM", "ASTDT"), "resolved": ("AENDTM", "AENDT"),
                "grade": ("ATOXGR", "ATOXGRN"),
            },
        ),
        "assessments": Domain(
            "ADQS",
            {
                "patient_id": "USUBJID", "date": "ADT", "instrument": "PARAMCD", "score": "AVAL",
                "session_id": "QSGRPID", "source": "QSEVAL",
            },
            terms={"instrument": {"HIT6": "HIT-6", "PHQ9": "PHQ-9"}},
            also={"date": ("QSDTC",)},
        ),
        "laboratory": Domain(
            "ADLB",
            {
                "patient_id": "USUBJID", "date": "ADT", "session_id": "LBGRPID", "test": "PARAMCD",
                "value": "AVAL", "unit": "AVALU", "upper_limit": "A1HI", "qualifier": "QUALIF",
            },
            terms=_TERMS["laboratory"],
            also={"date": ("LBDTC",), "unit": ("LBSTRESU",), "upper_limit": ("ANRHI",)},
        ),
        "diary": Domain(
            "ADDIARY", {"patient_id": "USUBJID", "date": "ADT"}, answers=("PARAMCD", "AVALC"),
            also={"date": ("ADTM",)},
        ),
    },
)  # fmt: skip
