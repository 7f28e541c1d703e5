"""Roles of the columns: the contract's names. Frames with other names are renamed once, before the call."""

__all__ = ["END", "EVENT", "ONSET", "PATIENT", "SESSION", "START"]

PATIENT, SESSION, EVENT = "patient_id", "session_id", "event_id"
START, END, ONSET = "start", "end", "onset"
