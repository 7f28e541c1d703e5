"""What a study is told besides its tables: rules, zone, cut-off, title and the rest of study.toml."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

import pandas as pd

from outcomes.config.queries import Query
from outcomes.config.reporting import LONGEST_TITLE, Reporting, fault_of_title
from outcomes.errors import ArgumentError, instance_of, one_of
from outcomes.schema.estimand import Estimand
from outcomes.schema.rules import Rules
from outcomes.schema.setting_faults import setting_fault
from outcomes.sources.files import FileFacts

__all__ = ["Settings", "Whole", "check_title", "day_of", "rules_of"]


@dataclass(frozen=True, slots=True, eq=False)
class Settings:
    """Everything that a study is told, apart from its tables; checked already."""

    rules: Rules
    timezone: str
    cutoff: pd.Timestamp | None
    title: str
    note: str = ""
    files: tuple[FileFacts, ...] = ()
    reporting: Reporting = field(default_factory=Reporting)
    config: Path | None = None
    queries: Mapping[str, Query] = field(default_factory=dict)
    estimand: Estimand = field(default_factory=Estimand)
    waivers: Mapping[str, Mapping[str, str]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Whole:
    """What a part must know of the whole study: rows of each table, last diary date used, substances."""

    rows: Mapping[str, int]
    last_day: pd.Timestamp | None
    substances: frozenset[str] | None = None


def check_title(title: object) -> None:
    """Refuse a title that is no text, not one line, or too long for the head of a page."""
    instance_of("title", title, str, hint="the name of the study")
    if fault := fault_of_title(str(title)):
        raise ArgumentError(f"title {fault}", hint="write the name of the study in one line")
    if len(str(title)) > LONGEST_TITLE:
        raise ArgumentError(
            "title is too long for the head of a page",
            got=f"{len(str(title))} characters",
            allowed=f"at most {LONGEST_TITLE}",
        )


def rules_of(rules: Rules | Mapping[str, object] | None) -> Rules:
    """Return the rules; refuse a name or a value that is not one of theirs."""
    if rules is None or isinstance(rules, Rules):
        return rules or Rules()
    instance_of("rules", rules, Rules | Mapping, hint='for instance {"min_days": 20}')
    for name in rules:
        one_of("rule", name, Rules.model_fields)
    try:
        return Rules.model_validate(dict(rules))
    except ValueError as error:
        faults = error.errors()  # type: ignore[attr-defined]
        said = "; ".join(setting_fault(".".join(map(str, fault["loc"])), fault) for fault in faults)
        raise ArgumentError(f"a rule has a value that is not allowed: {said}") from None


def day_of(value: str | date | pd.Timestamp | None) -> pd.Timestamp | None:
    """Return a local date at midnight; refuse what is not one date to everybody."""
    if value is None:
        return None
    try:
        if isinstance(value, str):  # to pandas 01.02.2026 is in January: only ISO is one date to all
            value = date.fromisoformat(value)
        if not isinstance(value, date):
            raise TypeError
        day = pd.Timestamp(value)
    except (TypeError, ValueError):
        raise ArgumentError(
            "the cut-off is not a date", got=repr(value), allowed="YYYY-MM-DD, for instance 2026-06-30"
        ) from None
    if pd.isna(day):
        raise ArgumentError("the cut-off is missing", allowed="a date, or None")
    return day.tz_localize(None).normalize()
