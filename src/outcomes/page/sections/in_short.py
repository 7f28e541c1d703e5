"""The opening: how many, how much change, what harm, how complete; in plain words made from the numbers."""

from __future__ import annotations

import pandas as pd

from outcomes.models.harm.coding import CHECK
from outcomes.page.blocks import Block, KeyFigure, KeyFigures, Section, Words
from outcomes.page.view import View
from outcomes.page.view.withheld import Withheld, shown_count
from outcomes.page.wording import change_words, endpoint_words, less, per_month
from outcomes.tables.description import WITHHELD
from outcomes.tables.numbers import EMPTY, interval, percent, share, signed

__all__ = ["in_short"]

#: Beside the figures of a study without a comparison group.
NOT_AN_EFFECT = (
    "All patients were treated: there is no comparison group, so a change here is what happened to these "
    "patients, not an effect of the drug. People start treatment when they are at their worst and improve without any: "
    "patients given a placebo infusion in a trial of chronic migraine (PROMISE-2) had 5.6 to 6.2 fewer migraine days a month (see the context below)."
)


RECORDED = "of the days that could be in the diaries were recorded"

ARMS_POOLED = (
    "This study has arms. The figures above pool them, so they describe all patients together and compare nothing; "
    "a change from baseline in pooled arms is not an effect of a treatment."
)


def in_short(view: View) -> Section:
    """Return the opening section."""
    told: list[Block] = []
    if view.limit:
        told = [
            Words(
                f"For readers outside the clinic: numbers about fewer than {view.limit} people are withheld, and "
                "those from which they could be calculated. The last section says what and why.",
                "caution",
            )
        ]
    if not view.enough:
        few = f"Fewer than {view.smallest} patients were treated: nothing about so few is told outside the clinic."
        return Section("in-short", "In short", (*told, Words(few)))
    figures = (_treated(view), _changed(view), _responded(view), _harm(view), _complete(view))
    caution = Words(ARMS_POOLED if view.pooled_arms else NOT_AN_EFFECT, "caution")
    return Section("in-short", "In short", (KeyFigures(figures), Words(_sentence(view)), caution, *told))


def _treated(view: View) -> KeyFigure:
    if view.sessions == 0:
        return KeyFigure(str(view.patients), "patients with an index date", "no session records were given")
    detail = shown_count(view.sessions, "session")
    if not isinstance(view.courses, Withheld):
        detail += f" in {shown_count(view.courses, 'course')}"
    return KeyFigure(str(view.patients), "patients treated", detail)


def _changed(view: View) -> KeyFigure:
    row = view.first_change
    label = f"change in {per_month(view.rules.endpoint, view.rules)}"
    if row is None:
        return KeyFigure(EMPTY, label, _too_few(view))
    limits = f"95% interval {interval(row['lower'], row['upper'])}; " if pd.notna(row["lower"]) else ""
    n = f"n {WITHHELD}" if pd.isna(row["n"]) else f"n = {row['n']}"
    of = f" of {row['N']}" if "N" in row else ""
    return KeyFigure(signed(row["estimate"]), label, f"{row['period']}; {limits}{n}{of}")


def _too_few(view: View) -> str:
    few = f"fewer than {view.smallest} patients have" if view.limit else "no patient has"
    return f"{few} enough diary days before and after"


def _responded(view: View) -> KeyFigure:
    rows = view.responders.to_frame()
    rows = rows[(rows["term"] == "responder_50") & (rows["missing"] == "non_responder")]
    label = f"had at least 50% {less(view.rules.endpoint)}"
    if not len(rows) or rows.iloc[0]["N"] == 0:
        return KeyFigure(EMPTY, label, "no period is over for enough patients")
    row = rows.iloc[0]
    if pd.isna(row["n"]):
        return KeyFigure(WITHHELD, label, f"{row['period']}; of {row['N']} patients treated")
    detail = f"{row['period']}; {row['n']}/{row['N']} treated, 95% interval {interval(row['lower'], row['upper'], 0)}%"
    return KeyFigure(percent(row["percent"], row["N"]), label, f"{detail}; missing counts as no response")


def _harm(view: View) -> KeyFigure:
    label = "of patients had an adverse event"
    if "adverse_events" not in view.given:
        missing = "none were given to this report; that is not the same as none"
        return KeyFigure(EMPTY, "adverse events", missing)
    if not view.has_events:
        return KeyFigure("0%", label, "none is recorded as beginning at or after the treatment")
    patients, sessions = (
        None if part is None else _by_term(part.to_frame()) for part in view.harm["overview"]
    )
    assert patients is not None, "there is a table of patients whenever there are events"
    row, detail = patients.loc["any"], _serious(view, patients["n"])
    if pd.notna(row["n"]):
        parts = [f"{row['n']}/{row['N']} patients", *_of_sessions(sessions), detail]
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
    """Say how many had a serious event; where nothing was recorded about it, that is not nobody."""
    if "serious" not in n:
        return "whether serious is not recorded"
    shown = WITHHELD if pd.isna(n["serious"]) else n["serious"]
    partly = " (not recorded for every event)" if view.serious_partly_recorded else ""
    if partly and pd.notna(n["serious"]) and n["serious"] == 0:
        shown = "not known"
    fatal = n.get("fatal", 0)
    died = f"; with a fatal one: {fatal}" if pd.notna(fatal) and fatal else ""
    return f"patients with a serious event: {shown}{partly}{died}{_doubts(view)}"


def _doubts(view: View) -> str:
    """Say of how many events the coding contradicts itself, where that may be told."""
    wrong = view.coding_to_check
    if isinstance(wrong, Withheld) or not wrong:
        return ""
    return f"; {CHECK}: {shown_count(wrong, 'event')}"


def _complete(view: View) -> KeyFigure:
    found = view.complete
    if found is None:
        return KeyFigure(EMPTY, RECORDED, "no patient has a period")
    where = "in the baseline and in the follow-up periods that have begun"
    days = (
        ""
        if isinstance(found.recorded, Withheld)
        else f"{found.recorded:,} of {found.possible:,} possible days, "
    )
    return KeyFigure(percent(found.percent, 100), RECORDED, f"{days}{where}")


def _sentence(view: View) -> str:
    """Say in words what happened to the endpoint in the first period."""
    row = view.first_change
    if row is None:
        return f"How {endpoint_words(view.rules.endpoint)} changed cannot be said: {_too_few(view)} the treatment."
    n = row["n"]
    who = (
        "The patients" if pd.isna(n) or "N" not in row else f"The {n} patients" if n > 1 else "The 1 patient"
    )
    return change_words(row, view.rules, who) + _left_out(row)


def _left_out(row: pd.Series) -> str:
    """Say how many patients the comparison cannot use, where that is told."""
    if "N" not in row or pd.isna(row["n"]) or row["n"] == row["N"]:
        return ""
    lost = int(row["N"] - row["n"])
    verb = "is" if lost == 1 else "are"
    return f" {lost} of the {row['N']} patients followed {verb} not in this comparison: no value in one of the two windows, mostly for too few diary days."
