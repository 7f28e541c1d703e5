"""Names of endpoints and one-line findings that several sections share."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from outcomes.schema.rules import Rules
from outcomes.tables.numbers import EMPTY, interval, number, percent

__all__ = [
    "EVENTS",
    "change_finding",
    "endpoint_words",
    "less",
    "less_or_more",
    "per_month",
    "still_better_finding",
    "still_better_of_arms",
]

ENDPOINTS = {
    "headache_days": "headache days",
    "moderate_severe_days": "moderate or severe headache days",
    "migraine_days": "migraine days",
    "acute_medication_days": "days with acute medication",
    "headache_hours": "hours with headache",
    "mean_pain": "mean pain on headache days (NRS 0-10)",
}

#: Endpoint -> the column of days that it counts.
EVENTS = {
    "headache_days": "headache",
    "moderate_severe_days": "moderate_severe",
    "migraine_days": "migraine",
    "acute_medication_days": "acute_medication",
}


def endpoint_words(endpoint: str) -> str:
    """Return an endpoint in words."""
    return ENDPOINTS[endpoint]


def per_month(endpoint: str, rules: Rules) -> str:
    """Return an endpoint with its unit."""
    words = ENDPOINTS[endpoint]
    return words if endpoint == "mean_pain" else f"{words} per {rules.month_days} days"


def less(endpoint: str) -> str:
    """Return an endpoint after the word for less of it: days and hours are counted, pain is not."""
    return f"{less_or_more(endpoint, -1)} {ENDPOINTS[endpoint]}"


def less_or_more(endpoint: str, change: float) -> str:
    """Return the word for a change: days and hours become fewer or more, pain lower or higher."""
    pain = endpoint == "mean_pain"
    return ("lower" if pain else "fewer") if change < 0 else ("higher" if pain else "more")


def change_finding(row: Mapping[str, Any], rules: Rules) -> str:
    """Say in one line what the mean change of a period was, and whether its interval holds none."""
    if round(abs(row["estimate"]), 1) == 0:
        return f"No change on average in {row['period']}."
    way = less_or_more(rules.endpoint, row["estimate"])
    size = number(abs(row["estimate"]))
    what = per_month(rules.endpoint, rules)
    said = f"{what} {size} {way}" if rules.endpoint == "mean_pain" else f"{size} {way} {what}"
    held = bool(row["lower"] <= 0 <= row["upper"])  # not when there is no interval
    also = "; the interval also includes no change" if held else ""
    return f"{said[0].upper()}{said[1:]} on average in {row['period']}{also}"


def still_better_finding(row: Mapping[str, Any]) -> str:
    """Say in one line how many of those who fell are still better, and when."""
    limits = interval(100 * row["lower"], 100 * row["upper"], 0)
    held = "" if limits == EMPTY else f" (95% interval {limits}%)"
    share = percent(100 * row["estimate"], row["N"])
    return (
        f"{share} of the {row['N']} whose days fell by 30% or more were still better on day "
        f"{row['day']:.0f}{held}"
    )


def still_better_of_arms(rows: Mapping[str, Mapping[str, Any] | None]) -> tuple[str, list[str]]:
    """Return the shares still better in short, and a sentence for each arm, also for one without a share."""
    told = {arm: row for arm, row in rows.items() if row is not None}
    shares = ", ".join(f"{percent(100 * row['estimate'], row['N'])} {arm}" for arm, row in told.items())
    none = "no share: the days of few patients fell, or few of these were followed"
    said = [f"{arm}: {none if row is None else still_better_finding(row)}" for arm, row in rows.items()]
    return shares, said
