"""From a formula's terms and a frame to the numbers of the design."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from outcomes.errors import ArgumentError, DataError

__all__ = ["materialise"]


def materialise(terms: Any, frame: pd.DataFrame) -> tuple[NDArray[np.float64], Any]:
    """Return the matrix of formulaic's terms (or of a spec) on a frame, and the spec that makes it again.

    Raises
    ------
    ArgumentError
        When the formula cannot be evaluated on these columns.
    DataError
        When it gives missing or infinite values.
    """
    from formulaic.errors import FormulaicError

    try:
        with np.errstate(all="ignore"):
            found = terms.get_model_matrix(frame, context={"np": np}, na_action="raise", output="pandas")
    except (FormulaicError, TypeError, ValueError, NameError, AttributeError, KeyError) as error:
        raise ArgumentError(
            "the formula cannot be evaluated on these data",
            hint="check its functions, and that factors and numbers are used as such",
        ) from error
    matrix = np.ascontiguousarray(found, dtype=np.float64)
    if not np.isfinite(matrix).all():
        raise DataError(
            "the formula gives missing or infinite values in some rows",
            got=f"{int((~np.isfinite(matrix)).any(1).sum())} rows",
        )
    return matrix, found.model_spec
