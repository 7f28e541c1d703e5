"""A small summary of a report, by which the next one says what has changed.

It holds estimates, findings by kind, and keyed digests of each patient, diary day and serious
event. No identifier, date or value of a patient stands in it.
"""

from __future__ import annotations

import base64
from typing import Any

import numpy as np
import pandas as pd

from outcomes.errors import InPartitionsError
from outcomes.page.json_bytes import as_json
from outcomes.page.material import Material
from outcomes.page.of_treated import of_treated
from outcomes.page.primary import primary
from outcomes.results import Estimates
from outcomes.study import Study

__all__ = ["CONTENT_BITS", "digests", "each_once", "packed", "summary", "unpacked"]

FORMAT = 2
#: A diary day is 64 bits: 40 say which day of whom, 24 what was entered. Of a million days fewer than one in
#: two such summaries has two days taken for one, and one edit in 17 million is not seen.
CONTENT_BITS = 24
#: Between the parts of a row before it is hashed: no field can hold it.
BETWEEN = "\x1f"
FINDING = ["severity", "table", "column", "rule"]


def summary(material: Material, key: str) -> bytes:
    """Return the summary as JSON text.

    Parameters
    ----------
    material : Material
        What the report is made from.
    key : str
        16 characters; digests by another key cannot be compared.
    """
    if key not in material.summaries:
        material.summaries[key] = as_json(_content(material, key))
    return material.summaries[key]


def _content(material: Material, key: str) -> dict[str, Any]:
    """Return what the summary holds."""
    study = material.study
    return {
        "format": FORMAT,
        "check": packed(digests(pd.DataFrame({"check": ["outcomes"]}), key)),
        "title": study.title,
        "as_of": None if study.cutoff is None else study.cutoff.date().isoformat(),
        "rules": study.rules.model_dump(),
        "patients": packed(_patients(material, key)),
        "days": _days(study, key),
        "serious": packed(_serious(material, key)),
        "findings": _findings(study.findings),
        "estimates": _estimates(material),
    }


def digests(frame: pd.DataFrame, key: str) -> np.ndarray:
    """Return one unsigned 64-bit number a row: SipHash with a key over the texts of its columns."""
    return _hashed([_texts(frame[name]) for name in frame], key)


def _hashed(texts: list[np.ndarray], key: str) -> np.ndarray:
    joined = texts[0]
    for more in texts[1:]:
        joined = joined + BETWEEN + more
    made: np.ndarray = pd.util.hash_array(joined, hash_key=key, categorize=False)
    return made


def _texts(column: pd.Series) -> np.ndarray:
    """Return a column as texts, "" where missing; a value that stands in many rows is written once.

    A time is its microseconds since 1970: to write a million times as dates takes seconds.
    """
    if column.dtype == "str":
        return np.asarray(column.fillna(""), dtype=object)
    codes, kinds = pd.factorize(column)
    if isinstance(kinds, pd.DatetimeIndex):
        kinds = kinds.as_unit("us").asi8
    elif isinstance(kinds, pd.Index) and kinds.dtype.kind == "f":
        kinds = kinds + 0.0  # a zero has one text: that of -0.0 would depend on who comes first
    words = np.array([*map(str, kinds.tolist()), ""], dtype=object)
    return np.asarray(words[codes])  # -1, a missing one, takes the last


def packed(numbers: np.ndarray) -> str:
    """Return numbers as text: sorted, so that their order says nothing, 8 bytes each, in base64."""
    return base64.b64encode(each_once(numbers).astype("<u8").tobytes()).decode()


def each_once(numbers: np.ndarray) -> np.ndarray:
    """Return numbers sorted, each once; `np.unique` hashes first, which takes longer than sorting."""
    ordered = np.sort(numbers)
    return ordered[np.append(True, ordered[1:] != ordered[:-1])] if len(ordered) else ordered


