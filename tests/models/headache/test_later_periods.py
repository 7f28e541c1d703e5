"""Later periods as if nobody had been treated again, and what treatment again says of a hidden state."""

from __future__ import annotations

import numpy as np
import pytest

from outcomes.models.headache.later.completed import completed
from outcomes.models.headache.later.untreated_days import UntreatedDays
from outcomes.models.stats.kernels import hidden_levels
from outcomes.models.stats.kernels.next_course import BANDS, Courses, bands, chances, paths, weeks_by_state


def test_bands_are_those_of_the_last_two_weeks_by_hand() -> None:
    rng = np.random.default_rng(1)
    event, recorded = rng.random((6, 42)) < 0.6, rng.random((6, 42)) < 0.8
    base, again = np.full(6, 0.7), np.array([np.inf, 30.0, 42, 8, 1, np.inf])
    found = bands(event, recorded, base, again, 6)
    for i in range(6):
        for week in range(6):
            best = -1.0
            for day in range(7 * week, 7 * week + 7):
                if day + 1 > again[i]:
                    continue
                before = slice(max(day - 14, 0), day)
                seen = recorded[i, before].sum()
                if seen >= 4:
                    best = max(best, (event & recorded)[i, before].sum() / seen / base[i])
            by_hand = BANDS - 1 if best < 0 else sum(best >= edge for edge in (0.5, 0.7, 0.85))
            assert found[i, week] == by_hand


def test_the_path_is_the_product_of_the_weeks() -> None:
    courses = Courses(np.array([[0, 1, 3, 4]]), np.array([3]), np.array([True]))
    chance = np.arange(1, 16).reshape(BANDS, 3) / 20
    changed, unchanged = (np.exp(log)[0] for log in paths(courses, chance))
    a, b, c = chance[[0, 1, 3]].T
    by_hand = [
        (1 - b[0]) * (1 - b[1]) * b[2],
        (1 - a[0]) * (1 - b[1]) * b[2],
        (1 - a[0]) * (1 - a[1]) * b[2],
        (1 - a[0]) * (1 - a[1]) * a[2],
        (1 - a[0]) * (1 - a[1]) * a[2],
    ]
    np.testing.assert_allclose(changed, by_hand)
    assert unchanged == pytest.approx((1 - c[0]) * (1 - c[1]) * c[2])


def test_chances_are_courses_per_week_of_each_state() -> None:
    courses = Courses(np.zeros((400, 5), dtype=np.intp), np.full(400, 5), np.arange(400) < 100)
    change = np.zeros((400, 6))
    change[:200, -1] = change[200:, 0] = 1.0  # never in the first 200, from the first week on in the others
    found = chances(weeks_by_state(courses, change, np.zeros(400)))[:, :2]
    # 100 courses in 1,000 weeks of one state, none in 1,000 of the other; a fifth of a course of prior
    assert found[0] == pytest.approx([1 - np.exp(-0.1), 0.0], abs=5e-4)


def test_the_days_of_a_law_are_those_of_every_path() -> None:
    """The forward and backward sums agree with the sum over all waves, written out for two weeks."""
    rng = np.random.default_rng(3)
    days = np.full((2, 2), 7.0)
    events = rng.integers(0, 8, (2, 2)).astype(float)
    nobody = Courses(np.zeros((2, 2), dtype=np.intp), np.full(2, 2), np.zeros(2, dtype=bool))
    weeks = hidden_levels.Weeks(events[:, :1], days[:, :1], events, days, nobody, 1.0)
    law = hidden_levels.law_of(weeks, 0.5)
    p, kernel = hidden_levels.chance(0.5), hidden_levels._kernel()
    first = hidden_levels._stationary(kernel)

    def seen(x: float, level: int) -> np.ndarray:
        best = (x / 7) ** x * (1 - x / 7) ** (7 - x)
        return p[level] ** x * (1 - p[level]) ** (7 - x) / best

    pair = 17
    u, v = hidden_levels.HIGH[hidden_levels.FELL[pair]], hidden_levels.LOW[hidden_levels.FELL[pair]]
    for i in range(2):
        for change in range(3):
            levels = [u, *(u if week >= change else v for week in range(2))]
            total = first
            for x, level in zip([events[i, 0], *events[i]], levels, strict=True):
                total = (total @ kernel) * seen(x, level)
            assert law.pairs.fell[i, pair, change] == pytest.approx(total.sum(), rel=1e-9)


def test_a_course_at_relapse_says_that_the_level_has_returned() -> None:
    """Treated seven days after a return that the days hardly show: the course itself says so."""
    rng = np.random.default_rng(5)
    n, width, before, low = 60, 112, 0.9, 0.55
    lost = np.ceil(rng.exponential(120, n))
    lost[n // 2 :] = np.inf
    level = np.where(np.arange(1, width + 1) > lost[:, None], before, low)
    level[n // 2 :] = before  # half never fell, and nobody treats them again
    hit = rng.random((n, width)) < level
    again = np.where((lost >= 28) & (lost + 7 < width), lost + 8, np.inf)
    days = np.where(np.arange(1, width + 1) < again[:, None], hit, np.nan)
    weeks = rng.binomial(7, before, (n, 4)).astype(float)
    treated = np.flatnonzero(again < 84)
    drawn = []
    for known in (again, np.full(n, np.inf)):
        seen = UntreatedDays(days, weeks, np.full((n, 4), 7.0), known)
        drawn.append(completed(seen, 28, 5, np.random.default_rng(6))[:, treated, 3].mean() / 28)
    assert drawn[0] > drawn[1] + 0.05
    assert drawn[0] == pytest.approx(before, abs=0.15)  # 15 patients, 5 draws: three errors
