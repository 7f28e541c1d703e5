"""Relatives of the calls that once gave a wrong number: groups of one patient, and groups of any type."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import pytest

import outcomes as oc
from laws.fitted import days, period_rows, returns, sessions, visits
from outcomes.models.stats.leverage import LONELY

#: Two fits of which one has a patient more, found by iteration.
FOUND = 1e-6
TESTS = ["std_error", "p_value", "lower", "upper"]


def _alone(rows: pd.DataFrame) -> pd.DataFrame:
    """Put one patient into a site of her own, and the others into two."""
    who = rows["patient_id"]
    return rows.assign(site=np.where(who == who.min(), "C", np.where(who % 3 == 0, "A", "B")))


def _of(make: Callable[[], dict[str, pd.DataFrame]], ask: Callable[..., Any]) -> Any:
    data = make()
    rows = _alone(data["rows"])
    others = rows[rows["site"] != "C"]
    return ask(rows, data), ask(others, data)


def _their(rows: pd.DataFrame, data: dict[str, pd.DataFrame]) -> pd.DataFrame:
    return data["events"][data["events"]["session_id"].isin(rows["session_id"])]


MODELS: dict[str, tuple[Callable[[], dict[str, pd.DataFrame]], Callable[..., Any]]] = {
    "poisson": (visits, lambda r, d: oc.counts("days_with_event ~ site", r, family="poisson")),
    "poisson, not corrected": (
        visits, lambda r, d: oc.counts("days_with_event ~ site", r, family="poisson", vcov="robust"),
    ),
    "daily": (days, lambda r, d: oc.daily("headache ~ site", r, correlation="independence")),
    "event_sessions": (
        sessions,
        lambda r, d: oc.event_sessions(_their(r, d), r, covariates="site", correlation="independence"),
    ),
    "event_counts": (sessions, lambda r, d: oc.event_counts(_their(r, d), r, covariates="site")),
}  # fmt: skip


@pytest.mark.parametrize("name", MODELS)
def test_what_one_patient_alone_determines_has_no_interval(name: str) -> None:
    """Her residual is 0, so a robust variance takes her for known: P was 0, and the status ok."""
    found, others = (fit.to_frame().set_index("term") for fit in _of(*MODELS[name]))
    hers = found.index.str.contains("C")
    assert hers.sum() == 1
    assert found.loc[hers, TESTS].isna().all(axis=None)
    assert found.loc[hers, "status"].tolist() == [LONELY]
    assert (found.loc[~hers, "status"] == "ok").all()
    if name == "event_counts":  # the spread between patients is estimated with her, too
        assert found.loc[~hers, TESTS].notna().all(axis=None)
        return
    # She takes a coefficient of her own with her: all the rest is that of the others.
    for column in ("estimate", *TESTS):
        np.testing.assert_allclose(found.loc[~hers, column], others[column], rtol=FOUND)


def test_means_and_ratios_of_a_site_of_one_patient_have_no_interval() -> None:
    found, others = _of(visits, lambda r, d: oc.counts("days_with_event ~ site", r, family="poisson"))
    for ask in (lambda fit: fit.days_per_28("site"), lambda fit: fit.ratios("site")):
        shown, wanted = ask(found).to_frame(), ask(others).to_frame()
        assert shown["status"].tolist() == ["ok"] * len(wanted) + [LONELY]
        assert shown["estimate"].notna().all()
        assert shown.iloc[-1][["std_error", "lower", "upper"]].isna().all()
        for column in ("estimate", "std_error", "lower", "upper"):
            np.testing.assert_allclose(shown[column][:-1], wanted[column], rtol=FOUND)


@pytest.mark.parametrize("patients", [3, 4])
def test_ratios_of_fewer_than_five_patients_have_no_interval(patients: int) -> None:
    rows = visits()["rows"]
    fit = oc.counts("days_with_event ~ arm", rows[rows["patient_id"] < patients])
    for shown in (fit.ratios("arm").to_frame(), fit.days_per_28("arm").to_frame()):
        assert shown["estimate"].notna().all()
        assert shown[["lower", "upper"]].isna().all(axis=None)
        assert (shown["status"] != "ok").all()


BY: dict[str, Callable[[pd.DataFrame], Any]] = {
    "change": lambda rows: oc.change(rows, by="arm"),
    "means": lambda rows: oc.means(rows, by="arm"),
    "responders": lambda rows: oc.responders(rows, by="arm", thresholds=[50]),
    "ancova": lambda rows: oc.ancova(rows, arm="arm"),
    "impute": lambda rows: oc.impute(rows, arm="arm", imputations=5).estimates(),
    "durability": lambda rows: oc.durability(returns()["rows"], rows, by="arm").summary,
}
TYPES: dict[str, Callable[[pd.Series], pd.Series]] = {
    "an unused level": lambda arm: arm.astype(pd.CategoricalDtype(["active", "nobody", "placebo"])),
    "yes and no": lambda arm: arm == "placebo",
    "yes and no with missing": lambda arm: (arm == "placebo").astype("boolean"),
    "whole numbers": lambda arm: (arm == "placebo").astype("Int64"),
}


@pytest.fixture(scope="module")
def grouped() -> dict[str, tuple[pd.DataFrame, pd.DataFrame]]:
    """Return the rows of each function, and its table by an arm of text."""
    out = {}
    for name, ask in BY.items():
        rows = returns()["periods"] if name == "durability" else period_rows()
        out[name] = rows, ask(rows).to_frame().drop(columns="arm", errors="ignore")
    return out


@pytest.mark.parametrize("kind", TYPES)
@pytest.mark.parametrize("name", BY)
def test_the_type_of_a_group_changes_no_number(
    grouped: dict[str, tuple[pd.DataFrame, pd.DataFrame]], name: str, kind: str
) -> None:
    rows, wanted = grouped[name]
    found = BY[name](rows.assign(arm=TYPES[kind](rows["arm"]))).to_frame()
    numbers = wanted.select_dtypes("number").columns
    pd.testing.assert_frame_equal(found[numbers], wanted[numbers])


def test_patients_without_a_group_are_counted() -> None:
    study = oc.simulate(24, seed=3).study
    periods, diary = oc.periods(study), oc.days(study)
    who = periods["patient_id"].astype("category").cat.codes
    periods["arm"] = pd.Series(np.where(who % 2, "A", "B"), index=periods.index).mask(who < 3)
    for found in (
        oc.later_periods(periods, diary, by="arm", imputations=10),
        oc.still_better(diary, periods, by="arm").summary,
        oc.durability(diary, periods, by="arm").summary,
    ):
        assert set(found.to_frame()["arm"]) == {"A", "B"}
        assert any(note.endswith("without arm left out.") for note in found.notes), found.notes


def test_a_column_of_yes_and_no_is_made_a_factor_as_the_message_says() -> None:
    rows = visits()["rows"]
    flag = rows.assign(later=rows["arm"] == "placebo")
    with pytest.raises(oc.OutcomesError, match=r"data\.astype\(\{'later': 'category'\}\)"):
        oc.counts("days_with_event ~ later", flag).ratios("later")
    found = (
        oc.counts("days_with_event ~ later", flag.astype({"later": "category"})).ratios("later").to_frame()
    )
    wanted = oc.counts("days_with_event ~ arm", rows).ratios("arm").to_frame()
    pd.testing.assert_frame_equal(found.drop(columns="contrast"), wanted.drop(columns="contrast"))
