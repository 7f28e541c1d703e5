"""Which counts are withheld so that no small one can be told: of nested shares, and of shares that add up."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd

from outcomes.models.disclosure import Cell, System, protect, withhold
from outcomes.page.view.shares import counted
from outcomes.results import Estimates

__all__ = ["protected_shares", "responders_to_withhold"]

#: The responder levels, each within the one before it.
LEVELS = ("responder_30", "responder_50", "responder_75", "responder_100")
#: Label of values that somebody typed, when few people have them.
TYPED = "labels withheld"


def responders_to_withhold(rows: pd.DataFrame, *, limit: int) -> list[int]:
    """Return the rows to withhold: each level is within the one before it, and so are those between."""
    cells, sums = dict[str, Cell](), list[tuple[str, list[str]]]()
    for period, part in rows.groupby("period", observed=True, sort=False):
        total = int(part["N"].iloc[0])
        chain = [
            (str(place), int(part.loc[place, "n"]))
            for place in part.index
            if part.loc[place, "term"] in LEVELS
        ]
        _nested(cells, sums, (f"all {period}", total), chain)
        for place in part.index[~part["term"].isin(LEVELS)]:
            alone = [(str(place), int(part.loc[place, "n"]))]
            _nested(cells, sums, (f"all {period} {place}", total), alone)
    hidden = protect(System(cells, sums), limit=limit)
    return [int(name) for name in hidden if name.isdigit()]


def _nested(
    cells: dict[str, Cell],
    sums: list[tuple[str, list[str]]],
    whole: tuple[str, int],
    chain: list[tuple[str, int]],
) -> None:
    """Add counts each of which is part of the one before, and those between two of them."""
    before, larger = whole
    cells[before] = Cell(larger, slack=True, weight=np.inf)
    for place, (name, n) in enumerate(chain):
        cells[name] = Cell(n, few=n == larger > 0 and place == 0, weight=len(chain) - place)
        between = f"{before} not {name}"
        cells[between] = Cell(larger - n, printed=False)
        sums.append((before, [name, between]))
        before, larger = name, n


def protected_shares(
    values: pd.Series, *, of: int, people: pd.Series | None, free: bool, limit: int
) -> Estimates:
    """Return how many have each value: they add up to all, and are protected so."""
    counts = counted(values, of=of)
    cells = {str(name): Cell(int(n)) for name, n in counts.items()}
    if people is not None:
        few = people.groupby(values.fillna("not recorded").astype("str").to_numpy()).nunique() < limit
        cells = {name: replace(cell, few=bool(few.get(name, False))) for name, cell in cells.items()}
    if len(cells) == 1:
        cells = {name: replace(cell, few=True) for name, cell in cells.items()}
        system = System(cells)
    else:
        system = System(cells | {"\0all": Cell(of, slack=True, weight=np.inf)}, [("\0all", list(cells))])
    hidden = protect(system, limit=limit)
    frame = pd.DataFrame({"value": list(cells), "n": counts.to_numpy(dtype=np.int64), "N": of})
    gone = frame["value"].isin(hidden).to_numpy()
    made = withhold(Estimates(frame, "", ""), np.flatnonzero(gone).tolist(), limit=limit)
    rows = made.to_frame().assign(gone=gone)
    if free:
        rows = _unnamed(rows)
    rows = rows.sort_values(["gone", "n", "value"], ascending=[True, False, True])
    return replace(made, frame=rows.drop(columns="gone"))


def _unnamed(rows: pd.DataFrame) -> pd.DataFrame:
    """Put the values of few people into one row without their labels, which are free text."""
    few = rows["gone"] & (rows["value"] != "not recorded")
    return pd.concat([rows[~few], rows[few].iloc[:1].assign(value=TYPED)], ignore_index=True)
