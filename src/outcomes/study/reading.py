"""A study read from its study.toml, and the example study that comes with the package."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from functools import lru_cache
from pathlib import Path

import pandas as pd

from outcomes.config import StudyConfig, read_config
from outcomes.config.place import study_file
from outcomes.errors import ArgumentError, ConfigError, named_path
from outcomes.schema.findings import Received
from outcomes.schema.tables import TABLES
from outcomes.sources.cdisc.adam_sets import ADAM
from outcomes.sources.cdisc.domains import SDTM
from outcomes.sources.cdisc.read import read_data_sets
from outcomes.sources.files import FileFacts, read_files
from outcomes.sources.receive import concat_received, receive
from outcomes.study.settings import Settings, day_of
from outcomes.study.study import Study

__all__ = ["example_folder", "load_example", "read_study", "settings_of"]


def read_study(path: str | Path, *, as_of: str | date | pd.Timestamp | None = None) -> Study:
    """Read the study that a study.toml describes.

    Parameters
    ----------
    path : str or Path
        The study.toml, or the folder that holds it.
    as_of : str, date or Timestamp, optional
        Local date that replaces the configuration's cut-off.

    Raises
    ------
    ConfigError
        For a study.toml that cannot be used.
    ArgumentError
        For a data set of partitions.
    SourceError
        For a file that cannot be read as the table that it should be.
    DataError
        When nothing says when the treatment began, no diary day can be used, or two tables never meet.
    """
    path = study_file(named_path("path", path, hint="a study.toml, or the folder that holds it"))
    config = read_config(path)
    _refuse_partitions(path)
    received: dict[str, Received] = {}
    files: list[FileFacts] = []
    for layout in (SDTM, ADAM):
        named = getattr(config.tables, layout.key)
        if named:
            found, facts = read_data_sets(
                layout,
                named,
                path.resolve().parent,
                timezone=config.timezone,
                limits=config.limits,
                tables=tuple(one for one in TABLES if config.source(one) is None and one not in received),
            )
            received |= found
            files += facts
    for table in TABLES:
        source = config.source(table)
        if source is not None:
            parts = []
            for part in source.parts:
                raw, facts = read_files(table, part, path.resolve().parent, limits=config.limits)
                parts.append(receive(table, raw, part, timezone=config.timezone))
                files += facts
            received[table] = concat_received(parts)
    return Study._made_of(received, settings_of(config, path.resolve(), files, as_of=as_of))


def _refuse_partitions(path: Path) -> None:
    """Refuse what `outcomes partition` wrote: its tables lie below it, in parts."""
    if (path.parent / "manifest.json").is_file() and (path.parent / "part-00000").is_dir():
        raise ArgumentError(
            f"{path.parent.name}: this is a data set of partitions, not a study",
            hint="use oc.scale.analyse, or outcomes report with --scheduler threads",
        )


def settings_of(
    config: StudyConfig,
    path: Path,
    files: Iterable[FileFacts],
    *,
    as_of: str | date | pd.Timestamp | None = None,
) -> Settings:
    """Return what a study.toml tells a study besides its tables.

    Parameters
    ----------
    config : StudyConfig
        The study.toml as read.
    path : Path
        Where it is.
    files : iterable of FileFacts
        The files of the tables.
    as_of : str, date or Timestamp, optional
        Local date that replaces the configuration's cut-off.
    """
    return Settings(
        rules=config.rules,
        timezone=config.timezone,
        cutoff=day_of(as_of if as_of is not None else config.cutoff),
        title=config.title,
        note=config.note,
        files=tuple(files),
        reporting=config.report,
        queries=config.queries,
        config=path,
        estimand=config.estimand,
        waivers=config.waivers,
    )


def load_example() -> Study:
    """Return the example study: about 60 simulated patients with every kind of fault planted."""
    return _example(example_folder())


@lru_cache(maxsize=1)
def _example(folder: Path) -> Study:
    """Read it once a process: notebooks and pages of code load it again and again, and no study changes."""
    return read_study(folder)


def example_folder() -> Path:
    """Return the folder of the example study: in the installed package, or in the repository."""
    here = Path(__file__).resolve()
    for folder in (here.parents[1] / "example_data", here.parents[3] / "data" / "example"):
        if (folder / "study.toml").is_file():
            return folder
    raise ConfigError("the example study was not found", hint="install the package again, or make example")
