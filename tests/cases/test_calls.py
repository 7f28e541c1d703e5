"""Calls that once gave a wrong number, and their relatives, on data anybody can check."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import outcomes as oc
from outcomes.errors import ArgumentError, DataError
from shared import shared

#: Columns of results; a user's own column of such a name would be overwritten, or overwrite them.
TAKEN = ("status", "missing", "percent", "contrast", "estimate", "N", "std_error")
#: A covariate as a year, a date in digits and a laboratory value: nothing but its unit and origin differ.
ORIGINS = [(2025.0, 0.8), (20260101.0, 0.8), (20260101.0, 300.0)]
#: The origin itself takes eight digits of a covariate near 20260101 with a spread of 0.8.
ROUNDING = 1e-6


@pytest.fixture(scope="module")
def study() -> oc.Study:
    return oc.simulate(30, seed=3).study


def _named(frame: pd.DataFrame, name: str) -> pd.DataFrame:
    """Return the rows with a column of two groups, split by patient."""
    who = frame["patient_id"].astype("category").cat.codes
    return frame.drop(columns=name, errors="ignore").assign(**{name: np.where(who % 2, "A", "B")})


@pytest.mark.parametrize("name", [*TAKEN, "term"])
@pytest.mark.parametrize("function", ["still_better", "later_periods", "impute"])
def test_groups_are_never_called_as_a_column_of_the_result(study: oc.Study, name: str, function: str) -> None:
    periods, days = _named(oc.periods(study), name), oc.days(study)
    calls = {
        "still_better": lambda: oc.still_better(days, periods, by=name),
        "later_periods": lambda: oc.later_periods(periods, days, by=name, imputations=10),
        "impute": lambda: oc.impute(periods, arm=name, imputations=10),
    }
    with pytest.raises(ArgumentError, match=f"'{name}'"):
        calls[function]()


@pytest.mark.parametrize("name", TAKEN)
def test_a_factor_is_never_called_as_a_column_of_the_table_of_means(name: str) -> None:
    data = pd.read_csv(shared("data", "fev_data.csv")).rename(columns={"ARMCD": name})
    fit = oc.mmrm(f"FEV1 ~ {name} * AVISIT", data, subject="USUBJID", visit="AVISIT")
    assert f"{name}[T.TRT]" in fit.to_frame()["term"].to_list()  # as a coefficient it is in nobody's way
    for ask in (lambda: fit.emmeans(name), lambda: fit.emmeans("AVISIT", by=name)):
        with pytest.raises(ArgumentError, match=f"'{name}'"):
            ask()


@pytest.mark.parametrize("name", ["status", "time", "events_undated", "events_after_end"])
def test_time_to_the_first_event_overwrites_no_column_of_the_follow_up(name: str) -> None:
    days = pd.to_datetime(["2026-01-05", "2026-01-01", "2026-02-01"])
    events = pd.DataFrame({"patient_id": ["a"], "onset": days[:1]})
    follow_up = pd.DataFrame({"patient_id": ["a"], "start": days[1:2], "end": days[2:], name: ["death"]})
    for ended_by in (None, name):
        with pytest.raises(ArgumentError, match=f"'{name}'"):
            oc.first_events(events, follow_up, ended_by=ended_by)


@pytest.mark.parametrize(("origin", "scale"), ORIGINS)
@pytest.mark.parametrize(
    ("formula", "term"),
    [
        ("FEV1 ~ x + AVISIT", "x"),
        ("FEV1 ~ x + C(AVISIT)", "x"),
        ("FEV1 ~ C(ARMCD) * x + C(AVISIT)", "C(ARMCD)[T.TRT]:x"),
    ],
)
def test_origin_and_unit_of_a_covariate_do_not_decide(
    formula: str, term: str, origin: float, scale: float
) -> None:
    data = pd.read_csv(shared("data", "fev_data.csv"))
    z = (data["FEV1_BL"] - data["FEV1_BL"].mean()) / data["FEV1_BL"].std()
    roles = {"subject": "USUBJID", "visit": "AVISIT"}
    plain = oc.mmrm(formula, data.assign(x=z), **roles).to_frame().set_index("term").loc[term]
    fit = oc.mmrm(formula, data.assign(x=origin + scale * z), **roles)
    moved = fit.to_frame().set_index("term").loc[term]
    assert fit.aliased == ()
    for column in ("estimate", "std_error"):
        assert moved[column] * scale == pytest.approx(plain[column], rel=ROUNDING)
    assert moved["p_value"] == pytest.approx(plain["p_value"], rel=ROUNDING)


def test_two_courses_of_a_patient_are_never_two_patients() -> None:
    study = oc.load_example()
    periods, days = oc.periods(study, course="all"), oc.days(study)
    assert periods.groupby(["patient_id", "period"]).size().max() > 1
    calls = [
        lambda: oc.later_periods(periods, days, imputations=10),
        lambda: oc.still_better(days, periods),
        lambda: oc.means(periods),
        lambda: oc.change(periods),
        lambda: oc.paired(periods),
        lambda: oc.responders(periods),
        lambda: oc.ancova(periods),
    ]
    for call in calls:
        with pytest.raises(DataError, match="more than one"):
            call()


@pytest.mark.parametrize("name", ["change", "baseline", "course"])
def test_a_dose_is_never_called_as_a_column_of_the_periods(name: str) -> None:
    study = oc.load_example()
    doses = oc.exposure(study)[["patient_id", "course", "dose_mg_per_kg"]]
    doses = doses.drop(columns=name, errors="ignore").rename(columns={"dose_mg_per_kg": name})
    with pytest.raises(ArgumentError, match=f"'{name}'"):
        oc.dose_response(oc.periods(study), doses, dose=name)


def test_a_column_called_exposure_makes_no_rates_of_patients() -> None:
    patients = pd.DataFrame({"patient_id": range(40), "arm": ["ketamine"] * 20 + ["placebo"] * 20})
    events = pd.DataFrame({"patient_id": [0, 1, 2, 20], "exposure": "high"})
    counted = oc.incidence(events, patients, by="exposure", arm="arm")
    found = oc.compare_arms(counted, reference="placebo").frame.iloc[0]
    # 3 of 20 against 1 of 20: R's fisher.test, and Miettinen and Nurminen's limits to two digits
    assert found[["n", "N", "n_reference", "N_reference"]].to_list() == [3, 20, 1, 20]
    assert [round(found[c], 2) for c in ("estimate", "lower", "upper")] == [0.10, -0.11, 0.32]
    assert round(found["p_value"], 3) == 0.605
    with pytest.raises(ArgumentError, match="rate_ratio"):
        oc.compare_arms(counted, reference="placebo", measure="rate_ratio")


def test_the_name_of_a_factor_moves_no_ratio() -> None:
    rng = np.random.default_rng(1)
    data = pd.DataFrame({"patient_id": np.repeat(range(30), 2), "g": ["A", "B"] * 30, "days_recorded": 28})
    data["y"] = rng.binomial(28, 0.5, 60)
    plain = oc.counts("y ~ g", data).ratios("g").frame
    for name in (*TAKEN, "n", "day"):
        named = oc.counts(f"y ~ {name}", data.rename(columns={"g": name})).ratios(name).frame
        pd.testing.assert_frame_equal(named, plain)


def test_sessions_of_a_patient_in_two_settings_are_not_all_in_the_first() -> None:
    sessions = pd.DataFrame(
        {
            "patient_id": ["a", "a", "b", "b"],
            "session_id": [1, 2, 1, 2],
            "session_number": [1, 2, 1, 2],
            "setting": ["clinic", "home", "home", "clinic"],
            "hours": 2.0,
        }
    )
    events = sessions[["patient_id", "session_id"]]
    rate = oc.rates(events, sessions, arm="setting", per=100).frame
    assert rate.set_index("setting")["rate"].to_dict() == {"clinic": 50.0, "home": 50.0}
    share = oc.incidence(events.iloc[[0]], sessions, arm="setting", unit="session").frame
    assert share.set_index("setting")[["n", "N"]].to_numpy().tolist() == [[1, 2], [0, 2]]
    with pytest.raises(DataError, match="more than one setting"):
        oc.mean_cumulative(events, sessions, arm="setting")
    one = sessions.assign(setting=["clinic", "clinic", "home", "home"])
    found = oc.mean_cumulative(events, one, arm="setting", at=[2.0]).frame
    assert found.set_index("setting")["estimate"].to_dict() == {"clinic": 2.0, "home": 2.0}
    assert found["lower"].isna().all()  # both patients of an arm are one: nothing says how far they spread
    assert set(found["status"]) == {"all have the same number of events: no interval"}
