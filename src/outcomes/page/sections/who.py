"""Who was studied: patients' facts and how they were treated."""

from __future__ import annotations

import pandas as pd

from outcomes.page.blocks import Block, Section, TableBlock, Words
from outcomes.page.view import View
from outcomes.page.view.in_one_piece import Spread
from outcomes.page.view.view import AGE
from outcomes.page.view.withheld import Withheld
from outcomes.tables.data import plain_table
from outcomes.tables.description import MARK, Column, Table
from outcomes.tables.formats import Percent, Ratio, Text
from outcomes.tables.numbers import interval, number

__all__ = ["described", "who"]


def who(view: View) -> Section:
    """Return the section on patients and treatment."""
    blocks: list[Block] = []
    if "patients" not in view.given:
        blocks.append(
            Words("There is no table of patients: age, sex and diagnosis are not known to this report.")
        )
    if "sessions" not in view.given:
        blocks.append(
            Words("There are no session records: day 0 is each patient's index date, and dose is not known.")
        )
    if view.facts:
        caption = "Patients with an infusion or index date."
        blocks.append(TableBlock(_facts(view), caption))
    shown = [spread for spread in view.spreads if not isinstance(spread.quartiles, Withheld)]
    if shown:
        blocks.append(TableBlock(_spreads(shown), "Patients and their treatment: median (quartiles)."))
    return Section("who", "Who was studied", tuple(blocks), finding=_finding(view))


def _finding(view: View) -> str:
    """Say how many patients, and what most of them have in common."""
    return ", ".join([f"{view.patients} patients" if view.patients != 1 else "1 patient", *described(view)])


def described(view: View) -> list[str]:
    """Say the most frequent diagnosis and the median age, as far as they may be told."""
    said = []
    if (found := view.facts.get("Diagnosis")) is not None:
        first = found.to_frame().iloc[0]
        if pd.notna(first["n"]):
            name = "another diagnosis" if first["value"] == "other" else first["value"].replace("_", " ")
            said.append(f"{first['n']} with {name}")
    age = next((one for one in view.spreads if one.label == AGE), None)
    if age is not None and not isinstance(age.quartiles, Withheld):
        said.append(f"median age {number(age.quartiles[0], age.digits)} years")
    return said


def _facts(view: View) -> Table:
    rows = pd.concat(
        [found.to_frame().assign(fact=heading) for heading, found in view.facts.items()], ignore_index=True
    )
    notes = dict.fromkeys(note for found in view.facts.values() for note in found.notes)
    rows["value"] = rows["value"].str.replace("_", " ")
    rows["percent"] = 100 * rows["n"].astype("Float64") / rows["N"]
    if MARK in rows:
        rows[MARK] = rows[MARK].str.replace("n", "n percent")
    columns = {
        "value": Column("Value", Text("value")),
        "n": Column("n/N", Ratio()),
        "percent": Column("%", Percent("percent", "N")),
    }
    return Table("people", rows, columns, groups="fact", notes=tuple(notes))


def _spreads(spreads: list[Spread]) -> Table:
    rows = pd.DataFrame(
        {"fact": one.label, "value": _written(one), "known": str(one.known)} for one in spreads
    )
    labels = {"fact": "Fact", "value": "Median (quartiles)", "known": "Known for"}
    if all(isinstance(one.known, Withheld) for one in spreads):
        rows = rows.drop(columns="known")
        del labels["known"]
    return plain_table(rows, labels, name="quartiles", text_columns=["fact"])


def _written(spread: Spread) -> str:
    if isinstance(spread.quartiles, Withheld):
        return str(spread.quartiles)
    middle, low, high = spread.quartiles
    return f"{number(middle, spread.digits)} ({interval(low, high, spread.digits)})"
