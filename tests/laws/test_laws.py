"""Laws that every fitted model keeps: one suite, model x law; docs/methods/laws.md has the table of cells.

Shifting or scaling a covariate changes no SE, P or interval of anything else and scales its own; new names of
patients, the order of rows, parts of the data, another calendar, levels without data and other columns change
nothing; an arm without a single event has no number. A cell where a law has nothing to move is no cell: the
table says why.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shared import ROOT

from .fitted import MODELS, NUMBERS, Fitted, Frames

# Two fits of the same numbers in another unit: iterations stop at 1e-8 of a standard error or better.
SAME = 1e-5
#: The square of a date such as 20260101 has kept six digits of what it says beside the date; P fewer.
SAME_SQUARE = 2e-4
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


def _same(found: pd.DataFrame, wanted: pd.DataFrame, within: float = SAME) -> None:
    assert list(found.columns) == list(wanted.columns)
    assert set(found.index) == set(wanted.index)
    assert wanted.notna().any(axis=None)
    np.testing.assert_allclose(found.loc[wanted.index], wanted, rtol=within, atol=1e-8)


def relabelled(data: Frames, model: Fitted) -> Frames:
    """Give patients names of words, in the same order."""
    return {
        name: frame.assign(patient_id="p" + frame["patient_id"].astype(str).str.zfill(4))
        for name, frame in data.items()
    }


def turned(data: Frames, model: Fitted) -> Frames:
    """Number the patients from the other end."""
    return {name: frame.assign(patient_id=10_000 - frame["patient_id"]) for name, frame in data.items()}


def shuffled(data: Frames, model: Fitted) -> Frames:
    """Put rows and columns in another order, under row names that stand twice."""
    out = {}
    for name, frame in data.items():
        rows = frame.sample(frac=1.0, random_state=7)
        out[name] = rows.set_axis(np.zeros(len(rows), dtype=int), axis=0)[list(frame.columns)[::-1]]
    return out


def split(data: Frames, model: Fitted) -> Frames:
    """Hand the rows over in two frames; a patient's rows and a visit's stand in both, but whole in sums."""
    seen = data["seen"]
    first = seen["patient_id"] % 3 == 0 if model is MODELS["mmrm of sums"] else seen.index % 2 == 0
    return {name: frame for name, frame in data.items() if name != "seen"} | {
        "seen 2": seen[~first],
        "seen 1": seen[first],
    }


def another_calendar(data: Frames, model: Fitted) -> Frames:
    """Count days from another day, or let everything happen two years later."""
    assert model.time is not None
    table, column = model.time
    moved = 730 if pd.api.types.is_numeric_dtype(data[table][column]) else pd.Timedelta(730, "D")
    return data | {table: data[table].assign(**{column: data[table][column] + moved})}


def empty_levels(data: Frames, model: Fitted) -> Frames:
    """Declare a level that no row has."""
    assert model.level is not None
    table, column = model.level
    levels = [*sorted(data[table][column].unique()), "nobody"]
    return data | {table: data[table].assign(**{column: pd.Categorical(data[table][column], levels)})}


def columns_of_results(data: Frames, model: Fitted) -> Frames:
    """Carry columns that are called as the columns of results."""
    own = dict.fromkeys(("estimate", "status", "n", "N", "std_error", "p_value", "contrast", "row"), -7)
    return {name: frame.assign(**own) for name, frame in data.items()}


def _always(model: Fitted) -> str:
    return ""


@dataclass(frozen=True)
class Law:
    """How the data are moved, and why a model has nothing to move; an empty reason: it has."""

    move: Callable[[Frames, Fitted], Frames]
    why_not: Callable[[Fitted], str] = _always


LAWS: dict[str, Law] = {
    "relabelled": Law(relabelled),
    "turned": Law(turned, lambda model: "draws follow the patients' order" if model.random else ""),
    "shuffled": Law(shuffled),
    "split": Law(split, lambda model: "" if model.parts else "takes one frame"),
    "another calendar": Law(another_calendar, lambda model: "" if model.time else "reads no date"),
    "empty levels": Law(empty_levels, lambda model: "" if model.level else "has no categories"),
    "columns of results": Law(columns_of_results),
}
CELLS = [(name, law) for name, model in MODELS.items() for law in LAWS if not LAWS[law].why_not(model)]
WITH_COVARIATE = [name for name, model in MODELS.items() if model.covariate]
WITH_SEPARATION = [name for name, model in MODELS.items() if model.separate]


@pytest.fixture(scope="module")
def fits() -> dict[str, pd.DataFrame]:
    return {}


def _fit(fits: dict[str, pd.DataFrame], name: str) -> pd.DataFrame:
    if name not in fits:
        fits[name] = _numbers(MODELS[name].fit(MODELS[name].make()))
    return fits[name]


def _held(model: Fitted, law: str, data: Frames, wanted: pd.DataFrame) -> None:
    moved = LAWS[law].move(data, model)
    assert moved.keys() != data.keys() or any(not moved[name].equals(data[name]) for name in data)
    _same(_numbers(model.fit(moved)), wanted)


@pytest.mark.parametrize(("name", "law"), CELLS)
def test_changes_nothing(fits: dict[str, pd.DataFrame], name: str, law: str) -> None:
    _held(MODELS[name], law, MODELS[name].make(), _fit(fits, name))


@pytest.mark.parametrize("unit", list(UNITS))
@pytest.mark.parametrize("name", WITH_COVARIATE)
def test_no_unit_or_origin_of_a_covariate_matters(
    fits: dict[str, pd.DataFrame], name: str, unit: str
) -> None:
    _no_unit_matters(MODELS[name], unit, MODELS[name].make(), _fit(fits, name))


def _no_unit_matters(model: Fitted, unit: str, data: Frames, wanted: pd.DataFrame) -> None:
    assert model.covariate is not None
    table, column = model.covariate
    shift, scale = UNITS[unit]
    moved = data | {table: data[table].assign(**{column: shift + scale * data[table][column]})}
    found = _numbers(model.fit(moved))
    if model.own_unit:
        found, wanted = found.set_axis(range(len(found))), wanted.set_axis(range(len(wanted)))
        tests = [one for one in ("statistic", "p_value") if one in wanted] or list(wanted)
        _same(found[tests], wanted[tests])
        return
    at_origin = wanted.index.str.contains("Intercept") | (
        wanted.index.str.contains("period|arm") & shifted(wanted)
    )
    own = wanted.index.str.contains(column)
    tests = [one for one in ("statistic", "p_value") if one in wanted]
    # With a shift, the terms that the covariate is crossed with are at another origin.
    if tests and own.any():
        _same(found[own][tests], wanted[own][tests])
    rest = ~own & ~at_origin
    assert rest.any()
    squared = model is MODELS["mmrm curved"] and unit in ("dates", "seconds")
    _same(found.loc[wanted.index[rest]], wanted[rest], SAME_SQUARE if squared else SAME)


def shifted(wanted: pd.DataFrame) -> np.ndarray:
    """Return which rows are coefficients of factors, which interactions tie to the covariate's origin."""
    crossed = wanted.index.str.contains(":").any()
    return np.asarray(wanted.index.str.contains(r"\[T\.") & crossed)


