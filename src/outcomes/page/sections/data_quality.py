"""Data quality: rows received and rejected, patients at each step, which days are in the diaries, findings."""

from __future__ import annotations

from outcomes.page.blocks import Block, Drawing, Section, TableBlock, Words
from outcomes.page.material import Material
from outcomes.plots.flow_diagram import flow_diagram
from outcomes.plots.recording import recording
from outcomes.plots.svg import svg
from outcomes.schema.tables import TABLES
from outcomes.tables.data import findings_table, row_flow_table
from outcomes.tables.numbers import count

__all__ = ["data_quality"]

#: More kinds of findings than this are folded away.
SHOWN = 10

#: Table -> what a report cannot say without it.
COST = {
    "sessions": "dose, duration and events per session",
    "patients": "age, sex, diagnosis, arms",
    "titration": "pump rates and the dose they add up to",
    "adverse_events": "harm",
    "assessments": "disability, mood and global impression",
}


def data_quality(material: Material) -> Section:
    """Return the section on what was received and what was left."""
    study = material.study
    blocks: list[Block] = [TableBlock(row_flow_table(study.flow), "Rows of the tables that were given.")]
    absent = [name for name in TABLES if name not in study.given]
    if absent:
        lacks = "; ".join(f"without {name.replace('_', ' ')}: nothing on {COST[name]}" for name in absent)
        blocks.append(Words(f"Not given: {lacks}."))
    diagram = svg(flow_diagram(material.flow), name="flow")
    blocks.append(
        Drawing(diagram, "Patients at each step to the comparison of the first period with the baseline.")
    )
    if len(material.calendar) and len(material.windows):
        blocks.append(_recorded(material))
    findings = study.findings
    if len(findings):
        table = findings_table(findings)
        rules = findings[["severity", "table", "rule", "message"]].drop_duplicates()
        caption = (
            f"Findings: {count(len(rules), 'kind')}. Rows with an error are rejected, with a warning kept."
        )
        blocks.append(TableBlock(table, caption, folded=len(rules) > SHOWN))
    else:
        blocks.append(Words("The checks found nothing."))
    return Section("data-quality", "Data quality and flow", tuple(blocks))


def _recorded(material: Material) -> Drawing:
    """Return the days from the baseline to the last follow-up period, counted from the first infusion."""
    windows = material.windows
    span = (int(windows["first_day"].min()), int(windows["last_day"].max()))
    axes = recording(material.calendar, windows=windows, span=span)
    caption = (
        "Days in the diaries, one row a patient, from the baseline to the last follow-up period that has begun; "
        "a later course does not start the count again. A day that could have been recorded and was not is a hole; "
        "where a row is empty, nothing was due."
    )
    return Drawing(svg(axes, name="recording"), caption)
