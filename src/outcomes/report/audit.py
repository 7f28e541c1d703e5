"""The log of runs: a line of JSON a run, only added to, each with the hash of the line before."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from outcomes.report.disk import append_line

__all__ = ["LOG", "append", "broken_lines", "records"]

#: Name of the log in the folder of reports.
LOG = "runs.jsonl"
FIRST = "0" * 64


def append(out: Path, record: Mapping[str, Any]) -> None:
    """Add a run; the caller holds the folder's lock."""
    lines = _lines(out)
    chained = dict(record) | {"previous": _digest(lines[-1]) if lines else FIRST}
    append_line(out / LOG, json.dumps(chained, ensure_ascii=False).encode())


def records(out: Path) -> list[dict[str, Any]]:
    """Return the runs, oldest first; a torn line of a run that was killed is left out."""
    found = []
    for line in _lines(out):
        try:
            found.append(json.loads(line))
        except ValueError:
            continue
    return found


def broken_lines(out: Path) -> list[int]:
    """Return the numbers of the lines that are not followed by their own hash: they were changed."""
    lines = _lines(out)
    broken = []
    before = FIRST
    for number, line in enumerate(lines, start=1):
        try:
            told = json.loads(line)["previous"]
        except (ValueError, KeyError, TypeError):
            broken.append(number)
        else:
            if told != before:
                broken.append(max(number - 1, 1))
        before = _digest(line)
    return sorted(set(broken))


def _lines(out: Path) -> list[bytes]:
    try:
        return [line for line in (out / LOG).read_bytes().split(b"\n") if line]
    except FileNotFoundError:
        return []


def _digest(line: bytes) -> str:
    return hashlib.sha256(line).hexdigest()
