"""One column of another table for each row, by key, and whether the key is there at all."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

__all__ = ["coded", "known_keys", "look_up"]

#: Keys from which it pays to look for those that repeat the one before.
MANY = 5_000


def coded(keys: pd.Series) -> tuple[NDArray[np.intp], pd.Index]:
    """Return `pandas.factorize` of keys of which most repeat the row before, as a patient's days do.

    Examples
    --------
    >>> coded(pd.Series(["b", "b", None, "a", "b"]))[0].tolist()
    [0, 0, -1, 1, 0]
    """
    if len(keys) < MANY:
        codes, distinct = pd.factorize(keys)
        return codes, distinct
    values = keys.array
    begins = np.flatnonzero(np.append(True, np.asarray(values[1:] != values[:-1], dtype=bool))[: len(keys)])
    codes, distinct = pd.factorize(keys.iloc[begins])
    return np.repeat(codes, np.diff(np.append(begins, len(keys)))), distinct


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
    codes, distinct = coded(keys)
    if (codes < 0).any():
        distinct = distinct.append(pd.Index([None], dtype=distinct.dtype))
    found = known.reindex(distinct).array
    return pd.Series(found.take(codes % max(len(found), 1)), index=keys.index, name=values.name)


def known_keys(keys: pd.Series, others: pd.Series) -> NDArray[np.bool_]:
    """Return which keys stand in another column; an empty one does not.

    Many rows share a key: each different one is looked up once. (`Series.isin` takes every text of the other
    column in its hands.)

    Examples
    --------
    >>> known_keys(pd.Series(["a", "c", None]), pd.Series(["a", "a", None])).tolist()
    [True, False, False]
    """
    if not len(others):
        return np.zeros(len(keys), dtype=np.bool_)
    codes, distinct = coded(keys)
    known = pd.Index(others.dropna().unique()).get_indexer(distinct) >= 0
    return np.asarray(np.append(known, False)[codes])
