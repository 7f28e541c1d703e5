"""A study for tests: frames typed as the checks leave them, built from few columns."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

import pandas as pd

from outcomes.schema.rules import Rules

DATE, TIME = "datetime64[us]", "datetime64[us, UTC]"
TABLES: dict[str, dict[str, str]] = {
    "patients": {
        "patient_id": "str", "index_date": DATE, "first_contact": DATE, "age": "float64", "sex": "str",
        "arm": "str", "cohort": "str", "diagnosis": "str", "prior_preventives": "Int64", "site": "str",
    },
    "sessions": {
        "session_id": "str", "patient_id": "str", "start": TIME, "end": TIME, "setting": "str",
        "weight_kg": "float64", "bolus_mg_per_kg": "float64", "dose_mg": "float64",
        "pain_before": "float64", "pain_after": "float64", "stop_reason": "str",
    },
    "titration": {"session_id": "str", "time": TIME, "rate": "float64", "action": "str"},
    "diary": {
        "patient_id": "str", "date": DATE, "headache": "boolean", "duration_h": "float64", "pain": "float64",
        "unilateral": "boolean", "pulsating": "boolean", "aggravated": "boolean", "nausea": "boolean",
        "vomiting": "boolean", "photophobia": "boolean", "phonophobia": "boolean", "aura": "boolean",
        "aura_min": "float64", "migraine": "boolean", "acute_medication": "str", "entered_at": TIME,
        "source": "str",
    },
    "adverse_events": {"event_id": "str", "patient_id": "str", "onset": TIME, "term": "str"},
    "assessments": {"patient_id": "str", "date": DATE, "instrument": "str", "score": "float64"},
}  # fmt: skip


def typed(values: pd.Series, dtype: str) -> pd.Series:
    """Return a column in the contract's type."""
    if "datetime" in dtype:
        values = pd.to_datetime(values, utc=dtype == TIME)
    elif dtype == "float64":
        values = pd.to_numeric(values)
    return values.astype(dtype)


def table(name: str, columns: Mapping[str, Sequence[Any]] | None = None) -> pd.DataFrame:
    """Return a typed table; columns that are not given are all missing."""
    types = TABLES[name]
    given = pd.DataFrame(dict(columns or {}))
    assert set(given.columns) <= set(types), set(given.columns) - set(types)
    none = pd.Series([None] * len(given), index=given.index, dtype=object)
    frame = pd.DataFrame(
        {column: typed(given.get(column, none), dtype) for column, dtype in types.items()}, index=given.index
    )
    return frame


@cache
def empty(name: str) -> pd.DataFrame:
    """Return a table without rows, made once."""
    return table(name)


@dataclass(frozen=True, eq=False)
class SmallStudy:
    """The shape of a study (schema.StudyData)."""

    patients: pd.DataFrame
    sessions: pd.DataFrame
    titration: pd.DataFrame
    diary: pd.DataFrame
    adverse_events: pd.DataFrame
    assessments: pd.DataFrame
    given: frozenset[str]
    rules: Rules
    timezone: str = "UTC"
    cutoff: pd.Timestamp | None = None
    rejected_days: pd.DataFrame | None = None


def study(
    *,
    rules: Mapping[str, Any] | Rules | None = None,
    timezone: str = "UTC",
    cutoff: str | None = None,
    rejected_days: pd.DataFrame | None = None,
    **tables: Mapping[str, Sequence[Any]] | pd.DataFrame,
) -> SmallStudy:
    """Return a study from the columns of its tables."""
    frames = {n: t if isinstance(t, pd.DataFrame) else table(n, t) for n, t in tables.items()}
    return SmallStudy(
        **{name: frames[name] if name in frames else empty(name) for name in TABLES},
        given=frozenset(tables),
        rules=rules if isinstance(rules, Rules) else Rules(**(rules or {})),
        timezone=timezone,
        cutoff=None if cutoff is None else pd.Timestamp(cutoff),
        rejected_days=rejected_days,
    )


def diary(patient: str, first: str, headache: Sequence[Any], **columns: Any) -> pd.DataFrame:
    """Return consecutive diary days of one patient; a value that is no list is repeated."""
    n = len(headache)
    given = {"patient_id": [patient] * n, "date": pd.date_range(first, periods=n), "headache": list(headache)}
    given["source"] = ["diary"] * n
    for name, value in columns.items():
        given[name] = list(value) if isinstance(value, (list, tuple)) else [value] * n
    return table("diary", given)
