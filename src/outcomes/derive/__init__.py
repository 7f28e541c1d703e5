"""Derivations: courses, exposure, days, periods, emergence and flow; frames in, frames out."""
