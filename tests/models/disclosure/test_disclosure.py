"""Small counts cannot be found again: checked by counting every table that agrees with what is shown."""

from __future__ import annotations

from itertools import product

import numpy as np
import pandas as pd
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from scipy.optimize import linprog

import outcomes as oc
from outcomes.errors import ArgumentError
from outcomes.models.disclosure import Cell, System, possible, protect, suppress, withhold
from outcomes.results import Estimates

LIMIT = 5


def every_table(system: System, hidden: set[str], largest: int) -> list[dict[str, int]]:
    """Return all whole tables up to a largest value that agree with what is shown, without any solver."""
    names = list(system.cells)
    choices = [
        [cell.value] if cell.printed and name not in hidden else range(1 if cell.printed else 0, largest + 1)
        for name, cell in system.cells.items()
    ]
    tables = (dict(zip(names, values, strict=True)) for values in product(*choices))
    return [
        t for t in tables if all(t[total] == sum(t[part] for part in parts) for total, parts in system.sums)
    ]


def margin(values: dict[str, int], total: str = "all") -> System:
    cells = {name: Cell(value) for name, value in values.items()}
    return System(cells | {total: Cell(sum(values.values()), weight=50)}, [(total, list(values))])


def test_one_small_count_under_a_total_takes_a_second_with_it():
    hidden = protect(margin({"a": 2, "b": 6, "c": 40}))
    assert hidden == {"a", "b"}
    assert possible(margin({"a": 2, "b": 6, "c": 40}), hidden) == {"a": (1, 7), "b": (1, 7)}


def test_the_ranges_are_those_of_all_tables_that_agree():
    system = margin({"a": 2, "b": 3, "c": 9})
    hidden = set(protect(system))
    tables = every_table(system, hidden, 14)
    found = possible(system, hidden)
    for name in hidden:
        values = [table[name] for table in tables]
        assert found[name] == (min(values), max(values))


def test_two_small_counts_alone_are_not_enough_when_their_sum_is_small():
    # 2 + 2 = 4: each could only be 1, 2 or 3
    hidden = protect(margin({"a": 2, "b": 2, "c": 8, "d": 30}))
    assert hidden == {"a", "b", "c"}


def test_a_zero_is_shown_and_protects_nothing():
    hidden = protect(margin({"a": 3, "b": 0, "c": 20}))
    assert hidden == {"a", "c"}


def test_cumulative_grades_and_their_difference():
    """Grade 3+ is the sum of its grades; shown beside them it would give a small one away."""
    values = {"g1": 13, "g2": 26, "g3": 14, "g4": 4, "g5": 1}
    cells = {name: Cell(n) for name, n in values.items()} | {
        "any": Cell(58, weight=9),
        "g3+": Cell(19, weight=9),
    }
    system = System(cells, [("any", list(values)), ("g3+", ["g3", "g4", "g5"])])
    hidden = protect(system)
    assert {"g4", "g5"} <= hidden
    assert hidden & {"g3", "g3+"}
    for name in ("g4", "g5"):
        low, high = possible(system, hidden)[name]
        assert high - low >= LIMIT - 1


def test_those_left_over_are_protected_although_nobody_prints_them():
    cells = {"N": Cell(60, weight=np.inf, slack=True), "n": Cell(58), "rest": Cell(2, printed=False)}
    system = System(cells, [("N", ["n", "rest"])])
    assert protect(system) == {"n"}


def test_a_two_way_table_with_both_margins():
    """A small cell of a two-way table needs a rectangle of withheld cells."""
    table = np.array([[20, 9, 31], [8, 2, 17], [30, 12, 25]])
    cells = {f"{r}{c}": Cell(int(table[r, c])) for r in range(3) for c in range(3)}
    cells |= {f"r{r}": Cell(int(table[r].sum()), weight=999) for r in range(3)}
    cells |= {f"c{c}": Cell(int(table[:, c].sum()), weight=999) for c in range(3)}
    sums = [(f"r{r}", [f"{r}{c}" for c in range(3)]) for r in range(3)]
    sums += [(f"c{c}", [f"{r}{c}" for r in range(3)]) for c in range(3)]
    hidden = protect(System(cells, sums))
    rows = {name[0] for name in hidden}
    columns = {name[1] for name in hidden}
    assert "11" in hidden
    assert len(hidden) == 4, "the smallest pattern is a rectangle"
    assert (len(rows), len(columns)) == (2, 2)


counts = st.lists(st.integers(0, 30), min_size=2, max_size=6)


@settings(max_examples=40, deadline=None)
@given(counts, st.lists(st.integers(0, 5), min_size=1, max_size=3), st.integers(3, 7))
def test_random_sums_of_sums_cannot_be_reconstructed(values, second, limit):
    """Each part, the total, an overlapping partial sum, and what is left of a larger population."""
    assume(sum(values) + second[0] >= 2 * limit)  # of a smaller population that is known nothing is told
    parts = {f"p{number}": value for number, value in enumerate(values)}
    cells = {name: Cell(value) for name, value in parts.items()}
    chosen = sorted({f"p{number % len(values)}" for number in second})
    cells["all"] = Cell(sum(values), weight=5)
    cells["some"] = Cell(sum(parts[name] for name in chosen), weight=3)
    cells["population"] = Cell(sum(values) + second[0], slack=True, weight=np.inf)
    cells["others"] = Cell(second[0], printed=False)
    sums = [("all", list(parts)), ("some", chosen), ("population", ["all", "others"])]
    system = System(cells, sums)
    hidden = protect(system, limit=limit)
    attack(system, hidden, limit)