@pytest.mark.parametrize("name", WITH_SEPARATION)
def test_one_answer_throughout_has_no_number(name: str) -> None:
    model = MODELS[name]
    assert model.separate is not None
    found = model.fit(model.separate(model.make()))
    assert found[["estimate", "std_error", "p_value"]].isna().all(axis=None)


@pytest.mark.long
@settings(max_examples=400)
@given(
    st.sampled_from(CELLS + [(name, unit) for name in WITH_COVARIATE for unit in UNITS]),
    st.integers(0, 2**31),
)
def test_any_data(cell: tuple[str, str], seed: int) -> None:
    name, law = cell
    model = MODELS[name]
    data = model.make(seed)
    wanted = _numbers(model.fit(data))
    if law in UNITS:
        _no_unit_matters(model, law, data, wanted)
    else:
        _held(model, law, data, wanted)


def table() -> str:
    """Return the table of docs/methods/laws.md."""
    names = [*LAWS, "shift and scale", "separation"]
    lines = ["| model | " + " | ".join(names) + " |", "|---" * (len(names) + 1) + "|"]
    for name, model in MODELS.items():
        cells = [LAWS[law].why_not(model) or "yes" for law in LAWS]
        cells.append(f"{len(UNITS)} units" if model.covariate else "has no covariate")
        cells.append("yes" if model.separate else "cannot separate")
        lines.append(f"| {name} | " + " | ".join(cells) + " |")
    return "\n".join(lines)


def test_the_page_has_the_table_and_the_number_of_cells() -> None:
    page = (ROOT / "docs" / "methods" / "laws.md").read_text(encoding="utf-8")
    cells = len(CELLS) + len(WITH_COVARIATE) * len(UNITS) + len(WITH_SEPARATION)
    assert table() in page
    assert f"{len(MODELS)} models, {cells} cells" in page
