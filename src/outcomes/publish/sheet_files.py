"""Patients' sheets as files, for the owner only."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from outcomes.page.sheet import PatientSheet
from outcomes.publish.disk import make_folder, refused, replace_file

__all__ = ["write_sheets"]


def write_sheets(sheets: Iterable[PatientSheet], out: Path, *, pdf: bool = True) -> list[Path]:
    """Write each sheet as HTML, and as PDF; each file is whole or not there, and its owner's only.

    Parameters
    ----------
    sheets : iterable of PatientSheet
        Made one at a time.
    out : Path
        Folder; created for the owner only if it does not exist. Files of the same names are replaced.
    pdf : bool
        Whether the PDF is made too.

    Raises
    ------
    ReportError
        When the disk refuses, or typst is not installed.
    """
    written: list[Path] = []
    try:
        make_folder(out)
        for sheet in sheets:
            parts = {".html": sheet.html.encode()} | ({".pdf": sheet.pdf()} if pdf else {})
            for ending, content in parts.items():
                path = out / f"{sheet.name}{ending}"
                replace_file(path, content)
                written.append(path)
    except OSError as error:
        what = "not all sheets could be written; those that were written are complete"
        raise refused(error, out, what) from None
    return written
