"""From a table as text to the contract's columns: names, constants, missing tokens, types.

Each column is read by its distinct texts; every refused cell becomes a `Fault` at its rows.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from outcomes.schema.columns import ColumnSpec
from outcomes.schema.contract import specs
from outcomes.schema.event_terms import group_terms
from outcomes.schema.findings import LINE, Fault, Received
from outcomes.schema.local_time import end_of_day
from outcomes.sources.conventions import SCORE, TableSource
from outcomes.sources.our_columns import faults_in_our_names, our_columns, unused_columns
from outcomes.sources.partial_dates import read_partial_dates
from outcomes.sources.raw import RawTable, same_texts
from outcomes.sources.text import read_texts
from outcomes.units import OTHER_UNITS, PER_WEIGHT

__all__ = ["AT_MIDNIGHT", "DATE_ONLY", "complete", "concat_received", "read_ids", "receive"]

#: Columns in which a date without a time of day is an answer.
DATE_ONLY = ("onset", "resolved")
#: Precisions of an onset of which not even the day is known.
VAGUE = ("month", "year")
SECOND = pd.Timedelta(seconds=1)
AT_MIDNIGHT = r"\d{4}-\d{2}-\d{2}[T ]00:00:00(\.0+)?"


def receive(table: str, raw: RawTable, source: TableSource, *, timezone: str) -> Received:
    """Read a table's text as the contract says.

    Parameters
    ----------
    table : str
        Name of the table.
    raw : RawTable
        The source's columns as text.
    source : TableSource
        How the source writes things.
    timezone : str
        Zone of times without an offset.

    Raises
    ------
    SourceError
        When a column that the table needs, or that study.toml names, is not there.
    """
    text = our_columns(table, raw, source)
    if table == "laboratory":
        text = _beyond_detection(text)
    plain = _as_typed(source)
    typed = {name for name in text.columns if source.columns.get(name, name) in raw.typed}
    faults, columns = faults_in_our_names(table, raw, source), {}
    no_texts = pd.Series(same_texts(None, len(text)), index=text.index)
    precision = no_texts
    for name, spec in specs(table).items():
        if name not in text.columns:
            missing = no_texts if spec.dtype == "str" else pd.Series(None, index=text.index, dtype=spec.dtype)
            columns[name] = missing.copy()
            continue
        how = plain if name in typed else source
        if name in typed and name in DATE_ONLY:
            text[name] = _dates_alone(text[name])
        cells = text[name]
        if name in DATE_ONLY:
            partial = read_partial_dates(table, name, cells, how, timezone)
            cells = cells.astype("str").mask(partial.taken, "")
            faults += partial.faults
        columns[name], found, day = _read_column(table, cells, spec, how, timezone)
        faults += found
        if name == "onset":
            precision, first = partial.precision.mask(day, "day"), partial.first
        elif name == "resolved":
            ended = columns[name].mask(day, end_of_day(columns[name], timezone, less=SECOND))
            columns[name], last = ended, partial.last.dt.floor("s")
    if "resolved" in text.columns:
        fatal = columns["outcome"].eq("fatal").fillna(False).astype(bool)  # follow-up would end too late
        columns["resolved"] = columns["resolved"].fillna(last.mask(fatal))
    if precision.isin(VAGUE).any():
        columns["onset_from"] = first.fillna(columns["onset_from"])
    faults += unused_columns(table, raw, source)
    columns |= _in_our_units(table, columns, source)
    if source.next_day:
        columns["end"] = _of_next_day(columns["start"], columns["end"], timezone)
    if source.headache is not None:
        columns["headache"] = _answered_by_score(columns, source.headache)
    frame = complete(
        table, pd.DataFrame(columns, index=text.index, copy=False), raw.origin, source, precision
    )
    if LINE in raw.frame:
        text = text.assign(**{LINE: raw.frame[LINE]})
    return Received(frame, text, raw.origin, source.files, tuple(faults))


def read_ids(table: str, raw: RawTable, source: TableSource, *, timezone: str) -> pd.DataFrame:
    """Return the columns of identifiers as `receive` reads them; missing where there is none.

    Parameters
    ----------
    table, raw, source, timezone
        As `receive`.
    """
    text = our_columns(table, raw, source)
    ids = {name: spec for name, spec in specs(table).items() if spec.kind == "id" and name in text}
    read = {name: _read_column(table, text[name], spec, source, timezone)[0] for name, spec in ids.items()}
    return pd.DataFrame(read, index=text.index)


def concat_received(parts: list[Received]) -> Received:
    """Return the tables of files that are written differently as one; the rows keep the files' order."""
    if len(parts) == 1:
        return parts[0]
    offset, faults = 0, []
    for part in parts:
        faults += [replace(fault, rows=fault.rows + offset) for fault in part.faults]
        offset += len(part)
    frames, raws, origins = (
        pd.concat([getattr(part, name) for part in parts], ignore_index=True)
        for name in ("frame", "raw", "origin")
    )
    files = tuple(name for part in parts for name in part.files)
    return Received(frames, raws.astype("str").fillna(""), origins, files, tuple(faults))


def _beyond_detection(text: pd.DataFrame) -> pd.DataFrame:
    """Split ``< 5`` into its number and what it is: a value below the limit of detection is a value."""
    value = text["value"].astype("str")
    sign = value.str.extract(r"^\s*([<>])\s*(?=[\d.,])", expand=False)
    if "qualifier" in text or not sign.notna().any():
        return text
    words = sign.map({"<": "below", ">": "above"}).fillna("").astype("str")
    number = value.where(sign.isna(), value.str.replace(r"^\s*[<>]\s*", "", regex=True))
    return text.assign(value=number, qualifier=words)


