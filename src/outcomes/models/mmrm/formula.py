"""The formula: its response, its terms, and whether the plain coding of factors fits it."""

from __future__ import annotations

import ast
from dataclasses import dataclass
from functools import lru_cache

from outcomes.errors import ArgumentError

__all__ = ["ParsedFormula", "parse"]


@dataclass(frozen=True, slots=True)
class ParsedFormula:
    """A formula taken apart.

    Parameters
    ----------
    text : str
        As it was given.
    response : str
        Column or expression on the left.
    terms : tuple of tuple of str
        Right-hand side; the intercept is the empty tuple.
    plain : bool
        Every factor on both sides is the name of a column, not an expression.
    variables : frozenset of str
        Names that occur on the right.
    response_variables : frozenset of str
        Names that occur on the left.
    categorical : frozenset of str
        Names that the formula itself declares categorical with C().
    """

    text: str
    response: str
    terms: tuple[tuple[str, ...], ...]
    plain: bool
    variables: frozenset[str]
    response_variables: frozenset[str]
    categorical: frozenset[str]


@lru_cache(maxsize=128)
def parse(formula: str) -> ParsedFormula:
    """Take a formula apart.

    Raises
    ------
    ArgumentError
        When it is no formula with one response and one right-hand side.
    """
    from formulaic import Formula
    from formulaic.errors import FormulaicError

    try:
        parsed = Formula(formula)
    except (FormulaicError, SyntaxError, ValueError, RecursionError) as error:
        raise ArgumentError("formula cannot be read", got=repr(formula), hint=_hint(formula)) from error
    left, right = getattr(parsed, "lhs", None), getattr(parsed, "rhs", None)
    if left is None or right is None or len(list(left)) != 1 or not _is_flat(right):
        raise ArgumentError(
            "formula needs one response on the left of ~ and one set of terms on its right",
            got=repr(formula),
            hint=_hint(formula),
        )
    terms = tuple(tuple(f.expr for f in term.factors if f.expr != "1") for term in right)
    factors = [f for term in right for f in term.factors if f.expr != "1"]
    response = next(iter(left)).factors
    if len(response) != 1:
        raise ArgumentError("the response is not one column or expression", got=repr(formula))
    plain = all(f.eval_method.value == "lookup" for f in [*factors, *response])
    names = [_names(f) for f in factors]
    return ParsedFormula(
        text=formula,
        response=response[0].expr,
        terms=terms,
        plain=plain,
        variables=frozenset().union(*(n for n, _ in names)),
        response_variables=_names(response[0])[0],
        categorical=frozenset().union(*(c for _, c in names)),
    )


def _is_flat(right: object) -> bool:
    if right is None:
        return False
    try:
        return all(hasattr(term, "factors") for term in right)  # type: ignore[attr-defined]
    except TypeError:
        return False


def _hint(formula: object) -> str:
    if "|" in str(formula):
        return "the covariance is no term: say it with covariance=, subject= and visit="
    return "write it as 'response ~ term + term * term'"


def _names(factor: object) -> tuple[frozenset[str], frozenset[str]]:
    """Return the names in a factor, and those that C() declares categorical."""
    expr = str(factor.expr)  # type: ignore[attr-defined]
    if factor.eval_method.value == "lookup":  # type: ignore[attr-defined]
        return frozenset([expr]), frozenset()
    try:
        tree = ast.parse(expr, mode="eval")
    except SyntaxError:
        return frozenset(), frozenset()
    calls = [node for node in ast.walk(tree) if isinstance(node, ast.Call)]
    other = {id(call.func) for call in calls}
    other |= {id(n.value) for n in ast.walk(tree) if isinstance(n, ast.Attribute)}
    names = {n.id for n in ast.walk(tree) if isinstance(n, ast.Name) and id(n) not in other}
    names |= {
        str(c.args[0].value) for c in calls if _called(c) == "Q" and isinstance(c.args[0], ast.Constant)
    }
    declared = {
        n.id
        for c in calls
        if _called(c) == "C" and c.args
        for n in ast.walk(c.args[0])
        if isinstance(n, ast.Name)
    }
    return frozenset(names), frozenset(declared)


def _called(call: ast.Call) -> str:
    return call.func.id if isinstance(call.func, ast.Name) else ""
