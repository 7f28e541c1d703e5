"""The report for readers outside the clinic: made from counts that were protected first, and from nothing else.

A section that has no version here does not leave the clinic.
"""
