"""A proposal for a study of several files."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from outcomes.config.proposal.dialect import dialect
from outcomes.config.proposal.exports import known_export
from outcomes.config.proposal.lines import Line, Proposal, ProposedTable, Question
from outcomes.config.proposal.several import together
from outcomes.config.proposal.tables import tables_of
from outcomes.errors import SourceError
from outcomes.schema.findings import LINE
from outcomes.schema.tables import TABLES
from outcomes.sources.conventions import TableSource
from outcomes.sources.files import TEXT, read_files
from outcomes.sources.packed import PACKED, unpack
from outcomes.sources.raw import RawTable

__all__ = ["propose"]


def propose(folder: Path, names: list[str]) -> Proposal:
    """Look at files and propose how study.toml reads them.

    Parameters
    ----------
    folder : Path
        The folder of the study.
    names : list of str
        Files in it.

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
    for name in names:
        tables = _tables(folder, name)
        if not tables:
            unknown.append((name, "its columns are not those of a table: name them under columns"))
        for one in tables:
            there = found.get(one.table)
            if there is None:
                found[one.table] = one
            else:
                found[one.table] = together(there, one)
    tables = [found[table] for table in TABLES if table in found]
    return Proposal(tuple(_whose(one, tables) for one in tables), tuple(unknown))


def _tables(folder: Path, name: str) -> list[ProposedTable]:
    lines = _dialect(folder, name)
    source = TableSource(file=name, **{line.key: line.value for line in lines})
    raw, _ = read_files("diary", source, folder)
    lines += _footer(raw, name)
    kept = raw.frame[raw.frame[LINE].eq("")] if LINE in raw.frame else raw.frame
    frame = kept.drop(columns=[LINE], errors="ignore").astype("str").reset_index(drop=True)
    found = known_export(frame, name) or tables_of(frame, name, raw.typed)
    return [replace(one, lines=(*lines, *one.lines)) for one in found]


def _dialect(folder: Path, name: str) -> list[Line]:
    suffix, path = Path(name).suffix.lower(), folder / name
    if not path.is_file() or (suffix not in (*TEXT, *PACKED)):
        return []
    content, inner = path.read_bytes(), name
    if suffix in PACKED:
        content, inner = unpack(content, file=name)
    return dialect(content, file=inner) if Path(inner).suffix.lower() in TEXT else []


def _footer(raw: RawTable, name: str) -> list[Line]:
    """Return how many lines below the rows are none."""
    if LINE not in raw.frame:
        return []
    broken = raw.frame[LINE].astype("str").ne("").to_numpy()[::-1]
    lines = int(broken.cumprod().sum())
    if lines == len(broken):
        raise SourceError(f"{name}: no line below the header is a row of it", hint="check the delimiter")
    return [Line("footer", lines, "lines below the rows are no part of the table")] if lines else []


def _whose(one: ProposedTable, tables: list[ProposedTable]) -> ProposedTable:
    """Ask whose a file without patients is, when another table names patients."""
    nameless = any(line.key == "from_name" for line in one.lines)
    others = [other for other in tables if other is not one and other.table in ("patients", "sessions")]
    if not nameless or not others or len(one.files) > 1:
        return one
    what = f"{one.files[0]} has no column of patients: which patient of {others[0].table} is it?"
    question = Question("constants.patient_id", what)
    lines = tuple(line for line in one.lines if line.key != "from_name")
    return replace(one, lines=lines, questions=(*one.questions, question))
