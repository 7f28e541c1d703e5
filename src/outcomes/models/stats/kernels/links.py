"""The two links of models of days: a logit of their share, or a log of their mean."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import special

__all__ = ["inverse", "transform"]

Array = NDArray[np.float64]


def inverse(link: str, eta: Array) -> tuple[Array, Array]:
    """Return the mean at a linear predictor, and its slope."""
    if link == "log":
        return np.exp(eta), np.exp(eta)
    p = special.expit(eta)
    return p, p * (1 - p)


def transform(link: str) -> tuple[Any, Any, Any]:
    """Return the link, its inverse, and the link's slope."""
    if link == "log":
        return np.log, np.exp, lambda m: 1 / m
    return special.logit, special.expit, lambda m: 1 / (m * (1 - m))
