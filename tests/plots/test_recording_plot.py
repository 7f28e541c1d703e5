"""The picture of the diaries: a missing day is neither a headache day nor a free one."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from matplotlib.colors import to_hex, to_rgba_array

from outcomes.errors import ArgumentError
from outcomes.plots import describe, recording
from outcomes.plots.recording import HEADACHE_COLOUR
from outcomes.plots.style import PALETTE

CELL = 4


@pytest.fixture
def days() -> pd.DataFrame:
    return pd.DataFrame(
        {
            "patient_id": ["a", "b", "b", "b"],
            "day": [-1, -2, 0, 1],
            "headache": pd.array([True, False, True, True], dtype="boolean"),
        }
    )


def cells(ax) -> np.ndarray:
    """Return rows x days x pixels of the image, red green blue alpha from 0 to 1."""
    pixels = np.asarray(ax.images[0].get_array()) / 255
    rows, columns = pixels.shape[0] // CELL, pixels.shape[1] // CELL
    return pixels.reshape(rows, CELL, columns, CELL, 4).swapaxes(1, 2)


def kinds(ax) -> list[str]:
    """Return one letter per cell: Headache, Free, Missing or blank."""
    blue = to_rgba_array([HEADACHE_COLOUR])[0]

    def kind(cell: np.ndarray) -> str:
        alpha = cell[..., 3]
        if not alpha.any():
            return " "
        if not alpha.all():
            return "M"
        return "H" if np.allclose(cell, blue, atol=1 / 255) else "F"

    return ["".join(kind(cell) for cell in row) for row in cells(ax)]


def test_each_day_has_its_kind_and_the_most_recorded_patient_is_on_top(days):
    assert kinds(recording(days)) == ["FMHH", " H  "]


def test_days_that_could_have_been_recorded_are_holes(days):
    windows = pd.DataFrame({"patient_id": ["a", "b"], "first_day": [-2, -2], "last_day": [1, 0]})
    assert kinds(recording(days, windows=windows, span=(-3, 1))) == [" FMHH", " MHMM"]


def test_a_patient_without_a_day_is_a_row_of_holes(days):
    windows = pd.DataFrame({"patient_id": ["a", "b", "c"], "first_day": -2, "last_day": 1})
    assert kinds(recording(days, windows=windows))[-1] == "MMMM"


def test_the_legend_has_the_colours_of_the_picture_and_no_page_changes_them(days):
    ax = recording(days)
    keys = [patch.get_facecolor() for patch in ax.get_legend().get_patches()]
    seen = cells(ax)
    assert np.allclose(keys[0], seen[0, 2, 0, 0], atol=1 / 255)
    assert np.allclose(keys[1], seen[0, 0, 0, 0], atol=1 / 255)
    assert not {to_hex(key) for key in keys} & set(PALETTE.values())


def test_headache_and_free_differ_in_grey(days):
    grey = cells(recording(days))[..., :3] @ [0.299, 0.587, 0.114]
    free, headache = grey[0, 0].mean(), grey[0, 2].mean()
    assert free - headache > 0.35


def test_the_words_count_the_days(days):
    windows = pd.DataFrame({"patient_id": ["a", "b"], "first_day": [-2, -2], "last_day": [1, 1]})
    assert describe(recording(days, windows=windows)) == (
        "Diary days of 2 patients. Of 8 days, 4 (50%) are recorded: 3 with headache, "
        "1 headache-free. 4 days are not recorded and are drawn as gaps."
    )


def test_of_thousands_a_part_is_drawn_and_all_are_counted():
    many = pd.DataFrame({"patient_id": [f"{n:04d}" for n in range(1_700)], "day": 0, "headache": True})
    axes = recording(many)
    assert axes.images[0].get_array().shape[0] == 567, "every third"
    assert axes.get_ylabel() == "1700 patients, one in 3 drawn, most recorded on top"
    assert "Of 1700 days, 1700 (100%) are recorded" in describe(axes)


def test_no_day_is_refused(days):
    with pytest.raises(ArgumentError, match="no day to draw"):
        recording(days.iloc[:0])


def test_nobody_is_named(days):
    ax = recording(days)
    texts = [text.get_text() for text in ax.figure.findobj(lambda part: hasattr(part, "get_text"))]
    assert not {"a", "b"} & set(texts)


def test_windows_that_are_none_are_refused(days):
    windows = pd.DataFrame({"patient_id": ["a"], "first_day": [-2], "last_day": [1]})
    with pytest.raises(ArgumentError, match="needs columns that are missing: last_day"):
        recording(days, windows=windows.drop(columns="last_day"))
    with pytest.raises(ArgumentError, match="no patient to draw"):
        recording(days, windows=windows.iloc[:0])
