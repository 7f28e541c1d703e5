"""What every analysis returns: a plain frame of estimates and, beside it, what it means.

`COLUMNS` is the one glossary of column names for all tidy output.
"""

from __future__ import annotations

import html
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import pandas as pd

from outcomes.errors import ArgumentError, instance_of, suggest

__all__ = ["COLUMNS", "Estimates", "format_p"]

#: Column name -> meaning. A result uses these words and no others for these things.
COLUMNS: dict[str, str] = {
    "term": "name of the coefficient, group of events or quantity that the row is about",
    "contrast": "the two levels compared, as 'A - B'",
    "estimate": "the estimate, in the unit that the result's title names",
    "std_error": "standard error of the estimate",
    "df": "degrees of freedom; infinite for a normal reference distribution",
    "num_df": "numerator degrees of freedom of a joint test",
    "statistic": "test statistic (t, z, F or chi-squared, as the method says)",
    "p_value": "two-sided P value",
    "lower": "lower limit of the interval, in the unit of the estimate or percent it belongs to",
    "upper": "upper limit of the interval, in the same unit",
    "lower_cluster": "lower limit of the interval that allows for a patient's sessions being alike",
    "upper_cluster": "upper limit of the interval that allows for a patient's sessions being alike",
    "n": "number with the property: patients, sessions or observations that the estimate counts",
    "N": "number at risk or analysed: the denominator",
    "percent": "100 n / N",
    "n_reference": "n of the reference arm",
    "N_reference": "N of the reference arm",
    "events_reference": "events of the reference arm",
    "exposure_reference": "exposure of the reference arm",
    "events": "number of events, counting every event of a patient",
    "exposure": "time or sessions at risk, in the unit that the result names",
    "rate": "events divided by exposure, per the unit that the result names",
    "mean": "arithmetic mean",
    "sd": "standard deviation with N - 1",
    "median": "median",
    "p_adjusted": "P value adjusted for the number of comparisons, as the method says",
    "baseline_mean": "mean of the baseline values of the n patients",
    "value_mean": "mean of the period's values of the n patients",
    "lower_bound": "mean if every unrecorded day had been free of the event",
    "upper_bound": "mean if every unrecorded day had had the event",
    "lower_exact": "lower limit of the exact (Clopper-Pearson) interval",
    "upper_exact": "upper limit of the exact (Clopper-Pearson) interval",
    "missing": "how patients without a value are counted",
    "status": "'ok', or why there is no number",
    "days_recorded": "diary days with an entry in the period",
    "days_possible": "calendar days of the period that could have had an entry",
}


#: Below this a number is what rounding leaves: estimates here are days, percents, shares and odds.
ROUNDING = 1e-12


def format_p(p: float) -> str:
    """Write a P value as tables do: ``.049``, ``< .001``, ``> .999``; empty for a missing one.

    Examples
    --------
    >>> [format_p(p) for p in (0.0492, 0.00004, 0.5, 0.99999)]
    ['.049', '< .001', '.500', '> .999']
    """
    if p is None or p != p:
        return ""
    if p < 0.001:
        return "< .001"
    if p > 0.999:
        return "> .999"
    return f"{p:.3f}".removeprefix("0")


@dataclass(frozen=True, slots=True, eq=False)
class Estimates:
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
        object.__setattr__(self, "frame", self.frame.reset_index(drop=True).copy())
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
        lines += [_readable(self.frame).to_string(index=False) if len(self.frame) else "(no rows)"]
        return "\n".join(lines + [f"- {note}" for note in self.notes])

    def with_notes(self, *notes: str) -> Estimates:
        """Return the same result with more notes."""
        return replace(self, notes=(*self.notes, *notes))

    @property
    def columns(self) -> pd.Index:
        """Names of the frame's columns."""
        return self.frame.columns

    def __len__(self) -> int:
        return len(self.frame)

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
        endpoint stands above the table when there is one only.
        """
        notes = "".join(f"<li>{html.escape(note)}</li>" for note in self.notes)
        shown, endpoint = _without_endpoint(_with_something_to_say(self.frame))
        table = _readable(shown).to_html(index=False, border=0, escape=True, na_rep="")
        title, method, status = map(html.escape, (self.title, self.method, self.status))
        head = f"<b>{title}</b><br><small>{html.escape(endpoint)}{method}; status: {status}</small>"
        scrolled = f'<div style="overflow-x:auto;white-space:nowrap">{table}</div>'
        return f"<div>{head}{scrolled}{f'<ul>{notes}</ul>' if notes else ''}</div>"


def _with_something_to_say(frame: pd.DataFrame) -> pd.DataFrame:
    """Leave out columns that are empty, and the status when it says ok throughout."""
    silent = {str(name) for name in frame.columns if frame[name].isna().all() or (frame[name] == "").all()}
    if "status" in frame.columns and (frame["status"] == "ok").all():
        silent.add("status")
    return frame[[name for name in frame.columns if str(name) not in silent]]


def _without_endpoint(frame: pd.DataFrame) -> tuple[pd.DataFrame, str]:
    """Return the frame without a column that names one endpoint all the way down, and that name."""
    names = set(frame["endpoint"]) if "endpoint" in frame.columns else set()
    if len(names) != 1:
        return frame, ""
    return frame.drop(columns="endpoint"), f"{names.pop()}; "


def _readable(frame: pd.DataFrame) -> pd.DataFrame:
    """Round for the eye only: P values as in journals, other floats to four significant digits."""
    shown = frame.copy()
    for name in shown.columns:
        if name == "p_value" or str(name).startswith("p_value"):
            shown[name] = shown[name].map(format_p)
        elif pd.api.types.is_float_dtype(shown[name]):
            shown[name] = shown[name].map(_rounded)
    return shown


def _rounded(value: float) -> str:
    """Write four significant digits; what is left of a difference of equal numbers is zero."""
    if value != value:
        return ""
    return "0" if abs(value) < ROUNDING else f"{value:.4g}"
