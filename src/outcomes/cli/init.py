"""`outcomes init`: a first study to fill in."""

from __future__ import annotations

from outcomes.cli.words import Folder
from outcomes.cli.written import write_all

__all__ = ["init"]


def init(folder: Folder) -> None:
    """Write a commented study.toml and empty tables to fill; never over files that are there."""
    from outcomes.config import starter_files

    write_all(folder, starter_files(), overwrite=False)
