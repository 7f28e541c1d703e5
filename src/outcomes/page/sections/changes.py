"""What has changed since the report before: patients, diary days, serious events, findings, estimates."""

from __future__ import annotations

import json
from typing import Any

import pandas as pd

from outcomes.page.blocks import Block, Listing, Section, TableBlock, Words
from outcomes.page.comparison import Changes, Moved, compare
from outcomes.page.last_report import SUMMARY, Memory
from outcomes.page.material import Material
from outcomes.page.summary import summary
from outcomes.page.view import View
from outcomes.tables.data import plain_table
from outcomes.tables.numbers import EMPTY, count, interval, number, percent, signed

__all__ = ["changes"]

NAME, TITLE = "changes", "Since the last report"
WHAT = {
    "patients": "Patients",
    "days": "Diary days",
    "serious": "Serious adverse events",
    "findings": "Kinds of findings",
}
#: New kinds of findings that are named; the table of findings holds all.
SHOWN = 10


def changes(view: View) -> Section:
    """Return the section on what is not as in the report before; it has no rule for readers outside."""
    return view.everything(_changes)


def _changes(material: Material) -> Section:
    memory = material.memory
    if memory is None or memory.before is None:
        reason = "No earlier report in this folder left a summary, so there is nothing to compare with."
        return Section(NAME, TITLE, (Words(reason),), "absent", reason)
    before = memory.told
    now = json.loads(summary(material, memory.key))
    found = None if before is None else _compared(before, now)
    if before is None or found is None:
        reason = (
            f"The previous report ({_when(memory)}) cannot be compared "
            f"with this one: it is about another study, or its summary ({SUMMARY}) was changed, or made "
            "with another key or version."
        )
        return Section(NAME, TITLE, (Words(reason),), "absent", reason)
    return Section(NAME, TITLE, tuple(_blocks(found, before, memory)))


def _compared(before: dict[str, Any], now: dict[str, Any]) -> Changes | None:
    """Return what differs; None also when the summary was edited and is one no longer."""
    try:
        return compare(before, now)
    except (AttributeError, KeyError, TypeError, ValueError):
        return None


def _blocks(found: Changes, before: dict[str, Any], memory: Memory) -> list[Block]:
    until = "all data received then" if before["as_of"] is None else f"data up to {before['as_of']}"
    blocks: list[Block] = [
        Words(f"Compared with the report of {_when(memory)} ({until}). {_sentence(found)}")
    ]
    if found.rules:
        said = "; ".join(f"{name} was {then} and is now {now}" for name, then, now in found.rules)
        blocks.append(
            Words(f"The rules differ, so the estimates do not measure the same thing: {said}.", "caution")
        )
    blocks.append(TableBlock(_counts(found), "What was added, changed and removed."))
    if found.findings:
        named = [_finding(kind) for kind in found.findings[:SHOWN]]
        rest = len(found.findings) - SHOWN
        more = [f"{count(rest, 'more kind')} in the table of findings"] if rest > 0 else []
        blocks.append(Words("New kinds of findings:"))
        blocks.append(Listing((*named, *more)))
    if found.moved:
        blocks.append(TableBlock(_estimates(found.moved), "How the estimates moved."))
    return blocks


def _when(memory: Memory) -> str:
    """Return the date in a report's name, which is when it was begun."""
    name = str(memory.report)
    return f"{name[:4]}-{name[4:6]}-{name[6:8]}"


def _sentence(found: Changes) -> str:
    """Say the most important changes in words: serious events, patients, days, and the estimate that moved most."""
    counts = found.counts
    said = [
        f"{count(counts['serious'].new, 'serious event is', 'serious events are')} new",
        f"{count(counts['patients'].new, 'patient is', 'patients are')} new and {counts['patients'].gone} gone",
    ]
    if "days" in counts:
        days = counts["days"]
        added = count(days.new, "diary day was", "diary days were")
        said.append(f"{added} added, {days.changed} edited and {days.gone} removed")
    else:
        said.append("single diary days, which lie in partitions, are not compared")
    shares = [(abs(one.share), one) for one in found.moved if one.share is not None]
    if not shares:
        return "; ".join(said) + "."
    share, most = max(shares, key=lambda pair: pair[0])
    moved = "No estimate moved." if share == 0 else (
        f"The estimate that moved most is {most.name}: by {percent(100 * share, 1)} of its interval's width."
    )  # fmt: skip
    return "; ".join(said) + f". {moved}"


def _counts(found: Changes) -> Any:
    rows = [
        {
            "what": label,
            "new": f"{one.new:,}",
            "changed": EMPTY if one.changed is None else f"{one.changed:,}",
            "gone": f"{one.gone:,}",
        }
        for name, label in WHAT.items()
        if name in found.counts
        for one in (found.counts[name],)
    ]
    labels = {"what": "What", "new": "New", "changed": "Edited", "gone": "Gone"}
    return plain_table(pd.DataFrame(rows), labels, name="changes-counts", text_columns=["what"])


def _finding(kind: tuple[str, ...]) -> str:
    severity, table, column, rule = kind
    return f"{severity} in {table.replace('_', ' ')}{', ' * bool(column)}{column}: {rule.replace('_', ' ')}"


def _estimates(moved: tuple[Moved, ...]) -> Any:
    rows = [
        {
            "name": one.name,
            "before": _estimate(one.before),
            "now": _estimate(one.now),
            "by": signed(one.by, 2),
            "share": EMPTY if one.share is None else f"{signed(100 * one.share, 0)}%",
        }
        for one in moved
    ]
    labels = {
        "name": "Estimate",
        "before": "Before (95% interval)",
        "now": "Now (95% interval)",
        "by": "Moved",
        "share": "of the interval's width",
    }
    return plain_table(pd.DataFrame(rows), labels, name="changes-estimates", text_columns=["name"])


def _estimate(row: Any) -> str:
    if row is None or row["estimate"] is None:
        return EMPTY
    limits = interval(row["lower"], row["upper"])
    return number(row["estimate"]) + (f" ({limits})" if limits != EMPTY else "")
