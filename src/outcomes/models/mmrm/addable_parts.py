"""Which parts of cross products add up: the same model and levels, and no part twice."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING

from outcomes.errors import ArgumentError, plural

if TYPE_CHECKING:
    from outcomes.models.mmrm.products import Products

__all__ = ["refuse_other_parts"]


def refuse_other_parts(one: Products, other: Products) -> None:
    """Refuse parts of another model or of other levels, and sums that are in both.

    Raises
    ------
    ArgumentError
        That says what differs.
    """
    if one.formula != other.formula:
        raise ArgumentError(
            "the parts have another formula",
            got=f"{one.formula!r}, {other.formula!r}",
            hint="write it in the same words in every part",
        )
    mine, theirs = asdict(one.roles), asdict(other.roles)
    for what in (name for name in mine if mine[name] != theirs[name]):
        raise ArgumentError(
            f"the parts have another column for {what}",
            got=f"{mine[what]!r}, {theirs[what]!r}",
            hint="name the same columns in every part",
        )
    mine, theirs = ({**part.levels, "visit": part.visits, "group": part.groups} for part in (one, other))
    odd = sorted(mine.keys() ^ theirs.keys())
    if odd:
        raise ArgumentError(
            "a column is numeric in one part and not in another",
            got=", ".join(odd),
            hint="read numbers as numbers in every part",
        )
    for name, levels in mine.items():
        if levels != theirs[name]:
            raise ArgumentError(
                f"the parts have other levels of {name}",
                got=f"{', '.join(levels)}; {', '.join(theirs[name])}",
                hint="declare the same levels in every part: pd.Categorical(..., categories=[...])",
            )
    twice = one.parts & other.parts  # its subjects would be counted twice
    if twice:
        raise ArgumentError(
            "the same sums are added twice",
            got=f"{plural(len(twice), 'part')} in both",
            allowed="parts with different subjects",
        )
