"""Disclosure control: which counts must be withheld so that few people cannot be told from what is shown.

Frozen results in, frozen results out. See docs/methods/disclosure.md.
"""

from outcomes.models.disclosure.audit import possible
from outcomes.models.disclosure.protect import protect
from outcomes.models.disclosure.suppress import few_behind, suppress, withhold
from outcomes.models.disclosure.system import Cell, System

__all__ = ["Cell", "System", "few_behind", "possible", "protect", "suppress", "withhold"]
