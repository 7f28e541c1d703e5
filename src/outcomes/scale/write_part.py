"""A partition from the spools of all source files: written beside, checked, and renamed when it is whole."""

from __future__ import annotations

import json
import os
import shutil
from contextlib import ExitStack
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from outcomes.scale.data_set import HIDDEN, LAYOUT, Manifest, PartFile, facts_of_file, part_name
from outcomes.scale.read_part import FAULTS
from outcomes.scale.spool import ORIGIN, Spooled, close_parquet
from outcomes.schema.findings import LINE

__all__ = ["Spools", "write_part"]


@dataclass(slots=True)
class Spools:
    """The spools of all source files, by table, in the order of the files."""

    root: Path
    files: dict[str, list[Spooled]] = field(default_factory=dict)

    def folder(self, table: str, number: int) -> Path:
        """Return the folder of one source file's spool."""
        return self.root / f"{table}-{number:03d}"

    def add(self, table: str, spooled: Spooled) -> None:
        """Take the spool of the table's next file."""
        self.files.setdefault(table, []).append(spooled)

    def manifest(self, plan: dict[str, Any]) -> Manifest:
        """Return what is known before any partition is written."""
        columns = {
            table: list(dict.fromkeys(name for file in files for name in file.columns))
            for table, files in self.files.items()
        }
        typed = {}
        for table, files in self.files.items():
            told = [set(file.typed) for file in files if sum(file.rows)]  # one without rows says nothing
            typed[table] = sorted(set.intersection(*(told or [set(file.typed) for file in files])))
        rows = {table: sum(sum(file.rows) for file in files) for table, files in self.files.items()}
        sources = [file.source for files in self.files.values() for file in files]
        return Manifest(LAYOUT, plan, columns, typed, rows, None, sources, [])


def write_part(folder: Path, spools: Spools, manifest: Manifest, number: int) -> dict[str, PartFile]:
    """Write one partition; one that is there already is only measured.

    Parameters
    ----------
    folder : Path
        Of the data set.
    spools : Spools
        Rows of all source files.
    manifest : Manifest
        The columns of each table.
    number : int
        Which partition.

    Raises
    ------
    OSError
        When the disk refuses; no partition of that name is there then.
    """
    final, begun = folder / part_name(number), folder / f"{HIDDEN}{part_name(number)}"
    facts = begun / "facts.json"
    if not final.is_dir():
        shutil.rmtree(begun, ignore_errors=True)
        begun.mkdir()
        told = {table: asdict(_write_table(begun, spools, manifest, table, number)) for table in spools.files}
        faults = _faults(spools, number)
        (begun / FAULTS).write_text(json.dumps(faults), encoding="utf-8")
        told[FAULTS] = asdict(facts_of_file(begun / FAULTS, len(faults)))
        facts.write_text(json.dumps(told), encoding="utf-8")
        begun.rename(final)
        _sync(folder)
    told = json.loads((final / "facts.json").read_text(encoding="utf-8"))
    return {name: PartFile(**file) for name, file in told.items()}


def _write_table(begun: Path, spools: Spools, manifest: Manifest, table: str, number: int) -> PartFile:
    import pyarrow as pa
    import pyarrow.parquet as pq

    columns = [*manifest.columns[table], LINE, *ORIGIN]
    numbers = {name for name, column in ORIGIN.items() if column != "file"}
    schema = pa.schema([(name, pa.int64() if name in numbers else pa.string()) for name in columns])
    path, rows = begun / f"{table}.parquet", 0
    writer = pq.ParquetWriter(path, schema, compression="zstd")
    with ExitStack() as end:
        end.callback(close_parquet, writer)
        for place, file in enumerate(spools.files[table]):
            if file.rows[number]:
                part = pq.read_table(spools.folder(table, place) / f"{number}.parquet")
                writer.write_table(_filled(part, schema), row_group_size=max(1, part.num_rows))
                rows += part.num_rows
    descriptor = os.open(path, os.O_RDONLY)
    os.fsync(descriptor)
    os.close(descriptor)
    return facts_of_file(path, rows)


def _filled(part: Any, schema: Any) -> Any:
    """Return the rows in the table's columns; what one file lacks is empty there."""
    import pyarrow as pa

    empty = pa.array([""] * part.num_rows, pa.string()) if len(schema) > part.num_columns else None
    columns = [part[name] if name in part.column_names else empty for name in schema.names]
    return pa.Table.from_arrays(columns, schema=schema)


def _faults(spools: Spools, number: int) -> list[dict[str, Any]]:
    """Return what reading found in the partition's rows, counted over all files of a table."""
    found = []
    for files in spools.files.values():
        before = 0
        for file in files:
            for fault in file.faults:
                if fault["part"] == number:
                    told = {name: value for name, value in fault.items() if name != "part"}
                    found.append(told | {"rows": [row + before for row in fault["rows"]]})
            before += file.rows[number]
    return found


def _sync(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    os.fsync(descriptor)
    os.close(descriptor)
