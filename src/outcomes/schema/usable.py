"""What no study can be without: diary days that can be used, and tables that speak of the same patients."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from outcomes.errors import DataError
from outcomes.schema.check import Checked
from outcomes.schema.findings import Received
from outcomes.schema.look_up import known_keys

__all__ = ["refuse_alarms", "refuse_unusable", "refuse_without_days", "waiver_line"]

#: Table -> its identifier and the tables that must know one of them.
MEETS = {
    "sessions": ("patient_id", ("diary",)),
    "titration": ("session_id", ("sessions",)),
    "adverse_events": ("patient_id", ("diary", "sessions", "patients")),
    "assessments": ("patient_id", ("diary", "sessions", "patients")),
}
#: Fewer rows than this may all be slips.
ROWS = 5


def refuse_unusable(checked: Checked, received: Mapping[str, Received]) -> None:
    """Refuse a study of which nothing could be said.

    Raises
    ------
    DataError
        Without any diary day that can be used, without a word about when the treatment began, or when the
        identifiers of two tables never meet.
    """
    patients = received["patients"].frame if "patients" in received else None
    if "sessions" not in received and (patients is None or patients["index_date"].isna().all()):
        raise DataError(
            "nothing says when the treatment began",
            allowed="a table sessions, or the column index_date in the table patients",
        )
    _refuse_strangers(received)
    # a few wrong rows are told by their findings; a column that is declared wrongly has to be declared first
    if not len(received["diary"]) or (checked.alarms["table"] == "diary").any():
        refuse_without_days(checked.flow, checked.alarms)


def refuse_without_days(flow: pd.DataFrame, alarms: pd.DataFrame) -> None:
    """Refuse a study of which no diary day can be used: its page would be empty.

    Raises
    ------
    DataError
        With how many rows there were, and why they are not used.
    """
    if flow.query("table == 'diary' and status == 'accepted'")["rows"].sum():
        return
    raise DataError(
        "no diary day can be used",
        got=_why_none(flow, alarms),
        hint="; ".join([*_told(alarms), "outcomes check lists every finding"]),
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


def _refuse_strangers(received: Mapping[str, Received]) -> None:
    """Refuse tables of which no row names a patient, or a session, that another table knows."""
    for table, (key, others) in MEETS.items():
        known = [received[name].frame[key] for name in others if name in received and len(received[name])]
        own = received[table].frame[key].dropna() if table in received else pd.Series(dtype="str")
        if len(own) < (1 if table == "sessions" else ROWS) or not known:
            continue
        if not known_keys(own, pd.concat(known)).any():
            raise DataError(
                f"no {key} of the table {table} is in the table {' or '.join(others)}",
                got=f"{len(own)} rows",
                hint=f"check the column of {key} in study.toml, and how it is written: leading zeros count",
            )
    _refuse_unlisted(received)


def _refuse_unlisted(received: Mapping[str, Received]) -> None:
    """Refuse a diary of which no row names a patient of a list that is not empty."""
    if "patients" not in received or not len(received["patients"]) or not len(received["diary"]):
        return
    days = received["diary"].frame["patient_id"].dropna()
    if len(days) and not known_keys(days, received["patients"].frame["patient_id"]).any():
        raise DataError(
            "no patient_id of the table diary is in the table patients",
            got=f"{len(days)} rows",
            hint="check the column of patient_id in study.toml, and how it is written: leading zeros count",
        )
