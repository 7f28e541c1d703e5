"""Tables of adverse events in the order of FDA's standard safety tables, each from one tidy frame.

Every table counts patients and, where sessions are given, sessions: a rate per one of the two misleads.
"""

from outcomes.models.safety.exposure_table import exposure_table
from outcomes.models.safety.listing import serious_listing
from outcomes.models.safety.prepared import SafetyData, safety_data
from outcomes.models.safety.tables import (
    by_group_and_term,
    by_worst_grade,
    common_events,
    leading_to_stop,
    overview,
    safety_tables,
    serious_events,
)

__all__ = [
    "SafetyData",
    "by_group_and_term",
    "by_worst_grade",
    "common_events",
    "exposure_table",
    "leading_to_stop",
    "overview",
    "safety_data",
    "safety_tables",
    "serious_events",
    "serious_listing",
]
