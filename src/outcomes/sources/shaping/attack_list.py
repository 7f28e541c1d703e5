"""A list of attacks as a diary of days: over midnight, several a day, without an end.

A day that an attack touches is a headache day. Its hours are those of its attacks without overlap, its pain
is their peak, its drugs and symptoms are theirs together; they count for each day of the attack. Times are
those of the patient's clock: an attack over a change of the clock has the hours that its two times say.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from outcomes.errors import SourceError
from outcomes.schema.columns import ColumnSpec
from outcomes.schema.contract import specs
from outcomes.schema.findings import LINE, Fault
from outcomes.sources.conventions import TableSource
from outcomes.sources.dates import read_local
from outcomes.sources.measures import read_measure
from outcomes.sources.number_texts import read_numbers
from outcomes.sources.raw import RawTable
from outcomes.sources.shaping.attack_days import DAY, attack_days, days_without, hours_of_days
from outcomes.sources.shaping.keys import Attacks
from outcomes.sources.shaping.rows import broken, column
from outcomes.sources.text import read_texts

__all__ = ["attacks_to_days"]

#: Days of an attack that are too many to be one.
TOO_LONG = pd.Timedelta(days=60)
#: Columns that an attack does not describe.
OF_THE_DAY = ("patient_id", "date", "headache", "duration_h", "entered_at", "source")


@dataclass(frozen=True, slots=True, eq=False)
class _Described:
    """What attacks say of themselves in one column: a value per row of the list, and what is wrong."""

    spec: ColumnSpec
    read: pd.Series
    faults: tuple[Fault, ...]


def attacks_to_days(raw: RawTable, attacks: Attacks, source: TableSource, *, file: str) -> RawTable:
    """Return a diary: days with an attack, days declared without one, and the attacks that cannot be read.

    Parameters
    ----------
    raw : RawTable
        One row per attack.
    attacks : Attacks
        Which columns say when it began and ended.
    source : TableSource
        Names of the other columns, and how texts are written.
    file : str
        Name for messages.

    Raises
    ------
    SourceError
        When a column that study.toml names is not there.
    """
    listed, wrong = _listed(raw, attacks, source, file=file)
    told = _described(raw, source)
    unusable = np.logical_or.reduce(list(wrong.values())) | broken(raw)
    good, lost = np.flatnonzero(~unusable), np.flatnonzero(unusable)
    number, patients = pd.factorize(listed["patient_id"], sort=True)  # a number sorts faster than a text
    pieces = attack_days(listed.assign(patient_id=number).iloc[good].assign(row=good))
    key = pieces.groupby(["patient_id", "date"], sort=True).ngroup().to_numpy()
    first = np.flatnonzero(np.diff(key, prepend=-1))
    days = pieces.iloc[first][["patient_id", "date"]].reset_index(drop=True)
    days["patient_id"] = patients.take(days["patient_id"]).astype("str")
    days = days.assign(headache="yes", duration_h=hours_of_days(pieces, key))
    for one in told:
        days[one.spec.name] = _united(one.read.iloc[pieces["row"].to_numpy()], key, one.spec)
    at = pieces["row"].to_numpy()[first]
    absent = _absent(days, attacks).assign(headache="no")
    of_patient = pd.Series(at, index=days["patient_id"]).groupby(level=0).first()
    of_absent = of_patient.reindex(absent["patient_id"]).to_numpy(dtype=np.intp)
    if "patient_id" in source.constants:
        days, absent = days.drop(columns="patient_id"), absent.drop(columns="patient_id")
    whole = pd.concat([_written(days), _written(absent), _unread(raw, lost, attacks, source)])
    faults = [_on_days(fault, pieces["row"].to_numpy(), key) for one in told for fault in one.faults]
    tail = len(days) + len(absent)
    faults += _kept(raw, lost, tail, source) + _wrong(wrong, lost, tail)
    origin = raw.origin.take(np.concatenate([at, of_absent, lost])).reset_index(drop=True)
    frame = whole.reset_index(drop=True).fillna("").astype("str")
    typed = frozenset(name for name in frame if name not in ("patient_id", LINE))
    names = {ours: theirs for ours, theirs in source.columns.items() if ours in frame}
    faults = [replace(fault, column=names.get(fault.column, fault.column)) for fault in faults]
    typed = frozenset(names.get(name, name) for name in typed)
    return RawTable(frame.rename(columns=names), origin, typed, tuple(faults), raw.lines)


def _listed(
    raw: RawTable, attacks: Attacks, source: TableSource, *, file: str
) -> tuple[pd.DataFrame, dict[str, NDArray[np.bool_]]]:
    """Return patient, start, end and whether both have a time of day; and which attacks cannot be used."""
    starts = _texts(column(raw, attacks.start, file=file, key="attacks.start"), source)
    nothing = pd.Series("", index=starts.index, dtype="str")
    ends = _texts(column(raw, attacks.end, file=file, key="attacks.end"), source) if attacks.end else nothing
    (start, start_timed), (end, end_timed) = read_local(starts, source), read_local(ends, source)
    if attacks.lasted:
        ends = _texts(column(raw, attacks.lasted, file=file, key="attacks.lasted"), source)
        end = start + _lengths(ends, attacks, source)
        end_timed = end.notna()
    timed = start_timed & end_timed
    if attacks.next_day:
        over = timed & (end < start) & (end.dt.normalize() == start.dt.normalize())
        end = end.mask(over, end + DAY)
    backwards = ((end < start) & timed) | (end.dt.normalize() < start.dt.normalize())
    wrong = {
        "bad_timestamp": (start.isna() | (end.isna() & ends.ne(""))).to_numpy(),
        "end_before_start": backwards.to_numpy(),
        "attack_too_long": (end - start > TOO_LONG).to_numpy(),
    }
    if attacks.open_hours:
        supposed = end.isna() & start_timed
        end = end.fillna((start + pd.Timedelta(hours=attacks.open_hours)).where(supposed))
        timed = timed | supposed
    patient = _patients(raw, source, file=file)
    return pd.DataFrame({"patient_id": patient, "start": start, "end": end, "timed": timed}), wrong


def _lengths(texts: pd.Series, attacks: Attacks, source: TableSource) -> pd.Series:
    """Return how long attacks lasted; a time that cannot be read is missing."""
    codes, distinct = pd.factorize(texts)
    different = pd.Series(distinct, dtype="str")
    given = different.ne("").to_numpy()
    if attacks.lasted_unit in ("words", "h:mm"):
        hours, _ = read_measure(different, given, "lasted_h", attacks.lasted_unit)
    else:
        numbers, _ = read_numbers(different, given, specs("diary")["duration_h"], source)
        hours = numbers / (60 if attacks.lasted_unit == "min" else 1)
    lengths = pd.to_timedelta(hours.where(hours >= 0), unit="h").take(codes)
    return lengths.set_axis(texts.index)


def _patients(raw: RawTable, source: TableSource, *, file: str) -> pd.Series:
    if "patient_id" in source.constants:
        return pd.Series(source.constants["patient_id"], index=raw.frame.index, dtype="str")
    name = source.columns.get("patient_id", "patient_id")
    if name not in raw.frame:
        raise SourceError(
            f"{file}: the list of attacks has no column {name}",
            hint='one patient: constants = { patient_id = "..." }; else columns.patient_id = "your name"',
        )
    return raw.frame[name].str.strip()


def _described(raw: RawTable, source: TableSource) -> list[_Described]:
    """Read the columns that say something of an attack."""
    found = []
    for name, spec in specs("diary").items():
        theirs = source.columns.get(name, name)
        if name in OF_THE_DAY or theirs not in raw.frame:
            continue
        codes, distinct = pd.factorize(_texts(raw.frame[theirs], source))
        read = read_texts(pd.Series(distinct, dtype="str"), spec, source, timezone="UTC")
        faults = tuple(
            Fault(
                "diary", bad.rule, bad.message, np.flatnonzero(bad.texts[codes]), name, bad.severity, bad.hint
            )
            for bad in read.misread
            if bad.texts.any()
        )
        values = read.values.take(codes).reset_index(drop=True)  # noqa: PD011
        found.append(_Described(spec, values, faults))
    return found


def _texts(cells: pd.Series, source: TableSource) -> pd.Series:
    stripped = cells.str.strip()
    return stripped.mask(stripped.isin(list(source.missing)), "")


def _united(values: pd.Series, key: NDArray[np.intp], spec: ColumnSpec) -> pd.Series:
    """Return one value per day: the largest number, yes if one says yes, all codes that were named."""
    values = values.reset_index(drop=True)
    if spec.kind == "codes":
        return _codes(values, key, spec.codes)
    if spec.kind in ("text", "code", "id"):
        return values.groupby(key).first().astype("str")
    largest = values.astype("Float64").groupby(key).max()
    return largest.map({1.0: "yes", 0.0: "no"}).astype("str") if spec.kind == "yesno" else largest


def _codes(values: pd.Series, key: NDArray[np.intp], codes: tuple[str, ...]) -> pd.Series:
    """Return all codes that the rows of a day name, each once; none only where nothing else is named."""
    place, distinct = pd.factorize(values)
    sets = [sum(1 << codes.index(code) for code in text.split("+")) for text in distinct]
    flags = np.append(np.array(sets, dtype=np.int64), 0)[place]
    day = np.bitwise_or.reduceat(flags, np.flatnonzero(np.diff(key, prepend=-1)))
    nothing = 1 << codes.index("none") if "none" in codes else 0
    day = np.where(day & ~nothing, day & ~nothing, day)
    inverse, found = pd.factorize(day)
    said = [
        "+".join(sorted(code for n, code in enumerate(codes) if one >> n & 1))
        for one in np.asarray(found).tolist()
    ]
    return pd.Series([text or None for text in said], dtype="str").take(inverse).reset_index(drop=True)


def _absent(days: pd.DataFrame, attacks: Attacks) -> pd.DataFrame:
    if attacks.absent == "not recorded":
        return days.iloc[:0][["patient_id", "date"]]
    first, last = (pd.Timestamp(day) if day else None for day in (attacks.active_from, attacks.active_to))
    return days_without(days, first, last)


def _written(days: pd.DataFrame) -> pd.DataFrame:
    """Return the days as text: ISO dates, numbers with a point; each different one is written once."""
    written = {name: _once(days[name]) for name in days.select_dtypes("number")}
    place, dates = pd.factorize(days["date"])
    texts = pd.Series(pd.DatetimeIndex(dates).strftime("%Y-%m-%d"), dtype="str")
    return days.assign(date=texts.take(place).to_numpy(), **written)


def _once(numbers: pd.Series) -> pd.Series:
    place, distinct = pd.factorize(numbers, use_na_sentinel=True)
    written = [str(one) for one in np.asarray(distinct, dtype=np.float64).tolist()]
    texts = pd.Series([*written, ""], dtype="str")
    return texts.take(place).set_axis(numbers.index)


def _unread(raw: RawTable, lost: NDArray[np.intp], attacks: Attacks, source: TableSource) -> pd.DataFrame:
    """Return the attacks that cannot be read, each a row of its own, with the text of its start as date."""
    rows = raw.frame.iloc[lost]
    found = pd.DataFrame({"date": rows[attacks.start], "headache": "yes"}, index=rows.index)
    if "patient_id" not in source.constants:
        found["patient_id"] = rows[source.columns.get("patient_id", "patient_id")]
    if LINE in rows:
        found[LINE] = rows[LINE]
    return found


def _on_days(fault: Fault, rows: NDArray[np.intp], key: NDArray[np.intp]) -> Fault:
    """Return the fault of an attack's cell as one of each day that it touches."""
    return replace(fault, rows=np.unique(key[np.isin(rows, fault.rows)]).astype(np.intp))


def _kept(raw: RawTable, lost: NDArray[np.intp], tail: int, source: TableSource) -> list[Fault]:
    """Return what reading found in the attacks that are rows of their own."""
    ours = {theirs: name for name, theirs in source.columns.items()}
    found = [
        replace(
            fault,
            rows=np.flatnonzero(np.isin(lost, fault.rows)) + tail,
            column=ours.get(fault.column, fault.column),
        )
        for fault in raw.faults
    ]
    return [fault for fault in found if len(fault.rows) or fault.whole_table is not None]


def _wrong(wrong: dict[str, NDArray[np.bool_]], lost: NDArray[np.intp], tail: int) -> list[Fault]:
    texts = {
        "bad_timestamp": (
            "start or end of the attack is not a time in the declared format",
            "see timestamp_format; how long it lasted: attacks.lasted_unit",
        ),
        "end_before_start": ("the attack ends before it starts", "correct the source"),
        "attack_too_long": (
            f"the attack lasts longer than {TOO_LONG.days} days",
            "does the end belong to another attack?",
        ),
    }
    return [
        Fault("diary", rule, texts[rule][0], np.flatnonzero(mask[lost]) + tail, "date", hint=texts[rule][1])
        for rule, mask in wrong.items()
        if mask.any()
    ]
