"""Responders between arms, and pain responders."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy.stats import fisher_exact

from outcomes.errors import ArgumentError, DataError
from outcomes.models.headache.responder_contrasts import compare_responders
from outcomes.models.headache.responders import responders
from outcomes.models.scores.pain import pain_responders
from outcomes.models.stats.few_patients import FEW_WORDS
from outcomes.models.stats.intervals import difference, odds_ratio, ratio


def _periods(active: tuple[int, int], placebo: tuple[int, int], missing: int = 0) -> pd.DataFrame:
    rows = []
    for arm, (n, total) in {"active": active, "placebo": placebo}.items():
        rows += [(f"{arm}{i}", arm, -60.0 if i < n else -10.0) for i in range(total)]
    frame = pd.DataFrame(rows, columns=["patient_id", "arm", "percent_change"])
    frame = frame.assign(
        period="days 1-28", period_number=1, baseline=20.0, baseline_eligible=True, cut_by=""
    )
    frame["value"] = 20 * (1 + frame["percent_change"] / 100)
    frame.loc[frame.index[:missing], ["value", "percent_change"]] = np.nan
    return frame


@pytest.mark.parametrize(
    ("measure", "function", "method"),
    [
        ("difference", difference, "miettinen-nurminen"),
        ("ratio", ratio, "miettinen-nurminen"),
        ("odds_ratio", odds_ratio, "exact"),
    ],
)
def test_limits_are_those_of_the_intervals(measure: str, function, method: str) -> None:
    both = responders(_periods((12, 20), (5, 22)), by="arm", thresholds=[50], goal=False)
    frame = compare_responders(both, arm="arm", reference="placebo", measure=measure).to_frame()
    lower, upper = function(12, 20, 5, 22, method=method)
    assert frame["missing"].tolist() == ["non_responder", "observed"]
    assert frame[["lower", "upper"]].iloc[0].tolist() == pytest.approx([lower, upper])
    assert frame["p_value"].iloc[0] == pytest.approx(fisher_exact([[12, 8], [5, 17]])[1])
    expected = {
        "difference": 12 / 20 - 5 / 22,
        "ratio": (12 / 20) / (5 / 22),
        "odds_ratio": 12 * 17 / (8 * 5),
    }
    assert frame["estimate"].iloc[0] == pytest.approx(expected[measure])


def test_missing_is_counted_both_ways() -> None:
    both = responders(_periods((12, 20), (5, 22), missing=4), by="arm", thresholds=[50], goal=False)
    frame = compare_responders(both, arm="arm", reference="placebo").to_frame().set_index("missing")
    assert frame.loc["non_responder", ["n", "N"]].tolist() == [8, 20]
    assert frame.loc["observed", ["n", "N"]].tolist() == [8, 16]


def test_arms_of_nobody_and_everybody() -> None:
    everybody = responders(_periods((5, 5), (0, 6)), by="arm", thresholds=[50], goal=False)
    row = compare_responders(everybody, arm="arm", reference="placebo", measure="ratio").to_frame().iloc[0]
    assert np.isinf(row["estimate"])
    assert row["lower"] > 1
    alone = responders(_periods((5, 9), (0, 0)), by="arm", thresholds=[50], goal=False)
    assert compare_responders(alone, arm="arm", reference="active").status == "no two arms to compare"
    gone = _periods((5, 9), (1, 3))
    gone.loc[gone["arm"] == "placebo", "baseline_eligible"] = False
    frame = compare_responders(responders(gone, by="arm"), arm="arm", reference="placebo").to_frame()
    assert (frame["status"] == "an arm has nobody to count").all()
    assert frame["estimate"].isna().all()
    with pytest.raises(ArgumentError, match="no such arm column"):
        compare_responders(responders(gone), arm="arm", reference="placebo")


def _pain() -> tuple[pd.DataFrame, pd.DataFrame]:
    rows = [
        ("a", 1, 8.0, 6.0), ("a", 2, 7.0, 3.0),  # falls by 5 over the course
        ("b", 1, 7.0, 5.5),  # falls by 1.5
        ("c", 1, 6.0, 4.0), ("c", 2, 5.0, np.nan),  # the end is not rated
        ("d", 1, 0.0, 0.0),  # nothing to fall
        ("e", 1, 5.0, 3.0),  # exactly 2
    ]  # fmt: skip
    exposure = pd.DataFrame(rows, columns=["patient_id", "session_in_course", "pain_before", "pain_after"])
    exposure = exposure.assign(course=1, session_id=[f"s{i}" for i in range(len(rows))])
    return exposure[["session_id", "pain_before", "pain_after"]], exposure[
        ["patient_id", "course", "session_id", "session_in_course"]
    ]


def test_pain_responders_by_hand() -> None:
    sessions, exposure = _pain()
    later = pd.DataFrame({"patient_id": ["a", "e"], "course": 1, "pain": [5.0, np.nan]})
    found = pain_responders(sessions, exposure.sample(frac=1, random_state=1), later=later)
    frame = found.to_frame().set_index(["term", "missing"])
    assert frame.loc[("pain_responder", "observed"), ["n", "N"]].tolist() == [2, 3]
    assert frame.loc[("pain_responder", "non_responder"), ["n", "N"]].tolist() == [2, 4]
    assert frame.loc[("fall_share", "observed"), ["n", "N"]].tolist() == [1, 3]
    assert frame.loc[("pain_low", "observed"), ["n", "N"]].tolist() == [2, 3]
    assert frame.loc[("sustained", "observed"), ["n", "N"]].tolist() == [1, 2]
    assert frame.loc[("sustained", "non_responder"), ["n", "N"]].tolist() == [1, 4]
    assert "1 patient-courses without a rating above 0" in found.notes[2]


def test_no_pain_rating_says_so() -> None:
    sessions, exposure = _pain()
    assert pain_responders(sessions.assign(pain_before=np.nan), exposure).status.startswith(
        "nobody has a pain rating"
    )
    with pytest.raises(ArgumentError, match="sessions has no column"):
        pain_responders(sessions.drop(columns="pain_after"), exposure)


def test_a_ratio_of_nothing_to_nothing_says_so() -> None:
    rows = pd.DataFrame(
        {
            "patient_id": range(6), "arm": [0, 0, 0, 1, 1, 1], "period": "days 1-28", "period_number": 1,
            "baseline": 20.0, "baseline_eligible": True, "value": 19.0, "percent_change": -5.0, "cut_by": "",
        }
    )  # fmt: skip
    both = responders(rows, by="arm", thresholds=[50], goal=False, missing=["observed"])
    for measure in ("ratio", "odds_ratio"):
        found = compare_responders(both, arm="arm", reference=0, measure=measure)  # an arm that is a number
        assert np.isnan(found["estimate"][0])
        assert found["status"].tolist() == ["no responder in either arm: undefined"]
    assert compare_responders(both, arm="arm", reference=0)["status"].tolist() == [FEW_WORDS]
    all_of_them = rows.assign(percent_change=-60.0)
    both = responders(all_of_them, by="arm", thresholds=[50], goal=False, missing=["observed"])
    found = compare_responders(both, arm="arm", reference=0, measure="odds_ratio")
    assert found["status"].tolist() == ["everybody responded in both arms: undefined"]


def test_pain_ratings_that_are_there_twice_are_refused_by_row() -> None:
    sessions = pd.DataFrame({"session_id": ["a", "b"], "pain_before": [8.0, 7], "pain_after": [4.0, 6]})
    exposure = pd.DataFrame(
        {"patient_id": ["p", "q"], "course": 1, "session_id": ["a", "b"], "session_in_course": 1}
    )
    later = pd.DataFrame({"patient_id": ["p", "p"], "course": 1, "pain": [3.0, 4.0]})
    with pytest.raises(DataError, match="later ratings has 2 rows that share their patient_id and course"):
        pain_responders(sessions, exposure, later=later)
    with pytest.raises(DataError, match="sessions has 4 rows that share their session_id"):
        pain_responders(pd.concat([sessions, sessions]), exposure)
