"""What the fit asks of a formula: its terms, and whether the plain coding of factors fits it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from outcomes.models.stats.expressions import Expression
from outcomes.models.stats.formulas import read_formula

__all__ = ["ParsedFormula", "parse"]


@dataclass(frozen=True, slots=True)
class ParsedFormula:
    """A formula taken apart.

    Parameters
    ----------
    text : str
        As it was given.
    response : Expression
        The left side, used as it is written.
    right : formulaic formula
        The right side.
    terms : tuple of tuple of str
        Right-hand side; the intercept is the empty tuple.
    plain : bool
        Every factor on the right is the name of a column, not an expression.
    variables : frozenset of str
        Names that occur on the right.
    categorical : frozenset of str
        Names that the formula itself declares categorical with C().
    factors : mapping
        Factor of a term, as the term writes it, to the columns that it needs.
    """

    text: str
    response: Expression
    right: Any
    terms: tuple[tuple[str, ...], ...]
    plain: bool
    variables: frozenset[str]
    categorical: frozenset[str]
    factors: Mapping[str, frozenset[str]]


def parse(formula: str) -> ParsedFormula:
    """Take a formula apart.

    Raises
    ------
    ArgumentError
        When it is not a formula with one response and one right-hand side.
    """
    read = read_formula(formula)
    factors = [f for term in read.terms for f in term.factors if f.expr != "1"]
    return ParsedFormula(
        text=formula,
        response=read.response,
        right=read.terms,
        terms=tuple(tuple(f.expr for f in term.factors if f.expr != "1") for term in read.terms),
        plain=all(f.eval_method.value == "lookup" for f in factors),
        variables=read.variables,
        categorical=read.categorical,
        factors=read.factors,
    )
