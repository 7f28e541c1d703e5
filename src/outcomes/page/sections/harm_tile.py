"""The tile of harm: who had an event, a serious one, one of grade 3 or higher, with the doubts of the coding."""

from __future__ import annotations

import pandas as pd

from outcomes.models.harm.coding import CHECK
from outcomes.page.blocks import KeyFigure
from outcomes.page.view import View
from outcomes.page.view.withheld import Withheld, shown_count
from outcomes.tables.description import WITHHELD
from outcomes.tables.numbers import EMPTY, percent, share

__all__ = ["OF_PATIENTS", "harm_tile"]

OF_PATIENTS = "of patients had an adverse event"

#: Lines of the overview that the front names besides serious ones.
GRAVE = {"grade 3+": "grade 3 or higher", "infusion stopped": "infusion stopped"}


def harm_tile(view: View, *, counted: bool = False) -> KeyFigure:
    """Return who had an event: of patients, or where that may not be shown, of sessions.

    `counted`: the number of these patients stands beside it already.
    """
    label = OF_PATIENTS
    if "adverse_events" not in view.given:
        missing = "no table of them was given; that is not the same as no events"
        return KeyFigure(EMPTY, "adverse events", missing)
    if not view.has_events:
        return KeyFigure("0%", label, "none is recorded as beginning at or after the treatment")
    patients, sessions = (
        None if part is None else _by_term(part.to_frame()) for part in view.harm["overview"]
    )
    assert patients is not None, "there is a table of patients whenever there are events"
    row, detail = patients.loc["any"], _serious(view, patients["n"])
    if pd.notna(row["n"]):
        own = [] if counted else [f"{row['n']}/{row['N']} patients"]
        parts = [*own, *_of_sessions(sessions), detail]
        return KeyFigure(percent(row["percent"], row["N"]), label, "; ".join(parts))
    if sessions is None or pd.isna(sessions.loc["any", "n"]):
        return KeyFigure(WITHHELD, label, detail)
    row = sessions.loc["any"]
    detail = f"{row['n']}/{row['N']} sessions; patients with any: {WITHHELD}; {detail}"
    return KeyFigure(percent(row["percent"], row["N"]), "of sessions had an adverse event", detail)


def _by_term(rows: pd.DataFrame) -> pd.DataFrame:
    return rows.set_index("term")


def _of_sessions(sessions: pd.DataFrame | None) -> list[str]:
    if sessions is None or pd.isna(sessions.loc["any", "n"]):
        return []
    n, total = sessions.loc["any", ["n", "N"]]
    return [f"{share(n, total)} of sessions"]


def _serious(view: View, n: pd.Series) -> str:
    """Say how many had a serious event; nothing recorded does not mean nobody."""
    if "serious" not in n:
        return "seriousness not recorded"
    shown = WITHHELD if pd.isna(n["serious"]) else n["serious"]
    partly = " (not recorded for every event)" if view.serious_partly_recorded else ""
    if partly and pd.notna(n["serious"]) and n["serious"] == 0:
        shown = "not known"
    fatal = n.get("fatal", 0)
    died = f"; with a fatal one: {fatal}" if pd.notna(fatal) and fatal else ""
    others = "; ".join(
        f"{words}: {WITHHELD if pd.isna(n[term]) else n[term]}" for term, words in GRAVE.items() if term in n
    )
    return f"patients with a serious event: {shown}{partly}{died}; {others}{_doubts(view)}"


def _doubts(view: View) -> str:
    """Say for how many events the coding contradicts itself, where that may be shown."""
    wrong = view.coding_to_check
    if isinstance(wrong, Withheld) or not wrong:
        return ""
    return f"; {CHECK}: {shown_count(wrong, 'event')}"
