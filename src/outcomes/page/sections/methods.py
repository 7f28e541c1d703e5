"""Methods as run: every rule with its value, and how each estimate was made."""

from __future__ import annotations

import pandas as pd

from outcomes.page.blocks import Listing, Section, TableBlock
from outcomes.page.view import View
from outcomes.schema.rules import Rules
from outcomes.tables.data import plain_table

__all__ = ["methods"]

ESTIMATES = (
    "Change per period: mean of the patients' own changes; from 100 patients on a t interval, below one that assumes no "
    "distribution (Gaffke), under 5 none; patients without enough days in "
    "either window are not in it, and n/N says how many.",
    "Responders: n/N with Wilson intervals; missing counted as no response, and left out, side by side.",
    "Adverse events: patients and sessions with at least one emergent event; exact (Clopper-Pearson) intervals, for "
    "sessions at the effective sample size, because sessions of one patient are alike.",
    "An interval that is read again every week covers less than 95% over all looks together.",
)


def methods(view: View) -> Section:
    """Return the section of rules and methods."""
    rules = view.rules
    rows = [
        {
            "rule": name,
            "value": _said(getattr(rules, name)),
            "default": _said(field.default),
            "meaning": field.description or "",
        }
        for name, field in Rules.model_fields.items()
    ]
    labels = {"rule": "Rule", "value": "Here", "default": "Default", "meaning": "Meaning"}
    table = plain_table(pd.DataFrame(rows), labels, name="rules", text_columns=list(labels))
    blocks = (Listing(ESTIMATES), TableBlock(table, "The rules as used.", folded=True))
    return Section("methods", "Methods as run", blocks)


def _said(value: object) -> str:
    """Return the value of a rule in words."""
    if value is None:
        return "not set"
    return {True: "yes", False: "no"}[value] if isinstance(value, bool) else str(value)
