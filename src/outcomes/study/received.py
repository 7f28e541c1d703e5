"""The frames that a study is made of, as they are received."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd

from outcomes.schema.findings import Received
from outcomes.schema.pain_scale import refuse_two_scales
from outcomes.schema.rules import Rules
from outcomes.sources.frame_conventions import conventions
from outcomes.sources.frames import receive_frame, refuse_missing_columns, refuse_unread_dates
from outcomes.sources.interchange import to_pandas
from outcomes.study.settings import rules_of

__all__ = ["received_frames"]


def received_frames(
    tables: Mapping[str, pd.DataFrame | None],
    rules: Rules | Mapping[str, object] | None,
    *,
    timezone: str,
    columns: Mapping[str, Any] | None,
    reading: Mapping[str, Any] | None,
) -> dict[str, Received]:
    """Return the tables that are given, in the contract's names and types; the diary is needed.

    Raises
    ------
    ArgumentError, SourceError
        As `Study`.
    """
    frames = {
        name: to_pandas(name, frame) for name, frame in tables.items() if frame is not None or name == "diary"
    }
    sources, received = conventions(frames, columns, reading), {}
    refuse_two_scales(rules_of(rules), sources["diary"].units.get("pain"))
    for name, frame in frames.items():
        refuse_missing_columns(name, frame, sources[name])
        received[name] = receive_frame(name, frame, timezone=timezone, source=sources[name])
        refuse_unread_dates(name, frame, received[name], sources[name])
    return received
