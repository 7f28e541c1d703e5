"""The opening: how many, how much change, what harm, how complete; in plain words made from the numbers."""

from __future__ import annotations

import pandas as pd

from outcomes.models.harm.coding import CHECK, coding_to_check
from outcomes.page.blocks import KeyFigure, KeyFigures, Section, Words
from outcomes.page.material import Material
from outcomes.page.wording import change_words, endpoint_words, less, per_month
from outcomes.tables.numbers import count, interval, percent, share, signed

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


def in_short(material: Material) -> Section:
    """Return the opening section."""
    figures = [
        _treated(material),
        _changed(material),
        _responded(material),
        _harm(material),
        _complete(material),
    ]
    blocks = (KeyFigures(tuple(figures)), Words(_sentence(material)), Words(_caution(material), "caution"))
    return Section("in-short", "In short", blocks)


def _caution(material: Material) -> str:
    return ARMS_POOLED if len(material.study.patients["arm"].dropna().unique()) > 1 else NOT_AN_EFFECT


def _treated(material: Material) -> KeyFigure:
    courses, sessions = material.courses, material.study.sessions
    patients = courses["patient_id"].nunique()
    if not len(sessions):
        return KeyFigure(str(patients), "patients with an index date", "no session records were given")
    detail = f"{count(len(sessions), 'session')} in {count(len(courses), 'course')}"
    return KeyFigure(str(patients), "patients treated", detail)


def _first_change(material: Material) -> pd.Series | None:
    rows = material.change.to_frame()
    return rows.iloc[0] if len(rows) else None


def _changed(material: Material) -> KeyFigure:
    row, rules = _first_change(material), material.study.rules
    label = f"change in {per_month(rules.endpoint, rules)}"
    if row is None or row["n"] == 0:
        return KeyFigure("\N{EN DASH}", label, "no patient has enough diary days before and after")
    limits = f"95% interval {interval(row['lower'], row['upper'])}; " if pd.notna(row["lower"]) else ""
    return KeyFigure(signed(row["estimate"]), label, f"{row['period']}; {limits}n = {row['n']} of {row['N']}")


def _responded(material: Material) -> KeyFigure:
    rows = material.responders.to_frame()
    rows = rows[(rows["term"] == "responder_50") & (rows["missing"] == "non_responder")]
    label = f"had at least 50% {less(material.study.rules.endpoint)}"
    if not len(rows) or rows.iloc[0]["N"] == 0:
        return KeyFigure("\N{EN DASH}", label, "no patient has an eligible baseline and a period that is due")
    row = rows.iloc[0]
    detail = (
        f"{row['period']}; {row['n']}/{row['N']}, 95% interval {interval(row['lower'], row['upper'], 0)}%"
    )
    return KeyFigure(percent(row["percent"], row["N"]), label, f"{detail}; missing counts as no response")


def _harm(material: Material) -> KeyFigure:
    if "adverse_events" not in material.study.given:
        return KeyFigure(
            "\N{EN DASH}", "adverse events", "none were given to this report; that is not the same as none"
        )
    row = material.events_by().to_frame().iloc[0]
    sessions = material.session_events_by()
    detail = f"{row['n']}/{row['N']} patients"
    if sessions is not None:
        detail += f"; {share(*sessions.to_frame().iloc[0][['n', 'N']])} of sessions"
    flags = material.emergent_events["serious"]
    serious, unknown = int(flags.fillna(False).sum()), int(flags.isna().sum())
    if unknown and unknown == len(flags):
        detail += "; whether serious is not recorded"
    elif unknown and not serious:
        detail += f"; serious events: none among {len(flags) - unknown} recorded, not recorded for {unknown}"
    else:
        detail += f"; {count(serious, 'serious event')}" + (
            f" (not recorded for {unknown})" if unknown else ""
        )
    detail += _fatal(material)
    return KeyFigure(percent(row["percent"], row["N"]), "of patients had an adverse event", detail)


def _fatal(material: Material) -> str:
    """Say how many events are coded fatal, and of how many of these the coding contradicts itself."""
    events = material.emergent_events
    fatal = events["outcome"].eq("fatal").fillna(False).astype(bool)
    if not fatal.any():
        return ""
    wrong = int(coding_to_check(events)[fatal].ne("").sum())
    if wrong == fatal.sum():
        return f"; {wrong} coded fatal: {CHECK}"
    return f"; {int(fatal.sum())} fatal" + (f" ({CHECK}: {wrong})" if wrong else "")


def _complete(material: Material) -> KeyFigure:
    rows = material.periods
    recorded, possible = int(rows["days_recorded"].sum()), int(rows["days_possible"].sum())
    if not possible:
        return KeyFigure("\N{EN DASH}", RECORDED, "no patient has a period")
    detail = f"{recorded:,} of {possible:,} possible days, in the baseline and in the follow-up periods that have begun"
    return KeyFigure(percent(100 * recorded / possible, possible), RECORDED, detail)


def _sentence(material: Material) -> str:
    """Say in words what happened to the endpoint in the first period."""
    row, rules = _first_change(material), material.study.rules
    if row is None or row["n"] == 0:
        words = endpoint_words(rules.endpoint)
        return f"How {words} changed cannot be said: no patient has enough diary days before and after the treatment."
    n = int(row["n"])
    return change_words(row, rules, f"The {n} patients" if n > 1 else "The 1 patient") + _left_out(row)


def _left_out(row: pd.Series) -> str:
    """Say how many patients the comparison cannot use."""
    lost = int(row["N"] - row["n"])
    if not lost:
        return ""
    verb = "is" if lost == 1 else "are"
    return f" {lost} of the {row['N']} patients followed {verb} not in this comparison: no value in one of the two windows, mostly for too few diary days."
