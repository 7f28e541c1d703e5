"""The parts of a file that may each be a table, and the keys of study.toml by which each is opened."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from outcomes.config.proposal.dialect import dialect, known_names
from outcomes.config.proposal.lines import Line
from outcomes.sources.doors.excel import WORKBOOKS, first_lines
from outcomes.sources.doors.statistics_files import STATISTICS, labels_of
from outcomes.sources.files import TEXT
from outcomes.sources.packed import PACKED, unpack

__all__ = ["Part", "parts_of"]


@dataclass(frozen=True, slots=True)
class Part:
    """A whole file, or a sheet of a workbook.

    Parameters
    ----------
    name : str
        How it is called where it is not recognised.
    lines : list of Line
        Keys that open it.
    labels : dict of str to str
        Column -> what the file says it is, other than its name.
    """

    name: str
    lines: list[Line]
    labels: dict[str, str] = field(default_factory=dict)


def parts_of(folder: Path, name: str) -> list[Part]:
    """Return the parts of a file in a folder."""
    suffix, path = Path(name).suffix.lower(), folder / name
    if not path.is_file():
        return [Part(name, [])]
    if suffix in WORKBOOKS:
        return _sheets(path.read_bytes(), name)
    if suffix in STATISTICS:
        return [_labelled(path.read_bytes(), name)]
    if suffix not in (*TEXT, *PACKED):
        return [Part(name, [])]
    content, inner = path.read_bytes(), name
    if suffix in PACKED:
        content, inner = unpack(content, file=name)
    return [Part(name, dialect(content, file=inner) if Path(inner).suffix.lower() in TEXT else [])]


def _sheets(content: bytes, name: str) -> list[Part]:
    """Return the sheets that hold anything, with the lines above their headers."""
    sheets = {sheet: rows for sheet, rows in first_lines(content, file=name).items() if any(map(any, rows))}
    found = []
    for sheet, rows in sheets.items():
        lines = [Line("sheet", sheet, "a sheet of the workbook")] if len(sheets) > 1 else []
        known = [known_names(row) for row in rows]
        header = known.index(max(known)) if max(known) >= 2 else 0
        if any(map(any, rows[:header])):
            lines.append(Line("skip_lines", header, "lines above the header are not part of the table"))
        found.append(Part(f"{name}, sheet {sheet}" if len(sheets) > 1 else name, lines))
    return found


def _labelled(content: bytes, name: str) -> Part:
    """Return a file of a statistics program: its labels name columns, and say what its codes are."""
    named, coded = labels_of(content, file=name)
    lines = [Line("labels", True, "coded values have labels in the file")] if coded else []
    return Part(name, lines, named)
