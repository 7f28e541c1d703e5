"""What makes a day a headache day, and what makes it moderate or severe."""

from __future__ import annotations

from typing import Any

import pandas as pd

from outcomes.derive.threevalued import at_least, yes

__all__ = ["headache_day", "moderate_severe_day"]

LEIDEN_HOURS = 1.0
PREEMPT_HOURS = 4.0
MODERATE_HOURS = 4.0


def headache_day(diary: pd.DataFrame, drugs: pd.DataFrame, rule: str) -> Any:
    """Apply rule ``headache_day``; every rule needs a headache that the diary says was there.

    ``reported``: headache yes. ``leiden``: headache of at least 1 h or with any acute drug.
    ``preempt``: headache of at least 4 h.
    """
    reported = yes(diary["headache"])
    if rule == "leiden":
        return reported & (at_least(diary["duration_h"], LEIDEN_HOURS) | route(drugs, "acute_medication"))
    if rule == "preempt":
        return reported & at_least(diary["duration_h"], PREEMPT_HOURS)
    return reported


def moderate_severe_day(
    diary: pd.DataFrame, drugs: pd.DataFrame, headache: Any, rule: str, moderate: float
) -> Any:
    """Apply rule ``moderate_severe`` to headache days.

    ``4h``: at least 4 h with peak pain at least `moderate` (4 of 10), or a triptan or ergot taken.
    ``any_duration``: the same without the hours.
    """
    felt = at_least(diary["pain"], moderate)
    if rule == "4h":
        felt = felt & at_least(diary["duration_h"], MODERATE_HOURS)
    return headache & (felt | route(drugs, "triptan_ergot"))


def route(drugs: pd.DataFrame, name: str) -> Any:
    """Return a drug as a second way to qualify: one that was not recorded cannot make the day an event.

    What was recorded and could not be read leaves it unknown.
    """
    taken = drugs[name]
    return taken.mask(taken.isna() & ~drugs["unread"], False).array
