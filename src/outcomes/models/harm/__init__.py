"""Adverse events: who was at risk, incidence, rates, comparisons, sessions, recurrence, safety tables."""
