"""The sections of the report, in the order of the page."""

from collections.abc import Callable

from outcomes.report.blocks import Section
from outcomes.report.material import Material
from outcomes.report.sections.adverse_events import adverse_events
from outcomes.report.sections.changes import changes
from outcomes.report.sections.context import context
from outcomes.report.sections.data_quality import data_quality
from outcomes.report.sections.headache_days import headache_days
from outcomes.report.sections.how_sure import how_sure
from outcomes.report.sections.in_short import in_short
from outcomes.report.sections.methods import methods
from outcomes.report.sections.provenance import provenance
from outcomes.report.sections.who import who

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
