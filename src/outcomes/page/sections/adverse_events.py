"""Adverse events: patients and sessions side by side, serious events by count."""

from __future__ import annotations

from dataclasses import replace

from outcomes.page.blocks import Block, Drawing, Section, TableBlock, Words
from outcomes.page.material import Material
from outcomes.page.sections.event_details import event_details, serious_count
from outcomes.plots.incidence import incidence as draw
from outcomes.plots.svg import svg
from outcomes.results import Estimates
from outcomes.tables.events import event_table
from outcomes.tables.numbers import count

__all__ = ["adverse_events"]

NAME, TITLE = "adverse-events", "Adverse events"

#: Anchor of a course -> what begins it.
STARTS = {"infusion": "first infusion", "index_date": "index date"}


def adverse_events(material: Material) -> Section:
    """Return the section on adverse events."""
    if "adverse_events" not in material.study.given:
        reason = (
            "This study has no table of adverse events. Harm cannot be judged from this report: "
            "no record is not the same as no event."
        )
        return Section(NAME, TITLE, (Words(reason, "caution"),), "absent", reason)
    if not len(material.emergent_events):
        reason = f"Of {count(len(material.events), 'recorded event')}, none began at or after the {_start(material)}."
        return Section(NAME, TITLE, (Words(reason),), "absent", reason)
    patients, sessions = material.events_by("group"), material.session_events_by("group")
    blocks: list[Block] = [Words(_words(material))]
    blocks.append(
        Drawing(svg(draw(patients, sessions=sessions), name="incidence"), _caption(sessions is not None))
    )
    blocks.append(TableBlock(event_table(patients, sessions), "Emergent adverse events by group."))
    for table, by, caption in (
        ("overview", "term", "Overview of emergent adverse events."),
        ("by_worst_grade", "grade", "Patients and sessions by their worst CTCAE grade."),
    ):
        found = material.safety[table]
        drawn = event_table(*_by_unit(found), name=table, by=by, notes=found.notes)
        blocks.append(TableBlock(drawn, caption))
    stopped = material.safety["leading_to_stop"]
    drawn = event_table(*_by_unit(stopped, term="any"), name="stopped", notes=stopped.notes)
    blocks.append(TableBlock(drawn, "Events for which the infusion was stopped."))
    blocks.append(serious_count(material))
    blocks += event_details(material)
    if sessions is None:
        blocks.append(Words("There are no session records, so nothing can be said per session.", "caution"))
    return Section(NAME, TITLE, tuple(blocks))


def _by_unit(found: Estimates, **fixed: str) -> tuple[Estimates, Estimates | None]:
    """Return the rows for patients and for sessions: of any group, or with `fixed` values of other columns."""
    rows = found.to_frame()
    wanted = fixed or ({"group": "any"} if "group" in rows else {})
    for column, value in wanted.items():
        rows = rows[rows[column] == value]
    patients = rows[rows["unit"] == "patient"].drop(
        columns=["lower_cluster", "upper_cluster"], errors="ignore"
    )
    sessions = rows[rows["unit"] == "session"]
    rest = replace(found, frame=sessions) if len(sessions) else None
    return replace(found, frame=patients), rest


def _words(material: Material) -> str:
    events = material.emergent_events
    serious = int(events["serious"].fillna(False).sum())
    severe = int((events["grade"] >= 3).fillna(False).sum())
    unknown, ungraded = (int(events[name].isna().sum()) for name in ("serious", "grade"))
    other = len(material.events) - len(events)
    return (
        f"{count(len(events), 'emergent event')}, "
        + _counted(serious, "serious", unknown, len(events), f"not recorded for {unknown}")
        + ", "
        + _counted(severe, "of grade 3 or higher", ungraded, len(events), f"not graded: {ungraded}")
        + f". {count(other, 'event')} began before the {_start(material)} and "
        + ("is" if other == 1 else "are")
        + " not counted here."
    )


def _counted(n: int, words: str, unknown: int, events: int, how_many: str) -> str:
    """Count what was recorded; where nothing was, say so instead of 0."""
    if unknown and unknown == events:
        return f"{words}: not recorded"
    if unknown and not n:
        return f"{words}: none among {events - unknown} recorded, {how_many}"
    return f"{n} {words}" + (f" ({how_many})" if unknown else "")


def _start(material: Material) -> str:
    """Say what begins the treatment of these patients."""
    anchors = set(material.courses["anchor"])
    return " or ".join(words for name, words in STARTS.items() if name in anchors) or "first infusion"


def _caption(sessions: bool) -> str:
    if not sessions:
        return "Patients with at least one event, with exact 95% intervals and n/N."
    return (
        "Patients (circles) and sessions (diamonds) with at least one event, with 95% intervals and n/N. "
        "A frequent event of few patients and a rare event of many look alike in one of the two."
    )
