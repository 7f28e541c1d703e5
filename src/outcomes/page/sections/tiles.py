"""The tiles of the front but for harm: who, better or worse, how much, how long, how complete."""

from __future__ import annotations

import pandas as pd

from outcomes.page.blocks import KeyFigure
from outcomes.page.sections.front_change import TILE
from outcomes.page.sections.who import described
from outcomes.page.view import View
from outcomes.page.view.withheld import Withheld, shown_count
from outcomes.page.wording import less, per_month
from outcomes.plots.better_same_worse import better_same_worse
from outcomes.plots.style import axes_or_new
from outcomes.plots.svg import svg
from outcomes.tables.description import WITHHELD
from outcomes.tables.numbers import EMPTY, interval, percent, signed

__all__ = ["POOR", "RECORDED", "better_or_worse", "complete", "judgement", "lasts", "treated"]

#: Under this share of recorded days a caution stands over everything, and above the other the diaries are good.
POOR, GOOD = 50.0, 80.0
#: Arms or styles of course that are named.
MOST_KINDS = 4
RECORDED = "of all possible diary days were recorded"


def treated(view: View) -> KeyFigure:
    """Return how many were treated, and of which kinds."""
    if view.sessions == 0:
        said = "; ".join(["no session records were given", *described(view)])
        return KeyFigure(str(view.patients), "patients with an index date", said)
    detail = shown_count(view.sessions, "session")
    if not isinstance(view.courses, Withheld):
        detail += f" in {shown_count(view.courses, 'course')}"
    return KeyFigure(
        str(view.patients), "patients treated", "; ".join([*described(view), *_kinds(view), detail])
    )


def _kinds(view: View) -> list[str]:
    """Say how many patients each cohort has."""
    found = view.facts.get("Cohort")
    if found is None:
        return []
    rows = found.to_frame().dropna(subset=["n"]).head(MOST_KINDS)
    said = ", ".join(f"{value} {n}" for value, n in zip(rows["value"], rows["n"], strict=True))
    return [f"cohort: {said}"] if said else []


def better_or_worse(view: View) -> KeyFigure | None:
    """Return how many got better and worse, with the bar and each patient; None without a change."""
    found = view.directions
    if found is None:
        return None
    counts = {name: n for name, n in found.counts.items() if not isinstance(n, Withheld)}
    whole = len(counts) == len(found.counts)
    median = str(found.median) if isinstance(found.median, Withheld) else signed(found.median)
    told = [f"{counts[name]} {name}" for name in ("better", "worse") if name in counts]
    value = ", ".join(told) or "better, worse: withheld"
    hidden = "".join(f"{name}: {WITHHELD}; " for name in ("better", "worse") if told and name not in counts)
    label = f"median change {median} {per_month(view.rules.endpoint, view.rules)}"
    detail = f"{found.period}, of {view.patients} treated; {hidden}the same: {found.same}; no value: {found.without}; {_responded(view)}"
    drawn = better_same_worse(counts, ax=axes_or_new(None, height=0.75, width=TILE)) if whole else None
    drawings = [] if drawn is None else [svg(drawn, name="directions")]
    each = view.waterfall(TILE)
    colour = "; bars in full colour: at least 50%" if each else ""
    return KeyFigure(value, label, f"{detail}{colour}", (*drawings, *each))


def _responded(view: View) -> str:
    """Say how many responded, of all treated patients."""
    rows = view.responders.to_frame()
    rows = rows[(rows["term"] == "responder_50") & (rows["missing"] == "non_responder")]
    label = f"at least 50% {less(view.rules.endpoint)}"
    if not len(rows) or rows.iloc[0]["N"] == 0:
        return f"{label}: no period is over for enough patients"
    row = rows.iloc[0]
    if pd.isna(row["n"]):
        return f"{label}: {WITHHELD}"
    limits = interval(row["lower"], row["upper"], 0)
    return f"{label}: {percent(row['percent'], row['N'])} ({row['n']}/{row['N']}, 95% interval {limits}%), missing counts as no response"


def lasts(view: View) -> KeyFigure | None:
    """Return how many who fell are still better; None where it is not estimated."""
    row = view.still_better
    if row is None:
        return None
    limits = f"95% interval {interval(100 * row['lower'], 100 * row['upper'], 0)}%"
    limits = "no interval" if pd.isna(row["lower"]) else limits
    how = "not treated again" if row["model"] else "headache not back, not treated again"
    label = f"of the {row['N']} whose days fell by 30% or more still better on day {row['day']:.0f} after the course"
    detail = f"{limits}; {row['at_risk']:.0f} still followed, {how}"
    return KeyFigure(f"{100 * row['estimate']:.0f}%", label, detail)


def complete(view: View) -> KeyFigure:
    """Return how complete the diaries are, with a judgement."""
    found = view.complete
    if found is None:
        return KeyFigure(EMPTY, RECORDED, "no patient has a period")
    days = "" if isinstance(found.recorded, Withheld) else f"{found.recorded:,} of {found.possible:,} days; "
    return KeyFigure(percent(found.percent, 1000), RECORDED, f"{days}{judgement(found.percent)}")


def judgement(share: float) -> str:
    """Return how good a share of recorded days is."""
    if share >= GOOD:
        return "good: few days have to be guessed"
    if share >= POOR:
        return "fair: the missing days could change the numbers; see how certain they are"
    return "poor: see the caution above"
