"""Contradictions in how events were coded: they stand beside the number that they are in, never silently."""

from __future__ import annotations

import numpy as np
import pandas as pd

__all__ = ["CHECK", "SERIOUS_UNKNOWN", "coding_to_check"]

#: What stands beside a number with events whose coding contradicts itself.
CHECK = "coding to be checked"
SERIOUS_UNKNOWN = "serious not known"


def coding_to_check(events: pd.DataFrame) -> pd.Series:
    """Return for each event what is to be checked in its coding; an empty text where nothing is.

    Parameters
    ----------
    events : DataFrame
        Any of ``serious`` (boolean), ``grade`` (CTCAE 1-5), ``outcome`` (``fatal``). A column that is absent,
        or that no event has an answer in, contradicts nothing.

    Notes
    -----
    A fatal event is serious and has grade 5 (CTCAE v5); an event of grade 5 is fatal and serious. Where only
    some events have an answer to ``serious``, the others are to be checked: they may be serious.

    Examples
    --------
    >>> import pandas as pd
    >>> events = pd.DataFrame({"serious": pd.array([False, None, True], dtype="boolean"),
    ...     "grade": [1, 5, 3], "outcome": ["fatal", "recovered", "recovered"]})
    >>> coding_to_check(events).tolist()
    ['fatal but not serious, fatal but grade below 5', 'serious not known, grade 5 but not fatal', '']
    """
    none = pd.Series(False, index=events.index)
    serious = events["serious"] if "serious" in events else none.astype("boolean").where(none)
    asked = bool(serious.notna().any())
    fatal = events["outcome"].eq("fatal").fillna(False).astype(bool) if "outcome" in events else none
    judged = "outcome" in events and bool(events["outcome"].notna().any())
    grade = pd.Series(np.nan, index=events.index)
    if "grade" in events and pd.api.types.is_numeric_dtype(events["grade"]):
        grade = events["grade"].astype("Float64").astype(float)
    not_serious = serious.eq(False).fillna(False).astype(bool)
    found = {
        SERIOUS_UNKNOWN: serious.isna() & asked,
        "fatal but not serious": fatal & not_serious,
        "fatal but grade below 5": fatal & (grade < 5),
        "grade 5 but not fatal": (grade == 5) & ~fatal & judged,
        "grade 5 but not serious": (grade == 5) & ~fatal & not_serious,
    }
    # Few combinations occur: their texts are made once, not event by event.
    reasons = list(found)
    which = np.zeros(len(events), dtype=np.int8)
    for place, where in enumerate(found.values()):
        which |= where.to_numpy(dtype=np.int8) << place
    texts = [
        ", ".join(reason for place, reason in enumerate(reasons) if kind >> place & 1)
        for kind in range(2 ** len(reasons))
    ]
    return pd.Series(pd.array(texts, dtype="str").take(which.astype(np.intp)), index=events.index)
