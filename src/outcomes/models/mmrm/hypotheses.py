"""Tables of tests: marginal means, contrasts, rows of L, joint F."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from outcomes.errors import ArgumentError, instance_of
from outcomes.models.mmrm.contrasts import contrast_matrix
from outcomes.models.mmrm.inference import Tested
from outcomes.models.mmrm.margins import Margins
from outcomes.models.mmrm.model import Model
from outcomes.models.mmrm.term_tests import read_matrix
from outcomes.models.stats.input_frames import TESTED
from outcomes.results import Estimates

__all__ = ["contrasts_of", "linear_tests", "means_of", "read_share", "tested_columns"]

Array = NDArray[np.float64]


def read_share(name: str, value: float) -> float:
    """Return a number between 0 and 1.

    Raises
    ------
    ArgumentError
        When it is none.
    """
    if isinstance(value, (int, float)) and 0 < value < 1:
        return float(value)
    raise ArgumentError(f"{name} is a share", got=repr(value), allowed="above 0 and below 1")


def tested_columns(tested: Tested, level: float) -> dict[str, Array]:
    """Return the columns of a table of t tests."""
    lower, upper = tested.limits(level)
    values = (tested.estimate, tested.std_error, tested.df, tested.statistic, tested.p_value, lower, upper)
    return dict(zip(TESTED, values, strict=True))


def means_of(model: Model, margins: Margins, weights: str, level: float) -> Estimates:
    """Return the table of marginal means."""
    axes = (*margins.by, *margins.factors)
    combos = margins.combinations(axes)
    at = {name: i for i, (name, _) in enumerate(axes)}
    order = [name for name, _ in (*margins.factors, *margins.by)]
    named = {name: [combo[at[name]] for combo in combos] for name in order}
    title = f"Marginal means of {_response(model)}"
    return _table(model, named, margins.matrix, title, margins, weights, level)


def contrasts_of(
    model: Model,
    margins: Margins,
    method: str,
    ref: Any,
    coefs: Mapping[str, Any] | None,
    weights: str,
    level: float,
) -> Estimates:
    """Return the table of contrasts of marginal means."""
    labels, matrix = contrast_matrix(margins, method, ref, coefs)
    outer = margins.combinations(margins.by)
    blocks = margins.matrix.reshape(len(outer), matrix.shape[1], -1)
    rows = (matrix @ blocks).reshape(-1, margins.matrix.shape[1])
    named: dict[str, list[Any]] = {"contrast": labels * len(outer)}
    for i, (name, _) in enumerate(margins.by):
        named[name] = [combo[i] for combo in outer for _ in labels]
    title = f"Differences of marginal means of {_response(model)}"
    return _table(model, named, rows, title, margins, weights, level)


def linear_tests(model: Model, matrix: Any, labels: Sequence[str] | None, level: float) -> Estimates:
    """Return the table of t tests of the rows of L."""
    rows = read_matrix(model, matrix)
    instance_of("labels", labels, Iterable | None, hint="give one name a row")
    names = list(labels) if labels is not None else [f"L{i + 1}" for i in range(len(rows))]
    if len(names) != len(rows):
        raise ArgumentError("labels= needs one name a row", got=f"{len(names)} for {len(rows)} rows")
    columns = tested_columns(model.inference.rows(rows), read_share("level", level))
    return model.wrap(
        pd.DataFrame({"contrast": names} | columns), "Linear combinations of coefficients", level
    )


def _table(
    model: Model,
    named: Mapping[str, Sequence[Any]],
    rows: Array,
    title: str,
    margins: Margins,
    weights: str,
    level: float,
) -> Estimates:
    kept, possible = model.estimable(rows)
    columns = tested_columns(model.inference.rows(kept), read_share("level", level))
    frame = pd.DataFrame(dict(named) | columns)
    notes = []
    if margins.averaged:
        notes.append(f"averaged over {', '.join(margins.averaged)} ({weights} weights)")
    if margins.held:
        held = ", ".join(f"{name} = {value:.6g}" for name, value in margins.held.items())
        notes.append(f"covariates held at: {held}")
    if not possible.all():
        frame.loc[~possible, list(TESTED)] = np.nan
        frame["status"] = np.where(possible, "ok", "not estimable")
        notes.append(f"{int((~possible).sum())} row(s) are not estimable: no data speak of them")
    return model.wrap(frame, title, level, *notes)


def _response(model: Model) -> str:
    return model.formula.split("~", 1)[0].strip()
