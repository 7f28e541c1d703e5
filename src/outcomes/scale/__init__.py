"""Past one machine: a study in partitions of patients, analysed by the same functions and added up."""

from __future__ import annotations

from outcomes.scale.analyse import Analysis, analyse
from outcomes.scale.partition import partition

__all__ = ["Analysis", "analyse", "partition"]
