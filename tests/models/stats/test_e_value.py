"""E-values against those printed by VanderWeele and Ding 2017 (doi:10.7326/M16-2607), and what they mean."""

from __future__ import annotations

import numpy as np
import pytest

from outcomes.errors import ArgumentError
from outcomes.models.stats.e_value import e_value, e_value_of_difference


def test_the_paper_s_example_of_a_risk_ratio() -> None:
    # maternal breastfeeding and infant death: 3.9 (95% interval 1.8 to 8.7); printed are 7.2 or 7.26, and 3.0
    assert e_value(3.9) == pytest.approx(7.26, abs=0.005)
    assert e_value(1.8) == pytest.approx(3.0, abs=0.005)
    assert e_value(1 / 3.9) == pytest.approx(e_value(3.9))


@pytest.mark.parametrize("ratio", [1.2, 2.0, 5.5])
def test_a_confounder_of_this_strength_just_explains_the_ratio(ratio: float) -> None:
    """The bound of Ding and VanderWeele: two associations E give a bias of E E / (E + E - 1)."""
    e = e_value(ratio)
    assert e * e / (2 * e - 1) == pytest.approx(ratio)


def test_a_difference_is_that_of_its_risk_ratio_and_one_where_the_interval_holds_none() -> None:
    point, limit = e_value_of_difference(-3.0, 1.0, 6.0)
    assert point == pytest.approx(e_value(np.exp(0.91 * 0.5)))
    assert limit == pytest.approx(e_value(np.exp(0.91 * 0.5 - 1.78 / 6)))
    assert e_value_of_difference(1.0, 1.0, 6.0)[1] == 1.0
    assert e_value_of_difference(3.0, 1.0, 6.0) == e_value_of_difference(-3.0, 1.0, 6.0)


@pytest.mark.parametrize("ratio", [0.0, -1.0, float("nan"), float("inf")])
def test_what_is_no_ratio_is_refused(ratio: float) -> None:
    with pytest.raises(ArgumentError, match="not a risk ratio"):
        e_value(ratio)
