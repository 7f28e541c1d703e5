"""McNemar's tests and the interval for paired yes/no answers."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from scipy.special import bdtr, chdtrc, gammaln, xlogy

from outcomes.errors import one_of
from outcomes.models.stats.intervals.arguments import broadcast, check_level, counts
from outcomes.models.stats.intervals.two_rates import rate_ratio

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    Floats = NDArray[np.float64]

__all__ = ["METHODS", "McNemar", "mcnemar"]

METHODS = ("exact", "mid-p", "chi2", "chi2-cc")


@dataclass(frozen=True, slots=True, eq=False)
class McNemar:
    """Tests and interval for paired answers; unpacks to ``(lower, upper)``.

    Parameters
    ----------
    lower, upper : ndarray
        Limits of the odds ratio b / c.
    exact_p, mid_p : ndarray
        Two-sided P values of the exact conditional test and of its mid-p form.
    chi2, chi2_cc : ndarray
        McNemar's statistic without and with continuity correction.
    p_chi2, p_chi2_cc : ndarray
        Their P values on one degree of freedom.
    method : str
        Which of the tests `p_value` gives.
    level : float
        Confidence level of the limits.
    """

    lower: Floats
    upper: Floats
    exact_p: Floats
    mid_p: Floats
    chi2: Floats
    p_chi2: Floats
    chi2_cc: Floats
    p_chi2_cc: Floats
    method: str
    level: float

    def __iter__(self) -> Iterator[Floats]:
        return iter((self.lower, self.upper))

    def __len__(self) -> int:
        return 2

    def __getitem__(self, index: int) -> Floats:
        return (self.lower, self.upper)[index]

    @property
    def p_value(self) -> Floats:
        """P value of the method that was asked for."""
        by_method = {
            "exact": self.exact_p,
            "mid-p": self.mid_p,
            "chi2": self.p_chi2,
            "chi2-cc": self.p_chi2_cc,
        }
        return by_method[self.method]


def mcnemar(b: ArrayLike, c: ArrayLike, *, method: str = "exact", level: float = 0.95) -> McNemar:
    """Test whether the two kinds of discordant pairs are equally likely.

    Parameters
    ----------
    b, c : array_like of int
        Pairs that are yes then no, and no then yes.
    method : {"exact", "mid-p", "chi2", "chi2-cc"}
        Which test ``.p_value`` gives. The interval is mid-p for ``mid-p`` and exact otherwise.
    level : float
        Confidence level, between 0 and 1.

    Returns
    -------
    McNemar
        ``lower, upper = mcnemar(...)`` are the limits of the odds ratio b / c: 0 and infinite where
        b or c is 0. The P values and statistics are its attributes. Without a discordant pair the exact P
        is 1 and the other tests are undefined (NaN).

    Raises
    ------
    ArgumentError
        For impossible counts, an unknown method or a level outside 0 to 1.

    Notes
    -----
    b is binomial(b + c, 1/2) under the hypothesis. Exact: ``min(1, 2 P(X <= min(b, c)))``; mid-p takes
    ``P(X = min(b, c))`` from it (for b = c Fagerland and others take half of it; both are far above any
    threshold). Chi-squared: ``(b - c)^2 / (b + c)``; corrected:
    ``(|b - c| - 1)^2 / (b + c)``, and 0 for b = c.

    References
    ----------
    Fagerland MW, Lydersen S, Laake P. The McNemar test for binary matched-pairs data: mid-p and asymptotic
    are better than exact conditional. BMC Med Res Methodol 2013;13:91. doi:10.1186/1471-2288-13-91

    Examples
    --------
    >>> result = mcnemar(12, 3, method="mid-p")
    >>> round(float(result.p_value), 4)
    0.0213
    >>> [round(float(limit), 2) for limit in mcnemar(12, 3)]
    [1.08, 22.09]
    """
    one_of("method", method, METHODS)
    check_level(level)
    yes_no, no_yes = broadcast({"b": counts("b", b), "c": counts("c", c)})
    lower, upper = rate_ratio(
        yes_no, 1.0, no_yes, 1.0, method="mid-p" if method == "mid-p" else "exact", level=level
    )
    return McNemar(lower, upper, **_tests(yes_no, no_yes), method=method, level=level)


def _tests(b: Floats, c: Floats) -> dict[str, Any]:
    """Return the P values and statistics by the names of `McNemar`."""
    total, fewer = b + c, np.minimum(b, c)
    none = total == 0
    exact = np.minimum(1.0, 2 * bdtr(fewer, total.astype(np.int64), 0.5))
    log_choose = gammaln(total + 1) - gammaln(fewer + 1) - gammaln(total - fewer + 1)
    point = np.exp(log_choose + xlogy(total, 0.5))
    mid = np.where(none, np.nan, exact - point)
    pairs = np.where(none, np.nan, total)
    plain = (b - c) ** 2 / pairs
    corrected = np.maximum(np.abs(b - c) - 1, 0.0) ** 2 / pairs
    parts = {
        "exact_p": exact,
        "mid_p": mid,
        "chi2": plain,
        "p_chi2": chdtrc(1, plain),
        "chi2_cc": corrected,
        "p_chi2_cc": chdtrc(1, corrected),
    }
    return {name: np.asarray(part)[()] for name, part in parts.items()}
