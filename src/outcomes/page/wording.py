"""Names of endpoints that several sections share."""

from __future__ import annotations

from outcomes.schema.rules import Rules

__all__ = ["EVENTS", "endpoint_words", "less", "less_or_more", "per_month"]

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
