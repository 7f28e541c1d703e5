"""Adverse events for readers outside: groups, worst grades and rates whose small counts are withheld."""

from __future__ import annotations

from dataclasses import replace

import pandas as pd

from outcomes.page.blocks import Block, Drawing, Section, TableBlock, Words
from outcomes.page.event_results import event_rates
from outcomes.page.outside.material import Outside
from outcomes.plots.incidence import incidence as draw
from outcomes.plots.svg import svg
from outcomes.results import Estimates
from outcomes.tables.description import Column, Table
from outcomes.tables.events import NOTES, event_table
from outcomes.tables.formats import Interval, Number, Text

__all__ = ["adverse_events"]

NAME, TITLE = "adverse-events", "Adverse events"


def adverse_events(outside: Outside) -> Section:
    """Return the section on adverse events."""
    if "adverse_events" not in outside.study.given:
        reason = "This study has no table of adverse events: no record is not the same as no event."
        return Section(NAME, TITLE, (Words(reason, "caution"),), "absent", reason)
    if not len(outside.inside.emergent_events):
        reason = "No recorded event began at or after the treatment."
        return Section(NAME, TITLE, (Words(reason),), "absent", reason)
    patients, sessions = outside.harm["groups"]
    blocks: list[Block] = [
        Words(
            "Single events, serious ones too, are listed for the clinic only. A line that is withheld has "
            f"fewer than {outside.limit} patients with the event or fewer than {outside.limit} without, or would give such a line away. "
            "Lines that are withheld come last, by name."
        )
    ]
    blocks += _drawing(patients, sessions)
    blocks.append(
        TableBlock(_table(patients, sessions, "events", "group"), "Emergent adverse events by group.")
    )
    for name, by, caption in (
        ("overview", "term", "Overview of emergent adverse events."),
        ("by_worst_grade", "grade", "Patients and sessions by their worst CTCAE grade."),
    ):
        blocks.append(TableBlock(_table(*outside.harm[name], name, by), caption))
    blocks += _rates(outside)
    return Section(NAME, TITLE, tuple(blocks))


def _table(patients: Estimates, sessions: Estimates | None, name: str, by: str) -> Table:
    """Return the table without its number of events: of a few patients it could be many, and single patients show."""
    notes = [note for part in (patients, sessions) if part is not None for note in part.notes]
    made = event_table(patients, sessions, name=name, by=by, notes=(*NOTES, *dict.fromkeys(notes)))
    columns = {key: column for key, column in made.columns.items() if key != "events"}
    return replace(made, columns=columns)


def _drawing(patients: Estimates, sessions: Estimates | None) -> list[Block]:
    shown = _shown(patients)
    if not len(shown):
        return [Words("No event is drawn: every line is withheld.")]
    beside = None
    if sessions is not None:
        beside = _shown(sessions)
        frame = beside.to_frame()
        beside = replace(beside, frame=frame[frame["group"].isin(shown.to_frame()["group"])])
    left_out = len(patients) - len(shown)
    caption = (
        "Patients (circles) and sessions (diamonds) with at least one event, with 95% intervals and n/N."
        if beside is not None and len(beside)
        else "Patients with at least one event, with 95% intervals and n/N."
    )
    why = " Events whose patients are withheld are not drawn." if left_out else ""
    drawn = draw(shown, sessions=beside if beside is not None and len(beside) else None)
    return [Drawing(svg(drawn, name="incidence"), caption + why)]


def _shown(result: Estimates) -> Estimates:
    frame = result.to_frame()
    return replace(result, frame=frame[frame["n"].notna()].drop(columns="withheld"))


def _rates(outside: Outside) -> list[Block]:
    """Return rates without numerator and exposure, from whose differences single patients could be told.

    The exact interval of first events tells their number, so it goes where the patients with any event are withheld,
    and where it would tell how few of them have no day of their event.
    """
    found = event_rates(outside.inside)
    any_event = outside.harm["overview"][0].to_frame().set_index("term")["n"].get("any")
    lines = []
    for kind, result in found.items():
        row = result.to_frame().iloc[0]
        if row["status"] != "ok" or row["n"] < outside.smallest:
            continue
        if "(EAIR)" in kind and (pd.isna(any_event) or 0 < any_event - row["n"] < outside.limit):
            continue
        clustered = row.get("lower_cluster", row["lower"])
        low, high = (
            (clustered, row["upper_cluster"])
            if pd.notna(clustered) and "upper_cluster" in row
            else (row["lower"], row["upper"])
        )
        lines.append({"kind": kind, "rate": row["rate"], "low": low, "high": high})
    if not lines:
        return []
    columns = {
        "kind": Column("Rate", Text("kind")),
        "rate": Column("Rate", Number("rate")),
        "interval": Column("95% interval", Interval("low", "high")),
    }
    table = Table("rates", pd.DataFrame(lines), columns)
    return [TableBlock(table, "Rates. A patient-month is 28 days from the first infusion on.")]
