"""A visit in two columns: endpoints by visits (Kronecker), and places with two coordinates.

No package at hand fits them (R mmrm has neither): the reference is the model written out subject by subject
(`held` of test_mmrm_dense), and what it must be where it falls together with one that has references.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
from test_mmrm_dense import held

from outcomes.errors import ArgumentError, DataError
from outcomes.models.mmrm import mmrm

#: The same optimum, reached by two ways.
SAME = 1e-6
#: Numerical derivatives of dense matrices take seconds: one case every time, these in the long tests.
LATER = (("us@ar1", "reml"), ("us@cs", "ml"), ("us@ar1", "ml"))


def endpoints(seed: int, *, subjects: int = 24, visits: int = 3, missing: float = 0.12) -> pd.DataFrame:
    """Return two endpoints a visit: related, with unlike spread, alike over visits; some values missing."""
    rng = np.random.default_rng(seed)
    over = np.array([[4.0, 1.8], [1.8, 2.0]])
    within = 0.5 + 0.5 * np.eye(visits)
    y = rng.multivariate_normal(np.zeros(2 * visits), np.kron(over, within), subjects)
    grid = [(s, e, v) for s in range(subjects) for e in ("days", "pain") for v in range(1, visits + 1)]
    frame = pd.DataFrame(grid, columns=["patient", "endpoint", "visit"])
    frame["arm"] = np.where(frame["patient"] % 2, "active", "placebo")
    frame["change"] = y.ravel() - 0.8 * (frame["arm"] == "active")
    cells = frame["endpoint"] + ", " + frame["visit"].astype(str)
    order = list(dict.fromkeys(cells))
    frame["cell"] = pd.Categorical(cells, order)
    return frame[rng.random(len(frame)) >= missing].reset_index(drop=True)


def places(seed: int, *, subjects: int = 25, size: int = 4) -> pd.DataFrame:
    """Return values at places of each subject's own, alike where they are near."""
    rng = np.random.default_rng(seed)
    frames = []
    for subject in range(subjects):
        spot = rng.uniform(0, 5, (size, 2))
        gap = np.linalg.norm(spot[:, None] - spot[None], axis=2)
        v = 3.0 * np.exp(-gap / 3) + 0.3 * np.eye(size)
        values = {"patient": subject, "east": spot[:, 0], "north": spot[:, 1], "arm": float(subject % 2)}
        frames.append(pd.DataFrame(values).assign(change=rng.multivariate_normal(np.zeros(size), v)))
    return pd.concat(frames, ignore_index=True)


@pytest.mark.parametrize(
    ("structure", "method"),
    [("us@cs", "reml"), *(pytest.param(*one, marks=pytest.mark.long) for one in LATER)],
)
def test_endpoints_by_visits_are_the_model_written_out(structure: str, method: str) -> None:
    data = endpoints(1, subjects=10, missing=0.05)
    ask: dict[str, Any] = {"subject": "patient", "visit": ["endpoint", "visit"], "method": method}
    formula = "change ~ endpoint * C(visit) + endpoint:arm"
    held(lambda df: mmrm(formula, data, df=df, covariance=structure, **ask), data, "cell", None, None)


@pytest.mark.parametrize("structure", ["sp_exp", "sp_gau"])
def test_places_are_the_model_written_out(structure: str) -> None:
    data = places(2)
    data["place"] = data["east"] + 1j * data["north"]
    ask: dict[str, Any] = {"subject": "patient", "visit": ["east", "north"], "covariance": structure}
    held(lambda df: mmrm("change ~ arm", data, df=df, **ask), data, "place", None, None)


@pytest.mark.long
def test_endpoints_by_group_and_weights_are_the_model_written_out() -> None:
    data = endpoints(3, subjects=30)
    rng = np.random.default_rng(4)
    data["w"] = rng.uniform(0.5, 2, len(data))
    data["arm"] = pd.Categorical(data["arm"])
    ask: dict[str, Any] = {
        "subject": "patient",
        "visit": ("endpoint", "visit"),
        "group": "arm",
        "weights": "w",
    }
    held(
        lambda df: mmrm("change ~ endpoint * arm", data, df=df, covariance="us@cs", **ask),
        data, "cell", "arm", "w",
    )  # fmt: skip


def test_one_endpoint_is_compound_symmetry_and_one_visit_is_unstructured() -> None:
    data = endpoints(5)
    one = data[data["endpoint"] == "pain"]
    last = data[data["visit"] == 3]
    for rows, column, structure in ((one, "visit", "cs"), (last, "endpoint", "us")):
        formula = f"change ~ arm * C({column})"
        found = mmrm(formula, rows, subject="patient", visit=["endpoint", "visit"], covariance="us@cs")
        alone = mmrm(formula, rows, subject="patient", visit=column, covariance=structure, fallback=None)
        for name in ("params", "bse", "df"):
            np.testing.assert_allclose(getattr(found, name), getattr(alone, name), rtol=SAME)
        assert found.llf == pytest.approx(alone.llf, abs=1e-7)


