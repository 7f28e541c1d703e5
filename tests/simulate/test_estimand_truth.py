"""The truth of the estimands against days counted one by one."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

import outcomes as oc
from outcomes.simulate import Retreatment, Waves, scenario_parameters, simulate_tables

#: Monte Carlo errors that a mean of drawn days may lie off its chance.
ERRORS = 4.0
LAW = replace(scenario_parameters("treated"), waves=Waves(0.7), retreatment=Retreatment("random", share=0.5))


def test_responders_under_each_strategy_are_those_of_the_days_counted_one_by_one() -> None:
    tables, truth = simulate_tables(60, seed=8, months=3, parameters=LAW)
    courses = oc.courses(oc.Study(**tables, timezone=LAW.timezone))
    days = {one: part.set_index("day")["headache"] for one, part in truth.days().groupby("patient_id")}
    found = truth.estimands.set_index(["strategy", "period_number"])["responders"]
    counted = {"treatment policy": [0] * 3, "composite": [0] * 3}
    while_untreated = [[], [], []]
    for row in courses[courses["course"] == 1].itertuples():
        own = days[row.patient_id]
        base = own[own.index < 0].sum()
        first = (row.course_end - row.course_start).days + 1
        again = (
            (row.next_course_start - row.course_start).days
            if row.next_course_start == row.next_course_start
            else 10**6
        )
        for period in range(3):
            span = own[(own.index >= first + 28 * period) & (own.index < first + 28 * (period + 1))]
            fell = base > 0 and span.sum() <= base / 2
            counted["treatment policy"][period] += fell
            counted["composite"][period] += fell and again >= first + 28 * (period + 1)
            before = span[span.index < again]
            if len(before) >= 14:
                while_untreated[period].append(base > 0 and 28 * before.sum() / len(before) <= base / 2)
    for period in range(3):
        for strategy, number in counted.items():
            assert found[strategy, period + 1] == pytest.approx(number[period] / 60)
        own = while_untreated[period]
        assert found["while untreated", period + 1] == pytest.approx(sum(own) / len(own))


@pytest.mark.parametrize("rule", [pytest.param("random", marks=pytest.mark.long), "worsening"])
def test_changes_under_each_strategy_are_those_of_the_latent_days_recounted(rule) -> None:
    """Truth takes each day's chance; the days themselves, drawn from it, have the same mean."""
    law = replace(LAW, retreatment=Retreatment(rule, share=0.5), earlier_days=28)
    tables, truth = simulate_tables(400, seed=9, months=2, parameters=law)
    courses = oc.courses(oc.Study(**tables, timezone=law.timezone)).query("course == 1")
    days = truth.days().merge(courses[["patient_id", "course_start", "course_end", "next_course_start"]])
    days["after"] = (days["date"] - days["course_end"]).dt.days
    base = days[days["day"].between(-28, -1)].groupby("patient_id")["headache"].sum()
    found = truth.estimands.set_index(["strategy", "period_number"])[["change", "n"]]
    for period in (1, 2):
        inside = days[days["after"].between(28 * period - 27, 28 * period)]
        untreated = inside[~(inside["date"] >= inside["next_course_start"])]
        for strategy, rows, fewest in (("treatment policy", inside, 28), ("while untreated", untreated, 14)):
            counted = rows.groupby("patient_id")["headache"].agg(["sum", "size"])
            counted = counted[counted["size"] >= fewest]
            change = 28 * counted["sum"] / counted["size"] - base[counted.index]
            assert len(change) == found.loc[(strategy, period), "n"]
            # 28 coins that carry over by .2: a variance of at most 28 / 4 x 1.2 / .8
            error = np.sqrt(28 * 0.25 * 1.5 / len(change))
            assert abs(change.mean() - found.loc[(strategy, period), "change"]) < ERRORS * error


#: Without waves: drawing patients who enter in theirs takes most of the time.
TAME = replace(scenario_parameters("treated"), earlier_days=28)


@pytest.fixture(scope="module")
def twin() -> pd.DataFrame:
    """Days of the same patients and chains in a world where nobody is treated again."""
    law = replace(TAME, retreatment=Retreatment("random", share=0.0))
    tables, truth = simulate_tables(80, seed=4, months=3, parameters=law)
    courses = oc.courses(oc.Study(**tables, timezone=law.timezone))
    assert courses["next_course_start"].isna().all()
    days = truth.days().merge(courses[["patient_id", "course_end"]])
    return days.assign(after=(days["date"] - days["course_end"]).dt.days)


@pytest.mark.parametrize("rule", ["random", "worsening", "relapse"])
def test_what_would_have_been_without_a_next_course_is_counted_in_the_twin_study(twin, rule) -> None:
    law = replace(TAME, retreatment=Retreatment(rule, share=0.95))
    _, truth = simulate_tables(80, seed=4, months=3, parameters=law)
    assert truth.patients["second_course_day"].notna().sum() >= 3
    base = twin[twin["day"].between(-28, -1)].groupby("patient_id")["headache"].sum()
    estimands = truth.estimands.set_index(["strategy", "period_number"])
    for period in (1, 2, 3):
        found = estimands.loc[("hypothetical", period)]
        inside = twin[twin["after"].between(28 * period - 27, 28 * period)]
        counted = inside.groupby("patient_id")["headache"].sum()
        assert found["n"] == len(counted)
        # responders are counted from the days themselves: no Monte Carlo error
        assert found["responders"] == ((counted <= base / 2) & (base > 0)).mean()
        error = np.sqrt(28 * 0.25 * 1.5 / len(counted))
        assert abs((counted - base).mean() - found["change"]) < ERRORS * error
    # a next course does something here, or the two questions would be one
    assert estimands.loc[("hypothetical", 3), "change"] > estimands.loc[("treatment policy", 3), "change"]
