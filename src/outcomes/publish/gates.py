"""Are the data new enough, and are there as many as last time? Plain numbers in, sentences out."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from outcomes.errors import DataError

__all__ = ["Gate", "gate"]

#: Key of the manifest's `newest` -> the rule in [report], and the words for it.
AGES = {
    "diary": ("max_age_diary_days", "the newest diary day"),
    "sessions": ("max_age_sessions_days", "the newest session"),
}


class Gate(DataError):
    """The data are older, or fewer, than [report] of study.toml allows."""


def gate(
    facts: Mapping[str, Any],
    before: Mapping[str, Any] | None,
    *,
    today: date,
    force: bool = False,
    counts: bool = True,
) -> list[str]:
    """Return what is stale or missing, or refuse when [report] says so.

    Parameters
    ----------
    facts : mapping
        `title`, `newest` (table -> ISO date or None), `rows` (table -> accepted rows) and `report` (the part
        [report] of study.toml).
    before : mapping or None
        The same of the last report; another study's counts are not compared.
    today : date
        Local date of the report.
    force : bool
        Warn only.
    counts : bool
        Say how many rows there are, and how old the newest day is, which is a patient's; not to readers
        outside the clinic.

    Raises
    ------
    Gate
        When the rule is `fail` and it is not forced.
    """
    rules = facts["report"]
    late = _late(facts["newest"], rules, today, counts=counts)
    fewer = _fewer(facts, before, rules["max_drop_percent"], counts=counts)
    refused = (late if rules["stale"] == "fail" else []) + (fewer if rules["drop"] == "fail" else [])
    if refused and not force:
        raise Gate(
            "the report was not made: " + "; ".join(refused),
            hint="check where the data come from, or publish anyway with --force",
        )
    return late + fewer


def _late(
    newest: Mapping[str, str | None], rules: Mapping[str, Any], today: date, *, counts: bool
) -> list[str]:
    found = []
    for table, (rule, words) in AGES.items():
        limit, day = rules[rule], newest.get(table)
        if limit is None:
            continue
        if day is None:
            found.append(f"there is no date for {words}")
        elif (age := (today - date.fromisoformat(day)).days) > limit:
            old = f"{age} days old, {rule} is {limit}" if counts else f"older than {rule}, {limit} days"
            found.append(f"{words} is {old}")
    return found


def _fewer(
    facts: Mapping[str, Any], before: Mapping[str, Any] | None, limit: float, *, counts: bool
) -> list[str]:
    if before is None or before.get("title") != facts["title"]:
        return []
    found = []
    for table, count in (before.get("rows") or {}).items():
        now = facts["rows"].get(table, 0)
        drop = 100 * (count - now) / count if count else 0.0
        if drop > limit and not counts:
            found.append(f"{table} has over {limit:g} % fewer accepted rows than in the last report")
        elif drop > limit:
            found.append(f"{table} has {now} accepted rows, {count} in the last report ({drop:.1f} % fewer)")
    return found
