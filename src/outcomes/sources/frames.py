"""Frames that a program hands over: typed columns are taken as they are, the rest is read as text."""

from __future__ import annotations

import numpy as np
import pandas as pd

from outcomes.errors import ArgumentError, instance_of
from outcomes.schema.columns import ColumnSpec
from outcomes.schema.contract import specs
from outcomes.schema.findings import Fault, Received
from outcomes.sources.conventions import TableSource
from outcomes.sources.raw import RawTable, origin_of
from outcomes.sources.receive import DATE_ONLY, complete, receive

__all__ = ["receive_frame"]


def receive_frame(table: str, frame: pd.DataFrame, *, timezone: str) -> Received:
    """Take a frame with the contract's column names.

    Parameters
    ----------
    table : str
        Name of the table; it stands for the file in findings.
    frame : DataFrame
        Columns named as in the contract. Columns that already have a fitting dtype keep their values;
        others are read as text by the default conventions.
    timezone : str
        Zone of times without one.

    Raises
    ------
    ArgumentError
        When it is not a frame, or a column name stands twice.
    """
    instance_of(table, frame, pd.DataFrame, hint="read a file with oc.read_study, or with pandas first")
    frame = frame.set_axis([str(name) for name in frame.columns], axis=1)
    if frame.columns.has_duplicates:
        double = frame.columns[frame.columns.duplicated()]
        raise ArgumentError(f"{table} has a column name twice", got=", ".join(double), hint="keep one")
    frame = frame.reset_index(drop=True)
    origin = origin_of(f"({table})", len(frame))
    columns = specs(table)
    ready = {name: _ready(frame[name], spec, timezone) for name, spec in columns.items() if name in frame}
    as_text = {
        name: _as_text(frame[name]) if name not in ready or ready[name] is None else "" for name in frame
    }
    text = pd.DataFrame(as_text, index=frame.index).astype("str")
    source = TableSource(file=f"({table})")
    dated = frozenset(name for name in DATE_ONLY if name in ready and ready[name] is None)
    received = receive(table, RawTable(text, origin, typed=dated), source, timezone=timezone)
    kept = {name: values for name, values in ready.items() if values is not None}
    typed = received.frame.assign(**kept)
    wrong = [fault for name in kept for fault in _lost(table, columns[name], frame[name], typed[name])]
    by_day = (
        typed["onset_precision"] == "day"
        if table == "adverse_events"
        else pd.Series(False, index=typed.index)
    )
    # Filled columns may rest on typed ones (the group on the term): fill again from what was handed over.
    own = [name for name in ("event_id", "group", "onset_precision") if name in typed and name not in frame]
    typed = typed.assign(**{name: pd.Series([None] * len(typed), dtype="str") for name in own})
    faults = (*received.faults, *wrong)
    return Received(
        complete(table, typed, origin, source, by_day), received.raw, origin, source.files, faults
    )


def _ready(values: pd.Series, spec: ColumnSpec, timezone: str) -> pd.Series | None:
    """Return the values in the contract's dtype when theirs fits, else None: read them as text."""
    types = pd.api.types
    if spec.kind == "yesno" and types.is_bool_dtype(values):
        return values.astype("boolean")
    if spec.kind == "number" and types.is_any_real_numeric_dtype(values):
        return values.astype("Float64").astype("float64").replace([np.inf, -np.inf], np.nan)
    if spec.kind == "integer" and types.is_any_real_numeric_dtype(values):
        numbers = values.astype("Float64").astype("float64")
        return numbers.where(np.isfinite(numbers) & (numbers % 1 == 0)).astype("Int64")
    if types.is_datetime64_any_dtype(values):
        return _ready_time(values, spec, timezone)
    return None


def _ready_time(values: pd.Series, spec: ColumnSpec, timezone: str) -> pd.Series | None:
    aware = isinstance(values.dtype, pd.DatetimeTZDtype)
    at_midnight = not aware and (values.dropna() == values.dropna().dt.normalize()).all()
    if spec.name in DATE_ONLY and at_midnight and values.notna().any():
        return None  # dates without a time of day: the text says so, a time of midnight would not
    if spec.kind == "timestamp":
        local = values if aware else values.dt.tz_localize(timezone, ambiguous="NaT", nonexistent="NaT")
        return local.dt.tz_convert("UTC").astype("datetime64[us, UTC]")
    if spec.kind == "date" and at_midnight:
        return values.astype("datetime64[us]")
    return None


def _lost(table: str, spec: ColumnSpec, before: pd.Series, after: pd.Series) -> list[Fault]:
    """Return the cells that had a value which the contract's type cannot hold."""
    rows = np.flatnonzero(before.notna().to_numpy() & after.isna().to_numpy())
    if not len(rows):
        return []
    rule, text = {
        "integer": ("not_whole", f"{spec.name} is not a whole number"),
        "number": ("not_a_number", f"{spec.name} is not a finite number"),
        "timestamp": (
            "ambiguous_local_time",
            f"{spec.name} falls into the hour that daylight saving repeats or skips",
        ),
    }[spec.kind]
    return [Fault(table, rule, text, rows, spec.name, hint="correct the value")]


def _as_text(values: pd.Series) -> pd.Series:
    if isinstance(values.dtype, pd.StringDtype):
        return values.fillna("")
    known = values.dropna()
    if pd.api.types.is_float_dtype(values) and ((known % 1 == 0) & (known.abs() < 2**53)).all():
        values = values.astype("Int64")  # whole numbers that a missing one made floats: 1, not 1.0
    return values.astype("object").where(values.notna(), "").astype("str")
