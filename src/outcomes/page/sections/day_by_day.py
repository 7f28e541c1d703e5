"""Day by day: the probability of a headache day before, during and after the course, with the trend."""

from __future__ import annotations

import numpy as np
import pandas as pd

from outcomes.models.headache.daily import add_interruption, daily
from outcomes.models.stats.logistic_gee import LogisticFit
from outcomes.page.blocks import Block, TableBlock, Words
from outcomes.page.material import Material
from outcomes.page.wording import EVENTS, endpoint_words
from outcomes.tables.numbers import interval, number
from outcomes.tables.sensitivity import scales_table

__all__ = ["day_by_day"]

COLUMNS = ["scale", "what", "n", "N", "estimate", "lower", "upper", "p_value", "about"]
#: A limit this close to 1 is written with three decimals, or it would read as 1.00.
NEAR_ONE = 0.005
#: Term of the interrupted series -> words.
TERMS = {
    "months": "trend before, each 28 days",
    "phase[T.after]": "step from before to after",
    "months_after": "change of the trend afterwards, each 28 days",
}


def day_by_day(material: Material) -> list[Block]:
    """Return days per 28 by phase, their ratio, and the interrupted series; folded, with one sentence."""
    endpoint = material.study.rules.endpoint
    event = EVENTS.get(endpoint)
    if event is None:
        return []
    days = add_interruption(material.days[material.days["course"] == 1])
    phases = daily(f"{event} ~ phase", days)
    per_28 = phases.days_per_28("phase").to_frame()
    if "lower" not in per_28:
        return [Words(f"Day by day: no result. {phases.status[0].upper()}{phases.status[1:]}.")]
    ratios = phases.ratios("phase", reference="before").to_frame()
    parts = [
        per_28.assign(
            scale=f"{endpoint_words(endpoint).capitalize()} per 28 days", what=per_28["phase"].astype("str")
        ),
        ratios.assign(scale="Ratio (1: no change)", what=ratios.get("contrast")),
        _trend(daily(f"{event} ~ months + phase + months_after", days)),
    ]
    rows = pd.concat(parts, ignore_index=True)
    rows["about"] = rows["status"].where(rows["status"] != "ok", "")
    table = scales_table(rows.reindex(columns=COLUMNS), "Days", name="daily", about="Status")
    caption = "Every recorded day of the first course by phase, and the trend."
    return [Words(_sentence(ratios, phases, endpoint)), TableBlock(table, caption, folded=True)]


def _trend(fit: LogisticFit) -> pd.DataFrame:
    rows = fit.to_frame()
    rows = rows[rows["term"].isin(TERMS)].copy()
    if not len(rows):
        rows = pd.DataFrame({"term": list(TERMS), "status": fit.status})
    numbers = ["estimate", "lower", "upper"]
    rows[numbers] = np.exp(rows.reindex(columns=numbers).astype(float))
    scale = "Odds ratio of the day, phase and trend together"
    return rows.assign(scale=scale, what=rows["term"].map(TERMS), n=fit.n_subjects, N=fit.n_subjects)


def _sentence(ratios: pd.DataFrame, phases: LogisticFit, endpoint: str) -> str:
    row = ratios[ratios["contrast"].eq("after / before")] if "contrast" in ratios else ratios.iloc[:0]
    if not len(row) or row["lower"].isna().any():
        return f"Day by day: no ratio of after to before. Status: {phases.status}."
    found = row.iloc[0]
    near = min(abs(found["lower"] - 1), abs(found["upper"] - 1)) < NEAR_ONE
    held = found["lower"] <= 1 <= found["upper"]
    words = "the interval holds 1, so no difference is shown" if held else "the interval leaves out 1"
    return (
        f"Day by day, over all follow-up: {number(found['estimate'], 2)} times as many {endpoint_words(endpoint)} after the course as before it "
        f"({interval(found['lower'], found['upper'], 3 if near else 2)}; {words}; {phases.nobs:,d} recorded days of {phases.n_subjects} patients). "
        "Days without an entry are left out. The table gives the phases and, apart from them, the trend that was already under way: "
        "when the trend and the step pull against each other, neither is to be read alone. "
        f"Model: {phases.method}."
    )
