"""Two summaries side by side: how many patients, days, events and kinds of findings came, went or changed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from outcomes.page.summary import CONTENT_BITS, unpacked

__all__ = ["Changes", "Count", "Moved", "compare"]


@dataclass(frozen=True, slots=True)
class Count:
    """How many came, were changed (None: it cannot be told) and went."""

    new: int
    changed: int | None
    gone: int


@dataclass(frozen=True, slots=True)
class Moved:
    """An estimate before and now; `share` is its movement in widths of the earlier interval."""

    name: str
    before: Mapping[str, Any] | None
    now: Mapping[str, Any] | None

    @property
    def by(self) -> float | None:
        """The movement in the estimate's own unit."""
        then, now = (None if side is None else side["estimate"] for side in (self.before, self.now))
        return None if then is None or now is None else float(now - then)

    @property
    def share(self) -> float | None:
        """The movement as a share of the width of the interval before."""
        before, by = self.before, self.by
        if before is None or by is None or before["lower"] is None or before["upper"] is None:
            return None
        width = before["upper"] - before["lower"]
        return by / width if width > 0 else None


@dataclass(frozen=True, slots=True)
class Changes:
    """What differs between two reports.

    Parameters
    ----------
    counts : dict of str to Count
        patients, days, serious, findings; without days when they lie in partitions, then or now.
    findings : tuple of (severity, table, column, rule)
        Kinds that are new.
    moved : tuple of Moved
        Each estimate of either report.
    rules : tuple of (name, before, now)
        Rules that are not the same.
    """

    counts: dict[str, Count]
    findings: tuple[tuple[str, ...], ...]
    moved: tuple[Moved, ...]
    rules: tuple[tuple[str, str, str], ...]


def compare(before: Mapping[str, Any], now: Mapping[str, Any]) -> Changes | None:
    """Return what differs, or None when the two cannot be compared.

    Parameters
    ----------
    before, now : mapping
        Two summaries: `outcomes.page.summary.summary`, parsed.
    """
    if any(before.get(name) != now[name] for name in ("format", "check", "title")):
        return None
    kinds = [{tuple(map(str, kind[:-1])) for kind in side["findings"]} for side in (before, now)]
    counts = {name: _count(before[name], now[name]) for name in ("patients", "serious")}
    if before["days"] is not None and now["days"] is not None:
        counts["days"] = _days(before["days"], now["days"])
    counts["findings"] = Count(len(kinds[1] - kinds[0]), None, len(kinds[0] - kinds[1]))
    return Changes(
        counts,
        tuple(sorted(kinds[1] - kinds[0])),
        tuple(_moved(before["estimates"], now["estimates"])),
        tuple(_rules(before["rules"], now["rules"])),
    )


def _count(before: str, now: str) -> Count:
    then, today = unpacked(before), unpacked(now)
    return Count(len(np.setdiff1d(today, then)), None, len(np.setdiff1d(then, today)))


def _days(before: str, now: str) -> Count:
    """Compare days: a day of a patient whose content differs has changed."""
    then, today = unpacked(before), unpacked(now)
    which_then, which_now = (side >> np.uint64(CONTENT_BITS) for side in (then, today))
    came = int((~np.isin(which_now, which_then)).sum())
    went = int((~np.isin(which_then, which_now)).sum())
    other = len(np.setdiff1d(today, then))
    return Count(came, other - came, went)


def _moved(before: list[dict[str, Any]], now: list[dict[str, Any]]) -> list[Moved]:
    sides = [{(row["name"], row["period"]): row for row in side} for side in (before, now)]
    names = [*sides[1], *(name for name in sides[0] if name not in sides[1])]
    return [
        Moved(", ".join(part for part in name if part), sides[0].get(name), sides[1].get(name))
        for name in names
    ]


def _rules(before: Mapping[str, Any], now: Mapping[str, Any]) -> list[tuple[str, str, str]]:
    names = sorted({*before, *now})
    pairs = [(name, str(before.get(name)), str(now.get(name))) for name in names]
    return [pair for pair in pairs if pair[1] != pair[2]]
