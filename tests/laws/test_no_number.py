"""Calls that had an answer where there is none, each with its kind; right values counted by hand."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest

import outcomes as oc
from outcomes.errors import ArgumentError, DataError
from outcomes.models.stats.survival import quantile, survival_curve

from .fitted import Frames, days, period_rows, returns, visits

FAMILIES = ("beta-binomial", "negative-binomial", "poisson")


@pytest.mark.parametrize("family", FAMILIES)
@pytest.mark.parametrize("how", ["nobody recorded", "missing", "crossed"])
def test_a_level_that_nobody_recorded_has_no_number(family: str, how: str) -> None:
    rows = visits()["seen"]
    third = (rows["period"] == "month 3") & ((rows["arm"] == "active") | (how != "crossed"))
    if how == "missing":
        rows["days_with_event"] = rows["days_with_event"].astype("Int64").mask(third)
        found = oc.counts("days_with_event ~ period", rows, family=family).days_per_28("period").to_frame()
        assert found["period"].tolist() == ["month 1", "month 2"]
        return
    rows.loc[third, ["days_with_event", "days_recorded"]] = 0
    by = ["period", "arm"] if how == "crossed" else ["period"]
    fit = oc.counts(f"days_with_event ~ {' * '.join(by)}", rows, family=family)
    found = fit.days_per_28(by).to_frame()
    lost = (found["period"] == "month 3") & ((how != "crossed") | (found.get("arm", "") == "active"))
    assert lost.sum() == 1
    assert found.loc[lost, ["estimate", "std_error", "lower", "upper"]].isna().all(axis=None)
    assert found.loc[lost, "status"].str.startswith("no number").all()
    assert found.loc[~lost, ["estimate", "std_error"]].notna().all(axis=None)
    ratios = fit.ratios("period", within=by[1:]).to_frame()
    gone = ratios["contrast"].str.startswith("month 3") & (
        (how != "crossed") | (ratios.get("arm", "") == "active")
    )
    assert ratios.loc[gone, ["estimate", "p_value", "lower"]].isna().all(axis=None)
    assert ratios.loc[~gone, "estimate"].notna().all()


@pytest.mark.parametrize("family", FAMILIES)
def test_a_separated_group_has_no_number(family: str) -> None:
    rows = visits()["seen"]
    rows.loc[rows["arm"] == "active", "days_with_event"] = 0
    fit = oc.counts("days_with_event ~ arm", rows, family=family)
    assert fit.status.startswith("separated")
    assert fit.to_frame()[["estimate", "std_error", "p_value"]].isna().all(axis=None)
    assert fit.ratios("arm").to_frame()["estimate"].isna().all()
    assert fit.days_per_28("arm").to_frame()["estimate"].isna().all()


@pytest.mark.parametrize("correlation", ["ar1", "exchangeable", "independence"])
def test_separated_days_have_no_number(correlation: str) -> None:
    rows = days()["rows"]
    rows.loc[rows["arm"] == "active", "headache"] = True
    fit = oc.daily("headache ~ arm", rows, correlation=correlation)
    assert fit.status.startswith("separated")
    assert fit.to_frame()[["estimate", "std_error", "p_value"]].isna().all(axis=None)


def _durability(data: Frames, name: str) -> object:
    return oc.durability(data["rows"], data["periods"].rename(columns={"arm": name}), by=name)


BY: dict[str, Callable[[str], object]] = {
    "change": lambda name: oc.change(period_rows().rename(columns={"arm": name}), by=name),
    "paired": lambda name: oc.paired(period_rows().rename(columns={"arm": name}), by=name, resamples=100),
    "responders": lambda name: oc.responders(period_rows().rename(columns={"arm": name}), by=name),
    "ancova by": lambda name: oc.ancova(period_rows().rename(columns={"arm": name}), by=name),
    "ancova arm": lambda name: oc.ancova(period_rows().rename(columns={"arm": name}), arm=name),
    "durability": lambda name: _durability(returns(), name),
    "days_per_28": lambda name: oc.counts(
        f"days_with_event ~ {name}", period_rows().rename(columns={"arm": name})
    ).days_per_28(name),
    "ratios within": lambda name: oc.counts(
        f"days_with_event ~ period + {name}", period_rows().rename(columns={"arm": name})
    ).ratios("period", within=name),
}


@pytest.mark.parametrize("function", list(BY))
@pytest.mark.parametrize("name", ["status", "estimate", "n", "N", "contrast", "lower", "p_value"])
def test_a_column_called_as_one_of_the_result_is_refused_by_name(function: str, name: str) -> None:
    with pytest.raises(ArgumentError, match=f"'{name}'"):
        BY[function](name)


@pytest.mark.parametrize("where", ["month 1", "month 2", "month 3"])
@pytest.mark.parametrize("method", ["mar", "return-to-baseline"])
@pytest.mark.parametrize("arm", [None, "arm"])
def test_changes_that_are_all_the_same_have_no_interval(where: str, method: str, arm: str | None) -> None:
    rows = visits()["seen"]
    rows.loc[rows["period"] == where, "change"] = -3.0
    filled = oc.impute(rows, arm=arm, method=method, imputations=5)
    found = filled.estimates().to_frame()
    mine = found["visit"] == where
    assert found.loc[mine, ["std_error", "lower", "upper", "p_value"]].isna().all(axis=None)
    assert (found.loc[mine, "status"] == "all values at this visit are equal: no interval").all()
    assert found.loc[~mine, "std_error"].notna().all()
    assert np.isnan(oc.tipping_point(filled, visit=where)["estimate"].iloc[0])


def test_the_median_of_a_curve_that_lies_at_one_half_is_the_midpoint() -> None:
    # Four of eight have it by day 136, the next on day 162: survfit gives (136 + 162) / 2.
    day = np.array([40.0, 90, 120, 136, 162, 170, 180, 190])
    event = np.ones(8, dtype=bool)
    curve = survival_curve(day, event.astype(np.intp), 0.95)
    assert quantile(curve, event, 0.5)["estimate"] == 149.0
    assert quantile(curve, event, 0.25)["estimate"] == (90 + 120) / 2
    assert quantile(curve, event, 0.4)["estimate"] == 136.0
    # A curve that ends at one half lies there until its last day.
    censored = survival_curve(np.array([10.0, 20, 30, 60]), np.array([1, 1, 0, 0]), 0.95)
    assert quantile(censored, np.array([True, True, False, False]), 0.5)["estimate"] == 40.0


def test_a_fall_by_rounding_is_no_fall() -> None:
    same = 28.0, 28.000000000000004
    assert same[0] != same[1]
    rows = pd.DataFrame(
        {"patient_id": range(6), "period": "days 1-28", "period_number": 1,
         "baseline": [20.0, 20, 20, same[0], same[1], 5], "value": [10.0, 12, 25, same[1], same[0], 5]}
    )  # fmt: skip
    words = oc.plots.describe(oc.plots.before_after(rows))
    assert "2 fell, 3 did not change and 1 rose" in words


@pytest.mark.parametrize("reference", [1.0, 5, 100, -0.1])
def test_a_reference_that_no_proportion_can_pass_is_refused(reference: float) -> None:
    looks = oc.sequential.proportion_sequence([1, 6, 14], [20, 40, 60])
    with pytest.raises(ArgumentError):
        oc.sequential.signal(looks, reference=reference)
    assert oc.sequential.signal(looks, reference=0.05).meta["first_signal"] == 3


def test_several_courses_of_a_patient_are_refused_where_rows_count_as_patients() -> None:
    periods = pd.concat([period_rows(), period_rows().assign(course=2)])
    doses = pd.concat([visits()["doses"], visits()["doses"].assign(course=2)])
    for call in (
        lambda: oc.means(periods),
        lambda: oc.change(periods),
        lambda: oc.paired(periods),
        lambda: oc.responders(periods),
        lambda: oc.ancova(periods),
        lambda: oc.dose_response(periods, doses),
    ):
        with pytest.raises(DataError, match="more than one"):
            call()
