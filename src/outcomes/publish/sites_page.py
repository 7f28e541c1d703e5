"""The files about all sites: a page for people, and the same facts for programs."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import quote

from outcomes.page.json_bytes import as_json
from outcomes.page.sites import sites_page
from outcomes.publish.disk import refused, replace_file
from outcomes.publish.transaction import LATEST

__all__ = ["write_summary"]

INDEX, FACTS = "index.html", "sites.json"


def write_summary(out: Path, results: Sequence[dict[str, Any]]) -> None:
    """Write index.html and sites.json of a folder of sites.

    Raises
    ------
    ReportError
        When the disk refuses; the page of the last run is untouched.
    """
    when = f"{datetime.now(UTC):%Y-%m-%d %H:%M}"
    rows = [_row(out, facts) for facts in results]
    html = sites_page(rows, when=when)
    try:
        replace_file(out / FACTS, as_json({"sites": list(results), "run": {"ended": when}}))
        replace_file(out / INDEX, html.encode())
    except OSError as error:
        raise refused(error, out) from None


def _row(out: Path, facts: dict[str, Any]) -> dict[str, Any]:
    link = f"{facts['site']}/{LATEST}/report.html"
    there = (out / link).is_file()
    counts = facts.get("rows", {})
    missing = [name for name, status in facts.get("sections", {}).items() if status == "failed"]
    heed = [
        facts.get("error", ""),
        *facts.get("opens_with", ()),
        *facts.get("warnings", ()),
        *(f"{name} could not be made" for name in missing),
    ]
    return {
        "site": facts["site"],
        "status": facts["status"],
        "exit_code": facts["exit_code"],
        "link": quote(link) if there else "",
        "words": "newest" if "error" not in facts else "the last good one",
        "rows": {name: f"{counts[name]:,}" if name in counts else "" for name in ("diary", "sessions")},
        "heed": "; ".join(part for part in heed if part),
    }
