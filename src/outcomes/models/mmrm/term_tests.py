"""F tests: of terms (Type II and III), and of coefficients or rows of L that the caller names."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from outcomes.errors import ArgumentError, instance_of, suggest
from outcomes.models.mmrm.formula import parse
from outcomes.models.mmrm.model import Model
from outcomes.models.mmrm.terms import Term, read_terms, type_three, type_two
from outcomes.results import Estimates

__all__ = ["anova_of", "joint_of", "read_matrix"]

Array = NDArray[np.float64]

#: How the two types of hypotheses may be written.
TYPES = {"III": "III", "3": "III", "II": "II", "2": "II"}
#: Rows of the data at which a covariate's expression is evaluated to see what it spans.
POINTS = 16
#: A combination of rows of L is estimable when it misses by less than this share.
ESTIMABLE = 1e-8

NO_F = "no F distribution has the moments of this statistic: too few subjects, so it has no df and no P"
SINGULAR = "the covariance of these coefficients is not positive definite: no test"


def anova_of(model: Model, kind: Any) -> Estimates:
    """Return an F test of every term but the intercept."""
    if str(kind) not in TYPES:
        raise ArgumentError("type is not one of its options", got=repr(kind), allowed="'III', 'II'")
    kind = TYPES[str(kind)]
    terms = _terms(model)
    tested = [term for term in terms if term.factors or term.covariates]
    if not tested:
        raise ArgumentError("the formula has no term to test", got=repr(model.formula))
    rows, notes = [], []
    for term in tested:
        matrix, lost = _rows_of(model, term, terms, kind)
        row = _joint_row(model, matrix)
        rows.append({"term": term.name} | row | {"status": _status(row, matrix, lost)})
        notes += _about(term, terms, kind)
    frame = pd.DataFrame(rows)
    if (frame["num_df"] > 0).any() and frame.loc[frame["num_df"] > 0, "df"].isna().any():
        notes.append(NO_F)
    return model.wrap(frame, f"Type {kind} F tests of the terms", None, *notes)


def _terms(model: Model) -> list[Term]:
    return read_terms(parse(model.formula), model.design.term_columns, model.design.levels)


def _rows_of(model: Model, term: Term, terms: list[Term], kind: str) -> tuple[Array, int]:
    """Return L over the estimated columns, and how many of its rows the data cannot estimate."""
    if kind == "II":
        return _type_two_rows(model, term, terms), 0
    rows = type_three(term, terms, model.grid, _points(model))
    basis = model.fitted.basis
    gap = rows[:, basis.kept] @ basis.alias_of - rows[:, basis.aliased]
    if not gap.size or np.abs(gap).max(initial=0.0) <= ESTIMABLE:
        return rows[:, basis.kept], 0
    left, value, _ = np.linalg.svd(gap)
    missed = int((value > ESTIMABLE).sum())
    return left[:, missed:].T @ rows[:, basis.kept], missed


def _type_two_rows(model: Model, term: Term, terms: list[Term]) -> Array:
    basis = model.fitted.basis
    place = {int(column): i for i, column in enumerate(basis.kept)}
    kept = [
        Term(t.name, tuple(place[c] for c in t.columns if c in place), t.factors, t.covariates) for t in terms
    ]
    root = model.design_root()
    ones = model.constant()
    return type_two(next(t for t in kept if t.name == term.name), kept, root, ones)


def _points(model: Model) -> dict[str, Array]:
    """Return values of the covariates: one where the design is linear in them, else some of the data's."""
    numbers = model.table.numbers
    if parse(model.formula).plain:
        return {name: np.ones(1) for name in model.design.covariates}
    n = len(model.table.response)
    at = np.unique(np.linspace(0, n - 1, POINTS).astype(np.intp))
    return {name: numbers[name][at] for name in model.design.covariates}


def _joint_row(model: Model, matrix: Array) -> dict[str, float]:
    if not len(matrix):
        return dict.fromkeys(("num_df", "df", "statistic", "p_value"), float("nan")) | {"num_df": 0.0}
    joint = model.inference.joint(matrix)
    return {
        "num_df": float(joint.num_df),
        "df": joint.df,
        "statistic": joint.statistic,
        "p_value": joint.p_value,
    }


def _status(row: dict[str, float], matrix: Array, lost: int) -> str:
    if not len(matrix):
        return "not estimable"
    if not row["num_df"]:
        return SINGULAR
    if not row["df"] > 0:
        return "no P: too few subjects for an F distribution"
    return f"{lost} of {len(matrix) + lost} df not estimable: cells without data" if lost else "ok"


