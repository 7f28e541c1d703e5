"""First against later sessions when patients stop after an event: known truth, and the likelihood itself."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy.integrate import quad
from scipy.stats import norm

import outcomes as oc
from outcomes.models.stats.kernels.random_intercept import fit_random_intercept, log_likelihood

#: Adaptive quadrature against an even grid.
QUADRATURE = 1e-9
STUDIES, PATIENTS, PLANNED = 80, 150, 4


def world(rng: np.random.Generator, *, stop: float, effect: float = 0.0) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return events and sessions of patients of whom a share stops after an event; ICC .25 (logit scale)."""
    sd = np.sqrt(np.pi**2 / 3 / 3)
    u = rng.normal(0, sd, PATIENTS)
    rows, goes = [], np.ones(PATIENTS, bool)
    for number in range(1, PLANNED + 1):
        hit = rng.random(PATIENTS) < 1 / (1 + np.exp(-(-0.5 + effect * (number > 1) + u)))
        who = np.flatnonzero(goes)
        rows.append(pd.DataFrame({"patient_id": who, "session_number": number, "hit": hit[who]}))
        goes &= ~(hit & (rng.random(PATIENTS) < stop))
    sessions = pd.concat(rows, ignore_index=True).assign(session_id=lambda f: f["session_number"])
    return sessions[sessions["hit"]], sessions


def test_the_likelihood_is_the_integral_and_the_fit_its_top() -> None:
    patterns = np.array([[1, 1, 2, 3], [0, 1, 1, 3], [1, 1, 0, 0], [0, 1, 0, 3], [0, 0, 2, 2]], float)
    count = np.array([3.0, 4.0, 5.0, 6.0, 2.0])
    theta = np.array([-0.4, 0.3, np.log(1.3)])

    def one(y1: float, n1: float, y2: float, n2: float) -> float:
        def integrand(z: float) -> float:
            p = 1 / (1 + np.exp(-(theta[0] + 1.3 * z)))
            q = 1 / (1 + np.exp(-(theta[0] + theta[1] + 1.3 * z)))
            return p**y1 * (1 - p) ** (n1 - y1) * q**y2 * (1 - q) ** (n2 - y2) * norm.pdf(z)

        return quad(integrand, -12, 12, epsabs=1e-13)[0]

    direct = sum(c * np.log(one(*row)) for row, c in zip(patterns, count, strict=True))
    assert log_likelihood(theta, patterns, count) == pytest.approx(direct, abs=QUADRATURE)
    fit = fit_random_intercept(patterns, count)
    top = np.array([*fit.beta, np.log(fit.sd)])
    for step in np.vstack([np.eye(3), -np.eye(3)]) * 1e-3:
        assert log_likelihood(top + step, patterns, count) <= fit.log_likelihood


def test_patients_who_do_not_differ_give_plain_logistic_regression() -> None:
    """20 of 80 first, 60 of 160 later sessions, spread evenly: log odds ratio and SE of the two by two."""
    patterns = np.array([[y1, 1, y2, 2] for y1 in (0, 1) for y2 in (0, 1, 2)], float)
    count = np.array([a * b for a in (60, 20) for b in (25 / 64, 30 / 64, 9 / 64)], float)
    fit = fit_random_intercept(patterns, count)
    assert fit.sd == 0.0
    odds = np.log((60 / 100) / (20 / 60))
    assert fit.beta[1] == pytest.approx(odds, abs=1e-6)
    assert np.sqrt(fit.covariance[1, 1]) == pytest.approx(
        np.sqrt(1 / 20 + 1 / 60 + 1 / 60 + 1 / 100), rel=1e-5
    )


@pytest.mark.parametrize(("stop", "bias"), [pytest.param(0.5, 0.08, marks=pytest.mark.long), (1.0, 0.2)])
def test_stopping_after_an_event_does_not_make_later_sessions_look_safer(stop, bias) -> None:
    """Truth 0. The mean over 80 studies has a Monte Carlo error of .025; bias in 200 was .02 and .12."""
    rng = np.random.default_rng(11)
    found = [oc.first_or_later(*world(rng, stop=stop)).to_frame() for _ in range(STUDIES)]
    first = pd.concat([frame.iloc[[0]] for frame in found])
    assert abs(first["estimate"].mean()) < bias
    covered = ((first["lower"] <= 0) & (first["upper"] >= 0)).mean()
    assert covered >= 0.85
    second = pd.concat([frame.iloc[[1]] for frame in found])
    if stop == 1:
        assert second["status"].str.startswith("nobody goes on after an event").all()
        assert second["estimate"].isna().all()
    else:
        assert abs(second["estimate"].mean()) < bias
        assert ((second["lower"] <= 0) & (second["upper"] >= 0)).mean() >= 0.85


