"""A study as a Parquet data set that is partitioned by patient: streamed, resumable, whole or not there."""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Iterator
from dataclasses import dataclass, replace
from numbers import Integral
from pathlib import Path
from typing import Any

from outcomes.config import StudyConfig, read_config
from outcomes.config.place import study_file
from outcomes.errors import ArgumentError, named_path
from outcomes.scale.data_set import HIDDEN, LAYOUT, MANIFEST, STUDY, write_json, write_manifest
from outcomes.scale.folder import PLAN, alone, finished, refused
from outcomes.scale.placing import Placing, place
from outcomes.scale.progress import Progress
from outcomes.scale.read_part import last_diary_day
from outcomes.scale.spool import Streamed, has_times, spool_file, typed_dates
from outcomes.scale.write_part import Spools, write_part
from outcomes.schema.tables import TABLES
from outcomes.sources.conventions import TableSource
from outcomes.sources.files import file_below
from outcomes.sources.receive import read_ids

__all__ = ["partition"]

#: Rows that are held at a time.
ROWS = 500_000
#: A partition has about so many diary rows where nothing else is asked for, and a row so many bytes at least.
DIARY_ROWS, ROW_BYTES = 500_000, 25
#: Tables that are read once: the diary, and the log that knows sessions only.
LARGE = ("diary", "titration")
SPOOL = f"{HIDDEN}spool"


def partition(study: str | Path, out: str | Path, *, partitions: int | None = None, rows: int = ROWS) -> Path:
    """Write a study as a Parquet data set that is partitioned by patient.

    Parameters
    ----------
    study : str or Path
        The study.toml, or the folder that holds it.
    out : str or Path
        Folder of the data set: new, empty, or one that an earlier call did not finish.
    partitions : int, optional
        How many; by default one for about half a million diary rows.
    rows : int
        About this many rows are held at a time.

    Returns
    -------
    Path
        The manifest. It is written last: a data set without it is not finished, and the same call goes on
        where the last one stopped.

    Raises
    ------
    ArgumentError
        When `out` holds something else.
    LockedError
        When another call writes the same data set.
    SourceError, DataError
        When a file of the study cannot be read, or its identifiers cannot be parted.
    OutcomesError
        When the disk refuses: nothing half written is left under a partition's name.

    Notes
    -----
    All rows of a patient go into one partition, and so do patients whose identifiers look alike or who share
    an identifier of a session or an event: every check of a study then finds in the partitions what it finds
    in the whole. Parquet files are streamed; a text file is read whole, so a large table is given as several.

    Examples
    --------
    >>> import tempfile
    >>> import outcomes as oc
    >>> from outcomes.study import example_folder
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     manifest = oc.scale.partition(example_folder(), folder + "/parted", partitions=2)
    ...     sorted(path.name for path in manifest.parent.iterdir())
    ['manifest.json', 'part-00000', 'part-00001', 'study.toml']
    """
    path = study_file(named_path("study", study, hint="a study.toml, or the folder that holds it"))
    folder = named_path("out", out, hint="the folder of the data set")
    at_least_one("rows", rows)
    config = read_config(path)
    plan = _plan(path, config, partitions)
    if finished(folder, plan) and not any(folder.glob(f"{HIDDEN}*")):
        return folder / MANIFEST
    try:
        with alone(folder):
            # another call may have ended since
            return (
                folder / MANIFEST
                if finished(folder, plan)
                else _Run(config, path, folder, plan, rows).write()
            )
    except OSError as error:
        raise refused(error, folder) from None


def _plan(path: Path, config: StudyConfig, partitions: int | None) -> dict[str, Any]:
    """Return what is to be written, so that another call knows whether it goes on with the same."""
    if partitions is not None:
        at_least_one("partitions", partitions)
    if config.tables.sdtm or config.tables.adam or not all(source.file for _, source in _sources(config)):
        raise ArgumentError(
            "only files of tables are parted, no data sets of CDISC and nothing that a server gives",
            hint="write the tables as Parquet first",
        )
    files = [
        (table, name, file_below(name, path.resolve().parent, table))
        for table, source in _sources(config)
        for name in source.files
    ]
    diary = sum(file.stat().st_size for table, _, file in files if table == "diary")
    return {
        "layout": LAYOUT,
        "study": hashlib.sha256(path.read_bytes()).hexdigest(),
        "files": [[name, file.stat().st_size, file.stat().st_mtime_ns] for _, name, file in files],
        "partitions": int(partitions) if partitions else max(1, round(diary / (DIARY_ROWS * ROW_BYTES))),
    }


def at_least_one(name: str, got: object) -> None:
    """Refuse what is no whole number of one or more."""
    if isinstance(got, bool) or not isinstance(got, Integral) or got < 1:
        raise ArgumentError(f"{name} is not a whole number of 1 or more", got=repr(got), allowed="1, 2, ...")


def _sources(config: StudyConfig) -> Iterator[tuple[str, TableSource]]:
    for table in TABLES:
        source = config.source(table)
        if source is not None:
            yield table, source


@dataclass(frozen=True, slots=True)
class _Run:
    """One call of `partition`."""

    config: StudyConfig
    study: Path
    folder: Path
    plan: dict[str, Any]
    rows: int

    def write(self) -> Path:
        """Spool every file, write every partition, and the manifest last."""
        self.folder.mkdir(parents=True, exist_ok=True)
        write_json(self.folder / PLAN, self.plan)
        streamed = Streamed(self.study.resolve().parent, self.config.limits, self.config.timezone, self.rows)
        placing, streamed = self._placed(streamed)
        spools = self._spooled(placing, streamed)
        shutil.copyfile(self.study, self.folder / STUDY)
        begun = spools.manifest(self.plan)
        parts, progress = [], Progress(placing.partitions, "partitions written")
        for number in range(placing.partitions):
            parts.append(write_part(self.folder, spools, begun, number))
            progress.one_more()
        whole = replace(begun, parts=parts)
        # with a cut-off nobody asks for the last day: the partitions need not be read and checked for it
        asked = range(placing.partitions) if self.config.cutoff is None else ()
        last = [last_diary_day(self.folder, whole, number) for number in asked]
        days = [day for day in last if day is not None]
        return write_manifest(self.folder, replace(whole, last_day=str(max(days)) if days else None))

    def _spooled(self, placing: Placing, streamed: Streamed) -> Spools:
        """Part the rows of every source file."""
        spools = Spools(self.folder / SPOOL)
        progress = Progress(sum(len(source.files) for _, source in _sources(self.config)), "files read")
        for table, source in _sources(self.config):
            for number, name in enumerate(source.files):
                folder = spools.folder(table, number)
                spools.add(
                    table, spool_file(table, name, source, streamed=streamed, placing=placing, folder=folder)
                )
                progress.one_more()
        return spools

    def _placed(self, streamed: Streamed) -> tuple[Placing, Streamed]:
        """Read the identifiers of all tables but the two large ones, and where dates have times of day."""
        keys, times = [], {}
        for table, source in _sources(self.config):
            if table in LARGE:
                continue
            dates: dict[str, list[bool]] = {}
            for name in source.files:
                for raw, _ in streamed.chunks(table, name, source):
                    ids = read_ids(table, raw, source, timezone=self.config.timezone)
                    ids.attrs["table"] = table
                    keys.append(ids)
                    for column in typed_dates(raw, source):
                        dates.setdefault(column, []).append(has_times(raw.frame[column]))
            times[table] = frozenset(column for column, found in dates.items() if any(found))
        return place(keys, self.plan["partitions"]), replace(streamed, times=times)
