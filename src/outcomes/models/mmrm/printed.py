"""The text of a fit."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import pandas as pd

from outcomes.results import format_p

if TYPE_CHECKING:
    from outcomes.models.mmrm.result import MMRMResult

__all__ = ["summary_text"]


def summary_text(fit: MMRMResult) -> str:
    """Return formula, method, criteria, coefficients, covariance and notes."""
    lines = [
        "Mixed model for repeated measures",
        f"Formula:     {fit.formula}",
        f"Method:      {fit.method_line}",
        f"Data:        {fit.nobs} rows used of {fit.rows['received']}, {fit.n_subjects} subjects",
        f"Status:      {fit.status}",
        f"Criteria:    -2 log L {-2 * fit.llf:.4f}, AIC {fit.aic:.2f}, AICc {fit.aicc:.2f}, "
        f"BIC {fit.bic:.2f} ({len(fit.theta)} covariance parameters)",
        "",
        "Coefficients",
        _coefficients(fit),
        "",
        _covariance(fit),
    ]
    notes = [f"- {note}" for note in fit.notes]
    return "\n".join([*lines, *([""] if notes else []), *notes])


def _coefficients(fit: MMRMResult) -> str:
    frame = fit.to_frame()
    head = [name for name in frame.columns if name != "term"]
    columns = [
        [format_p(x) if name == "p_value" else _number(x) for x in frame[name].tolist()] for name in head
    ]
    return _table(frame["term"].tolist(), head, columns)


def _covariance(fit: MMRMResult) -> str:
    found = fit.covariance
    frames = {"": found} if isinstance(found, pd.DataFrame) else found
    parts = []
    for name, frame in frames.items():
        columns = [[_number(x) for x in column] for column in frame.to_numpy().T.tolist()]
        title = f"Covariance of the visits{f', group {name}' if name else ''}"
        parts.append(f"{title}\n{_table(list(frame.index), list(frame.columns), columns)}")
    return "\n\n".join(parts)


def _number(value: float) -> str:
    if value != value:
        return ""
    return f"{value:.4f}" if 1e-3 <= abs(value) < 1e6 or value == 0 else f"{value:.4g}"


def _table(names: Sequence[str], head: Sequence[str], columns: Sequence[Sequence[str]]) -> str:
    """Return a table with left-aligned names and right-aligned columns."""
    width = max(map(len, names), default=0)
    widths = [max(len(title), *map(len, column)) for title, column in zip(head, columns, strict=True)]
    lines = ["  ".join([" " * width, *(t.rjust(w) for t, w in zip(head, widths, strict=True))])]
    for i, name in enumerate(names):
        cells = (column[i].rjust(w) for column, w in zip(columns, widths, strict=True))
        lines.append("  ".join([name.ljust(width), *cells]))
    return "\n".join(lines)
