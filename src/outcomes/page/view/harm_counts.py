"""The counts of adverse events of one unit, protected together: they are sums of each other, or within each other."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

import numpy as np

from outcomes.models.disclosure import Cell, System, few_behind, protect, withhold
from outcomes.page.material import Material
from outcomes.page.view.by_unit import by_unit, unclustered
from outcomes.results import Estimates

__all__ = ["counts_of", "harm_counts"]

SEVERE = (3, 4, 5)


@dataclass(slots=True)
class _Counts:
    """Cells and sums as they are found."""

    cells: dict[str, Cell] = field(default_factory=dict)
    sums: list[tuple[str, list[str]]] = field(default_factory=list)

    def count(self, name: str, n: int, total: int, *, few: bool) -> None:
        """Add a count with those who are left over; what everybody has says it of each, so that goes too."""
        self.cells[name] = Cell(n, few=few or n == total > 0)
        self.cells[f"rest {name}"] = Cell(total - n, printed=False)
        self.cells[f"all {name}"] = Cell(total, slack=True, weight=np.inf)
        self.sums.append((f"all {name}", [name, f"rest {name}"]))

    def within(self, smaller: str, larger: str) -> None:
        """Say that one count cannot be larger than another."""
        slack = f"{larger} beyond {smaller}"
        self.cells[slack] = Cell(
            self.cells[larger].value - self.cells[smaller].value, printed=False, slack=True
        )
        self.sums.append((larger, [smaller, slack]))


def counts_of(material: Material, unit: str) -> dict[str, Estimates]:
    """Return the tables of one unit, in which every count still stands."""
    groups = material.events_by("group") if unit == "patient" else material.session_events_by("group")
    assert groups is not None, "sessions are asked for only when there are some"
    found = {name: by_unit(material.safety[name], unit) for name in ("overview", "by_worst_grade")}
    return {"groups": groups if unit == "session" else unclustered(groups)} | found


def harm_counts(tables: Mapping[str, Estimates], *, limit: int) -> dict[str, Estimates]:
    """Return the tables of one unit without their small counts and what gives them away.

    Parameters
    ----------
    tables : mapping of str to Estimates
        ``groups``, ``overview`` and ``by_worst_grade``, each of the same patients or sessions.
    limit : int, people
        Counts of 1 to ``limit - 1`` are withheld, and sessions of so few patients.

    Notes
    -----
    Any event is the sum of the worst grades, and grade 3+ of grades 3, 4 and 5. Every line of the overview and every
    group is within any event, and any event is at most the sum of the groups.
    """
    counts = _Counts()
    for name, part in tables.items():
        frame, few = part.to_frame(), few_behind(part, limit=limit)
        for place, (n, total) in enumerate(zip(frame["n"], frame["N"], strict=True)):
            counts.count(f"{name} {place}", int(n), int(total), few=bool(few[place]))
    _sums(counts, tables)
    hidden = protect(System(counts.cells, counts.sums), limit=limit)
    return {
        name: withhold(
            replace(part, notes=_told(part)),
            [place for place in range(len(part)) if f"{name} {place}" in hidden],
            limit=limit,
        )
        for name, part in tables.items()
    }


def _told(part: Estimates) -> tuple[str, ...]:
    """Return the notes without counts: those of single events or patients stay inside."""
    return tuple(f"{answer}: not recorded" for answer in part.meta.get("not_recorded", ()))


def _sums(counts: _Counts, tables: Mapping[str, Estimates]) -> None:
    lines = {str(term): f"overview {place}" for place, term in enumerate(tables["overview"]["term"])}
    grades = {
        grade: f"by_worst_grade {place}" for place, grade in enumerate(tables["by_worst_grade"]["grade"])
    }
    groups = [f"groups {place}" for place in range(len(tables["groups"]))]
    largest = lines["any"]
    counts.sums.append((largest, list(grades.values())))
    if "grade 3+" in lines:
        counts.sums.append((lines["grade 3+"], [grades[grade] for grade in SEVERE if grade in grades]))
    for name in [*(name for term, name in lines.items() if term != "any"), *groups]:
        # the sessions of the groups are those within the window of the infusion: they may be fewer, never more
        if counts.cells[name].value <= counts.cells[largest].value:
            counts.within(name, largest)
    if groups:
        of_groups = sum(counts.cells[name].value for name in groups)
        if counts.cells[largest].value <= of_groups:
            counts.cells["groups"] = Cell(of_groups, printed=False, slack=True)
            counts.sums.append(("groups", groups))
            counts.within(largest, "groups")
    fatal, serious = (counts.cells.get(lines.get(name, "")) for name in ("fatal", "serious"))
    # a death that nobody has called serious is not within the serious ones
    if fatal and serious and fatal.value <= serious.value:
        counts.within(lines["fatal"], lines["serious"])
