"""Beside the contrast of arms: the same at equal baselines, and what a confounder would have to be like."""

from __future__ import annotations

import numpy as np
import pandas as pd

from outcomes.models.stats.e_value import e_value_of_difference
from outcomes.page.blocks import Block, Words
from outcomes.page.front_results import between_arms
from outcomes.page.material import Material
from outcomes.page.primary import primary
from outcomes.tables.numbers import interval, signed

__all__ = ["unmeasured"]


def unmeasured(material: Material) -> list[Block]:
    """Return the words on a contrast of arms; nothing for a study without one."""
    rows = primary(material).rows
    if not len(rows) or "contrast" not in rows or "sd" not in rows:
        return []
    contrasts = rows[rows["contrast"].notna() & rows["std_error"].gt(0)]
    sd = _within(rows[rows["contrast"].isna()])
    said = [_adjusted(row) for row in between_arms(material).itertuples()]
    return [Words(words) for words in [*said, *(_needed(row, sd) for _, row in contrasts.iterrows())]]


def _within(rows: pd.DataFrame) -> float:
    """Return the standard deviation within arms."""
    free = rows["n"] - 1
    return float(np.sqrt((free * rows["sd"] ** 2).sum() / free.sum()))


def _adjusted(row: object) -> str:
    name, estimate, low, high = (getattr(row, part) for part in ("contrast", "estimate", "lower", "upper"))
    return (
        f"At the same baseline (analysis of covariance) the difference {name} is {signed(estimate)} "
        f"({interval(low, high)})."
    )


def _needed(row: pd.Series, sd: float) -> str:
    point, limit = e_value_of_difference(row["estimate"], row["std_error"], sd)
    return (
        f"Unless patients were allocated to the arms at random, something else may differ between them. To explain "
        f"away the difference {row['contrast']}, something unmeasured would have to be associated with both arm and outcome "
        f"by a risk ratio of at least {point:.1f} each (E-value, doi:10.7326/M16-2607); for its interval to include "
        f"no difference, {limit:.1f}."
    )
