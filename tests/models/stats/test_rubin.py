"""Rubin's rules against their own limits: no uncertainty within, and complete data of infinite df."""

from __future__ import annotations

import numpy as np
import pytest

from outcomes.models.stats.kernels.rubin import pool

ESTIMATES = np.array([1.0, 1.5, 2.5, 3.0])


def test_infinite_complete_df_leaves_rubins_of_1987() -> None:
    """As the complete df grow, Barnard and Rubin's tend to (M - 1) / share^2 (their section 2)."""
    within, between = 2.0, ESTIMATES.var(ddof=1)
    share = 1.25 * between / (within + 1.25 * between)
    found = pool(ESTIMATES, np.full(4, within), np.inf)
    assert found.df == pytest.approx(3 / share**2, rel=1e-12)
    assert found.df == pytest.approx(pool(ESTIMATES, np.full(4, within), 1e12).df, rel=1e-9)


def test_without_variance_within_only_the_imputations_differ_and_none_of_the_data_is_left() -> None:
    """All of the variance is due to what is missing: the observed df are 0, so no interval."""
    found = pool(ESTIMATES, np.zeros(4), 20.0)
    assert found.std_error == pytest.approx(np.sqrt(1.25 * ESTIMATES.var(ddof=1)), rel=1e-12)
    assert (found.df, found.missing_share) == (0.0, 1.0)
