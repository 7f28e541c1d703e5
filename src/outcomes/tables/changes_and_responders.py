"""Tables of headache days: change per period, responders."""

from __future__ import annotations

import pandas as pd

from outcomes.results import Estimates
from outcomes.tables.description import MARK, Column, Table
from outcomes.tables.formats import Interval, Number, Percent, PValue, Ratio, Text, Whole

__all__ = ["change_table", "responder_table"]

#: How patients without a value are counted -> words.
WAYS = {"non_responder": "Missing = no response", "observed": "With a value"}
NOTES = (
    "N, missing = no response: patients with an eligible baseline whose period is due; N, with a value: those "
    "with enough recorded days, even in a period cut off by the end of the data. A baseline of 0 has no responders.",
)


def change_table(change: Estimates, *, mixed: pd.DataFrame | None = None, name: str = "change") -> Table:
    """Return the change from baseline by period: n/N, means, change with interval and bounds.

    Parameters
    ----------
    change : Estimates
        From `outcomes.change`.
    mixed : DataFrame, optional
        period, estimate, lower, upper: the same change by a mixed model, to take the place of P.
    name : str
        Identifier of the table on its page.
    """
    rows = change.to_frame()
    columns = {
        "period": Column("Period", Text("period")),
        "n": Column("n/N", Ratio()) if "N" in rows else Column("n", Whole("n")),
        "baseline": Column("Baseline", Number("baseline_mean")),
        "value": Column("Period mean", Number("value_mean")),
        "change": Column("Change", Number("estimate", 2, sign=True)),
        "interval": Column("95% interval", Interval(digits=2)),
        "again": Column("treated again before it", Whole("treated_again")),
        "few": Column("too few days", Whole("too_few_days")),
        "not_due": Column("not due", Whole("not_due")),
        "sd": Column("SD", Number("sd", 2)),
        "p": Column("P", PValue()),
        "bounds": Column("Bounds of the mean", Interval("lower_bound", "upper_bound")),
    }
    if "sd" not in rows:
        del columns["sd"]
    spanners = {"Without a value": ["again", "few", "not_due"]} if "not_due" in rows else {}
    if not spanners:
        columns = {key: column for key, column in columns.items() if key not in ("again", "few", "not_due")}
    again = bool(spanners) and rows["treated_again"].gt(0).any()
    notes = (
        f"n: patients with enough days in both windows{'; N: patients whose period has begun' if 'N' in rows else ''}. "
        "Bounds: the mean if every missing day had been free, and if every one had been a day with the event.",
        *(
            ("In later periods these are the patients who were not treated again: no mean of all.",)
            if again
            else ()
        ),
    )
    if mixed is None or not len(mixed):
        tested = "P: t test that the mean change is 0; it does not test an effect of the treatment."
        return Table(name, rows, columns, notes=(*notes, tested), spanners=spanners)
    del columns["p"]
    beside = mixed.assign(period=mixed["period"].astype("str")).set_index("period")
    at = rows["period"].astype("str")
    for column in ("estimate", "lower", "upper"):
        rows[f"mixed_{column}"] = at.map(beside[column])
    columns["mixed"] = Column("Change", Number("mixed_estimate", 2, sign=True))
    columns["mixed_interval"] = Column("95% interval", Interval("mixed_lower", "mixed_upper", 2))
    about = "Mixed model: every patient with any value; assumes that values are missing at random."
    spanners |= {"Mixed model": ["mixed", "mixed_interval"]}
    return Table(name, rows, columns, notes=(*notes, about), spanners=spanners)


def responder_table(responders: Estimates, *, name: str = "responders", goal: str = "goal reached") -> Table:
    """Return responders by period and level; missing counted as no response, and left out, side by side."""
    rows = responders.to_frame()
    fall = rows["term"].str.replace("responder_", "at least ") + "% fewer"
    fall = fall.where(rows["term"] != "responder_100", "none left")
    rows["term"] = fall.where(rows["term"] != "goal", goal)
    rows["period"] = rows["period"].astype("str")
    ways = {way: words for way, words in WAYS.items() if (rows["missing"] == way).any()}
    kept = ["n", "N", "percent", "lower", "upper", *([MARK] if MARK in rows else [])]
    parts = [
        rows[rows["missing"] == way].set_index(["period", "term"])[kept].add_suffix(f"_{way}") for way in ways
    ]
    wide = pd.concat(parts, axis=1).reset_index()
    if MARK in rows:
        wide[MARK] = _marks(wide, list(ways))
    columns = {"period": Column("Period", Text("period")), "term": Column("Response", Text("term"))}
    spanners = {}
    for way, words in ways.items():
        columns |= {
            f"n_{way}": Column("n/N", Ratio(f"n_{way}", f"N_{way}")),
            f"percent_{way}": Column("%", Percent(f"percent_{way}", f"N_{way}")),
            f"interval_{way}": Column("95% interval", Interval(f"lower_{way}", f"upper_{way}", 0)),
        }
        spanners[words] = [f"n_{way}", f"percent_{way}", f"interval_{way}"]
    notes = (*(NOTES if len(ways) > 1 else responders.notes), "Wilson intervals, in percent.")
    return Table(name, wide, columns, notes=notes, spanners=spanners)


def _marks(wide: pd.DataFrame, suffixes: list[str]) -> list[str]:
    """Return the marks of the wide table: each name of the long one with its suffix."""
    return [
        " ".join(
            f"{name}_{suffix}" for suffix, mark in zip(suffixes, row, strict=True) for name in mark.split()
        )
        for row in wide[[f"{MARK}_{suffix}" for suffix in suffixes]].fillna("").itertuples(index=False)
    ]
