"""What every analysis returns: a plain frame of estimates and, beside it, what it means."""

from __future__ import annotations

import html
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import pandas as pd

from outcomes.errors import ArgumentError, instance_of, suggest
from outcomes.results.digits import readable, worded
from outcomes.results.shown import as_html, as_text, said_once, with_something_to_say, without_endpoint
from outcomes.results.tabular import Tabular

__all__ = ["Estimates"]


@dataclass(frozen=True, slots=True, eq=False)
class Estimates(Tabular):
    """A frame of estimates with its meaning beside it.

    Parameters
    ----------
    frame : DataFrame
        One row per estimate, columns named as in `COLUMNS`. It is copied in and out.
    title : str
        What is estimated, with its unit.
    method : str
        How: the model or formula and the kind of interval.
    level : float or None
        Confidence level of the intervals.
    notes : tuple of str
        Rules used, exclusions with counts, warnings: what must stand under the table.
    status : str
        "ok", or what the reader must know first (not converged, fallback, nothing to estimate).
    meta : mapping
        Further facts by name: n, N, seed, options as run.
    members : DataFrame or None
        Which patients and rows stand behind each row: column ``row`` is the position in `frame`.
    """

    frame: pd.DataFrame
    title: str
    method: str
    level: float | None = 0.95
    notes: tuple[str, ...] = ()
    status: str = "ok"
    meta: Mapping[str, Any] = field(default_factory=dict)
    members: pd.DataFrame | None = None

    def __post_init__(self) -> None:
        instance_of("frame", self.frame, pd.DataFrame, hint="a result holds one row per estimate")
        object.__setattr__(self, "frame", self.frame.reset_index(drop=True))  # a copy on write
        object.__setattr__(self, "meta", dict(self.meta))

    def to_frame(self) -> pd.DataFrame:
        """Return a copy of the frame."""
        return self.frame.copy()

    def glance(self) -> pd.DataFrame:
        """Return one row: title, method, level, status and every fact in `meta`."""
        facts = {"title": self.title, "method": self.method, "level": self.level, "status": self.status}
        return pd.DataFrame([facts | {k: v for k, v in self.meta.items() if pd.api.types.is_scalar(v)}])

    def summary(self) -> str:
        """Return the result as text for a terminal."""
        lines = [self.title, f"{self.method}; status: {self.status}", ""]
        lines += [as_text(readable(with_something_to_say(self.frame))) if len(self.frame) else "(no rows)"]
        return "\n".join(lines + [f"- {note}" for note in self.notes])

    def with_notes(self, *notes: str) -> Estimates:
        """Return the same result with more notes."""
        return replace(self, notes=(*self.notes, *notes))

    @property
    def columns(self) -> pd.Index:
        """Names of the frame's columns."""
        return self.frame.columns

    def __getitem__(self, column: Any) -> Any:
        """Return a copy of one column, or of several, or of the rows that a mask picks."""
        if isinstance(column, str) and column not in self.frame.columns:
            raise ArgumentError(
                "the result has no such column",
                got=repr(column),
                allowed=", ".join(map(str, self.frame.columns)),
                hint=suggest(column, map(str, self.frame.columns)),
            )
        return self.frame[column].copy()

    def __str__(self) -> str:
        return self.summary()

    def __repr__(self) -> str:
        return f"<Estimates {self.title!r}: {len(self.frame)} rows, status: {self.status}>"

    def _repr_pretty_(self, printer: Any, cycle: bool) -> None:
        """Show the whole result at IPython's prompt."""
        printer.text(repr(self) if cycle else self.summary())

    def _repr_html_(self) -> str:
        """Return a table in the page's own colours, light or dark; all text is escaped.

        Left out are columns without any value, and `status` when it is "ok" in every row; the name of the
        endpoint stands above the table when there is one only. A table of few rows that is wider than a page
        is turned: its columns are read downwards.
        """
        notes = "".join(f"<li>{html.escape(note)}</li>" for note in self.notes)
        shown, endpoint = without_endpoint(with_something_to_say(self.frame))
        title, method, status = map(html.escape, (self.title, self.method, self.status))
        head = f"<b>{title}</b><br><small>{html.escape(endpoint)}{method}; status: {status}</small>"
        table = as_html(readable(worded(said_once(shown, self.status))))
        return f"<div>{head}{table}{f'<ul>{notes}</ul>' if notes else ''}</div>"
