"""Adverse events: patients and sessions side by side, serious events by count."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace

from outcomes.page.blocks import Block, Drawing, Section, TableBlock, Words
from outcomes.page.material import Material
from outcomes.page.parts import or_why_not
from outcomes.page.sections.event_details import event_details, serious_count
from outcomes.page.view import View
from outcomes.page.view.by_unit import by_unit
from outcomes.plots.incidence import incidence as draw
from outcomes.plots.svg import svg
from outcomes.results import Estimates
from outcomes.tables.description import MARK, Table
from outcomes.tables.events import NOTES, event_table, rate_table
from outcomes.tables.numbers import count

__all__ = ["adverse_events"]

NAME, TITLE = "adverse-events", "Adverse events"

#: Anchor of a course -> what begins it.
STARTS = {"infusion": "first infusion", "index_date": "index date"}


def adverse_events(view: View) -> Section:
    """Return the section on adverse events."""
    if "adverse_events" not in view.given:
        reason = (
            "This study has no table of adverse events. Harm cannot be judged from this report: "
            "no record is not the same as no event."
        )
        return Section(NAME, TITLE, (Words(reason, "caution"),), "absent", reason)
    if not view.has_events:
        reason = f"No recorded event began at or after the {_start(view)}."
        return Section(NAME, TITLE, (Words(reason),), "absent", reason)
    patients, sessions = view.harm["groups"]
    blocks: list[Block] = [*view.for_the_clinic(_counts), *_withheld(view), *_drawing(patients, sessions)]
    for name, by, caption in (
        ("groups", "group", "Emergent adverse events by group."),
        ("overview", "term", "Overview of emergent adverse events."),
        ("by_worst_grade", "grade", "Patients and sessions by their worst CTCAE grade."),
    ):
        blocks.append(TableBlock(_table(view, name, by), caption))
    blocks += view.for_the_clinic(_stopped)
    blocks += or_why_not("Rates", _rates, view)
    blocks += view.for_the_clinic(event_details)
    if view.sessions == 0:
        blocks.append(Words("There are no session records, so nothing can be said per session.", "caution"))
    return Section(NAME, TITLE, tuple(blocks))


def _withheld(view: View) -> list[Block]:
    if not view.limit:
        return []
    return [
        Words(
            "Single events, serious ones too, are listed for the clinic only. A line that is withheld has "
            f"fewer than {view.limit} patients with the event or fewer than {view.limit} without, or would give such a line away. "
            "Lines that are withheld come last, by name."
        )
    ]


def _table(view: View, name: str, by: str) -> Table:
    patients, sessions = view.harm[name]
    notes = [note for part in (patients, sessions) if part is not None for note in part.notes]
    words = NOTES if name == "groups" else ()  # once, under the first table
    named = "events" if name == "groups" else name
    made = event_table(patients, sessions, name=named, by=by, notes=(*words, *dict.fromkeys(notes)))
    if not view.limit:
        return made
    # the events of a few patients could be many: single patients would show
    return replace(made, columns={key: column for key, column in made.columns.items() if key != "events"})


def _drawing(patients: Estimates, sessions: Estimates | None) -> list[Block]:
    """Return the drawing of the lines of patients that are shown."""
    shown = _shown(patients)
    if not len(shown):
        return [Words("No event is drawn: every line is withheld.")]
    beside = None
    if sessions is not None:
        rows = _shown(sessions).to_frame()
        beside = replace(sessions, frame=rows[rows["group"].isin(shown.to_frame()["group"])], members=None)
    drawn = draw(shown, sessions=beside if beside is not None and len(beside) else None)
    why = " Events whose patients are withheld are not drawn." if len(shown) < len(patients) else ""
    return [Drawing(svg(drawn, name="incidence"), _caption(beside is not None and len(beside) > 0) + why)]


def _shown(result: Estimates) -> Estimates:
    frame = result.to_frame()
    kept = frame[frame["n"].notna()].drop(columns=MARK, errors="ignore")
    return replace(result, frame=kept, members=None)


def _stopped(material: Material) -> list[Block]:
    stopped = material.safety["leading_to_stop"]
    sessions = by_unit(stopped, "session", term="any") if len(material.study.sessions) else None
    table = event_table(
        by_unit(stopped, "patient", term="any"), sessions, name="stopped", notes=stopped.notes
    )
    return [TableBlock(table, "Events for which the infusion was stopped."), serious_count(material)]


def _rates(view: View) -> list[Block]:
    """Return rates over every denominator, with numerator and exposure where they may be seen."""
    if not len(view.rates):
        return []
    caption = "Rates of any emergent event, over every denominator. A patient-month is 28 days of follow-up, which begins with the day of the first infusion; over sessions only events that belong to one are counted."
    return [TableBlock(rate_table(view.rates), caption)]


def _counts(material: Material) -> list[Block]:
    return [Words(_words(material))]


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
        + f". {count(other, 'event')} began before the {start_words(set(material.courses['anchor']))} and "
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


def _start(view: View) -> str:
    """Say what begins the treatment of these patients."""
    return start_words(view.anchors)


def start_words(anchors: Collection[str]) -> str:
    """Say in words what begins the treatment.

    Examples
    --------
    >>> start_words({"infusion"})
    'first infusion'
    """
    return " or ".join(words for name, words in STARTS.items() if name in anchors) or "first infusion"


def _caption(sessions: bool) -> str:
    if not sessions:
        return "Patients with at least one event, with exact 95% intervals and n/N."
    return (
        "Patients (circles) and sessions (diamonds) with at least one event, with 95% intervals and n/N. "
        "A frequent event of few patients and a rare event of many look alike in one of the two."
    )
