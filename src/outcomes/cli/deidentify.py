"""`outcomes deidentify`: a copy of a study without what names people."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from outcomes.cli.words import AsOf, Folder, StudyPath, a_path, read, say
from outcomes.cli.written import write_all

__all__ = ["deidentify"]

KeyFile = Annotated[
    Path | None,
    typer.Option(
        "--key-file",
        metavar="FILE",
        parser=a_path,
        help="file with the key, readable by its owner only; by default the environment gives it",
    ),
]


def deidentify(study: StudyPath, folder: Folder, as_of: AsOf = None, key_file: KeyFile = None) -> None:
    """Write a study without names: new identifiers, dates moved by weeks, no free text; the same numbers.

    The key is in OUTCOMES_DEIDENTIFY_KEY, or in --key-file. The copy is not anonymous: READ_FIRST.txt says
    what it does not promise.
    """
    from outcomes.study.deidentify.copy_files import PROMISES, deidentified_files
    from outcomes.study.deidentify.keyed import read_key

    key = read_key(key_file)
    files = deidentified_files(read(study, as_of), key)
    write_all(folder, files, overwrite=False)
    say(PROMISES)
