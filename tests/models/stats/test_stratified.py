"""Stratified comparisons of two groups against R (metafor, mantelhaen.test) and closed forms."""

from __future__ import annotations

import numpy as np
import pytest

from outcomes.models.stats.intervals import rate_difference, stratified
from shared import reference

#: The references hold 15 digits.
DIGITS = 1e-12
#: The score limits of the references come from another bisection, of 30 digits; ours end between two floats.
SCORE = 1e-11

pytestmark = pytest.mark.reference


def cases(name: str = "stratified_two_arms.json", key: str = "cases"):
    return reference("harm", name)[key]


def columns(case) -> list[np.ndarray]:
    return list(np.array(case["strata"], dtype=float).T)


def same(got: object, wanted: object, tolerance: float = DIGITS) -> None:
    numbers = np.array([np.nan if v in (None, "NaN") else np.inf if v == "Inf" else v for v in wanted], float)
    np.testing.assert_allclose(np.array([float(v) for v in got]), numbers, rtol=tolerance, atol=tolerance)


@pytest.mark.parametrize("case", cases(), ids=str)
def test_proportions(case) -> None:
    numbers, level = columns(case), case["conf_level"]
    same(
        stratified.difference_sato(*numbers, level),
        [case["mh_rd"]["estimate"], *case["mh_rd"]["sato_interval"]],
    )
    for function, name in (
        (stratified.ratio_mantel_haenszel, "mh_rr"),
        (stratified.odds_ratio_mantel_haenszel, "mh_or"),
    ):
        wanted = case[name]
        same(function(*numbers, level), [wanted["estimate"], *(wanted["interval"] or [None, None])])
    same(stratified.difference_newcombe(*numbers, level)[1:], case["newcombe_strat_effective_n_mh_weights"])
    if case["cmh"]:
        same(stratified.cochran_mantel_haenszel(*numbers), [case["cmh"]["chi2"], case["cmh"]["p"]])
        same(stratified.difference_score(*numbers, level)[1:], case["mn_rd_mh_weights"], SCORE)


@pytest.mark.parametrize("case", cases("person_time_rates.json", "stratified"), ids=str)
def test_rates(case) -> None:
    numbers, level = columns(case), case["conf_level"]
    for function, name in (
        (stratified.rate_ratio_mantel_haenszel, "mh_ratio"),
        (stratified.rate_difference_mantel_haenszel, "mh_difference"),
    ):
        same(function(*numbers, level), [case[name]["estimate"], *case[name]["interval"]])


@pytest.mark.parametrize("case", cases("person_time_rates.json"), ids=str)
def test_the_difference_of_two_rates(case) -> None:
    numbers = [case[name] for name in ("x1", "t1", "x2", "t2")]
    same(rate_difference(*numbers, level=case["conf_level"]), case["difference_mn_score"], SCORE)
    wald = rate_difference(*numbers, level=case["conf_level"], method="wald")
    same(wald, case["difference_wald"])


def test_a_stratum_without_an_arm_changes_nothing_and_none_at_all_is_no_number() -> None:
    numbers = [np.array(v, float) for v in ([1, 2, 4], [10, 12, 9], [3, 1, 0], [11, 9, 0])]
    without = [v[:2] for v in numbers]
    for name in stratified.__all__:
        function = getattr(stratified, name)
        if function in (stratified.cochran_mantel_haenszel, stratified.person_time_mantel_haenszel):
            np.testing.assert_array_equal(function(*numbers), function(*without))
            continue
        np.testing.assert_array_equal(function(*numbers, 0.95), function(*without, 0.95))
        assert np.isnan(function(*(v[2:] for v in numbers), 0.95)).all()


def test_one_stratum_is_the_plain_comparison() -> None:
    from outcomes.models.stats.intervals import difference

    numbers = [np.array([v], float) for v in (7, 40, 2, 38)]
    got = stratified.difference_score(*numbers, 0.95)
    np.testing.assert_allclose(got[1:], difference(7, 40, 2, 38), atol=SCORE)
