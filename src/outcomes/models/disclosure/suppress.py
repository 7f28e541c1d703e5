"""Take small counts out of a result, and with them every number from which they could be calculated."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import replace
from numbers import Integral

import numpy as np
import pandas as pd

from outcomes.errors import ArgumentError, instance_of
from outcomes.models.disclosure.protect import LIMIT, protect
from outcomes.models.disclosure.system import Cell, System
from outcomes.models.stats.input_frames import check_columns
from outcomes.results import Estimates

__all__ = ["few_behind", "suppress", "withhold"]

#: Status of a row whose numbers are not shown.
STATUS = "withheld"
#: Column that names the columns withheld in a row, separated by spaces; the tables read it.
MARK = "withheld"
#: Numbers of a row that say nothing about its count.
KEPT = frozenset({"N", "level"})


def suppress(
    result: Estimates,
    *,
    limit: int = LIMIT,
    sums: Sequence[tuple[int, Sequence[int]]] = (),
    full: bool = False,
    subject: str = "patient_id",
) -> Estimates:
    """Return a result without the numbers that could say something about fewer than `limit` people.

    Parameters
    ----------
    result : Estimates
        With columns ``n`` and ``N``: people or sessions with a property, and at risk.
    limit : int, people
        A row goes when n or N - n is 1 to ``limit - 1``, or when fewer than `limit` people stand behind its n
        (`result.members`): sessions can be many and their patients few. n = 0 stays.
    sums : sequence of (int, sequence of int)
        Positions of rows: the n of the first is the sum of those of the others, such as any event and each
        worst grade. Further rows are withheld until no small n can be calculated.
    full : bool
        Keep rows with n = N. By default they go: who knows that somebody took part would know of the
        property.
    subject : str
        Column of `result.members` that names people.

    Returns
    -------
    Estimates
        In rows that are withheld every number but N is missing, ``withheld`` names the columns, and the
        status says so. The result has no `members`, which name people.

    Raises
    ------
    ArgumentError
        When there is no n and N, n is not between 0 and N, or a sum does not hold.

    Examples
    --------
    >>> import pandas as pd
    >>> frame = pd.DataFrame({"term": ["nausea", "syncope"], "n": [12, 2], "N": 40, "percent": [30.0, 5.0]})
    >>> shown = suppress(Estimates(frame, "Events", "n / N"))
    >>> shown[["term", "n", "N"]]
          term     n   N
    0   nausea    12  40
    1  syncope  <NA>  40
    >>> shown["withheld"].tolist()
    ['', 'n percent']
    """
    instance_of("result", result, Estimates, hint="give what incidence(...) or rates(...) returned")
    frame = result.to_frame()
    instance_of("limit", limit, Integral, hint="give a number of people")
    instance_of("sums", sums, Iterable, hint="give pairs: a row and the rows that it is the sum of")
    if not {"n", "N"} <= set(frame.columns):
        raise ArgumentError("the result has no n and N", got=", ".join(map(str, frame.columns)))
    check_columns("result", frame, ["n", "N"], numbers=["n", "N"])
    n, total = (frame[name].to_numpy(dtype=np.float64, na_value=np.nan) for name in ("n", "N"))
    if not np.all((n >= 0) & (n <= total)):
        raise ArgumentError("n is not between 0 and N in a row", got="a count that is missing or too large")
    few = few_behind(result, limit=limit, subject=subject)
    small = [number for number in range(len(frame)) if 0 < total[number] < limit]
    if not full:
        few = few | ((n == total) & (total > 0))
    system = _system(n, total, few, sums, set(small))
    hidden = protect(system, limit=limit)
    rows = sorted({number for number in range(len(frame)) if f"n{number}" in hidden} | set(small))
    shown = withhold(result, rows, limit=limit)
    return withhold(shown, small, columns=["N"], limit=limit) if small else shown


def few_behind(result: Estimates, *, limit: int = LIMIT, subject: str = "patient_id") -> np.ndarray:
    """Return whether fewer than `limit` people stand behind the n of each row; nobody is not few."""
    members, rows = result.members, len(result)
    if members is None or subject not in members or "row" not in members:
        return np.zeros(rows, dtype=bool)
    people = members.drop_duplicates(["row", subject]).groupby("row").size()
    behind = people.reindex(range(rows), fill_value=0).to_numpy()
    return np.asarray((behind > 0) & (behind < limit))


def _system(
    n: np.ndarray,
    total: np.ndarray,
    few: np.ndarray,
    sums: Sequence[tuple[int, Sequence[int]]],
    gone: set[int],
) -> System:
    """Return n, N - n and N of each row as a system; rows of small groups go as a whole."""
    cells, held = dict[str, Cell](), list[tuple[str, list[str]]]()
    for row in range(len(n)):
        rest = total[row] - n[row]
        few_here = bool(few[row]) and n[row] > 0
        cells[f"n{row}"] = Cell(int(n[row]), few=few_here)
        if row in gone:
            continue
        cells[f"rest{row}"] = Cell(int(rest), printed=False)
        cells[f"N{row}"] = Cell(int(total[row]), weight=np.inf, slack=True)
        held.append((f"N{row}", [f"n{row}", f"rest{row}"]))
    held += [(f"n{first}", [f"n{part}" for part in parts]) for first, parts in sums]
    return System(cells, held)


def withhold(
    result: Estimates, rows: Collection[int], *, columns: Sequence[str] | None = None, limit: int = LIMIT
) -> Estimates:
    """Return a result without the numbers of some rows.

    Parameters
    ----------
    result : Estimates
        Any.
    rows : collection of int
        Positions.
    columns : sequence of str, optional
        Numbers to take out; by default all but N.
    limit : int, people
        For the note.
    """
    frame = result.to_frame()
    chosen = np.isin(np.arange(len(frame)), list(rows))
    numbers = [
        name
        for name in frame.columns
        if (name in columns if columns is not None else name not in KEPT)
        and pd.api.types.is_numeric_dtype(frame[name])
        and not pd.api.types.is_bool_dtype(frame[name])
        and name != "grade"
    ]
    for name in numbers:
        values = frame[name].astype("Int64") if pd.api.types.is_integer_dtype(frame[name]) else frame[name]
        frame[name] = values.mask(chosen)
    before = frame[MARK] if MARK in frame else pd.Series("", index=frame.index)
    frame[MARK] = before.where(~chosen, before + " " + " ".join(numbers)).str.strip()
    if "status" in frame:
        frame["status"] = frame["status"].astype("object").where(~chosen, STATUS)
    notes = () if not len(rows) else (_note(limit),)
    meta = {key: value for key, value in result.meta.items() if key not in ("events", "patients")}
    return replace(
        result,
        frame=frame,
        members=None,
        notes=(*(note for note in result.notes if note not in notes), *notes),
        meta=meta | {"withheld": int((frame[MARK] != "").sum()), "limit": limit},
    )


def _note(limit: int) -> str:
    return (
        f"Withheld: counts of 1 to {limit - 1} people, or of all but that "
        "few, and what they could be calculated from."
    )
