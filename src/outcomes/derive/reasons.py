"""Why a period has no value, no change or no percent change, in words."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from outcomes.derive.tally import Tally
from outcomes.derive.windows import Windows

if TYPE_CHECKING:
    from outcomes.schema.rules import Rules

__all__ = ["joined_reasons", "value_reasons"]

NOT_CLEAN = "the window overlaps the course before it"
NO_ROOM = "the next course began before it"
NO_DAY = "no day recorded"
UNCLEAR = "too many unclear days: more than half the number of headache days"
NO_PAIN = "no headache day over which to average pain"
ZERO_BASELINE = "baseline is 0: percent change is undefined"


def value_reasons(counts: Tally, layout: Windows, rules: Rules, endpoint: str) -> NDArray[np.object_]:
    """Say for each window why it has no value; "" where it has one.

    Parameters
    ----------
    counts : Tally
        Counts of the endpoint.
    layout : Windows
        The windows.
    rules : Rules
        ``min_baseline_days`` and ``min_days`` are the fewest days recorded for a value.
    endpoint : str
        Name of the endpoint.
    """
    shape = layout.possible.shape
    needed = np.full(shape[1], rules.min_days, dtype=np.int64)
    needed[0] = rules.min_baseline_days
    baseline = np.zeros(shape, dtype=bool)
    baseline[:, 0] = True
    entries = counts.recorded + counts.unclear
    few = entries < needed
    short = few & (layout.possible < needed)
    least = np.array([f"fewer than {n} days" for n in needed], dtype=object)  # one a column
    cases = [
        (baseline & ~layout.clean[:, None], NOT_CLEAN),
        (layout.possible == 0, NO_ROOM),
        (few & (entries == 0), NO_DAY),
        (short & layout.retreated, least + " before the next course"),
        (short, least + " before the end of data"),
        (few, least + " recorded"),
        (2 * counts.unclear > counts.reported, UNCLEAR),
        (counts.recorded < needed, least + " clear"),
        ((counts.events == 0) & (endpoint == "mean_pain"), NO_PAIN),
    ]
    words = np.array(
        [np.broadcast_to(np.asarray(word, object), shape[1:]) for _, word in (*cases, (True, ""))]
    )
    case = np.select([applies for applies, _ in cases], range(len(cases)), default=len(cases))
    found: NDArray[np.object_] = words[case, np.arange(shape[1])]
    return found


def joined_reasons(value: pd.Series, baseline: pd.Series, zero_baseline: NDArray[np.bool_]) -> pd.Series:
    """Join the reasons of a period and of its baseline; "" where value, change and percent change exist."""
    # Few different words on many rows: join them once a combination.
    code, words = pd.factorize(value.astype("str"))
    baseline_code, baseline_words = pd.factorize(baseline.astype("str"))
    prefixed = [f"baseline: {word}" if word else "" for word in baseline_words]
    table = ["; ".join(part for part in (word, other) if part) for word in words for other in prefixed]
    joined = pd.Series(pd.array(table, dtype="str").take(code * len(prefixed) + baseline_code))
    return joined.mask(joined.eq("") & zero_baseline, ZERO_BASELINE)
