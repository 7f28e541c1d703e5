"""Files and folders for the owner only, forced to the disk, and what is said when the disk refuses."""

from __future__ import annotations

import errno
import os
import shutil
from pathlib import Path

from outcomes.errors import ReportError

__all__ = [
    "HIDDEN",
    "OWNER_ONLY_FILE",
    "OWNER_ONLY_FOLDER",
    "append_line",
    "make_folder",
    "refused",
    "remove",
    "replace_file",
    "sweep",
    "sync_folder",
    "write_new",
]

#: What is not finished yet has a name that begins with this.
HIDDEN = ".unfinished-"
OWNER_ONLY_FOLDER, OWNER_ONLY_FILE = 0o700, 0o600


def write_new(path: Path, content: bytes) -> None:
    """Write a file that does not exist yet, down to the disk."""
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, OWNER_ONLY_FILE)
    try:
        _write_whole(descriptor, content)
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _write_whole(descriptor: int, content: bytes) -> None:
    """Write all bytes to a file of ours; the disk may take them in parts."""
    os.fchmod(descriptor, OWNER_ONLY_FILE)  # a umask may have taken the owner's rights too
    left = memoryview(content)
    while left:
        left = left[os.write(descriptor, left) :]


def make_folder(path: Path) -> None:
    """Make a folder and those above it for the owner only; one that is there stays as it is.

    Raises
    ------
    OSError
        When the disk refuses, or something else has the name.
    """
    absent = [folder for folder in (path, *path.parents) if not folder.exists()]
    for folder in reversed(absent):
        try:
            folder.mkdir(mode=OWNER_ONLY_FOLDER)
        except FileExistsError:  # another run was quicker
            continue
        folder.chmod(OWNER_ONLY_FOLDER)
    if not path.is_dir():
        raise NotADirectoryError(errno.ENOTDIR, os.strerror(errno.ENOTDIR), str(path))


def replace_file(path: Path, content: bytes) -> None:
    """Write a file, or put it in the place of the one that is there, by one rename."""
    hidden = path.with_name(f"{HIDDEN}{path.name}")
    hidden.unlink(missing_ok=True)
    try:
        write_new(hidden, content)
        os.replace(hidden, path)
    except BaseException:
        remove(hidden)
        raise
    sync_folder(path.parent)


def append_line(path: Path, line: bytes) -> None:
    """Add one line at the end of a file, or nothing; a torn line before it is ended first."""
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND | os.O_NOFOLLOW, OWNER_ONLY_FILE)
    try:
        size = os.fstat(descriptor).st_size
        torn = size > 0 and os.pread(descriptor, 1, size - 1) != b"\n"
        try:
            _write_whole(descriptor, b"\n" * torn + line + b"\n")
            os.fsync(descriptor)
        except OSError:
            os.ftruncate(descriptor, size)
            raise
    finally:
        os.close(descriptor)


def sync_folder(folder: Path) -> None:
    """Force the names in a folder to the disk: without it a crash may forget a rename."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def sweep(out: Path) -> None:
    """Remove what killed runs left; only the holder of the lock may."""
    for path in out.glob(f"{HIDDEN}*"):
        remove(path)


def remove(path: Path) -> None:
    """Remove a file, link or folder as far as possible."""
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path, ignore_errors=True)
    else:
        path.unlink(missing_ok=True)


def refused(
    error: OSError, out: Path, what: str = "the report could not be written; the previous one is untouched"
) -> ReportError:
    """Return what a refusal of the disk means to the user."""
    return ReportError(
        what,
        got=f"{error.strerror or type(error).__name__} at {Path(str(error.filename or out)).name}",
        hint="check free space, permissions and that the output is a folder",
    )
