"""Pain and speed: before and after each session of the first course, how soon it fell, and whether it lasted."""

from __future__ import annotations

import pandas as pd

from outcomes.page.blocks import Block, Section, TableBlock, Words
from outcomes.page.material import Material
from outcomes.page.picture import picture
from outcomes.page.view import View
from outcomes.plots.speed import speed
from outcomes.tables.description import Column, Table
from outcomes.tables.formats import Format, Interval, Number, Ratio, Share, Text
from outcomes.tables.numbers import interval, number

__all__ = ["pain"]

NAME, TITLE = "pain", "Pain and speed"
#: Session numbers in the table; the rest are in `oc.speed`.
MOST = 8
DOUBT = "Pain also falls by itself: a fall is not an effect of the treatment."


def pain(view: View) -> Section:
    """Return how far pain fell in each session, how soon, and for the clinic whether it lasted."""
    if view.pooled_arms:
        reason = "Arms are not pooled: see oc.speed, arm by arm."
        return Section(NAME, TITLE, (Words(reason),), "absent", reason)
    rows = view.pain
    if not len(rows) or rows["estimate"].isna().all():
        reason = "No session number has pain before and after of enough patients."
        return Section(NAME, TITLE, (Words(reason),), "absent", reason)
    blocks: list[Block] = [*view.for_the_clinic(_how_soon)]
    shown = rows.head(MOST)
    left = f" Sessions after the {MOST}th: oc.speed." if len(rows) > MOST else ""
    caption = f"Pain (NRS 0-10) in the sessions of the first course.{left}"
    blocks += [TableBlock(_table(shown), caption), Words(DOUBT)]
    return Section(NAME, TITLE, tuple(blocks), finding=_finding(rows))


def _finding(rows: pd.DataFrame) -> str:
    """Say how far pain fell on average in the first session that has ratings."""
    row = rows[rows["estimate"].notna()].iloc[0]
    limits = f" (change {interval(row['lower'], row['upper'])})" if pd.notna(row["lower"]) else ""
    way = "fell" if row["estimate"] < 0 else "rose"
    size = number(abs(row["estimate"]))
    return f"Pain {way} by {size} points on average in session {row['session']}{limits}"


def _table(rows: pd.DataFrame) -> Table:
    wanted: dict[str, tuple[str, Format]] = {
        "session": ("Session", Text("session")),
        "n": ("n/N", Ratio()),
        "before_mean": ("Before", Number("before_mean")),
        "after_mean": ("After", Number("after_mean")),
        "estimate": ("Change", Number("estimate", sign=True)),
        "lower": ("95% interval", Interval()),
        "fell": ("Fell by 2 or more", Share("fell", "able")),
        "lasts": ("Lasted, of those rated again", Ratio("lasts", "known")),
    }
    columns = {name: Column(label, how) for name, (label, how) in wanted.items() if name in rows}
    return Table("pain-by-session", rows.assign(session=rows["session"].astype("str")), columns)


def _how_soon(material: Material) -> list[Block]:
    """Return the curve of first falls, with the time by which half had been seen."""
    found = material.speed
    if not len(found.curve().to_frame()):
        return []
    half = found.median().to_frame().iloc[0]
    when = (
        f"; half by hour {number(half['estimate'])}"
        if pd.notna(half["estimate"])
        else "; half were not seen to"
    )
    caption = f"Patients whose pain had been seen to fall by 2 points or more, by hours since the start of the course{when}. It may have fallen before it was asked about."
    return [picture(speed(found), "speed", caption)]
