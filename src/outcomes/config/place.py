"""Where a study.toml is."""

from __future__ import annotations

import os
from pathlib import Path

__all__ = ["study_file"]


def study_file(path: Path) -> Path:
    """Return the study.toml that a path means: itself, or the one in the folder.

    A path that the system does not even look at, such as one that is too long, is for the reader to refuse.
    """
    return path / "study.toml" if os.path.isdir(path) else path
