"""Sections to one HTML file: no script, no request, every text escaped."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from importlib.resources import files

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from outcomes.page.blocks import Drawing, Section, TableBlock
from outcomes.page.cards import card_style
from outcomes.page.versions import versions
from outcomes.study import Study

__all__ = ["page", "quality_html", "sheet_page", "until_words"]


@cache
def _environment() -> Environment:
    return Environment(
        loader=PackageLoader("outcomes.page", "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


def page(study: Study, sections: list[Section], opening: Sequence[str] = ()) -> str:
    """Return the HTML of a report.

    Parameters
    ----------
    study : Study
        For title, note and date.
    sections : list of Section
        In the order of the page.
    opening : sequence of str
        Lines under the title: what of the data is not used.
    """
    return _render("page.html", study, study.title, sections, note=study.note, opening=opening)


def quality_html(study: Study, sections: Sequence[Section], opening: Sequence[str] = ()) -> str:
    """Return the HTML of the page on data quality."""
    return _render("quality.html", study, study.title, sections, opening=opening)


def sheet_page(study: Study, title: str, sections: Sequence[Section]) -> str:
    """Return the HTML of a patient's sheet: one A4 page when it is printed."""
    return _render("sheet.html", study, title, sections)


def _render(template: str, study: Study, title: str, sections: Sequence[Section], **more: object) -> str:
    style = files("outcomes.page").joinpath("templates", "page.css").read_text(encoding="utf-8")
    return (
        _environment()
        .get_template(template)
        .render(
            title=title,
            until=until_words(study),
            version=versions()["outcomes"],
            sections=sections,
            style=Markup(f"{style}\n{card_style(sections)}"),
            svg=Markup,
            # drawings and tables are HTML already; their texts were escaped where they were made
            finished=lambda block: (
                Markup(block.svg if isinstance(block, Drawing) else block.html)
                if isinstance(block, Drawing | TableBlock)
                else ""
            ),
            **more,
        )
    )


def until_words(study: Study) -> str:
    """Say up to which day the data go."""
    return (
        "Data up to the last entry"
        if study.cutoff is None
        else f"Data up to {study.cutoff.date().isoformat()}"
    )
