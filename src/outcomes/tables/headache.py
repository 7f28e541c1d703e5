"""Tables of headache days: change per period, responders."""

from __future__ import annotations

from typing import Any

import pandas as pd

from outcomes.results import Estimates, format_p
from outcomes.tables.numbers import EMPTY, interval, number, percent, signed
from outcomes.tables.render import render

__all__ = ["change_table", "responder_table"]

MISSING_WORDS = {
    "non_responder": "missing counts as no response",
    "observed": "patients with a value only",
}


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
            "change": rows["estimate"].map(signed),
            "interval": list(map(interval, rows["lower"], rows["upper"])),
            "sd": rows["sd"].map(number),
            "p": rows["p_value"].map(format_p).replace("", EMPTY),
        }
    )
    labels = {
        "period": "Period",
        "n": "n/N",
        "baseline": "Baseline",
        "value": "Period mean",
        "bounds": "Bounds",
        "change": "Change",
        "interval": "95% interval",
        "sd": "SD",
        "p": "P",
    }
    notes = (
        "n: patients with enough days in both windows; N: patients whose period has begun. All means are of the n.",
        "Bounds: the period's mean if every missing day had been free, and if every one had been a headache day.",
        "P: t test that the mean change is 0; it does not test an effect of the treatment.",
    )
    return render(text, labels, name=name, text_columns=["period"], notes=notes)


def responder_table(responders: Estimates, *, name: str = "responders") -> Any:
    """Return responders by period and level, missing counted both ways."""
    rows = responders.to_frame()
    rows = rows[rows["N"] > 0]
    fall = rows["term"].str.replace("responder_", "at least ") + "% fewer"
    text = pd.DataFrame(
        {
            "period": rows["period"].astype("str"),
            "term": fall.where(rows["term"] != "goal", "goal reached"),
            "missing": rows["missing"].map(MISSING_WORDS),
            "n": [f"{n}/{total}" for n, total in zip(rows["n"], rows["N"], strict=True)],
            "percent": list(map(percent, rows["percent"], rows["N"])),
            "interval": list(map(lambda low, high: interval(low, high, 0), rows["lower"], rows["upper"])),
        }
    )
    labels = {
        "period": "Period",
        "term": "Response",
        "missing": "Counted",
        "n": "n/N",
        "percent": "Percent",
        "interval": "95% interval (Wilson), %",
    }
    return render(text, labels, name=name, text_columns=["period", "term", "missing"], notes=responders.notes)
