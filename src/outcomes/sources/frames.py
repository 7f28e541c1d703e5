"""Frames that a program hands over: typed columns are taken as they are, the rest is read as text."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from outcomes.errors import SourceError, suggest
from outcomes.schema.columns import ColumnSpec
from outcomes.schema.contract import specs
from outcomes.schema.findings import Fault, Received
from outcomes.sources.conventions import TableSource
from outcomes.sources.dates import ODD, implausible
from outcomes.sources.header import say_columns, surely_header
from outcomes.sources.raw import RawTable, origin_of
from outcomes.sources.receive import DATE_ONLY, complete, receive

__all__ = ["receive_frame", "refuse_missing_columns", "refuse_unread_dates"]

#: So many cells of an optional column are refused together; fewer of them are findings.
SEVERAL = 5


def receive_frame(
    table: str, frame: pd.DataFrame, *, timezone: str, source: TableSource | None = None
) -> Received:
    """Take a frame of pandas.

    Parameters
    ----------
    table : str
        Name of the table; it stands for the file in findings.
    frame : DataFrame
        As `to_pandas` gives it. Columns that already have a fitting dtype keep their values; others are
        read as text.
    timezone : str
        Zone of times without one.
    source : TableSource, optional
        Names of columns and how texts are written; by default the usual conventions.

    Raises
    ------
    SourceError
        When a column that the table needs is not there.
    """
    source = source or TableSource(file=f"({table})")
    origin = origin_of(f"({table})", len(frame))
    names = {ours: source.columns.get(ours, ours) for ours in specs(table)}
    ready = {
        ours: _ready(frame[theirs], specs(table)[ours], timezone, source)
        for ours, theirs in names.items()
        if theirs in frame
    }
    kept = {ours: values for ours, values in ready.items() if values is not None}
    taken = {names[ours] for ours in kept}
    as_text = {name: "" if name in taken else _as_text(frame[name]) for name in frame}
    text = pd.DataFrame(as_text, index=frame.index).astype("str")
    dated = frozenset(names[ours] for ours in DATE_ONLY if ours in ready and ours not in kept)
    raw = RawTable(text, origin, typed=dated if source.date_format == "%Y-%m-%d" else frozenset())
    received = receive(table, raw, source, timezone=timezone)
    typed = received.frame.assign(**{ours: _plausible(values) for ours, values in kept.items()})
    wrong = [fault for ours in kept for fault in _lost(table, ours, frame[names[ours]], kept[ours])]
    nothing = pd.Series(None, index=typed.index, dtype="str")
    precision = received.frame.get("onset_precision", nothing)
    # Filled columns may rest on typed ones (the group on the term): fill again from what was handed over.
    filled = ("event_id", "session_id", "group", "onset_precision")
    own = [ours for ours in filled if ours in typed and names[ours] not in frame]
    own = [ours for ours in own if ours not in source.constants]
    typed = typed.assign(**{name: pd.Series([None] * len(typed), dtype="str") for name in own})
    faults = tuple(replace(fault, hint=_say_argument(fault.hint, table)) for fault in received.faults)
    frame = complete(table, typed, origin, source, precision)
    return Received(frame, received.raw, origin, source.files, (*faults, *wrong))


def refuse_missing_columns(table: str, frame: pd.DataFrame, source: TableSource) -> None:
    """Refuse a frame without a column that the table needs.

    Raises
    ------
    SourceError
        With the argument that names it.
    """
    needed = [name for name, spec in specs(table).items() if spec.required and name not in source.constants]
    missing = [name for name in needed if source.columns.get(name, name) not in frame]
    missing = [name for name in missing if name != "headache" or source.headache is None]
    if not missing:
        return
    found = list(frame.columns)
    known = surely_header(found, table, source)  # else a row may stand in the place of the names
    near = suggest(missing[0], found) if known else None
    hint = f'name it: columns={{"{table}": {{"{missing[0]}": "your name of it"}}}}'
    raise SourceError(
        f"the table {table} has no column {', '.join(missing)}",
        got=say_columns(found, table, source) if known else f"{len(found)} columns, none of them known",
        hint=f"{near} {hint}" if near else hint,
    )


#: Rule of a local time that is two moments, or none.
CLOCKS = "ambiguous_local_time"
WITH_OFFSET = "give times with their offset or zone, for instance +01:00; or check the clinic's timezone"


def refuse_unread_dates(table: str, frame: pd.DataFrame, received: Received, source: TableSource) -> None:
    """Refuse a frame with a column of dates or times of which none could be read.

    Raises
    ------
    SourceError
        With the argument that reads them.
    """
    for ours, spec in specs(table).items():
        theirs = source.columns.get(ours, ours)
        if spec.kind not in ("date", "timestamp") or theirs not in frame:
            continue
        given = frame[theirs].notna() & (frame[theirs].astype("str").str.strip() != "")
        if (
            given.sum() < (1 if spec.cost == "row" else SEVERAL)
            or received.frame.loc[given, ours].notna().any()
            or (ours == "onset" and received.frame.loc[given, "onset_precision"].notna().any())
        ):
            continue
        faults = [fault for fault in received.faults if fault.column == ours and len(fault.rows)]
        faults = [fault for fault in faults if fault.severity == "error"]
        if not faults:
            continue
        skipped, odd = (all(fault.rule == rule for fault in faults) for rule in (CLOCKS, "implausible_date"))
        raise SourceError(
            f"{table}: {'no date' if spec.kind == 'date' else 'no time'} of the column {ours} can be read",
            got="times of the hour that daylight saving repeats or skips"
            if skipped
            else f"each {ODD}"
            if odd
            else _kind(frame[theirs]),
            hint=WITH_OFFSET
            if skipped
            else ("" if odd else _typed_hint(table, frame[theirs], ours)) or faults[0].hint,
        )


def _kind(values: pd.Series) -> str:
    if isinstance(values.dtype, pd.DatetimeTZDtype):
        return "times with a time zone"
    if pd.api.types.is_datetime64_any_dtype(values):
        return "times with a clock time"
    return "numbers" if pd.api.types.is_numeric_dtype(values) else "texts of another format"


def _typed_hint(table: str, values: pd.Series, ours: str) -> str:
    if not pd.api.types.is_datetime64_any_dtype(values):
        return ""
    return (
        f'give reading={{"{table}": {{"date_format": "ISO8601"}}}} to take the date of {ours} as it is'
        " written (times in another zone than the patient's: convert them first)"
    )


def _say_argument(hint: str, table: str) -> str:
    """Name the argument of `Study` in the place of the key of study.toml."""
    if "declare " not in hint and "study.toml" not in hint:
        return hint
    hint = hint.replace(f"in study.toml: [tables.{table}.columns]", "in columns:").replace(
        " in study.toml", ""
    )
    return f'{hint}; give it as reading={{"{table}": {{...}}}}'


#: Unit -> the length of time that a typed duration is counted in.
LENGTHS = {"h": pd.Timedelta(hours=1), "min": pd.Timedelta(minutes=1)}


def _ready(values: pd.Series, spec: ColumnSpec, timezone: str, source: TableSource) -> pd.Series | None:
    """Return the values in the contract's dtype when theirs fits, else None: read them as text."""
    types = pd.api.types
    if source.missing or spec.name in source.values:  # noqa: PD011
        return None
    if spec.kind == "yesno" and types.is_bool_dtype(values):
        return values.astype("boolean")
    if spec.kind == "number" and types.is_any_real_numeric_dtype(values):
        return values.astype("Float64").astype("float64").replace([np.inf, -np.inf], np.nan)
    if spec.unit in LENGTHS and spec.name not in source.units and types.is_timedelta64_dtype(values):
        return values / LENGTHS[spec.unit]
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


