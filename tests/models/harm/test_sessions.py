"""Sessions with events: against statsmodels, at known truth, and where nothing can be estimated."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm

from outcomes.errors import ArgumentError, DataError
from outcomes.models.harm.sessions import event_sessions

#: Maximum likelihood overstates log odds ratios in small studies: a few percent at 360 sessions.
SMALL_STUDY = 0.03
TRUTH = {"dose_mg_per_kg": 0.8, "later_session": -0.7, "hours": 0.1}


def study(
    rng: np.random.Generator, patients: int = 80, frailty: float = 0.0
) -> tuple[pd.DataFrame, pd.DataFrame]:
    count = rng.integers(1, 9, patients)
    patient = np.repeat(np.arange(patients), count)
    number = np.concatenate([np.arange(1, c + 1) for c in count])
    n = len(patient)
    sessions = pd.DataFrame({"session_id": np.arange(n), "patient_id": patient, "session_number": number})
    sessions["dose_mg_per_kg"] = rng.uniform(0.2, 3, n)
    sessions["hours"] = rng.uniform(1, 6, n)
    logit = -1.5 + sum(b * (sessions[c] if c != "later_session" else number > 1) for c, b in TRUTH.items())
    logit += np.repeat(rng.normal(0, frailty, patients), count)
    return sessions, sessions.loc[rng.random(n) < 1 / (1 + np.exp(-logit)), ["session_id", "patient_id"]]


def test_independence_is_statsmodels() -> None:
    sessions, events = study(np.random.default_rng(1))
    result = event_sessions(events, sessions, correlation="independence", vcov="robust").to_frame()
    x = sessions.assign(later=(sessions["session_number"] > 1).astype(float))
    x = sm.add_constant(x[["dose_mg_per_kg", "later", "hours"]])
    y = sessions["session_id"].isin(events["session_id"]).astype(float)
    fitted = sm.GEE(y, x, groups=sessions["patient_id"], family=sm.families.Binomial()).fit()
    np.testing.assert_allclose(result["estimate"], fitted.params, rtol=1e-6)
    np.testing.assert_allclose(result["std_error"], fitted.bse, rtol=1e-5)
    np.testing.assert_allclose(result["odds_ratio"][1:], np.exp(fitted.params.iloc[1:]), rtol=1e-6)


def test_the_truth_is_found_within_three_monte_carlo_errors_and_covered() -> None:
    rng, runs = np.random.default_rng(2), 80
    frames = [event_sessions(e, s).to_frame() for s, e in (study(rng) for _ in range(runs))]
    found = pd.concat(frames).query("term != 'Intercept'")
    for term, truth in TRUTH.items():
        rows = found[found["term"] == term]
        assert abs(rows["estimate"].mean() - truth) < 3 * rows["estimate"].std() / np.sqrt(
            runs
        ) + SMALL_STUDY * abs(truth)
        covered = ((rows["lower"] <= truth) & (truth <= rows["upper"])).mean()
        assert covered > 0.95 - 3 * np.sqrt(0.95 * 0.05 / runs)


def test_patients_who_differ_widen_the_interval_of_what_differs_between_them() -> None:
    sessions, events = study(np.random.default_rng(3), frailty=2.0)
    sessions["age"] = np.random.default_rng(4).normal(44, 14, 80)[sessions["patient_id"]]
    clustered = event_sessions(events, sessions).to_frame().set_index("term")
    naive = (
        event_sessions(events, sessions, correlation="independence", vcov="model")
        .to_frame()
        .set_index("term")
    )
    assert clustered.loc["age", "std_error"] > 1.2 * naive.loc["age", "std_error"]


@pytest.mark.parametrize(
    ("pick", "status"),
    [
        (lambda s: s.iloc[:0], "no session has the event: odds ratios cannot be estimated"),
        (lambda s: s, "every session has the event: odds ratios cannot be estimated"),
        (lambda s: s[s["session_number"] == 1], "separated: a covariate tells sessions with and without"),
    ],
)
def test_what_cannot_be_estimated_is_a_status_without_numbers(pick, status) -> None:
    sessions, _ = study(np.random.default_rng(5))
    result = event_sessions(pick(sessions), sessions)
    assert result.status.startswith(status)
    frame = result.to_frame()
    assert frame["status"].str.startswith(status).all()
    assert frame[["estimate", "std_error", "p_value", "lower", "upper", "odds_ratio"]].isna().all(axis=None)
    assert (frame["N"] == len(sessions)).all()


def test_missing_covariates_and_events_between_sessions_are_counted() -> None:
    sessions, events = study(np.random.default_rng(6))
    sessions.loc[:4, "hours"] = np.nan
    events = pd.concat([events, pd.DataFrame({"session_id": [None], "patient_id": [0]})])
    result = event_sessions(events.astype({"session_id": "Int64"}), sessions)
    assert result.meta["sessions_left_out"] == 5
    assert result["N"].iloc[0] == len(sessions) - 5
    assert result.notes[0] == "1 event belongs to no session and is not counted here"
    assert "association, not an effect" in result.notes[-1]


def test_later_sessions_are_told_from_their_start() -> None:
    sessions, events = study(np.random.default_rng(7))
    by_number = event_sessions(events, sessions)
    start = pd.Timestamp("2026-01-01", tz="UTC") + pd.to_timedelta(sessions["session_number"], unit="D")
    by_start = event_sessions(events, sessions.drop(columns="session_number").assign(start=start))
    pd.testing.assert_frame_equal(by_number.to_frame(), by_start.to_frame())


def test_bad_requests_are_refused() -> None:
    sessions, events = study(np.random.default_rng(8))
    with pytest.raises(ArgumentError, match="sessions has no column 'dose'"):
        event_sessions(events, sessions, covariates="dose")
    with pytest.raises(ArgumentError, match="the sessions have no covariate"):
        event_sessions(events, sessions[["session_id", "patient_id"]])
    with pytest.raises(DataError, match="1 event of a session that is not at risk"):
        event_sessions(events.assign(session_id=[10**6, *events["session_id"][1:]]), sessions)
    with pytest.raises(DataError, match="1 session occurs more than once"):
        event_sessions(events, pd.concat([sessions, sessions.iloc[:1]]))
