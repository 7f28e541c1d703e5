"""The same change by other models, and whether the answer leans on the method."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd

from outcomes.errors import OutcomesError
from outcomes.models.headache.ancova import ancova
from outcomes.models.headache.imputation import Method
from outcomes.page.blocks import Block, TableBlock, Words
from outcomes.page.material import Material
from outcomes.page.picture import picture
from outcomes.page.wording import EVENTS, endpoint_words, per_month
from outcomes.plots.forest import forest
from outcomes.tables.sensitivity import scales_table

__all__ = ["reading", "same_change"]

RATIO = "Ratio to the baseline (1: no change)"
COLUMNS = ["scale", "what", "n", "N", "estimate", "lower", "upper", "p_value", "about"]
NOBODY_COMPARED = "Every row compares patients with their own past, so none is an effect of the treatment, however well they agree."

#: Sign of the estimate -> words.
WAYS = {-1.0: "lower", 1.0: "higher", 0.0: "the same"}

Row = dict[str, Any]


def same_change(material: Material) -> tuple[str, list[Block]]:
    """Return what the models say together, and the change of the first period by each of them."""
    rules = material.study.rules
    first = str(material.change.to_frame().iloc[0]["period"])
    rows = pd.DataFrame(_rows(material, first), columns=COLUMNS)
    table = scales_table(rows, "Method", name="same-change", about="Who counts")
    unit = per_month(rules.endpoint, rules)
    drawn = forest(rows[rows["scale"] != RATIO], label="what", xlabel=f"change in {unit}, {first}")
    caption = "The same change by other models, with 95% intervals."
    if (rows["scale"] == RATIO).any():
        caption += " The beta-binomial model gives a ratio: it stands in the table."
    blocks: list[Block] = [
        picture(drawn, "same-change", caption),
        TableBlock(table, f"The same change by other models: {endpoint_words(rules.endpoint)} in {first}."),
        Words(NOBODY_COMPARED),
    ]
    return reading(rows), blocks


def _rows(material: Material, period: str) -> list[Row]:
    change = f"Change in {per_month(material.study.rules.endpoint, material.study.rules)}"
    both = "enough days before and after"
    ways: list[tuple[str, str, str, Callable[[], Row]]] = [
        (change, f"Mean with {words}", about, lambda term=term: _paired(material, period, term))  # type: ignore[misc]
        for words, term, about in (
            ("t interval", "mean, t", both),
            ("bootstrap interval", "mean, BCa bootstrap", "normality not assumed"),
        )
    ]
    ways += [
        (change, "Hodges-Lehmann", "outliers weigh little",
         lambda: _paired(material, period, "Hodges-Lehmann")),
        (change, "Analysis of covariance", "at the mean baseline",
         lambda: _ancova(material, period)),
        (change, "Mixed model", "any value; missing at random", lambda: _mixed(material, period)),
        (change, "Imputed at random", "any baseline; gaps as in similar patients",
         lambda: _imputed(material, period, "mar")),
        (change, "Imputed as back at baseline", "any baseline; gaps back at the baseline",
         lambda: _imputed(material, period, "return-to-baseline")),
    ]  # fmt: skip
    if material.study.rules.endpoint in EVENTS:
        about = "every recorded day, even of patients with few"
        ways.append((RATIO, "Beta-binomial", about, lambda: _ratio(material, period)))
    return [_row(*way) for way in ways]


def _row(scale: str, what: str, about: str, make: Callable[[], Row]) -> Row:
    """Return the row, or one that says why there is no number."""
    blank: Row = {"n": np.nan, "N": np.nan} | dict.fromkeys(("estimate", "lower", "upper", "p_value"), np.nan)
    try:
        found = {"scale": scale, "what": what, "about": about} | blank | make()
    except OutcomesError as error:
        return {"scale": scale, "what": what} | blank | {"about": f"no result: {error.what}"}
    status = found.pop("status", "ok")
    if pd.isna(found["estimate"]) or pd.isna(found["lower"]):
        found["about"] = f"no {'result' if pd.isna(found['estimate']) else 'interval'}: {status}"
    elif status != "ok":
        found["about"] += f" (status: {status.split(' (')[0]})"
    return found


def _taken(rows: pd.DataFrame, at: Any) -> Row:
    """Return the one row, with what a table needs of it."""
    found = rows[at]
    if not len(found):
        return {"status": "too few patients have a value in this period"}
    first = found.iloc[0]
    return {name: first.get(name, np.nan) for name in (*COLUMNS[2:8], "status")}


def _paired(material: Material, period: str, term: str) -> Row:
    rows = material.paired_change.to_frame()
    return _taken(rows, (rows["period"].astype("str") == period) & (rows["term"] == term))


def _ancova(material: Material, period: str) -> Row:
    rows = ancova(material.first_period).to_frame()
    return _taken(rows, (rows["period"].astype("str") == period) & (rows["term"] == "adjusted mean change"))


def _mixed(material: Material, period: str) -> Row:
    rows = material.mixed_change.to_frame()
    known = material.numbers.rows.dropna(subset=["value"])
    seen = known.loc[known["period"].astype("str") == period, "patient_id"]
    rows = rows.assign(n=seen.nunique(), N=material.mixed.n_subjects, status=material.mixed_change.status)
    return _taken(rows, rows["contrast"] == f"{period} - baseline")


def _imputed(material: Material, period: str, method: Method) -> Row:
    made = material.imputed_by[method]
    rows = made.estimates().to_frame()
    if "visit" not in rows:
        return {"status": made.status}
    return _taken(rows, rows["visit"].astype("str") == period)


def _ratio(material: Material, period: str) -> Row:
    rows = material.day_counts.ratios("period", reference="baseline").to_frame()
    if "contrast" not in rows:
        return {"status": material.day_counts.status}
    return _taken(rows, rows["contrast"] == f"{period} / baseline")


def reading(rows: pd.DataFrame) -> str:
    """Return in words whether the methods agree in direction, and whose intervals leave out no change."""
    known = rows[rows["lower"].notna() & rows["upper"].notna()]
    if len(known) < 2:
        return "Fewer than two methods have an interval, so there is nothing to compare."
    none = (known["scale"] == RATIO).astype(float)
    shown = (known["lower"] > none) | (known["upper"] < none)
    return f"{_direction(known, np.sign(known['estimate'] - none))} {_certainty(known, shown)}"


def _direction(known: pd.DataFrame, sign: pd.Series) -> str:
    """Return which way they point; the largest camp is counted, the others are named."""
    ways = sign.map(WAYS)
    camps = ways.value_counts(sort=False).reindex(list(WAYS.values()), fill_value=0)
    most = str(camps.idxmax())
    says = f"{most} {'as' if most == WAYS[0.0] else 'than'} at baseline"
    if camps[most] == len(known):
        return f"All {len(known)} methods with an interval point the same way: {says}."
    others = [f"but {way}: {_names(known[ways == way])}" for way, n in camps.items() if n and way != most]
    return f"The methods differ in direction: {camps[most]} of {len(known)} say {says}, {'; '.join(others)}."


def _certainty(known: pd.DataFrame, shown: pd.Series) -> str:
    if shown.all():
        return "Every interval lies wholly on one side of no change."
    if not shown.any():
        return "Every interval includes no change, so none of them shows one."
    return (
        f"They differ in certainty: {shown.sum()} of {len(known)} intervals lie wholly on one side of no change; "
        f"it lies inside that of: {_names(known[~shown])}."
    )


def _names(rows: pd.DataFrame) -> str:
    return "; ".join(rows["what"])
