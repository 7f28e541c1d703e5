"""The sections of the report, in the order of the page: each is written once, over a view."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from outcomes.page.blocks import Section
from outcomes.page.sections.adverse_events import adverse_events
from outcomes.page.sections.changes import changes
from outcomes.page.sections.context import context
from outcomes.page.sections.data_quality import data_quality
from outcomes.page.sections.headache_days import headache_days
from outcomes.page.sections.how_sure import how_sure
from outcomes.page.sections.in_short import in_short
from outcomes.page.sections.lasting import lasting
from outcomes.page.sections.methods import methods
from outcomes.page.sections.mood import mood
from outcomes.page.sections.pain import pain
from outcomes.page.sections.provenance import provenance
from outcomes.page.sections.who import who
from outcomes.page.sections.who_benefits import who_benefits
from outcomes.page.sections.withheld import withheld
from outcomes.page.view import View

__all__ = ["SECTIONS", "Part"]

Outside = Literal["always", "of enough patients"]


@dataclass(frozen=True, slots=True)
class Part:
    """A section of the page.

    Parameters
    ----------
    name : str
        Anchor on the page.
    title : str
        Heading.
    make : callable
        View -> Section.
    outside : {"always", "of enough patients"} or None
        The rule for readers outside the clinic. None: it is not shown to them.
    clinic : bool
        Whether the clinic sees it.
    when : callable
        View -> bool: whether the study has data for it. Without, it is not on the page.
    """

    name: str
    title: str
    make: Callable[[View], Section]
    outside: Outside | None = None
    clinic: bool = True
    when: Callable[[View], bool] = lambda _: True


SECTIONS: tuple[Part, ...] = (
    Part("in-short", "In short", in_short, "always"),
    Part("headache-days", "Headache days", headache_days, "of enough patients"),
    Part("lasting", "How long it lasts", lasting),
    Part(
        "mood",
        "Mood, disability and quality of life",
        mood,
        "of enough patients",
        when=lambda view: view.has_scores and not view.few,
    ),
    Part(
        "pain",
        "Pain and speed",
        pain,
        "of enough patients",
        when=lambda view: view.has_pain and not view.few,
    ),
    # beside the mean of all, the means of subgroups tell that of a withheld one: so there is no rule for it outside
    Part("who-benefits", "Subgroups (exploratory)", who_benefits, when=lambda view: not view.few),
    Part("how-sure", "How sure are these numbers", how_sure),
    Part("adverse-events", "Adverse events", adverse_events, "of enough patients"),
    Part("who", "Who was studied", who, "of enough patients"),
    Part("data-quality", "Data quality and flow", data_quality, "of enough patients"),
    Part("changes", "Since the last report", changes),
    Part("context", "What any change must be set against", context, "always"),
    Part("methods", "Methods as run", methods, "always"),
    Part("provenance", "Provenance", provenance, "always"),
    Part("withheld", "What was withheld, and why", withheld, "always", clinic=False),
)
