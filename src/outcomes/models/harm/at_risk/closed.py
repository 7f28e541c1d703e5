"""Exposure as trials give it, with dates: the last day belongs to it, and the cut-off ends what is open."""

from __future__ import annotations

import pandas as pd

from outcomes.errors import ArgumentError
from outcomes.models.harm.at_risk.clock import check_one_clock, microseconds
from outcomes.models.harm.at_risk.names import END, PATIENT, START
from outcomes.models.stats.input_frames import check_columns

__all__ = ["at_risk"]

DAY = pd.Timedelta(days=1)


def at_risk(
    exposure: pd.DataFrame, *, cutoff: pd.Timestamp | None = None, last_day_included: bool = False
) -> pd.DataFrame:
    """Close exposure that is given with dates or goes on, so that `rates` can measure it.

    Parameters
    ----------
    exposure : DataFrame
        ``patient_id``, ``start`` and ``end`` (timestamps); further columns stay as they are.
    cutoff : Timestamp, optional
        Ends the exposure of those without an end.
    last_day_included : bool
        The day of the end belongs to the exposure, as in trials with dates: ``end - start + 1 day``. Then so
        does the day of the cut-off.

    Returns
    -------
    DataFrame
        The same rows with the ends filled and moved.

    Raises
    ------
    ArgumentError
        For a column that does not exist, and for times of which some have a zone and some have none.

    Examples
    --------
    >>> import pandas as pd
    >>> exposure = pd.DataFrame({"patient_id": ["a", "b"], "start": pd.to_datetime(["2026-01-01"] * 2),
    ...     "end": pd.to_datetime(["2026-01-07", None])})
    >>> at_risk(exposure, cutoff=pd.Timestamp("2026-01-10"), last_day_included=True)
      patient_id      start        end
    0          a 2026-01-01 2026-01-08
    1          b 2026-01-01 2026-01-11
    """
    check_columns("exposure", exposure, [PATIENT, START, END])
    check_one_clock(("exposure", exposure, START), ("exposure", exposure, END))
    for column in (START, END):
        microseconds(exposure, column)
    end = exposure[END]
    if cutoff is not None:
        end = end.fillna(_last(exposure, cutoff))
    return exposure.assign(**{END: end + DAY if last_day_included else end})


def _last(exposure: pd.DataFrame, cutoff: pd.Timestamp) -> pd.Timestamp:
    """Return the cut-off on the clock of the exposure."""
    try:
        last = pd.DataFrame({"cutoff": pd.to_datetime([cutoff])})
    except (TypeError, ValueError):
        raise ArgumentError(
            "cutoff is not a time", got=type(cutoff).__name__, allowed="a Timestamp"
        ) from None
    if last["cutoff"].isna().any():
        raise ArgumentError("cutoff is missing", allowed="a Timestamp, or None")
    check_one_clock(("exposure", exposure, START), ("the", last, "cutoff"))
    return last["cutoff"].iloc[0]
