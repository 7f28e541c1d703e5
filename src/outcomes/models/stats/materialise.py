"""From a formula's terms and a frame to the numbers of the design."""

from __future__ import annotations

import ast
import re
from math import prod
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from outcomes.errors import ArgumentError, DataError
from outcomes.models.stats.expressions import read_term
from outcomes.models.stats.formula_limits import basis_columns

__all__ = ["materialise"]

#: More coefficients than any of these models is fitted with; a matrix of them takes under a gigabyte.
MOST_COLUMNS = 10_000


def materialise(terms: Any, frame: pd.DataFrame) -> tuple[NDArray[np.float64], Any]:
    """Return the matrix of formulaic's terms (or of a spec) on a frame, and the spec that makes it again.

    Raises
    ------
    ArgumentError
        When the formula cannot be evaluated on these columns.
    DataError
        When it gives missing or infinite values.
    """
    from formulaic.errors import FormulaicError

    _refuse_many_columns(terms, frame)
    try:
        with np.errstate(all="ignore"):
            found = terms.get_model_matrix(frame, context={"np": np}, na_action="raise", output="pandas")
    except (FormulaicError, TypeError, ValueError, NameError, AttributeError, LookupError) as error:
        raise ArgumentError(
            "the formula cannot be evaluated on these data",
            hint="check its functions, and that factors and numbers are used as such",
        ) from error
    except (ArithmeticError, MemoryError, RecursionError) as error:
        raise ArgumentError(
            "the formula asks for more than can be computed",
            hint="look for a division by zero, a very large number, or many columns",
        ) from error
    matrix = np.ascontiguousarray(found, dtype=np.float64)
    if not np.isfinite(matrix).all():
        raise DataError(
            "the formula gives missing or infinite values in some rows",
            got=f"{int((~np.isfinite(matrix)).any(1).sum())} rows",
        )
    return matrix, found.model_spec


def _refuse_many_columns(terms: Any, frame: pd.DataFrame) -> None:
    """Refuse a design that no memory holds, such as patients times days as categories, before it is made."""
    known = getattr(terms, "column_names", None)  # of a spec that made columns before
    columns = len(known) if known else sum(prod(_width(f, frame) for f in term.factors) for term in terms)
    if columns > MOST_COLUMNS:
        raise ArgumentError(
            "the formula makes more columns than can be estimated",
            got=f"up to {columns:,.0f}",
            allowed=f"at most {MOST_COLUMNS:,}",
            hint="take a variable with very many levels out of the interaction, or as a number",
        )


def _width(factor: Any, frame: pd.DataFrame) -> float:
    """Return how many columns a factor makes at most."""
    if str(factor.eval_method.value) == "lookup":
        return _levels(frame, factor.expr) if factor.expr in frame else 1
    _, coded = read_term(factor.expr, factor.expr)
    width = prod(frame[name].nunique() for name in coded if name in frame)
    tree = ast.parse(re.sub(r"`[^`]*`", "quoted", factor.expr), mode="eval")
    calls = [node for node in ast.walk(tree) if isinstance(node, ast.Call)]
    return float(width) * prod(basis_columns(call, getattr(call.func, "id", "")) for call in calls)


def _levels(frame: pd.DataFrame, name: str) -> int:
    return 1 if pd.api.types.is_numeric_dtype(frame[name]) else frame[name].nunique()
