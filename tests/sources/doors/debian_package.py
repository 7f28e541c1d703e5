"""A file of a Debian package: as it is installed, or taken out of the package without installing it."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

__all__ = ["file_of"]


def file_of(package: str, path: str, folder: Path) -> Path:
    """Return a file that a package brings; without the package and without apt the test cannot run."""
    if Path(path).is_file():
        return Path(path)
    if shutil.which("apt-get") and shutil.which("dpkg-deb"):
        for words in (
            ["download", package],
            ["update"],
            ["download", package],
        ):  # no lists on a bare machine
            subprocess.run(["apt-get", "-q", *words], check=False, capture_output=True, cwd=folder)
            if packed := sorted(folder.glob(f"{package}_*.deb")):
                subprocess.run(["dpkg-deb", "--extract", packed[0], folder], check=True)
                return folder / path.lstrip("/")
    if os.environ.get("CI"):
        pytest.fail(f"the package {package} cannot be fetched")
    pytest.skip(f"needs Debian's {package}")
