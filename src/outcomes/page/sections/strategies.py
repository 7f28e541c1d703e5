"""The primary question under each strategy for a next course, side by side."""

from __future__ import annotations

import pandas as pd

from outcomes.page.blocks import Block, TableBlock, Words
from outcomes.page.material import Material
from outcomes.schema.estimand import NEXT_COURSE
from outcomes.tables.data import plain_table
from outcomes.tables.numbers import EMPTY, interval, number, signed

__all__ = ["strategies"]

LABELS = {
    "strategy": "A next course",
    "contrast": "Of",
    "n": "n/N",
    "estimate": "Estimate",
    "interval": "95% interval",
    "again": "Treated again before it",
    "status": "Remark",
}


def strategies(material: Material) -> list[Block]:
    """Return the table of `oc.what_if`, folded: the study's own strategy first."""
    found = material.strategies
    rows = found.to_frame()
    mean = found.meta["summary"] == "mean_change"
    columns = ["contrast", "arm", "n", "N", "treated_again", "lower", "upper"]
    rows = rows.reindex(columns=[*dict.fromkeys([*rows.columns, *columns])])
    text = pd.DataFrame(
        {
            "strategy": rows["strategy"].map(NEXT_COURSE),
            "contrast": rows["contrast"]
            .astype("object")
            .fillna(rows["arm"].astype("object"))
            .fillna("all patients"),
            "n": [_ratio(n, total) for n, total in rows[["n", "N"]].to_numpy()],
            "estimate": [_value(value, mean=mean) for value in rows["estimate"]],
            "interval": [interval(low, high, 1) for low, high in rows[["lower", "upper"]].to_numpy(float)],
            "again": [EMPTY if pd.isna(n) else f"{n:.0f}" for n in rows["treated_again"]],
            "status": rows["status"].where(rows["status"] != "ok", ""),
        }
    )
    one = text["contrast"].eq("all patients").all()
    labels = {name: label for name, label in LABELS.items() if name != "contrast" or not one}
    table = plain_table(
        text[[*labels]], labels, name="strategies", text_columns=["strategy", "contrast", "status"]
    )
    period = rows["period"].dropna().astype("str")
    when = f", {period.iloc[0]}" if len(period) else ""
    caption = f"The primary question{when} under each strategy for a next course."
    words = "Only the first line is the study's own answer; the others show how much the strategy matters."
    return [TableBlock(table, caption, folded=True), Words(words)]


def _value(value: float, *, mean: bool) -> str:
    if pd.isna(value):
        return EMPTY
    return signed(value, 1) if mean else f"{number(value, 0)}%"


def _ratio(n: float, total: float) -> str:
    return EMPTY if pd.isna(n) or pd.isna(total) else f"{n:.0f}/{total:.0f}"
