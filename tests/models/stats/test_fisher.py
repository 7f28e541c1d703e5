"""Fisher's exact test against whole-number arithmetic."""

from __future__ import annotations

from fractions import Fraction
from math import comb

import numpy as np
import pytest

from outcomes.models.stats.kernels.fisher import fisher_p

#: A product of at most 800 ratios, each rounded twice.
ROUNDING = 1e-13


def exact(x1: int, n1: int, x2: int, n2: int) -> float:
    total = x1 + x2
    first = max(0, total - n2)
    ways = [comb(n1, k) * comb(n2, total - k) for k in range(first, min(n1, total) + 1)]
    return float(Fraction(sum(w for w in ways if w <= ways[x1 - first]), sum(ways)))


def test_p_is_that_of_whole_numbers_with_ties_counted() -> None:
    rng = np.random.default_rng(5)
    for most in (5, 20, 60, 400):
        for _ in range(100):
            n1, n2 = (int(n) for n in rng.integers(1, most, 2))
            x1, x2 = int(rng.integers(0, n1 + 1)), int(rng.integers(0, n2 + 1))
            assert fisher_p(x1, n1, x2, n2) == pytest.approx(exact(x1, n1, x2, n2), rel=ROUNDING)


def test_equal_groups_with_equal_counts_have_p_one() -> None:
    assert fisher_p(3, 10, 3, 10) == 1.0
    assert fisher_p(1, 1, 0, 1) == 1.0


@pytest.mark.parametrize("table", [(40, 100_000, 75, 99_000), (3, 5, 999_990, 1_000_000)])
def test_large_groups_keep_the_digits(table: tuple[int, int, int, int]) -> None:
    assert fisher_p(*table) == pytest.approx(exact(*table), rel=ROUNDING)