def test_an_effect_is_found_and_what_cannot_be_estimated_has_no_number() -> None:
    rng = np.random.default_rng(7)
    found = [oc.first_or_later(*world(rng, stop=0.5, effect=-1.0))["estimate"].iloc[0] for _ in range(30)]
    assert np.mean(found) == pytest.approx(-1.0, abs=0.15)  # Monte Carlo error .05
    events, sessions = world(rng, stop=0.5)
    none = oc.first_or_later(events.iloc[:0], sessions)
    assert none.status == "no session has the event"
    assert none["estimate"].isna().all()
    assert oc.first_or_later(
        events, sessions[sessions["session_number"] == 1], unknown="note"
    ).status.startswith("no first")
    only_first = oc.first_or_later(events[events["session_number"] == 1], sessions)
    assert only_first.status.startswith("separated")
    assert only_first[["estimate", "odds_ratio"]].isna().all().all()
    assert any("not corrected" in note for note in only_first.notes)


@pytest.mark.parametrize(("sd", "later"), [(0.5, 150), (5.0, 150), (9.0, 40), (9.0, 400)])
def test_the_grid_is_fine_enough_for_many_sessions_and_unlike_patients(sd: float, later: int) -> None:
    """A patient of many sessions has a narrow peak: an even grid of 361 nodes went past it from SD 5 on."""
    hits = np.array([1, 3, later // 2, later - 2])
    patterns = np.column_stack([[0, 1, 1, 0], np.ones(4), hits, np.full(4, later)]).astype(float)
    theta = np.array([-0.4, 0.3, np.log(sd)])

    def logs(z: np.ndarray, y1: float, n1: float, y2: float, n2: float) -> np.ndarray:
        first, second = theta[0] + sd * z, theta[0] + theta[1] + sd * z
        out = y1 * first - n1 * np.logaddexp(0, first) + y2 * second - n2 * np.logaddexp(0, second)
        return out + norm.logpdf(z)

    direct = 0.0
    for row in patterns:
        z = np.linspace(-9, 9, 2_000_001)
        whole = logs(z, *row)
        peak = float(z[whole.argmax()])
        top = float(whole.max())
        direct += top + np.log(
            quad(lambda x, r=row, t=top: float(np.exp(logs(x, *r) - t)), -12, 12,
                 points=[peak - 1, peak - 0.1, peak, peak + 0.1, peak + 1], epsabs=1e-13, limit=400)[0]
        )  # fmt: skip
    assert log_likelihood(theta, patterns, np.ones(4)) == pytest.approx(direct, abs=1e-8)


def test_patients_with_all_or_none_have_no_odds_ratio_for_one_patient() -> None:
    """The likelihood rises without end with the spread: 19.99, its limit, stood there with an OR of 47."""
    always, never = 20, 20
    sessions = pd.DataFrame(
        {"patient_id": np.repeat(range(always + never), 3), "session_number": [1, 2, 3] * 40}
    ).assign(session_id=lambda f: f["session_number"])
    hit = (sessions["patient_id"] < always).to_numpy(copy=True)
    hit[0] = False
    first, second = oc.first_or_later(sessions[hit], sessions).to_frame().to_dict("records")
    assert first["status"] == "patients have the event in all sessions or in none: no odds for one patient"
    assert np.isnan([first["estimate"], first["lower"], first["odds_ratio"]]).all()
    assert second["status"] == "ok"


def test_events_of_later_sessions_alone_are_separated() -> None:
    """No first session has one: the coefficient has no finite estimate, and the information no inverse."""
    sessions = pd.DataFrame({"patient_id": np.repeat(range(25), 3), "session_number": [1, 2, 3] * 25})
    sessions = sessions.assign(session_id=sessions["session_number"])
    at = {(10, 2), (13, 3)}
    hit = [pair in at for pair in zip(sessions["patient_id"], sessions["session_number"], strict=True)]
    frame = oc.first_or_later(sessions[hit], sessions).to_frame()
    assert frame["status"].str.startswith("separated").all()
    assert frame[["estimate", "lower", "upper"]].isna().all(axis=None)
