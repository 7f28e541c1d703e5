"""Durability: windows by hand, curves by hand, and every way of not being followed."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from outcomes.errors import ArgumentError
from outcomes.models.headache.durability import Relapse, durability
from outcomes.models.stats.kernels.rolling import first_return
from outcomes.models.stats.survival import log_rank, quantile, survival_curve


def _days(patient: str, headache: list[bool | None], course: int = 1) -> pd.DataFrame:
    frame = pd.DataFrame({"patient_id": patient, "course": course, "day_after": range(1, len(headache) + 1)})
    frame["headache"] = pd.array(headache, dtype="boolean")
    return frame.dropna(subset="headache")


def _periods(baseline: dict[str, float], **more: object) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "patient_id": list(baseline),
            "course": 1,
            "baseline": list(baseline.values()),
            "baseline_eligible": True,
        }
    ).assign(**more)


def test_rolling_windows_are_those_of_pandas() -> None:
    rng = np.random.default_rng(3)
    for _ in range(5):
        n, length = 6, 90
        seen = rng.random((n, length)) < 0.7
        event = rng.random((n, length)) < np.linspace(0.1, 0.9, length)
        patient, day = np.nonzero(seen)
        limit = np.full(n, 0.6)
        back, first, last = first_return(patient, day + 1, event[seen], limit, window=28, min_days=14)
        for i in range(n):
            series = pd.Series(np.where(seen[i], event[i], np.nan))
            share = series.rolling(28, min_periods=14).mean().iloc[27:]
            hit = share.index[share >= 0.6 - 1e-9] + 1
            assert back[i] == (hit[0] if len(hit) else 0)
            assert first[i] == share.first_valid_index() + 1
            assert last[i] == share.last_valid_index() + 1


def test_a_clean_relapse_is_dated_by_the_window_that_ends_it() -> None:
    # 28 of 28 at baseline: 75 % is 21 days; free for 40 days, then daily headache: back on day 61.
    found = durability(_days("a", [False] * 40 + [True] * 40), _periods({"a": 28.0}))
    assert found.patients[["day", "outcome"]].values.tolist() == [[61, "relapse"]]


def test_a_shorter_window_is_back_sooner() -> None:
    # 75 % of 14 days is 11 of them: days 38-51
    days = _days("a", [False] * 40 + [True] * 40).rename(columns={"headache": "migraine"})
    found = durability(days, _periods({"a": 28.0}), event="migraine", relapse=Relapse(window=14, min_days=10))
    assert found.patients[["day", "outcome"]].values.tolist() == [[51, "relapse"]]


def test_kaplan_meier_greenwood_and_competing_risks_by_hand() -> None:
    day = np.array([30.0, 35, 35, 40, 50, 60])
    code = np.array([1, 1, 2, 0, 1, 0])
    curve = survival_curve(day, code, 0.95).set_index("time")
    # At risk 6, 5, 3 (not counted), 2: S = 5/6, 5/6 * 4/5, then * 1/2.
    np.testing.assert_allclose(curve["estimate"], [5 / 6, 4 / 6, 4 / 6, 2 / 6, 2 / 6])
    assert curve["at_risk"].tolist() == [6, 5, 3, 2, 1]
    se = (4 / 6) * np.sqrt(1 / (6 * 5) + 1 / (5 * 4))
    assert curve.loc[35, "std_error"] == pytest.approx(se)
    s = 4 / 6
    width = np.exp(1.959963985 * se / (s * abs(np.log(s))))
    assert curve.loc[35, "lower"] == pytest.approx(s**width, rel=1e-8)
    assert curve.loc[35, "upper"] == pytest.approx(s ** (1 / width), rel=1e-8)
    # Aalen-Johansen: all-cause survival 5/6, 3/6, then half of it: increments of each cause add up.
    np.testing.assert_allclose(curve["cumulative_relapse"], [1 / 6, 2 / 6, 2 / 6, 2 / 6 + 0.25, 2 / 6 + 0.25])
    np.testing.assert_allclose(curve["cumulative_competing"], [0, 1 / 6, 1 / 6, 1 / 6, 1 / 6])


def test_median_and_its_limits_are_where_the_band_crosses_a_half() -> None:
    rng = np.random.default_rng(5)
    day = np.ceil(rng.exponential(60, 80)) + 28
    event = rng.random(80) < 0.8
    curve = survival_curve(day, event.astype(int), 0.95)
    found = quantile(curve, event, 0.5)
    for name, column in (("estimate", "estimate"), ("lower", "lower"), ("upper", "upper")):
        assert curve.loc[curve["time"] == found[name], column].item() <= 0.5
        before = curve.loc[curve["time"] < found[name], column].dropna()
        assert (before > 0.5).all()
    assert found["lower"] <= found["estimate"] <= found["upper"]


def test_log_rank_by_hand() -> None:
    # Groups relapse at 1, 3 and at 2, 4: O - E and V by the hypergeometric law at each time.
    day, event = pd.Series([1.0, 3, 2, 4]), pd.Series([True] * 4)
    group = pd.Series(["a", "a", "b", "b"])
    expected = [2 / 4, 1 / 3, 1 / 2, 0]
    variance = [2 * 2 / 16, 1 * 2 / 9, 1 / 4, 0]
    row = log_rank(day, event, group, "t").to_frame().iloc[0]
    assert row["statistic"] == pytest.approx((2 - sum(expected)) ** 2 / sum(variance))
    assert row["num_df"] == 1


def test_next_course_competes_and_is_censored_in_kaplan_meier() -> None:
    days = pd.concat(
        [_days("a", [False] * 50), _days("b", [False] * 40 + [True] * 60), _days("c", [False] * 10)]
    )
    start = pd.Timestamp("2025-01-01")
    courses = pd.DataFrame(
        {
            "patient_id": ["a", "b", "c"],
            "course": 1,
            "course_end": start,
            "next_course_start": [start + pd.Timedelta(days=51), pd.NaT, start + pd.Timedelta(days=11)],
        }
    )
    found = durability(days, _periods({"a": 28.0, "b": 28.0, "c": 28.0}), courses=courses)
    outcome = found.patients.set_index("patient_id")
    assert outcome["outcome"].tolist() == ["next_course", "relapse", "next_course"]
    assert outcome["day"].tolist() == [51, 61, 11]
    assert found.curve.to_frame()["cumulative_competing"].iloc[-1] == pytest.approx(2 / 3)
    assert found.summary.to_frame().iloc[0]["n"] == 1


def test_who_is_not_followed_is_counted_with_the_reason() -> None:
    days = pd.concat(
        [
            _days("few", ([True] + [None] * 3) * 20),
            _days("zero", [True] * 60),
            _days("none", [True] * 60),
            _days("ok", [False] * 60),
            _days("never", [True] * 60),
        ]
    )
    periods = _periods({"few": 20.0, "zero": 0.0, "none": np.nan, "ok": 20.0, "never": 28.0, "gone": 25.0})
    everybody = durability(days, periods).patients.set_index("patient_id")
    assert everybody["reason"].to_dict() == {
        "few": "no window of enough days after the course",
        "zero": "baseline is 0: nothing to return to",
        "none": "no eligible baseline",
        "ok": "",
        "never": "",
        "gone": "no window of enough days after the course",
    }
    assert everybody.loc["never", ["day", "outcome"]].tolist() == [28, "relapse"]
    some = durability(days, periods, responders_only=True)
    assert (
        some.patients.set_index("patient_id").loc["never", "reason"]
        == "not below the share at the first look"
    )
    assert some.summary.to_frame().iloc[0]["status"] == "no relapse"
    assert any(note.startswith("2 left out: no window") for note in some.summary.notes)


def test_nobody_and_one_group_say_why() -> None:
    nobody = durability(_days("a", [True] * 5), _periods({"a": 20.0}))
    assert nobody.summary.status == "no patient could be followed"
    assert nobody.summary.to_frame()["status"].tolist()[0] == "nobody to follow"
    one = durability(_days("a", [True] * 60), _periods({"a": 20.0}, arm="x"), by="arm")
    assert one.comparison is not None
    assert one.comparison.status == "fewer than two groups with a patient"
    quiet = log_rank(pd.Series([30.0, 40]), pd.Series([False, False]), pd.Series(["a", "b"]), "t")
    assert quiet.status == "no relapse in any group"
    everyone = survival_curve(np.array([28.0, 28.0]), np.array([1, 1]), 0.95)
    assert everyone["status"].tolist() == ["no interval at 0 or 1"]


def test_arguments() -> None:
    with pytest.raises(ArgumentError, match="share is not a share"):
        Relapse(share=75)
    with pytest.raises(ArgumentError, match="min_days does not fit"):
        Relapse(min_days=29)
    with pytest.raises(ArgumentError, match="relapse is of the wrong type"):
        durability(_days("a", [True]), _periods({"a": 2.0}), relapse=0.5)
    with pytest.raises(ArgumentError, match="days has no column"):
        durability(_days("a", [True]).drop(columns="day_after"), _periods({"a": 2.0}))


def test_a_baseline_per_thirty_days_has_its_own_limit() -> None:
    # 20 of 28 days: 20 per 28, 21.43 per 30. 75 % of 20 per 30 is a half of the days, not 15 of 28.
    half = [True, False] * 42
    periods = _periods({"a": 20.0}, period_number=1, period="days 1-30")
    found = durability(_days("a", half), periods).patients
    assert found[["day", "outcome"]].to_numpy().tolist() == [[28, "relapse"]]
    shorter = durability(
        _days("a", half), _periods({"a": 20.0}, period_number=1, period="days 1-28")
    ).patients
    assert shorter["outcome"].tolist() == ["censored"]


def test_the_notes_count_who_never_fell_below_the_share() -> None:
    days = pd.concat([_days("a", [True] * 60), _days("b", [False] * 60)])
    periods = _periods({"a": 28.0, "b": 28.0})
    notes = durability(days, periods).summary.notes
    assert "Not below the share at the first look, and counted as relapsed there: 1." in notes
    assert not any(
        "not under the share" in note
        for note in durability(
            days[days["patient_id"] == "b"], periods[periods["patient_id"] == "b"]
        ).summary.notes
    )


def test_a_group_that_left_before_the_first_relapse_has_no_part_in_the_test() -> None:
    """R 4.2.2, survival: survdiff(Surv(day, event) ~ group), which drops a group with nothing expected."""
    day = pd.Series([5.0, 8, 12, 20, 6, 9, 11, 30, 1, 2, 3])
    event = pd.Series([1, 1, 0, 1, 1, 0, 1, 0, 0, 0, 0]).astype(bool)
    found = log_rank(day, event, pd.Series(list("aaaabbbbccc")), "t")
    row = found.to_frame().iloc[0]
    assert (row["status"], row["num_df"], row["N"]) == ("ok", 1, 11)
    assert row["statistic"] == pytest.approx(0.262295081967213, rel=1e-12)
    assert row["p_value"] == pytest.approx(0.608547769107773, rel=1e-12)
    assert found.notes == ("c: nobody left at the first relapse, so no part in the test",)
    two = log_rank(day[event | (day < 4)], event, pd.Series(list("aaaaaaaaccc")), "t").to_frame().iloc[0]
    assert two["status"].startswith("at no relapse is there somebody left in both groups")
