"""Files that a command writes and names."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

from outcomes.errors import ArgumentError, unwritable

__all__ = ["write_all"]


def write_all(folder: Path, files: Mapping[str, str | bytes], *, overwrite: bool) -> None:
    """Write files and print their names."""
    there = [name for name in files if os.path.lexists(folder / name)]
    if there and not overwrite:
        raise ArgumentError(
            f"{folder} already holds {', '.join(there)}", hint="name an empty folder; nothing was written"
        )
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for name, text in files.items():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / name).write_bytes(text if isinstance(text, bytes) else text.encode())
            print(folder / name)
    except OSError as error:
        raise unwritable(str(folder), error) from None
