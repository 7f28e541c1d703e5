"""Tables of companions to the main result: estimates on one or more scales, and tipping points in days."""

from __future__ import annotations

import pandas as pd

from outcomes.tables.description import Column, Table
from outcomes.tables.formats import Interval, Number, PValue, Ratio, Text, Whole

__all__ = ["scales_table", "tipping_table"]


def scales_table(rows: pd.DataFrame, label: str, *, name: str, about: str = "Remark") -> Table:
    """Return estimates grouped by the scale that they are on.

    Parameters
    ----------
    rows : DataFrame
        scale, what, n, N, estimate, lower, upper, p_value, and about: what the row assumes, or why it has no
        number.
    label : str
        Heading of ``what``.
    name : str
        Name of the table.
    about : str
        Heading of ``about``, which is left out when no row has any.

    Examples
    --------
    >>> rows = pd.DataFrame({"scale": ["Ratio"], "what": ["after"], "n": [5], "N": [6], "estimate": [0.8],
    ...                      "lower": [0.7], "upper": [0.9], "p_value": [0.01], "about": [""]})
    >>> scales_table(rows, "Phase", name="daily").lines()[1].texts
    ('after', '5/6', '0.80', '0.70 to 0.90', '.010')
    """
    columns = {
        "what": Column(label, Text("what")),
        "n": Column("n/N", Ratio()),
        "estimate": Column("Estimate", Number("estimate", 2)),
        "interval": Column("95% interval", Interval(digits=2)),
        "p": Column("P", PValue()),
        "about": Column(about, Text("about")),
    }
    if not rows["about"].astype(bool).any():
        del columns["about"]
    return Table(name, rows, columns, groups="scale")


def tipping_table(rows: pd.DataFrame, days: str, *, name: str = "tipping") -> Table:
    """Return for each period how many of the missing days must have been `days` to change the conclusion.

    Parameters
    ----------
    rows : DataFrame
        period, n patients without a value of N, days, assumed and needed days with the event, holds (what is
        concluded now) and verdict, both in words.
    days : str
        Days with the event, in words.
    name : str
        Name of the table.
    """
    columns = {
        "period": Column("Period", Text("period")),
        "n": Column("Without a value, n/N", Ratio()),
        "days": Column("Their days", Whole("days")),
        "assumed": Column(f"{days.capitalize()} as imputed", Whole("assumed")),
        "needed": Column("Needed to change the conclusion", Whole("needed")),
        "holds": Column("Conclusion now", Text("holds")),
        "verdict": Column("If that many", Text("verdict")),
    }
    return Table(name, rows, columns)
