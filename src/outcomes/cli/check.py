"""`outcomes check`: is my data usable."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated, Any

import typer

from outcomes.cli.words import AsOf, Json, StudyPath, a_path, read, say
from outcomes.errors import ArgumentError, Exit, plural

__all__ = ["check"]


Html = Annotated[
    Path | None,
    typer.Option(
        "--html", metavar="FILE", parser=a_path, help="write a page on data quality, for the clinic"
    ),
]
Csv = Annotated[
    Path | None,
    typer.Option(
        "--csv", metavar="FILE", parser=a_path, help="write the queries for the site, one line per finding"
    ),
]
WithValues = Annotated[
    bool, typer.Option("--with-values", help="put the contents of the cells into --html and --csv")
]


def check(
    study: StudyPath,
    as_of: AsOf = None,
    as_json: Json = False,
    html: Html = None,
    csv: Csv = None,
    with_values: WithValues = False,
) -> None:
    """Check a study: every fault of every row, what is kept, and what it can answer.

    --html and --csv write what to send back to the site; without --with-values they hold no value of a
    patient but the names of files and rows. Exits with 4 when a row was rejected, or a column that decides
    something is declared wrongly.
    """
    from outcomes.page.usability import usability
    from outcomes.schema.losses import rows_lost
    from outcomes.schema.usable import waiver_line

    checked = read(study, as_of)
    _write(checked, html, csv, with_values=with_values)
    facts = usability(checked)
    print(json.dumps(facts, indent=2, ensure_ascii=False) if as_json else _check_text(facts))
    rejected = int(rows_lost(checked.flow)["rows"].sum())
    if rejected:
        say(f"{plural(rejected, 'row was', 'rows were')} rejected; correct the source, or report without")
    alarms = checked.alarms.query("decides and waived == ''")
    for table, column, message, hint in zip(
        *(alarms[name] for name in ("table", "column", "message", "hint")), strict=True
    ):
        say(f"{table}.{message}: {hint}; or waive it: {waiver_line(table, column)}")
    if rejected or len(alarms):
        raise typer.Exit(Exit.REJECTED)


def _write(checked: Any, html: Path | None, csv: Path | None, *, with_values: bool) -> None:
    """Write the page and the list of queries, for their owner only."""
    if html is None and csv is None:
        if with_values:
            raise ArgumentError("--with-values says what --html and --csv hold", hint="give one of them")
        return
    from outcomes.page.quality.quality_page import quality_page
    from outcomes.page.quality.queries import query_list
    from outcomes.publish.quality_files import write_quality

    if html is not None:
        write_quality(html, quality_page(checked, with_values=with_values))
    if csv is not None:
        write_quality(csv, query_list(checked, with_values=with_values).to_csv(index=False))


def _check_text(facts: dict[str, Any]) -> str:
    """Return what `check` prints for people."""
    lines = [facts["title"], *facts["opens_with"], "", "rows                received  accepted  rejected"]
    for name, table in facts["tables"].items():
        lines.append(f"{name:<18}{table['received']:>10}{table['accepted']:>10}{table['rejected']:>10}")
        lines += [f"  rejected: {rows} {reason}" for reason, rows in table["reasons"].items()]
    lines += ["", "patients"]
    lines += [f"{count:>8}  {stage}" for stage, count in facts["patients"].items()]
    lines += ["", "findings" if facts["findings"] else "no findings"]
    for found in sorted(facts["findings"], key=lambda found: found["severity"] != "error"):
        place = f"{found['first_file']}" + (f" row {found['first_row']}" if found["first_row"] else "")
        place += f" (line {found['first_line']})" if found["first_line"] else ""
        what = f"{found['table']}: {found['message']} [{found['rule']}]"
        lines.append(f"{found['rows']:>8}  {found['severity']:<8}{what}")
        todo = f"waived: {found['waived']}" if found["waived"] else found["hint"]
        lines.append(f"{'':10}first: {place}" + (f"; {todo}" if todo else ""))
    changes = {f", {arm}": part for arm, part in facts["change_by_arm"].items()} or {"": facts["change"]}
    lines += ["", *(_change_line(facts["endpoint"] + arm, part) for arm, part in changes.items())]
    return "\n".join(lines)


def _change_line(what: str, change: dict[str, Any]) -> str:
    line = f"mean change of {what}, {change.get('period', 'no period')}: n = {change['n']}"
    if change.get("estimate") is None:
        return line
    return f"{line} of {change['N']}, {change['estimate']:+z.2f}, SD {_shown(change['sd'])}"


def _shown(value: float | None) -> str:
    return "not defined" if value is None else f"{value:.2f}"
