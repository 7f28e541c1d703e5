"""One patient: posteriors in closed form, comparisons by simulation, and a time axis."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from outcomes.errors import ArgumentError, DataError
from outcomes.models.patient.one_patient import one_patient
from outcomes.models.stats.kernels.entered_chain import sequences
from outcomes.models.stats.kernels.markov_beta import make_grid
from outcomes.models.stats.kernels.wandering_level import STEPS, Law, _step, days_ahead


def _days(before: list[bool], after: list[bool], patient: str = "p") -> pd.DataFrame:
    day = [*range(-len(before), 0), 0, *range(1, len(after) + 1)]
    frame = pd.DataFrame({"patient_id": patient, "course": 1, "day": day})
    frame["date"] = pd.Timestamp("2025-03-01") + pd.to_timedelta(frame["day"], unit="D")
    frame["phase"] = ["before"] * len(before) + ["during"] + ["after"] * len(after)
    frame["day_after"] = pd.array([pd.NA] * (len(before) + 1) + list(range(1, len(after) + 1)), dtype="Int64")
    frame["headache"] = pd.array([*before, True, *after], dtype="boolean")
    return frame


def test_independent_days_have_the_beta_posterior() -> None:
    days = _days([True] * 24 + [False] * 4, [True] * 10 + [False] * 18)
    frame = one_patient(days, "p", carry_over=0.0).periods.to_frame().set_index("term")
    law = stats.beta(10.5, 18.5)
    row = frame.loc["days 1-28"]
    assert row["estimate"] == pytest.approx(28 * law.mean())
    assert [row["lower"], row["upper"]] == pytest.approx(list(28 * law.ppf([0.025, 0.975])))
    assert row["value"] == 10


def test_comparison_with_baseline_agrees_with_simulation() -> None:
    days = _days([True] * 22 + [False] * 6, [True] * 11 + [False] * 15)
    row = one_patient(days, "p", carry_over=0.0).periods.to_frame().set_index("term").loc["days 1-28"]
    rng = np.random.default_rng(1)
    n = 400_000
    base, now = rng.beta(22.5, 6.5, n), rng.beta(11.5, 15.5, n)
    # Monte Carlo error with 400,000 draws: below .001 for probabilities, .02 days for limits.
    assert row["p_lower"] == pytest.approx((now < base).mean(), abs=0.001)
    assert row["p_half"] == pytest.approx((now <= base / 2).mean(), abs=0.003)
    expected = 28 * np.quantile(now - base, [0.025, 0.975])
    assert [row["change_lower"], row["change_upper"]] == pytest.approx(list(expected), abs=0.08)
    assert row["change"] == pytest.approx(28 * (now - base).mean(), abs=0.02)


def test_carry_over_widens_by_the_design_effect_of_a_mean_of_correlated_days() -> None:
    r, n = 0.4, 28
    lag = np.abs(np.subtract.outer(np.arange(n), np.arange(n)))
    effect = (r**lag).sum() / n  # variance of a mean of n correlated days, over that of independent ones
    days = _days([True] * 20 + [False] * 8, [True] * 14 + [False] * 14)
    row = one_patient(days, "p", carry_over=r).periods.to_frame().set_index("term").loc["baseline"]
    law = stats.beta(0.5 + 20 / effect, 0.5 + 8 / effect)
    assert [row["lower"], row["upper"]] == pytest.approx(list(28 * law.ppf([0.025, 0.975])))


def test_missing_parts_say_why() -> None:
    no_base = one_patient(_days([], [True] * 30), "p").periods
    assert no_base.status == "no baseline: no change can be given"
    frame = no_base.to_frame().set_index("term")
    assert frame.loc["baseline", "status"] == "no day recorded"
    assert frame.loc["days 1-28", "status"] == "no baseline: no change can be given"
    assert frame.loc["days 1-28", "estimate"] > 0
    few = (
        one_patient(_days([True] * 28, [True] * 30), "p", rules={"min_days": 14})
        .periods.to_frame()
        .set_index("term")
    )
    assert few.loc["days 29-56", "status"] == "fewer than 14 days recorded"
    assert np.isnan(few.loc["days 29-56", "estimate"])
    always = one_patient(_days([True] * 28, [True] * 28), "p").periods.to_frame().set_index("term")
    assert always.loc["days 1-28", "upper"] < 28.0
    assert always.loc["days 1-28", "p_lower"] == pytest.approx(0.5, abs=0.01)
    earlier = one_patient(_days([True] * 40, [True] * 5), "p").periods.to_frame()
    assert earlier["term"].tolist() == ["earlier", "baseline", "during", "days 1-28"]


def test_timeline_has_everything_in_the_order_of_time() -> None:
    days = _days([True] * 28, [False] * 28)
    start = pd.Timestamp("2025-03-01 08:00", tz="UTC")
    exposure = pd.DataFrame(
        {
            "patient_id": ["p", "q"],
            "session_number": [1, 1],
            "start": start,
            "end": start + pd.Timedelta(hours=3),
        }
    )
    events = pd.DataFrame(
        {
            "patient_id": ["p"],
            "term": ["dizziness"],
            "onset": [start + pd.Timedelta(hours=1)],
            "resolved": [pd.NaT],
        }
    ).assign(resolved=lambda f: f["resolved"].dt.tz_localize("UTC"))
    line = one_patient(days, "p", exposure=exposure, adverse_events=events).timeline
    assert line["date"].is_monotonic_increasing
    assert line.loc[line["kind"] == "session", ["day", "label"]].values.tolist() == [[0, "session 1"]]
    assert line.loc[line["kind"] == "event", "label"].tolist() == ["dizziness"]
    assert set(line.loc[line["kind"] == "phase", "label"]) == {"before", "during", "after"}
    assert line.loc[line["label"] == "baseline", "day"].item() == -28
    # 23:30 in UTC is the next local day in Berlin.
    late = exposure.assign(start=pd.Timestamp("2025-03-01 23:30", tz="UTC"))
    local = one_patient(days, "p", exposure=late, timezone="Europe/Berlin").timeline
    assert local.loc[local["kind"] == "session", "day"].item() == 1


def test_arguments() -> None:
    days = _days([True] * 28, [False] * 5)
    with pytest.raises(DataError, match="no recorded day of this patient") as caught:
        one_patient(days, "somebody")
    assert "somebody" not in str(caught.value)
    with pytest.raises(ArgumentError, match="carry_over is not a correlation"):
        one_patient(days, "p", carry_over=1.0)
    with pytest.raises(ArgumentError, match="days has no column"):
        one_patient(days.drop(columns="phase"), "p")


@pytest.fixture(scope="module")
def cohort() -> pd.DataFrame:
    """Patients who came with 20 of 28 headache days or more; nothing happens to them."""
    rng = np.random.default_rng(5)
    level = rng.beta(4, 2, 150)
    x = rng.random((150, 57)) < level[:, None]
    taken = np.flatnonzero(x[:, :28].sum(axis=1) >= 20)[:40]
    return pd.concat([_days(list(x[i, :28]), list(x[i, 29:]), f"p{i}") for i in taken], ignore_index=True)


def test_with_a_cohort_chance_alone_draws_back_to_the_mean(cohort) -> None:
    rules = {"entry_days": 20.0, "min_baseline_days": 20, "min_days": 14}
    rows = []
    for patient in cohort["patient_id"].unique()[:12]:
        frame = one_patient(cohort, patient, rules=rules).periods.to_frame().set_index("term")
        rows.append([frame.loc["baseline", "value"], *frame.loc["days 1-28", EXPECTED]])
    before, expected, low, high, p = np.array(rows, dtype=float).T
    assert (expected < before).mean() > 0.5  # taken at their worst: back to the mean, on average
    assert expected.mean() < before.mean()
    assert ((low <= expected) & (expected <= high)).all()
    assert ((p > 0) & (p < 1)).all()


EXPECTED = ["expected", "expected_lower", "expected_upper", "p_lower"]


def test_independent_days_and_a_known_law_have_the_beta_binomial_prediction() -> None:
    """With no wave and a = 3, b = 2 the later count is beta-binomial with the posterior's shapes."""
    grid = make_grid(selected=False)
    law = Law(grid, grid.log_weights(3.0, 2.0)[0], 0.0)
    event = np.r_[np.ones(18, dtype=bool), np.zeros(10, dtype=bool)]
    before = sequences(np.zeros(28, dtype=np.intp), np.arange(-28, 0), event, 1)
    found = days_ahead(law, before, 0.0, 25, 1.0)
    assert found == pytest.approx(stats.betabinom(25, 3 + 18, 2 + 10).pmf(np.arange(26)), abs=1e-7)


