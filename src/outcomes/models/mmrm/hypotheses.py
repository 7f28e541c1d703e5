"""Tables of t tests: marginal means, slopes, their contrasts, rows of L."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from outcomes.errors import ArgumentError, instance_of, one_of, plural
from outcomes.models.mmrm.contrasts import contrast_matrix
from outcomes.models.mmrm.inference import Tested
from outcomes.models.mmrm.margins import Margins
from outcomes.models.mmrm.model import Model
from outcomes.models.mmrm.multiplicity import ADJUSTMENTS, adjust_tests, check_adjust
from outcomes.models.mmrm.term_tests import read_matrix
from outcomes.models.stats.input_frames import TESTED
from outcomes.results import Estimates

__all__ = ["Comparison", "contrasts_of", "linear_tests", "means_of", "read_share", "tested_columns"]

Array = NDArray[np.float64]

FAMILIES = ("by", "all")


def read_share(name: str, value: float) -> float:
    """Return a number between 0 and 1.

    Raises
    ------
    ArgumentError
        When it is not one.
    """
    if isinstance(value, (int, float)) and 0 < value < 1:
        return float(value)
    raise ArgumentError(f"{name} is a share", got=repr(value), allowed="above 0 and below 1")


def tested_columns(tested: Tested, level: float) -> dict[str, Array]:
    """Return the columns of a table of t tests."""
    lower, upper = tested.limits(level)
    values = (tested.estimate, tested.std_error, tested.df, tested.statistic, tested.p_value, lower, upper)
    return dict(zip(TESTED, values, strict=True))


def means_of(model: Model, margins: Margins, level: float, *, slope: str | None = None) -> Estimates:
    """Return the table of marginal means, or of the slopes of a covariate."""
    axes = (*margins.by, *margins.factors)
    combos = margins.combinations(axes)
    at = {name: i for i, (name, _) in enumerate(axes)}
    order = [name for name, _ in (*margins.factors, *margins.by)]
    named = {name: [combo[at[name]] for combo in combos] for name in order}
    return _table(model, named, margins.matrix, _title("Marginal means", model, slope), margins.notes, level)


@dataclass(frozen=True, slots=True)
class Comparison:
    """Which levels are compared, and how that is adjusted for the number of comparisons.

    Parameters
    ----------
    method : str
        One of `CONTRAST_METHODS`.
    ref : object
        Level to compare with.
    coefs : mapping or None
        Coefficients of custom contrasts.
    adjust : str
        One of `ADJUSTMENTS`.
    family : {"by", "all"}
        Comparisons that are one family: those within the same levels of `by`, or all of the table.
    """

    method: str
    ref: Any = None
    coefs: Mapping[str, Any] | None = None
    adjust: str = "none"
    family: str = "by"


def contrasts_of(
    model: Model, margins: Margins, ask: Comparison, level: float, *, slope: str | None = None
) -> Estimates:
    """Return the table of contrasts of marginal means, or of slopes."""
    labels, matrix = contrast_matrix(margins, ask.method, ask.ref, ask.coefs)
    check_adjust(ask.adjust, ask.method)
    one_of("family", ask.family, FAMILIES)
    outer = margins.combinations(margins.by)
    blocks = margins.matrix.reshape(len(outer), matrix.shape[1], -1)
    rows = (matrix @ blocks).reshape(-1, margins.matrix.shape[1])
    named: dict[str, list[Any]] = {"contrast": labels * len(outer)}
    for i, (name, _) in enumerate(margins.by):
        named[name] = [combo[i] for combo in outer for _ in labels]
    title = _title("Differences of marginal means", model, slope)
    family = np.repeat(np.arange(len(outer)), len(labels)) * (ask.family == "by")
    return _table(model, named, rows, title, margins.notes, level, family=family, adjust=ask.adjust)


def linear_tests(
    model: Model, matrix: Any, labels: Sequence[str] | None, level: float, adjust: str = "none"
) -> Estimates:
    """Return the table of t tests of the rows of L."""
    rows = read_matrix(model, matrix)
    check_adjust(adjust, "custom")
    instance_of("labels", labels, Iterable | None, hint="give one name per row")
    names = list(labels) if labels is not None else [f"L{i + 1}" for i in range(len(rows))]
    if len(names) != len(rows):
        raise ArgumentError("labels= needs one name per row", got=f"{len(names)} for {len(rows)} rows")
    columns, notes = _tested(model, rows, level, np.zeros(len(rows), dtype=np.intp), adjust)
    frame = pd.DataFrame({"contrast": names} | columns)
    return model.wrap(frame, "Linear combinations of coefficients", level, *notes)


def _tested(
    model: Model, rows: Array, level: float, family: NDArray[np.intp], adjust: str
) -> tuple[dict[str, Array], list[str]]:
    """Return the columns of the tests of rows of L, and what must be said of their adjustment."""
    tested = model.inference.rows(rows)
    columns = tested_columns(tested, read_share("level", level))
    if adjust == "none":
        return columns, []
    found = adjust_tests(tested, model.inference.covariance_of(rows), family, adjust, level)
    half = found.critical * tested.std_error
    limits = {"lower": tested.estimate - half, "upper": tested.estimate + half}
    before = {name: columns[name] for name in columns if name not in limits}
    if found.largest < 2:
        note = "one comparison in each family: there is nothing to adjust for"
    else:
        families = len(np.unique(family))
        within = "" if families == 1 else f" in each of {families} families"
        words = f"{found.largest} comparisons{within}"
        note = f"p_adjusted and limits hold for {words} together: {ADJUSTMENTS[adjust]}"
    return before | {"p_adjusted": found.p_value} | limits, [note]


def _table(
    model: Model,
    named: Mapping[str, Sequence[Any]],
    rows: Array,
    title: str,
    notes: Iterable[str],
    level: float,
    *,
    family: NDArray[np.intp] | None = None,
    adjust: str = "none",
) -> Estimates:
    kept, possible = model.estimable(rows)
    kept = np.where(possible[:, None], kept, np.nan) if not possible.all() else kept
    family = np.zeros(len(rows), dtype=np.intp) if family is None else family
    columns, more = _tested(model, kept, level, family, adjust)
    frame = pd.DataFrame(dict(named) | columns)
    notes = [*notes, *more]
    if not possible.all():
        frame["status"] = np.where(possible, "ok", "not estimable")
        notes.append(f"not estimable, no data on them: {plural(int((~possible).sum()), 'row')}")
    return model.wrap(frame, title, level, *notes)


def _title(what: str, model: Model, slope: str | None) -> str:
    response = model.formula.split("~", 1)[0].strip()
    if slope is None:
        return f"{what} of {response}"
    return f"{'Slopes' if what.startswith('M') else 'Differences of slopes'} of {response} on {slope}"
