"""Run a notebook of the package: all of it, into one new file, or nothing."""

from __future__ import annotations

import os
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from outcomes.errors import ArgumentError, unwritable
from outcomes.lab.books import find, needs, read_book
from outcomes.lab.page import as_page
from outcomes.lab.parameters import put_in, read_parameters, set_parameters
from outcomes.lab.stopped import NotebookError, without_result

__all__ = ["Ran", "run"]

KERNEL = "python3"
LONGEST_NAME = 255  # bytes, of every file system in use


@dataclass(frozen=True, slots=True)
class Ran:
    """What was run: the files that were written, the cells of code, and what has no result and why."""

    notebook: Path
    page: Path | None
    cells: int
    missing: tuple[str, ...]
    seconds: float


def run(
    name: str,
    *,
    out: Path | None = None,
    study: Path | None = None,
    parameters: Sequence[str] = (),
    page: bool = False,
) -> Ran:
    """Run a notebook with its own kernel in the current folder and write it with its results.

    Parameters
    ----------
    name : str
        Name or number of a notebook of the package.
    out : Path, optional
        File to write, readable by its owner only; default NAME.ipynb in the current folder.
    study : Path, optional
        The study.toml; default the example study.
    parameters : sequence of str
        Further parameters as ``name=value``.
    page : bool
        Write an HTML page beside the notebook.

    Raises
    ------
    ArgumentError
        For an unknown notebook or parameter, or a file that cannot be written; before anything runs.
    NotebookError
        When a cell stops. Nothing is written then, and what was there stays.
    """
    chosen = find(name)
    book = read_book(chosen.path)
    target = _target(out or Path(f"{chosen.name}.ipynb"), chosen.path)
    words = [*([f"study={study}"] if study is not None else []), *parameters]
    values = set_parameters(words, read_parameters(book))
    began = time.monotonic()
    done = _executed(put_in(book, values), chosen.name)
    missing = without_result(done, chosen.name)
    made = as_page(done, chosen.title) if page else None
    where = target.with_suffix(".html") if made is not None else None
    import nbformat

    _write(target, nbformat.writes(done) + "\n")
    if made is not None and where is not None:
        _write(where, made)
    cells = sum(cell.cell_type == "code" for cell in done.cells)
    return Ran(target, where, cells, missing, round(time.monotonic() - began, 1))


def _target(path: Path, source: Path) -> Path:
    """Refuse what cannot be written before minutes are spent, and the notebook itself."""
    if path.suffix != ".ipynb":
        raise ArgumentError("the file to write is not a notebook", got=path.name, allowed="FILE.ipynb")
    if os.path.exists(path) and path.samefile(source):
        raise ArgumentError(
            f"{path} is the notebook itself", hint="name another file with --out, or run in another folder"
        )
    if not os.path.isdir(path.absolute().parent):
        raise ArgumentError(f"the folder of {path} does not exist", hint="make it first")
    if not os.access(path.absolute().parent, os.W_OK):
        raise ArgumentError(f"nothing can be written beside {path}", hint="name another folder with --out")
    if os.path.isdir(path) or len(os.fsencode(path.name)) > LONGEST_NAME:
        raise ArgumentError(f"{path} cannot be a file", hint="name another with --out")
    return path


def _executed(book: Any, name: str) -> Any:
    """Return the book with the results of its cells, up to the one that stopped if any did."""
    try:
        from nbclient import NotebookClient
        from nbclient.exceptions import CellExecutionError, DeadKernelError
    except ImportError:
        raise needs("nbclient") from None
    client = NotebookClient(book, kernel_name=KERNEL, timeout=None, record_timing=False)
    client.km = _kernel()  # not as an argument: the client would then leave it running
    quiet = os.environ | {"PYDEVD_DISABLE_FILE_VALIDATION": "1"}
    try:
        # What a kernel itself writes may quote a cell's values: it goes nowhere.
        with open(os.devnull, "wb") as nowhere:
            return client.execute(cwd=os.getcwd(), env=quiet, stdout=nowhere, stderr=nowhere)
    except CellExecutionError:
        return book
    except Exception as error:
        if getattr(client, "_async_cleanup_kernel_future", None) is not None:
            raise KeyboardInterrupt from None  # nbclient took the signal and ended the kernel under the cell
        if isinstance(error, DeadKernelError):
            raise NotebookError(f"{name}: the kernel died", hint="is there enough memory?") from None
        raise


def _kernel() -> Any:
    """Return the manager of a kernel of this very Python, whatever kernels the user has registered."""
    from jupyter_client.kernelspec import KernelSpecManager
    from jupyter_client.manager import AsyncKernelManager

    return AsyncKernelManager(kernel_name=KERNEL, kernel_spec_manager=KernelSpecManager(kernel_dirs=[]))


def _write(path: Path, text: str) -> None:
    """Write a file by one rename: a reader sees the old one or the whole new one."""
    try:
        descriptor, hidden = tempfile.mkstemp(prefix=".unfinished-", dir=path.absolute().parent)
        try:
            with os.fdopen(descriptor, "w", encoding="utf-8") as file:
                file.write(text)
                file.flush()
                os.fsync(file.fileno())
            os.replace(hidden, path)
        except BaseException:
            Path(hidden).unlink(missing_ok=True)
            raise
    except OSError as error:
        raise unwritable(str(path), error) from None
