"""Adverse events: patients and sessions side by side, serious events by count."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace

import pandas as pd

from outcomes.page.blocks import Block, Section, TableBlock, Words
from outcomes.page.material import Material
from outcomes.page.parts import or_why_not
from outcomes.page.picture import picture
from outcomes.page.sections.event_details import (
    any_event_of_arms,
    arms_compared,
    event_details,
    laboratory,
    serious_count,
)
from outcomes.page.view import View
from outcomes.plots.incidence import incidence as draw
from outcomes.plots.incidence_difference import incidence_difference
from outcomes.results import Estimates
from outcomes.tables.description import MARK, Table
from outcomes.tables.events import nested_event_table, rate_table
from outcomes.tables.numbers import count, share
from outcomes.tables.safety import arms_table

__all__ = ["adverse_events"]

NAME, TITLE = "adverse-events", "Adverse events"

#: Heading of the table, its part of the view, and the column that names the lines.
PARTS = (
    ("Any event, and the worst", "overview", "term"),
    ("By kind; a patient may have several", "groups", "group"),
    ("By the worst CTCAE grade", "by_worst_grade", "grade"),
)
#: Line of the overview -> words of the finding.
GRAVITY = {
    "any": "any",
    "serious": "serious",
    "grade 3+": "of grade 3 or higher",
    "infusion stopped": "that stopped an infusion",
}
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
    if view.pooled_arms and (compared := view.for_the_clinic(arms_compared)):
        said = [block.text for block in view.for_the_clinic(any_event_of_arms) if isinstance(block, Words)]
        return Section(NAME, TITLE, tuple(compared), finding="; ".join(said))
    if view.pooled_arms:
        return _of_arms(view)
    blocks: list[Block] = [
        *([] if view.few else _drawing(*view.harm["groups"])),
        TableBlock(_table(view), "Patients and sessions with an emergent event."),
        *view.for_the_clinic(_counts),
        *_withheld(view),
    ]
    if view.few:
        blocks += view.for_the_clinic(lambda material: or_why_not("Laboratory", laboratory, material))
    else:
        blocks += [*or_why_not("Rates", _rates, view), *view.for_the_clinic(event_details)]
    if view.sessions == 0:
        blocks.append(Words("There are no session records, so nothing can be said per session.", "caution"))
    return Section(NAME, TITLE, tuple(blocks), finding=_finding(view))


def _of_arms(view: View) -> Section:
    """Return the events of each arm by itself for readers outside: never pooled, and without a table of all beside them."""
    blocks, said, found = list[Block](), list[str](), view.arms_by_event
    if found is not None and len(found):
        caption = "Patients with an event whose count is shown in both arms."
        if len(set(found.frame["contrast"])) == 1:
            blocks.append(picture(incidence_difference(found), "arms-difference", caption))
        blocks.append(TableBlock(arms_table(found), caption))
    for place, (arm, one) in enumerate(view.arms.items(), 1):
        if one.enough and one.has_events:
            table = replace(_table(one), name=f"events-{place}")
            blocks.append(TableBlock(table, f"{arm}: patients and sessions with an emergent event."))
            said.append(f"{arm} {_told(one)}")
    if not blocks:
        blocks.append(Words("No arm has enough patients with events to be told of outside the clinic."))
    finding = f"Patients with an event: {'; '.join(said)}" if said else ""
    return Section(NAME, TITLE, (*blocks, *_withheld(view)), finding=finding)


def _finding(view: View) -> str:
    """Say how many had an event; nothing where every count is withheld."""
    told = _told(view)
    return f"Patients with an event: {told}" if told else ""


def _told(view: View) -> str:
    """Say how many had any event, a serious one, one of grade 3 or higher, as far as it may be shown."""
    rows = view.harm["overview"][0].to_frame().set_index("term")
    told = {
        words: f"{share(rows.loc[term, 'n'], rows.loc[term, 'N'])} {words}"
        for term, words in GRAVITY.items()
        if term in rows.index and pd.notna(rows.loc[term, "n"])
    }
    return ", ".join(told.values())


def _withheld(view: View) -> list[Block]:
    if not view.limit:
        return []
    return [
        Words(
            "Single events, serious ones too, are listed for the clinic only. A line that is withheld has "
            f"fewer than {view.limit} patients with the event or fewer than {view.limit} without, or would give such a line away. "
            "Withheld lines come last, sorted by name."
        )
    ]


def _table(view: View) -> Table:
    """Return the nested table; few patients have no intervals, and outside there are no single events."""
    made = nested_event_table({heading: (*view.harm[name], by) for heading, name, by in PARTS})
    gone = {"interval_session"} | ({"events"} if view.limit else set())
    if view.few:
        gone |= {"interval"}
    spanners = {words: [key for key in keys if key not in gone] for words, keys in made.spanners.items()}
    columns = {key: column for key, column in made.columns.items() if key not in gone}
    return replace(made, columns=columns, spanners=spanners)


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
    why = " Events with withheld patient counts are not drawn." if len(shown) < len(patients) else ""
    return [picture(drawn, "incidence", _caption(beside is not None and len(beside) > 0) + why)]


def _shown(result: Estimates) -> Estimates:
    frame = result.to_frame()
    kept = frame[frame["n"].notna()].drop(columns=MARK, errors="ignore")
    return replace(result, frame=kept, members=None)


def _rates(view: View) -> list[Block]:
    """Return rates over every denominator, with numerator and exposure where they may be seen."""
    if not len(view.rates):
        return []
    caption = "Rates of any emergent event. A patient-month is 28 days, counted from the first infusion."
    return [TableBlock(rate_table(view.rates), caption)]


def _counts(material: Material) -> list[Block]:
    return [Words(_words(material)), serious_count(material)]


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
        + f". {count(other, 'event')} began before the {start_words(set(material.courses['anchor'].unique()))} and "
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
    return "Patients (circles) and sessions (diamonds) with at least one event, with 95% intervals and n/N."
