"""One law over all results about patients: no limit outside what can be, and none of fewer than five."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest

import outcomes as oc

MONTH = 28
#: Limits are computed in double precision.
ROUNDING = 1e-9
WORLDS = ("near the end", "one responds", "at the bottom", "spread")


def _periods(n: int, world: str, seed: int) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    baseline = rng.integers(8, 29, n).astype(float)
    value = {
        "near the end": np.minimum(baseline, rng.integers(0, 4, n)),
        "one responds": np.where(np.arange(n) == 0, 0.0, baseline),
        "at the bottom": np.where(rng.random(n) < 0.8, 0.0, 28.0),
        "spread": rng.integers(0, 29, n),
    }[world].astype(float)
    rows = pd.DataFrame(
        {
            "patient_id": np.arange(n), "course": 1, "endpoint": "headache_days", "period": "days 1-28",
            "period_number": 1, "arm": np.where(np.arange(n) % 2, "a", "p"), "baseline": baseline,
            "value": value, "lower_bound": value, "upper_bound": value, "baseline_eligible": True,
            "days_recorded": MONTH, "days_with_event": value.astype(int), "goal": value <= 4, "cut_by": "",
        }
    )  # fmt: skip
    change = value - baseline
    return rows.assign(change=change, percent_change=100 * change / baseline)


def _counts(family: str, rows: pd.DataFrame) -> pd.DataFrame:
    return oc.counts("days_with_event ~ arm", rows, family=family).days_per_28("arm").to_frame()


def _imputed(rows: pd.DataFrame, *, arms: bool = False) -> pd.DataFrame:
    """Return the pooled estimates where every fourth patient has no value; none where nobody has."""
    gone = rows["patient_id"] % 4 == 3
    kept = rows.assign(change=rows["change"].mask(gone), value=rows["value"].mask(gone))
    if arms and kept.dropna(subset=["change"])["arm"].nunique() < 2:
        return pd.DataFrame({"term": [], "lower": [], "upper": [], "status": []})
    ask = {"arm": "arm", "reference": "p"} if arms else {}
    return oc.impute(kept, imputations=5, rng=1, **ask).estimates().to_frame()


def _doses(rows: pd.DataFrame) -> pd.DataFrame:
    return rows[["patient_id", "course"]].assign(dose_mg_per_kg=0.2 + 0.1 * np.arange(len(rows)))


#: Function -> its rows with a range: the result, the least and the most that its limits can be, and its N.
Ranged = tuple[pd.DataFrame, float, float]
RESULTS: dict[str, Callable[[pd.DataFrame], list[Ranged]]] = {
    "change": lambda rows: [(oc.change(rows).to_frame(), -rows["baseline"].mean(), MONTH)],
    "means": lambda rows: [(oc.means(rows).to_frame(), 0.0, MONTH)],
    "paired": lambda rows: [
        (
            oc.paired(rows, resamples=100, rng=1).to_frame().query("term != 'Hodges-Lehmann'"),
            -rows["baseline"].mean(),
            MONTH - rows["baseline"].mean(),
        )
    ],
    "ancova": lambda rows: (
        [
            (found[found["term"] == "adjusted mean change"], -rows["baseline"].mean(), MONTH)
            for found in [oc.ancova(rows, arm="arm").to_frame()]
        ]
        + [
            (found[found["term"] == "difference"], -MONTH, MONTH)
            for found in [oc.ancova(rows, arm="arm").to_frame()]
        ]
    ),
    "responders": lambda rows: [(oc.responders(rows).to_frame(), 0.0, 100.0)],
    "counts": lambda rows: [(_counts("beta-binomial", rows), 0.0, MONTH)],
    "counts negative-binomial": lambda rows: [(_counts("negative-binomial", rows), 0.0, MONTH)],
    "impute": lambda rows: (
        [
            (found[found["term"] == "adjusted mean change"], -rows["baseline"].mean(), MONTH)
            for found in [_imputed(rows)]
        ]
        + [(found[found["term"] == "difference"], -MONTH, MONTH) for found in [_imputed(rows, arms=True)]]
    ),
    "dose_response": lambda rows: [
        (oc.dose_response(rows, _doses(rows), form="quartiles").to_frame(), -MONTH, MONTH)
    ],
    "counts poisson": lambda rows: [(_counts("poisson", rows), 0.0, MONTH)],
}


@pytest.mark.parametrize("world", WORLDS)
@pytest.mark.parametrize("name", list(RESULTS))
def test_no_limit_outside_what_can_be_and_none_of_fewer_than_five(name: str, world: str) -> None:
    intervals = 0
    for n in (1, 4, 5, 9, 41):
        for found, least, most in RESULTS[name](_periods(n, world, seed=n)):
            limits = found[["lower", "upper"]].astype(float)
            assert not (limits["lower"] < least - ROUNDING).any()
            assert not (limits["upper"] > most + ROUNDING).any()
            assert n >= 5 or limits.isna().all(axis=None)
            assert (found.loc[limits.isna().all(axis=1), "status"] != "ok").all()
            intervals += int(limits.notna().all(axis=1).sum())
    assert intervals or name.startswith("counts") or world == "at the bottom"
