"""Comparisons of arms: against hand counts, scipy and statsmodels, and at empty cells."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy.stats import fisher_exact
from statsmodels.stats.multitest import multipletests

from outcomes.errors import ArgumentError
from outcomes.models.harm.comparisons import compare_arms
from outcomes.models.harm.incidence import incidence
from outcomes.models.stats.intervals import difference, odds_ratio


@pytest.fixture
def counted():
    patients = pd.DataFrame(
        {"patient_id": range(60), "arm": ["active"] * 20 + ["low"] * 20 + ["placebo"] * 20}
    )
    rows = {
        "nausea": [*range(9), 40, 41],
        "rash": [0, 20],
        "dizziness": [*range(5), *range(20, 30), *range(40, 44)],
    }
    rows["cough"] = [25]
    events = pd.concat([pd.DataFrame({"patient_id": who, "term": term}) for term, who in rows.items()])
    return incidence(events, patients, by=["term"], arm="arm")


def row(frame: pd.DataFrame, term: str, contrast: str) -> pd.Series:
    return frame[(frame["term"] == term) & (frame["contrast"] == contrast)].iloc[0]


def test_a_contrast_names_both_arms_and_carries_both_counts(counted) -> None:
    frame = compare_arms(counted, reference="placebo").to_frame()
    assert sorted(frame["contrast"].unique()) == ["active - placebo", "low - placebo"]
    nausea = row(frame, "nausea", "active - placebo")
    assert nausea[["n", "N", "n_reference", "N_reference"]].tolist() == [9, 20, 2, 20]
    assert nausea["estimate"] == pytest.approx(0.35)
    assert (nausea["lower"], nausea["upper"]) == difference(9, 20, 2, 20)
    assert nausea["p_value"] == pytest.approx(fisher_exact([[9, 2], [11, 18]])[1])


def test_adjustment_runs_over_the_levels_of_one_contrast_that_have_events(counted) -> None:
    frame = compare_arms(counted, reference="placebo").to_frame()
    low = frame[frame["contrast"] == "low - placebo"]
    assert row(frame, "cough", "active - placebo")["status"] == "no event in either arm"
    assert np.isnan(row(frame, "cough", "active - placebo")["p_value"])
    expected = multipletests(low["p_value"], method="fdr_bh")[1]
    np.testing.assert_allclose(low["p_adjusted"], expected, rtol=1e-12)
    active = frame[(frame["contrast"] == "active - placebo") & (frame["status"] == "ok")]
    np.testing.assert_allclose(active["p_adjusted"], multipletests(active["p_value"], method="fdr_bh")[1])
    plain = compare_arms(counted, reference="placebo", adjust="none").to_frame()
    np.testing.assert_array_equal(plain["p_value"], plain["p_adjusted"])


def test_ratios_at_zero_cells_are_bounded_on_one_side_only(counted) -> None:
    frame = compare_arms(counted, reference="placebo", measure="odds_ratio").to_frame()
    rash = row(frame, "rash", "active / placebo")
    assert np.isinf([rash["estimate"], rash["upper"]]).all()
    assert rash["lower"] == odds_ratio(1, 20, 0, 20)[0]
    risk = compare_arms(counted, reference="placebo", measure="ratio").to_frame()
    assert np.isnan(row(risk, "cough", "active / placebo")["estimate"])


def test_an_arm_without_patients_has_a_status_and_no_number(counted) -> None:
    patients = pd.DataFrame({"patient_id": [1, 2, 3], "arm": pd.Categorical(list("xxy"), ["x", "y", "z"])})
    events = pd.DataFrame({"patient_id": [1]})
    frame = compare_arms(incidence(events, patients, arm="arm"), reference="y").to_frame()
    empty = frame[frame["contrast"] == "z - y"].iloc[0]
    assert empty["status"] == "nobody at risk"
    assert np.isnan([empty["estimate"], empty["lower"], empty["upper"], empty["p_value"]]).all()


def test_what_cannot_be_compared_is_refused(counted) -> None:
    patients = pd.DataFrame({"patient_id": [1, 2], "session_id": [1, 2], "arm": ["x", "y"]})
    with pytest.raises(ArgumentError, match="the result has no arms to compare"):
        compare_arms(incidence(patients, patients), reference="x")
    with pytest.raises(ArgumentError, match="sessions of one patient are not independent"):
        compare_arms(incidence(patients, patients, arm="arm", unit="session"), reference="x")
    with pytest.raises(ArgumentError, match="did you mean 'placebo'"):
        compare_arms(counted, reference="plazebo")
    with pytest.raises(ArgumentError, match="measure is not one of its options"):
        compare_arms(counted, reference="placebo", measure="rate_ratio")
    with pytest.raises(ArgumentError, match="method is not one of its options"):
        compare_arms(counted, reference="placebo", method="wald")


def test_odds_ratio_is_that_of_the_counts_not_the_ratio_of_the_shares() -> None:
    patients = pd.DataFrame({"patient_id": range(20), "arm": ["active", "placebo"] * 10})
    events = pd.DataFrame({"patient_id": [0, 2, 4, 6, 8, 1]})
    found = compare_arms(incidence(events, patients, arm="arm"), reference="placebo", measure="odds_ratio")
    assert found["estimate"].tolist() == [5 * 9 / (5 * 1)]
    assert found["lower"][0] < found["estimate"][0] < found["upper"][0]
    everybody = incidence(patients[["patient_id"]], patients, arm="arm")
    same = compare_arms(everybody, reference="placebo", measure="odds_ratio")
    assert np.isnan(same["estimate"][0])
    assert same["status"].tolist() == ["everybody has the event in both arms"]
    infinite = incidence(patients.iloc[[0, 2, 3]][["patient_id"]].iloc[:2], patients, arm="arm")
    assert compare_arms(infinite, reference="placebo", measure="odds_ratio")["estimate"].tolist() == [np.inf]
