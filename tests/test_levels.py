"""The law of `level`: in every function a lower confidence level gives shorter intervals."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator
from functools import cache
from typing import Any

import numpy as np
import pandas as pd
import pytest

import outcomes as oc
from outcomes.simulate import scenario_parameters
from shared import keywords
from test_wrong_calls import GRADED, made, needed

#: What a function needs beyond the good values of `made` to give limits at all.
ALSO: dict[str, dict[str, Any]] = {
    "compare_arms": {"reference": "a"},
    "compare_responders": {"reference": "a"},
    "paired": {"resamples": 500},  # both levels from the same draws
    "regression_to_mean": {"entry": 10},
    "still_better": {"fell": 0.01},
    "tipping_point": {"deltas": [1.0, 2.0]},
    "tipping_surface": {"deltas": [0.0, 1.0], "deltas_other": [0.0, 1.0]},
}
TIMES = pd.DataFrame({"time": np.arange(1.0, 21.0), "status": ["event", "censored"] * 10})
WITH_LEVEL = [
    name
    for name in oc._PUBLIC
    if name != "safety_data"  # it keeps the level for the tables that are made of it
    and not inspect.isclass(getattr(oc, name))
    and "level" in keywords(getattr(oc, name))
]


def gaps(periods: pd.DataFrame) -> pd.DataFrame:
    """Return the periods with too few diary days for three patients in the second one."""
    few = periods["period_number"].eq(2) & periods["patient_id"].isin(periods["patient_id"].unique()[:3])
    blank = periods.assign(**{name: periods[name].mask(few) for name in ("value", "change")})
    return blank.drop(columns="set")


def two_courses(periods: pd.DataFrame) -> pd.DataFrame:
    """Return the periods with a second course, whose first period is the first one's second."""
    second = periods[periods["period_number"] == 2].assign(course=2, period_number=1)
    return pd.concat([periods[periods["period_number"] == 1], second], ignore_index=True)


@cache
def two_windows() -> oc.Study:
    """Return a study with two months before treatment, and a rule by which its patients entered."""
    law = scenario_parameters("null", earlier_days=28)
    return oc.simulate(40, seed=1, parameters=law).study.with_rules(entry_days=15)


def first_arguments(name: str) -> dict[str, Any]:
    """Return good values for what the function needs."""
    values = made()
    arms = {"arm": "group", "reference": "a"}
    patients = values["patients"].rename(columns={"group": "side"})
    sessions = {"events": values["events"], "sessions": values["exposure"]}
    special: dict[str, Callable[[], dict[str, Any]]] = {
        "counts": lambda: {"formula": "days_with_event ~ period", "data": values["periods"]},
        "daily": lambda: {
            "formula": "headache ~ phase",
            "data": values["days"][values["days"]["course"] == 1],
        },
        "event_counts": lambda: sessions,
        "dose_events": lambda: sessions,
        "first_or_later": lambda: sessions,
        "mean_cumulative": lambda: {"events": values["events"], "at_risk": values["exposure"]},
        "ancova": lambda: {"periods": values["grouped"], **arms},
        "compare_arms": lambda: {"result": oc.incidence(values["events"], patients, by=["term"], arm="side")},
        "compare_responders": lambda: {
            "result": oc.responders(values["grouped"], by="group"),
            "arm": "group",
        },
        "cumulative_incidence": lambda: {"data": TIMES},
        "tipping_point": lambda: {"imputations": oc.impute(gaps(values["grouped"]), **arms, imputations=5)},
        "tipping_surface": lambda: {"imputations": oc.impute(gaps(values["grouped"]), **arms, imputations=5)},
        "placebo_benchmark": lambda: {"n": 40},
        "later_courses": lambda: {"periods": two_courses(values["periods"])},
        "liver_signals": lambda: {"graded": GRADED},
        "negative_control": lambda: {"study": two_windows()},
        "one_patient": lambda: {"days": values["days"], "patient_id": values["patient_id"]},
    }
    if name in special:
        return special[name]()
    return {p.name: values[p.name] for p in needed(getattr(oc, name))}


def frames(result: Any) -> Iterator[pd.DataFrame]:
    """Return every frame of limits in a result."""
    parts = [result, *(getattr(result, name, None) for name in getattr(result, "__slots__", ()))]
    for part in parts:
        if isinstance(part, oc.Estimates):
            yield part.to_frame()
        elif hasattr(part, "to_frame") and "lower" in (frame := part.to_frame()):
            yield frame


def widths(name: str, level: float) -> np.ndarray:
    """Return the finite widths of all intervals of a result."""
    result = getattr(oc, name)(**first_arguments(name), **ALSO.get(name, {}), level=level)
    limits = [frame[["lower", "upper"]].astype("float64") for frame in frames(result) if "lower" in frame]
    assert limits, f"{name} has no limits"
    both = pd.concat(limits, ignore_index=True)
    return (both["upper"] - both["lower"]).to_numpy()


@pytest.mark.parametrize("name", WITH_LEVEL)
def test_a_lower_level_gives_shorter_intervals(name: str) -> None:
    wide, narrow = widths(name, 0.95), widths(name, 0.80)
    known = np.isfinite(wide) & np.isfinite(narrow)
    assert known.any()
    assert (narrow[known] <= wide[known]).all()
    assert (narrow[known] < wide[known]).any()
