"""Dose: how the change goes with the cumulative dose of the course, and why that is no effect of the dose."""

from __future__ import annotations

import numpy as np
import pandas as pd

from outcomes.models.headache.dose import WARNING, dose_response
from outcomes.models.stats.dose_note import dose_of
from outcomes.page.blocks import Block, Words
from outcomes.page.material import Material
from outcomes.page.wording import per_month
from outcomes.tables.numbers import count, interval, number, signed

__all__ = ["dose"]


def dose(material: Material) -> list[Block]:
    """Return the slope of the change along cumulative mg/kg in words; nothing when no course has a dose."""
    courses = material.courses
    doses = courses.loc[courses["course"] == 1, "dose_mg_per_kg"].dropna()
    if not len(doses):
        return []
    found = dose_response(material.first_period, courses, outcome="change", form="linear")
    unit = per_month(material.study.rules.endpoint, material.study.rules)
    of = dose_of(courses)
    return [Words(f"{_sentence(found.to_frame(), doses, unit, of)} {WARNING}")]


def _sentence(rows: pd.DataFrame, doses: pd.Series, unit: str, of: str) -> str:
    low, middle, high = np.quantile(doses.to_numpy(dtype=np.float64), [0, 0.5, 1])
    head = f"{count(len(doses), 'patient')} have a known dose: {number(low)} to {number(high)} mg/kg{of}, median {number(middle)}."
    slope = rows[rows["term"] == "per mg/kg"].iloc[:1]
    if not len(slope) or slope["lower"].isna().any():
        return f"{head} A slope against dose could not be estimated."
    row = slope.iloc[0]
    by = f"({signed(row['estimate'], 2)} {unit} for each mg/kg, 95% interval {interval(row['lower'], row['upper'], 2)})"
    if row["lower"] <= 0 <= row["upper"]:
        return f"{head} The change shows no slope against dose {by}."
    return f"{head} Patients with a higher dose had a {'larger' if row['estimate'] < 0 else 'smaller'} fall {by}."
