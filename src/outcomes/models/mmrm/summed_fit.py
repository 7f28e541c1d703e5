"""The fit of added cross products: the same steps as that of rows, from the basis on."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from outcomes.errors import ArgumentError, DataError
from outcomes.models.mmrm.basis import Basis, find_basis
from outcomes.models.mmrm.centring import digits_left
from outcomes.models.mmrm.fit import Fitted, check_identified, check_residual, climb
from outcomes.models.mmrm.fixed_effects import PlainDesign
from outcomes.models.mmrm.formula import parse
from outcomes.models.mmrm.inference import make_inference
from outcomes.models.mmrm.levels import Factor
from outcomes.models.mmrm.margins import MarginGrid
from outcomes.models.mmrm.model import Model
from outcomes.models.mmrm.options import FALLBACK, Options, read_fallback
from outcomes.models.mmrm.patterns import Layout
from outcomes.models.mmrm.result import MMRMResult
from outcomes.models.mmrm.table_rows import SummedTable
from outcomes.models.mmrm.unused_levels import used_levels
from outcomes.models.stats.kernels.moments import Moments, PatternSet, pack, unpack

if TYPE_CHECKING:
    from outcomes.models.mmrm.products import Products

__all__ = ["fit_sums"]

Array = NDArray[np.float64]
Index = NDArray[np.intp]
#: So many digits of the fit of all rows are promised; a note says where there are fewer.
DIGITS = 9


def fit_sums(
    sums: Products,
    *,
    covariance: str = "us",
    method: str = "reml",
    df: str | None = None,
    fallback: Sequence[str] | str | bool | None = FALLBACK,
) -> MMRMResult:
    """Fit the model of added cross products."""
    options = Options(covariance, method, df, "model", read_fallback(fallback))
    if covariance.startswith("sp_") or options.df_method == "between-within":
        raise ArgumentError(
            "a numeric time and between-within need the rows of the data",
            got=f"covariance={covariance!r}, df={options.df_method!r}",
        )
    if not sums.n_obs:
        raise DataError(
            "the sums hold no row that is complete in response, covariates, subject and visit",
            got=f"{sums.received} rows",
        )
    sums = used_levels(sums)
    design, layout, raw = _design(sums), _layout(sums), _raw(sums)
    total = _total(raw, len(design.names) + 1)
    table = _table(sums, _digits(sums, total))
    basis = find_basis(_root_of(total))
    check_identified(table, design, basis)
    data = _in_basis(layout.patterns, raw, basis, len(design.names) + 1)
    check_residual(table, data)
    fitted = climb(
        data,
        layout,
        options,
        basis,
        n_obs=sums.n_obs,
        log_weights=sums.together.log_weights,
        n_groups=len(sums.groups),
    )
    inference = make_inference(fitted, _beta(fitted), options.df_method, sums.n_obs)
    return MMRMResult(
        Model(sums.formula, options, sums.roles, table, layout, design, inference, _grid(sums, design))
    )


def _beta(fitted: Fitted) -> Array:
    return np.asarray(fitted.basis.offset + fitted.basis.transform @ fitted.optimum.state.beta)


def _factors(sums: Products) -> dict[str, Factor]:
    none = np.zeros(0, dtype=np.intp)
    return {name: Factor(none, levels) for name, levels in sums.levels.items()}


def _design(sums: Products) -> PlainDesign:
    numbers = {name: np.zeros(0) for name in sums.together.moments}
    return PlainDesign(sums.n_obs, parse(sums.formula).terms, _factors(sums), numbers)


def _digits(sums: Products, total: Array) -> tuple[str, ...]:
    """Return a note on each number so far from zero that its sums hold less than ten digits of the fit."""
    n = sums.n_obs
    known = {name: (total / n, square / n) for name, (total, square) in sums.together.moments.items()}
    if parse(sums.formula).terms[:1] == ((),):  # the first column is the intercept
        known["the response"] = (total[0, -1] / total[0, 0], total[-1, -1] / total[0, 0])
    left = {name: digits_left(*facts) for name, facts in known.items()}
    return tuple(
        f"{name} lies far from zero for its spread: about {digits} digits of the fit are those of all rows; "
        "the same constant taken from it in every part leaves more"
        for name, digits in left.items()
        if digits < DIGITS
    )


def _table(sums: Products, far: tuple[str, ...]) -> SummedTable:
    none = np.zeros(0, dtype=np.intp)
    lost = sums.subjects_received - sums.n_subjects
    notes = (f"{lost} of {sums.subjects_received} subjects without a usable row",) if lost else ()
    return SummedTable(
        response=np.zeros(0),
        subject=none,
        visit=none,
        visit_levels=sums.visits,
        group=none,
        group_levels=sums.groups,
        weights=None if sums.roles.weights is None else np.zeros(0),
        factors=_factors(sums),
        numbers={name: np.zeros(0) for name in sums.together.moments},
        used=none,
        index=pd.RangeIndex(0),
        received=sums.received,
        excluded=dict(sums.excluded),
        subjects_received=sums.subjects_received,
        notes=("fitted to cross products", *far, *notes),
        n_obs=sums.n_obs,
        n_subjects=sums.n_subjects,
        largest_response=sums.largest_response,
    )


def _layout(sums: Products) -> Layout:
    """Return the patterns; nothing is known of the order of the rows."""
    keys = list(sums.counts)
    present = np.array([visits for _, visits in keys], dtype=bool).reshape(len(keys), -1)
    group = np.array([group for group, _ in keys], dtype=np.intp)
    patterns = PatternSet(present, np.array([sums.counts[key] for key in keys]), group)
    none = np.zeros(0, dtype=np.intp)
    return Layout(patterns, none, none, none, np.zeros(sums.n_subjects, dtype=np.intp), None)


def _raw(sums: Products) -> list[Array]:
    return [sums.sums[key] for key in sums.counts]


def _total(raw: list[Array], q: int) -> Array:
    """Return the cross products of all rows, each with itself."""
    total = np.zeros((q, q))
    for values in raw:
        width = int((np.sqrt(8 * len(values) + 1) - 1) / 2)
        j, k = np.triu_indices(width)
        total += unpack(values[j == k].sum(0), q)
    return total


def _root_of(total: Array):  # type: ignore[no-untyped-def]
    """Return blocks of rows with the sums' own cross products: all that a basis needs."""
    size = np.sqrt(np.diag(total))  # zero for a level that nobody has
    unit = np.where(size > 0, size, 1.0)
    value, vector = np.linalg.eigh(total / np.outer(unit, unit))
    root = (vector * np.sqrt(np.maximum(value, 0.0))).T * size
    return lambda: iter([root])


def _in_basis(patterns: PatternSet, raw: list[Array], basis: Basis, q: int) -> Moments:
    """Return the sums of rows in the basis: z* = z B with B = [[G, -b0], [0, 1]]."""
    p = len(basis.kept)
    change = np.zeros((q, p + 1))
    change[basis.kept, :p], change[basis.kept, p], change[-1, p] = basis.transform, -basis.offset, 1.0
    out = [pack(change.T @ unpack(values, q) @ change) for values in raw]
    return Moments(patterns, np.concatenate(out), p + 1)


def _grid(sums: Products, design: PlainDesign) -> MarginGrid:
    n, facts = sums.n_obs, sums.together
    means = {name: total / n for name, (total, _) in facts.moments.items()}
    spread = {
        name: float(np.sqrt(max(square / n - means[name] ** 2, 0.0)))
        for name, (_, square) in facts.moments.items()
    }
    cells = np.array(list(facts.cells), dtype=np.intp).reshape(len(facts.cells), -1)
    return MarginGrid(design, means, cells, np.array(list(facts.cells.values())), spread, None)
