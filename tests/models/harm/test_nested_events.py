"""Groups with their terms at any and at worst grade: a recount in plain Python, and the order of the rows."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import outcomes as oc
from outcomes.errors import ArgumentError

ANY = "any"


@pytest.fixture(scope="module")
def trial() -> tuple[pd.DataFrame, pd.DataFrame]:
    rng = np.random.default_rng(3)
    patients = pd.DataFrame({"patient_id": [f"p{i}" for i in range(40)], "arm": ["active", "placebo"] * 20})
    who, term = rng.integers(0, 40, 150), rng.choice(5, 150, p=[0.05, 0.15, 0.4, 0.3, 0.1])
    grade = pd.array(rng.integers(1, 5, 150), dtype="Int64")
    grade[rng.random(150) < 0.1] = None
    events = pd.DataFrame({"patient_id": patients["patient_id"].to_numpy()[who], "grade": grade})
    events["group"] = np.array(["nerve", "gut", "gut", "nerve", "skin"])[term]
    events["term"] = np.array(["tremor", "vomiting", "nausea", "drowsiness", "rash"])[term]
    return events, patients


def by_hand(events: pd.DataFrame, patients: pd.DataFrame) -> dict[tuple[str, ...], tuple[int, int]]:
    """Return (group, term, grade, arm) -> patients and events, counted patient by patient."""
    arm = dict(zip(patients["patient_id"], patients["arm"], strict=True))
    rows = list(events[["patient_id", "group", "term", "grade"]].itertuples(index=False, name=None))
    keys = {(ANY, ANY)} | {(g, ANY) for _, g, _, _ in rows} | {(g, t) for _, g, t, _ in rows}
    found: dict[tuple[str, ...], tuple[int, int]] = {}
    for group, term in keys:
        mine = [row for row in rows if group in (ANY, row[1]) and term in (ANY, row[2])]
        grades = {row[3] if row[3] is not pd.NA else 0 for row in mine}
        for side in ("active", "placebo"):
            inside = [row for row in mine if arm[row[0]] == side]
            people = {row[0] for row in inside}
            found[group, term, ANY, side] = (len(people), len(inside))
            worst = {p: max(0 if r[3] is pd.NA else r[3] for r in inside if r[0] == p) for p in people}
            for grade in grades:
                events_of = sum((0 if r[3] is pd.NA else r[3]) == grade for r in inside)
                name = str(grade) if grade else "not graded"
                found[group, term, name, side] = (sum(w == grade for w in worst.values()), events_of)
    return found


@pytest.mark.parametrize("sort", ["name", "frequency", "difference"])
def test_every_row_is_the_count_by_hand(trial, sort) -> None:
    events, patients = trial
    data = oc.safety_data(events, patients, arm="arm")
    result = oc.nested_events(data, sort=sort, reference="placebo")
    frame = result.to_frame()
    found = {
        (row.group, row.term, row.grade, row.arm): (row.n, row.events)
        for row in frame.itertuples(index=False)
    }
    assert found == by_hand(events, patients)
    assert set(frame["N"]) == {20}
    people = result.members.groupby("row")["patient_id"].nunique().reindex(range(len(frame)), fill_value=0)
    assert people.tolist() == frame["n"].tolist()
    grades = frame[frame["grade"] != ANY].groupby(["group", "term", "arm"])["n"].sum()
    pd.testing.assert_series_equal(
        grades, frame[frame["grade"] == ANY].groupby(["group", "term", "arm"])["n"].sum()
    )


def heads(frame: pd.DataFrame, arm: str = "active") -> list[tuple[str, str]]:
    rows = frame[(frame["grade"] == ANY) & (frame["arm"] == arm)]
    return list(rows[["group", "term"]].itertuples(index=False, name=None))


def test_rows_come_by_frequency_or_by_difference(trial) -> None:
    events, patients = trial
    data = oc.safety_data(events, patients, arm="arm")
    frame = oc.nested_events(data).to_frame()
    order = heads(frame)
    assert order[0] == (ANY, ANY)
    largest = frame[frame["grade"] == ANY].groupby(["group", "term"])["percent"].max()
    groups = [group for group, term in order[1:] if term == ANY]
    assert [largest[group, ANY] for group in groups] == sorted(largest[groups].xs(ANY, level=1), reverse=True)
    for group in groups:
        terms = [largest[one] for one in order if one[0] == group and one[1] != ANY]
        assert terms == sorted(terms, reverse=True)
    apart = oc.nested_events(data, sort="difference", reference="placebo").to_frame()
    wide = apart[apart["grade"] == ANY].pivot(index=["group", "term"], columns="arm", values="percent")
    gap = (wide["active"] - wide["placebo"]).abs()
    groups = [group for group, term in heads(apart)[1:] if term == ANY]
    assert [gap[group, ANY] for group in groups] == sorted((gap[g, ANY] for g in groups), reverse=True)


def test_sessions_come_in_the_order_of_patients(trial) -> None:
    events, patients = trial
    sessions = patients[["patient_id"]].assign(session_id="1")
    data = oc.safety_data(events.assign(session_id="1"), patients, sessions=sessions)
    frame = oc.nested_events(data).to_frame()
    by_unit = [part[["group", "term", "grade"]].to_numpy().tolist() for _, part in frame.groupby("unit")]
    assert by_unit[0] == by_unit[1]
    assert frame["unit"].tolist() == sorted(frame["unit"])


def test_what_cannot_be_sorted_is_refused(trial) -> None:
    events, patients = trial
    with pytest.raises(ArgumentError, match="a difference needs an arm"):
        oc.nested_events(oc.safety_data(events, patients), sort="difference")
    with pytest.raises(ArgumentError, match="allowed: active, placebo"):
        oc.nested_events(oc.safety_data(events, patients, arm="arm"), sort="difference", reference="none")
    with pytest.raises(ArgumentError, match="sort is not one of its options"):
        oc.nested_events(oc.safety_data(events, patients), sort="grade")