def _plausible(values: pd.Series) -> pd.Series:
    """Return the values without dates of no study, as texts lose them."""
    return values.mask(_of_no_study(values))


def _of_no_study(values: pd.Series) -> NDArray[np.bool_]:
    if not pd.api.types.is_datetime64_any_dtype(values):
        return np.zeros(len(values), dtype=bool)
    aware = isinstance(values.dtype, pd.DatetimeTZDtype)
    return implausible(values.dt.tz_localize(None) if aware else values)


def _lost(table: str, name: str, before: pd.Series, after: pd.Series) -> list[Fault]:
    """Return the cells that had a value which the contract's type cannot hold, or which no study has."""
    spec, faults = specs(table)[name], []
    odd = np.flatnonzero(_of_no_study(after))
    if len(odd):
        faults.append(Fault(table, "implausible_date", f"{name} {ODD}", odd, name, hint="check the year"))
    rows = np.flatnonzero(before.notna().to_numpy() & after.isna().to_numpy())
    if len(rows):
        rule, text = {
            "integer": ("not_whole", f"{name} is not a whole number"),
            "number": ("not_a_number", f"{name} is not a finite number"),
            "timestamp": (
                CLOCKS,
                f"{name} falls in the hour that daylight saving repeats or skips",
            ),
        }[spec.kind]
        hint = WITH_OFFSET if rule == CLOCKS else "correct the value"
        faults.append(Fault(table, rule, text, rows, name, hint=hint))
    return faults


def _as_text(values: pd.Series) -> pd.Series:
    if isinstance(values.dtype, pd.StringDtype):
        return values.fillna("")
    known = values.dropna()
    if pd.api.types.is_float_dtype(values) and ((known % 1 == 0) & (known.abs() < 2**53)).all():
        values = values.astype("Int64")  # whole numbers that a missing one made floats: 1, not 1.0
    return values.astype("object").where(values.notna(), "").astype("str")
