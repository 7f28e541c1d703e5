"""Under five patients: the values themselves, no interval and no test."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

__all__ = ["BEYOND", "FEW", "FEW_WORDS", "without_interval"]

#: Below this many patients the values themselves are shown: no interval, no test.
FEW = 5
FEW_WORDS = f"fewer than {FEW} patients: no interval"
#: A line may lead to more, or fewer, days than there are.
BEYOND = "the line leaves what days can be: no interval"

#: What an interval and a test consist of.
_BLANKED = (
    "std_error", "df", "statistic", "p_value", "lower", "upper", "lower_exact", "upper_exact",
    "lower_all_looks", "upper_all_looks",
)  # fmt: skip


def without_interval(frame: pd.DataFrame, few: ArrayLike, words: str = FEW_WORDS) -> pd.DataFrame:
    """Return a table of estimates without interval and test in some rows, which say why in `status`.

    Parameters
    ----------
    frame : DataFrame
        Columns as in the glossary.
    few : array_like of bool, (rows,)
        The rows that stand on too few patients. A row that has no number for another reason keeps its words.
    words : str
        Why they have no interval.

    Examples
    --------
    >>> rows = pd.DataFrame({"estimate": [-3.0, -2.0], "lower": [-9.0, -4.0], "status": "ok"})
    >>> without_interval(rows, [True, False])["status"].tolist()
    ['fewer than 5 patients: no interval', 'ok']
    """
    at = np.asarray(few, dtype=bool)
    blank = [name for name in _BLANKED if name in frame.columns]
    other = {name: np.float64 for name in blank if frame[name].dtype != np.float64}
    frame = frame.astype(other) if other else frame.copy()
    if at.any():
        frame.loc[at, blank] = np.nan
        frame["status"] = frame["status"].mask(at & (frame["status"] == "ok").to_numpy(), words)
    return frame
