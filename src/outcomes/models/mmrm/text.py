"""The text of a fit."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from outcomes.models.mmrm.columns import level_label
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
        _coefficients(fit).to_string(),
        "",
        _covariance(fit),
    ]
    notes = [f"- {note}" for note in fit.notes]
    return "\n".join([*lines, *([""] if notes else []), *notes])


def _coefficients(fit: MMRMResult) -> pd.DataFrame:
    frame = fit.to_frame().set_index("term")
    shown = frame.drop(columns="p_value").round(4).astype(str)
    shown.insert(4, "p_value", [format_p(p) for p in frame["p_value"]])
    shown.index.name = None
    return shown


def _covariance(fit: MMRMResult) -> str:
    found = fit.covariance
    if isinstance(found, pd.DataFrame):
        return f"Covariance of the visits\n{found.round(4).to_string()}"
    parts = [
        f"Covariance of the visits, group {level_label(name)}\n{frame.round(4).to_string()}"
        for name, frame in found.items()
    ]
    return "\n\n".join(parts)
