"""The front's tile of the primary question: its number, its sentence in short, the placebo band beside it."""

from __future__ import annotations

import numpy as np
import pandas as pd

from outcomes.models.stats.few_patients import FEW
from outcomes.page.blocks import KeyFigure
from outcomes.page.primary import Primary
from outcomes.page.view import View
from outcomes.page.wording import less, per_month
from outcomes.plots.change_by_period import change_by_period
from outcomes.plots.style import axes_or_new
from outcomes.plots.svg import svg
from outcomes.tables.description import WITHHELD
from outcomes.tables.numbers import EMPTY, interval, signed

__all__ = ["TILE", "changed"]

#: Periods in the drawing of a tile.
MOST_PERIODS = 3
#: Size of a drawing in a tile, in inches.
TILE = 3.1


def changed(view: View) -> KeyFigure:
    """Return the tile: the contrast first where there are arms, then each arm."""
    found, unit = view.primary, _unit(view)
    row = found.row
    if row is None:
        few = f"fewer than {view.smallest} patients have" if view.limit else "no patient has"
        reason = f"{few} enough diary days before and after" if view.first_change is None else found.text
        return KeyFigure(EMPTY, f"change in {unit}", reason)
    mean = found.summary == "mean_change"
    percent = "" if mean else "%"
    limits = (
        f"95% interval {interval(row['lower'], row['upper'])}{percent}; " if pd.notna(row["lower"]) else ""
    )
    detail = f"{_what(found)}{row['period']}; {limits}{_counts(row)}{_arms(found)}"
    if mean:
        label = f"change in {unit}" + (f", {_contrast(row)}" if _contrast(row) else "")
        return KeyFigure(signed(row["estimate"]), label, detail, _drawing(view, unit))
    label = f"had at least {found.summary.removeprefix('responder_')}% {less(_endpoint(view))}"
    if "arm" in found.rows and len(found.rows) > 1:
        return _shares_of_arms(found, label, _drawing(view, unit))
    return KeyFigure(f"{row['estimate']:.0f}%", label, detail, _drawing(view, unit))


def _shares_of_arms(found: Primary, label: str, drawing: tuple[str, ...]) -> KeyFigure:
    """Return the tile of a share of responders in each arm."""
    rows = found.rows[found.rows["estimate"].notna()]
    value = ", ".join(f"{row['estimate']:.0f}% {row['arm']}" for _, row in rows.iterrows())
    said = [
        f"{row['arm']}: {row['n']:.0f}/{row['N']:.0f}, 95% interval {interval(row['lower'], row['upper'], 0)}%"
        for _, row in rows.iterrows()
    ]
    return KeyFigure(value, label, f"{rows.iloc[0]['period']}; {'; '.join(said)}", drawing)


def _endpoint(view: View) -> str:
    return view.estimand.variable or view.rules.endpoint


def _unit(view: View) -> str:
    return per_month(_endpoint(view), view.rules)


def _contrast(row: pd.Series) -> str:
    named = row.get("contrast")
    return named if isinstance(named, str) else ""


def _what(found: Primary) -> str:
    row = found.row
    assert row is not None, "asked for a number only"
    if _contrast(row):
        return f"difference of means, {_contrast(row)}, "
    return "mean of " if found.summary == "mean_change" else ""


def _counts(row: pd.Series) -> str:
    n = f"n {WITHHELD}" if pd.isna(row["n"]) else f"n = {int(row['n'])}"
    return f"{n} of {int(row['N'])}" if pd.notna(row.get("N")) else n


def _arms(found: Primary) -> str:
    """Say the other contrasts, and the mean of each arm behind them."""
    if not len(found.contrasts):
        return ""
    parts = found.rows.iloc[1:]
    names = parts["contrast"].fillna(parts["arm"]) if "arm" in parts else parts["contrast"]
    return "".join(f"; {name}: {_mean(row)}" for name, (_, row) in zip(names, parts.iterrows(), strict=True))


def _mean(row: pd.Series) -> str:
    if pd.isna(row["estimate"]):
        return f"no value, n = {row['n']:.0f}"
    limits = f"{interval(row['lower'], row['upper'])}, " if pd.notna(row["lower"]) else ""
    return f"{signed(row['estimate'])} ({limits}n = {row['n']:.0f})"


def _drawing(view: View, unit: str) -> tuple[str, ...]:
    """Return the change of the first periods, with what placebo arms did; nothing without a change."""
    if view.first_change is None:
        return ()
    rows = _arms_apart(view) if view.pooled_arms else _first_periods(view.untreated_change.to_frame())
    if not len(rows):
        return ()
    bands = view.placebo_bands
    drawn = change_by_period(
        # short labels: there is little room in a tile
        rows.assign(period=rows["period"].astype("str").str.removeprefix("days ")),
        ax=axes_or_new(None, height=1.9, width=TILE),
        band=(bands[0].low, bands[0].high) if bands else None,
        band_label=bands[0].label if bands else "",
        ylabel=f"change in {per_month(view.rules.endpoint, view.rules)}",
    )
    drawn.set_ylabel("")  # the tile says it
    return (svg(drawn, name="front-change"),)


def _first_periods(rows: pd.DataFrame) -> pd.DataFrame:
    """Return the first periods; a later one of few patients is no mean to be looked at beside the others."""
    rows = rows.iloc[:MOST_PERIODS]
    return rows[rows["n"].ge(FEW).fillna(False) | (np.arange(len(rows)) == 0)]


def _arms_apart(view: View) -> pd.DataFrame:
    """Return the change of the first period of each arm: arms are never pooled."""
    found = {arm: one.first_change for arm, one in view.arms.items() if one.enough}
    return pd.DataFrame([row.to_dict() | {"period": arm} for arm, row in found.items() if row is not None])
