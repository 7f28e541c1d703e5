"""Data quality: rows received and rejected, patients at each step, which days are in the diaries, findings."""

from __future__ import annotations

import pandas as pd

from outcomes.page.blocks import Block, Drawing, Section, TableBlock, Words
from outcomes.page.material import Material
from outcomes.page.view import View
from outcomes.plots.flow_diagram import flow_diagram
from outcomes.plots.recording import recording
from outcomes.plots.svg import svg
from outcomes.schema.tables import TABLES
from outcomes.tables.data import findings_table, plain_table, row_flow_table
from outcomes.tables.description import WITHHELD, Table
from outcomes.tables.numbers import count

__all__ = ["data_quality"]

#: More kinds of findings than this are folded away.
SHOWN = 10

KEPT = (
    "Kept in the clinic: the flow of patients, the findings with their files and rows, the diaries day by day, and the rows of "
    "tables in which a row is a patient, a session or an event."
)

#: Table -> what a report cannot say without it.
COST = {
    "sessions": "dose, duration and events per session",
    "patients": "age, sex, diagnosis, arms",
    "titration": "pump rates and the dose they add up to",
    "adverse_events": "harm",
    "assessments": "disability, mood and global impression",
    "laboratory": "laboratory values",
}


def data_quality(view: View) -> Section:
    """Return the section on what was received and what was left."""
    blocks: list[Block] = [TableBlock(_rows(view), _rows_caption(view))]
    absent = [name for name in TABLES if name not in view.given]
    if absent:
        lacks = "; ".join(f"without {name.replace('_', ' ')}: nothing on {COST[name]}" for name in absent)
        blocks.append(Words(f"Not given: {lacks}."))
    blocks += view.for_the_clinic(_inside)
    if view.limit:
        blocks.append(Words(KEPT))
    return Section("data-quality", "Data quality and flow", tuple(blocks))


def _rows_caption(view: View) -> str:
    return "Rows of the diary and of the pump log." if view.limit else "Rows of the tables that were given."


def _rows(view: View) -> Table:
    rows = view.rows
    if "status" in rows:
        return row_flow_table(rows)
    names = ("received", "accepted", "rejected")
    told = rows.assign(**{name: [_told(n) for n in rows[name]] for name in names})
    labels = {"table": "Table"} | {name: name.capitalize() for name in names}
    return plain_table(told, labels, name="rows", text_columns=["table"])


def _told(rows: float | None) -> str:
    return WITHHELD if rows is None or pd.isna(rows) else f"{rows:,.0f}"


def _inside(material: Material) -> list[Block]:
    """Return the flow of patients, the days in the diaries and the findings."""
    diagram = svg(flow_diagram(material.flow), name="flow")
    caption = "Patients at each step to the comparison of the first period with the baseline."
    blocks: list[Block] = [Drawing(diagram, caption)]
    if len(material.calendar) and len(material.windows):
        blocks.append(_recorded(material))
    return [*blocks, _findings(material.study.findings)]


def _findings(findings: pd.DataFrame) -> Block:
    if not len(findings):
        return Words("The checks found nothing.")
    rules = findings[["severity", "table", "rule", "message"]].drop_duplicates()
    caption = f"Findings: {count(len(rules), 'kind')}. Rows with an error are rejected, with a warning kept."
    return TableBlock(findings_table(findings), caption, folded=len(rules) > SHOWN)


def _recorded(material: Material) -> Drawing:
    """Return the days from the baseline to the last follow-up period, counted from the first infusion."""
    windows = material.windows
    span = (int(windows["first_day"].min()), int(windows["last_day"].max()))
    axes = recording(material.calendar, windows=windows, span=span)
    caption = (
        "Days in the diaries, one row per patient, from the baseline to the last follow-up period that has begun; "
        "a later course does not start the count again. A day that could have been recorded and was not is a hole; "
        "where a row is empty, nothing was due."
    )
    return Drawing(svg(axes, name="recording"), caption)
