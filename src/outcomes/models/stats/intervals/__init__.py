"""Intervals for proportions, rates and what two groups make of them, safe at zero cells.

Every function takes counts (scalars or arrays that broadcast) and returns ``(lower, upper)``.
A limit that is not defined (0/0, no exposure) is NaN, one that nothing bounds is infinite.
"""

from outcomes.models.stats.intervals.mcnemar import McNemar, mcnemar
from outcomes.models.stats.intervals.odds_ratio import odds_ratio
from outcomes.models.stats.intervals.one_proportion import proportion
from outcomes.models.stats.intervals.one_rate import rate
from outcomes.models.stats.intervals.two_proportions import difference, ratio
from outcomes.models.stats.intervals.two_rates import rate_difference, rate_ratio

__all__ = [
    "McNemar",
    "difference",
    "mcnemar",
    "odds_ratio",
    "proportion",
    "rate",
    "rate_difference",
    "rate_ratio",
    "ratio",
]
