"""The study's question, its answer and its sentence, also where patients are treated again."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

import outcomes as oc
from outcomes.errors import ArgumentError, ConfigError
from outcomes.models.headache.estimand_rows import sentence
from outcomes.schema.estimand import Estimand
from outcomes.simulate import Compliance, Retreatment, Waves, scenario_parameters, simulate_tables
from studies import ALL, write_study

LAW = replace(
    scenario_parameters("treated"),
    waves=Waves(0.7),
    retreatment=Retreatment("worsening", share=1.0),
    compliance=Compliance(free_odds_ratio=1.0, short_baseline=0.0),
)


@pytest.fixture(scope="module")
def retreated():
    tables, truth = simulate_tables(70, seed=4, months=3, parameters=LAW)
    return oc.Study(**tables, timezone=LAW.timezone), truth


def test_the_primary_is_the_mean_change_of_the_first_period_while_untreated(retreated) -> None:
    study, _ = retreated
    found = oc.estimate(study)
    row = found.to_frame().iloc[0]
    own = oc.change(oc.periods(study)).to_frame().iloc[0]
    assert (
        row[["estimate", "lower", "upper", "n"]].tolist() == own[["estimate", "lower", "upper", "n"]].tolist()
    )
    assert found.meta["primary"]
    assert f"In {row['n']} of 70 treated patients" in found.meta["text"]
    assert "while untreated" in found.meta["text"]
    assert row["lower_all_looks"] <= row["lower"] <= row["upper"] <= row["upper_all_looks"]


def test_the_hypothetical_answer_holds_the_truth_where_the_mean_of_those_left_does_not(retreated) -> None:
    study, truth = retreated
    alone = truth.estimands.set_index(["strategy", "period_number"])["change"]["hypothetical"]
    for period in (2, 3):
        row = oc.estimate(study, {"period": period}, rng=1).to_frame().iloc[0]
        assert row["lower"] <= alone[period] <= row["upper"]
        assert row["observed"] < alone[period] - 5  # those who did not need another course
        assert row["n"] + row["treated_again"] + row["too_few_days"] == row["N"]


def test_what_if_sets_every_strategy_beside_the_others_with_n(retreated) -> None:
    study, _ = retreated
    frame = oc.what_if(study, {"period": 2}, rng=1).to_frame()
    drawn = oc.estimate(study, {"period": 2}, rng=1).to_frame()
    assert frame.loc[0, "estimate"] == drawn.loc[0, "estimate"]  # the same numbers at random
    assert frame["strategy"].tolist() == ["hypothetical", "while_untreated", "treatment_policy"]
    assert frame["n"].notna().all()
    one = oc.what_if(study, {"summary": "responder_50"}).to_frame()
    assert one["strategy"].tolist() == ["composite", "treatment_policy"]
    assert one.loc[0, "estimate"] <= one.loc[1, "estimate"]


def test_responders_are_composite_and_missing_is_no_response(retreated) -> None:
    study, _ = retreated
    row = oc.estimate(study, {"summary": "responder_50", "period": 2}).to_frame().iloc[0]
    whole = oc.responders(
        oc.periods(study), thresholds=[50], goal=False, missing=["non_responder"]
    ).to_frame()
    assert row["percent"] == whole.loc[1, "percent"]
    assert row["treated_again"] > 0


def test_the_contrast_of_arms_comes_first_and_is_welchs() -> None:
    study = oc.simulate(60, seed=5, months=2, arms=("placebo", "active")).study
    frame = oc.estimate(study).to_frame()
    assert frame.loc[0, "contrast"] == "active - placebo"
    assert frame.loc[1:, "arm"].tolist() == ["active", "placebo"]
    rows = oc.periods(study).query("period_number == 1 and change == change")
    from scipy.stats import ttest_ind

    a, b = (rows.loc[rows["arm"] == arm, "change"] for arm in ("active", "placebo"))
    test = ttest_ind(a, b, equal_var=False)
    assert frame.loc[0, "p_value"] == pytest.approx(test.pvalue, rel=1e-9)
    interval = test.confidence_interval(0.95)
    assert frame.loc[0, ["lower", "upper"]].tolist() == pytest.approx([interval.low, interval.high], rel=1e-9)


@pytest.mark.parametrize(
    ("parts", "said"),
    [
        ({"next_course": "composite"}, "for responders"),
        ({"summary": "responder_50", "next_course": "hypothetical"}, "composite"),
        ({"missing_days": "no_response"}, "for responders"),
        ({"variable": "mean_pain", "next_course": "hypothetical"}, "days"),
        ({"periods": 2}, "period"),
        ({"period": 0}, "period must be at least 1, got 0"),
    ],
)
def test_contradictory_estimands_are_refused(retreated, parts: dict, said: str) -> None:
    with pytest.raises(ArgumentError, match=said):
        oc.estimate(retreated[0], parts)


def test_a_fall_from_every_day_to_none_is_within_the_range() -> None:
    """25 days of 25 are 28.000000000000004 per 28: no value lies outside for that."""
    rows = []
    for patient in range(6):
        # 25 of 28 days are recorded before: all with headache; then none
        rows += [(f"p{patient}", f"2026-01-{day:02d}", "yes") for day in range(4, 29)]
        rows += [(f"p{patient}", f"2026-02-{day:02d}", "no") for day in range(1, 24)]
    diary = pd.DataFrame(rows, columns=["patient_id", "date", "headache"])
    people = pd.DataFrame({"patient_id": [f"p{patient}" for patient in range(6)], "index_date": "2026-01-31"})
    study = oc.Study(diary=diary, patients=people)
    assert oc.periods(study).query("period_number == 1")["change"].abs().max() > 28
    row = oc.estimate(study).to_frame().iloc[0]
    assert row["lower_all_looks"] == pytest.approx(-28)


def test_a_period_that_is_not_derived_is_refused(retreated) -> None:
    with pytest.raises(ArgumentError, match="max_periods"):
        oc.estimate(retreated[0], {"period": 7})


def test_an_arm_without_anybody_is_refused(retreated) -> None:
    study, _ = retreated
    patients = study.patients.assign(arm=np.where(np.arange(70) < 69, "a", "b"))
    diary = study.diary[study.diary["patient_id"] != patients["patient_id"].iloc[69]]
    alone = oc.Study(diary=diary, patients=patients, sessions=study.sessions, timezone=study.timezone)
    with pytest.raises(ArgumentError, match="an arm has no patient"):
        oc.estimate(alone)
    assert oc.estimate(alone, {"arms": "pooled"}).status == "ok"


def few() -> oc.Study:
    """Return a study of four patients."""
    tables, _ = simulate_tables(4, seed=1, months=2)
    return oc.Study(**tables, timezone="Europe/Berlin")


def index_dates(months: int = 2) -> oc.Study:
    """Return a study without a table of sessions: nobody can have a next course."""
    tables, _ = simulate_tables(12, seed=1, months=months)
    return oc.Study(diary=tables["diary"], patients=tables["patients"], timezone="Europe/Berlin")


def begun() -> oc.Study:
    """Return a study that ends with the first course."""
    study = few()
    return study.as_of(study.sessions["start"].min().tz_convert(study.timezone).date())


@pytest.mark.parametrize(
    ("study", "asked", "reason"),
    [
        (few, {"period": 2}, "fewer than 5"),
        (index_dates, {"period": 2}, "no table of sessions"),
        (index_dates, {"next_course": "hypothetical"}, "no table of sessions"),
        (index_dates, {"period": 4, "next_course": "while_untreated"}, "no patient with a change"),
        (begun, {}, "no patient"),
    ],
)
def test_what_the_data_cannot_carry_is_no_number_with_the_reason(study, asked: dict, reason: str) -> None:
    found = oc.estimate(study(), asked)
    frame = found.to_frame()
    assert frame["estimate"].isna().all()
    assert reason in frame.loc[0, "status"]
    assert found.meta["text"].startswith("There is no number")
    assert reason in found.meta["text"]
    assert found.status == "no number: see status"


def test_without_sessions_what_needs_no_next_course_is_answered_with_a_note() -> None:
    found = oc.estimate(index_dates(1))
    assert found.status == "ok"
    assert any("no table of sessions" in note for note in found.notes)


def test_without_a_second_window_or_a_rule_there_is_no_law_of_chance() -> None:
    study = index_dates(1)
    found = oc.regression_to_mean(oc.periods(study), oc.days(study))
    assert "declare rules.entry_days" in found.status
    assert found.to_frame().query("term != 'raw'")["estimate"].isna().all()
    assert oc.negative_control(study).to_frame()["estimate"].isna().all()


def test_study_toml_names_the_primary(tmp_path) -> None:
    path = write_study(tmp_path, ALL, top="[estimand]\nperiod = 2\nsummary = 'responder_30'")
    study = oc.read_study(path)
    assert study.estimand == Estimand(period=2, summary="responder_30")
    assert study.as_of("2026-01-20").estimand == study.estimand


@pytest.mark.parametrize(
    ("top", "said"),
    [
        ("[[estimand]]\nperiod = 1\n[[estimand]]\nperiod = 2", "one estimand is primary"),
        ("[estimand]\nnext_course = 'composite'", "for responders"),
        ("[estimand]\nnext_cource = 'composite'", "next_course"),
    ],
)
def test_two_primaries_and_contradictions_in_study_toml_are_refused(tmp_path, top: str, said: str) -> None:
    with pytest.raises(ConfigError, match=said):
        oc.read_study(write_study(tmp_path, ALL, top=top))


def test_later_periods_do_not_depend_on_the_order_of_rows(retreated) -> None:
    study, _ = retreated
    rows, days = oc.periods(study), oc.days(study)
    first = oc.later_periods(rows, days, imputations=10, rng=3).to_frame()
    again = oc.later_periods(
        rows.sample(frac=1, random_state=1), days.sample(frac=1, random_state=2), imputations=10, rng=3
    ).to_frame()
    pd.testing.assert_frame_equal(first, again)


def three_arms() -> oc.Study:
    """Return a study in which every third patient is in no arm."""
    study = oc.simulate(18, seed=3, months=1).study
    arms = pd.Series(["a", "b", None] * 6, index=study.patients.index, dtype="str")
    return oc.Study(
        diary=study.diary,
        patients=study.patients.assign(arm=arms),
        sessions=study.sessions,
        timezone=study.timezone,
    )


@pytest.mark.parametrize("strategy", ["while_untreated", "hypothetical", "treatment_policy"])
def test_patients_without_an_arm_are_in_no_contrast(strategy) -> None:
    frame = oc.estimate(three_arms(), {"next_course": strategy}).to_frame()
    assert frame["contrast"].dropna().tolist() == ["b - a"]
    assert frame["arm"].dropna().tolist() == ["a", "b"]


@pytest.mark.parametrize("arms", ["pooled", "compared"])
def test_a_period_that_is_over_for_nobody_has_no_number(arms) -> None:
    study = three_arms()
    cut = study.as_of((oc.courses(study)["course_end"].min() + pd.Timedelta(days=34)).date())
    found = oc.estimate(cut, {"period": 2, "next_course": "hypothetical", "arms": arms})
    assert found.to_frame()["estimate"].isna().all()
    assert found.meta["text"].startswith("There is no number for days 29-56")


@pytest.mark.parametrize("arms", [None, "arm"])
def test_a_limit_that_rounds_to_zero_has_no_sign(arms):
    """The tile beside the sentence writes 0.0; -0.0 looks as if the interval left it out."""
    row = {"contrast": "a - b", "estimate": -3.2, "lower": -6.9, "upper": -0.04, "n": 35, "N": 40}
    words = {"period": "days 1-28", "strategy": "s", "summary": "mean_change", "unit": "days"}
    said = sentence(
        pd.DataFrame([row]), arms=arms, treated=40, words=words | {"population": "p", "level": "95%"}
    )
    assert said.endswith("was -3.2 (95% interval -6.9 to 0.0).")
