"""Negative binomial regression of events per hour: statsmodels, known truth, closed forms, fallbacks."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm
from statsmodels.discrete.discrete_model import NegativeBinomial

from outcomes.errors import ArgumentError, DataError
from outcomes.models.harm.recurrent import event_counts
from outcomes.models.stats.intervals import rate

STATSMODELS = 1e-4  # its optimiser stops at a gradient of 1e-5
CLOSED = 1e-8


def drawn(
    rng: np.random.Generator, *, patients: int = 80, each: int = 4, slope: float = 0.4, theta: float = 1.5
):
    """Return sessions and events of a negative binomial that patients share by a gamma frailty."""
    sessions = pd.DataFrame(
        {
            "session_id": np.arange(patients * each),
            "patient_id": np.repeat(np.arange(patients), each),
            "hours": rng.uniform(1, 6, patients * each),
            "dose_mg_per_kg": rng.uniform(0.2, 1.0, patients * each),
        }
    )
    frailty = rng.gamma(theta, 1 / theta, patients)[sessions["patient_id"]]
    mean = frailty * sessions["hours"] * np.exp(-1.5 + slope * sessions["dose_mg_per_kg"])
    many = rng.poisson(mean)
    events = sessions.loc[np.repeat(np.arange(len(sessions)), many), ["session_id", "patient_id"]]
    return sessions, events.reset_index(drop=True), many


def test_coefficients_are_those_of_statsmodels() -> None:
    sessions, events, many = drawn(np.random.default_rng(7))
    fit = event_counts(events, sessions, covariates="dose_mg_per_kg")
    x = sm.add_constant(sessions["dose_mg_per_kg"].to_numpy())
    known = NegativeBinomial(many, x, exposure=sessions["hours"].to_numpy()).fit(disp=0, method="newton")
    np.testing.assert_allclose(fit["estimate"], known.params[:2], rtol=STATSMODELS)
    assert fit.meta["theta"] == pytest.approx(1 / known.params[2], rel=STATSMODELS)
    assert (fit.status, fit.meta["family"], fit.meta["fallback"]) == ("ok", "negative-binomial", "")
    assert fit["rate_ratio"].iloc[1] == pytest.approx(np.exp(known.params[1]), rel=STATSMODELS)
    assert np.isnan(fit["rate_ratio"].iloc[0])


def test_without_covariates_and_with_equal_hours_the_rate_is_events_by_hours() -> None:
    sessions, _, _ = drawn(np.random.default_rng(3))
    sessions["hours"] = 2.0
    many = np.random.default_rng(4).negative_binomial(1, 0.4, len(sessions))
    events = sessions.loc[np.repeat(np.arange(len(sessions)), many)]
    fit = event_counts(events, sessions)
    crude = many.sum() / sessions["hours"].sum()
    assert np.exp(fit["estimate"].iloc[0]) == pytest.approx(crude, rel=CLOSED)
    assert fit.meta["rate"] == pytest.approx(100 * crude, rel=CLOSED)
    exact = rate(many.sum(), sessions["hours"].sum())
    assert [fit.meta["rate_lower"], fit.meta["rate_upper"]] == pytest.approx([100 * float(v) for v in exact])
    assert (fit["events"].iloc[0], fit["N"].iloc[0]) == (many.sum(), len(sessions))


def test_events_no_more_spread_than_poissons_fall_back_and_say_so() -> None:
    sessions, _, _ = drawn(np.random.default_rng(1), patients=30, each=2)
    events = sessions  # one event in every session: less spread than Poisson
    fit = event_counts(events, sessions)
    assert fit.status == "ok"
    assert fit.meta["family"] == "poisson"
    assert fit.meta["fallback"] == "negative binomial fell back to Poisson: its dispersion is at the limit"
    assert fit.meta["fallback"] in fit.notes
    assert np.isinf(fit.meta["theta"])
    known = sm.GLM(
        np.ones(60), np.ones((60, 1)), family=sm.families.Poisson(), exposure=sessions["hours"]
    ).fit()
    assert fit["estimate"].iloc[0] == pytest.approx(known.params[0], rel=CLOSED)


def test_the_truth_is_found_and_covered() -> None:
    rng = np.random.default_rng(11)
    found, covered = [], 0
    for _ in range(100):
        sessions, events, _ = drawn(rng)
        row = event_counts(events, sessions, covariates="dose_mg_per_kg").to_frame().iloc[1]
        found.append(row["estimate"])
        covered += row["lower"] <= 0.4 <= row["upper"]
    error = np.std(found, ddof=1) / np.sqrt(len(found))
    assert abs(np.mean(found) - 0.4) < 3 * error
    assert covered >= 95 - 3 * np.sqrt(100 * 0.95 * 0.05)


@pytest.mark.parametrize(
    ("pick", "status"),
    [
        (lambda s, e: (s, e.iloc[:0]), "no event: the rate is at its limit, see the exact one"),
        (lambda s, e: (s[s["patient_id"] == 0], e[e["patient_id"] == 0]),
         "one patient: the variation between patients is unknown"),
        (lambda s, e: (s.assign(hours=0.0), e), "no session can be used"),
    ],
)  # fmt: skip
def test_what_cannot_be_fitted_is_a_status_with_the_exact_rate(pick, status: str) -> None:
    sessions, events = pick(*drawn(np.random.default_rng(2))[:2])
    fit = event_counts(events, sessions)
    assert fit.status == status
    assert fit["estimate"].isna().all()
    if sessions["hours"].sum():
        assert fit.meta["rate_upper"] > fit.meta["rate"] >= 0
    else:
        assert np.isnan(fit.meta["rate"])


def test_sessions_without_hours_are_counted_with_their_events() -> None:
    sessions, events, many = drawn(np.random.default_rng(5))
    sessions.loc[0, "hours"] = np.nan
    fit = event_counts(events, sessions)
    assert f"1 session without hours or a covariate is left out, with {many[0]} event" in fit.notes
    assert fit["N"].iloc[0] == len(sessions) - 1


def test_bad_requests_are_refused() -> None:
    sessions, events, _ = drawn(np.random.default_rng(5))
    elsewhere = pd.concat([events, events.iloc[:1].assign(session_id=-1)])
    with pytest.raises(DataError, match="1 event of a session that is not at risk"):
        event_counts(elsewhere, sessions)
    noted = event_counts(elsewhere, sessions, unknown="note")
    assert noted["events"].iloc[0] == len(events)
    assert noted.notes[0].startswith("1 event of a session that is not at risk")
    with pytest.raises(ArgumentError, match="sessions has no column 'weight'"):
        event_counts(events, sessions, covariates="weight")
    with pytest.raises(DataError, match="1 session has negative hours"):
        event_counts(events, sessions.assign(hours=np.r_[-1.0, sessions["hours"][1:]]))
    with pytest.raises(DataError, match="1 session occurs more than once"):
        event_counts(events, pd.concat([sessions, sessions.iloc[:1]]))
