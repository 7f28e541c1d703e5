"""Names that the columns of a result have: a user's own column of such a name would be overwritten."""

from __future__ import annotations

from collections.abc import Collection, Iterable

from outcomes.errors import ArgumentError

__all__ = ["RESERVED", "check_reserved"]

#: Columns of results, whichever function makes them. Nothing that names rows or arms may be called so.
RESERVED = frozenset(
    {
        "n",
        "N",
        "percent",
        "events",
        "estimate",
        "std_error",
        "df",
        "statistic",
        "lower",
        "upper",
        "lower_cluster",
        "upper_cluster",
        "p_value",
        "p_adjusted",
        "contrast",
        "status",
        "missing",
        "row",
        "event_row",
        "n_reference",
        "N_reference",
        "events_reference",
        "exposure_reference",
        "_layer",
        "_after",
    }
)


def check_reserved(
    columns: Iterable[str | None], *, own: Collection[str] = (), hint: str = "rename the column"
) -> None:
    """Refuse columns of the user that the result needs for itself, and a column with two roles.

    Parameters
    ----------
    columns : iterable of str
        What the user named in ``by=``, ``arm=`` and the like; None is nothing.
    own : collection of str
        Further columns of this function's result.
    hint : str
        What to do.

    Raises
    ------
    ArgumentError
        With the names, which are the user's own.
    """
    named = [name for name in columns if name]
    taken = [name for name in named if name in RESERVED or name in own]
    taken += [name for name in dict.fromkeys(named) if named.count(name) > 1]
    if taken:
        raise ArgumentError(
            "a column of the table would have two meanings",
            got=", ".join(map(repr, dict.fromkeys(taken))),
            hint=hint,
        )
