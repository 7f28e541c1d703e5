"""A proposal for a study of several files."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

import pandas as pd

from outcomes.config.proposal.exports import known_export
from outcomes.config.proposal.file_names import pattern_of_names
from outcomes.config.proposal.lines import Line, Proposal, ProposedTable, Question
from outcomes.config.proposal.matching import match_columns
from outcomes.config.proposal.parts import Part, parts_of
from outcomes.config.proposal.several import SHEET, of_sheets, together
from outcomes.config.proposal.tables import tables_of
from outcomes.config.proposal.which_table import why_none
from outcomes.errors import SourceError
from outcomes.schema.findings import LINE
from outcomes.schema.tables import TABLES
from outcomes.sources.cdisc.adam_sets import ADAM
from outcomes.sources.cdisc.domains import SDTM, data_sets
from outcomes.sources.conventions import TableSource
from outcomes.sources.files import read_files
from outcomes.sources.raw import RawTable

__all__ = ["is_cdisc", "propose"]

#: What a file that is one of several parts of a table is told.
TWICE = (
    "another sheet of the same file is this table and is written differently: save it as a file of its own"
)


def propose(folder: Path, names: list[str]) -> Proposal:
    """Look at files and propose how study.toml reads them.

    Parameters
    ----------
    folder : Path
        The folder of the study.
    names : list of str
        Files in it, and folders of SDTM domains or ADaM data sets.

    Returns
    -------
    Proposal
        A part a table; it holds names of columns and general words, never a text of a cell.

    Raises
    ------
    SourceError
        When a file cannot be read at all.
    """
    found: dict[str, ProposedTable] = {}
    unknown: list[tuple[str, str]] = []
    patients: set[str] = set()
    folders = {name: key for name in names if (key := is_cdisc(folder / name))}
    for name in (name for name in names if name not in folders):
        for part in parts_of(folder, name):
            frame, tables = _tables(folder, name, part)
            if not tables:
                unknown.append((part.name, why_none(frame, part.told)))
            for one in tables:
                there = found.get(one.table)
                same = there is not None and name in there.files
                put = of_sheets if same else together
                made_of = one if there is None else put(there, one)
                if made_of is None:
                    unknown.append((part.name, TWICE))
                    continue
                patients |= _patients(one, frame)
                found[one.table] = made_of
    tables = [_named_by_files(found[table]) for table in TABLES if table in found]
    made = tuple(_whose(one, tables, patients) for one in tables)
    return Proposal(made, tuple(unknown), folders={key: name for name, key in folders.items()})


def is_cdisc(path: Path) -> str:
    """Return the key of the standard of CDISC whose data sets a folder holds; empty for none."""
    needed = {"DM": SDTM, "ADSL": ADAM}
    there = path.is_dir()
    return next((one.key for name, one in needed.items() if there and name in data_sets(path, one)), "")


def _patients(one: ProposedTable, frame: pd.DataFrame) -> set[str]:
    """Return who is named in a table that is not a file of one patient; to compare, never to show."""
    match = match_columns(one.table, frame).get("patient_id")
    return set(frame[match.theirs].str.strip()) - {""} if match else set()


def _tables(folder: Path, name: str, part: Part) -> tuple[pd.DataFrame, list[ProposedTable]]:
    lines = part.lines
    raw, _ = read_files("diary", TableSource(file=name, **{line.key: line.value for line in lines}), folder)
    lines = [*lines, *_footer(raw, name)]
    kept = raw.frame[raw.frame[LINE].eq("")] if LINE in raw.frame else raw.frame
    frame = kept.drop(columns=[LINE], errors="ignore").astype("str").reset_index(drop=True)
    said = {label: column for column, label in part.labels.items() if column in frame and label not in frame}
    named = frame.rename(columns={column: label for label, column in said.items()})
    found = known_export(frame, name) or tables_of(frame, name, raw.typed, part.told)
    by_label = tables_of(named, name, raw.typed | set(said), part.told) if said else []
    if sum(len(one.lines) for one in by_label) > sum(len(one.lines) for one in found):
        found, frame = [_by_column(one, said) for one in by_label], named
    return frame, [replace(one, lines=(*lines, *one.lines)) for one in found]


def _by_column(one: ProposedTable, said: dict[str, str]) -> ProposedTable:
    """Return a table that was recognised by labels with the names of its columns."""

    def back(value: object) -> object:
        if isinstance(value, dict):
            return {key: back(part) for key, part in value.items()}
        if isinstance(value, (list, tuple)):
            return [back(part) for part in value]
        return said.get(value, value) if isinstance(value, str) else value

    lines = tuple(replace(line, value=back(line.value)) for line in one.lines)
    return replace(one, lines=lines, unread=tuple(said.get(name, name) for name in one.unread))


def _footer(raw: RawTable, name: str) -> list[Line]:
    """Return how many lines below the rows are none."""
    if LINE not in raw.frame:
        return []
    broken = raw.frame[LINE].astype("str").ne("").to_numpy()[::-1]
    lines = int(broken.cumprod().sum())
    if lines == len(broken):
        raise SourceError(f"{name}: no line below the header is a row of it", hint="check the delimiter")
    return [Line("footer", lines, "lines below the rows are not part of the table")] if lines else []


def _named_by_files(one: ProposedTable) -> ProposedTable:
    """Take the identifier out of the files' names where they hold more than it."""
    pattern = pattern_of_names(one.files)
    lines = (
        replace(line, value={"patient_id": pattern})
        if line.key == "from_name" and line.value != {"patient_id": SHEET}
        else line
        for line in one.lines
    )
    return replace(one, lines=tuple(lines))


def _whose(one: ProposedTable, tables: Iterable[ProposedTable], patients: set[str]) -> ProposedTable:
    """Ask whose a file without patients is, when other tables name patients and its name is none of them."""
    pattern = next((line.value["patient_id"] for line in one.lines if line.key == "from_name"), None)
    others = [other for other in tables if other is not one and other.table in ("patients", "sessions")]
    if pattern in (None, SHEET) or not others or len(one.files) > 1:
        return one
    said = re.search(pattern, Path(one.files[0]).name)
    if said is not None and said[1] in patients:
        return one
    what = f"{one.files[0]} has no column of patients: which patient of {others[0].table} is it?"
    question = Question("constants.patient_id", what)
    lines = tuple(line for line in one.lines if line.key != "from_name")
    return replace(one, lines=lines, questions=(*one.questions, question))
