"""All or nothing: a reader finds the report before or the report after, never half of one.

Everything is written into a hidden folder beside the others, forced to the disk, and only then renamed to
its name; the pointer `latest` moves last, by one rename. A run that is killed leaves a hidden folder
that the next run removes.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Mapping
from pathlib import Path

from outcomes.errors import ReportError

__all__ = ["LATEST", "publish"]

#: Name of the link to the newest report.
LATEST = "latest"
HIDDEN = ".unfinished-"
OWNER_ONLY_FOLDER, OWNER_ONLY_FILE = 0o700, 0o600


def publish(out: Path, name: str, files: Mapping[str, bytes]) -> Path:
    """Write the files of one report and point `latest` to it.

    Parameters
    ----------
    out : Path
        Folder of all reports; made when it is not there.
    name : str
        Name of the folder of this report.
    files : mapping of str to bytes
        File name -> content, in the order of writing: the manifest last.

    Returns
    -------
    Path
        The folder of the report.

    Raises
    ------
    ReportError
        When something cannot be written; what was there before is whole.
    """
    try:
        out.mkdir(mode=OWNER_ONLY_FOLDER, parents=True, exist_ok=True)
        _sweep(out)
        hidden = out / f"{HIDDEN}{name}"
        hidden.mkdir(mode=OWNER_ONLY_FOLDER)
        for file, content in files.items():
            _write(hidden / file, content)
        _sync_folder(hidden)
        final = out / name
        os.replace(hidden, final)
        _sync_folder(out)
        _point(out, name)
    except OSError as error:
        raise ReportError(
            "the report could not be written; the one before it is untouched",
            got=f"{error.strerror or type(error).__name__} at {Path(str(error.filename or out)).name}",
            hint="check space, permissions and that the output is a folder",
        ) from None
    return final


def _write(path: Path, content: bytes) -> None:
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, OWNER_ONLY_FILE)
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())


def _point(out: Path, name: str) -> None:
    """Move the link `latest` by one rename."""
    link = out / f"{HIDDEN}{LATEST}"
    link.unlink(missing_ok=True)
    link.symlink_to(name, target_is_directory=True)
    os.replace(link, out / LATEST)
    _sync_folder(out)


def _sync_folder(folder: Path) -> None:
    """Force the names in a folder to the disk: without it a crash may forget a rename."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _sweep(out: Path) -> None:
    """Remove what killed runs left."""
    for path in out.glob(f"{HIDDEN}*"):
        if path.is_symlink():
            path.unlink()
        else:
            shutil.rmtree(path)
