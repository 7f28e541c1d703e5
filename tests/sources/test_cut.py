"""Rows are cut block by block, and a column of two texts by these: as one read of the whole file."""

from __future__ import annotations

import csv
import io

import numpy as np
import pytest

from outcomes.sources import cut
from outcomes.sources.conventions import TableSource

NAMES = ["patient", "headache", "nausea", "unilateral", "note"]
ROWS = 400
ANSWERS = ["yes", "no"]


def rows_of(rng: np.random.Generator, late: str, at: float) -> list[list[str]]:
    """Return rows of which one column of answers holds another text from a place on."""
    answers = [rng.choice(ANSWERS, ROWS), rng.choice([*ANSWERS, ""], ROWS), np.repeat("no", ROWS)]
    answers = [column.astype(object) for column in answers]  # room for longer texts
    answers[int(rng.integers(3))][int(at * ROWS) :: 7] = late
    texts = rng.choice(["", "a, b", "über"], ROWS)
    ids = [f"P{row // 9:02d}" for row in range(ROWS)]
    return [list(map(str, row)) for row in zip(ids, *answers, texts, strict=True)]


@pytest.mark.parametrize("late", ["yes", "", "Yes", " yes", "y", "not known"])
@pytest.mark.parametrize("at", [0.0, 0.3, 0.99])
def test_blocks_give_every_text_as_it_stands(monkeypatch, late, at):
    monkeypatch.setattr(cut, "FIRST", 150)
    monkeypatch.setattr(cut, "BLOCK", 1_000)
    rows = rows_of(np.random.default_rng(3), late, at)
    lines = io.StringIO()
    csv.writer(lines, lineterminator="\n").writerows(rows)
    broken = {50: "too,few", 333: "one,too,many,of,all,these"}
    text = lines.getvalue().splitlines()
    whole = [broken.get(place, line) + "\n" * (place % 60 == 0) for place, line in enumerate(text)]
    read, odd = cut.cut_rows(
        "\n".join(whole).encode() + b"\n", NAMES, file="diary.csv", source=TableSource(file="diary.csv")
    )
    assert {line.row: line.text for line in odd} == broken
    right = [row for place, row in enumerate(rows) if place not in broken]
    for name, wanted in zip(NAMES, zip(*right, strict=True), strict=True):
        assert tuple(read[name].astype(str)) == wanted
        assert set(read[name].categories) == set(wanted)  # a column is read by its different texts


def test_a_row_longer_than_a_block_and_no_rows(monkeypatch):
    monkeypatch.setattr(cut, "FIRST", 8)
    monkeypatch.setattr(cut, "BLOCK", 16)
    source = TableSource(file="diary.csv")
    long = "x" * 100
    read, odd = cut.cut_rows(f"a,{long}\nb,y".encode(), ["id", "note"], file="diary.csv", source=source)
    assert (list(read["note"]), odd) == ([long, "y"], [])
    read, odd = cut.cut_rows(b"\n\n\n", ["id", "note"], file="diary.csv", source=source)
    assert (len(read["id"]), odd) == (0, [])
