"""All or nothing: a reader finds the report before or the report after, never half of one.

Everything is written into a hidden folder beside the others, forced to the disk, and only then renamed to
its name; the pointer `latest` moves last, by one rename. A run that is killed leaves a hidden folder
that the next run removes; a run that is interrupted or refused removes it itself.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path

from outcomes.publish.disk import HIDDEN, make_folder, refused, remove, sync_folder, write_new
from outcomes.publish.interruption import undisturbed

__all__ = ["LATEST", "publish"]

#: Name of the link to the newest report.
LATEST = "latest"


def publish(
    out: Path, name: str, files: Mapping[str, bytes], *, then: Callable[[Path], None] | None = None
) -> Path:
    """Write the files of one report and point `latest` to it; the caller holds the folder's lock.

    Parameters
    ----------
    out : Path
        Folder of all reports.
    name : str
        Name of the folder of this report; one that is there already gets a number behind it.
    files : mapping of str to bytes
        File name -> content, in the order of writing: the manifest last.
    then : callable, optional
        What belongs to the moment of publishing, such as the log: the folder has its name, `latest` has not
        moved yet. When it fails nothing is published. A signal waits until it is done.

    Returns
    -------
    Path
        The folder of the report.

    Raises
    ------
    ReportError
        When something cannot be written; what was there before is whole.
    """
    name = _free(out, name)
    hidden, link = out / f"{HIDDEN}{name}", out / f"{HIDDEN}{LATEST}"
    try:
        try:
            make_folder(hidden)
            for file, content in files.items():
                write_new(hidden / file, content)
            sync_folder(hidden)
            link.symlink_to(name, target_is_directory=True)
            with undisturbed():
                _commit(out, name, then)
        except BaseException:
            with undisturbed():  # a second signal
                remove(hidden)
                remove(link)
            raise
    except OSError as error:
        raise refused(error, out) from None
    return out / name


def _commit(out: Path, name: str, then: Callable[[Path], None] | None) -> None:
    """Give the folder its name, note it and move `latest` to it: all or nothing."""
    before = os.readlink(out / LATEST) if (out / LATEST).is_symlink() else None
    os.replace(out / f"{HIDDEN}{name}", out / name)
    try:
        if then is not None:
            then(out / name)
        os.replace(out / f"{HIDDEN}{LATEST}", out / LATEST)
        sync_folder(out)
    except BaseException:
        _take_back(out, name, before)
        raise


def _take_back(out: Path, name: str, before: str | None) -> None:
    """Point `latest` to the report before; only then does the folder go, so that the link is never broken."""
    link = out / f"{HIDDEN}{LATEST}"
    with suppress(OSError):
        if (out / LATEST).is_symlink() and os.readlink(out / LATEST) == name:
            if before is None:
                (out / LATEST).unlink()
            else:
                remove(link)
                link.symlink_to(before, target_is_directory=True)
                os.replace(link, out / LATEST)
        try:
            # what cannot be removed now is swept by the next run
            os.replace(out / name, out / f"{HIDDEN}{name}")
        except OSError:
            remove(out / name)


def _free(out: Path, name: str) -> str:
    """Return a name that no report has: a clock that was set back gives a name again."""
    names = (name, *(f"{name}-{number}" for number in range(2, 10_000)))
    return next(free for free in names if not (out / free).exists())
