"""The report as a tagged PDF by typst: the same sections as the page, the same bytes each time.

PDF/UA-1 is asked for, so typst refuses to write a document in which an image has no words or headings skip.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from functools import cache
from importlib.resources import files
from typing import Any

from outcomes.errors import ReportError, install_extra
from outcomes.page.blocks import Section
from outcomes.page.html import until_words
from outcomes.page.pdf_content import content_of, readable, right_to_left
from outcomes.page.versions import versions
from outcomes.plots.fonts import FAMILY, font_folder
from outcomes.study import Study

__all__ = ["PDF", "pdf", "sheet_pdf"]

#: Name of the PDF beside the page.
PDF = "report.pdf"
#: Comes with typst itself; what it lacks, the font of the plots has.
TEXT_FAMILY = "Libertinus Serif"
STANDARD = "ua-1"
#: Never the clock: a document says of which day its data are, not when it was made.
EPOCH = 0
#: Characters of the title at the head of the later pages.
HEAD = 90


def pdf(study: Study, sections: list[Section], opening: Sequence[str] = ()) -> bytes:
    """Return the report as PDF.

    Parameters
    ----------
    study : Study
        For title, note and date.
    sections : list of Section
        The same as on the page.
    opening : sequence of str
        Lines under the title: what of the data is not used.

    Raises
    ------
    ReportError
        When typst is not installed or refuses the document.
    """
    return _compiled(_data(study, sections, opening))


def sheet_pdf(study: Study, title: str, sections: Sequence[Section]) -> bytes:
    """Return a patient's sheet as PDF: one A4 page, in the report's blocks.

    Raises
    ------
    ReportError
        When typst is not installed or refuses the document.
    """
    whole = _data(study, list(sections), ())
    made = f"Made by outcomes {versions()['outcomes']}. For the consultation: it must not leave the clinic."
    named = {"kind": "Patient's sheet", "title": readable(title), "short_title": "", "note": "", "made": made}
    return _compiled(whole | named | {"rtl": False, "compact": True})


def _compiled(content: dict[str, Any]) -> bytes:
    typst = _typst()
    template = files("outcomes.page").joinpath("templates", "report.typ").read_bytes()
    data = json.dumps({"compact": False} | content, ensure_ascii=False)
    try:
        made: bytes = _compiler().compile(
            template, format="pdf", sys_inputs={"data": data}, pdf_standards=[STANDARD], timestamp=EPOCH
        )
    except typst.TypstError as error:
        # its words are about the template; what they quote of the data stays out
        raise ReportError(
            "the PDF could not be made",
            got=type(error).__name__,
            hint="make the report without --pdf, and print it",
        ) from None
    return made


@cache
def _compiler() -> Any:
    """Return the compiler: it reads the fonts once."""
    return _typst().Compiler(font_paths=[str(font_folder())], ignore_system_fonts=True)


def _typst() -> Any:
    try:
        import typst
    except ImportError:
        raise ReportError(
            "the PDF needs the package typst, which is not installed",
            hint=f"ask for no PDF, or {install_extra('documents')}",
        ) from None
    return typst


def _data(study: Study, sections: list[Section], opening: Sequence[str]) -> dict[str, Any]:
    day = study.cutoff
    return {
        "kind": "Outcome report",
        "title": readable(study.title),
        "short_title": _shortened(readable(study.title)),
        "note": readable(" ".join(filter(None, [study.note, *opening]))),
        "rtl": right_to_left(study.title),
        "as_of": None if day is None else [day.year, day.month, day.day],
        "until": until_words(study),
        "fonts": [TEXT_FAMILY, FAMILY],
        "sections": content_of(sections),
        "made": f"Made by outcomes {versions()['outcomes']}. The manifest beside this file names the "
        "input files by their content.",
    }


def _shortened(title: str) -> str:
    return title if len(title) <= HEAD else f"{title[:HEAD]}\N{HORIZONTAL ELLIPSIS}"
