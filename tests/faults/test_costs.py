"""What a bad cell costs: for each column of each table what the contract says of it, the row or the cell."""

from __future__ import annotations

import pandas as pd
import pytest

import outcomes as oc
from outcomes.schema.contract import specs
from outcomes.schema.export import data_dictionary
from outcomes.schema.tables import TABLES

BAD = "Zebra77"
FITS = {"instrument": "HIT-6", "score": "50", "term": "nausea", "end": "T10:00Z"}


def sound(name: str, place: int) -> str:
    """Return a text that the contract takes in a column that a row needs."""
    spec, day = specs_of[name], f"2026-01-{place + 1:02d}"
    if name in FITS:
        return day + FITS[name] if FITS[name].startswith("T") else FITS[name]
    kinds = {"id": f"x{place}", "date": day, "timestamp": f"{day}T09:00Z", "yesno": "yes", "number": "1"}
    return kinds.get(spec.kind) or spec.codes[0]


specs_of = {name: spec for table in TABLES for name, spec in specs(table).items()}


@pytest.mark.parametrize("table", TABLES)
def test_a_bad_cell_costs_what_the_contract_says(table):
    columns = specs(table)
    needed = [name for name, spec in columns.items() if spec.required]
    bad = [name for name, spec in columns.items() if spec.kind not in ("id", "text")]
    frame = pd.DataFrame({name: [sound(name, place) for place in range(len(bad))] for name in needed})
    frame = frame.reindex(columns=list(dict.fromkeys([*needed, *bad])), fill_value="").astype("str")
    for place, name in enumerate(bad):
        frame.loc[place, name] = BAD
    checked = oc.validate({table: frame})
    lost = set(checked.rejected[table]["row"] - 1)
    for place, name in enumerate(bad):
        here = checked.findings.query("row == @place + 1 and column == @name and severity == 'error'")
        words = {"row": "row rejected", "cell": "cell not used"}[columns[name].cost]
        assert set(here["cost"]) == {words}, name
        assert (place in lost) == (columns[name].cost == "row"), name
    assert not checked.findings.drop(columns="raw").to_csv().count(BAD)


@pytest.mark.parametrize("table", TABLES)
def test_the_published_contract_says_what_an_error_costs(table):
    told = data_dictionary()
    part = told[told.index(f"## {table}") :].split("\n## ")[0]
    for name, spec in specs(table).items():
        line = next(line for line in part.splitlines() if line.startswith(f"| {name} "))
        assert f"| the {spec.cost} |" in line, name