def _in_our_units(table: str, columns: dict[str, pd.Series], source: TableSource) -> dict[str, pd.Series]:
    """Return the columns that study.toml gives another unit, in the contract's unit."""
    factors = {name: OTHER_UNITS.get((table, name), {}).get(unit, 1.0) for name, unit in source.units.items()}
    ours = {name: columns[name] * factor for name, factor in factors.items() if factor != 1.0}
    powers = {name: PER_WEIGHT.get((table, name), {}).get(unit, 0) for name, unit in source.units.items()}
    weight = (columns | ours).get("weight_kg")
    return ours | {
        name: columns[name] * weight**power for name, power in powers.items() if power and weight is not None
    }


def _of_next_day(start: pd.Series, end: pd.Series, timezone: str) -> pd.Series:
    """Return the ends, a day later on the clock where they are earlier than the start on its own date."""
    begins, ends = (times.dt.tz_convert(timezone).dt.tz_localize(None) for times in (start, end))
    over = (ends < begins) & (ends.dt.normalize() == begins.dt.normalize())
    later = (
        (ends + pd.Timedelta(days=1)).where(over).dt.tz_localize(timezone, ambiguous="NaT", nonexistent="NaT")
    )
    return end.mask(over, later.dt.tz_convert("UTC").astype(end.dtype))


def _answered_by_score(columns: dict[str, pd.Series], rule: str) -> pd.Series:
    """Return headache yes where the score that study.toml names is above its number; unknown without it."""
    found = SCORE.fullmatch(rule.strip())
    if found is None:
        raise AssertionError("the rule was checked when study.toml was read")
    score = columns[found[1]]
    return score.gt(float(found[2])).astype("boolean").mask(score.isna())


def _as_typed(source: TableSource) -> TableSource:
    """Return the conventions for typed columns: ISO dates, a point, true and false; the rest as declared."""
    how = {
        "decimal": ".",
        "thousands": "",
        "date_format": "%Y-%m-%d",
        "timestamp_format": "ISO8601",
        "yes": (*source.yes, "true"),
        "no": (*source.no, "false"),
        "units": {name: unit for name, unit in source.units.items() if unit not in ("h:mm", "words", "st")},
    }
    return source.model_copy(update=how)


def _dates_alone(text: pd.Series) -> pd.Series:
    """Return the dates when every time of a typed column is midnight: its type has no other way to say so."""
    given = text[text != ""]
    alone = len(given) and given.str.fullmatch(AT_MIDNIGHT).all()
    return text.str.slice(0, 10) if alone else text


def complete(
    table: str, frame: pd.DataFrame, origin: pd.DataFrame, source: TableSource, precision: pd.Series
) -> pd.DataFrame:
    """Fill what follows from the rest: identifiers, groups, precision of onsets, the unit of rates."""
    if table == "titration":
        return frame.assign(rate_unit=frame["rate_unit"].fillna(source.units.get("rate", "mg/kg/h")))
    if table not in ("sessions", "adverse_events"):
        return frame
    own_id = pd.Series(origin["file"] + ":" + origin["row"].astype("str"), index=frame.index, dtype="str")
    if table == "sessions":  # one blank among identifiers is a fault; a source without any names none
        return frame.assign(session_id=own_id) if frame["session_id"].isna().all() else frame
    given = frame["onset_precision"].mask(precision.isin(VAGUE), precision).fillna(precision)
    given = given.mask(given.isna() & frame["onset"].notna(), "time")
    vague = given.isin(VAGUE)
    return frame.assign(
        event_id=frame["event_id"].fillna(own_id),
        group=frame["group"].fillna(group_terms(frame["term"])),
        onset_precision=given,
        onset_from=frame["onset_from"].fillna(frame["onset"]).where(vague),
        onset=frame["onset"].mask(vague),
    )


def _read_column(
    table: str, text: pd.Series, spec: ColumnSpec, source: TableSource, timezone: str
) -> tuple[pd.Series, list[Fault], NDArray[np.bool_]]:
    """Return values, faults and, in a column of times, which cells hold a date without one."""
    if isinstance(text.dtype, pd.CategoricalDtype):
        codes, distinct = text.array.codes, text.array.categories
    else:
        codes, distinct = pd.factorize(text)
    texts = pd.Series(distinct, dtype="str").str.strip()
    missing = texts.isin(list(source.missing))
    texts = texts.mask(missing, "") if missing.any() else texts
    read = read_texts(texts, spec, source, timezone=timezone)
    # each width but this one is turned into it wherever it is used; and a Series would take an index too
    codes = codes.astype(np.intp, copy=False)
    values = pd.Series(read.values.array.take(codes), index=text.index, name=read.values.name)  # noqa: PD011
    by_day = np.empty(0, dtype=bool) if read.by_day is None else read.by_day[codes]
    faults = [
        Fault(
            table, bad.rule, bad.message, np.flatnonzero(bad.texts[codes]), spec.name, bad.severity, bad.hint
        )
        for bad in read.misread
        if bad.texts.any()
    ]
    if by_day.any() and spec.name not in DATE_ONLY:
        hint = f"declared timestamp_format: {source.timestamp_format}"
        rows = np.flatnonzero(by_day)
        faults.append(
            Fault(table, "time_missing", f"{spec.name} has no time of day", rows, spec.name, hint=hint)
        )
    return values.astype(spec.dtype), faults, by_day
