"""The patient's sheet: one page for the consultation."""

from outcomes.page.sheet.sheet import PatientSheet, patient_sheet, patient_sheets

__all__ = ["PatientSheet", "patient_sheet", "patient_sheets"]
