"""Questionnaires: the MMRM's own means, hand-counted falls and bands, scipy's correlation, and bad data."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy import stats

import outcomes as oc
from outcomes.errors import ArgumentError
from outcomes.models.scores.score_change import score_changes
from outcomes.models.scores.score_result import Scores
from outcomes.models.scores.score_rows import score_rows

DAY0 = pd.Timestamp("2026-03-02")


def courses(patients: list[str], **more: object) -> pd.DataFrame:
    rows = {"course_start": DAY0, "course_end": DAY0 + pd.Timedelta("4D"), "next_course_start": pd.NaT} | more
    return pd.DataFrame({"patient_id": patients}).assign(**rows)


def assessments(*rows: tuple[str, int, float]) -> pd.DataFrame:
    frame = pd.DataFrame(rows, columns=["patient_id", "day", "score"])
    return frame.assign(date=DAY0 + pd.to_timedelta(frame["day"], unit="D"), instrument="HIT-6")


def mapped(given: pd.DataFrame, patients: list[str], **more: object) -> pd.DataFrame:
    until = DAY0 + pd.Timedelta("200D")
    return score_rows(given, courses(patients, **more), instruments=["HIT-6"], until=until, last=3)


def test_visits_are_mapped_to_periods_by_hand() -> None:
    """Days 1-28 after an end on day 4 are days 5 to 32; day 2 lies in the course and is of no period."""
    given = assessments(
        ("a", -40, 70), ("a", 0, 66), ("a", 2, 40), ("a", 5, 60), ("a", 32, 58), ("a", 33, 55)
    )
    found = mapped(given, ["a"])
    assert found["period"].tolist() == ["days 1-28", "days 29-56", "days 57-84"]
    np.testing.assert_array_equal(found["value"].astype(float), [58, 55, np.nan])
    assert (found["baseline"] == 66).all()
    assert found["reason"].tolist() == ["", "", "no score"]


def test_a_next_course_ends_what_counts_and_what_is_not_due_says_so() -> None:
    given = assessments(("a", 0, 66), ("a", 20, 60), ("a", 45, 50))
    found = mapped(given, ["a"], next_course_start=DAY0 + pd.Timedelta("40D"))
    assert found["reason"].tolist() == ["", "treated again", "treated again"]
    until = DAY0 + pd.Timedelta("40D")
    early = score_rows(given.head(2), courses(["a", "b"]), instruments=["HIT-6"], until=until, last=3)
    assert early["reason"].tolist() == ["", "not yet due", "not yet due", *["no score before the course"] * 3]


def test_a_patient_whose_data_end_early_is_not_due_beyond_that_day() -> None:
    """The end of a patient's own data (data_until) decides, also for a score that is dated after it."""
    given = assessments(
        ("a", 0, 66), ("a", 20, 60), ("a", 45, 50), ("b", 0, 66), ("b", 20, 60), ("b", 45, 50)
    )
    until = pd.Series({"a": DAY0 + pd.Timedelta("40D"), "b": DAY0 + pd.Timedelta("200D")})
    found = score_rows(given, courses(["a", "b"]), instruments=["HIT-6"], until=until, last=3)
    assert found["reason"].tolist() == ["", "not yet due", "not yet due", "", "", "no score"]
    study = oc.simulate(12, seed=2, months=3).study
    patients = study.patients
    patients.loc[patients["patient_id"] == patients["patient_id"].iloc[0], "data_until"] = study.diary[
        "date"
    ].min()
    tables = {name: study.table(name) for name in study.given} | {"patients": patients}
    cut = oc.scores(oc.Study(**tables, timezone=study.timezone), "HIT-6").patients
    mine = cut[cut["patient_id"] == patients["patient_id"].iloc[0]]
    assert set(mine["reason"]) <= {"not yet due", "treated again", "no score before the course"}
    assert mine["value"].isna().all()


def rows_of(n: int, seed: int = 4) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    baseline = rng.integers(50, 78, n).astype(float)
    parts = []
    for number, fall in ((1, 6), (2, 3)):
        value = (baseline - rng.integers(0, 2 * fall + 1, n)).clip(36)
        part = pd.DataFrame({"patient_id": [f"p{i}" for i in range(n)], "baseline": baseline, "value": value})
        part = part.assign(instrument="HIT-6", period_number=number, change=value - baseline, reason="")
        part["headache_change"] = rng.normal(-3, 4, n)
        parts.append(part.assign(period=f"days {28 * number - 27}-{28 * number}"))
    return pd.concat(parts, ignore_index=True).assign(
        period=lambda f: pd.Categorical(f["period"], ["days 1-28", "days 29-56"], ordered=True)
    )


def test_complete_scores_have_the_means_of_an_analysis_of_covariance() -> None:
    """Without missing scores the MMRM's means at the mean baseline are the plain means of the changes."""
    rows = rows_of(24)
    found = score_changes(rows).to_frame().set_index("period")
    plain = rows.groupby("period", observed=True)["change"].mean()
    np.testing.assert_allclose(found["estimate"], plain, atol=1e-6)
    first = rows[rows["period_number"] == 1]
    slope = stats.linregress(first["baseline"], first["change"])
    left = first["change"] - slope.intercept - slope.slope * first["baseline"]
    error = np.sqrt((left**2).sum() / 22 / 24)  # ancova at the mean baseline, in closed form
    assert found["std_error"].iloc[0] == pytest.approx(error, rel=1e-4)
    assert (found["model"] == "MMRM").all()


