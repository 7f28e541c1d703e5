"""The change of subgroups, exploratory, alone and drawn towards each other."""

from __future__ import annotations

import pandas as pd

from outcomes.errors import OutcomesError
from outcomes.page.blocks import Section, TableBlock, Words
from outcomes.page.material import Material
from outcomes.page.picture import picture
from outcomes.page.view import View
from outcomes.page.wording import per_month
from outcomes.plots.subgroups import subgroups
from outcomes.tables.description import Column, Table
from outcomes.tables.formats import Interval, Number, PValue, Ratio, Text

__all__ = ["who_benefits"]

NAME, TITLE = "who-benefits", "Subgroups (exploratory)"
#: Adjusted P below which levels of a factor are said to differ.
DIFFERS = 0.05
DOUBT = "Exploratory: among several ways of dividing the patients, some differ by chance. P: whether the levels differ, given the baseline (Holm). A difference between subgroups is not a difference in what the treatment does."


def who_benefits(view: View) -> Section:
    """Return the section; it has no rule for readers outside."""
    return view.everything(_who_benefits)


def _who_benefits(material: Material) -> Section:
    try:
        rows = material.subgroups.to_frame()
    except OutcomesError as error:
        return _absent(f"There are no subgroups to compare: {error.what}.")
    tested = rows[rows["p_adjusted"].notna()]
    if not len(tested):
        return _absent("No two subgroups of the same kind have 5 patients each with a change.")
    kinds = tested["factor"].unique()
    shown = rows[rows["factor"].isin([*kinds, "all"]) & rows["estimate"].notna()].reset_index(drop=True)
    unit = per_month(material.study.rules.endpoint, material.study.rules)
    what = f"difference in change in {unit}" if material.subgroups.meta["arms"] else f"change in {unit}"
    drawn = picture(
        subgroups(shown, xlabel=what),
        "subgroups",
        "Each subgroup alone, and shrunk towards the others of its kind, with 95% intervals.",
    )
    table = TableBlock(_table(shown), f"{what.capitalize()} of subgroups.")
    return Section(NAME, TITLE, (drawn, table, Words(DOUBT)), finding=_finding(tested))


def _absent(reason: str) -> Section:
    return Section(NAME, TITLE, (Words(reason),), "absent", reason)


def _finding(tested: pd.DataFrame) -> str:
    """Name the kinds whose levels differ after adjustment; else say that none do."""
    differ = tested[tested["p_adjusted"] < DIFFERS]["factor"].unique()
    names = [_words(name) for name in differ]
    if not names:
        return f"No clear difference between subgroups by {', '.join(map(_words, tested['factor'].unique()))}"
    return f"The change differs by {', '.join(names)}; exploratory, not an effect of the treatment"


def _words(factor: object) -> str:
    return str(factor).replace("_", " ")


def _table(rows: pd.DataFrame) -> Table:
    rows = rows.assign(factor=rows["factor"].map(_words).str.capitalize())
    columns = {
        "subgroup": Column("Subgroup", Text("subgroup")),
        "n": Column("n/N", Ratio()),
        "estimate": Column("Change", Number("estimate", sign=True)),
        "interval": Column("95% interval", Interval()),
        "shrunken": Column("Drawn together", Number("shrunken", sign=True)),
        "shrunken_interval": Column("95% interval", Interval("shrunken_lower", "shrunken_upper")),
        "p": Column("P", PValue("p_adjusted")),
    }
    return Table("subgroups", rows, columns, groups="factor")
