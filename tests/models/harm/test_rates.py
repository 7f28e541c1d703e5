"""Rates: hand-made exposure, refused exposure, unknown ends, first events by a plain loop, simulation."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from outcomes.errors import ArgumentError, DataError
from outcomes.models.harm.at_risk.closed import at_risk
from outcomes.models.harm.comparisons import compare_arms
from outcomes.models.harm.rates import rates
from outcomes.models.stats.intervals import rate, rate_ratio
from shared import shared


def day(*texts: str | None) -> pd.Series:
    return pd.Series(pd.to_datetime(list(texts), utc=True, format="ISO8601"))


@pytest.fixture
def exposure() -> pd.DataFrame:
    return pd.DataFrame({"patient_id": list("abcd"), "arm": ["x", "x", "y", "y"]}).assign(
        start=day("2026-01-01", "2026-01-01", "2026-01-01", "2026-01-11"),
        end=day("2026-01-29", "2026-02-26", "2026-01-29", "2026-02-08"),
    )


@pytest.fixture
def events() -> pd.DataFrame:
    return pd.DataFrame({"patient_id": list("aabc"), "term": ["nausea", "nausea", "nausea", "rash"]}).assign(
        onset=day("2026-01-15", "2026-01-20", "2026-02-26", "2026-01-01")
    )


def test_all_events_over_all_exposure(events, exposure) -> None:
    frame = rates(events, exposure, by=["term"], arm="arm", unit="months").to_frame()
    nausea = frame[(frame["term"] == "nausea") & (frame["arm"] == "x")].iloc[0]
    assert nausea[["n", "N", "events"]].tolist() == [2, 2, 3]
    assert nausea["exposure"] == pytest.approx(3.0)
    assert nausea["rate"] == pytest.approx(100.0)
    lower, upper = rate(3, 3.0)
    assert [nausea["lower"], nausea["upper"]] == pytest.approx([100 * lower, 100 * upper])
    none = frame[(frame["term"] == "nausea") & (frame["arm"] == "y")].iloc[0]
    assert (none["events"], none["rate"], none["lower"], none["status"]) == (0, 0.0, 0.0, "ok")


def test_first_events_over_the_time_to_them(events, exposure) -> None:
    frame = rates(events, exposure, by=["term"], kind="eair", unit="days", per=1).to_frame()
    nausea, rash = (frame[frame["term"] == term].iloc[0] for term in ("nausea", "rash"))
    # a: 14 days to the first; b: its event begins on its last moment, 56 days; c and d: 28 days each.
    assert nausea["exposure"] == pytest.approx(14 + 56 + 28 + 28)
    assert nausea["rate"] == pytest.approx(2 / 126)
    assert rash["exposure"] == pytest.approx(28 + 56 + 0 + 28)
    assert "lower_cluster" not in frame


def test_first_events_are_those_of_a_plain_loop_over_intervals() -> None:
    rng = np.random.default_rng(11)
    base = pd.Timestamp("2026-01-01", tz="UTC")
    rows, expected, events = [], {}, []
    for patient in range(40):
        edges = np.sort(rng.choice(2000, 8, replace=False))
        spans = list(zip(edges[::2], edges[1::2], strict=True))
        rows += [
            (patient, base + pd.Timedelta(hours=int(a)), base + pd.Timedelta(hours=int(b))) for a, b in spans
        ]
        moments = rng.integers(edges[0], 2100, rng.integers(0, 4))
        events += [(patient, base + pd.Timedelta(hours=int(m))) for m in moments]
        stop = moments.min() if len(moments) else np.inf
        expected[patient] = sum(min(b, max(stop, a)) - a for a, b in spans)
    exposure = pd.DataFrame(rows, columns=["patient_id", "start", "end"]).sample(frac=1, random_state=1)
    got = rates(
        pd.DataFrame(events, columns=["patient_id", "onset"]), exposure, kind="eair", unit="hours"
    ).frame.iloc[0]
    assert got["exposure"] == pytest.approx(sum(expected.values()), rel=1e-12)
    assert got["n"] == len({patient for patient, _ in events})


def test_sessions_and_hours_are_other_units_of_the_same_table(events) -> None:
    sessions = pd.DataFrame(
        {"patient_id": list("aabc"), "session_id": ["a1", "a2", "b1", "c1"], "hours": [2.0, 3.0, 4.0, 1.0]}
    )
    hours = rates(events, sessions)
    assert hours.title == "Events per 100 hours of exposure"
    assert hours["rate"].tolist() == [40.0]
    assert rates(events, sessions, unit="sessions", per=1)["rate"].tolist() == [1.0]


def test_an_event_belongs_to_the_arm_of_its_session(events) -> None:
    sessions = pd.DataFrame(
        {
            "patient_id": list("aabc"),
            "session_id": ["a1", "a2", "b1", "c1"],
            "hours": [2.0, 3.0, 4.0, 1.0],
            "which": ["first", "later", "first", "first"],
        }
    )
    result = rates(events.assign(session_id=["a1", "a2", "b1", "c1"]), sessions, arm="which")
    assert result["events"].tolist() == [3, 1]
    assert result["exposure"].tolist() == [7.0, 3.0]
    assert result["N"].tolist() == [3, 1]


def test_no_exposure_is_a_status_not_a_zero(events) -> None:
    exposure = pd.DataFrame({"patient_id": list("abc"), "exposure": [0.0, 0.0, 0.0]})
    row = rates(events, exposure).frame.iloc[0]
    assert row["status"] == "no exposure"
    assert np.isnan([row["rate"], row["lower"], row["upper"], row["lower_cluster"]]).all()
    assert row["events"] == 4
    empty = rates(events.iloc[:0], exposure.iloc[:0])
    assert empty.status == "no exposure"


def test_a_patient_without_an_end_is_a_line_of_its_own(events, exposure) -> None:
    exposure.loc[0, "end"] = pd.NaT
    result = rates(events, exposure, by=["term"], arm="arm", unit="months")
    frame = result.to_frame()
    line = frame[frame["status"] == "exposure unknown"].iloc[0]
    assert line[["arm", "n", "N", "events"]].tolist() == ["x", 1, 1, 2]
    assert pd.isna(line["term"])
    known = frame[(frame["term"] == "nausea") & (frame["arm"] == "x")].iloc[0]
    assert known[["n", "N", "events"]].tolist() == [1, 1, 1]
    assert known["exposure"] == pytest.approx(2.0)
    assert frame.loc[frame["term"].eq("nausea") | frame["term"].isna(), "N"].sum() == 4
    assert result.notes == (
        "1 patient has no end of exposure: on a separate line and in no rate",
        "limits by patient need two patients: they are missing where one patient has all the exposure",
    )
    behind = result.members[result.members["row"] == line.name]
    assert behind["patient_id"].tolist() == ["a", "a"]


def test_a_cutoff_ends_open_exposure(events, exposure) -> None:
    exposure.loc[0, "end"] = pd.NaT
    closed = rates(events, at_risk(exposure, cutoff=pd.Timestamp("2026-01-29", tz="UTC")), unit="days")
    assert closed["exposure"].tolist() == [28 * 5]


@pytest.mark.reference
def test_the_two_patients_of_the_pilot_trial_without_an_end_stay_visible() -> None:
    adsl = pd.read_csv(
        shared("data", "pharmaverse_adsl.csv"), dtype=str, na_values="NA", keep_default_na=False
    )
    treated = adsl[adsl["SAFFL"] == "Y"]
    treated = treated.assign(start=pd.to_datetime(treated["TRTSDT"]), end=pd.to_datetime(treated["TRTEDT"]))
    adae = pd.read_csv(shared("data", "cdiscpilot_adae.csv"), dtype=str, keep_default_na=False)
    result = rates(
        adae[(adae["SAFFL"] == "Y") & (adae["TRTEMFL"] == "Y")].rename(columns={"USUBJID": "patient_id"}),
        at_risk(treated.rename(columns={"USUBJID": "patient_id"}), last_day_included=True),
        arm="TRT01A",
        unit="years",
    )
    frame = result.to_frame()
    lines = frame[frame["status"] == "exposure unknown"]
    assert lines["N"].sum() == 2
    assert frame["N"].sum() == len(treated) == 254
    assert frame["events"].sum() == 1126
    assert (frame.loc[frame["status"] == "ok", "rate"] > 0).all()
    days = pd.to_numeric(treated["TRTDURD"]).groupby(treated["TRT01A"]).sum()
    ours = frame[frame["status"] == "ok"].set_index("TRT01A")["exposure"] * 365.25
    np.testing.assert_allclose(ours.loc[days.index], days, rtol=1e-12)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (
            lambda x: x.assign(end=day("2025-12-01", "2026-02-26", "2026-01-29", "2026-02-08")),
            "1 row of exposure is negative: it ends before it starts. got: row 1. correct the source: "
            "a rate over such time would be wrong.",
        ),
        (
            lambda x: x.assign(start=day("2026-01-01", None, "2026-01-01", None)),
            "2 rows of exposure have no start. got: rows 2, 4. correct the source: a rate over such time "
            "would be wrong.",
        ),
        (
            lambda x: x.assign(patient_id=["a", "b", "a", "c"]),
            "1 row of exposure overlaps an earlier one of the same patient. got: row 3. correct the source: "
            "a rate over such time would be wrong.",
        ),
        (
            lambda x: x.assign(exposure=[1.0, -2.0, 3.0, 4.0]),
            "1 row of exposure is negative: exposure below 0. got: row 2. correct the source: a rate over "
            "such time would be wrong.",
        ),
        (
            lambda x: x.assign(exposure=[1.0, np.nan, 3.0, 4.0]),
            "1 row of exposure has no exposure. got: row 2. correct the source: a rate over such time "
            "would be wrong.",
        ),
    ],
)
def test_impossible_exposure_is_refused_with_the_rows_named(events, exposure, change, message) -> None:
    with pytest.raises(DataError) as caught:
        rates(events, change(exposure).drop(columns="arm"), unit=None)
    assert str(caught.value) == message


def test_overlap_is_seen_behind_a_long_interval_and_touching_is_none(events) -> None:
    exposure = pd.DataFrame({"patient_id": list("aaabbc")}).assign(
        start=day("2026-01-01", "2026-01-05", "2026-01-20", "2026-01-01", "2026-01-02", "2026-01-01"),
        end=day("2026-01-31", "2026-01-06", "2026-01-21", "2026-01-02", "2026-01-03", "2026-03-01"),
    )
    with pytest.raises(DataError, match=r"2 rows of exposure overlap .* got: rows 2, 3\."):
        rates(events, exposure)
    assert rates(events, exposure.iloc[[0, 3, 4, 5]], unit="days")["exposure"].tolist() == [30 + 2 + 59]


def test_an_event_before_exposure_cannot_be_a_first_event(events, exposure) -> None:
    events.loc[3, "onset"] = pd.Timestamp("2025-12-31", tz="UTC")
    with pytest.raises(DataError, match=r"1 event begins before the exposure of the patient\. got: row 4"):
        rates(events, exposure, kind="eair")
    assert rates(events, exposure)["events"].tolist() == [4]


def test_a_first_event_without_an_onset_counts_with_the_whole_exposure(events, exposure) -> None:
    events.loc[3, "onset"] = pd.NaT
    result = rates(events, exposure, by=["term"], kind="eair", unit="days")
    assert result.frame.set_index("term").loc["rash", "exposure"] == pytest.approx(140)
    assert result.notes == ("1 first event has no onset: the whole exposure is taken as the time before",)


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda e, x: rates(e, x, per=0), ArgumentError, "per is not above 0. got: 0."),
        (
            lambda e, x: rates(e, x, unit="weeks"),
            ArgumentError,
            "unit is not one of its options. got: 'weeks'. allowed: hours, days, months, years.",
        ),
        (
            lambda e, x: rates(e, x[["patient_id"]]),
            ArgumentError,
            "exposure has neither a column with time at risk nor a start and an end. allowed: a column named "
            "exposure, hours, days, months or years; or start and end. rename the "
            "column with the time at risk, or those with its start and end.",
        ),
        (
            lambda e, x: rates(e, x.assign(start="2026-01-01")),
            ArgumentError,
            "column 'start' does not hold timestamps. got: str. convert it with pandas.to_datetime first.",
        ),
        (
            lambda e, x: rates(e, x.assign(exposure="long")),
            ArgumentError,
            "exposure column 'exposure' is not a number. got: str.",
        ),
        (
            lambda e, x: rates(e.assign(patient_id="zz9"), x),
            DataError,
            "4 events of a patient that is not at risk. got: rows 1, 2, 3, 4. add the missing rows to "
            "at_risk, compare the types of patient_id, or pass unknown='note'.",
        ),
        (
            lambda e, x: rates(e, x[["patient_id"]].assign(exposure=1.0), kind="eair"),
            ArgumentError,
            "time to the first event is not known from an exposure given as a number. got: onset of type "
            "datetime64[us, UTC]. allowed: exposure with start and end, or onset as a number from the start "
            "of exposure.",
        ),
    ],
)
def test_bad_requests_are_refused(events, exposure, call, error, message) -> None:
    with pytest.raises(error) as caught:
        call(events, exposure)
    assert str(caught.value) == message


def test_arms_are_compared_by_their_rate_ratio(events, exposure) -> None:
    result = rates(events, exposure, by=["term"], arm="arm", unit="months")
    compared = compare_arms(result, reference="y").to_frame().set_index("term")
    assert compared.loc["rash", "estimate"] == 0
    assert (compared.loc["rash", "lower"], compared.loc["rash", "upper"]) == rate_ratio(0, 3.0, 1, 2.0)
    assert np.isinf(compared.loc["nausea", "estimate"])


@pytest.mark.reference
def test_the_p_value_of_a_rate_ratio_is_that_of_r() -> None:
    from shared import reference

    for case in reference("intervals", "rate_ratio.json")["cases"]:
        x = [case["x1"], case["x2"]]
        events = pd.DataFrame({"patient_id": np.repeat(["a", "b"], x)})
        exposure = pd.DataFrame(
            {"patient_id": ["a", "b"], "arm": ["p", "q"], "exposure": [case["t1"], case["t2"]]}
        )
        compared = compare_arms(rates(events, exposure, arm="arm"), reference="q").frame.iloc[0]
        if sum(x) == 0:
            assert compared["status"] == "no event in either arm"
        else:
            assert compared["p_value"] == pytest.approx(case["p_two_sided_r"], rel=1e-9)


def test_a_known_rate_is_found_within_three_monte_carlo_errors_and_clusters_are_covered() -> None:
    rng = np.random.default_rng(3)
    truth, runs, covered, estimates = 0.3, 400, 0, []
    for _ in range(runs):
        time = rng.uniform(1, 8, 80)
        y = rng.poisson(truth * rng.gamma(0.8, 1 / 0.8, 80) * time)
        exposure = pd.DataFrame({"patient_id": np.arange(80), "exposure": time})
        events = pd.DataFrame({"patient_id": np.repeat(np.arange(80), y)})
        row = rates(events, exposure, per=1).frame.iloc[0]
        estimates.append(row["rate"])
        covered += row["lower_cluster"] <= truth <= row["upper_cluster"]
    assert abs(np.mean(estimates) - truth) < 3 * np.std(estimates) / np.sqrt(runs)
    assert covered / runs > 0.95 - 3 * np.sqrt(0.95 * 0.05 / runs)


def test_patients_with_equal_rates_have_the_limits_of_a_poisson_count_not_none() -> None:
    events = pd.DataFrame({"patient_id": ["a", "b"], "term": "x"})
    exposure = pd.DataFrame({"patient_id": ["a", "b"], "hours": [10.0, 10.0]})
    found = rates(events, exposure).to_frame().iloc[0]
    assert found["lower_cluster"] == pytest.approx(100 * rate(2, 20.0)[0], rel=1e-12)
    assert found["upper_cluster"] == pytest.approx(100 * rate(2, 20.0)[1], rel=1e-12)
