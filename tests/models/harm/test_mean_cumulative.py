"""Mean cumulative function against R's survfit, by session and by time."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import outcomes as oc
from outcomes.errors import ArgumentError, DataError
from outcomes.models.stats.kernels.mean_cumulative import mean_cumulative_function
from shared import reference, shared

DIGITS = 1e-12


@pytest.fixture(scope="module")
def rows() -> pd.DataFrame:
    return pd.read_csv(shared("reference", "harm", "recurrent_sessions.csv"))


def as_sessions(rows: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return events and sessions of the counting process: a session for each number up to the last."""
    last = rows.groupby("id").agg(arm=("arm", "first"), last=("stop", "max")).reset_index()
    sessions = last.loc[last.index.repeat(last["last"])].reset_index(drop=True)
    sessions["session_number"] = sessions.groupby("id").cumcount() + 1
    sessions = sessions.rename(columns={"id": "patient_id"}).assign(session_id=sessions["session_number"])
    events = rows[rows["status"] == 1].rename(columns={"id": "patient_id", "stop": "session_id"})
    return events[["patient_id", "session_id"]], sessions


@pytest.mark.reference
@pytest.mark.parametrize("arm", ["arm_all", "arm_0", "arm_1"])
def test_by_session_it_is_survfit_s(rows, arm) -> None:
    wanted = reference("harm", "recurrent_events.json")[arm]
    events, sessions = as_sessions(rows)
    if arm == "arm_all":
        found = oc.mean_cumulative(events, sessions).to_frame()
    else:
        found = oc.mean_cumulative(events, sessions, arm="arm").to_frame()
        found = found[found["arm"] == int(arm[-1])]
    assert found["time"].tolist() == wanted["session"]
    assert found["N"].tolist() == wanted["at_risk"]
    assert np.diff(found["events"], prepend=0).tolist() == wanted["events"]
    np.testing.assert_allclose(found["estimate"], wanted["mcf"], rtol=DIGITS)
    np.testing.assert_allclose(found["std_error"], wanted["survfit_std_chaz"], rtol=DIGITS)


def test_by_time_it_is_the_definition_summed_patient_by_patient() -> None:
    rng = np.random.default_rng(3)
    n, start = 40, pd.Timestamp("2026-01-01", tz="UTC")
    days = rng.integers(5, 60, n)
    who = rng.integers(0, n, 80)
    when = rng.integers(0, days[who] + 1)
    follow = pd.DataFrame(
        {"patient_id": range(n), "start": start, "end": start + pd.to_timedelta(days, unit="D")}
    )
    events = pd.DataFrame({"patient_id": who, "onset": start + pd.to_timedelta(when, unit="D")})
    found = oc.mean_cumulative(events, follow, by="days").to_frame()
    for row in found.itertuples():
        mean, score = 0.0, np.zeros(n)
        for u in np.unique(when[when <= row.time]):
            at_risk, hits = days >= u, np.bincount(who[when == u], minlength=n)
            mean += hits.sum() / at_risk.sum()
            score += at_risk / at_risk.sum() * (hits - hits.sum() / at_risk.sum())
        assert row.estimate == pytest.approx(mean, rel=DIGITS)
        assert row.std_error == pytest.approx(np.sqrt((score**2).sum()), rel=DIGITS)


def test_blocks_of_times_change_nothing(monkeypatch) -> None:
    rng = np.random.default_rng(5)
    leave, who = rng.uniform(1, 9, 30), rng.integers(0, 30, 60)
    when = rng.uniform(0, 1, 60) * leave[who]
    call = (np.full(30, -1.0), leave, who, when, np.linspace(0, 9, 20))
    whole = mean_cumulative_function(*call)
    monkeypatch.setattr("outcomes.models.stats.kernels.mean_cumulative.BLOCK", 31)
    for a, b in zip(whole, mean_cumulative_function(*call), strict=True):
        np.testing.assert_allclose(a, b, rtol=DIGITS)  # the sums come in another order


def test_what_lies_outside_is_counted_apart_and_bad_rows_are_refused() -> None:
    at = pd.to_datetime(["2026-01-01", "2026-01-01"], utc=True)
    follow = pd.DataFrame({"patient_id": ["a", "b"], "start": at, "end": at + pd.Timedelta(days=10)})
    onset = pd.to_datetime(["2026-01-02", "2026-02-01", None, "2025-12-31"], utc=True)
    events = pd.DataFrame({"patient_id": ["a", "a", "b", "b"], "onset": onset})
    found = oc.mean_cumulative(events, follow, by="days", at=[0, 5, 20])
    assert found["estimate"].fillna(-1).tolist() == [0.0, 0.5, -1.0]
    assert found["status"].tolist() == ["no event yet: no interval", "ok", "nobody observed so long"]
    assert "1 event without an onset cannot be placed in time" in found.notes
    assert "2 events outside the follow-up of the patient: counted apart" in found.notes
    with pytest.raises(DataError, match="2 rows of at_risk share"):
        oc.mean_cumulative(events, follow.assign(patient_id="a"), by="days")
    with pytest.raises(DataError, match="1 follow-up has no end, or one before its start"):
        oc.mean_cumulative(events, follow.assign(end=[at[0], at[1] - pd.Timedelta(days=1)]), by="days")
    with pytest.raises(ArgumentError, match="two meanings"):
        oc.mean_cumulative(events, follow.assign(time=1), by="days", arm="time")
