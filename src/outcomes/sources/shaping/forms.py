"""Rows of one form: a condition on a column, or a form of a REDCap export with its tick boxes."""

from __future__ import annotations

import re
from dataclasses import replace

import numpy as np
import pandas as pd

from outcomes.errors import SourceError, suggest
from outcomes.schema.contract import specs
from outcomes.sources.raw import RawTable
from outcomes.sources.shaping.rows import broken, column, take

__all__ = ["keep_where", "redcap_form", "tick_boxes"]

REPEATED = "redcap_repeat_instrument"
#: Columns of REDCap's own.
ITS_OWN = (REPEATED, "redcap_repeat_instance", "redcap_event_name", "redcap_data_access_group")
#: What a ticked box holds: in a raw export, in one with labels.
TICKED = ("1", "Checked", "checked", "TRUE", "True", "true")
UNTICKED = ("", "0", "Unchecked", "unchecked", "FALSE", "False", "false")
#: How a box is named after its field: in a raw export, in one with labels.
BOX = re.compile(r"(?P<field>.+?)(?:___(?P<code>.+)| \(choice=(?P<label>.+)\))")


def keep_where(raw: RawTable, where: dict[str, str | tuple[str, ...]], *, file: str) -> RawTable:
    """Keep the rows whose texts are those that study.toml names, in any case."""
    keep = np.ones(len(raw.frame), dtype=bool)
    for name, words in where.items():
        wanted = [words] if isinstance(words, str) else list(words)
        found = column(raw, name, file=file, key="where").str.strip().str.casefold()
        keep &= found.isin([word.strip().casefold() for word in wanted]).to_numpy()
    return take(raw, np.flatnonzero(keep | broken(raw)))


def redcap_form(raw: RawTable, form: str, *, table: str, file: str, used: set[str]) -> RawTable:
    """Return the rows and fields of one form of a REDCap export, without the form's prefix.

    The export's record number is left out unless it is among the columns that are `used`.
    """
    prefix = form + "_"
    fields = [name for name in raw.frame if name.startswith(prefix) and name != f"{form}_complete"]
    if not fields:
        hint = suggest(form, _forms(raw)) or f"forms: {', '.join(_forms(raw)) or 'none was found'}"
        raise SourceError(f"{file}: the export has no field of the form {form!r}", hint=hint)
    boxes = [name for name in fields if BOX.fullmatch(name)]
    answers = raw.frame[[name for name in fields if name not in boxes]]
    mine = answers.ne("").any(axis=1) | ~raw.frame[boxes].isin(UNTICKED).all(axis=1)
    if REPEATED in raw.frame:
        repeated = raw.frame[REPEATED].str.strip().str.casefold().str.replace(r"\W+", "_", regex=True)
        mine = repeated.eq(form.casefold()) | (mine & repeated.eq(""))
    found = take(raw, np.flatnonzero(mine.to_numpy() | broken(raw)))
    found = replace(found, frame=found.frame.drop(columns=_others(found, form, used)))
    names = {name: name.removeprefix(prefix) for name in fields}
    faults = tuple(replace(one, column=names.get(one.column, one.column)) for one in found.faults)
    found = replace(found, frame=found.frame.rename(columns=names), faults=faults)
    ticked = {name.removeprefix(prefix).split("___")[0] for name in boxes}
    return tick_boxes(found, tuple(sorted(ticked)), table=table, file=file)


def tick_boxes(raw: RawTable, fields: tuple[str, ...], *, table: str, file: str) -> RawTable:
    """Join the ticked boxes of each field by +; no tick at all is no answer."""
    frame = raw.frame
    for field in fields:
        found = {name: match for name in frame if (match := BOX.fullmatch(name)) and match["field"] == field}
        if not found:
            raise SourceError(
                f"{file}: there are no tick boxes for the field {field!r}",
                allowed=f"columns {field}___code, or {field} (choice=label)",
            )
        # a minus cannot stand in a name: REDCap writes the code -1 as ____1
        codes = {name: re.sub(r"^_", "-", match["code"] or match["label"]) for name, match in found.items()}
        spec = specs(table).get(field)
        written = {re.sub(r"\W+", "_", code.casefold()): code for code in (spec.codes if spec else ())}
        joined = pd.Series("", index=frame.index, dtype="str")
        for name, code in codes.items():
            ours = written.get(code.casefold(), code)
            joined += np.where(frame[name].str.strip().isin(TICKED), f"+{ours}", "")
        frame = frame.drop(columns=list(codes)).assign(**{field: joined.str.removeprefix("+").astype("str")})
    return replace(raw, frame=frame)


def _forms(raw: RawTable) -> list[str]:
    return sorted(name.removesuffix("_complete") for name in raw.frame if name.endswith("_complete"))


def _others(raw: RawTable, form: str, used: set[str]) -> list[str]:
    """Return the fields of other forms and REDCap's own; a field belongs to the longest form that fits."""
    owners = {
        name: max((one for one in _forms(raw) if name.startswith(f"{one}_")), key=len, default=form)
        for name in raw.frame
    }
    record = raw.frame.columns[0]
    own = (*ITS_OWN, f"{form}_complete", *({record} - used))
    return [name for name, owner in owners.items() if owner != form or name in own]
