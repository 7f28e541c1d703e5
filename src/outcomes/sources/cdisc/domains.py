"""Which variable of which SDTM domain each column of the contract is (SDTM Implementation Guide 3.4).

A column that SDTM has no variable for is a supplemental qualifier (SUPP--); its label is our name.
"""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from pathlib import Path

__all__ = ["DIARY_TESTS", "DOMAINS", "SDTM", "SUFFIXES", "VITAL_SIGNS", "Domain", "Layout", "data_sets"]

#: Endings of a domain's file, the first that is there.
SUFFIXES = (".json", ".ndjson", ".xpt", ".sas7bdat")


@dataclass(frozen=True, slots=True)
class Domain:
    """One domain whose records are the rows of one table.

    Parameters
    ----------
    name : str
        Two letters.
    columns : dict of str to str
        Our column -> its variable.
    further : tuple of str
        Our columns that are supplemental qualifiers.
    fixed : dict of str to str
        Variables with one text.
    terms : dict of str to dict
        Our column: the terms of SDTM -> our codes; the first term of a code is the one that is written.
    also : dict of str to tuple
        Our column: variables that stand in where its own is not there, the best first.
    answers : tuple of str
        The variables of the question and its answer, where a record is one answer of a row.
    """

    name: str
    columns: dict[str, str]
    further: tuple[str, ...] = ()
    fixed: dict[str, str] = field(default_factory=dict)
    terms: dict[str, dict[str, str]] = field(default_factory=dict)
    also: dict[str, tuple[str, ...]] = field(default_factory=dict)
    answers: tuple[str, str] | None = None


@dataclass(frozen=True, slots=True)
class Layout:
    """A standard whose data sets are a study.

    Parameters
    ----------
    key : str
        Its key below [tables] in study.toml.
    name : str
        How it is called in messages.
    domains : dict of str to Domain
        Our table -> the data set whose records are its rows.
    beside : tuple of str
        Further data sets that are read with them.
    """

    key: str
    name: str
    domains: dict[str, Domain]
    beside: tuple[str, ...] = ()


DOMAINS: dict[str, Domain] = {
    "patients": Domain(
        "DM",
        {
            "patient_id": "USUBJID", "index_date": "RFSTDTC", "age": "AGE", "sex": "SEX", "arm": "ARM",
            "site": "SITEID",
        },
        ("first_contact", "data_until", "cohort", "diagnosis", "prior_preventives"),
        terms={"sex": {"F": "female", "M": "male", "U": "other", "UNDIFFERENTIATED": "other"}},
    ),
    "sessions": Domain(
        "EX",
        {
            "session_id": "EXGRPID", "patient_id": "USUBJID", "start": "EXSTDTC", "end": "EXENDTC",
            "dose_mg": "EXDOSE", "substance": "EXTRT",
        },
        ("setting", "bolus_mg_per_kg", "pain_before", "pain_after", "stop_reason"),
        {"EXDOSU": "mg", "EXROUTE": "INTRAVENOUS"},
    ),
    "titration": Domain(
        "EC",
        {"session_id": "ECGRPID", "time": "ECSTDTC", "rate": "ECDOSE", "rate_unit": "ECDOSU"},
        ("mg_per_ml", "action"),
        {"ECTRT": "KETAMINE", "ECMOOD": "PERFORMED", "ECROUTE": "INTRAVENOUS"},
    ),
    "adverse_events": Domain(
        "AE",
        {
            "event_id": "AESPID", "patient_id": "USUBJID", "session_id": "AEGRPID", "term": "AETERM",
            "group": "AECAT", "soc": "AEBODSYS", "pt": "AEDECOD", "onset": "AESTDTC", "resolved": "AEENDTC",
            "grade": "AETOXGR", "serious": "AESER", "related": "AEREL", "action": "AEACN", "outcome": "AEOUT",
        },
        ("onset_precision", "medical_attention"),
        terms={
            "related": {
                "Y": "yes", "N": "no", "RELATED": "yes", "POSSIBLE": "yes", "PROBABLE": "yes",
                "REMOTE": "yes", "NONE": "no", "NOT RELATED": "no", "UNLIKELY RELATED": "no",
            },
            "action": {
                "DOSE NOT CHANGED": "none", "DOSE REDUCED": "rate_reduced", "DRUG INTERRUPTED": "paused",
                "DRUG WITHDRAWN": "stopped", "OTHER": "other",
            },
            "outcome": {
                "RECOVERED/RESOLVED": "recovered", "RECOVERING/RESOLVING": "recovering",
                "NOT RECOVERED/NOT RESOLVED": "not_recovered",
                "RECOVERED/RESOLVED WITH SEQUELAE": "sequelae", "FATAL": "fatal", "UNKNOWN": "unknown",
            },
        },
    ),
    "assessments": Domain(
        "QS",
        {
            "patient_id": "USUBJID", "date": "QSDTC", "instrument": "QSCAT", "score": "QSORRES",
            "session_id": "QSGRPID", "source": "QSEVAL",
        },
        fixed={"QSTESTCD": "TOTAL", "QSTEST": "Total Score"},
    ),
    "laboratory": Domain(
        "LB",
        {
            "patient_id": "USUBJID", "date": "LBDTC", "session_id": "LBGRPID", "test": "LBTESTCD",
            "value": "LBORRES", "unit": "LBORRESU", "upper_limit": "LBORNRHI",
        },
        ("qualifier",),
        terms={
            "test": {
                "ALT": "alt", "AST": "ast", "ALP": "alp", "GGT": "ggt", "BILI": "bilirubin",
                "CREAT": "creatinine",
            }
        },
    ),
    "diary": Domain(
        "FACE", {"patient_id": "USUBJID", "date": "FADTC"}, fixed={"FAOBJ": "HEADACHE"},
        answers=("FATESTCD", "FAORRES"),
    ),
}  # fmt: skip

