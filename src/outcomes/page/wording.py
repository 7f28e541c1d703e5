"""Names of endpoints and sentences that several sections share."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from outcomes.schema.rules import Rules
from outcomes.tables.numbers import interval, number

__all__ = ["EVENTS", "change_words", "endpoint_words", "less", "per_month"]

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
    return f"{_directions(endpoint)[0]} {ENDPOINTS[endpoint]}"


def _directions(endpoint: str) -> tuple[str, str]:
    return ("lower", "higher") if endpoint == "mean_pain" else ("fewer", "more")


def change_words(row: Mapping[str, Any], rules: Rules, who: str) -> str:
    """Say in words what the mean change of a period was, and whether its interval holds none.

    Parameters
    ----------
    row : mapping
        period, baseline_mean, value_mean, estimate, lower, upper.
    rules : Rules
        For the endpoint and its unit.
    who : str
        Whose mean it is.
    """
    had, unit = "had", f" {per_month(rules.endpoint, rules)}"
    if rules.endpoint == "mean_pain":
        had, unit = f"had a {ENDPOINTS['mean_pain']} of", ""
    start = (
        f"{who} with enough diary days before and after {had} {number(row['baseline_mean'])}{unit} before "
        f"and {number(row['value_mean'])} in {row['period']}: "
    )
    if round(abs(row["estimate"]), 1) == 0:
        return f"{start}no change on average."
    down, up = _directions(rules.endpoint)
    direction = up if row["estimate"] > 0 else down
    limits = interval(row["lower"], row["upper"])
    held = bool(row["lower"] <= 0 <= row["upper"])  # not when there is no interval
    sure = f" The interval ({limits}) also holds no change and a change the other way." if held else ""
    return f"{start}{number(abs(row['estimate']))} {direction} on average.{sure}"
