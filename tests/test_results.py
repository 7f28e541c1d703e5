"""Every result as a frame, row by row, in a file and in the CDISC layout of analysis results."""

from __future__ import annotations

import dataclasses
import inspect
import io
import sys

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

import outcomes as oc
from outcomes.models.harm.tables.prepared import SafetyData
from outcomes.results import COLUMNS, Estimates, Tabular, to_ard


@pytest.fixture(scope="module")
def study() -> oc.Study:
    return oc.simulate(patients=45, seed=4).study


@pytest.fixture(scope="module")
def results(study: oc.Study) -> dict[str, Tabular]:
    days, periods, courses = oc.days(study), oc.periods(study), oc.courses(study)
    later = periods[periods["period_number"] > 0]
    return {
        "change": oc.change(periods),
        "means": oc.means(periods),
        "responders": oc.responders(periods),
        "paired": oc.paired(periods, resamples=200),
        "ancova": oc.ancova(periods),
        "counts": oc.counts("days_with_event ~ period", later),
        "mmrm": oc.mmrm("change ~ baseline + period", later, subject="patient_id", visit="period"),
        "durability": oc.durability(days, periods, courses=courses),
        "dose": oc.dose_response(periods, courses),
        "imputed": oc.impute(periods, imputations=5).estimates(),
        "imputations": oc.impute(periods, imputations=3),
        "still better": oc.still_better(days, periods),
        "one patient": oc.one_patient(days, str(days["patient_id"].iloc[0])),
        "regression to the mean": oc.regression_to_mean(periods, days),
        "daily": oc.daily("headache ~ phase", days[days["course"] == 1]),
    }


NAMES = (
    "change",
    "means",
    "responders",
    "paired",
    "ancova",
    "counts",
    "mmrm",
    "durability",
    "dose",
    "imputed",
    "imputations",
    "still better",
    "one patient",
    "regression to the mean",
    "daily",
)


@pytest.mark.parametrize("name", NAMES)
def test_a_result_has_the_everyday_ways_of_a_frame(results: dict[str, Tabular], name: str) -> None:
    result = results[name]
    frame = result.to_frame()
    assert len(result) == len(frame) > 0
    rows = list(result)
    assert [list(row.index) for row in rows] == [list(frame.columns)] * len(frame)
    again = pd.DataFrame(result)
    assert list(again.columns) == list(frame.columns)
    for column in frame.select_dtypes("number"):
        np.testing.assert_array_equal(
            again[column].to_numpy(float), frame[column].to_numpy(float, na_value=np.nan)
        )
    pd.testing.assert_frame_equal(result.head(1), frame.head(1))
    read = pd.read_csv(io.StringIO(str(result.to_csv())))
    assert list(read.columns) == list(frame.columns)


@pytest.mark.parametrize("name", NAMES)
def test_polars_and_whatever_takes_arrow_take_a_result(results: dict[str, Tabular], name: str) -> None:
    result = results[name]
    frame = result.to_frame()
    for taken in (pl.DataFrame(result), result.to_polars(), pl.from_arrow(pa.table(result))):
        assert taken.columns == list(frame.columns)
        assert taken.height == len(frame)
        for column in frame.select_dtypes("number"):
            np.testing.assert_array_equal(
                taken[column].cast(pl.Float64).fill_null(np.nan).to_numpy(),
                frame[column].to_numpy(float, na_value=np.nan),
            )


def test_a_column_of_several_kinds_is_text_for_arrow() -> None:
    frame = pd.DataFrame({"label": [1, "two", None], "estimate": [1.5, 2.5, np.nan]})
    taken = Estimates(frame, "title", "method").to_polars()
    assert taken["label"].to_list() == ["1", "two", None]


def test_without_polars_the_error_names_the_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "polars", None)
    result = Estimates(pd.DataFrame({"estimate": [1.0]}), "title", "method")
    with pytest.raises(oc.OutcomesError, match=r'pip install "outcomes\[polars\]"'):
        result.to_polars()


