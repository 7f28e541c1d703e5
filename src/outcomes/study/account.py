"""What a study says of itself: what was rejected, the files it is from, and the card of a notebook."""

from __future__ import annotations

import html
from collections.abc import Iterable, Mapping
from dataclasses import asdict
from typing import TYPE_CHECKING

import pandas as pd

from outcomes.schema.check import Checked
from outcomes.schema.findings import Received
from outcomes.schema.same_rows import SAME_ROW
from outcomes.schema.substance import substances_of
from outcomes.sources.files import FileFacts
from outcomes.study.settings import Whole

if TYPE_CHECKING:
    from outcomes.study.study import Study

__all__ = [
    "broken_logs",
    "provenance",
    "rejected_days",
    "study_card",
    "study_line",
    "substances",
    "unread_boluses",
    "with_words",
]

PROVENANCE = ("table", "file", "sha256", "bytes", "rows", "lines", "turned")


def rejected_days(checked: Checked, diary: Received | None) -> pd.DataFrame:
    """Return the patient_id and date of rejected diary rows, where both could be read."""
    rows = _rejected_as_read(checked, "diary", diary)[["patient_id", "date"]]
    return rows.dropna().drop_duplicates(ignore_index=True)


def with_words(frame: pd.DataFrame, words: tuple[str, ...]) -> pd.DataFrame:
    """Return a table that holds what every result of it must say; pandas keeps it when rows are chosen."""
    if words:
        frame.attrs["declared_wrongly"] = words
    return frame


def broken_logs(checked: Checked, titration: Received | None) -> frozenset[str]:
    """Return the session_id of pump logs without one of their rows or rates."""
    log = checked.accepted["titration"]
    silent = log["rate"].isna() & log["action"].ne("stop").fillna(True)
    lost = _rejected_as_read(checked, "titration", titration)["session_id"]
    return frozenset(lost.dropna()) | frozenset(log.loc[silent, "session_id"].dropna())


def _rejected_as_read(checked: Checked, table: str, received: Received | None) -> pd.DataFrame:
    """Return the rows that a table lost, with the values that could be read."""
    if received is None:
        return checked.accepted[table].iloc[:0]
    rejected = checked.rejected[table]
    places = rejected.loc[rejected["reason"] != SAME_ROW, ["file", "row"]]
    position = received.origin.reset_index(names="position").merge(places, on=["file", "row"])["position"]
    return received.frame.loc[position]


def provenance(files: Iterable[FileFacts]) -> pd.DataFrame:
    """Return one row per file: table, file, sha256, bytes, rows, lines, and how it was turned."""
    told = [asdict(fact) | {"turned": "; ".join(fact.shaped)} for fact in files]
    facts = pd.DataFrame(told, columns=list(PROVENANCE))
    return facts.astype({"lines": "Int64", "turned": "str"})


def unread_boluses(study: Study) -> frozenset[str]:
    """Return the session_id of sessions whose bolus was entered and is not used."""
    unread = study.blank_rows("sessions", "bolus_mg_per_kg")
    return frozenset(study.sessions.loc[unread, "session_id"].dropna())


def substances(received: Mapping[str, Received], whole: Whole | None) -> frozenset[str]:
    """Return the substances that sessions name: of a part, those of the whole study where they are told."""
    told = None if whole is None else whole.substances
    return substances_of(received) if told is None else told


def study_line(study: Study) -> str:
    """Return the title, the rows of each table and the number of findings in one line."""
    accepted = study.flow.query("status == 'accepted'").set_index("table")["rows"]
    rows = ", ".join(f"{name} {accepted[name]}" for name in accepted.index)
    return f"<Study {study.title!r}: {rows}; {int(study.findings['count'].sum())} findings>"


def study_card(study: Study) -> str:
    """Return title, rows of each table and number of findings as HTML; no value of a patient."""
    rows = study.flow.pivot_table(
        index="table", columns="status", values="rows", aggfunc="sum", sort=False, fill_value=0
    ).reindex(columns=["received", "accepted", "rejected"], fill_value=0)
    table = rows.rename_axis(columns=None).reset_index().to_html(index=False, border=0)
    kinds = study.findings.groupby("severity")["count"].sum()
    found = ", ".join(f"{number} {severity}s" for severity, number in kinds.items()) or "none"
    until = f"; nothing after {study.cutoff:%Y-%m-%d} is used" if study.cutoff is not None else ""
    facts = f"findings: {found}; time zone {html.escape(study.timezone)}{until}"
    note = f"<br><small>{html.escape(study.note)}</small>" if study.note else ""
    return f"<div><b>{html.escape(study.title)}</b>{note}{table}<small>{facts}</small></div>"
