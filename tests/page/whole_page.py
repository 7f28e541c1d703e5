"""A page from what was computed already: making it anew would fit every model again."""

from __future__ import annotations

from outcomes.page.html import page
from outcomes.page.make import measured_sections
from outcomes.page.material import Material
from outcomes.page.opening import opening_lines
from outcomes.page.readers import Readers

__all__ = ["page_of"]


def page_of(material: Material, readers: Readers) -> str:
    """Return the page for these readers, as `make` puts it together."""
    sections = [one.section for one in measured_sections(material, readers)]
    return page(material.study, sections, opening_lines(material.study, readers))
