"""One partition of a data set: its files proved against the manifest, read back, checked as a part."""

from __future__ import annotations

import hashlib
import json
import platform
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd

from outcomes.config import read_config
from outcomes.errors import DataError
from outcomes.scale.data_set import STUDY, Manifest, PartFile, part_name
from outcomes.scale.spool import ORIGIN
from outcomes.schema.findings import LINE, Fault, Received
from outcomes.schema.tables import TABLES
from outcomes.sources.files import FileFacts
from outcomes.sources.raw import RawTable
from outcomes.sources.receive import receive
from outcomes.study import Study
from outcomes.study.part import part_of
from outcomes.study.reading import settings_of
from outcomes.study.settings import Settings, Whole, rules_of

__all__ = ["FAULTS", "Asked", "last_diary_day", "read_part", "settings_of_dataset"]

#: File of a partition with what reading found in its rows.
FAULTS = "faults.json"
HINT = "partition the study again, or restore the file from a copy"


@dataclass(frozen=True, slots=True)
class Asked:
    """How a data set is analysed: up to which date, which rules differ, what is known of the whole."""

    as_of: str | date | pd.Timestamp | None = None
    rules: Mapping[str, object] | None = None
    last_day: pd.Timestamp | None = None
    substances: frozenset[str] | None = None


def settings_of_dataset(dataset: Path, manifest: Manifest, asked: Asked) -> Settings:
    """Return what the data set's study.toml tells, under the rules that are asked for.

    Raises
    ------
    DataError
        When it names other tables than those of the data set.
    """
    path = dataset / STUDY
    config = read_config(path)
    told = {table for table in TABLES if config.source(table) is not None}
    if told != manifest.rows.keys():
        raise DataError(
            f"{STUDY} of the data set names other tables than were partitioned",
            got=", ".join(sorted(told ^ manifest.rows.keys())),
            hint="its rules, texts and waivers may be changed; for other tables partition the study again",
        )
    files = [FileFacts(**facts | {"shaped": tuple(facts["shaped"])}) for facts in manifest.sources]
    settings = settings_of(config, path.resolve(), files, as_of=asked.as_of)
    if not asked.rules:
        return settings
    changed = settings.rules.model_dump(exclude_unset=True) | dict(asked.rules)
    return replace(settings, rules=rules_of(changed))


def read_part(dataset: Path, manifest: Manifest, number: int, asked: Asked) -> Study:
    """Return one partition as a study of its patients.

    Raises
    ------
    DataError
        When a file is missing, or is not the one that was written; its name is said.
    """
    if not dataset.is_dir():
        raise DataError(
            f"{dataset}: the folder of the data set was not found by a worker",
            got=f"worker on {platform.node()}",
            hint="workers must see it under the same path as this machine",
        )
    config = read_config(dataset / STUDY)
    received: dict[str, Received] = {}
    for table in TABLES:
        source = config.source(table)
        if source is not None:
            raw = _raw(dataset / part_name(number), table, manifest, manifest.parts[number])
            received[table] = receive(table, raw, source, timezone=config.timezone)
    settings = settings_of_dataset(dataset, manifest, asked)
    return part_of(
        received, settings, Whole(manifest.rows, asked.last_day or manifest.last, asked.substances)
    )


def _raw(folder: Path, table: str, manifest: Manifest, files: Mapping[str, PartFile]) -> RawTable:
    columns = manifest.columns[table]
    frame = _table(folder / f"{table}.parquet", files[table], [*columns, LINE, *ORIGIN])
    origin = frame[list(ORIGIN)].rename(columns=ORIGIN)
    origin = origin.astype({"file": "str", "row": "Int64", "line": "Int64"})
    found = json.loads(_proved(folder / FAULTS, files[FAULTS]))
    faults = [Fault(**fault | {"rows": np.asarray(fault["rows"], dtype=np.intp)}) for fault in found]
    lines = [LINE] if (frame[LINE] != "").any() else []
    own = tuple(fault for fault in faults if fault.table == table)
    return RawTable(frame[[*columns, *lines]], origin, frozenset(manifest.typed[table]), own)


def _proved(path: Path, facts: PartFile) -> bytes:
    """Read a file of a partition that is, byte by byte, the one that was written."""
    place = f"{path.parent.name}/{path.name}"
    try:
        content = path.read_bytes()
    except FileNotFoundError:
        raise DataError(f"{place}: the file of the data set was not found", hint=HINT) from None
    except OSError as error:
        raise DataError(f"{place}: the file cannot be read", got=error.strerror, hint=HINT) from None
    if len(content) != facts.bytes or hashlib.sha256(content).hexdigest() != facts.sha256:
        raise DataError(
            f"{place}: this is not the file that was written",
            got=f"{len(content):,} bytes" + (", but other ones" if len(content) == facts.bytes else ""),
            allowed=f"{facts.bytes:,} bytes with the hash in the manifest",
            hint=HINT,
        )
    return content


def _table(path: Path, facts: PartFile, columns: list[str]) -> pd.DataFrame:
    """Read a table of a partition: its texts as categories."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    content, place = _proved(path, facts), f"{path.parent.name}/{path.name}"
    try:
        schema = pq.read_schema(pa.BufferReader(content))
        texts = [field.name for field in schema if pa.types.is_string(field.type)]
        rows = pq.read_table(pa.BufferReader(content), read_dictionary=texts)
    except (pa.ArrowException, OSError):
        raise DataError(f"{place}: this is not a Parquet file", hint=HINT) from None
    if schema.names != columns:
        raise DataError(
            f"{place}: the columns are not those of the data set",
            got=", ".join(sorted(set(schema.names) ^ set(columns))) or "another order",
            allowed=", ".join(columns),
            hint=HINT,
        )
    frame: pd.DataFrame = rows.to_pandas()
    return frame


def last_diary_day(dataset: Path, manifest: Manifest, number: int) -> pd.Timestamp | None:
    """Return the last diary date of a partition that is used under the data set's own study.toml."""
    last = read_part(dataset, manifest, number, Asked()).diary["date"].max()
    return None if pd.isna(last) else last
