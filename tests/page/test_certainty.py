"""A probability of one patient is never printed as certain."""

import pytest

from outcomes.page.patient_words import sure


@pytest.mark.parametrize(
    ("p", "said"),
    [
        (0.99999, "more than 99%"),
        (0.9901, "more than 99%"),
        (0.985, "98%"),
        (0.42, "42%"),
        (0.0099, "less than 1%"),
        (0.0, "less than 1%"),
    ],
)
def test_a_probability_of_one_patient_is_never_certain(p: float, said: str) -> None:
    assert sure(p) == said


def test_no_probability_has_no_words() -> None:
    assert "%" not in sure(float("nan"))
