"""The sections of the report, in the order of the page."""

from collections.abc import Callable

from outcomes.page.blocks import Section
from outcomes.page.material import Material
from outcomes.page.sections.adverse_events import adverse_events
from outcomes.page.sections.changes import changes
from outcomes.page.sections.context import context
from outcomes.page.sections.data_quality import data_quality
from outcomes.page.sections.headache_days import headache_days
from outcomes.page.sections.how_sure import how_sure
from outcomes.page.sections.in_short import in_short
from outcomes.page.sections.methods import methods
from outcomes.page.sections.provenance import provenance
from outcomes.page.sections.who import who

__all__ = ["SECTIONS"]

#: Anchor, heading and maker of each section.
SECTIONS: tuple[tuple[str, str, Callable[[Material], Section]], ...] = (
    ("in-short", "In short", in_short),
    ("headache-days", "Headache days", headache_days),
    ("how-sure", "How sure are these numbers", how_sure),
    ("adverse-events", "Adverse events", adverse_events),
    ("who", "Who was studied", who),
    ("data-quality", "Data quality and flow", data_quality),
    ("changes", "Since the last report", changes),
    ("context", "What a change must be read beside", context),
    ("methods", "Methods as run", methods),
    ("provenance", "Provenance", provenance),
)
