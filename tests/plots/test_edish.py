"""eDISH: every dot where its patient's peaks are, and the corner counted."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from outcomes.errors import ArgumentError
from outcomes.plots import describe, edish


def graded(**more: object) -> pd.DataFrame:
    rows = [
        ("a", "alt", 2.0), ("a", "ast", 3.0), ("a", "bilirubin", 2.0),
        ("b", "alt", 8.0), ("b", "bilirubin", 1.0),
        ("c", "alt", 0.5), ("c", "bilirubin", 4.0),
        ("d", "alt", 0.5), ("d", "bilirubin", 0.5), ("e", "alt", 30.0),
    ]  # fmt: skip
    frame = pd.DataFrame(rows, columns=["patient_id", "test", "times_limit"])
    return frame.assign(on_treatment=True, **more)


def test_a_dot_is_a_patient_at_its_peaks() -> None:
    ax = edish(graded())
    outside, corner = (np.asarray(dots.get_offsets()).tolist() for dots in ax.collections)
    assert sorted(outside) == [[0.5, 0.5], [0.5, 4.0], [8.0, 1.0]]
    assert corner == [[3.0, 2.0]], "equal to both multiples belongs to the corner; ALT and AST count together"
    assert [line.get_xdata()[0] for line in ax.lines][:1] == [3.0]
    assert [line.get_ydata()[0] for line in ax.lines][1:] == [2.0]
    low, high = ax.get_xlim()
    assert low < 0.5
    assert high > 8
    assert "4 patients: 1 in the Hy's law quadrant" in describe(ax)
    assert "1 with ALT or AST alone, 1 with bilirubin alone, 1 below both" in describe(ax)


def test_without_both_kinds_of_value_there_is_nothing_to_draw() -> None:
    with pytest.raises(ArgumentError, match="no patient with both"):
        edish(graded().query("test == 'alt'"))
    with pytest.raises(ArgumentError, match="no patient with both"):
        edish(graded().assign(on_treatment=False))
    with pytest.raises(ArgumentError, match="times_limit"):
        edish(graded().drop(columns="times_limit"))
