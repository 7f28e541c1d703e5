"""The sections for readers outside the clinic, in the order of the page."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from outcomes.page.blocks import Section, Words
from outcomes.page.material import Material
from outcomes.page.outside.events import adverse_events
from outcomes.page.outside.headache import headache_days, how_sure
from outcomes.page.outside.in_short import in_short
from outcomes.page.outside.material import Outside
from outcomes.page.outside.people import data_quality, provenance, who
from outcomes.page.outside.withheld import withheld
from outcomes.page.sections.context import context
from outcomes.page.sections.methods import methods

__all__ = ["LIMITED", "outside_sections"]

#: Anchor, heading, maker, and whether it says something about the patients.
LIMITED: tuple[tuple[str, str, Callable[[Outside], Section], bool], ...] = (
    ("in-short", "In short", in_short, False),
    ("headache-days", "Headache days", headache_days, True),
    ("how-sure", "How sure are these numbers", how_sure, True),
    ("adverse-events", "Adverse events", adverse_events, True),
    ("who", "Who was studied", who, True),
    ("data-quality", "Data quality and flow", data_quality, True),
    ("context", "What a change must be read beside", lambda outside: context(outside.inside), False),
    ("methods", "Methods as run", lambda outside: methods(outside.inside), False),
    ("provenance", "Provenance", provenance, False),
    ("withheld", "What was withheld, and why", withheld, False),
)


def outside_sections(
    material: Material, *, limit: int
) -> list[tuple[str, str, Callable[[Material], Section]]]:
    """Return anchor, heading and maker of each section for readers outside; the maker's argument is not used."""
    outside = Outside(material, limit=limit)
    return [
        (name, title, partial(_made, outside, make, name, title, people))
        for name, title, make, people in LIMITED
    ]


def _made(
    outside: Outside,
    make: Callable[[Outside], Section],
    name: str,
    title: str,
    people: bool,
    _: Material,
) -> Section:
    if people and not outside.enough:
        reason = (
            f"Fewer than {outside.smallest} patients: nothing about so small a group leaves the clinic. "
            "The report for the clinic has this section."
        )
        return Section(name, title, (Words(reason),), "absent", reason)
    return make(outside)
