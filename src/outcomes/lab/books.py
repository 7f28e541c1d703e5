"""Which notebooks there are, what each is about, and which parameters it takes."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from outcomes.errors import ArgumentError, install_extra, suggest
from outcomes.lab.parameters import Parameter, read_parameters

__all__ = ["Notebook", "find", "needs", "notebooks", "read_book"]


@dataclass(frozen=True, slots=True)
class Notebook:
    """A notebook of the package.

    Parameters
    ----------
    name : str
        Name of the file without its ending, for instance ``02_headache_days``.
    title : str
        Its first heading.
    about : str
        The sentence under the heading.
    parameters : tuple of Parameter
        What can be set, in the order of the cell.
    path : Path
        The file.
    """

    name: str
    title: str
    about: str
    parameters: tuple[Parameter, ...]
    path: Path


def notebooks() -> tuple[Notebook, ...]:
    """Return the notebooks in the order of their numbers."""
    return tuple(_described(path) for path in sorted(_folder().glob("[0-9][0-9]_*.ipynb")))


def find(name: str) -> Notebook:
    """Return a notebook by its whole name, its number, or its name without the number.

    Raises
    ------
    ArgumentError
        When none has this name; the message lists all.
    """
    paths = sorted(_folder().glob("[0-9][0-9]_*.ipynb"))
    for path in paths:
        if name.removesuffix(".ipynb") in (path.stem, path.stem[:2], path.stem[3:]):
            return _described(path)
    names = [path.stem for path in paths]
    near = suggest(name, [*names, *(stem[3:] for stem in names)])
    raise ArgumentError("there is no such notebook", got=repr(name), allowed=", ".join(names), hint=near)


def needs(package: str) -> ArgumentError:
    """Return the error for a package that only notebooks need."""
    return ArgumentError(
        "notebooks need a package that is not installed",
        got=f"no {package}",
        hint=install_extra("notebooks"),
    )


def read_book(path: Path) -> Any:
    """Return a notebook's cells."""
    try:
        import nbformat
    except ImportError:
        raise needs("nbformat") from None
    return nbformat.read(path, as_version=4)


def _folder() -> Path:
    """Return the folder inside an installed package, or the one of a checkout."""
    here = Path(__file__).resolve()
    for folder in (here.parent / "notebooks", here.parents[3] / "notebooks"):
        if (folder / "00_start_here.ipynb").is_file():
            return folder
    raise ArgumentError("the notebooks were not found", hint="install the package again")


def _described(path: Path) -> Notebook:
    book = read_book(path)
    first = book.cells[0].source if book.cells else ""
    lines = [line.strip() for line in first.splitlines() if line.strip()] or [path.stem]
    about = " ".join(lines[1:]).split(". ")[0].rstrip(".")
    return Notebook(path.stem, lines[0].lstrip("# "), about, tuple(read_parameters(book).values()), path)
