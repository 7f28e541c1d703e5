"""Methods as run: every rule with its value; how estimates are made stands in the documentation."""

from __future__ import annotations

import pandas as pd

from outcomes.page.blocks import Section, TableBlock, Words
from outcomes.page.material import IMPUTATIONS, RESAMPLES, SEED
from outcomes.page.view import View
from outcomes.schema.rules import Rules
from outcomes.tables.data import plain_table

__all__ = ["methods"]

LABELS = {"rule": "Rule", "value": "Here", "default": "Default"}
WORDS = (
    "Each estimate, its interval and what it assumes: docs/methods; what a rule means: docs/reference. Single-look intervals cover "
    "less than 95% over all weekly looks together."
)


def methods(view: View) -> Section:
    """Return the section of rules and methods."""
    rules = view.rules
    rows = pd.DataFrame(
        {
            "rule": name,
            "value": (value := _said(getattr(rules, name))),
            "default": "" if value == _said(field.default) else _said(field.default),
        }
        for name, field in Rules.model_fields.items()
    )
    drawn = (
        f" At random: {RESAMPLES:,d} resamples, {IMPUTATIONS} imputations, seed {SEED}."
        if not view.limit
        else ""
    )
    table = plain_table(rows, LABELS, name="rules", text_columns=list(LABELS))
    return Section(
        "methods",
        "Methods as run",
        (Words(WORDS + drawn), TableBlock(table, "The rules as used.")),
        finding=_changed(rows),
    )


def _changed(rows: pd.DataFrame) -> str:
    """Name the rules that are not the default."""
    changed = rows[rows["default"] != ""]
    named = zip(changed["rule"], changed["value"], strict=True)
    said = ", ".join(f"{rule.replace('_', ' ')} {value}" for rule, value in named)
    return f"Rules at their defaults, except {said}" if said else "All rules at their defaults"


def _said(value: object) -> str:
    """Return the value of a rule in words."""
    if value is None:
        return "not set"
    return {True: "yes", False: "no"}[value] if isinstance(value, bool) else str(value)
