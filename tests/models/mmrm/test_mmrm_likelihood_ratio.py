"""Likelihood-ratio tests of two fits against R mmrm's likelihoods, and what is refused."""

from __future__ import annotations

from typing import Any

import pandas as pd
import pytest
from mmrm_trial import make_trial
from three_arms import FOLDER, read_three_arms

from outcomes.errors import ArgumentError
from outcomes.models.mmrm import mmrm
from shared import SHARED, reference

RTOL = 1e-7  # chi-squared is a difference of values near 1,500 that agree to 1e-13
PAIRS = range(13) if (SHARED / "reference" / FOLDER / "likelihood_ratio.json").exists() else range(1)


@pytest.mark.reference
@pytest.mark.parametrize("pair", PAIRS)
def test_every_pair_of_the_file(pair: int) -> None:
    rows = reference(FOLDER, "likelihood_ratio.json")
    assert len(rows) == 13
    row, data = rows[pair], read_three_arms()
    ask: dict[str, Any] = {"subject": "subject", "visit": "visit", "fallback": None}
    if row["kind"].startswith("fixed"):
        ask |= {"method": "ml", "covariance": row["covariance"]}
        full, reduced = (mmrm(f"change ~ {row[name]}", data, **ask) for name in ("full", "reduced"))
    else:
        full, reduced = (
            mmrm(f"change ~ {row['fixed']}", data, covariance=row[name], **ask)
            for name in ("full", "reduced")
        )
    for ours in (full.likelihood_ratio(reduced).frame.iloc[0], reduced.likelihood_ratio(full).frame.iloc[0]):
        assert ours["df"] == row["df"]
        assert ours["statistic"] == pytest.approx(row["chisq"], rel=RTOL, abs=1e-9)
        assert ours["p_value"] == pytest.approx(row["p"], rel=1e-6)


@pytest.fixture(scope="module")
def trial() -> pd.DataFrame:
    return make_trial(60, missing=0.1)


def test_a_covariance_of_each_arm_against_one_for_all(trial: pd.DataFrame) -> None:
    ask: dict[str, Any] = {"subject": "patient", "visit": "visit", "covariance": "csh"}
    row = mmrm("change ~ arm * visit", trial, group="arm", **ask).likelihood_ratio(
        mmrm("change ~ arm * visit", trial, **ask)
    )
    assert row.frame["df"].item() == 5
    assert 0 <= row.frame["p_value"].item() <= 1
    assert "by group" in row.frame["term"].item()


@pytest.mark.parametrize(
    ("one", "other", "message"),
    [
        (("change ~ arm * visit", {}), ("change ~ arm + visit", {}), "restricted likelihoods of different"),
        (("change ~ arm * visit", {"method": "ml"}), ("change ~ arm * visit", {}), "by different methods"),
        (
            ("change ~ arm", {"covariance": "csh"}),
            ("change ~ arm", {"covariance": "ar1h"}),
            "neither covariance",
        ),
        (
            ("change ~ arm", {"covariance": "toeph"}),
            ("change ~ arm", {"covariance": "adh"}),
            "neither covariance",
        ),
        (("change ~ arm", {"method": "ml"}), ("change ~ site", {"method": "ml"}), "not among those"),
        (("w ~ arm", {}), ("change ~ arm", {"covariance": "cs"}), "do not use the same rows"),
        (("change ~ arm", {}), ("change ~ arm", {}), "the same parameters"),
    ],
)
def test_what_cannot_be_compared(trial: pd.DataFrame, one: Any, other: Any, message: str) -> None:
    fits = [mmrm(formula, trial, subject="patient", visit="visit", **o) for formula, o in (one, other)]
    with pytest.raises(ArgumentError) as found:
        fits[0].likelihood_ratio(fits[1])
    assert message in str(found.value)
