"""What a notebook that stopped, or a cell without a result, says: which cell and why, never what it held."""

from __future__ import annotations

from typing import Any

from outcomes import errors
from outcomes.errors import OutcomesError

__all__ = ["NotebookError", "without_result"]


class NotebookError(OutcomesError):
    """A notebook stopped at a cell; nothing was written.

    Its exit code is that of the error in the cell: 2 for a study.toml that cannot be used, 4 for data
    without an answer, 1 for anything that nobody foresaw.
    """

    def __init__(self, what: str, *, exit_code: int = 1, hint: str | None = None) -> None:
        self.exit_code = exit_code
        super().__init__(what, hint=hint)


def without_result(book: Any, name: str) -> tuple[str, ...]:
    """Return a sentence for each cell that may be without a result and is.

    Such a cell has the tag ``raises-exception``: it may say in one of our own errors why there is no number
    (too few patients, no table of sessions), and the cells after it may miss what it would have made.
    Our own messages hold no patient's value and are repeated; those of others may, and are not.

    Raises
    ------
    NotebookError
        For an error in any other cell.
    """
    said: list[str] = []
    for number, cell in enumerate(book.cells, start=1):
        error = next((out for out in cell.get("outputs", ()) if out.output_type == "error"), None)
        if error is None:
            continue
        where = f"{name}: cell {number} ({cell.source.splitlines()[0][:60]})"
        why, code = _reason(error, after_another=bool(said))
        if "raises-exception" not in cell.metadata.get("tags", ()):
            raise NotebookError(f"{where} stopped. {why}", exit_code=code)
        said.append(f"{where} has no result. {why}")
    return tuple(said)


def _reason(error: Any, *, after_another: bool) -> tuple[str, int]:
    """Return what may be said of an error in a cell, and the exit code that belongs to it."""
    kind = getattr(errors, error.ename, None) if error.ename in errors.__all__ else None
    if isinstance(kind, type) and issubclass(kind, OutcomesError):
        return error.evalue, kind.exit_code
    if after_another and error.ename == "NameError":
        error.traceback = ["No result: this cell needs what a cell above could not give."]
        return "It needs what a cell above could not give.", 1
    return f"An unexpected {error.ename}: open the notebook in JupyterLab to see where.", 1
