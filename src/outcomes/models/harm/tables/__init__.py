"""Tables of adverse events in the order of FDA's standard safety tables, each from one tidy frame.

Every table counts patients and, where sessions are given, sessions: a rate per one of the two misleads.
"""

from outcomes.models.harm.tables.exposure_table import exposure_table
from outcomes.models.harm.tables.listing import serious_listing
from outcomes.models.harm.tables.nested import nested_events
from outcomes.models.harm.tables.prepared import SafetyData, safety_data
from outcomes.models.harm.tables.tables import (
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
    "nested_events",
    "overview",
    "safety_data",
    "safety_tables",
    "serious_events",
    "serious_listing",
]
