"""Codelists: the words that coded columns may hold, with their meaning."""

from __future__ import annotations

__all__ = ["CODELISTS", "EVENT_GROUPS"]

#: Groups of adverse-event terms; plain words of ours, no MedDRA term.
EVENT_GROUPS: dict[str, str] = {
    "dissociation": "feeling detached from body or surroundings, out-of-body experience",
    "sedation": "drowsiness, sleepiness, sedation",
    "dizziness": "dizziness, light-headedness, vertigo",
    "nausea": "nausea",
    "vomiting": "vomiting",
    "diarrhoea": "diarrhoea",
    "blurred_vision": "blurred or double vision",
    "vivid_dreams": "vivid dreams, nightmares",
    "hallucination": "hallucination of any sense",
    "agitation": "agitation, restlessness",
    "anxiety": "anxiety, panic",
    "confusion": "confusion, disorientation",
    "nystagmus": "nystagmus",
    "headache_worsening": "headache worse than before",
    "hypertension": "raised blood pressure",
    "tachycardia": "fast heart rate, palpitations",
    "liver_enzymes": "raised liver enzymes",
    "other": "any other term",
}

#: Name of a codelist -> code -> meaning.
CODELISTS: dict[str, dict[str, str]] = {
    "sex": {"female": "female", "male": "male", "other": "other or not stated"},
    "setting": {
        "outpatient": "infusion over hours, no overnight stay",
        "inpatient": "continuous infusion over days in hospital",
        "emergency": "infusion in an emergency department",
    },
    "substance": {
        "racemic_ketamine": "ketamine as the racemate",
        "esketamine": "esketamine, S-ketamine",
    },
    "stop_reason": {
        "completed": "ran as planned",
        "target_reached": "stopped early because the aim was reached",
        "adverse_event": "stopped because of an adverse event",
        "patient": "stopped at the patient's request",
        "other": "another reason",
    },
    "titration_action": {
        "start": "line opened at this rate",
        "bolus": "bolus given; the rate is the one that follows it",
        "rate": "rate changed to this",
        "stop": "line closed; rate 0",
    },
    "rate_unit": {
        "mg/kg/h": "milligrams per kilogram per hour",
        "mcg/kg/min": "micrograms per kilogram per minute",
        "mg/h": "milligrams per hour",
        "mL/h": "millilitres per hour",
    },
    "diary_source": {"diary": "entered day by day", "recall": "recalled later from memory"},
    "acute_medication": {
        "none": "no acute drug taken",
        "triptan": "triptan",
        "gepant": "gepant for acute use",
        "ditan": "ditan",
        "ergot": "ergot alkaloid",
        "opioid": "opioid",
        "nsaid": "non-steroidal anti-inflammatory drug",
        "simple_analgesic": "paracetamol or another simple analgesic",
        "combination": "combination analgesic",
        "barbiturate": "barbiturate compound",
        "antiemetic": "antiemetic",
        "other": "another acute drug",
    },
    "event_group": EVENT_GROUPS,
    "event_action": {
        "none": "nothing changed",
        "rate_reduced": "pump rate reduced",
        "paused": "infusion paused",
        "stopped": "infusion stopped",
        "other": "another action",
    },
    "event_outcome": {
        "recovered": "recovered",
        "recovering": "recovering",
        "not_recovered": "not recovered",
        "sequelae": "recovered with sequelae",
        "fatal": "fatal",
        "unknown": "unknown",
    },
    "onset_precision": {
        "time": "date and time are known",
        "day": "only the date is known",
        "month": "only the month is known",
        "year": "only the year is known",
    },
    "instrument": {
        "HIT-6": "Headache Impact Test, 36-78",
        "MIDAS": "Migraine Disability Assessment, 0-270",
        "MSQ": "Migraine-Specific Quality of Life, 0-100",
        "PHQ-9": "Patient Health Questionnaire, 0-27",
        "PGIC": "Patient Global Impression of Change, 1-7",
        "NRS": "numeric rating scale of pain, 0-10",
    },
    "lab_test": {
        "alt": "alanine aminotransferase",
        "ast": "aspartate aminotransferase",
        "alp": "alkaline phosphatase",
        "ggt": "gamma-glutamyltransferase",
        "bilirubin": "total bilirubin",
        "creatinine": "creatinine",
        "other": "another test",
    },
    "lab_qualifier": {"below": "below the limit of detection", "above": "above the limit of detection"},
    "diagnosis": {
        "chronic_migraine": "chronic migraine",
        "episodic_migraine": "episodic migraine",
        "new_daily_persistent_headache": "new daily persistent headache",
        "cluster_headache": "cluster headache",
        "other": "another headache diagnosis",
    },
}
