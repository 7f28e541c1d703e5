"""Score limits against a search of their definition by SciPy: zero cells, one patient, unequal groups."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.optimize import brentq
from scipy.special import ndtri
from scipy.stats import nchypergeom_fisher

from outcomes.models.stats.intervals import difference, odds_ratio, ratio

SEARCHED = 1e-6  # what the issue of any interval asks; the search itself is good to about 1e-9
LEVELS = (0.8, 0.95, 0.999)
TABLES = [
    (0, 1, 0, 1), (1, 1, 0, 1), (0, 1, 1, 1), (1, 1, 1, 1), (0, 1, 0, 500), (1, 1, 500, 500), (1, 2, 1, 1),
    (2, 3, 1, 2), (0, 10, 0, 20), (10, 10, 9, 10), (1, 300, 0, 300), (999, 1000, 990, 1000), (7, 34, 1, 34),
    (16, 20, 7, 15), (2, 5000, 9, 5000), (5, 5, 10**6, 10**6), (0, 5, 0, 10**6), (3, 10**6, 0, 10**6),
]  # fmt: skip


def likeliest_below(table, theta: float) -> float:
    """Return the share of group 2 that is likeliest when that of group 1 is theta times it."""
    x1, n1, x2, n2 = table

    def slope(r: float) -> float:
        return (x1 + x2) / r - (n1 - x1) * theta / (1 - theta * r) - (n2 - x2) / (1 - r)

    high = min(1.0, 1 / theta)
    a, b = 1e-15, high * (1 - 1e-14)
    return b if slope(b) >= 0 else brentq(slope, a, b, xtol=1e-18, rtol=1e-14)


def score_of_difference(table, delta: float) -> tuple[float, float]:
    """Return variance's two parts r1 q1, r2 q2 at the likeliest shares, by the quadratic or by the search."""
    x1, n1, x2, n2 = table
    if x1 == x2 == 0:
        return (delta * (1 - delta), 0.0) if delta >= 0 else (0.0, -delta * (1 + delta))
    if x1 == n1 and x2 == n2:
        return (0.0, delta * (1 - delta)) if delta >= 0 else (-delta * (1 + delta), 0.0)
    low, high = max(0.0, -delta), min(1.0, 1 - delta)

    def slope(r: float) -> float:
        r1 = r + delta
        return x1 / r1 - (n1 - x1) / (1 - r1) + x2 / r - (n2 - x2) / (1 - r)

    edge = 1e-14
    a, b = low + edge, high - edge
    r = a if slope(a) <= 0 else b if slope(b) >= 0 else brentq(slope, a, b, xtol=1e-16, rtol=1e-14)
    return (r + delta) * (1 - r - delta), r * (1 - r)


@pytest.mark.parametrize("method", ["mee", "miettinen-nurminen"])
@pytest.mark.parametrize("table", TABLES)
def test_a_difference_is_where_its_score_test_turns(table, method: str) -> None:
    x1, n1, x2, n2 = table
    total = n1 + n2
    factor = total / (total - 1) if method == "miettinen-nurminen" else 1.0
    seen = x1 / n1 - x2 / n2
    for level in LEVELS:
        z = -ndtri((1 - level) / 2)

        def beyond(delta: float, z: float = z) -> float:
            v1, v2 = score_of_difference(table, delta)
            return (seen - delta) ** 2 - z**2 * factor * (v1 / n1 + v2 / n2)

        limits = difference(*table, method=method, level=level)
        for limit, end in zip(limits, (-1.0, 1.0), strict=True):
            if seen == end:
                assert limit == end
                continue
            outer = end * (1 - 1e-13)
            inner = seen + (end - seen) * 1e-12  # at the estimate itself the variance may be 0
            bounded = beyond(outer) >= 0
            root = brentq(beyond, outer, inner, xtol=1e-16, rtol=1e-13, maxiter=500) if bounded else end
            assert limit == pytest.approx(root, rel=SEARCHED, abs=1e-11), (table, level)


@pytest.mark.parametrize("method", ["koopman", "miettinen-nurminen"])
@pytest.mark.parametrize("table", [t for t in TABLES if t[0] and t[2]])
def test_a_ratio_is_where_its_score_test_turns(table, method: str) -> None:
    x1, n1, x2, n2 = table
    total = n1 + n2
    factor = total / (total - 1) if method == "miettinen-nurminen" else 1.0
    for level in LEVELS:
        z = -ndtri((1 - level) / 2)
        for limit in ratio(*table, method=method, level=level):
            theta = float(limit)
            if x1 == n1 and x2 == n2:  # the likeliest shares are 1 and theta, or 1 / theta and 1
                v1, v2 = (0.0, (theta - 1) / theta**2) if theta > 1 else (theta * (1 - theta), 0.0)
            else:
                r2 = likeliest_below(table, theta)
                v1, v2 = theta * r2 * (1 - theta * r2), r2 * (1 - r2)
            spread = z**2 * factor * (v1 / n1 + theta**2 * v2 / n2)
            assert (x1 / n1 - theta * x2 / n2) ** 2 == pytest.approx(spread, rel=1e-4), (table, level)


@pytest.mark.parametrize("table", [t for t in TABLES if t[1] < 1000 and t[3] < 1000])
def test_exact_odds_ratios_leave_their_tail_on_each_side(table) -> None:
    x1, n1, x2, n2 = table
    for level in LEVELS:
        lower, upper = odds_ratio(*table, level=level)
        tail = (1 - level) / 2
        if lower > 0:
            assert nchypergeom_fisher.sf(x1 - 1, n1 + n2, n1, x1 + x2, lower) == pytest.approx(
                tail, rel=SEARCHED
            )
        if np.isfinite(upper):
            assert nchypergeom_fisher.cdf(x1, n1 + n2, n1, x1 + x2, upper) == pytest.approx(
                tail, rel=SEARCHED
            )


@pytest.mark.parametrize("method", ["score", "miettinen-nurminen"])
@pytest.mark.parametrize("table", TABLES)
def test_score_odds_ratios_solve_their_equation(table, method: str) -> None:
    x1, n1, x2, n2 = table
    total = n1 + n2
    factor = total / (total - 1) if method == "miettinen-nurminen" else 1.0
    for level in LEVELS:
        for psi in odds_ratio(*table, method=method, level=level):
            if psi in (0, np.inf):
                continue

            def both(r: float, psi: float = float(psi)) -> float:
                return n1 * psi * r / (1 - r + psi * r) + n2 * r - x1 - x2

            r2 = brentq(both, 0, 1, xtol=1e-300, rtol=1e-14)
            r1 = psi * r2 / (1 - r2 + psi * r2)
            information = 1 / (n1 * r1 * (1 - r1)) + 1 / (n2 * r2 * (1 - r2))
            z = -ndtri((1 - level) / 2)
            assert (x1 - n1 * r1) ** 2 * information == pytest.approx(z**2 * factor, rel=1e-5), (table, level)
