"""Acute medication: which classes of drugs were taken on a day."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

__all__ = ["CLASSES", "medication_days"]

#: Column -> classes of the codelist `acute_medication` any of which makes the day one of it.
CLASSES: dict[str, frozenset[str]] = {
    "triptan_ergot": frozenset({"triptan", "ergot"}),
    "migraine_specific": frozenset({"triptan", "ergot", "gepant", "ditan"}),
    "overuse_triptan_like": frozenset({"triptan", "ergot", "opioid", "combination"}),
    "overuse_simple": frozenset({"simple_analgesic", "nsaid"}),
}


def medication_days(
    acute: pd.Series,
    headache: pd.Series,
    patient: NDArray[np.int64],
    unread: NDArray[np.bool_] | None = None,
) -> pd.DataFrame:
    """Say for each day which kinds of acute drugs were taken.

    Parameters
    ----------
    acute : Series of str
        ``none`` or classes joined by ``+``.
    headache : Series of boolean
        The diary's answer. On a day without headache an empty entry means that no drug was taken, for
        a patient who ever filled the column in; with headache it is unknown.
    patient : ndarray of int64, shape (days,)
        One number per patient.
    unread : ndarray of bool, shape (days,), optional
        Days with an entry that could not be read: what was taken is unknown, also without headache.

    Returns
    -------
    DataFrame of boolean
        acute_medication (any class), the columns of `CLASSES`, and unread.
    """
    codes, words = pd.factorize(acute)
    taken = [frozenset(part.strip() for part in str(word).split("+")) - {"none", ""} for word in words]
    free = headache.astype("boolean").eq(False).to_numpy(dtype=bool, na_value=False)
    fills_in = np.zeros(patient.max(initial=0) + 1, dtype=bool)
    fills_in[patient[codes >= 0]] = True
    lost = np.zeros(len(codes), dtype=bool) if unread is None else unread
    unknown = (codes < 0) & (lost | ~(free & fills_in[patient]))
    columns = {"acute_medication": np.array([bool(classes) for classes in taken], dtype=bool)}
    for name, members in CLASSES.items():
        columns[name] = np.array([bool(classes & members) for classes in taken], dtype=bool)
    # One more place at the end: code -1, no entry, reads it.
    looked_up = {name: np.append(flags, False)[codes] for name, flags in columns.items()}
    arrays = {name: pd.arrays.BooleanArray(flags, unknown.copy()) for name, flags in looked_up.items()}
    return pd.DataFrame(arrays | {"unread": lost}, index=acute.index)