def unpacked(text: str) -> np.ndarray:
    """Return the numbers of `packed`."""
    return np.frombuffer(base64.b64decode(text, validate=True), dtype="<u8")


def _patients(material: Material, key: str) -> np.ndarray:
    study = material.study
    try:
        days = study.diary["patient_id"]
    except InPartitionsError:
        days = material.numbers.patients
    named = (study.patients["patient_id"], days, study.sessions["patient_id"])
    ids = pd.concat([ids for ids in named if len(ids)] or [pd.Series(dtype="str")])
    return digests(ids.drop_duplicates().to_frame(), key)


def _days(study: Study, key: str) -> str | None:
    """Return one number per diary day; None when the days lie in partitions: no one place has them all."""
    try:
        diary = study.diary
    except InPartitionsError:
        return None
    texts = {str(name): _texts(column) for name, column in diary.items()}
    which = _hashed([texts["patient_id"], texts["date"]], key) >> np.uint64(CONTENT_BITS)
    what = _hashed(list(texts.values()), key) & np.uint64((1 << CONTENT_BITS) - 1)
    return packed((which << np.uint64(CONTENT_BITS)) | what)


def _serious(material: Material, key: str) -> np.ndarray:
    events = material.study.adverse_events
    serious = events[events["serious"].fillna(False).astype(bool)]
    return digests(serious[["patient_id", "term", "onset"]], key)


def _findings(findings: pd.DataFrame) -> list[list[Any]]:
    counted = findings.groupby(FINDING, sort=True, dropna=False)["count"].sum()
    return [[*("" if pd.isna(part) else str(part) for part in kind), int(n)] for kind, n in counted.items()]


def _estimates(material: Material) -> list[dict[str, Any]]:
    """Return the numbers that the page opens with, each with its interval and denominators, by arm."""
    several = len(material.study.patients["arm"].dropna().unique()) > 1
    parts = {f", {arm}": part for arm, part in material.by_arm.items()} if several else {"": material}
    return [*_primary(material), *(row for of, part in parts.items() for row in _of_part(part, of))]


def _of_part(material: Material, of: str) -> list[dict[str, Any]]:
    responders = of_treated(material.responders).to_frame()
    if len(responders):
        responders = responders[
            (responders["term"] == "responder_50") & (responders["missing"] == "non_responder")
        ]
    found = [
        *_rows(f"change from baseline{of}", material.untreated_change.to_frame(), "estimate"),
        *_rows(f"at least 50% fewer, per cent{of}", responders, "percent"),
    ]
    if "adverse_events" in material.study.given and len(material.treated):
        events = _any_event(material.events_by())
        found += _rows(f"patients with an adverse event, per cent{of}", events, "percent")
    return found


def _primary(material: Material) -> list[dict[str, Any]]:
    """Return the answer to the primary question, where there is one."""
    found = primary(material)
    if found.row is None:
        return []
    rows = [("", found.rows.iloc[:1])]
    if len(found.contrasts) > 1:
        rows = [(f", {row['contrast']}", pd.DataFrame([row])) for _, row in found.contrasts.iterrows()]
    return [one for of, part in rows for one in _rows(f"the primary question{of}", part, "estimate")]


def _any_event(events: Estimates) -> pd.DataFrame:
    return events.to_frame().assign(period="")


def _rows(name: str, rows: pd.DataFrame, column: str) -> list[dict[str, Any]]:
    if not len(rows):
        return []
    return [
        {
            "name": name,
            "period": str(row["period"]),
            **{key: None if pd.isna(row[key]) else int(row[key]) for key in ("n", "N")},
            **{
                key: None if pd.isna(value) else float(value)
                for key, value in (
                    ("estimate", row[column]),
                    ("lower", row["lower"]),
                    ("upper", row["upper"]),
                )
            },
        }
        for row in rows[["period", "n", "N", column, "lower", "upper"]].to_dict(orient="records")
    ]
