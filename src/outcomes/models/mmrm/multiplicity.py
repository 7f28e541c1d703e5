"""P values and limits of several comparisons, adjusted for their number."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from outcomes.errors import ArgumentError, one_of
from outcomes.models.mmrm.inference import Tested
from outcomes.models.stats.kernels.max_t import largest_t

__all__ = ["ADJUSTMENTS", "Adjusted", "adjust_tests", "check_adjust"]

Array = NDArray[np.float64]
Index = NDArray[np.intp]

#: Adjustments, with the words that stand under a table.
ADJUSTMENTS = {
    "none": "no adjustment for the number of comparisons",
    "bonferroni": "Bonferroni",
    "holm": "Holm; limits by Bonferroni, as Holm's method has none",
    "sidak": "Šidák",
    "tukey": "all pairs by the multivariate t distribution (Tukey)",
    "dunnett": "all levels with one by the multivariate t distribution (Dunnett)",
    "mvt": "the multivariate t distribution",
}
#: Adjustments that hold for one kind of comparisons only.
BELONGS = {"tukey": "pairwise", "dunnett": "reference"}


@dataclass(frozen=True, slots=True, eq=False)
class Adjusted:
    """Adjusted results, one a row; NaN where a row cannot be estimated.

    Parameters
    ----------
    p_value : array (l,)
        P values that hold for the whole family.
    critical : array (l,)
        Half the width of the simultaneous limits, in standard errors.
    largest : int
        Comparisons in the largest family.
    """

    p_value: Array
    critical: Array
    largest: int


def check_adjust(adjust: str, method: str) -> None:
    """Refuse an adjustment that is none, or that does not hold for these comparisons.

    Raises
    ------
    ArgumentError
        For an unknown adjustment; for Tukey beside anything but all pairs, Dunnett beside anything but a
        reference.
    """
    one_of("adjust", adjust, ADJUSTMENTS)
    if BELONGS.get(adjust, method) != method:
        raise ArgumentError(
            f"adjust={adjust!r} holds for method={BELONGS[adjust]!r} only",
            got=f"method={method!r}",
            hint="adjust='mvt' is exact for any set of comparisons",
        )


def adjust_tests(tested: Tested, covariance: Array, family: Index, adjust: str, level: float) -> Adjusted:
    """Adjust the tests of rows of L within families.

    Parameters
    ----------
    tested : Tested
        The tests by themselves; each row keeps its own df.
    covariance : array (l, l)
        Covariance of the estimates.
    family : int array (l,)
        Family of each row.
    adjust : str
        One of `ADJUSTMENTS`.
    level : float
        Probability that all limits of a family hold together.

    References
    ----------
    Hothorn T, Bretz F, Westfall P (2008). Biometrical Journal 50:346-363. doi:10.1002/bimj.200810425
    """
    single, df = tested.p_value, tested.df
    p, critical, largest = np.full(len(df), np.nan), np.full(len(df), np.nan), 0
    known = np.isfinite(single)
    for one in np.unique(family):
        rows = np.flatnonzero((family == one) & known)
        if not len(rows):
            continue
        largest = max(largest, len(rows))
        if len(rows) == 1 or adjust == "none":
            p[rows], critical[rows] = single[rows], _t(df[rows], level)
        elif adjust in SIMPLE:
            p[rows], critical[rows] = SIMPLE[adjust](single[rows], df[rows], level)
        else:
            size = np.sqrt(np.diag(covariance)[rows])
            distribution = largest_t(covariance[np.ix_(rows, rows)] / np.outer(size, size))
            statistic = np.abs(tested.statistic[rows])
            pairs = list(zip(statistic.tolist(), df[rows].tolist(), strict=True))
            # the largest of several is never less likely to be this large than one of them
            p[rows] = np.maximum([distribution.p_value(t, d) for t, d in pairs], single[rows])
            critical[rows] = [distribution.critical(level, d) for _, d in pairs]
    return Adjusted(p, critical, largest)


def _t(df: Array, level: float) -> Array:
    from scipy.special import stdtrit

    return np.asarray(stdtrit(df, 0.5 + 0.5 * level))


def _bonferroni(p: Array, df: Array, level: float) -> tuple[Array, Array]:
    return np.minimum(len(p) * p, 1.0), _t(df, 1.0 - (1.0 - level) / len(p))


def _holm(p: Array, df: Array, level: float) -> tuple[Array, Array]:
    order = np.argsort(p)
    stepped = np.maximum.accumulate(np.minimum((len(p) - np.arange(len(p))) * p[order], 1.0))
    out = np.empty_like(p)
    out[order] = stepped
    return out, _bonferroni(p, df, level)[1]


def _sidak(p: Array, df: Array, level: float) -> tuple[Array, Array]:
    return -np.expm1(len(p) * np.log1p(-np.minimum(p, 1.0 - 1e-16))), _t(df, level ** (1.0 / len(p)))


SIMPLE: dict[str, Callable[[Array, Array, float], tuple[Array, Array]]] = {
    "bonferroni": _bonferroni,
    "holm": _holm,
    "sidak": _sidak,
}
