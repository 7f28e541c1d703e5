"""What placebo arms did, for the endpoint of the page and an arm of the study's size."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import pandas as pd

from outcomes.models.headache.placebo import placebo_benchmark
from outcomes.page.wording import endpoint_words
from outcomes.results import Estimates
from outcomes.tables.numbers import interval, signed

__all__ = ["Band", "placebo_band"]

Population = Literal["refractory", "chronic"]
WHO: dict[Population, str] = {
    "chronic": "chronic migraine",
    "refractory": "migraine after 2 to 4 failed preventives",
}
#: Endpoints that trials measured.
MEASURED = ("headache_days", "migraine_days", "moderate_severe_days")


@dataclass(frozen=True, slots=True)
class Band:
    """The changes between which placebo arms lie, what the band is, and a sentence with its sources."""

    low: float
    high: float
    label: str
    text: str


def placebo_band(endpoint: str, patients: int) -> list[Band]:
    """Return a band for each population whose placebo arms measured this endpoint.

    Parameters
    ----------
    endpoint : str
        The page's.
    patients : int
        Treated patients: an arm of this size is looked for.

    Notes
    -----
    With four arms or more the band is the prediction interval for an arm of this size; with fewer there is
    none, and the band goes from the least to the largest change of the arms.
    """
    if endpoint not in MEASURED or patients < 1:
        return []
    found = [
        (who, placebo_benchmark(patients, endpoint=endpoint, population=population))
        for population, who in WHO.items()
    ]
    return [_band(result, endpoint, patients, who) for who, result in found if len(result.to_frame()) > 2]


def _band(found: Estimates, endpoint: str, patients: int, who: str) -> Band:
    rows = found.to_frame()
    arms, size = rows.iloc[:-2], rows.iloc[-1]
    said = ", ".join(
        f"{arm} {signed(change)}" for arm, change in zip(arms["term"], arms["estimate"], strict=True)
    )
    start = f"Placebo arms in {who}, change in {endpoint_words(endpoint)} per month: {said}"
    if pd.notna(size["lower"]):
        limits = interval(size["lower"], size["upper"])
        text = (
            f"{start}. A placebo arm of {patients} patients is expected to lie between {limits} (95% "
            "prediction)."
        )
        return Band(
            size["lower"], size["upper"], f"where a placebo arm of this size is expected ({who})", text
        )
    text = f"{start}. With so few arms there is no prediction interval."
    label = f"placebo arms of {len(arms)} trials ({who})" if len(arms) > 1 else f"one placebo arm ({who})"
    return Band(float(arms["estimate"].min()), float(arms["estimate"].max()), label, text)
