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
    assert set(when) <= set(found["time"])
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
    alive = np.zeros(len(call[0]), dtype=bool)
    whole = mean_cumulative_function(*call, alive)
    monkeypatch.setattr("outcomes.models.stats.kernels.mean_cumulative.BLOCK", 31)
    for a, b in zip(whole, mean_cumulative_function(*call, alive), strict=True):
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
    assert "2 events outside the patient's follow-up: counted separately" in found.notes
    with pytest.raises(DataError, match="2 rows of at_risk share"):
        oc.mean_cumulative(events, follow.assign(patient_id="a"), by="days")
    with pytest.raises(DataError, match="1 follow-up has no end, or one before its start"):
        oc.mean_cumulative(events, follow.assign(end=[at[0], at[1] - pd.Timedelta(days=1)]), by="days")
    with pytest.raises(ArgumentError, match="two meanings"):
        oc.mean_cumulative(events, follow.assign(time=1), by="days", arm="time")


def mortal(seed: int, n: int, *, censored: bool = True) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return events and follow-up of patients who may die; those with many events die sooner."""
    rng = np.random.default_rng(seed)
    start = pd.Timestamp("2026-01-01")
    own = rng.gamma(2.0, 0.5, n)
    death = np.ceil(rng.exponential(60 / own))
    leave = np.minimum(death, rng.integers(20, 90, n) if censored else 90)
    dead = death <= leave
    follow = pd.DataFrame(
        {"patient_id": range(n), "start": start, "ended_by": np.where(dead, "death", "cutoff")}
    )
    follow["end"] = start + pd.to_timedelta(leave, unit="D")
    number = rng.poisson(0.05 * own * leave)
    who = np.repeat(np.arange(n), number)
    when = rng.integers(0, leave[who] + 1)
    return pd.DataFrame({"patient_id": who, "onset": start + pd.to_timedelta(when, unit="D")}), follow


def test_without_censoring_it_is_the_plain_mean_over_all_patients() -> None:
    """The dead have no more events and stay in the mean: a closed form, and its standard error."""
    events, follow = mortal(5, 60, censored=False)
    days = (events["onset"] - pd.Timestamp("2026-01-01")).dt.days
    asked = [0, 7, 20, 45, 90]
    found = oc.mean_cumulative(events, follow, by="days", terminal="death", at=asked).to_frame()
    for row, t in zip(found.itertuples(), asked, strict=True):
        each = events[days <= t].groupby("patient_id").size().reindex(range(60), fill_value=0).to_numpy()
        assert row.estimate == pytest.approx(each.mean(), rel=DIGITS)
        assert row.std_error == pytest.approx(np.sqrt(((each - each.mean()) ** 2).sum()) / 60, rel=1e-10)
    naive = oc.mean_cumulative(events, follow, by="days", at=asked).to_frame()
    assert naive["estimate"].iloc[-1] > 1.2 * found["estimate"].iloc[-1], "death as censoring says more"


def weighted(
    weight: np.ndarray, leave: np.ndarray, dead: np.ndarray, days: list[np.ndarray], t: float
) -> float:
    """Return the estimate by its definition, each patient counting so much."""
    alive, mean = 1.0, 0.0
    for u in sorted({float(d) for one in days for d in one} | set(leave[dead].tolist())):
        risk = weight[leave >= u].sum()
        if u <= t:
            mean += alive * sum(w * (one == u).sum() for w, one in zip(weight, days, strict=True)) / risk
        alive *= 1 - weight[dead & (leave == u)].sum() / risk
    return mean


def test_its_variance_is_what_each_patient_s_weight_does_to_it() -> None:
    """The definition of an influence function, by differences: nothing of the kernel is used."""
    events, follow = mortal(8, 25)
    start = pd.Timestamp("2026-01-01")
    leave, dead = (follow["end"] - start).dt.days.to_numpy(float), follow["ended_by"].eq("death").to_numpy()
    when = (events["onset"] - start).dt.days
    days = [when[events["patient_id"] == i].to_numpy(float) for i in range(25)]
    found = oc.mean_cumulative(events, follow, by="days", terminal="death", at=[15, 40]).to_frame()
    for row in found.itertuples():
        one, step = np.ones(25), 1e-5
        slope = [
            (weighted(one + step * (np.arange(25) == i), leave, dead, days, row.time)
             - weighted(one - step * (np.arange(25) == i), leave, dead, days, row.time)) / (2 * step)
            for i in range(25)
        ]  # fmt: skip
        assert row.estimate == pytest.approx(weighted(one, leave, dead, days, row.time), rel=DIGITS)
        assert row.std_error == pytest.approx(np.sqrt(np.sum(np.square(slope))), rel=1e-6)


@pytest.mark.long
def test_limits_under_death_cover_what_many_patients_have() -> None:
    everybody, people = mortal(0, 200_000, censored=False)
    truth = ((everybody["onset"] - pd.Timestamp("2026-01-01")).dt.days <= 40).sum() / len(people)
    hits = []
    for seed in range(1, 301):
        row = oc.mean_cumulative(*mortal(seed, 80), by="days", terminal="death", at=[40]).to_frame().iloc[0]
        hits.append(row["lower"] <= truth <= row["upper"])
    assert np.mean(hits) >= 0.95 - 3 * np.sqrt(0.95 * 0.05 / 300)


def test_a_terminal_event_needs_time_and_a_column() -> None:
    events, follow = mortal(2, 10)
    with pytest.raises(ArgumentError, match="a terminal event needs time"):
        oc.mean_cumulative(events, follow, terminal="death")
    with pytest.raises(ArgumentError, match="at_risk has no column 'ended_by'"):
        oc.mean_cumulative(events, follow.drop(columns="ended_by"), by="days", terminal="death")


def test_a_missing_arm_is_refused_and_the_order_of_rows_decides_nothing(rows) -> None:
    """Patients without an arm were in N and in no curve."""
    events, sessions = as_sessions(rows)
    first = oc.mean_cumulative(events, sessions, arm="arm").to_frame()
    turned = oc.mean_cumulative(events[::-1], sessions[::-1], arm="arm").to_frame()
    pd.testing.assert_frame_equal(first, turned, rtol=1e-12)
    lost = sessions["patient_id"] == sessions["patient_id"].iloc[0]
    with pytest.raises(DataError, match="no arm"):
        oc.mean_cumulative(events, sessions.assign(arm=sessions["arm"].mask(lost)), arm="arm")
    day = pd.to_datetime(["2026-01-01"] * 3)
    followed = pd.DataFrame({"patient_id": list("abc"), "start": day, "end": day + pd.Timedelta("30D")})
    had = pd.DataFrame({"patient_id": ["a"], "onset": day[:1] + pd.Timedelta("2D")})
    with pytest.raises(DataError, match=r"1 row of at_risk has no arm\. got: row 2"):
        oc.mean_cumulative(had, followed.assign(arm=["x", None, "y"]), by="days", arm="arm")
