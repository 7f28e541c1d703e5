"""Columns that are filled, made or turned: merged cells, parts joined, wide to long, long to wide."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd

from outcomes.errors import SourceError
from outcomes.schema.findings import LINE, Fault
from outcomes.schema.same_rows import OVERLAP, SAME_ROW
from outcomes.sources.raw import RawTable
from outcomes.sources.shaping.keys import Long, Wide
from outcomes.sources.shaping.rows import broken, column, take

__all__ = ["fill_down", "from_name", "join_columns", "to_long", "to_wide"]


def fill_down(raw: RawTable, names: tuple[str, ...], *, file: str) -> RawTable:
    """Repeat the cell above in empty cells; a line that is no row hands nothing on."""
    loose = broken(raw)
    filled = {}
    for name in names:
        cells = column(raw, name, file=file, key="fill_down")
        filled[name] = cells.mask(cells.str.strip().eq("") & ~loose).ffill().fillna("").astype("str")
    return replace(raw, frame=raw.frame.assign(**filled))


def from_name(raw: RawTable, patterns: dict[str, str], *, file: str) -> RawTable:
    """Add columns whose one text is a part of the file's name."""
    made = {}
    for name, pattern in patterns.items():
        found = re.search(pattern, Path(file).name)
        if found is None:
            raise SourceError(
                f"{file}: the file's name does not match the pattern that study.toml gives for {name}",
                got=f"pattern {pattern!r}",
                hint="a pattern names the part in round brackets, for instance 'diary_(.+)[.]csv'",
            )
        _refuse_taken(raw, name, file=file, key="from_name")
        made[name] = pd.Series(found[1], index=raw.frame.index, dtype="str")
    return replace(raw, frame=raw.frame.assign(**made))


def join_columns(raw: RawTable, parts: dict[str, tuple[str, ...]], *, file: str) -> RawTable:
    """Add columns whose texts are those of others joined by a space."""
    frame = raw.frame
    for name, columns in parts.items():
        cells = [column(raw, one, file=file, key="joined").str.strip() for one in columns]
        joined = cells[0]
        for further in cells[1:]:
            joined = joined.str.cat(further, sep=" ").str.strip()
        frame = frame.drop(columns=[one for one in columns if one in frame]).assign(**{name: joined})
    return replace(raw, frame=frame)


def to_long(raw: RawTable, wide: Wide, *, file: str) -> RawTable:
    """Turn columns into rows: a row for each cell that is not empty, in the order of the file."""
    labels = _labels(raw, wide, file=file)
    frame, loose = raw.frame, broken(raw)
    kept = [name for name in frame if name not in labels]
    for name in (wide.name, wide.value):
        if name in kept:
            _refuse_taken(raw, name, file=file, key="wide")
    cells = frame[list(labels)].to_numpy(dtype=object)
    given = cells != ""
    given[loose] = False
    given[:, 0] |= loose  # a line that is no row stays one
    rows, places = np.nonzero(given)
    old = np.array(list(labels), dtype=object)[places]
    found = take(replace(raw, frame=frame[kept]), rows)
    turned = {wide.name: np.array(list(labels.values()), dtype=object)[places], wide.value: cells[given]}
    turned = {name: pd.Series(texts, dtype="str").mask(loose[rows], "") for name, texts in turned.items()}
    return replace(
        found,
        frame=found.frame.assign(**turned),
        faults=tuple(_in_its_row(fault, labels, old, wide.value) for fault in found.faults),
        typed=found.typed - set(labels) | ({wide.value} if set(labels) <= found.typed else set()),
    )


def to_wide(raw: RawTable, long: Long, *, table: str, file: str) -> RawTable:
    """Turn rows into columns: one row for each value of the keys; a second answer is refused."""
    keys = [column(raw, name, file=file, key="long.keys") for name in long.keys]
    names = column(raw, long.name, file=file, key="long.name").str.strip()
    values = column(raw, long.value, file=file, key="long.value")
    loose = broken(raw)
    group = pd.concat(keys, axis=1).groupby(list(long.keys), sort=False).ngroup().to_numpy()
    group = np.where(loose, -1 - np.arange(len(group)), group)
    first = np.sort(np.unique(group, return_index=True)[1])
    place = pd.Series(np.arange(len(first)), index=group[first])
    row = place.loc[group].to_numpy()
    found = take(raw, first)
    frame = found.frame.drop(columns=[long.name, long.value])
    cells = pd.DataFrame({"row": row, "name": names.to_numpy(), "value": values.to_numpy()})[~loose]
    same = cells.duplicated() & cells["name"].ne("")
    copied = np.unique(cells.loc[same, "row"].to_numpy()).astype(np.intp)
    cells = cells[~same]
    again = cells.duplicated(["row", "name"], keep=False) & cells["name"].ne("")
    for name, mine in cells[cells["name"].ne("")].drop_duplicates(["row", "name"]).groupby("name"):
        _refuse_taken(replace(raw, frame=frame), str(name), file=file, key="long.name")
        text = pd.Series("", index=frame.index, dtype="str")
        text.iloc[mine["row"].to_numpy()] = mine["value"].to_numpy()
        frame = frame.assign(**{str(name): text})
    faults = list(found.faults)
    if len(copied):
        text = "two rows give the same answer to the same question: it is used once"
        faults.append(Fault(table, SAME_ROW, text, copied, severity="warning", hint=OVERLAP))
    if again.any():
        rows = np.unique(cells.loc[again, "row"].to_numpy()).astype(np.intp)
        text = "two rows answer the same question"
        faults.append(Fault(table, "answered_twice", text, rows, hint="keep one of them"))
    return replace(found, frame=frame, faults=tuple(faults))


def _labels(raw: RawTable, wide: Wide, *, file: str) -> dict[str, str]:
    """Return the columns that become rows, each with the text that stands for it."""
    if wide.columns:
        return {column(raw, name, file=file, key="wide.columns").name: name for name in wide.columns}
    names = [name for name in raw.frame if name != LINE]
    found = {name: match for name in names if (match := re.fullmatch(wide.matching, name))}
    if not found:
        raise SourceError(
            f"{file}: no column matches wide.matching",
            got=repr(wide.matching),
            hint="write a pattern that fits the whole name of each column that is to become a row",
        )
    return {name: match[1] if match.re.groups else name for name, match in found.items()}


def _in_its_row(fault: Fault, labels: dict[str, str], old: np.ndarray, value: str) -> Fault:
    """Return the fault of a turned column: it is in that column's rows only."""
    if fault.column not in labels:
        return fault
    return replace(fault, column=value, rows=fault.rows[old[fault.rows] == fault.column])


def _refuse_taken(raw: RawTable, name: str, *, file: str, key: str) -> None:
    if name in raw.frame:
        raise SourceError(
            f"{file}: study.toml makes the column {name!r} ({key}), and the file already has one of "
            "that name",
            hint="give the new column another name, and name it under columns",
        )
