"""What no study can be without: diary days that can be used, and tables that speak of the same patients."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import pandas as pd

from outcomes.errors import DataError
from outcomes.schema.findings import Received
from outcomes.schema.look_up import known_keys

__all__ = ["Meeting", "meeting_of", "refuse_alarms", "refuse_unusable", "refuse_without_days", "waiver_line"]

#: Table -> its identifier and the tables that must know one of them.
MEETS = {
    "sessions": ("patient_id", ("diary",)),
    "titration": ("session_id", ("sessions",)),
    "adverse_events": ("patient_id", ("diary", "sessions", "patients")),
    "assessments": ("patient_id", ("diary", "sessions", "patients")),
}
#: Fewer rows than this may all be slips.
ROWS = 5


@dataclass(frozen=True, slots=True, eq=False)
class Meeting:
    """Whether the tables of a study, or of a part of one, speak of the same patients; parts add up.

    Parameters
    ----------
    index_dates : int
        Patients with an index date.
    rows : mapping of str to int
        Table -> rows received; a table that was not given is absent.
    ids : mapping of str to tuple of int
        Table -> rows with an identifier, and those whose identifier the tables that must know it do know;
        ``unlisted`` holds those of the diary that a list of patients must know.
    """

    index_dates: int
    rows: Mapping[str, int]
    ids: Mapping[str, tuple[int, int]]

    def __add__(self, other: Meeting) -> Meeting:
        """Return both parts together."""
        ids = {
            name: (n + other.ids[name][0], met + other.ids[name][1]) for name, (n, met) in self.ids.items()
        }
        rows = {name: n + other.rows[name] for name, n in self.rows.items()}
        return Meeting(self.index_dates + other.index_dates, rows, ids)


def meeting_of(received: Mapping[str, Received]) -> Meeting:
    """Return whether the tables meet."""
    patients = received["patients"].frame if "patients" in received else None
    ids = {
        table: _met(received, table, key, others)
        for table, (key, others) in MEETS.items()
        if table in received
    }
    if patients is not None:
        ids["unlisted"] = _met(received, "diary", "patient_id", ("patients",))
    return Meeting(
        0 if patients is None else int(patients["index_date"].notna().sum()),
        {name: len(table) for name, table in received.items()},
        ids,
    )


def _met(received: Mapping[str, Received], table: str, key: str, others: tuple[str, ...]) -> tuple[int, int]:
    own = received[table].frame[key].dropna()
    known = [received[name].frame[key] for name in others if name in received and len(received[name])]
    return len(own), int(known_keys(own, pd.concat(known)).sum()) if known and len(own) else 0


def refuse_unusable(flow: pd.DataFrame, alarms: pd.DataFrame, met: Meeting, findings: pd.DataFrame) -> None:
    """Refuse a study of which nothing could be said.

    Raises
    ------
    DataError
        Without any diary day that can be used, without a word about when the treatment began, or when the
        identifiers of two tables never meet.
    """
    if "sessions" not in met.rows and not met.index_dates:
        raise DataError(
            "nothing says when the treatment began",
            allowed="a sessions table, or the column index_date in the patients table",
        )
    _refuse_strangers(met)
    # a few wrong rows are told by their findings, and the day after the cut-off may come
    days = flow.query("table == 'diary'")
    lost = days.query("status == 'rejected' and reason != 'after_cutoff'")["rows"].sum()
    if not met.rows["diary"] or (alarms["table"] == "diary").any() or lost >= ROWS:
        lines = findings.query("table == 'diary' and cost == 'row rejected'").groupby("hint")["count"].sum()
        refuse_without_days(flow, alarms, hint=str(lines.idxmax()) if len(lines) else "")


def refuse_without_days(flow: pd.DataFrame, alarms: pd.DataFrame, *, hint: str | None = None) -> None:
    """Refuse a study of which no diary day can be used: its page would be empty.

    `hint` is what mends most of the rows; without it the study can be checked, which says more.

    Raises
    ------
    DataError
        With how many rows there were, and why they are not used.
    """
    if flow.loc[(flow["table"] == "diary") & (flow["status"] == "accepted"), "rows"].sum():
        return
    raise DataError(
        "no diary day can be used",
        got=_why_none(flow, alarms),
        hint="; ".join(_told(alarms) or [hint or "give the table diary a row for each day"])
        if hint is not None
        else "; ".join([*_told(alarms), "outcomes check lists every finding"]),
    )


def refuse_alarms(alarms: pd.DataFrame) -> None:
    """Refuse a study of which a column that decides something is declared wrongly, unless that is waived.

    Raises
    ------
    DataError
        With the shapes found, the lines that would read them, and the line that waives the column.
    """
    rows = alarms[alarms["decides"] & (alarms["waived"] == "")]
    if not len(rows):
        return
    first = rows.iloc[0]
    waive = f"or, to go on as it is: {waiver_line(first['table'], first['column'])}"
    raise DataError("; ".join(rows["table"] + "." + rows["message"]), hint="; ".join([*_told(rows), waive]))


def waiver_line(table: str, column: str) -> str:
    """Return the lines of study.toml that let a study be used although the column is declared wrongly."""
    return f'[waivers] {table}.{column} = "the reason"'


def _told(alarms: pd.DataFrame) -> list[str]:
    return [str(hint) for hint in alarms["hint"].unique()]


def _why_none(flow: pd.DataFrame, alarms: pd.DataFrame) -> str:
    """Say how many rows there were, and why they are not used."""
    rows = flow.query("table == 'diary'")
    reasons = rows[rows["status"] == "rejected"]
    told = [f"{count} x {reason}" for reason, count in zip(reasons["reason"], reasons["rows"], strict=True)]
    received = int(rows.loc[rows["status"] == "received", "rows"].sum())
    return "; ".join([f"{received} rows", *told, *alarms.query("table == 'diary'")["message"]])


def _refuse_strangers(met: Meeting) -> None:
    """Refuse tables of which no row names a patient, or a session, that another table knows."""
    for table, (key, others) in MEETS.items():
        own, known = met.ids.get(table, (0, 0))
        asked = sum(met.rows.get(name, 0) for name in others)
        if own >= (1 if table == "sessions" else ROWS) and asked and not known:
            raise _strangers(table, key, " or ".join(others), own)
    own, known = met.ids.get("unlisted", (0, 0))
    if own and met.rows["patients"] and not known:
        raise _strangers("diary", "patient_id", "patients", own)


def _strangers(table: str, key: str, others: str, rows: int) -> DataError:
    return DataError(
        f"no {key} of the table {table} is in the table {others}",
        got=f"{rows} rows",
        hint=f"check the column of {key} in study.toml, and how it is written: a spreadsheet drops leading "
        f'zeros, and values.{key} = {{ 7 = "0007" }} below the table gives them back',
    )
