"""Data quality: rows received and rejected, patients at each step, which days are in the diaries, findings."""

from __future__ import annotations

import pandas as pd

from outcomes.derive.remember import in_parts
from outcomes.page.blocks import Block, Drawing, Section, TableBlock, Words
from outcomes.page.material import Material
from outcomes.page.view import View
from outcomes.plots.recording import recording
from outcomes.plots.svg import svg
from outcomes.schema.tables import TABLES
from outcomes.tables.data import findings_table, plain_table, row_flow_table
from outcomes.tables.description import WITHHELD, Table
from outcomes.tables.numbers import count, percent

__all__ = ["data_quality"]

#: Kinds of findings that are named.
SHOWN = 3

KEPT = (
    "Kept in the clinic: the flow of patients, the findings, the diaries, and the rows of tables in which a row is a patient, a "
    "session or an event."
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
    blocks: list[Block] = [*view.for_the_clinic(_days)]
    blocks.append(TableBlock(_rows(view), _rows_caption(view)))
    absent = [name for name in TABLES if name not in view.given]
    if absent:
        lacks = "; ".join(f"without {name.replace('_', ' ')}: nothing on {COST[name]}" for name in absent)
        blocks.append(Words(f"Not given: {lacks}."))
    blocks += view.for_the_clinic(_findings)
    if view.limit:
        blocks.append(Words(KEPT))
    said = (
        ""
        if view.complete is None
        else f"{percent(view.complete.percent, 1000)} of all possible diary days were recorded"
    )
    return Section("data-quality", "Data quality and flow", tuple(blocks), finding=said)


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


def _days(material: Material) -> list[Block]:
    """Return the days in the diaries, and the patients at each step in one line."""
    drawn: list[Block] = []
    if in_parts(material.study):
        drawn.append(Words("The picture of the diaries is not made from partitions: their days stay there."))
    elif len(material.calendar) and len(material.windows):
        drawn.append(_recorded(material))
    flow = material.flow
    fewer = flow[flow["patients"].diff().ne(0) | (flow.index == flow.index[-1])]
    steps = " > ".join(f"{n} {stage}" for n, stage in zip(fewer["patients"], fewer["stage"], strict=True))
    return [*drawn, Words(f"Flow of patients: {steps}.")]


def _findings(material: Material) -> list[Block]:
    """Return the kinds of findings that concern the most rows."""
    findings = material.study.findings
    if not len(findings):
        return [Words("The checks found nothing.")]
    kinds = findings.groupby(["severity", "table", "rule", "message"], dropna=False)["count"].sum()
    most = kinds.sort_values(ascending=False, kind="stable").index[:SHOWN]
    keys = pd.MultiIndex.from_frame(findings[["severity", "table", "rule", "message"]])
    caption = f"Findings: {count(len(kinds), 'kind')}" + (
        f"; shown are the {SHOWN} with the most rows. `outcomes check` lists all."
        if len(kinds) > SHOWN
        else "."
    )
    return [TableBlock(findings_table(findings[keys.isin(most)]), caption)]


def _recorded(material: Material) -> Drawing:
    """Return the days from the baseline to the last follow-up period, counted from the first infusion."""
    windows = material.windows
    span = (int(windows["first_day"].min()), int(windows["last_day"].max()))
    axes = recording(material.calendar, windows=windows, span=span)
    caption = "Diary days, one row per patient, from baseline to the last period that has begun, including the course; gaps are days not recorded."
    # its few letters can be read small, and a second drawing of all days would be as large as the first
    return Drawing(svg(axes, name="recording"), caption)
