"""Environments as a user makes them: the built wheel, alone, on each Python of this machine."""

from __future__ import annotations

import os
import resource
import shutil
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

from shared import ROOT

#: Pythons that pyproject.toml promises.
PROMISED = ("3.11", "3.12", "3.13", "3.14")
MEGABYTE = 1024 * 1024


@dataclass(frozen=True)
class Environment:
    """A virtual environment with the wheel in it."""

    python: Path
    packages: int
    megabytes: int
    seconds: float


def pythons() -> dict[str, str]:
    """Return version -> interpreter, of the promised versions that this machine has."""
    found = {}
    for version in PROMISED:
        unpacked = ROOT / ".pythons" / version / "usr" / "bin" / f"python{version}"  # by `make pythons`
        here = [shutil.which(f"python{version}") or "", *_pyenv(version), str(unpacked)]
        runs = [path for path in here if Path(path).is_file() and _version(path) == version]
        if runs:
            found[version] = runs[0]
    return found


def _pyenv(version: str) -> list[str]:
    folder = Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv")) / "versions"
    return [str(path) for path in sorted(folder.glob(f"{version}.*/bin/python"))]


def _version(path: str) -> str:
    done = subprocess.run([path, "-V"], capture_output=True, text=True, check=False)
    return ".".join(done.stdout.removeprefix("Python ").split(".")[:2])


def uv(*words: str, **environment: str) -> str:
    """Run uv and return what it wrote; what it says of a failure is in the error."""
    command = [str(Path(sys.executable).with_name("uv")), *words]
    done = subprocess.run(command, capture_output=True, text=True, env=os.environ | environment, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


def build(folder: Path, *kinds: str) -> list[Path]:
    """Build wheel or sdist (``--wheel``, ``--sdist``) from this repository."""
    uv("build", "--quiet", "--no-build-isolation", *kinds, "--out-dir", str(folder), str(ROOT))
    return sorted([*folder.glob("*.whl"), *folder.glob("*.tar.gz")])


def install(wheel: Path, python: str, resolution: str, folder: Path) -> Environment:
    """Make an environment with the wheel alone; "lowest-direct" takes the lowest declared versions.

    Only built packages are taken, so on a new Python the lowest are the first that were built for it.
    """
    uv("venv", "--quiet", "--python", python, str(folder))
    inside = {"VIRTUAL_ENV": str(folder)}
    begun = time.monotonic()
    words = ["pip", "install", "--quiet", "--compile-bytecode", "--only-binary", ":all:"]
    declared = ["--requirements", str(ROOT / "pyproject.toml")]
    uv(*words, "--resolution", resolution, *declared, **inside)
    uv(*words, "--no-deps", str(wheel), **inside)
    seconds = time.monotonic() - begun
    (site,) = folder.glob("lib/python*/site-packages")
    size = sum(file.stat().st_size for file in site.rglob("*") if file.is_file())
    packages = len(list(site.glob("*.dist-info")))
    return Environment(folder / "bin" / "python", packages, size // MEGABYTE, seconds)


def run(python: Path, *words: str, where: Path) -> tuple[subprocess.CompletedProcess[str], float]:
    """Run Python with warnings as errors; return what it did, and how long the processor took."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}
    begun = resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime
    done = subprocess.run(
        [str(python), "-W", "error", *words], cwd=where, env=kept, capture_output=True, text=True, check=False
    )
    return done, resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime - begun