def test_the_step_leaves_the_law_as_it_is_and_moves_by_the_wave() -> None:
    grid = make_grid(selected=False)
    law = Law(grid, grid.log_weights(4.0, 3.0)[0], 0.1)
    step = np.linalg.matrix_power(_step(law, 0.2), STEPS)
    mass = np.exp(law.log_mass - law.log_mass.max())
    mass /= mass.sum()
    assert mass @ step == pytest.approx(mass, abs=1e-12)
    logit = np.log(grid.theta) - np.log1p(-grid.theta)
    inner = slice(1, -1)
    moved = mass[inner] @ ((logit[None, inner] - logit[inner, None]) ** 2 * step[inner, inner]).sum(axis=1)
    # steps that are refused take a little of the variance
    assert moved == pytest.approx(0.2, rel=0.2)


def test_the_rules_of_the_study_hold() -> None:
    days = _days([True] * 45, [True] * 40)
    wide = one_patient(days, "p", rules={"baseline_days": 40, "month_days": 30}).periods.to_frame()
    assert wide["term"].tolist() == ["earlier", "baseline", "during", "days 1-30", "days 31-60"]
    assert wide.set_index("term").loc["baseline", "days_recorded"] == 40
    late = days.assign(day_after=days["day_after"].astype("float64") - 5)
    late["phase"] = np.where(late["day_after"] > 0, "after", np.where(late["day"] < 0, "before", "during"))
    late["day_after"] = late["day_after"].where(late["day_after"] > 0)
    start = one_patient(late, "p", rules={"anchor": "course_start"}).periods.to_frame().set_index("term")
    assert start.loc["days 1-28", "days_recorded"] == 28
    assert one_patient(late, "p").periods.to_frame().set_index("term").loc["during", "days_recorded"] == 6
    few = one_patient(days, "p", rules={"min_baseline_days": 29}).periods
    assert few.status == "no baseline: no change can be given"
    with pytest.raises(ArgumentError, match="a rule of one patient"):
        one_patient(days, "p", rules={"min_dayz": 14})
    with pytest.raises(ArgumentError, match="rules are neither"):
        one_patient(days, "p", rules=14)
