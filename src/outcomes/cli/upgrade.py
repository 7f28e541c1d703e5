"""`outcomes upgrade`: a study.toml of an earlier version, written for this one."""

from __future__ import annotations

import os
import shutil
import tempfile
from pathlib import Path
from typing import Annotated

import typer

from outcomes.cli.words import StudyPath, say
from outcomes.errors import ConfigError

__all__ = ["upgrade"]

DryRun = Annotated[bool, typer.Option("--dry-run", help="show what would change, and write nothing")]


def upgrade(study: StudyPath, dry_run: DryRun = False) -> None:
    """Write study.toml as this version reads it: print the diff, keep the file of before beside it.

    Comments, order and line ends stay. A file that needs nothing is not touched.
    """
    from outcomes.config.place import study_file
    from outcomes.config.study_toml import read_text
    from outcomes.config.upgrade import SCHEMA_VERSION, upgraded

    path = study_file(study)
    found = upgraded(read_text(path), path.name)
    if found.after == found.before:
        say(f"{path}: nothing to do, schema_version is {SCHEMA_VERSION}")
        return
    print(found.diff(path.name), end="")
    for words in found.told:
        say(f"since version {found.version}: {words}")
    if dry_run:
        return
    kept = _replaced(path, found.after)
    say(f"{path} has been written; the previous file is {kept.name}")


def _replaced(path: Path, text: str) -> Path:
    """Write the file by one rename and return the copy of what was there."""
    names = (path.with_name(f"{path.name}.before{number}") for number in ("", *map(str, range(2, 1000))))
    kept = next(name for name in names if not os.path.lexists(name))
    real = path.resolve()  # a link stays a link
    hidden = None
    try:
        shutil.copy2(real, kept)
        descriptor, hidden = tempfile.mkstemp(prefix=".unfinished-", dir=real.parent)
        with os.fdopen(descriptor, "w", encoding="utf-8", newline="") as file:
            file.write(text)
        shutil.copymode(real, hidden)
        os.replace(hidden, real)
    except OSError as error:
        if hidden is not None and os.path.lexists(hidden):
            os.unlink(hidden)
        what = error.strerror or type(error).__name__
        raise ConfigError(
            f"{path.name} could not be written; it is unchanged",
            got=what,
            hint="check free space, and who may write to the file and its folder",
        ) from None
    return kept
