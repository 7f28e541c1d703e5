"""Arms within strata through the public functions, against R; number needed to harm, also across zero."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import outcomes as oc
from outcomes.errors import ArgumentError, DataError
from outcomes.models.harm.stratified_arms import STRATIFIED
from shared import reference

DIGITS = 1e-10
FLAT = "every arm of every stratum has the event all or never: no interval"


def trial(strata: list[list[int]]) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return events and patients of the counts x1, n1, x2, n2 of each stratum."""
    people, some = [], []
    for place, (x1, n1, x2, n2) in enumerate(strata):
        for arm, x, n in (("active", x1, n1), ("placebo", x2, n2)):
            ids = [f"{place}-{arm}-{i}" for i in range(n)]
            people += [{"patient_id": who, "arm": arm, "site": f"s{place}"} for who in ids]
            some += ids[:x]
    return pd.DataFrame({"patient_id": some, "term": "nausea"}).astype("str"), pd.DataFrame(people)


@pytest.mark.reference
@pytest.mark.parametrize(
    "case", reference("harm", "stratified_two_arms.json")["cases"][:12], ids=lambda c: str(c["strata"])
)
def test_pooled_risks_are_those_of_r(case) -> None:
    events, patients = trial(case["strata"])
    counted = oc.incidence(events, patients, arm="arm", strata="site")
    row = oc.compare_arms(
        counted, reference="placebo", measure="difference", method="sato", level=case["conf_level"]
    ).to_frame().iloc[0]  # fmt: skip
    assert row["strata"] == case["n_strata_used"]
    assert row["estimate"] == pytest.approx(case["mh_rd"]["estimate"], abs=DIGITS)
    if row["status"] == "ok":
        assert [row["lower"], row["upper"]] == pytest.approx(case["mh_rd"]["sato_interval"], abs=DIGITS)
        assert row["p_value"] == pytest.approx(case["cmh"]["p"], abs=DIGITS)
        score = oc.compare_arms(counted, reference="placebo", level=case["conf_level"]).to_frame().iloc[0]
        assert [score["lower"], score["upper"]] == pytest.approx(case["mn_rd_mh_weights"], abs=DIGITS)
    elif case["cmh"]:  # Sato's limits have no width: the pooled variance is 0
        assert row["status"] == FLAT
        assert row[["lower", "upper"]].isna().all()
        assert row["p_value"] == pytest.approx(case["cmh"]["p"], abs=DIGITS)
    else:
        assert row["status"] == "no event in either arm"
        assert row[["lower", "upper", "p_value"]].isna().all()


@pytest.mark.reference
def test_pooled_rates_are_those_of_r_and_per_as_many_units() -> None:
    case = reference("harm", "person_time_rates.json")["stratified"][2]
    people, events = [], []
    for place, (x1, t1, x2, t2) in enumerate(case["strata"]):
        for arm, x, t in (("active", x1, t1), ("placebo", x2, t2)):
            people.append({"patient_id": f"{place}{arm}", "arm": arm, "site": place, "months": t})
            events += [{"patient_id": f"{place}{arm}"}] * x
    counted = oc.rates(
        pd.DataFrame(events), pd.DataFrame(people), arm="arm", strata="site", unit="months", per=100
    )
    for measure, name, scale in (("rate_ratio", "mh_ratio", 1), ("rate_difference", "mh_difference", 100)):
        row = oc.compare_arms(counted, reference="placebo", measure=measure).to_frame().iloc[0]
        got = np.array([row["estimate"], row["lower"], row["upper"]], float) / scale
        np.testing.assert_allclose(got, [case[name]["estimate"], *case[name]["interval"]], rtol=DIGITS)


