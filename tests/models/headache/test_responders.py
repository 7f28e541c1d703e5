"""Responders: who is counted, both ways of missing, and both intervals."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
from statsmodels.stats.proportion import proportion_confint

from outcomes.errors import ArgumentError, DataError
from outcomes.models.headache.responders import responders

# Newcombe (1998) prints four decimals.
PRINTED = 5e-5
# Two programs that evaluate the same formula in double precision.
SAME_FORMULA = 1e-9


def rows(percent: list[float | None], **columns: Any) -> pd.DataFrame:
    n = len(percent)
    fall = pd.Series(percent, dtype=float)
    frame = {
        "patient_id": [f"p{i}" for i in range(n)],
        "endpoint": "headache_days",
        "period": "days 1-28",
        "period_number": 1,
        "baseline": 20.0,
        "baseline_eligible": True,
        "value": 20 * (1 + fall / 100),
        "percent_change": fall,
        "cut_by": "",
        "goal": pd.array((20 * (1 + fall / 100) <= 4).where(fall.notna()), dtype="boolean"),
    }
    return pd.DataFrame(frame | columns, index=range(n))


def table(frame: pd.DataFrame, **options: Any) -> pd.DataFrame:
    return responders(frame, **options).to_frame().set_index(["term", "missing"])


def test_intervals_of_newcombe() -> None:
    # 81 of 263: Wilson .2553 to .3662, exact .2527 to .3676; ours are in percent.
    got = table(rows([-60.0] * 81 + [-10.0] * 182), thresholds=[50], goal=False).loc[
        ("responder_50", "observed")
    ]
    assert (got["n"], got["N"]) == (81, 263)
    assert got["percent"] == pytest.approx(100 * 81 / 263)
    assert (got["lower"], got["upper"]) == pytest.approx((25.53, 36.62), abs=100 * PRINTED)
    assert (got["lower_exact"], got["upper_exact"]) == pytest.approx((25.27, 36.76), abs=100 * PRINTED)


@pytest.mark.parametrize("met", [0, 1, 7, 20])
def test_intervals_of_statsmodels(met: int) -> None:
    got = table(rows([-60.0] * met + [0.0] * (20 - met)), thresholds=[50], level=0.9).loc[
        ("responder_50", "observed")
    ]
    for names, method in ((("lower", "upper"), "wilson"), (("lower_exact", "upper_exact"), "beta")):
        expected = [100 * limit for limit in proportion_confint(met, 20, alpha=0.1, method=method)]
        assert tuple(got[list(names)]) == pytest.approx(tuple(expected), abs=SAME_FORMULA)


def test_missing_is_failure_or_left_out_side_by_side() -> None:
    got = table(rows([-60.0, -50.0, -49.0, None]), thresholds=[50])
    assert got.loc[("responder_50", "non_responder"), ["n", "N", "no_value"]].tolist() == [2, 4, 1]
    assert got.loc[("responder_50", "observed"), ["n", "N", "no_value"]].tolist() == [2, 3, 1]
    assert got.loc[("goal", "non_responder"), ["n", "N"]].tolist() == [0, 4]


def test_who_is_not_counted_is_counted_by_reason() -> None:
    frame = rows([-60.0, -60.0, None, None, -60.0])
    frame.loc[0, ["baseline", "baseline_eligible", "percent_change"]] = [np.nan, False, np.nan]
    frame.loc[1, ["baseline", "value", "percent_change", "goal"]] = [0.0, 0.0, np.nan, True]
    frame.loc[[2, 4], "cut_by"] = "end_of_data"
    frame.loc[3, "cut_by"] = "next_course"
    got = table(frame, thresholds=[50])
    reasons = ["n", "N", "no_baseline", "baseline_zero", "not_due", "no_value", "treated_again"]
    # p3 was treated again: no response.
    # p4's period is not over: a value that is there counts only among the observed.
    assert got.loc[("responder_50", "non_responder"), reasons].tolist() == [0, 1, 1, 1, 2, 0, 1]
    assert got.loc[("responder_50", "observed"), reasons].tolist() == [1, 2, 1, 1, 1, 0, 1]
    assert got.loc[("goal", "non_responder"), reasons].tolist() == [1, 2, 1, 0, 2, 0, 1]
    for _, row in got.iterrows():
        kept_out = row[["no_baseline", "baseline_zero", "not_due"]].sum()
        unseen = row["no_value"] if row.name[1] == "observed" else 0
        assert row["N"] + kept_out + unseen == 5


def test_a_period_that_nobody_recorded_has_no_number() -> None:
    got = table(rows([None, None, None]), thresholds=[50])
    assert (got[["n", "N"]] == 0).all(axis=None)
    assert got["percent"].isna().all()
    said = got.loc[("responder_50", "non_responder"), "status"]
    assert said == "nobody has a value in this period"


def test_treated_again_within_the_period_is_no_response() -> None:
    frame = rows([-80.0, -80.0])
    frame.loc[0, "cut_by"] = "next_course"
    got = table(frame, thresholds=[50])
    assert got.loc[("responder_50", "non_responder"), ["n", "N", "treated_again"]].tolist() == [1, 2, 1]
    assert got.loc[("responder_50", "observed"), ["n", "N", "treated_again"]].tolist() == [1, 2, 1]


def test_members_stand_behind_each_row() -> None:
    result = responders(rows([-60.0, -10.0, None]), thresholds=[50, 75])
    frame, members = result.to_frame(), result.members
    assert members is not None
    for position, row in frame.iterrows():
        behind = members[members["row"] == position]
        assert len(behind) == 3
        assert (behind["counted"].sum(), behind["responded"].sum()) == (row["N"], row["n"])
        assert (behind["why_not_counted"].eq("") == behind["counted"]).all()


@pytest.mark.parametrize("threshold", [30, 50, 75, 100])
def test_fall_of_exactly_the_threshold_responds(threshold: int) -> None:
    got = table(rows([-threshold + 1e-13, -threshold + 0.01]), thresholds=[threshold], goal=False)
    assert got["n"].tolist() == [1, 1]
    assert got.index.get_level_values("term").unique().tolist() == [f"responder_{threshold}"]


def test_goal_is_for_days_only() -> None:
    frame = pd.concat(
        [rows([-90.0]), rows([-90.0], endpoint="mean_pain", goal=pd.array([None], dtype="boolean"))]
    )
    got = responders(frame).to_frame()
    assert got.loc[got["term"].eq("goal"), "endpoint"].unique().tolist() == ["headache_days"]
    assert got.loc[got["endpoint"].eq("mean_pain"), "term"].nunique() == 4


def test_rows_come_by_group_then_term_in_the_order_asked_for() -> None:
    frame = rows([-60.0, -10.0], arm=["B", "A"])
    got = responders(frame, by="arm", thresholds=[75, 30], missing=["observed", "non_responder"]).to_frame()
    assert got["arm"].tolist() == ["A"] * 6 + ["B"] * 6
    assert got["term"].tolist()[:6] == ["responder_75"] * 2 + ["responder_30"] * 2 + ["goal"] * 2
    assert got["n"].tolist()[6:8] == [0, 0]


def test_nobody_to_count_is_undefined_not_zero() -> None:
    frame = rows([None], baseline_eligible=False)
    result = responders(frame, thresholds=[50], goal=False)
    got = result.to_frame()
    assert got["N"].tolist() == [0, 0]
    assert got[["percent", "lower", "upper", "lower_exact", "upper_exact"]].isna().all(axis=None)
    assert got["status"].unique().tolist() == ["nobody to count"]
    assert result.status == "nobody to count"
    assert len(responders(rows([]))) == 0


def test_arguments_that_are_wrong_are_refused() -> None:
    with pytest.raises(ArgumentError) as error:
        responders(rows([-50.0]), thresholds=[0])
    assert str(error.value) == "a threshold is not a fall in percent. got: 0. allowed: above 0, at most 100."
    with pytest.raises(ArgumentError, match=r"^missing is not one of its options"):
        responders(rows([-50.0]), missing=["failure"])
    with pytest.raises(ArgumentError, match=r"^periods has no column"):
        responders(rows([-50.0]).drop(columns="cut_by"))
    with pytest.raises(DataError):
        responders(pd.concat([rows([-50.0]), rows([-50.0])]))


def test_input_stays_as_it_was() -> None:
    frame = rows([-60.0, None])
    before = frame.copy(deep=True)
    responders(frame)
    pd.testing.assert_frame_equal(frame, before)
