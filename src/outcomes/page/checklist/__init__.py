"""Reporting checklists, filled with what a run knows."""