def test_terms_are_adjusted_together_and_a_stratum_without_an_arm_is_left_out() -> None:
    events, patients = trial([[2, 9, 0, 0], [3, 10, 1, 11], [1, 6, 2, 8]])
    more = pd.concat([events, events.iloc[2:4].assign(term="rash")], ignore_index=True)
    compared = oc.compare_arms(
        oc.incidence(more, patients, by="term", arm="arm", strata="site"), reference="placebo"
    ).to_frame()
    assert compared["term"].tolist() == ["nausea", "rash"]
    assert compared["strata"].tolist() == [2, 2]
    assert compared[["n", "N", "n_reference", "N_reference"]].to_numpy().tolist() == [
        [4, 16, 3, 19],
        [2, 16, 0, 19],
    ]
    assert (compared["p_adjusted"] >= compared["p_value"]).all()


def test_bad_strata_are_refused() -> None:
    events, patients = trial([[1, 3, 1, 3]])
    with pytest.raises(ArgumentError, match="there is no arm"):
        oc.incidence(events, patients, strata="site")
    with pytest.raises(DataError, match="6 rows without site"):
        oc.incidence(events, patients.assign(site=None), arm="arm", strata="site")
    with pytest.raises(ArgumentError, match="two meanings"):
        oc.incidence(events, patients, arm="arm", strata="arm")
    one = oc.compare_arms(oc.incidence(*trial([[1, 1, 0, 1]]), arm="arm", strata="site"), reference="placebo")
    assert one["strata"].tolist() == [1]


def test_one_arm_alone_has_nothing_to_compare() -> None:
    events, patients = trial([[1, 3, 0, 0], [2, 4, 0, 0]])
    with pytest.raises(ArgumentError, match="reference"):
        oc.compare_arms(oc.incidence(events, patients, arm="arm", strata="site"), reference="placebo")


@pytest.mark.reference
@pytest.mark.parametrize(
    "case", reference("harm", "number_needed_to_harm.json")["cases"], ids=lambda c: str(c["x1"])
)
def test_number_needed_to_harm(case) -> None:
    events, patients = trial([[case["x1"], case["n1"], case["x2"], case["n2"]]])
    compared = oc.compare_arms(
        oc.incidence(events, patients, arm="arm"), reference="placebo", method="newcombe"
    )
    if case["x1"] + case["x2"] == 0:
        compared = oc.Estimates(compared.to_frame(), "t", "m", meta=dict(compared.meta))
    row = oc.number_needed(compared).to_frame().iloc[0]
    number = float(str(case["number"]).replace("Inf", "inf"))
    assert (row["kind"], row["number"]) == (case["kind"], pytest.approx(number, rel=DIGITS))
    if case["form"] == "one_sided":
        side = case["kind"]
        assert [row[f"{side}_from"], row[f"{side}_to"]] == pytest.approx(case["interval"], rel=DIGITS)
        other = "benefit" if side == "harm" else "harm"
        assert row[[f"{other}_from", f"{other}_to"]].isna().all()
    else:
        assert row["harm_from"] == pytest.approx(case["harm_from"], rel=DIGITS)
        assert row["benefit_from"] == pytest.approx(case["benefit_from"], rel=DIGITS)
        assert np.isinf([row["harm_to"], row["benefit_to"]]).all()


def test_a_number_needed_comes_from_a_difference() -> None:
    events, patients = trial([[1, 3, 1, 3]])
    ratio = oc.compare_arms(oc.incidence(events, patients, arm="arm"), reference="placebo", measure="ratio")
    with pytest.raises(ArgumentError, match="difference of risks"):
        oc.number_needed(ratio)


def test_strata_of_one_patient_have_the_weight_of_one_patient() -> None:
    sites = [("x", "a", 6), ("x", "b", 4), ("y", "a", 1), ("y", "b", 1), ("z", "a", 1)]
    rows = [(site, arm) for site, arm, n in sites for _ in range(n)]
    people = pd.DataFrame(rows, columns=["site", "arm"]).reset_index(names="patient_id")
    # events: 3 of 6 against 1 of 4 in x; the one of a in y; the one of z, whom nobody stands beside
    events = pd.DataFrame({"patient_id": [0, 1, 2, 6, 10, 12]})
    counted = oc.incidence(events, people, arm="arm", strata="site")
    row = oc.compare_arms(counted, reference="b", method="sato").frame.iloc[0]
    assert row["strata"] == 2
    assert row[["n", "N", "n_reference", "N_reference"]].tolist() == [4, 7, 1, 5]
    weights = 6 * 4 / 10, 1 * 1 / 2
    assert row["estimate"] == pytest.approx((weights[0] * (3 / 6 - 1 / 4) + weights[1] * 1.0) / sum(weights))
    alone = oc.compare_arms(
        oc.incidence(events, people[people["site"] == "z"], arm="arm", strata="site", unknown="note"),
        reference="a",
    )
    assert not len(alone.frame), "one arm alone has nobody to be compared with"


