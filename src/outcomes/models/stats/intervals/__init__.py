"""Intervals for proportions, rates, what two groups make of them, and bounded means; safe at zero cells.

Functions of counts take counts (scalars or arrays that broadcast) and return ``(lower, upper)``.
A limit that is not defined (0/0, no exposure) is NaN, one that nothing bounds is infinite.
"""

from outcomes.models.stats.intervals.bounded_mean import BoundedMean, bounded_mean
from outcomes.models.stats.intervals.mcnemar import McNemar, mcnemar
from outcomes.models.stats.intervals.odds_ratio import odds_ratio
from outcomes.models.stats.intervals.one_proportion import proportion
from outcomes.models.stats.intervals.one_rate import rate
from outcomes.models.stats.intervals.two_proportions import difference, ratio
from outcomes.models.stats.intervals.two_rates import rate_difference, rate_ratio

__all__ = [
    "BoundedMean",
    "McNemar",
    "bounded_mean",
    "difference",
    "mcnemar",
    "odds_ratio",
    "proportion",
    "rate",
    "rate_difference",
    "rate_ratio",
    "ratio",
]
