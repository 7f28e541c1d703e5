"""A reason why texts of a column were refused or are doubtful."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

__all__ = ["Misread"]


@dataclass(frozen=True, slots=True, eq=False)
class Misread:
    """One rule that some of the distinct texts break.

    Parameters
    ----------
    rule : str
        Code of the rule.
    message : str
        What is wrong, without the text itself.
    texts : ndarray of bool
        Which of the distinct texts.
    hint : str
        What to do.
    severity : {"error", "warning"}
        An error rejects the rows.
    """

    rule: str
    message: str
    texts: NDArray[np.bool_]
    hint: str = ""
    severity: Literal["error", "warning"] = "error"
