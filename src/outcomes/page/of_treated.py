"""Responders of all treated patients: the same words have the same denominator for every reader."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from outcomes.models.stats.intervals import proportion
from outcomes.results import Estimates

__all__ = ["NOTE", "of_treated"]

NOTE = (
    "N, missing = no response: all treated patients whose period is over; a patient without a value or an "
    "eligible baseline counts as not responding. N, with a value: those with enough recorded days in both."
)


def of_treated(responders: Estimates) -> Estimates:
    """Return responders with every treated patient in N whose period is over; observed ones stay as they are.

    Parameters
    ----------
    responders : Estimates
        Of `outcomes.responders`.
    """
    rows = responders.to_frame()
    # where nobody could respond there is no number, and those without a baseline make none
    counted = ((rows["missing"] == "non_responder") & rows["N"].gt(0)).to_numpy()
    total = rows["N"] + np.where(counted, rows["no_baseline"] + rows["baseline_zero"], 0)
    rows["N"] = total
    rows["percent"] = 100 * rows["n"] / total.where(total > 0)
    n, size = (rows[name].to_numpy(dtype=np.float64) for name in ("n", "N"))
    limits = proportion(n, size, method="wilson")
    rows["lower"], rows["upper"] = (100 * np.asarray(limit) for limit in limits)
    kept = [*(["arm"] if "arm" in rows else []), "period", "term", "missing", "n", "N"]
    kept += ["percent", "lower", "upper"]
    return replace(responders, frame=rows[kept], notes=(NOTE,), members=None, meta={})
