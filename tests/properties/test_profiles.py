"""The two ways of drawing examples do what they say: the same ones each time, or new ones that shrink."""

from __future__ import annotations

import pytest
from hypothesis import find, given, settings
from hypothesis import strategies as st

#: Draws enough that two runs with random seeds are never alike by chance.
DRAWS = 20


def drawn(profile: str) -> list[int]:
    seen: list[int] = []

    @settings(settings.get_profile(profile), max_examples=DRAWS, database=None)
    @given(st.integers(0, 10**12))
    def look(number: int) -> None:
        seen.append(number)

    look()
    return seen


def test_quick_tests_draw_the_same_examples_each_time() -> None:
    assert drawn("fixed") == drawn("fixed")


def test_long_tests_draw_new_examples_each_time() -> None:
    assert drawn("explore") != drawn("explore")


@pytest.mark.parametrize("profile", ["fixed", "explore"])
def test_what_fails_is_shrunk(profile: str) -> None:
    rules = settings(settings.get_profile(profile), database=None)
    assert find(st.integers(0, 10**6), lambda number: number > 1000, settings=rules) == 1001
