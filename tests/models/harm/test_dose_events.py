"""Events by dose: the same counts as by hand, equal doses together, clustered limits, what is refused."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from outcomes import plots
from outcomes.errors import ArgumentError, DataError
from outcomes.models.harm.dose_events import dose_events
from outcomes.models.harm.incidence import incidence
from outcomes.models.harm.sessions import event_sessions


@pytest.fixture
def sessions() -> pd.DataFrame:
    rng = np.random.default_rng(3)
    frame = pd.DataFrame({"session_id": range(120), "patient_id": np.repeat(range(30), 4)})
    return frame.assign(
        dose_mg_per_kg=rng.choice([0.2, 0.4, 0.5, 0.8, 1.1], 120), hours=rng.uniform(1, 4, 120)
    )


@pytest.fixture
def events(sessions) -> pd.DataFrame:
    rng = np.random.default_rng(4)
    many = rng.poisson(sessions["dose_mg_per_kg"])
    return sessions.loc[np.repeat(np.arange(120), many), ["session_id", "patient_id"]].reset_index(drop=True)


def test_groups_are_counted_as_by_hand_and_hold_all_sessions(events, sessions) -> None:
    found = dose_events(events, sessions, groups=3).to_frame()
    assert found["N"].sum() == 120
    assert found["events"].sum() == len(events)
    hit = sessions["session_id"].isin(events["session_id"])
    for row in found.itertuples():
        inside = sessions["dose_mg_per_kg"].between(row.dose_low, row.dose_high)
        assert (row.N, row.n) == (inside.sum(), (inside & hit).sum())
        assert row.estimate == pytest.approx(100 * row.n / row.N)
        assert row.lower < row.estimate < row.upper
    # no dose stands in two groups
    assert (found["dose_low"].iloc[1:].to_numpy() > found["dose_high"].iloc[:-1].to_numpy()).all()


def test_limits_are_the_clustered_ones_of_incidence_and_the_slope_that_of_event_sessions(
    events, sessions
) -> None:
    found = dose_events(events, sessions, groups=1)
    whole = incidence(events, sessions, unit="session").to_frame().iloc[0]
    row = found.to_frame().iloc[0]
    assert [row["lower"], row["upper"]] == [whole["lower_cluster"], whole["upper_cluster"]]
    fit = event_sessions(events, sessions, covariates="dose_mg_per_kg").to_frame().iloc[1]
    assert found.meta["odds_ratio"] == fit["odds_ratio"]
    assert found.meta["odds_ratio_lower"] == fit["odds_ratio_lower"]


def test_rates_by_dose_are_events_over_the_hours_of_the_group(events, sessions) -> None:
    found = dose_events(events, sessions, groups=2, measure="rate").to_frame()
    assert found["events"].sum() == len(events)
    for row in found.itertuples():
        inside = sessions["dose_mg_per_kg"].between(row.dose_low, row.dose_high)
        assert row.exposure == pytest.approx(sessions.loc[inside, "hours"].sum())
        assert row.estimate == pytest.approx(100 * row.events / row.exposure)


def test_sessions_without_a_dose_are_left_out_and_told(events, sessions) -> None:
    sessions.loc[:9, "dose_mg_per_kg"] = np.nan
    found = dose_events(events, sessions)
    assert found["N"].sum() == 110
    assert "10 sessions without a dose are left out" in found.notes


def test_members_stand_behind_every_group(events, sessions) -> None:
    found = dose_events(events, sessions, groups=3)
    behind = found.members.groupby("row")["session_id"].nunique()
    assert behind.reindex(range(3)).tolist() == found["n"].tolist()


def test_what_cannot_be_grouped_is_refused(events, sessions) -> None:
    with pytest.raises(DataError, match="no session has a dose_mg_per_kg"):
        dose_events(events, sessions.assign(dose_mg_per_kg=np.nan))
    with pytest.raises(DataError, match="120 doses are negative"):
        dose_events(events, sessions.assign(dose_mg_per_kg=-1.0))
    with pytest.raises(ArgumentError, match="groups is not 1 or more"):
        dose_events(events, sessions, groups=0)
    with pytest.raises(ArgumentError, match="is not made of numbers"):
        dose_events(events, sessions.assign(dose_mg_per_kg="high"))


def test_points_are_the_estimates_with_their_sessions_below(events, sessions) -> None:
    found = dose_events(events, sessions, groups=3)
    ax = plots.dose_events(found)
    points = next(line for line in ax.lines if line.get_marker() == "o")
    assert list(points.get_ydata()) == found["estimate"].tolist()
    labels = [text.get_text().split("\n")[1] for text in ax.get_xticklabels()]
    assert labels == [f"{n}/{total}" for n, total in zip(found["n"], found["N"], strict=True)]
    assert "an association, not the effect of a higher dose" in plots.describe(ax)


def test_odds_ratios_of_event_sessions_make_a_forest(events, sessions) -> None:
    fit = event_sessions(events, sessions, covariates=["dose_mg_per_kg", "hours"]).to_frame().iloc[1:]
    rows = fit[["term", "odds_ratio", "odds_ratio_lower", "odds_ratio_upper", "n", "N"]]
    ratios = {"odds_ratio": "estimate", "odds_ratio_lower": "lower", "odds_ratio_upper": "upper"}
    ax = plots.forest(rows.rename(columns=ratios), log=True, xlabel="odds ratio")
    squares = [line.get_xdata()[0] for line in ax.lines if line.get_marker() == "s"]
    assert squares == pytest.approx(fit["odds_ratio"].tolist())
