"""What became of those who fell: who is followed, the ends, hidden levels, and errors at known truth."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import outcomes as oc
from outcomes.errors import ArgumentError, DataError
from outcomes.models.headache.still_better import THRESHOLD, still_better
from outcomes.models.stats.kernels.level_return import Diaries, carry_over, evidence, log_chance
from shared import ROOT

# 2,000 patients: three errors of a share of one half are .034.
ERROR = 0.04


@pytest.fixture
def world(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.syspath_prepend(str(ROOT / "benchmarks"))
    import lasting_world

    return lasting_world


def _study(until: dict[str, int], length: int = 112) -> tuple[pd.DataFrame, pd.DataFrame]:
    days = pd.DataFrame(
        [
            {"patient_id": p, "course": 1, "day_after": d, "headache": d > end or d % 5 == 0}
            for p, end in until.items()
            for d in range(1, length + 1)
        ]
    )
    periods = pd.DataFrame(
        {"patient_id": list(until), "course": 1, "baseline": 27.0, "baseline_eligible": True}
    )
    return days, periods.assign(arm=["x", "y"] * (len(until) // 2))


def _diaries(rng: np.random.Generator, n: int, r: float, level: float = 0.6) -> Diaries:
    x = np.zeros((n, 60), dtype=bool)
    for day in range(60):
        p = np.where(x[:, day - 1], level + (1 - level) * r, level * (1 - r)) if day else level
        x[:, day] = rng.random(n) < p
    return Diaries(x, np.ones_like(x), np.full(n, 25.0), np.full(n, 28.0))


@pytest.mark.parametrize("r", [0.0, 0.3, 0.6])
def test_carry_over_is_that_of_the_chain(r: float) -> None:
    found = carry_over(_diaries(np.random.default_rng(1), 3000, r), 1, 28)
    assert found == pytest.approx(r, abs=0.03)  # its correction is of first order in 1 / 28


def test_the_evidence_is_pages_recursion() -> None:
    diaries = _diaries(np.random.default_rng(2), 5, 0.2)
    sums = evidence(diaries, 0.2, 29)
    assert (sums[:, :28] == 0).all()
    base = diaries.baseline[:, None]
    before = np.concatenate([np.zeros((5, 1)), np.cumsum(diaries.event, axis=1)[:, :-1]], axis=1)
    seen = np.arange(60)
    lower = np.minimum((before + 28 * 0.65 * base) / (seen + 28), 0.7 * base).clip(0.03, 0.97)
    step = log_chance(diaries, base, 0.2) - log_chance(diaries, lower, 0.2)
    by_hand = np.zeros(5)
    for day in range(28, 60):
        by_hand = np.maximum(0, by_hand + step[:, day])
        np.testing.assert_allclose(sums[:, day], by_hand, atol=1e-9)


def test_false_alarms_and_returns_found_are_as_promised(world) -> None:
    """meaning.md: at most 20 % false by day 168, at least 65 % (49 %) and 45 % (36 %) found in 42 days."""
    for fall, least in ((0.49, 0.65), (0.36, 0.45)):
        for returning in (0.0, 0.008):
            drawn = world.draw(np.random.default_rng(5), 2500, world.World(fall, returning, False))
            ends = _ends(drawn).assign(returned=drawn.returned)
            ends = ends[ends["reason"] == ""]
            if not returning:
                assert (ends["outcome"] == "back").mean() <= 0.20 + ERROR
                continue
            late = ends[ends["returned"].between(29, 126)]
            waiting = late[(late["outcome"] != "back") | (late["day"] > late["returned"])]
            found = (waiting["outcome"] == "back") & (waiting["day"] <= waiting["returned"] + 42)
            assert found.mean() >= least - ERROR


def _ends(drawn) -> pd.DataFrame:
    from outcomes.models.headache.lasting.followed import followed
    from outcomes.models.headache.still_better import with_outcome

    found = followed(drawn.days, drawn.periods, drawn.courses, None, "headache", 0.3, 14)
    return with_outcome(found, carry_over(found.diaries, 1, 28))


def test_shares_hold_when_patients_are_treated_again_at_worsening(world) -> None:
    law = world.World(returning=0.008)
    large = world.draw(np.random.default_rng(9), 12_000, law)
    kept = (_ends(large)["reason"] == "").to_numpy()
    drawn = world.draw(np.random.default_rng(10), 500, law)
    found = still_better(drawn.days, drawn.periods, courses=drawn.courses).to_frame().set_index("term")
    for look in (56, 84):
        truth = ((large.returned > look) & (large.again > look))[kept].mean()
        row = found.loc[f"still better on day {look}, by hidden levels"]
        assert row["lower"] < truth < row["upper"]
        # Kaplan-Meier "if nobody were treated again" is far too high, as its note says.
        assert found.loc[f"not back on day {look}, if nobody were treated again", "estimate"] > truth + 0.1


def test_the_three_ends_add_up_and_are_those_of_the_patients() -> None:
    days, periods = _study(dict.fromkeys("abc", 60) | dict.fromkeys("def", 500))
    courses = pd.DataFrame(
        {
            "patient_id": list("abcdef"),
            "course": 1,
            "course_end": pd.Timestamp("2026-01-01"),
            "next_course_start": [pd.NaT] * 5 + [pd.Timestamp("2026-01-01") + pd.Timedelta(days=90)],
        }
    )
    found = still_better(days, periods, courses=courses)
    table = found.to_frame().set_index("term")["estimate"]
    for look in (56, 84, 112):
        parts = [f"still better on day {look}", f"back by day {look}", f"treated again by day {look}"]
        assert table[parts].sum() == pytest.approx(1)
    assert found.patients["outcome"].tolist() == ["back"] * 3 + ["still better"] * 2 + ["treated again"]
    assert table["still better on day 112"] == pytest.approx(2 / 6)
    assert found.patients["day"].iloc[0] < 60 + 14  # daily headache is found within two weeks
    assert f"{THRESHOLD:g}" in " ".join(found.summary.notes)


def test_who_is_not_followed_is_counted_with_the_reason() -> None:
    days, periods = _study({"a": 60, "b": 60, "c": 0, "d": 60, "e": 60, "f": 60})
    days = days[~((days["patient_id"] == "d") & (days["day_after"] > 10))]
    periods.loc[1, "baseline_eligible"] = False
    periods.loc[4, "baseline"] = 0.0
    found = still_better(days, periods)
    assert found.patients["reason"].tolist() == [
        "",
        "no eligible baseline",
        "days did not fall by 30%",
        "fewer than 14 days recorded in days 1-28",
        "baseline is 0: nothing to fall from",
        "",
    ]
    assert found.summary.meta["followed"] == 2
    assert found.to_frame()[["lower", "upper"]].isna().all().all()  # two patients: no interval
    nobody = still_better(days, periods.assign(baseline_eligible=False))
    assert nobody.summary.status == "nobody whose days fell was followed"
    assert nobody.to_frame().empty


def test_groups_are_estimated_apart_and_order_does_not_matter() -> None:
    days, periods = _study(dict.fromkeys("abcdefgh", 60) | dict.fromkeys("ijklmnop", 500))
    one = still_better(days, periods, by="arm")
    two = still_better(days.sample(frac=1, random_state=1), periods.sample(frac=1, random_state=2), by="arm")
    key = ["arm", "term"]
    left, right = (found.to_frame().sort_values(key, ignore_index=True) for found in (one, two))
    numbers = ["estimate", "lower", "upper"]
    pd.testing.assert_frame_equal(left[numbers], right[numbers])
    assert set(left["arm"]) == {"x", "y"}


def test_arguments() -> None:
    days, periods = _study({"a": 60, "b": 60})
    with pytest.raises(ArgumentError, match="fell is not a share"):
        still_better(days, periods, fell=30)
    with pytest.raises(ArgumentError, match="min_days does not fit"):
        still_better(days, periods, min_days=40)
    with pytest.raises(DataError, match="more than one course"):
        still_better(days, pd.concat([periods, periods.assign(course=2)]))
    with pytest.raises(ArgumentError, match="days has no column"):
        still_better(days.drop(columns="day_after"), periods)


def test_the_picture_has_the_shares_of_the_result() -> None:
    days, periods = _study(dict.fromkeys("abc", 60) | dict.fromkeys("def", 500))
    found = still_better(days, periods)
    words = oc.plots.describe(oc.plots.still_better(found))
    assert words == (
        "Of 6 patients whose days fell, by days since the end of the course. "
        "Day 112: 50% still better, 50% back, 0% treated again."
    )