def attack(system: System, hidden: frozenset[str] | set[str], limit: int) -> None:
    """Bound each small count by linear programming, written here anew; no range may be too short."""
    names = list(system.cells)
    rows = np.zeros((len(system.sums), len(names)))
    for number, (total, parts) in enumerate(system.sums):
        rows[number, names.index(total)] = -1
        for part in parts:
            rows[number, names.index(part)] += 1
    bounds = []
    for name, cell in system.cells.items():
        shown = cell.printed and name not in hidden
        bounds.append((cell.value, cell.value) if shown else (1.0 if cell.printed else 0.0, None))
    for name, cell in system.cells.items():
        if cell.slack or not (cell.few or 0 < cell.value < limit):
            continue
        aim = np.zeros(len(names))
        aim[names.index(name)] = 1
        low = linprog(aim, A_eq=rows, b_eq=np.zeros(len(rows)), bounds=bounds)
        high = linprog(-aim, A_eq=rows, b_eq=np.zeros(len(rows)), bounds=bounds)
        assert low.success
        assert low.fun <= cell.value + 1e-7
        if high.status == 3:  # unbounded
            continue
        assert -high.fun - low.fun >= limit - 1 - 1e-7, f"{name} is told"


@settings(max_examples=15, deadline=None)
@given(st.lists(st.integers(0, 9), min_size=2, max_size=4))
def test_random_partitions_by_counting_every_table(values):
    system = margin({f"p{number}": value for number, value in enumerate(values)})
    hidden = set(protect(system))
    if not system.sensitive(LIMIT):
        assert hidden == set()
        return
    tables = every_table(system, hidden, max(sum(values), 2) + 6)
    for name in system.sensitive(LIMIT):
        told = {table[name] for table in tables}
        assert len(told) >= LIMIT, "whole numbers, counted one by one"


def events(n: list[int], total: int = 40) -> Estimates:
    frame = pd.DataFrame({"term": [f"t{place}" for place in range(len(n))], "n": n, "N": total})
    frame = frame.assign(percent=100 * frame["n"] / total, lower=1.0, upper=2.0, events=frame["n"])
    return Estimates(frame, "Events", "n / N", meta={"events": sum(n), "arm": None})


def test_a_result_loses_every_number_of_a_small_row_but_its_denominator():
    before = events([12, 2, 38, 0, 40])
    shown = suppress(before).to_frame()
    assert shown["n"].isna().tolist() == [False, True, True, False, True]
    for name in ("percent", "lower", "upper", "events"):
        assert shown[name].isna().tolist() == shown["n"].isna().tolist()
    assert shown["N"].tolist() == [40] * 5
    assert before["n"].tolist() == [12, 2, 38, 0, 40], "the result that was given is as it was"
    assert "events" not in suppress(before).meta


def test_all_of_a_group_may_be_shown_when_asked():
    assert suppress(events([40]), full=True)["n"].tolist() == [40]


def test_many_sessions_of_few_patients_are_withheld_and_no_members_leave():
    members = pd.DataFrame({"row": [0] * 9 + [1] * 9, "patient_id": [*"aabbccdda", *"abcdefghi"]})
    found = events([9, 9])
    shown = suppress(Estimates(found.to_frame(), found.title, found.method, members=members, meta=found.meta))
    assert shown["n"].isna().tolist() == [True, False]
    assert shown.members is None


def test_a_small_denominator_goes_too():
    shown = suppress(events([2], total=4)).to_frame()
    assert shown[["n", "N"]].isna().all().all()


def test_rows_that_add_up_are_protected_together():
    found = events([30, 20, 6, 4], total=60)
    shown = suppress(found, sums=[(0, [1, 2, 3])])
    assert shown["n"].isna().tolist() == [False, False, True, True]


def test_some_columns_only_can_be_withheld():
    shown = withhold(events([12, 13]), [1], columns=["n"]).to_frame()
    assert shown["n"].isna().tolist() == [False, True]
    assert shown["percent"].notna().all()
    assert shown["withheld"].tolist() == ["", "n"]


def test_what_cannot_be_right_is_refused():
    with pytest.raises(ArgumentError, match="no n and N"):
        oc.suppress(Estimates(pd.DataFrame({"x": [1]}), "", ""))
    with pytest.raises(ArgumentError, match="n is not between 0 and N"):
        oc.suppress(events([50]))
    with pytest.raises(ArgumentError, match="the limit is too small"):
        protect(margin({"a": 2, "b": 3}), limit=2)
    with pytest.raises(ArgumentError, match=r"a total is not the sum of its parts\. got: all"):
        System({"all": Cell(3), "a": Cell(2)}, [("all", ["a"])])


def test_a_small_count_that_everybody_knows_stops_the_publication():
    from outcomes.errors import ModelError

    with pytest.raises(ModelError, match="known anyway"):
        protect(System({"a": Cell(2, weight=np.inf)}))
