"""Periods, phases, sessions and events of one patient on one axis of time."""

from __future__ import annotations

from typing import Any

import pandas as pd

from outcomes.models.stats.input_frames import check_columns

__all__ = ["timeline"]


def timeline(
    own: pd.DataFrame,
    exposure: pd.DataFrame | None,
    events: pd.DataFrame | None,
    patient_id: str,
    timezone: str,
) -> pd.DataFrame:
    """Put periods, phases, sessions and events on one axis of time."""
    zero = (own["date"] - pd.to_timedelta(own["day"].astype("int64"), unit="D")).iloc[0]
    parts = [_spans(own, "period", "period"), _spans(own, "phase", "phase")]
    if exposure is not None:
        needed, hint = (
            ["patient_id", "session_number", "start", "end"],
            "make the frame with oc.exposure(study)",
        )
        check_columns("exposure", exposure, needed, hint=hint)
        mine = exposure[exposure["patient_id"] == patient_id]
        label = [f"session {number}" for number in mine["session_number"]]
        parts.append(_marks(mine["start"], mine["end"], "session", label, timezone))
    if events is not None:
        needed = ["patient_id", "onset", "resolved", "term"]
        check_columns("adverse_events", events, needed, hint="pass study.adverse_events")
        mine = events[events["patient_id"] == patient_id]
        parts.append(_marks(mine["onset"], mine["resolved"], "event", mine["term"].tolist(), timezone))
    frame = pd.concat(parts, ignore_index=True).sort_values("date", kind="stable", ignore_index=True)
    return frame.assign(day=(frame["date"].dt.normalize() - zero).dt.days.astype("Int64"))


def _spans(own: pd.DataFrame, column: str, kind: str) -> pd.DataFrame:
    grouped = own.groupby(column, sort=False)["date"]
    return _marks(grouped.min(), grouped.max(), kind, list(grouped.groups))


def _marks(
    start: pd.Series, end: pd.Series, kind: str, label: list[Any], timezone: str = "UTC"
) -> pd.DataFrame:
    frame = pd.DataFrame({"date": start.to_numpy(), "end": end.to_numpy()})
    for name in frame.columns:
        column = pd.to_datetime(frame[name])
        frame[name] = column if column.dt.tz is None else column.dt.tz_convert(timezone).dt.tz_localize(None)
    frame = frame.astype({"date": "datetime64[us]", "end": "datetime64[us]"})
    return frame.assign(kind=kind, label=pd.Series(label, dtype="str"))
