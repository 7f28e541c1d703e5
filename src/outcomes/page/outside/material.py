"""What the sections for readers outside may use: estimates whose small counts are gone.

Every count has all treated patients, or all their sessions, as its denominator: with one population for the whole
page nobody can be told from the difference of two of them.
"""

from __future__ import annotations

from dataclasses import replace
from functools import cached_property

import numpy as np
import pandas as pd

from outcomes.models.disclosure import Cell, System, protect, withhold
from outcomes.models.headache.means import means
from outcomes.models.stats.intervals import proportion
from outcomes.page.material import Material
from outcomes.page.outside.harm import harm_counts, pick
from outcomes.results import Estimates

__all__ = ["Outside"]

#: The responder levels, each within the one before it.
LEVELS = ("responder_30", "responder_50", "responder_75", "responder_100")


class Outside:
    """Protected estimates of one study.

    Parameters
    ----------
    material : Material
        Everything; only this class looks at it.
    limit : int, people
        Counts of 1 to ``limit - 1`` are withheld; means, quartiles and rates need twice the limit.
    """

    def __init__(self, material: Material, *, limit: int) -> None:
        self._all = material
        self.limit = limit
        self.smallest = 2 * limit
        self.study = material.study

    @cached_property
    def patients(self) -> int:
        """Treated patients."""
        return len(self._all.treated)

    @cached_property
    def sessions(self) -> int:
        """Sessions."""
        return len(self.study.sessions)

    @property
    def enough(self) -> bool:
        """Whether anything can be said of a group of this size."""
        return self.patients >= self.smallest

    @cached_property
    def change(self) -> Estimates:
        """Change per period; n goes where it would tell how few are missing, small periods go whole."""
        rows = self._all.change.to_frame()
        n = rows["n"].to_numpy(dtype=np.int64)
        tells = [place for place, value in enumerate(n) if 0 < self.patients - value < self.limit]
        keep = rows["n"] >= self.smallest
        found = replace(self._all.change, members=None, notes=())
        # in a small study P and the interval together have one n only that fits them
        found = withhold(found, tells, columns=["n", "p_value"], limit=self.limit)
        gone = ["N", "sd", "std_error", "df", "statistic"]
        shown = found.to_frame()[keep.to_numpy()].drop(columns=gone, errors="ignore")
        return replace(found, frame=shown, meta={})

    @cached_property
    def means(self) -> Estimates:
        """Mean per period of the patients who have a change: the same patients as in `change`."""
        rows = self._all.periods
        found = means(rows[rows["change"].notna()])
        n = self.change.to_frame()[["period", "n"]].assign(period=lambda frame: frame["period"].astype("str"))
        frame = found.to_frame().drop(columns=["n", "N", "sd", "std_error"])
        frame["period"] = frame["period"].astype("str")
        return replace(found, frame=frame.merge(n, on="period"), notes=())

    @cached_property
    def responders(self) -> Estimates:
        """Responders of all treated patients per period that is due for all or for clearly fewer."""
        found = self._all.responders
        rows = found.to_frame()
        rows = rows[rows["missing"] == "non_responder"]
        begun = self._all.change.to_frame().set_index("period")["N"]
        due = begun.index[begun == self.patients]
        rows = rows[rows["period"].isin(due)].reset_index(drop=True)
        rows["N"] = self.patients
        rows["percent"] = 100 * rows["n"] / self.patients
        n = rows["n"].to_numpy(dtype=np.float64)
        limits = proportion(n, np.full(len(n), float(self.patients)), method="wilson")
        rows["lower"], rows["upper"] = (100 * np.asarray(limit) for limit in limits)
        kept = rows[["period", "term", "missing", "n", "N", "percent", "lower", "upper"]]
        made = replace(found, frame=kept, members=None, notes=(), meta={})
        return withhold(made, self._responder_rows(kept), limit=self.limit)

    def _responder_rows(self, rows: pd.DataFrame) -> list[int]:
        """Return the rows to withhold: each level is within the one before it, and so are those between."""
        cells, sums = dict[str, Cell](), list[tuple[str, list[str]]]()
        for period, part in rows.groupby("period", observed=True, sort=False):
            chain = [
                (str(place), int(part.loc[place, "n"]))
                for place in part.index
                if part.loc[place, "term"] in LEVELS
            ]
            _nested(cells, sums, (f"all {period}", self.patients), chain)
            for place in part.index[~part["term"].isin(LEVELS)]:
                alone = [(str(place), int(part.loc[place, "n"]))]
                _nested(cells, sums, (f"all {period} {place}", self.patients), alone)
        hidden = protect(System(cells, sums), limit=self.limit)
        return [int(name) for name in hidden if name.isdigit()]

    @cached_property
    def harm(self) -> dict[str, tuple[Estimates, Estimates | None]]:
        """Events by group, the overview and the worst grades: patients, and sessions when there are enough."""
        units = ("patient", "session") if self.sessions >= self.smallest else ("patient",)
        made = [harm_counts(self._harm(unit), limit=self.limit) for unit in units]
        return {name: (made[0][name], made[1][name] if len(made) > 1 else None) for name in made[0]}

    def _harm(self, unit: str) -> dict[str, Estimates]:
        """Return the tables of one unit."""
        overview, grades = self._all.safety["overview"], self._all.safety["by_worst_grade"]
        groups = self._all.events_by("group") if unit == "patient" else self._all.session_events_by("group")
        of_unit = (overview.to_frame()["unit"] == unit).to_numpy()
        graded = ((grades.to_frame()["group"] == "any") & (grades.to_frame()["unit"] == unit)).to_numpy()
        assert groups is not None, "sessions are asked for only when there are some"
        found = {
            "groups": groups,
            "overview": pick(overview, of_unit),
            "by_worst_grade": pick(grades, graded),
        }
        return found if unit == "session" else {name: _unclustered(part) for name, part in found.items()}

    def shares(self, values: pd.Series, *, of: int, people: pd.Series | None = None) -> Estimates:
        """Return how many have each value, with those who have none: they add up to all, and are protected so.

        Parameters
        ----------
        values : Series
            One a patient or session, missing where not recorded.
        of : int
            How many there are.
        people : Series, optional
            The patient of each value, when a patient has several.
        """
        named = values.astype("object").where(values.notna(), "not recorded")
        counts = named.value_counts()
        absent = of - int(counts.sum())
        if absent:
            counts["not recorded"] = counts.get("not recorded", 0) + absent
        cells = {str(name): Cell(int(n)) for name, n in counts.items()}
        if people is not None:
            few = people.groupby(named.to_numpy()).nunique() < self.limit
            cells = {name: replace(cell, few=bool(few.get(name, False))) for name, cell in cells.items()}
        if len(cells) == 1:
            cells = {name: replace(cell, few=True) for name, cell in cells.items()}
            system = System(cells)
        else:
            system = System(cells | {"\0all": Cell(of, slack=True, weight=np.inf)}, [("\0all", list(cells))])
        hidden = protect(system, limit=self.limit)
        frame = pd.DataFrame({"value": list(cells), "n": counts.to_numpy(dtype=np.int64), "N": of})
        order = [name in hidden for name in cells]
        made = withhold(Estimates(frame, "", ""), np.flatnonzero(order).tolist(), limit=self.limit)
        rows = (
            made.to_frame()
            .assign(gone=order)
            .sort_values(["gone", "n", "value"], ascending=[True, False, True])
        )
        return replace(made, frame=rows.drop(columns="gone"))

    def rows(self, table: str) -> dict[str, int | None]:
        """Return received, accepted and rejected rows of a table; None where few would be told."""
        flow = self.study.flow
        sums = flow[flow["table"] == table].groupby("status")["rows"].sum()
        names = ("received", "accepted", "rejected")
        cells = {name: Cell(int(sums.get(name, 0)), weight=3 if name == "accepted" else 1) for name in names}
        hidden = protect(System(cells, [("received", ["accepted", "rejected"])]), limit=self.limit)
        return {name: None if name in hidden else cells[name].value for name in names}

    @property
    def inside(self) -> Material:
        """Everything, for what does not count people: rules, files, quartiles of enough patients."""
        return self._all


def _nested(
    cells: dict[str, Cell],
    sums: list[tuple[str, list[str]]],
    whole: tuple[str, int],
    chain: list[tuple[str, int]],
) -> None:
    """Add counts of which each is within the one before it, and those who are between two."""
    before, larger = whole
    cells[before] = Cell(larger, slack=True, weight=np.inf)
    for place, (name, n) in enumerate(chain):
        cells[name] = Cell(n, few=n == larger > 0 and place == 0, weight=len(chain) - place)
        between = f"{before} not {name}"
        cells[between] = Cell(larger - n, printed=False)
        sums.append((before, [name, between]))
        before, larger = name, n


def _unclustered(result: Estimates) -> Estimates:
    """Leave out the limits for sessions, which patients do not have."""
    frame = result.to_frame().drop(columns=["lower_cluster", "upper_cluster"], errors="ignore")
    return replace(result, frame=frame)
