"""`df.outcomes` is a skin over the public functions."""

from __future__ import annotations

import inspect
import subprocess
import sys

import numpy as np
import pandas as pd
import pytest

import outcomes as oc
from outcomes.accessor import FORMULA_FIRST, FRAME_FIRST
from shared import ROOT


@pytest.fixture(scope="module")
def periods() -> pd.DataFrame:
    return oc.periods(oc.simulate(patients=20, seed=4).study)


def test_a_function_that_begins_with_a_frame(periods):
    pd.testing.assert_frame_equal(periods.outcomes.change().frame, oc.change(periods).frame)
    pd.testing.assert_frame_equal(
        periods.outcomes.responders(thresholds=[50]).frame, oc.responders(periods, thresholds=[50]).frame
    )


def test_a_function_that_begins_with_a_formula(periods):
    names = {"subject": "patient_id", "visit": "period"}
    expected = oc.mmrm("change ~ baseline + period", periods, **names).params
    np.testing.assert_array_equal(
        periods.outcomes.mmrm("change ~ baseline + period", **names).params, expected
    )
    by_name = periods.outcomes.mmrm(formula="change ~ baseline + period", **names)
    np.testing.assert_array_equal(by_name.params, expected)


@pytest.mark.parametrize("name", [*FRAME_FIRST, *FORMULA_FIRST])
def test_each_name_is_public_and_takes_a_frame_there(name):
    parameters = list(inspect.signature(getattr(oc, name)).parameters.values())
    assert "pd.DataFrame" in str(parameters[name in FORMULA_FIRST].annotation)
    assert getattr(pd.DataFrame().outcomes, name).__doc__ == getattr(oc, name).__doc__


def test_every_public_function_that_begins_with_a_frame_is_there():
    functions = {name: getattr(oc, name) for name in oc.__all__ if inspect.isfunction(getattr(oc, name))}
    kinds = {
        name: [str(parameter.annotation) for parameter in inspect.signature(function).parameters.values()]
        for name, function in functions.items()
    }
    first = {name for name, kind in kinds.items() if kind[:1] == ["pd.DataFrame"]}
    assert first - {"safety_data"} == set(FRAME_FIRST)


def test_an_unknown_name_suggests():
    with pytest.raises(AttributeError, match="responders"):
        pd.DataFrame().outcomes.responder  # noqa: B018


@pytest.mark.parametrize(
    "first", ["import pandas as pd, outcomes", "import outcomes, pandas as pd; outcomes.change"]
)
def test_it_is_there_whatever_is_imported_first(first):
    code = f"{first}; print(callable(pd.DataFrame().outcomes.change))"
    env = {"PYTHONPATH": str(ROOT / "src")}
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, env=env)
    assert done.stdout.strip() == "True"
