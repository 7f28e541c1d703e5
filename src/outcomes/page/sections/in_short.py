"""The opening: how many, how much change, what harm, how complete; in plain words made from the numbers."""

from __future__ import annotations

import pandas as pd

from outcomes.models.harm.coding import CHECK
from outcomes.page.blocks import Block, KeyFigure, KeyFigures, Section, Words
from outcomes.page.primary import with_doubt
from outcomes.page.sections.front_change import TILE, changed
from outcomes.page.view import View
from outcomes.page.view.withheld import Withheld, shown_count
from outcomes.page.wording import less, per_month
from outcomes.plots.better_same_worse import better_same_worse
from outcomes.plots.style import axes_or_new
from outcomes.plots.svg import svg
from outcomes.tables.description import WITHHELD
from outcomes.tables.numbers import EMPTY, interval, percent, share, signed

__all__ = ["in_short"]

#: Beside the figures of a study without a comparison group.
NOT_AN_EFFECT = (
    "All patients were treated: there is no comparison group, so a change here is what happened to these "
    "patients, not an effect of the drug. People start treatment when they are at their worst and improve without any: "
    "in trials of preventives, patients given a placebo infusion had 5.6 fewer migraine days a month in chronic migraine (PROMISE-2) and 2.1 fewer "
    "after 2 to 4 failed preventives (DELIVER); see the context below."
)


RECORDED = "of all possible diary days were recorded"

ARMS_POOLED = (
    "This study has arms. The change compares them; the other figures pool them, so they describe all patients together: "
    "a change from baseline in pooled arms is not an effect of a treatment."
)


#: Under this share of recorded days a caution stands over everything, and above the other the diaries are good.
POOR, GOOD = 50.0, 80.0
#: Arms or styles of course that are named.
MOST_KINDS = 4
#: Lines of the overview that the front names besides serious ones.
GRAVE = {"grade 3+": "grade 3 or higher", "infusion stopped": "infusion stopped"}
#: Tables of which every row that is not used is said on the first screen.
NAMED = ("sessions", "adverse_events", "diary")


def in_short(view: View) -> Section:
    """Return the front of the page: what a physician reads first, each tile with its finding."""
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
        few = f"Fewer than {view.smallest} patients were treated: numbers about so few patients are not shown outside the clinic."
        return Section("in-short", "In short", (*told, Words(few)))
    tiles = (_treated, _directions, changed, _lasts, _harm, _complete)
    figures = KeyFigures(tuple(tile for make in tiles if (tile := make(view)) is not None))
    caution = Words(ARMS_POOLED if view.pooled_arms else NOT_AN_EFFECT, "caution")
    blocks = (
        *_poor_diaries(view),
        Words(with_doubt(view.primary, view.estimand.variable or view.rules.endpoint)),
        figures,
        caution,
        *told,
    )
    return Section("in-short", "In short", blocks, folds=False)


def _poor_diaries(view: View) -> list[Block]:
    """Return the caution that stands over everything when most days were not recorded."""
    found = view.complete
    if found is None or found.percent >= POOR:
        return []
    return [
        Words(
            f"Fewer than half of the days were recorded ({percent(found.percent, 1000)}). Every number below rests on the days "
            "that were, and patients record more when they have headache or when they hope: read them with that doubt.",
            "caution",
        )
    ]


def _directions(view: View) -> KeyFigure | None:
    found = view.directions
    if found is None:
        return None
    counts = {name: n for name, n in found.counts.items() if not isinstance(n, Withheld)}
    whole = len(counts) == len(found.counts)
    median = str(found.median) if isinstance(found.median, Withheld) else signed(found.median)
    value = f"{found.better} better, {found.worse} worse"
    label = f"median change {median} {per_month(view.rules.endpoint, view.rules)}"
    detail = f"{found.period}, of {view.patients} treated; the same: {found.same}; no value: {found.without}; {_responded(view)}"
    drawn = better_same_worse(counts, ax=axes_or_new(None, height=0.75, width=TILE)) if whole else None
    drawings = [] if drawn is None else [svg(drawn, name="directions")]
    return KeyFigure(value, label, detail, (*drawings, *view.waterfall(TILE)))


def _lasts(view: View) -> KeyFigure | None:
    row = view.still_better
    if row is None:
        return None
    limits = interval(100 * row["lower"], 100 * row["upper"], 0)
    detail = f"95% interval {limits}%; of {row['N']} patients whose days fell by 30% or more, {row['at_risk']} are still followed and neither back nor treated again"
    return KeyFigure(
        f"{100 * row['estimate']:.0f}%", f"still better {row['day']:.0f} days after the course", detail
    )


def _treated(view: View) -> KeyFigure:
    if view.sessions == 0:
        return KeyFigure(str(view.patients), "patients with an index date", "no session records were given")
    detail = shown_count(view.sessions, "session")
    if not isinstance(view.courses, Withheld):
        detail += f" in {shown_count(view.courses, 'course')}"
    return KeyFigure(str(view.patients), "patients treated", "; ".join([detail, *_kinds(view)]))


def _kinds(view: View) -> list[str]:
    """Say how many are of each arm, or else of each style of course."""
    found = view.facts.get("Arm") if view.pooled_arms else view.facts.get("Cohort")
    if found is None:
        return []
    rows = found.to_frame().dropna(subset=["n"]).head(MOST_KINDS)
    return [f"{row.value} {row.n}" for row in rows.itertuples()]


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
    others = "; ".join(
        f"{words}: {WITHHELD if pd.isna(n[term]) else n[term]}" for term, words in GRAVE.items() if term in n
    )
    return f"patients with a serious event: {shown}{partly}{died}; {others}{_doubts(view)}"


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
    days = "" if isinstance(found.recorded, Withheld) else f"{found.recorded:,} of {found.possible:,} days; "
    return KeyFigure(
        percent(found.percent, 1000), RECORDED, f"{days}{_judgement(found.percent)}{_not_used(view)}"
    )


def _judgement(share: float) -> str:
    """Return what a share of recorded days is good for."""
    if share >= GOOD:
        return "good: few days have to be guessed"
    if share >= POOR:
        return "fair: the missing days could change the numbers, see how sure they are"
    return "poor: see the caution above"


def _not_used(view: View) -> str:
    """Say of what rows were not used."""
    if not view.unused:
        return ""
    said = ", ".join(
        f"{n} of {table.replace('_', ' ')}" for table, n in view.unused.items() if table in NAMED
    )
    return f". Rows not used: {said}" if said else ""
