"""Laws that every fitted model keeps: one suite, model x law; `test_number_of_cells` says how many there are.

Shifting or scaling a covariate changes no SE, P or interval of anything else and scales its own; new names of
patients, the order of rows, another calendar, levels without data and other columns change nothing.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest

from .fitted import MODELS, NUMBERS, Fitted, Frames

# Two fits of the same numbers in another unit: iterations stop at 1e-8 of a standard error or better.
SAME = 1e-5
#: Shift and scale of a covariate with mean 0 and SD 1.
UNITS = {
    "years": (2025.0, 0.8),
    "dates": (20260101.0, 300.0),
    "seconds": (1.7e9, 8e4),
    "huge": (0.0, 1e12),
    "tiny": (0.0, 1e-9),
}


def _numbers(frame: pd.DataFrame) -> pd.DataFrame:
    """Return what is estimated, by what it is about."""
    label = frame["term"].astype(str)
    for name in ("contrast", "period", "arm"):
        if name in frame:
            label = label + " " + frame[name].astype(object).fillna("").astype(str)
    shown = [name for name in NUMBERS if name in frame]
    return frame[shown].astype(float).set_axis(pd.Index(label))


def _same(found: pd.DataFrame, wanted: pd.DataFrame) -> None:
    assert list(found.columns) == list(wanted.columns)
    assert set(found.index) == set(wanted.index)
    assert wanted.notna().any(axis=None)
    np.testing.assert_allclose(found.loc[wanted.index], wanted, rtol=SAME, atol=1e-8)


def relabelled(data: Frames, model: Fitted) -> Frames:
    """Give patients names of words, in the same order."""
    return {
        name: frame.assign(patient_id="p" + frame["patient_id"].astype(str).str.zfill(4))
        for name, frame in data.items()
    }


def turned(data: Frames, model: Fitted) -> Frames:
    """Number the patients from the other end; draws follow the patients, so they keep their names there."""
    if model.random:
        return data
    return {name: frame.assign(patient_id=10_000 - frame["patient_id"]) for name, frame in data.items()}


def shuffled(data: Frames, model: Fitted) -> Frames:
    """Put rows and columns in another order, under row names that stand twice."""
    out = {}
    for name, frame in data.items():
        rows = frame.sample(frac=1.0, random_state=7)
        out[name] = rows.set_axis(np.zeros(len(rows), dtype=int), axis=0)[list(frame.columns)[::-1]]
    return out


def another_calendar(data: Frames, model: Fitted) -> Frames:
    """Count the days of the calendar from another one."""
    return {
        name: frame.assign(day=frame["day"] + 730_000) if "day" in frame else frame
        for name, frame in data.items()
    }


def empty_levels(data: Frames, model: Fitted) -> Frames:
    """Declare a level that no row has."""
    if model.level is None:
        return data
    table, column = model.level
    levels = [*sorted(data[table][column].unique()), "nobody"]
    return data | {table: data[table].assign(**{column: pd.Categorical(data[table][column], levels)})}


def columns_of_results(data: Frames, model: Fitted) -> Frames:
    """Carry columns that are called as the columns of results."""
    own = dict.fromkeys(("estimate", "status", "n", "N", "std_error", "p_value", "contrast", "row"), -7)
    return {name: frame.assign(**own) for name, frame in data.items()}


LAWS: dict[str, Callable[[Frames, Fitted], Frames]] = {
    "relabelled": relabelled,
    "turned": turned,
    "shuffled": shuffled,
    "another calendar": another_calendar,
    "empty levels": empty_levels,
    "columns of results": columns_of_results,
}


@pytest.fixture(scope="module")
def fits() -> dict[str, pd.DataFrame]:
    return {}


def _fit(fits: dict[str, pd.DataFrame], name: str) -> pd.DataFrame:
    if name not in fits:
        fits[name] = _numbers(MODELS[name].fit(MODELS[name].make()))
    return fits[name]


@pytest.mark.parametrize("law", list(LAWS))
@pytest.mark.parametrize("name", list(MODELS))
def test_changes_nothing(fits: dict[str, pd.DataFrame], name: str, law: str) -> None:
    model = MODELS[name]
    data = LAWS[law](model.make(), model)
    _same(_numbers(model.fit(data)), _fit(fits, name))


@pytest.mark.parametrize("unit", list(UNITS))
@pytest.mark.parametrize("name", [name for name, model in MODELS.items() if model.covariate])
def test_no_unit_or_origin_of_a_covariate_matters(
    fits: dict[str, pd.DataFrame], name: str, unit: str
) -> None:
    model = MODELS[name]
    assert model.covariate is not None
    table, column = model.covariate
    shift, scale = UNITS[unit]
    data = model.make()
    data[table] = data[table].assign(**{column: shift + scale * data[table][column]})
    found, wanted = _numbers(model.fit(data)), _fit(fits, name)
    if name.startswith(
        ("dose", "responders")
    ):  # their rows are called by doses, and an odds ratio has a unit
        found, wanted = found.set_axis(range(len(found))), wanted.set_axis(range(len(wanted)))
        _same(found[["statistic", "p_value"]], wanted[["statistic", "p_value"]])
        return
    moved = wanted.index.str.contains("Intercept") | (
        wanted.index.str.contains("period|arm") & shifted(wanted)
    )
    own = wanted.index.str.contains(column)
    tests = [name for name in ("statistic", "p_value") if name in wanted]
    # With a shift, the terms that the covariate is crossed with are at another origin.
    if tests and own.any():
        _same(found[own][tests], wanted[own][tests])
    rest = ~own & ~moved
    if rest.any():
        _same(found.loc[wanted.index[rest]], wanted[rest])


def shifted(wanted: pd.DataFrame) -> np.ndarray:
    """Return which rows are coefficients of factors, which interactions tie to the covariate's origin."""
    crossed = wanted.index.str.contains(":").any()
    return np.asarray(wanted.index.str.contains(r"\[T\.") & crossed)


def test_number_of_cells() -> None:
    """19 models x 6 laws, and 15 with a covariate x 5 units: 189 cells."""
    with_covariate = sum(model.covariate is not None for model in MODELS.values())
    assert len(MODELS) * len(LAWS) + with_covariate * len(UNITS) == 189
