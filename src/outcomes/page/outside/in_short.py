"""The opening for readers outside: how many, how much change, what harm, how complete; nothing about few people."""

from __future__ import annotations

import pandas as pd

from outcomes.page.blocks import KeyFigure, KeyFigures, Section, Words
from outcomes.page.outside.material import Outside
from outcomes.page.sections.in_short import ARMS_POOLED, NOT_AN_EFFECT, RECORDED
from outcomes.page.wording import change_words, endpoint_words, less, per_month
from outcomes.tables.description import WITHHELD
from outcomes.tables.numbers import count, interval, percent, signed

__all__ = ["in_short"]

NAME, TITLE = "in-short", "In short"
NOTHING = "\N{EN DASH}"


def in_short(outside: Outside) -> Section:
    """Return the opening section."""
    told = Words(
        f"For readers outside the clinic: numbers about fewer than {outside.limit} people are withheld, and those "
        "from which they could be calculated. The last section says what and why.",
        "caution",
    )
    if not outside.enough:
        few = f"Fewer than {outside.smallest} patients were treated: of so few nothing is told outside the clinic."
        return Section(NAME, TITLE, (told, Words(few)))
    figures = (
        _treated(outside),
        _changed(outside),
        _responded(outside),
        _harm(outside),
        _complete(outside),
    )
    arms = len(outside.study.patients["arm"].dropna().unique()) > 1
    caution = Words(ARMS_POOLED if arms else NOT_AN_EFFECT, "caution")
    return Section(NAME, TITLE, (KeyFigures(figures), Words(_sentence(outside)), caution, told))


def _treated(outside: Outside) -> KeyFigure:
    if not outside.sessions:
        return KeyFigure(
            str(outside.patients), "patients with an index date", "no session records were given"
        )
    detail = (
        f"{count(outside.sessions, 'session')}"
        if outside.sessions >= outside.smallest
        else f"sessions: {WITHHELD}"
    )
    return KeyFigure(str(outside.patients), "patients treated", detail)


def _first(outside: Outside) -> pd.Series | None:
    rows = outside.change.to_frame()
    return rows.iloc[0] if len(rows) else None


def _n(row: pd.Series) -> str:
    return f"n {WITHHELD}" if pd.isna(row["n"]) else f"n = {row['n']}"


def _changed(outside: Outside) -> KeyFigure:
    row, rules = _first(outside), outside.study.rules
    label = f"change in {per_month(rules.endpoint, rules)}"
    if row is None:
        few = f"fewer than {outside.smallest} patients have enough diary days before and after"
        return KeyFigure(NOTHING, label, few)
    limits = f"95% interval {interval(row['lower'], row['upper'])}; "
    return KeyFigure(signed(row["estimate"]), label, f"{row['period']}; {limits}{_n(row)}")


def _responded(outside: Outside) -> KeyFigure:
    rows = outside.responders.to_frame()
    rows = rows[rows["term"] == "responder_50"]
    label = f"had at least 50% {less(outside.study.rules.endpoint)}"
    if not len(rows):
        return KeyFigure(NOTHING, label, "no period is due for all patients")
    row = rows.iloc[0]
    if pd.isna(row["n"]):
        return KeyFigure(WITHHELD, label, f"{row['period']}; of {row['N']} patients treated")
    detail = (
        f"{row['period']}; {row['n']}/{row['N']}, 95% interval {interval(row['lower'], row['upper'], 0)}%"
    )
    return KeyFigure(percent(row["percent"], row["N"]), label, f"{detail}; missing counts as no response")


def _harm(outside: Outside) -> KeyFigure:
    label = "of patients had an adverse event"
    if "adverse_events" not in outside.study.given:
        missing = "none were given to this report; that is not the same as none"
        return KeyFigure(NOTHING, "adverse events", missing)
    if not len(outside.inside.emergent_events):
        return KeyFigure("0%", label, "none is recorded as beginning at or after the treatment")
    patients, sessions = outside.harm["overview"]
    rows = patients.to_frame().set_index("term")
    detail = _serious(outside, rows["n"])
    row, unit = rows.loc["any"], "patients"
    if pd.isna(row["n"]) and sessions is not None:
        row, unit = sessions.to_frame().set_index("term").loc["any"], "sessions"
        detail = f"patients with any: {WITHHELD}; {detail}"
    if pd.isna(row["n"]):
        return KeyFigure(WITHHELD, label, detail)
    share = percent(row["percent"], row["N"])
    return KeyFigure(share, f"of {unit} had an adverse event", f"{row['n']}/{row['N']} {unit}; {detail}")


def _serious(outside: Outside, n: pd.Series) -> str:
    """Say how many had a serious event; where nothing was recorded about it, that is not nobody."""
    if "serious" not in n:
        return "whether serious is not recorded"
    shown = WITHHELD if pd.isna(n["serious"]) else n["serious"]
    partly = outside.inside.emergent_events["serious"].isna().any()
    shown = "not known" if partly and not pd.isna(n["serious"]) and n["serious"] == 0 else shown
    return f"patients with a serious event: {shown}" + " (not recorded for every event)" * bool(partly)


def _complete(outside: Outside) -> KeyFigure:
    rows = outside.inside.periods
    recorded, possible = int(rows["days_recorded"].sum()), int(rows["days_possible"].sum())
    if not possible:
        return KeyFigure(NOTHING, RECORDED, "no patient has a period")
    detail = "in the baseline and in the follow-up periods that have begun"
    return KeyFigure(percent(100 * recorded / possible, 1), RECORDED, detail)


def _sentence(outside: Outside) -> str:
    """Say in words what happened to the endpoint in the first period."""
    row, rules = _first(outside), outside.study.rules
    if row is None:
        words = endpoint_words(rules.endpoint)
        return f"How {words} changed is not told: too few patients have enough diary days before and after."
    return change_words(row, rules, "The patients")
