"""Pain and speed: before and after each session of the first course, how soon it fell, and whether it lasted."""

from __future__ import annotations

from functools import partial

import pandas as pd

from outcomes.page.blocks import Block, Section, TableBlock, Words
from outcomes.page.material import Material
from outcomes.page.picture import picture
from outcomes.page.view import View
from outcomes.plots.speed import speed
from outcomes.tables.description import Column, Table
from outcomes.tables.formats import Format, Interval, Number, Ratio, Share, Text
from outcomes.tables.numbers import interval, number, signed

__all__ = ["pain"]

NAME, TITLE = "pain", "Pain and speed"
#: Session numbers in the table; the rest are in `oc.speed`.
MOST = 8
DOUBT = "Pain also falls by itself: a fall is not an effect of the treatment."


def pain(view: View) -> Section:
    """Return how far pain fell in each session, how soon, and for the clinic whether it lasted."""
    if view.pooled_arms:
        return _of_arms(view)
    rows = view.pain
    if not len(rows) or rows["estimate"].isna().all():
        reason = "No session number has pain before and after for enough patients."
        return Section(NAME, TITLE, (Words(reason),), "absent", reason)
    blocks = [*view.for_the_clinic(_how_soon), _rows_of(rows), Words(DOUBT)]
    return Section(NAME, TITLE, tuple(blocks), finding=_finding(rows))


def _of_arms(view: View) -> Section:
    """Return the same of each arm by itself; never pooled."""
    blocks, said = list[Block](), list[str]()
    for place, (arm, one) in enumerate(view.arms.items(), 1):
        rows = one.pain
        if not one.enough or not len(rows) or rows["estimate"].isna().all():
            continue
        drawn = one.for_the_clinic(partial(_how_soon, arm=f"{arm}: ", name=f"speed-{place}"))
        blocks += [*drawn, _rows_of(rows, arm=f"{arm}: ", name=f"pain-by-session-{place}")]
        row = rows[rows["estimate"].notna()].iloc[0]
        limits = f" ({interval(row['lower'], row['upper'])})" if pd.notna(row["lower"]) else ""
        said.append(f"{arm} {signed(row['estimate'])}{limits} in session {row['session']:.0f}")
    if not blocks:
        reason = "No arm has pain before and after the sessions of enough patients."
        return Section(NAME, TITLE, (Words(reason),), "absent", reason)
    finding = f"Change in pain on average: {', '.join(said)}"
    return Section(NAME, TITLE, (*blocks, Words(DOUBT)), finding=finding)


def _rows_of(rows: pd.DataFrame, arm: str = "", name: str = "pain-by-session") -> TableBlock:
    """Return the table of the first sessions."""
    shown = rows.head(MOST)
    left = f" Sessions after the {MOST}th: oc.speed." if len(rows) > MOST else ""
    caption = f"{arm}{'pain' if arm else 'Pain'} (NRS 0-10) in the sessions of the first course.{left}"
    return TableBlock(_table(shown, name), caption)


def _finding(rows: pd.DataFrame) -> str:
    """Say how far pain fell on average in the first session that has ratings."""
    row = rows[rows["estimate"].notna()].iloc[0]
    limits = f" (change {interval(row['lower'], row['upper'])})" if pd.notna(row["lower"]) else ""
    way = "fell" if row["estimate"] < 0 else "rose"
    size = number(abs(row["estimate"]))
    return f"Pain {way} by {size} points on average in session {row['session']:.0f}{limits}"


def _table(rows: pd.DataFrame, name: str) -> Table:
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
    columns = {key: Column(label, how) for key, (label, how) in wanted.items() if key in rows}
    return Table(name, rows.assign(session=rows["session"].astype("str")), columns)


def _how_soon(material: Material, *, arm: str = "", name: str = "speed") -> list[Block]:
    """Return the curve of first falls, with the time by which half had been seen."""
    found = material.speed
    if not len(found.curve().to_frame()):
        return []
    half = found.median().to_frame().iloc[0]
    when = (
        f"; half by hour {number(half['estimate'])}"
        if pd.notna(half["estimate"])
        else "; fewer than half were"
    )
    caption = f"{arm}{'patients' if arm else 'Patients'} whose pain had been seen to fall by 2 points or more, by hours since the start of the course{when}. It may have fallen before it was asked about."
    return [picture(speed(found), name, caption)]
