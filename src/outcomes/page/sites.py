"""The page about all sites: what became of each, in numbers, with a link to its newest report."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from jinja2 import Environment, StrictUndefined

__all__ = ["sites_page"]

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
<p>{{ good }} of {{ sites|length }} sites have a complete report from this run, made at {{ when }} (UTC).</p>
<table>
<thead><tr><th scope="col">Site</th><th scope="col">This run</th><th scope="col">Report</th>
<th scope="col" class="number">Diary rows</th><th scope="col" class="number">Sessions</th>
<th scope="col">Needs attention</th></tr></thead>
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


def sites_page(rows: Sequence[Mapping[str, Any]], *, when: str) -> str:
    """Return the HTML of the page about all sites.

    Parameters
    ----------
    rows : sequence of mapping
        site, status, exit_code, link, words, rows (diary, sessions), heed of each site.
    when : str
        Minute of the run, in UTC.
    """
    environment = Environment(autoescape=True, undefined=StrictUndefined, trim_blocks=True)
    good = sum(row["exit_code"] == 0 for row in rows)
    return environment.from_string(PAGE).render(sites=rows, good=good, when=when)