def _about(term: Term, terms: list[Term], kind: str) -> list[str]:
    """Say where a term is tested that meets a covariate in an interaction."""
    met = sorted({c for other in terms if other.meets(term) for c in other.covariates - term.covariates})
    if not met:
        return []
    zero = " and ".join(f"{name} = 0" for name in met)
    return [f"{term.name} is tested at {zero}: contrasts(at=) gives it at other values"]


def joint_of(model: Model, what: Any) -> Estimates:
    """Return the F test of terms, coefficients or rows of L."""
    instance_of("what", what, Iterable, hint="give terms, names of coefficients or rows of L")
    if isinstance(what, str):
        what = [what]
    notes: list[str] = []
    known = {frozenset(term.split(":")): term for term in model.design.term_columns}
    if not isinstance(what, (pd.DataFrame, np.ndarray)) and all(isinstance(name, str) for name in what):
        named = [known.get(frozenset(name.split(":")), name) for name in what]  # "visit:arm" is "arm:visit"
        rows, label = _select(model, named), ", ".join(what)
        notes += _inside(model, named)
    else:
        rows, label = read_matrix(model, what), "L"
    tested = _joint_row(model, rows)
    rank = int(tested["num_df"])
    if not tested["df"] > 0:
        notes.append(NO_F if rank or not len(rows) else SINGULAR)
    if 0 < rank < len(rows):
        notes.append(f"{len(rows) - rank} of {len(rows)} rows of L repeat the others: {rank} df are tested")
    return model.wrap(pd.DataFrame([{"term": label} | tested]), "Joint F test", None, *notes)


def _inside(model: Model, names: list[str]) -> list[str]:
    """Say what the coefficients of a term are about that is part of an interaction."""
    terms = {term.name: term for term in _terms(model)}
    out = []
    for name in names:
        term = terms.get(name)
        if term is None or not (term.factors or term.covariates):
            continue
        above = [t for t in terms.values() if t.meets(term) and t.name not in names]
        if not above:
            continue
        levels = sorted(frozenset().union(*(t.factors for t in above)) - term.factors)
        numbers = sorted(frozenset().union(*(t.covariates for t in above)) - term.covariates)
        first = [f"{one} = {model.first_level(one)}" for one in levels] + [f"{one} = 0" for one in numbers]
        above_names = ", ".join(t.name for t in above)
        out.append(
            f"{name} is part of {above_names}: its own coefficients are tested here, that is {name} at "
            f"{' and '.join(first)}; anova() tests {name} over all levels"
        )
    return out


def _select(model: Model, names: Sequence[str]) -> Array:
    columns: list[int] = []
    known, terms = list(model.design.names), model.design.term_columns
    for name in names:
        if name in terms:
            columns += terms[name]
        elif name in known:
            columns.append(known.index(name))
        else:
            options = [*terms, *model.terms]
            raise ArgumentError(
                "the formula has no such term or coefficient",
                got=repr(name),
                allowed=", ".join(options[:60]),
                hint=suggest(name, options),
            )
    kept = [i for i, column in enumerate(model.fitted.basis.kept) if column in columns]
    if not kept:
        raise ArgumentError("none of the columns could be estimated", got=", ".join(names) or "no names")
    return np.eye(len(model.terms))[kept]


def read_matrix(model: Model, matrix: Any) -> Array:
    """Return L (l, p) over the estimated columns.

    Raises
    ------
    ArgumentError
        For columns that are no coefficient, numbers that are none, and rows of zeros.
    """
    if isinstance(matrix, pd.DataFrame):
        unknown = [str(c) for c in matrix.columns if c not in model.terms]
        if unknown:
            raise ArgumentError(
                "L has columns that are not coefficients",
                got=", ".join(unknown),
                allowed=", ".join(model.terms),
            )
        matrix = matrix.reindex(columns=list(model.terms), fill_value=0.0)
    try:
        full = np.atleast_2d(np.asarray(matrix, dtype=np.float64))
    except (TypeError, ValueError) as error:
        raise ArgumentError("L is not a matrix of numbers", got=type(matrix).__name__) from error
    if full.ndim != 2 or full.shape[1] != len(model.terms) or not np.isfinite(full).all():
        raise ArgumentError(
            "L needs one finite number for each coefficient",
            got=f"shape {full.shape}",
            allowed=f"{len(model.terms)} columns: {', '.join(model.terms)}",
        )
    if len(full) == 0 or not full.any(1).all():
        raise ArgumentError("L has a row of zeros, or no row")
    return full
