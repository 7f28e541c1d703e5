"""The page on data quality and the list of queries as files, for their owner only."""

from __future__ import annotations

from pathlib import Path

from outcomes.publish.disk import make_folder, refused, replace_file

__all__ = ["write_quality"]


def write_quality(path: Path, text: str) -> None:
    """Write a file, whole or not at all; one of the same name is replaced.

    Raises
    ------
    ReportError
        When the disk refuses.
    """
    try:
        make_folder(path.parent)
        replace_file(path, text.encode())
    except OSError as error:
        raise refused(error, path, f"{path.name}: the file cannot be written") from None
