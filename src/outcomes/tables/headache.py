"""Tables of headache days: change per period, responders."""

from __future__ import annotations

from typing import Any

import pandas as pd

from outcomes.results import Estimates, format_p
from outcomes.tables.numbers import EMPTY, interval, number, percent, signed
from outcomes.tables.render import render

__all__ = ["change_table", "responder_table"]


def change_table(change: Estimates, *, name: str = "change") -> Any:
    """Return the change from baseline by period: n/N, means, change with interval and bounds."""
    rows = change.to_frame()
    text = pd.DataFrame(
        {
            "period": rows["period"].astype("str"),
            "n": [f"{n}/{total}" for n, total in zip(rows["n"], rows["N"], strict=True)],
            "baseline": rows["baseline_mean"].map(number),
            "value": rows["value_mean"].map(number),
            "bounds": list(map(interval, rows["lower_bound"], rows["upper_bound"])),
            "change": rows["estimate"].map(lambda value: signed(value, 2)),
            "interval": list(map(_fine, rows["lower"], rows["upper"])),
            "sd": rows["sd"].map(lambda value: number(value, 2)),
            "p": rows["p_value"].map(format_p).replace("", EMPTY),
        }
    )
    labels = {
        "period": "Period",
        "n": "n/N",
        "baseline": "Baseline",
        "value": "Period mean",
        "change": "Change",
        "interval": "95% interval",
        "sd": "SD",
        "p": "P",
        "bounds": "Bounds of the mean",
    }
    notes = (
        "n: patients with enough days in both windows; N: patients whose period has begun. All means are of the n.",
        "Bounds: the period's mean if every missing day had been free, and if every one had been a headache day.",
        "P: t test that the mean change is 0; it does not test an effect of the treatment.",
    )
    return render(text, labels, name=name, text_columns=["period"], notes=notes)


def responder_table(responders: Estimates, *, name: str = "responders", goal: str = "goal reached") -> Any:
    """Return responders by period and level; missing counted as no response, and left out, side by side."""
    rows = responders.to_frame()
    fall = rows["term"].str.replace("responder_", "at least ") + "% fewer"
    fall = fall.where(rows["term"] != "responder_100", "none left")
    text = pd.DataFrame(
        {
            "period": rows["period"].astype("str"),
            "term": fall.where(rows["term"] != "goal", goal),
            "missing": rows["missing"],
            "n": [f"{n}/{total}" for n, total in zip(rows["n"], rows["N"], strict=True)],
            "percent": list(map(percent, rows["percent"], rows["N"])),
            "interval": list(map(_whole, rows["lower"], rows["upper"])),
        }
    )
    parts = [
        text[text["missing"] == way]
        .set_index(["period", "term"])[["n", "percent", "interval"]]
        .add_suffix(f"_{way}")
        for way in ("non_responder", "observed")
    ]
    wide = pd.concat(parts, axis=1).fillna(EMPTY).reset_index()
    labels = {"period": "Period", "term": "Response"}
    spanners = {}
    for way, words in (("non_responder", "Missing = no response"), ("observed", "With a value")):
        columns = [f"n_{way}", f"percent_{way}", f"interval_{way}"]
        labels |= dict(zip(columns, ("n/N", "%", "95% interval"), strict=True))
        spanners[words] = columns
    notes = (
        "N, missing = no response: patients with an eligible baseline whose period is due; N, with a value: of these, those "
        "with enough recorded days. A baseline of 0 has no responders.",
        "Wilson intervals, in percent.",
    )
    return render(wide, labels, name=name, text_columns=["period", "term"], notes=notes, spanners=spanners)


def _fine(lower: float, upper: float) -> str:
    return interval(lower, upper, 2)


def _whole(lower: float, upper: float) -> str:
    return interval(lower, upper, 0)