#: Column of the diary -> its test in FACE: one record for each answer of a day.
DIARY_TESTS = {
    "headache": "OCCUR", "duration_h": "DURH", "pain": "PAIN", "unilateral": "UNILAT", "pulsating": "PULSAT",
    "aggravated": "AGGRAV", "nausea": "NAUSEA", "vomiting": "VOMIT", "photophobia": "PHOTO",
    "phonophobia": "PHONO", "aura": "AURA", "aura_min": "AURAMIN", "migraine": "MIGRAINE",
    "acute_medication": "ACUTEMED", "entered_at": "ENTERED", "source": "SOURCE",
}  # fmt: skip
#: Column of the sessions -> its test and time point in VS, in records of the session's group.
VITAL_SIGNS = {
    "weight_kg": "WEIGHT BEFORE", "sbp_before": "SYSBP BEFORE", "dbp_before": "DIABP BEFORE",
    "sbp_max": "SYSBP MAXIMUM", "dbp_max": "DIABP MAXIMUM", "spo2_min": "OXYSAT MINIMUM",
    "hr_max": "HR MAXIMUM", "rr_min": "RESP MINIMUM",
}  # fmt: skip


SDTM = Layout("sdtm", "SDTM", DOMAINS, (*(f"SUPP{domain.name}" for domain in DOMAINS.values()), "VS", "CE"))


def data_sets(folder: Path, layout: Layout) -> dict[str, str]:
    """Return the data sets in a folder, each with its file; headache events of CE stand in for FACE.

    Parameters
    ----------
    folder : Path
        Where the data sets are; one that does not exist has none.
    layout : Layout
        Whose they are.
    """
    try:
        there = {name.casefold(): name for name in sorted(os.listdir(folder))}
    except (OSError, ValueError):
        return {}
    found = {}
    for name in (*(domain.name for domain in layout.domains.values()), *layout.beside):
        files = [
            there[f"{name.casefold()}{suffix}"]
            for suffix in SUFFIXES
            if f"{name.casefold()}{suffix}" in there
        ]
        if files:
            found[name] = files[0]
    if "FACE" in found:
        found.pop("CE", None)
    return found
