"""Day by day: the probability of a headache day after the course against before."""

from __future__ import annotations

import pandas as pd

from outcomes.models.headache.daily import daily
from outcomes.models.stats.logistic_gee import LogisticFit
from outcomes.page.blocks import Block, Words
from outcomes.page.material import Material
from outcomes.page.wording import EVENTS, endpoint_words
from outcomes.tables.numbers import interval, number

__all__ = ["day_by_day"]

#: A limit this close to 1 is written with three decimals, or it would read as 1.00.
NEAR_ONE = 0.005


def day_by_day(material: Material) -> list[Block]:
    """Return one sentence: how many times as many days after as before."""
    endpoint = material.study.rules.endpoint
    event = EVENTS.get(endpoint)
    if event is None:
        return []
    days = material.days[material.days["course"] == 1]
    phases = daily(f"{event} ~ phase", days)
    ratios = phases.ratios("phase", reference="before").to_frame()
    return [Words(_sentence(ratios, phases, endpoint))]


def _sentence(ratios: pd.DataFrame, phases: LogisticFit, endpoint: str) -> str:
    row = ratios[ratios["contrast"].eq("after / before")] if "contrast" in ratios else ratios.iloc[:0]
    if not len(row) or row["lower"].isna().any():
        return f"Day by day: no ratio of after to before. Status: {phases.status}."
    found = row.iloc[0]
    near = min(abs(found["lower"] - 1), abs(found["upper"] - 1)) < NEAR_ONE
    held = found["lower"] <= 1 <= found["upper"]
    words = "the interval includes 1, so no difference is shown" if held else "the interval excludes 1"
    return (
        f"Day by day, over all follow-up: {number(found['estimate'], 2)} times as many {endpoint_words(endpoint)} after the course as before it "
        f"({interval(found['lower'], found['upper'], 3 if near else 2)}; {words}; {phases.nobs:,d} recorded days of {phases.n_subjects} patients)."
    )
