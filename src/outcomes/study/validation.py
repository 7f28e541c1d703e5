"""Tables checked by themselves, without a study: what stays, what goes, and why."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

import pandas as pd

from outcomes.errors import ArgumentError, one_of
from outcomes.schema.check import check
from outcomes.schema.local_time import zone_of
from outcomes.schema.rules import Rules
from outcomes.schema.tables import TABLES
from outcomes.sources.frame_conventions import conventions
from outcomes.sources.frames import receive_frame
from outcomes.sources.interchange import to_pandas
from outcomes.study.settings import day_of, rules_of

__all__ = ["Validation", "validate"]


@dataclass(frozen=True, slots=True, eq=False)
class Validation:
    """What the checks leave of some tables.

    Parameters
    ----------
    accepted : dict of str to DataFrame
        Rows that stay, in the contract's types; cells with an error are blank.
    rejected : dict of str to DataFrame
        The other rows as text, with file, row and reason.
    findings : DataFrame
        Every fault of every row.
    flow : DataFrame
        Rows received, accepted and rejected by reason.
    cells : DataFrame
        Filled cells of the accepted rows: given = used + blanked.
    """

    accepted: dict[str, pd.DataFrame]
    rejected: dict[str, pd.DataFrame]
    findings: pd.DataFrame
    flow: pd.DataFrame
    cells: pd.DataFrame


def validate(
    tables: Mapping[str, pd.DataFrame],
    *,
    rules: Rules | Mapping[str, object] | None = None,
    timezone: str = "UTC",
    cutoff: str | date | pd.Timestamp | None = None,
    columns: Mapping[str, Any] | None = None,
    reading: Mapping[str, Any] | None = None,
) -> Validation:
    """Check tables by themselves and against each other.

    Parameters
    ----------
    tables : mapping of str to DataFrame
        Any of patients, sessions, titration, diary, adverse_events, assessments, laboratory; typed or text.
    rules : Rules or mapping, optional
        Definitions and limits that differ from the defaults.
    timezone : str
        IANA zone of times without an offset.
    cutoff : str, date or Timestamp, optional
        Local date after which nothing is used.
    columns, reading : mapping, optional
        Your names of columns, and how texts are written: as for `Study`.

    Raises
    ------
    ArgumentError
        For a table that the contract does not have, or a name in `columns` or `reading` that is not known.
    SourceError
        For a table without a column that it needs.

    Examples
    --------
    >>> dates = ["2026-01-05", "2026-02-31"]
    >>> diary = pd.DataFrame({"patient_id": "1", "date": dates, "headache": "no"})
    >>> checked = validate({"diary": diary})
    >>> checked.findings[["row", "column", "rule"]].to_numpy().tolist()
    [[2, 'date', 'bad_date']]
    """
    if not isinstance(tables, Mapping):
        raise ArgumentError(
            "tables is not a mapping", got=type(tables).__name__, allowed='{"diary": frame, ...}'
        )
    if not tables:
        raise ArgumentError("there is no table to check", allowed=", ".join(TABLES))
    frames = {name: to_pandas(one_of("table", name, TABLES), frame) for name, frame in tables.items()}
    timezone, sources, received = zone_of(timezone), conventions(frames, columns, reading), {}
    for name, frame in frames.items():
        received[name] = receive_frame(name, frame, timezone=timezone, source=sources[name])
    ordered = {name: received[name] for name in TABLES if name in received}
    done = check(ordered, rules=rules_of(rules), timezone=timezone, cutoff=day_of(cutoff))
    return Validation(
        {name: done.accepted[name] for name in ordered},
        done.rejected,
        done.findings,
        done.flow,
        done.cells,
    )
