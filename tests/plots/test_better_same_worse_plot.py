"""One bar of patients: its parts are as wide as their numbers."""

from __future__ import annotations

import itertools

import pytest

from outcomes.errors import ArgumentError
from outcomes.plots import better_same_worse, describe
from outcomes.plots.style import axes_or_new


def test_parts_stand_side_by_side_and_are_as_wide_as_their_numbers():
    ax = better_same_worse({"better": 36, "same": 5, "worse": 17, "no value": 2})
    assert [bar.get_width() for bar in ax.patches] == [36, 5, 17, 2]
    assert [bar.get_x() for bar in ax.patches] == [0, 36, 41, 58]
    assert ax.get_xlim() == (0, 60)


def test_nobody_in_a_group_is_said_and_not_drawn():
    ax = better_same_worse({"better": 3, "same": 0, "worse": 0})
    assert len(ax.patches) == 1
    assert describe(ax) == "Patients: 3 better, 0 same, 0 worse."


@pytest.mark.parametrize("counts", [{"better": 0}, {"fine": 3}])
def test_nothing_to_draw_and_unknown_groups_are_refused(counts):
    with pytest.raises(ArgumentError, match="nothing to draw"):
        better_same_worse(counts)


def test_words_of_narrow_parts_stand_beside_each_other():
    counts = {"better": 4, "same": 3, "worse": 13, "no value": 113}
    ax = better_same_worse(counts, ax=axes_or_new(None, height=0.75, width=3.1))
    ax.figure.draw_without_rendering()
    boxes = [part.get_window_extent() for part in ax.texts if not part.get_text().isdigit()]
    assert len(boxes) == 4
    assert all(one.x1 <= two.x0 for one, two in itertools.pairwise(boxes))
    number = next(part for part in ax.texts if part.get_text() == "113")
    assert number.xy[0] == 20 + 113 / 2, "a wide part has its number in its middle"
