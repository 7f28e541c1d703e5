"""From a formula and a frame to arrays: which rows can be used, which columns can be estimated."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd
from formulaic import ModelSpec
from numpy.typing import NDArray

from outcomes.errors import DataError
from outcomes.models.stats.formulas import read_formula
from outcomes.models.stats.input_frames import check_columns, in_order
from outcomes.models.stats.kernels.conditioning import Basis, independent
from outcomes.models.stats.materialise import materialise

__all__ = ["Design", "make_design"]

Array = NDArray[np.float64]
Index = NDArray[np.intp]

#: A row that misses a dependency between columns by more than this share of the column does not keep it.
ESTIMABLE = 1e-6


@dataclass(frozen=True, slots=True, eq=False)
class Design:
    """Arrays of a regression, rows sorted by patient.

    The columns are kept for distinct covariate rows only (`full`); `cell` maps each used row to its own.
    `matrix` holds the columns that are estimated, orthonormal over the used rows; `basis` leads back.
    """

    response: Array  # (rows,)
    cell: Index  # (rows,) position in `matrix`
    subject: Index  # (rows,) 0, 1, ... sorted
    full: Array  # (cells, all columns of the formula)
    matrix: Array  # (cells, p)
    basis: Basis
    covariates: pd.DataFrame  # (cells) values of the formula's variables
    terms: tuple[str, ...]
    spec: ModelSpec
    kept: Index  # columns of `full` that are estimated
    dropped: Index  # those that are not, and how they follow from `matrix` (p, dropped)
    dependence: Array
    rows: pd.DataFrame  # the used rows, in the arrays' order
    notes: tuple[str, ...]

    @property
    def n_subjects(self) -> int:
        """Number of patients with a used row."""
        return int(self.subject[-1]) + 1 if len(self.subject) else 0

    def keep(self, chosen: NDArray[np.bool_], note: str) -> Design:
        """Return the design of some of the rows, with a note that says why the others are out."""
        subject = np.unique(self.subject[chosen], return_inverse=True)[1].astype(np.intp)
        used = np.bincount(self.cell[chosen], minlength=len(self.full))
        columns = _estimated(self.full, used, _names(self.spec))
        lost = [name for name in self.terms if name not in columns["terms"]]
        more = (note, f"columns without a used row were dropped: {', '.join(lost)}") if lost else (note,)
        return replace(
            self,
            response=self.response[chosen],
            cell=self.cell[chosen],
            subject=subject,
            rows=self.rows.loc[chosen].reset_index(drop=True),
            notes=(*self.notes, *more),
            **columns,
        )

    def collapsed(self, response: Array, subject: NDArray[Any], cell: NDArray[Any]) -> Design:
        """Return the design of rows that were added up: new responses, patients and cells."""
        return replace(
            self,
            response=response,
            subject=subject.astype(np.intp),
            cell=cell.astype(np.intp),
            rows=self.rows.iloc[:0],
        )

    def at(self, covariates: pd.DataFrame) -> tuple[Array, NDArray[np.bool_]]:
        """Return the orthonormal columns for other covariate values, and at which of them the data speak.

        They say nothing of a row that breaks a dependency between columns which holds in the data, such as
        a level that no used row has.
        """
        full = materialise(self.spec, covariates)[0]
        columns = self.basis.columns(full[:, self.kept])
        if not len(self.dropped):
            return columns, np.ones(len(columns), dtype=bool)
        there = full[:, self.dropped]
        size = np.maximum(np.abs(there).max(axis=0), np.abs(self.full[:, self.dropped]).max(axis=0))
        missed = np.abs(there - columns @ self.dependence) > ESTIMABLE * size
        return columns, ~missed.any(axis=1)


def make_design(
    formula: str, data: pd.DataFrame, *, subject: str, extra: tuple[str, ...] = (), sort: tuple[str, ...] = ()
) -> Design:
    """Build the arrays of a model; rows without a needed value are left out and counted.

    Parameters
    ----------
    formula : str
        ``response ~ terms``; the response is one column.
    data : DataFrame
        One row per observation.
    subject : str
        Column that names the patient.
    extra : tuple of str
        Further columns that must not be missing (days recorded, a calendar day).
    sort : tuple of str
        Columns by which rows are ordered within a patient.

    Returns
    -------
    Design

    Raises
    ------
    ArgumentError
        For a formula that cannot be read or evaluated, or a column that the frame does not have.
    DataError
        When the formula gives missing or infinite values.
    """
    read = read_formula(formula)
    response, terms, variables = read.response_column("this model"), read.terms, sorted(read.variables)
    need = list(dict.fromkeys([response, *variables, subject, *extra, *sort]))
    check_columns("data", data, need, numbers=[response, *extra])
    usable = data[need].notna().all(axis=1).to_numpy(dtype=bool)
    rows = data.loc[usable, need].reset_index(drop=True)
    order = np.lexsort([_codes(rows[name]) for name in (*reversed(sort), subject)])
    rows = rows.iloc[order].reset_index(drop=True)
    notes = _missing_notes(data, need, usable)
    cell, covariates = _cells(rows, variables)
    spec, full = _matrix(terms, covariates)
    columns = _estimated(full, np.bincount(cell, minlength=len(full)), _names(spec))
    if len(columns["dropped"]):
        named = ", ".join(_names(spec)[j] for j in columns["dropped"])
        notes += (f"columns that the data cannot tell apart were dropped: {named}",)
    return Design(
        response=rows[response].astype(np.float64).to_numpy(),
        cell=cell,
        subject=_codes(rows[subject]),
        full=full,
        covariates=covariates,
        spec=spec,
        rows=rows,
        notes=notes,
        **columns,
    )


def _names(spec: Any) -> list[str]:
    return list(spec.column_names) if spec is not None else []


def _estimated(full: Array, used: NDArray[Any], names: list[str]) -> dict[str, Any]:
    """Return the columns that can be estimated from the used rows, and how the others follow from them."""
    kept, dropped = independent(full, used)
    basis = Basis.of(full[:, kept], used)
    matrix = basis.columns(full[:, kept])
    # The columns are orthonormal over the used rows: their products are the least squares coefficients.
    dependence = (matrix * used[:, None]).T @ full[:, dropped] / max(int(used.sum()), 1)
    return {
        "matrix": matrix,
        "basis": basis,
        "terms": tuple(names[j] for j in kept),
        "kept": kept,
        "dropped": dropped,
        "dependence": dependence,
    }


def _missing_notes(data: pd.DataFrame, need: list[str], usable: NDArray[np.bool_]) -> tuple[str, ...]:
    if usable.all():
        return ()
    missing = data[need].isna().sum()
    named = ", ".join(f"{name} {count}" for name, count in missing[missing > 0].items())
    return (f"{int((~usable).sum())} of {len(data)} rows left out for a missing value ({named})",)


def _codes(column: pd.Series) -> Index:
    """Return 0, 1, ... in sorted order of the values that occur."""
    codes, _ = pd.factorize(column, sort=True)
    return np.asarray(codes, dtype=np.intp)


def _cells(rows: pd.DataFrame, variables: list[str]) -> tuple[Index, pd.DataFrame]:
    """Return each row's distinct covariate pattern, and the patterns."""
    code = np.zeros(len(rows), dtype=np.int64)
    for name in variables:
        column = pd.factorize(rows[name])[0].astype(np.int64)
        # Renumbered after each column, so that the product never leaves the range of int64.
        code = pd.factorize(code * (column.max(initial=0) + 1) + column)[0].astype(np.int64)
    first = np.zeros(code.max(initial=-1) + 1, dtype=np.intp)
    first[code[::-1]] = np.arange(len(rows))[::-1]
    covariates = rows[variables].iloc[first].reset_index(drop=True)
    return code.astype(np.intp), _plain(covariates)


def _plain(covariates: pd.DataFrame) -> pd.DataFrame:
    """Return columns as formulaic takes them: floats for numbers, categories without empty levels."""
    out = {}
    for name, column in covariates.items():
        if pd.api.types.is_datetime64_any_dtype(column) or pd.api.types.is_timedelta64_dtype(column):
            raise DataError(
                "a covariate is a date or a duration",
                got=repr(name),
                hint="turn it into a number of days or into a category",
            )
        if isinstance(column.dtype, pd.CategoricalDtype):
            out[name] = column.cat.remove_unused_categories()
        elif pd.api.types.is_bool_dtype(column) or pd.api.types.is_numeric_dtype(column):
            out[name] = column.astype(np.float64)
        else:
            out[name] = pd.Categorical(column.astype(object), categories=in_order(column.unique()))
    return pd.DataFrame(out, index=covariates.index)


def _matrix(terms: Any, covariates: pd.DataFrame) -> tuple[Any, Array]:
    if not len(covariates):
        return None, np.empty((0, 0))
    if not covariates.shape[1]:
        covariates = pd.DataFrame({"_": np.zeros(len(covariates))})
    matrix, spec = materialise(terms, covariates)
    return spec, matrix
