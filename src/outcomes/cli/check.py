"""`outcomes check`: is my data usable."""

from __future__ import annotations

import json
from typing import Any

import typer

from outcomes.cli.words import AsOf, Json, StudyPath, read, say
from outcomes.errors import Exit, plural

__all__ = ["check"]


def check(study: StudyPath, as_of: AsOf = None, as_json: Json = False) -> None:
    """Check a study: every fault of every row, what is kept, and what it can answer.

    Exits with 4 when a row was rejected, or a column that decides something is declared wrongly.
    """
    from outcomes.page.usability import usability
    from outcomes.schema.usable import waiver_line

    checked = read(study, as_of)
    facts = usability(checked)
    print(json.dumps(facts, indent=2, ensure_ascii=False) if as_json else _check_text(facts))
    rejected = sum(table["rejected"] for table in facts["tables"].values())
    if rejected:
        say(f"{plural(rejected, 'row was', 'rows were')} rejected; correct the source, or report without")
    alarms = checked.alarms.query("decides and waived == ''")
    for table, column, message, hint in zip(
        *(alarms[name] for name in ("table", "column", "message", "hint")), strict=True
    ):
        say(f"{table}.{message}: {hint}; or waive it: {waiver_line(table, column)}")
    if rejected or len(alarms):
        raise typer.Exit(Exit.REJECTED)


def _check_text(facts: dict[str, Any]) -> str:
    """Return what `check` prints for people."""
    lines = [facts["title"], "", "rows                received  accepted  rejected"]
    for name, table in facts["tables"].items():
        lines.append(f"{name:<18}{table['received']:>10}{table['accepted']:>10}{table['rejected']:>10}")
        lines += [f"  rejected: {rows} {reason}" for reason, rows in table["reasons"].items()]
    lines += ["", "patients"]
    lines += [f"{count:>8}  {stage}" for stage, count in facts["patients"].items()]
    lines += ["", "findings" if facts["findings"] else "no findings"]
    for found in facts["findings"]:
        place = f"{found['first_file']}" + (f" row {found['first_row']}" if found["first_row"] else "")
        place += f" (line {found['first_line']})" if found["first_line"] else ""
        what = f"{found['table']}: {found['message']} [{found['rule']}]"
        lines.append(f"{found['rows']:>8}  {found['severity']:<8}{what}")
        lines.append(f"{'':10}first: {place}" + (f"; {found['hint']}" if found["hint"] else ""))
    change = facts["change"]
    lines += [
        "",
        f"mean change of {facts['endpoint']}, {change.get('period', 'no period')}: n = {change['n']}",
    ]
    if change.get("estimate") is not None:
        lines[-1] += f" of {change['N']}, {change['estimate']:+.2f}, SD {_shown(change['sd'])}"
    return "\n".join(lines)


def _shown(value: float | None) -> str:
    return "not defined" if value is None else f"{value:.2f}"