@pytest.mark.parametrize(
    ("measure", "method"),
    [(measure, method) for measure, methods in STRATIFIED.items() for method in methods],
)
def test_a_row_that_is_ok_has_an_interval_with_a_width_within_what_can_be(measure, method) -> None:
    """Small tables: nobody, everybody, nobody in one arm, all of one stratum and none of another."""
    rng = np.random.default_rng(5)
    tables = [
        [[5, 5, 6, 6], [7, 7, 8, 8]],
        [[5, 5, 6, 6], [0, 7, 0, 8]],
        [[5, 5, 0, 6], [7, 7, 0, 8]],
        [[3, 3, 0, 3], [2, 3, 1, 3]],
        [[4, 9, 0, 6], [3, 9, 0, 8]],
        [[0, 9, 4, 6], [0, 9, 3, 8]],
        [[0, 4, 0, 5]],
    ]
    for _ in range(20):
        sizes = rng.integers(1, 5, (2, 2))
        tables.append(
            [[int(rng.integers(0, n + 1)), int(n), int(rng.integers(0, m + 1)), int(m)] for n, m in sizes]
        )
    for table in tables:
        events, patients = trial(table)
        patients["months"] = 1.0
        ask = {"arm": "arm", "strata": "site"}
        counted = (
            oc.rates(events, patients, unit="months", per=1, **ask)
            if measure.startswith("rate")
            else oc.incidence(events, patients, **ask)
        )
        row = oc.compare_arms(counted, reference="placebo", measure=measure, method=method).to_frame().iloc[0]
        estimate, lower, upper = (float(row[name]) for name in ("estimate", "lower", "upper"))
        if row["status"] == "ok":
            assert lower < upper, table
            assert lower <= estimate <= upper, table
        else:
            assert np.isnan([lower, upper]).all(), table
        if measure == "difference" and row["status"] == "ok":
            assert (lower, upper) == (max(lower, -1), min(upper, 1)), table


def test_everybody_in_both_arms_is_no_certainty() -> None:
    """With 5 of 5 and 6 of 6 the score interval knows how few they are, Sato's cannot."""
    events, patients = trial([[5, 5, 6, 6], [7, 7, 8, 8]])
    counted = oc.incidence(events, patients, arm="arm", strata="site")
    said = {
        name: oc.compare_arms(counted, reference="placebo", measure=measure, method=name).to_frame().iloc[0]
        for measure, name in (
            ("difference", "sato"),
            ("difference", "miettinen-nurminen"),
            ("ratio", "greenland-robins"),
            ("odds_ratio", "robins-breslow-greenland"),
        )
    }
    assert {name: row["status"] for name, row in said.items()} == {
        "sato": FLAT,
        "miettinen-nurminen": "ok",
        "greenland-robins": FLAT,
        "robins-breslow-greenland": "everybody has the event in both arms",
    }


def test_no_event_in_one_arm_says_why_a_ratio_has_no_limits() -> None:
    events, patients = trial([[4, 9, 0, 6], [3, 9, 0, 8]])
    counted = oc.incidence(events, patients, arm="arm", strata="site")
    for against, estimate in (("placebo", np.inf), ("active", 0.0)):
        row = oc.compare_arms(counted, reference=against, measure="ratio").to_frame().iloc[0]
        assert (row["estimate"], row["status"]) == (estimate, "no event in one arm: no interval")
