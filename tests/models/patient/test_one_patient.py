"""One patient: posteriors in closed form, comparisons by simulation, and a time axis."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from outcomes.errors import ArgumentError, DataError
from outcomes.models.patient.one_patient import one_patient


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
    few = one_patient(_days([True] * 28, [True] * 30), "p", min_days=14).periods.to_frame().set_index("term")
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
