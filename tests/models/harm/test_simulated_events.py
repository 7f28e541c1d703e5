"""The simulator's event probabilities come back from its tables: attribution, counts and the model."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import outcomes as oc
from outcomes.derive.emergent import emergent_events
from outcomes.models.harm.incidence import incidence

MONTE_CARLO = 3  # standard errors


@pytest.fixture(scope="module")
def simulated():
    return oc.simulate(patients=400, seed=12)


@pytest.fixture(scope="module")
def sessions(simulated) -> pd.DataFrame:
    sessions = simulated.study.sessions
    number = sessions.sort_values("start").groupby("patient_id").cumcount()
    return sessions.assign(which=np.where(number.reindex(sessions.index) == 0, "first", "later"))


def test_probabilities_per_session_are_those_of_the_simulator(simulated, sessions) -> None:
    events = simulated.study.adverse_events
    found = incidence(events, sessions, by=["group"], arm="which", unit="session").to_frame()
    truth = simulated.truth.event_rates.set_index("group")
    assert set(truth.index) <= set(found["group"])
    for row in found[found["group"].isin(truth.index)].itertuples():
        error = (row.upper_cluster - row.lower_cluster) / (2 * 1.96)
        assert abs(row.percent - 100 * truth.loc[row.group, row.which]) < MONTE_CARLO * error, row


def test_attribution_finds_the_sessions_that_the_simulator_used(simulated) -> None:
    study = simulated.study
    events = study.adverse_events
    attributed = emergent_events(events.drop(columns="session_id"), study.sessions, timezone=study.timezone)
    known = events["session_id"].notna().to_numpy()
    timed = (events["onset_precision"] == "time").to_numpy()
    assert known.sum() > 500
    same = (
        attributed["session_id"].to_numpy()[known & timed] == events["session_id"].to_numpy()[known & timed]
    )
    assert same.mean() > 0.99
    assert attributed["emergent"].to_numpy()[known].all()


def test_the_first_session_has_more_dissociation_in_the_model_too(simulated, sessions) -> None:
    events = simulated.study.adverse_events
    dissociation = events[events["group"] == "dissociation"]
    fitted = oc.event_sessions(dissociation, sessions).to_frame().set_index("term").loc["later_session"]
    truth = (
        simulated.truth.event_rates.set_index("group").loc["dissociation", ["first", "later"]].astype(float)
    )
    log_odds = np.log(truth / (1 - truth))
    assert (
        abs(fitted["estimate"] - (log_odds["later"] - log_odds["first"])) < MONTE_CARLO * fitted["std_error"]
    )
