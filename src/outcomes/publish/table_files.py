"""Every table of the report as files: Word, RTF, LaTeX, spreadsheets, HTML."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from outcomes.page.make import sections_of
from outcomes.page.readers import Readers
from outcomes.page.table_documents import check_form, table_files
from outcomes.publish.disk import make_folder, refused, replace_file
from outcomes.schema.usable import refuse_alarms, refuse_without_days
from outcomes.study import Study

__all__ = ["Written", "write_tables"]


@dataclass(frozen=True, slots=True)
class Written:
    """What was written, and which sections could not be made."""

    files: tuple[Path, ...]
    failed: tuple[str, ...]


def write_tables(study: Study, out: Path, *, forms: Sequence[str], readers: Readers) -> Written:
    """Write every table of the report in each form; each file is whole or not there.

    Parameters
    ----------
    study : Study
        A checked study.
    out : Path
        Folder; created if it does not exist. Files of the same names are replaced.
    forms : sequence of str
        html, docx, rtf, tex, xlsx, csv, pdf.
    readers : Readers
        For readers outside the clinic the tables are those of their report.

    Raises
    ------
    ArgumentError
        For an unknown form, or when its package is not installed: before anything is made.
    DataError
        When a column that decides something is declared wrongly, and that is not waived.
    ReportError
        When the disk refuses; files that are there are whole.
    """
    for form in forms:
        check_form(form)
    refuse_without_days(study.flow, study.alarms)
    refuse_alarms(study.alarms)
    sections = sections_of(study, readers)
    made = table_files(sections, forms)
    try:
        make_folder(out)
        for name, content in made.items():
            replace_file(out / name, content)
    except OSError as error:
        what = "not all tables could be written; those that were written are complete"
        raise refused(error, out, what) from None
    failed = tuple(section.name for section in sections if section.status == "failed")
    return Written(tuple(out / name for name in made), failed)
