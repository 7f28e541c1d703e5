"""The page about all sites: what became of each, in numbers, with a link to its newest report."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import quote

from jinja2 import Environment, StrictUndefined

from outcomes.report.disk import refused, replace_file
from outcomes.report.facts import as_json
from outcomes.report.publish import LATEST

__all__ = ["write_summary"]

INDEX, FACTS = "index.html", "sites.json"

PAGE = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>Reports of all sites</title>
<style>
body { font: 1rem/1.5 system-ui, sans-serif; margin: 2rem auto; max-width: 70rem; padding: 0 1rem; }
table { border-collapse: collapse; width: 100%; }
th, td { text-align: left; padding: .3rem .8rem .3rem 0; border-bottom: 1px solid #ccc; vertical-align: top; }
td.number, th.number { text-align: right; font-variant-numeric: tabular-nums; }
tr.bad td:nth-child(2) { font-weight: bold; color: #8a1c00; }
</style>
</head>
<body>
<main>
<h1>Reports of all sites</h1>
<p>{{ good }} of {{ sites|length }} sites have a whole report of this run. Run of {{ when }} (UTC).</p>
<table>
<thead><tr><th scope="col">Site</th><th scope="col">This run</th><th scope="col">Report</th>
<th scope="col" class="number">Diary rows</th><th scope="col" class="number">Sessions</th>
<th scope="col">To heed</th></tr></thead>
<tbody>
{% for site in sites %}
<tr{% if site.exit_code %} class="bad"{% endif %}>
<th scope="row">{{ site.site }}</th>
<td>{{ site.status }}</td>
<td>{% if site.link %}<a href="{{ site.link }}">{{ site.words }}</a>{% else %}none{% endif %}</td>
<td class="number">{{ site.rows.diary }}</td>
<td class="number">{{ site.rows.sessions }}</td>
<td>{{ site.heed }}</td>
</tr>
{% endfor %}
</tbody>
</table>
</main>
</body>
</html>
"""


def write_summary(out: Path, results: Sequence[dict[str, Any]]) -> None:
    """Write index.html and sites.json of a folder of sites.

    Raises
    ------
    ReportError
        When the disk refuses; the page of the last run is untouched.
    """
    environment = Environment(autoescape=True, undefined=StrictUndefined, trim_blocks=True)
    when = f"{datetime.now(UTC):%Y-%m-%d %H:%M}"
    rows = [_row(out, facts) for facts in results]
    good = sum(facts["exit_code"] == 0 for facts in results)
    html = environment.from_string(PAGE).render(sites=rows, good=good, when=when)
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
