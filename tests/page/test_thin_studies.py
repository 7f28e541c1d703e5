"""Studies in which little or nothing can be shown: each section says so, none fails."""

from __future__ import annotations

import pandas as pd
import pytest

import outcomes as oc
from outcomes.errors import DataError
from outcomes.page.material import Material
from outcomes.page.sections import SECTIONS
from outcomes.page.view import Clinic

START = pd.Timestamp("2026-02-01")


def thin(first: int, last: int, *, headache: str = "alternating", sessions: int = 3) -> oc.Study:
    """Make a study of three patients with diary days first..last around the infusion."""
    days = pd.date_range(START + pd.Timedelta(days=first), START + pd.Timedelta(days=last))
    diary = pd.DataFrame({"date": days.repeat(3), "patient_id": ["a", "b", "c"] * len(days)})
    word = pd.Series(range(len(diary))) % 2 == 0 if headache == "alternating" else headache == "always"
    treated = pd.DataFrame({"patient_id": ["a", "b", "c"]}).iloc[:sessions]
    treated = treated.assign(session_id=treated["patient_id"], start=START, end=START + pd.Timedelta(hours=3))
    return oc.Study(diary=diary.assign(headache=word), sessions=treated)


STUDIES = {
    "nobody treated": lambda: thin(-30, 30, sessions=0),
    "nobody followed": lambda: thin(-30, -1),
    "only long before": lambda: thin(-400, -350),
    "no baseline": lambda: thin(1, 60),
    "one day": lambda: thin(1, 1),
    "never headache": lambda: thin(-35, 60, headache="never"),
    "always headache": lambda: thin(-35, 60, headache="always"),
    "one patient": lambda: thin(-35, 60, sessions=1),
}


@pytest.mark.parametrize("name", STUDIES)
def test_every_section_of_a_thin_study_has_words(name):
    view = Clinic(Material(STUDIES[name]()))
    for part in SECTIONS:
        if part.when(view):
            assert part.make(view).blocks, part.name


def test_a_study_without_a_diary_day_is_refused():
    with pytest.raises(DataError, match="no diary day can be used"):
        thin(0, -1, sessions=0)
