"""Mood, disability and quality of life: change of questionnaire scores, and to whom it matters."""

from __future__ import annotations

import pandas as pd

from outcomes.models.scores.instruments import INSTRUMENTS
from outcomes.page.blocks import Block, Section, TableBlock, Words
from outcomes.page.material import Material
from outcomes.page.picture import picture
from outcomes.page.view import View
from outcomes.plots.forest import forest
from outcomes.tables.data import plain_table
from outcomes.tables.description import Column, Table
from outcomes.tables.formats import Format, Interval, Number, Ratio, Text
from outcomes.tables.numbers import interval, share, signed

__all__ = ["mood"]

NAME, TITLE = "mood", "Mood, disability and quality of life"
DOUBT = "Scores are taken as missing at random; without a comparison group a change is not an effect of the treatment."


def mood(view: View) -> Section:
    """Return the mean change of each questionnaire, and for the clinic how many had a change that matters."""
    rows = view.scores
    if not len(rows) or rows["estimate"].isna().all():
        reason = "No questionnaire has the scores of enough patients before and after."
        return Section(NAME, TITLE, (Words(reason),), "absent", reason)
    rows = rows[rows["estimate"].notna()].reset_index(drop=True)
    blocks: list[Block] = []
    said = _finding(rows)
    if not view.pooled_arms:
        blocks += view.for_the_clinic(_meaningful)
        matters = [block.text for block in view.for_the_clinic(_matters) if isinstance(block, Words)]
        said = "".join(matters) or said
    blocks += [
        TableBlock(_table(rows), "Mean change in score from before the course, in points."),
        Words(DOUBT),
    ]
    return Section(NAME, TITLE, tuple(blocks), finding=said)


def _finding(rows: pd.DataFrame) -> str:
    """Say the change of each questionnaire in the first period."""
    first = rows[rows["period"].astype("str") == str(rows["period"].iloc[0])]
    if "arm" in first:  # limits of so many are in the table
        each = first.groupby("instrument", sort=False)
        said = [
            f"{name} " + " and ".join(f"{row.arm} {signed(row.estimate)}" for row in part.itertuples())
            for name, part in each
        ]
    else:
        said = [_told(row) for _, row in first.iterrows()]
    return f"Mean change in points, {first['period'].iloc[0]}: {', '.join(said)}"


def _told(row: pd.Series) -> str:
    limits = f" ({interval(row['lower'], row['upper'])})" if pd.notna(row["lower"]) else ""
    return f"{row['instrument']} {signed(row['estimate'])}{limits}"


def _table(rows: pd.DataFrame) -> Table:
    columns: dict[str, Column] = {"period": Column("Period", Text("period"))}
    more: dict[str, tuple[str, Format]] = {
        "arm": ("Arm", Text("arm")),
        "n": ("n/N", Ratio()),
        "estimate": ("Change", Number("estimate", sign=True)),
        "lower": ("95% interval", Interval()),
    }
    columns |= {name: Column(label, how) for name, (label, how) in more.items() if name in rows}
    return Table("scores", rows.astype({"period": "str"}), columns, groups="instrument")


def _met(material: Material) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return how many had a change that matters to one patient, a missing score counted as no change; and those of the first period."""
    rows = material.meaningful_scores.to_frame()
    rows = rows[rows["missing"] == "not_met"].reset_index(drop=True) if len(rows) else rows
    return rows, rows[rows["period"].astype("str") == str(rows["period"].iloc[0])] if len(rows) else rows


def _matters(material: Material) -> list[Block]:
    """Return in one sentence how many had a change that matters, by the first threshold of each questionnaire."""
    _, first = _met(material)
    if not len(first):
        return []
    instruments = first["term"].str.partition(":")[0]
    each = first.assign(instrument=instruments)[~instruments.duplicated()]
    said = [
        f"{name} {share(n, of)}"
        for name, n, of in each[["instrument", "n", "N"]].itertuples(index=False, name=None)
    ]
    return [Words(f"Patients with a change that matters, {first['period'].iloc[0]}: {', '.join(said)}")]


def _meaningful(material: Material) -> list[Block]:
    """Return the drawing and the table of changes that matter to one patient, by the verified thresholds."""
    rows, first = _met(material)
    if not len(rows):
        return []
    drawn = forest(
        first.assign(estimate=first["percent"]), label="term", digits=0, xlabel="percent of patients"
    )
    asked = set(material.scores.patients["instrument"].unique())
    told = rows.assign(
        period=rows["period"].astype("str"),
        said=[share(n, total) for n, total in rows[["n", "N"]].to_numpy()],
    ).pivot_table(index="term", columns="period", values="said", aggfunc="first", sort=False)
    labels = {"term": "Meaningful change"} | {name: name for name in told.columns}
    table = plain_table(told.fillna("").reset_index(), labels, name="meaningful", text_columns=["term"])
    about = f"Patients with a meaningful change, {first['period'].iloc[0]}, with 95% intervals; a missing score counts as none."
    sources = " ".join(f"{name}: {INSTRUMENTS[name].source}." for name in INSTRUMENTS if name in asked)
    return [
        picture(drawn, "meaningful", about),
        TableBlock(table, "The same by period."),
        Words(sources),
    ]
