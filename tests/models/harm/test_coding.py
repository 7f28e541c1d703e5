"""Contradictions in the coding stand beside the number; what is not known is never a zero."""

from __future__ import annotations

import pandas as pd
import pytest

from outcomes.models.harm.coding import coding_to_check
from outcomes.models.harm.tables import overview, safety_data, serious_listing


def events(*rows: tuple[bool | None, int | None, str | None]) -> pd.DataFrame:
    frame = pd.DataFrame(rows, columns=["serious", "grade", "outcome"])
    frame["patient_id"] = [f"p{i}" for i in range(len(rows))]
    return frame.assign(term="x").astype({"serious": "boolean", "grade": "Int64", "outcome": "str"})


def data(*rows: tuple[bool | None, int | None, str | None]):
    made = events(*rows)
    return safety_data(made, made[["patient_id"]])


@pytest.mark.parametrize(
    ("row", "words"),
    [
        ((True, 5, "fatal"), ""),
        ((True, 3, "recovered"), ""),
        ((False, 5, "fatal"), "fatal but not serious"),
        ((False, 1, "fatal"), "fatal but not serious, fatal but grade below 5"),
        ((True, None, "fatal"), ""),
        ((True, 5, "recovered"), "grade 5 but not fatal"),
        ((False, 5, None), "grade 5 but not fatal, grade 5 but not serious"),
        ((None, 2, "recovered"), "serious not known"),
    ],
)
def test_what_is_to_be_checked(row, words) -> None:
    assert coding_to_check(events(row, (True, 3, "recovered"))).tolist() == [words, ""]


def test_what_nobody_recorded_contradicts_nothing() -> None:
    rows = events((None, 5, None), (None, 2, None))
    assert coding_to_check(rows).tolist() == ["", ""]
    assert coding_to_check(rows[["patient_id", "term"]]).tolist() == ["", ""]


def test_a_drowsiness_coded_fatal_is_to_be_checked_beside_the_number_and_in_the_listing() -> None:
    made = data((False, 1, "fatal"), (True, 3, "recovered"), (False, 1, "recovered"))
    assert (
        "fatal: coding to be checked of 1 event (fatal but not serious, fatal but grade below 5)"
        in overview(made).notes
    )
    listing = serious_listing(made)
    assert listing["patient_id"].tolist() == ["p0", "p1"]
    assert listing["coding to be checked"].tolist() == ["fatal but not serious, fatal but grade below 5", ""]
    assert listing.meta == {"events": 1, "patients": 1, "to_check": 1}


def test_0_serious_is_written_only_when_it_was_recorded_for_every_event() -> None:
    known = overview(data((False, 1, "recovered"), (False, 2, "recovered"))).to_frame().set_index("term")
    assert known.loc["serious", ["n", "percent", "status"]].tolist() == [0, 0.0, "ok"]
    made = data((False, 1, "recovered"), (None, 2, "recovered"))
    rows = overview(made).to_frame().set_index("term")
    assert rows.loc["serious not known", ["n", "N"]].tolist() == [1, 2]
    assert pd.isna(rows.loc["serious", "percent"])
    assert rows.loc["serious", "status"].startswith("not known")
    assert serious_listing(made)["patient_id"].tolist() == ["p1"]
    some = overview(data((True, 3, "recovered"), (None, 2, "recovered"))).to_frame().set_index("term")
    assert some.loc["serious", ["n", "status"]].tolist() == [1, "ok"]
