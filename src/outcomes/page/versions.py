"""The versions that can change a number or a byte of the report."""

from __future__ import annotations

import platform
from functools import cache
from importlib.metadata import PackageNotFoundError, version

__all__ = ["PACKAGES", "versions"]

#: Packages whose version can change a number or a byte of the report.
PACKAGES = (
    "pandas",
    "numpy",
    "scipy",
    "statsmodels",
    "formulaic",
    "pandera",
    "matplotlib",
    "jinja2",
    "great-tables",
    "typst",
)


def versions() -> dict[str, str]:
    """Return the versions of this package, of Python and of `PACKAGES`."""
    return dict(_versions())


@cache
def _versions() -> dict[str, str]:
    found = {"outcomes": _version("outcomes"), "python": platform.python_version()}
    return found | {name: _version(name) for name in PACKAGES}


def _version(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return "not installed"
