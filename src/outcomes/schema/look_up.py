"""One column of another table for each row, by key."""

from __future__ import annotations

import pandas as pd

__all__ = ["look_up"]


def look_up(keys: pd.Series, values: pd.Series) -> pd.Series:
    """Return the value of each key, missing where the key is unknown; the dtype stays.

    `Series.map` turns an empty series of times into floats and fails; this does not.

    Parameters
    ----------
    keys : Series
        Keys of the rows.
    values : Series
        Values by key: a unique index.

    Examples
    --------
    >>> look_up(pd.Series(["a", "c"]), pd.Series([1.5, 2.5], index=["a", "b"])).tolist()
    [1.5, nan]
    """
    known = values[values.index.notna()]
    codes, distinct = pd.factorize(keys)  # many rows share a key
    if (codes < 0).any():
        distinct = distinct.append(pd.Index([None], dtype=distinct.dtype))
    found = known.reindex(distinct).array
    return pd.Series(found.take(codes % max(len(found), 1)), index=keys.index, name=values.name)