@pytest.mark.parametrize("name", NAMES)
def test_the_cdisc_layout_holds_every_number_of_the_result(results: dict[str, Tabular], name: str) -> None:
    result = results[name]
    frame, ard = result.to_frame(), result.to_ard()
    if name == "imputations":  # what the completed data say together
        frame = result.estimates().to_frame()  # type: ignore[attr-defined]
    first = ["group1", "group1_level"]
    assert list(ard.columns[:2]) == first
    assert list(ard.columns[-7:]) == [
        "variable", "variable_level", "context", "stat_name", "stat_label", "stat", "warning"
    ]  # fmt: skip
    for column in ("estimate", "n", "N", "lower", "mean", "percent"):
        if column in frame:
            stat = ard.loc[ard["stat_name"] == column, "stat"].astype(float).to_numpy()
            np.testing.assert_array_equal(stat, frame[column].to_numpy(float))
    assert not ard["context"].isin(["", "estimates", "Estimates"]).any()
    # A statistic of one estimate stands once: group, variable, level and name are its key.
    key = [c for c in ard if c.startswith("group")] + ["variable", "variable_level", "stat_name"]
    assert not ard.duplicated(key).any()


def test_a_change_in_the_cdisc_layout_by_hand() -> None:
    frame = pd.DataFrame(
        {
            "endpoint": "headache_days", "arm": ["a", "b"], "course": [1, 2], "period": "days 1-28",
            "n": [8, 0], "estimate": [-3.5, np.nan], "status": ["ok", "no patient with a change"],
        }
    )  # fmt: skip
    ard = Estimates(frame, "Mean change", "mean", 0.9, meta={"kind": "change"}).to_ard()
    row = ard[(ard["group1_level"] == "b") & (ard["stat_name"] == "n")].iloc[0].to_dict()
    assert row == {
        "group1": "arm", "group1_level": "b", "group2": "course", "group2_level": 2, "group3": "period",
        "group3_level": "days 1-28", "variable": "headache_days", "variable_level": "", "context": "change",
        "stat_name": "n", "stat_label": COLUMNS["n"], "stat": 0, "warning": frame["status"].iloc[1],
    }  # fmt: skip
    assert ard.loc[ard["stat_name"] == "conf_level", "stat"].tolist() == [0.9, 0.9]
    assert ard.loc[ard["stat_name"] == "method", "stat"].tolist() == ["mean", "mean"]


def test_several_results_stand_below_each_other(results: dict[str, Tabular]) -> None:
    whole = to_ard(results)
    assert list(dict.fromkeys(whole["analysis"])) == list(NAMES)
    assert len(whole) == sum(len(result.to_ard()) for result in results.values())
    assert not whole[[c for c in whole if c.startswith("group")]].isna().any(axis=None)
    assert to_ard({}).empty


def test_every_public_class_of_results_is_one_of_these(results: dict[str, Tabular]) -> None:
    """Whatever a public function returns as a class of this package has the everyday ways."""
    functions = [getattr(oc, name) for name in oc.__all__]
    returned = {
        vars(sys.modules[function.__module__]).get(str(function.__annotations__.get("return")))
        for function in functions
        if inspect.isfunction(function) and ".models." in function.__module__
    }
    kinds = {kind for kind in returned if isinstance(kind, type) and dataclasses.is_dataclass(kind)}
    kinds -= {SafetyData}  # what tables are made from, no result
    assert len(kinds) > 5
    assert kinds - {type(result) for result in results.values()} == set()
    assert all(issubclass(kind, Tabular) for kind in kinds)


def test_a_report_in_the_cdisc_layout(study: oc.Study) -> None:
    inside, outside = (oc.report_ard(study, audience=who) for who in ("clinic", "external"))
    change = oc.change(oc.periods(study))
    mine = inside[(inside["analysis"] == "change") & (inside["stat_name"] == "n")]
    assert mine["stat"].tolist() == change["n"].tolist()[: len(mine)]
    assert len(oc.report_ard(study, audience="external", smallest_count=8)) <= len(outside)
    assert {"responders", "mixed model", "rates"} <= set(inside["analysis"]) == set(outside["analysis"])
    # What is withheld from the page is withheld here: no count below the limit but zero.
    counts = outside.loc[outside["stat_name"].isin(["n", "N"]), "stat"].dropna().astype(float)
    assert ((counts == 0) | (counts >= 5)).all()
    few = pd.to_numeric(inside.loc[inside["stat_name"] == "n", "stat"])
    assert few.between(1, 4).any()
