"""What makes a headache day a migraine day."""

from __future__ import annotations

from typing import Any

import pandas as pd

from outcomes.derive.headache import route
from outcomes.derive.threevalued import at_least, at_least_of, yes

__all__ = ["migraine_day"]

LEIDEN_HOURS = 0.5
IHS_HOURS = 4.0
AURA_MINUTES = (5.0, 60.0)


def migraine_day(
    diary: pd.DataFrame, drugs: pd.DataFrame, headache: Any, rule: str, moderate: float = 4.0
) -> Any:
    """Apply rule ``migraine_day`` to headache days.

    Parameters
    ----------
    diary : DataFrame
        Checked diary rows.
    drugs : DataFrame
        `medication_days` of the same rows.
    headache : BooleanArray
        Headache days by rule ``headache_day``. A day that is none is no migraine day.
    rule : {"leiden2023", "ihs2018", "reported"}
        ``leiden2023``: at least 30 min with the features; or aura of 5-60 min; or a migraine-specific
        drug. ``ihs2018``: at least 4 h with the features; or a migraine-specific drug.
        ``reported``: the diary's own yes or no.

    moderate : float
        Pain from which a headache is moderate.

    Returns
    -------
    BooleanArray
        Missing where what is recorded cannot decide.

    Notes
    -----
    The features are at least two of unilateral, pulsating, pain at least 4 of 10, aggravated by
    activity, and at least one of (nausea or vomiting), (photophobia and phonophobia).
    A drug or an aura that was not recorded cannot make a day a migraine day; a missing
    feature leaves the day unknown as long as it could decide.
    """
    if rule == "reported":
        return headache & yes(diary["migraine"])
    specific = route(drugs, "migraine_specific")
    if rule == "ihs2018":
        return headache & ((at_least(diary["duration_h"], IHS_HOURS) & _features(diary, moderate)) | specific)
    felt = at_least(diary["duration_h"], LEIDEN_HOURS) & _features(diary, moderate)
    aura = pd.Series(yes(diary["aura"]) & at_least(diary["aura_min"], *AURA_MINUTES)).fillna(False).array
    return headache & (felt | aura | specific)


def _features(diary: pd.DataFrame, moderate: float) -> Any:
    """Say whether pain and accompanying symptoms are those of migraine (ICHD-3 1.1 C and D)."""
    pain = [
        yes(diary["unilateral"]),
        yes(diary["pulsating"]),
        at_least(diary["pain"], moderate),
        yes(diary["aggravated"]),
    ]
    stomach = yes(diary["nausea"]) | yes(diary["vomiting"])
    senses = yes(diary["photophobia"]) & yes(diary["phonophobia"])
    return at_least_of(2, pain) & (stomach | senses)
