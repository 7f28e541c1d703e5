"""Brackets narrowed to zeros that are known."""

from __future__ import annotations

import numpy as np
import pytest

from outcomes.models.stats.kernels.root import narrowed

PRECISE = 1e-9


@pytest.mark.parametrize(
    "bent",
    [
        lambda away: away,
        lambda away: -(away**3),
        lambda away: np.expm1(9 * away),
        lambda away: np.sign(away) * np.abs(away) ** 0.1,
        lambda away: np.where(away > 0, 1e9, -1e-9),
        lambda away: np.log1p(away / 2) * 1e-9,
    ],
    ids=["line", "flat at the zero", "steep", "upright at the zero", "a jump", "low"],
)
def test_the_zero_lies_between_the_ends_and_both_are_near_it(bent):
    zero = np.random.default_rng(3).random(200)
    near, far = narrowed(lambda at: bent(at - zero), np.full(200, -0.5), np.full(200, 1.5), PRECISE)
    low, high = np.minimum(near, far), np.maximum(near, far)
    flat = np.abs(bent(near - zero)) < 1e-24  # a cube of less than 1e-8: the place is found to that
    assert ((low <= zero + PRECISE) & (zero <= high + PRECISE)).all()
    assert (np.abs(near - zero)[~flat] <= 2 * PRECISE).all()


def test_a_zero_at_an_end_of_the_bracket_is_found():
    near, _ = narrowed(lambda at: at, np.zeros(1), np.ones(1), PRECISE)
    assert abs(near[0]) <= 2 * PRECISE


def test_a_bracket_that_is_not_known_has_no_zero_and_does_not_hold_up_the_others():
    low, high = np.array([0.0, np.nan]), np.array([9.0, np.nan])
    near, far = narrowed(lambda at: at - 3.0, low, high, PRECISE)
    assert abs(near[0] - 3.0) <= 2 * PRECISE
    assert np.isnan([near[1], far[1]]).all()


def test_a_bracket_beside_zero_is_not_narrowed_below_what_a_float_holds():
    near, _ = narrowed(lambda at: at - 1e17 / 3, np.zeros(1), np.array([1e17]), PRECISE)
    assert near[0] == pytest.approx(1e17 / 3, rel=1e-15)
