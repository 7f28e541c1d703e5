"""Arms within strata: counted together as one arm each, taken apart again in the table."""

from __future__ import annotations

import numpy as np
import pandas as pd

from outcomes.errors import ArgumentError, DataError, name_rows, plural
from outcomes.models.stats.input_frames import check_columns

__all__ = ["JOINT", "apart", "joined"]

#: The arm of a stratum while it is counted; no column of a user is called so.
JOINT = "arm of\nstratum"


def joined(
    at_risk: pd.DataFrame, arm: str | None, strata: str | None
) -> tuple[pd.DataFrame, str | None, pd.DataFrame]:
    """Return the frame, the column to count by (arms of strata where there are any), and the pairs."""
    if strata is None:
        return at_risk, arm, pd.DataFrame()
    if arm is None:
        raise ArgumentError("strata divide arms, and there is no arm", hint="pass arm=")
    check_columns("at_risk", at_risk, [arm, strata])
    for column in (arm, strata):
        if (absent := np.flatnonzero(at_risk[column].isna())).size:
            raise DataError(
                f"at_risk has {plural(len(absent), 'row')} without {column}",
                got=name_rows(absent),
                hint="leave out who is not at risk, or complete the column",
            )
    by = at_risk.groupby([strata, arm], sort=True, observed=True)
    pairs = pd.DataFrame(list(by.groups), columns=[strata, arm])
    return at_risk.assign(**{JOINT: by.ngroup()}), JOINT, pairs


def apart(frame: pd.DataFrame, pairs: pd.DataFrame) -> pd.DataFrame:
    """Return the table with the stratum and the arm in columns of their own."""
    if JOINT not in frame.columns:
        return frame
    place, code = list(frame.columns).index(JOINT), frame[JOINT].to_numpy(dtype=np.int64)
    found = frame.drop(columns=JOINT)
    for offset, column in enumerate(pairs.columns):
        found.insert(place + offset, column, pairs[column].array.take(code))
    return found
