"""Intervals that stay valid however often one looks, and the signal rule that they allow."""

from outcomes.models.stats.sequential.bounded_mean import bounded_mean_sequence
from outcomes.models.stats.sequential.looks import cumulative_looks
from outcomes.models.stats.sequential.mean import mean_limits, mean_sequence, tuning
from outcomes.models.stats.sequential.proportion import proportion_limits, proportion_sequence
from outcomes.models.stats.sequential.rate import rate_limits, rate_sequence
from outcomes.models.stats.sequential.signal import signal

__all__ = [
    "bounded_mean_sequence",
    "cumulative_looks",
    "mean_limits",
    "mean_sequence",
    "proportion_limits",
    "proportion_sequence",
    "rate_limits",
    "rate_sequence",
    "signal",
    "tuning",
]
