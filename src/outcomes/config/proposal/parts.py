"""The parts of a file that may each be a table, and the keys of study.toml by which each is opened."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

from outcomes.config.proposal.dialect import dialect, known_names
from outcomes.config.proposal.lines import Line
from outcomes.config.proposal.vocabulary import fold, table_of_name
from outcomes.sources.doors.excel import WORKBOOKS, first_lines
from outcomes.sources.doors.statistics_files import STATISTICS, labels_of
from outcomes.sources.files import TEXT
from outcomes.sources.packed import PACKED, unpack

__all__ = ["Part", "parts_of"]

#: Names of columns that only say how they are answered.
YES_OR_NO = ("yes_no", "y_n", "ja_nein", "j_n", "oui_non", "o_n", "si_no", "s_n", "sim_nao", "ja_nee")


@dataclass(frozen=True, slots=True)
class Part:
    """A whole file, or a sheet of a workbook.

    Parameters
    ----------
    name : str
        How it is called where it is not recognised.
    lines : list of Line
        Keys that open it.
    told : str
        The table for which its sheet's name is a word, else its file's; empty for none.
    labels : dict of str to str
        Column -> what the file says it is, other than its name.
    """

    name: str
    lines: list[Line]
    told: str = ""
    labels: dict[str, str] = field(default_factory=dict)


def parts_of(folder: Path, name: str) -> list[Part]:
    """Return the parts of a file in a folder."""
    suffix, path = Path(name).suffix.lower(), folder / name
    told = table_of_name(name.rsplit(".", 1)[0])
    if not path.is_file():
        return [Part(name, [], told)]
    if suffix in WORKBOOKS:
        return _sheets(path.read_bytes(), name, told)
    if suffix in STATISTICS:
        return [_labelled(path.read_bytes(), name, told)]
    if suffix not in (*TEXT, *PACKED):
        return [Part(name, [], told)]
    content, inner = path.read_bytes(), name
    if suffix in PACKED:
        content, inner = unpack(content, file=name)
    return [Part(name, dialect(content, file=inner) if Path(inner).suffix.lower() in TEXT else [], told)]


def _sheets(content: bytes, name: str, told: str) -> list[Part]:
    """Return the sheets that hold anything, with the lines above their headers."""
    sheets = {sheet: rows for sheet, rows in first_lines(content, file=name).items() if any(map(any, rows))}
    found = []
    for sheet, rows in sheets.items():
        lines = [Line("sheet", sheet, "a sheet of the workbook")] if len(sheets) > 1 else []
        known = [known_names(row) for row in rows]
        header = known.index(max(known)) if max(known) >= 2 else 0
        labels = _second_line(rows[header], rows[header + 1]) if header + 1 < len(rows) else {}
        if not labels and header:
            labels = _second_line(rows[header - 1], rows[header])
            header -= bool(labels)
        if any(map(any, rows[:header])):
            lines.append(Line("skip_lines", header, "lines above the header are not part of the table"))
        if labels:
            lines.append(Line("header_lines", 2, "the header has two lines, and groups of columns"))
        called = f"{name}, sheet {sheet}" if len(sheets) > 1 else name
        found.append(Part(called, lines, table_of_name(sheet) or told, labels))
    return found


def _second_line(upper: list[str], lower: list[str]) -> dict[str, str]:
    """Return the columns of a header of two lines, with what each is without its group; empty for one line.

    Where the second line only says yes or no, the group is the question; where it is no name by itself
    (Patient above Nr), it is one together with its group.
    """
    pairs = list(zip(upper, lower, strict=False))
    groups = [place for place, (above, below) in enumerate(pairs) if above and below]
    own = [above for above, below in pairs if above and not below]
    if not groups or (own and known_names(own) < 1) or any(re.search(r"\d{2}", cell) for cell in lower):
        return {}
    labels: dict[str, str] = {}
    group = ""
    for above, below in pairs:
        group = above or group
        if below:
            label = group if fold(below) in YES_OR_NO else below
            if not known_names([label]) and known_names([f"{group} {below}"]):
                label = f"{group} {below}"
            labels |= {f"{group} {below}": label, below: label}
    if not own and known_names([*set(labels.values())]) <= known_names(lower):  # a title stands above
        return {}
    twice = {label for label, times in Counter(labels.values()).items() if times > 2}
    return {column: label for column, label in labels.items() if label not in twice and column != label}


def _labelled(content: bytes, name: str, told: str) -> Part:
    """Return a file of a statistics program: its labels name columns, and say what its codes are."""
    named, coded = labels_of(content, file=name)
    lines = [Line("labels", True, "coded values have labels in the file")] if coded else []
    return Part(name, lines, told, named)