def test_falls_bands_and_the_correlation_are_those_counted_by_hand() -> None:
    rows = rows_of(24)
    found = score_changes(rows)
    first = rows[rows["period_number"] == 1]
    share = found.meaningful().to_frame().query("missing == 'observed' and period == 'days 1-28'").iloc[0]
    n = int((first["baseline"] - first["value"] >= 6).sum())
    limits = stats.binomtest(n, 24).proportion_ci(method="wilson")
    assert (share["n"], share["N"]) == (n, 24)
    np.testing.assert_allclose(
        [share["lower"], share["upper"]], [100 * limits.low, 100 * limits.high], rtol=1e-6
    )
    bands = found.bands().to_frame().query("period == 'days 1-28'").set_index("band")
    assert bands.loc["severe", "before"] == (first["baseline"] >= 60).sum()
    assert bands.loc["substantial", "n"] == first["value"].between(56, 59).sum()
    assert bands["n"].sum() == bands["before"].sum() == 24
    related = found.relation().to_frame().iloc[0]
    r = stats.spearmanr(first["change"], first["headache_change"])
    assert (related["estimate"], related["p_value"]) == pytest.approx((r.statistic, r.pvalue))


def test_who_was_below_5_before_has_not_come_to_be_below_5() -> None:
    """Falls are of those who can fall so far: half of 0 is none, and 3 is below 5 before and after."""
    pairs = [(12, 4), (12, 9), (6, 3), (3, 2), (4, 1), (0, 0), (20, 10), (5, 5)]
    rows = pd.DataFrame(pairs, columns=["baseline", "value"]).astype(float)
    rows = rows.assign(
        patient_id=[f"p{n}" for n in rows.index], instrument="PHQ-9", period_number=1, reason="",
        change=rows["value"] - rows["baseline"], headache_change=0.0,
        period=pd.Categorical(["days 1-28"] * len(rows), ["days 1-28"], ordered=True),
    )  # fmt: skip
    found = score_changes(rows).meaningful().to_frame().query("missing == 'not_met'").set_index("term")
    assert found.loc["PHQ-9: from 5 or more to below 5", ["n", "N"]].tolist() == [2, 5]
    assert found.loc["PHQ-9: fall of half or more", ["n", "N"]].tolist() == [4, 7]
    assert found.loc["PHQ-9: fall of 5 or more", ["n", "N"]].tolist() == [2, 8]


def test_limits_of_the_correlation_cover_a_known_one_in_a_skewed_world() -> None:
    """Spearman's r of a bivariate normal of correlation c is 6 / pi asin(c / 2), whatever the margins are."""
    rng, c, held = np.random.default_rng(11), 0.5, []
    truth = 6 / np.pi * np.arcsin(c / 2)
    for _ in range(150):
        x, e = rng.normal(size=(2, 40))
        y = c * x + np.sqrt(1 - c**2) * e
        rows = pd.DataFrame({"change": np.exp(x), "headache_change": -np.exp(-y)})
        rows = rows.assign(instrument="HIT-6", period="days 1-28")
        row = Scores(rows, "", "", 0.95, patients=rows).relation().to_frame().iloc[0]
        held.append(row["lower"] <= truth <= row["upper"])
    assert 0.89 <= np.mean(held) <= 0.99  # 95 % of 150, 3.3 standard errors


EDGES = {
    "nobody with a baseline": lambda r: r.assign(
        baseline=np.nan, change=np.nan, reason="no score before the course"
    ),
    "all scores alike": lambda r: r.assign(baseline=60.0, value=60.0, change=0.0),
    "three patients": lambda r: r[r["patient_id"].isin(["p1", "p2", "p3"])],
    "one period": lambda r: r[r["period_number"] == 1],
    "no rows": lambda r: r.head(0),
    "at the lowest score": lambda r: r.assign(baseline=36.0, value=36.0, change=0.0),
}


@pytest.mark.parametrize("edge", EDGES)
def test_where_nothing_can_be_said_no_number_is_said(edge: str) -> None:
    found = score_changes(EDGES[edge](rows_of(24)))
    frame = found.to_frame()
    if edge in ("nobody with a baseline", "no rows"):
        assert found.status == "no questionnaire with a score before and after the course"
    elif edge != "one period":
        assert frame["lower"].isna().all()
        assert (frame["status"] != "ok").all()
    for other in (found.meaningful(), found.bands(), found.relation()):
        assert other.status
        assert other.to_ard() is not None


def test_a_study_gives_its_questionnaires_and_arms_apart() -> None:
    study = oc.simulate(40, seed=2, months=1, arms=("placebo", "ketamine")).study
    found = oc.scores(study)
    assert set(found["instrument"]) == {"HIT-6", "PHQ-9", "MIDAS"}
    assert set(found["arm"]) == {"placebo", "ketamine"}
    assert any("MIDAS looks back" in note for note in found.notes)
    with pytest.raises(ArgumentError, match="instruments"):
        oc.scores(study, "HIT6")
    none = oc.Study(diary=study.diary, sessions=study.sessions)
    assert oc.scores(none).status == "no questionnaire with a score before and after the course"


def test_scores_before_the_course_only_give_no_change_and_say_so():
    made = oc.simulate(3, seed=5, months=1).study
    first = oc.courses(made).drop_duplicates("patient_id").set_index("patient_id")["course_start"]
    scored = made.assessments
    before = scored[scored["date"] < scored["patient_id"].map(first)]
    tables = {name: made.table(name) for name in ("diary", "sessions", "patients")}
    found = oc.scores(oc.Study(**tables, assessments=before, timezone=made.timezone))
    assert len(before) > 0
    assert found.status == "no questionnaire with a score before and after the course"
    assert len(found.to_frame()) == len(found.meaningful().to_frame()) == 0