def test_the_parameters_of_a_large_study_are_found_again() -> None:
    data = endpoints(6, subjects=800)
    fit = mmrm("change ~ endpoint * arm", data, subject="patient", visit=["endpoint", "visit"],
               covariance="us@cs")  # fmt: skip
    right = np.kron([[4.0, 1.8], [1.8, 2.0]], 0.5 + 0.5 * np.eye(3))
    np.testing.assert_allclose(fit.covariance, right, atol=0.35)
    assert fit.covariance.index.tolist() == ["days, 1", "days, 2", "days, 3", "pain, 1", "pain, 2", "pain, 3"]
    assert fit.covariance_type == "us@cs"


def test_where_and_how_a_place_is_measured_changes_nothing() -> None:
    data = places(7)
    ask: dict[str, Any] = {"subject": "patient", "visit": ["east", "north"], "covariance": "sp_exp"}
    fit = mmrm("change ~ arm", data, **ask)
    turned = data.assign(
        east=10 + 0.6 * data["east"] - 0.8 * data["north"],
        north=-3 + 0.8 * data["east"] + 0.6 * data["north"],
    )
    moved = mmrm("change ~ arm", turned.sample(frac=1, random_state=1), **ask)
    np.testing.assert_allclose(moved.bse, fit.bse, rtol=SAME)
    np.testing.assert_allclose(moved.df, fit.df, rtol=1e-5)
    line = data.assign(north=0.0)
    flat = mmrm("change ~ arm", line, **ask)
    straight = mmrm("change ~ arm", line, **(ask | {"visit": "east"}))
    np.testing.assert_allclose(flat.bse, straight.bse, rtol=SAME)


def test_predictions_take_what_was_seen_of_the_other_endpoint() -> None:
    """The conditional mean and variance by the formula of the normal law."""
    data = endpoints(8, subjects=200, missing=0.0)
    fit = mmrm("change ~ endpoint", data, subject="patient", visit=["endpoint", "visit"], covariance="us@cs")
    new = pd.DataFrame(
        {"patient": "new", "endpoint": ["days", "pain"], "visit": [1, 1], "change": [3.0, np.nan]}
    )
    found = fit.predict(new)
    assert list(found.columns[:3]) == ["patient", "endpoint", "visit"]
    mean = {"days": fit.params["Intercept"], "pain": fit.params.sum()}
    v = fit.covariance
    slope = v.loc["pain, 1", "days, 1"] / v.loc["days, 1", "days, 1"]
    assert found["estimate"].iloc[1] == pytest.approx(mean["pain"] + slope * (3.0 - mean["days"]), rel=1e-9)
    place = places(9, subjects=60)
    at = mmrm("change ~ arm", place, subject="patient", visit=["east", "north"], covariance="sp_exp")
    near = place.iloc[:2].assign(patient="new", east=[0.0, 3.0], north=[0.0, 4.0], change=[2.0, np.nan])
    unit = at.covariance.to_numpy()
    rho = (unit[0, 1] / unit[0, 0]) ** 5  # the distance of (0, 0) and (3, 4)
    centre = at.params["Intercept"] + near["arm"].to_numpy() * at.params["arm"]
    expected = centre[1] + rho * (2.0 - centre[0])
    assert at.predict(near)["estimate"].iloc[1] == pytest.approx(expected, rel=1e-9)


@pytest.mark.parametrize(
    ("ask", "error", "words"),
    [
        ({"visit": "visit", "covariance": "us@cs"}, ArgumentError, "several endpoints per visit"),
        ({"visit": ["endpoint", "visit"], "covariance": "us"}, ArgumentError, "for one column of visits"),
        ({"visit": ["endpoint"], "covariance": "us@cs"}, ArgumentError, "names one column, or two"),
        ({"visit": ["endpoint", "week"], "covariance": "us@cs"}, ArgumentError, "got: week"),
        (
            {"visit": ["endpoint", "visit"], "covariance": "un@cs"},
            ArgumentError,
            "is covariance='us@cs' here",
        ),
        (
            {"visit": ["endpoint", "visit"], "covariance": "sp_exp"},
            DataError,
            "must be numeric is not",
        ),
    ],
)
def test_what_does_not_fit_together_is_refused(
    ask: dict[str, Any], error: type[Exception], words: str
) -> None:
    with pytest.raises(error, match=words):
        mmrm("change ~ arm", endpoints(1), subject="patient", **ask)


def test_parts_and_repeated_cells_are_refused() -> None:
    data = endpoints(1)
    ask: dict[str, Any] = {"subject": "patient", "visit": ["endpoint", "visit"], "covariance": "us@cs"}
    with pytest.raises(ArgumentError, match="data in one piece"):
        mmrm("change ~ arm", [data], **ask)
    with pytest.raises(DataError, match="two rows at one visit"):
        mmrm("change ~ arm", pd.concat([data, data.iloc[:1]]), **ask)
    with pytest.raises(DataError, match=r"no row is complete|not more rows"):
        mmrm("change ~ arm", data.assign(endpoint=None), **ask)
