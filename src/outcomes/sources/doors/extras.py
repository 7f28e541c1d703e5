"""Packages that one kind of source needs: loaded when it is read, and named when they are not installed."""

from __future__ import annotations

import importlib
from types import ModuleType

from outcomes.errors import SourceError, install_extra

__all__ = ["load"]


def load(module: str, *, extra: str, reads: str) -> ModuleType:
    """Return a module of an extra.

    Parameters
    ----------
    module : str
        Its name.
    extra : str
        The extra of this package that installs it.
    reads : str
        What is read with it, for the message.

    Raises
    ------
    SourceError
        When it is not installed.

    Examples
    --------
    >>> load("no_such_package", extra="excel", reads="a workbook")  # doctest: +ELLIPSIS
    Traceback (most recent call last):
        ...
    outcomes.errors.SourceError: a workbook is read by a package that is not installed. pip install ...
    """
    try:
        return importlib.import_module(module)
    except ModuleNotFoundError as error:
        if (error.name or "").split(".")[0] != module.split(".")[0]:
            raise
        raise SourceError(
            f"{reads} is read by a package that is not installed", hint=install_extra(extra)
        ) from None
