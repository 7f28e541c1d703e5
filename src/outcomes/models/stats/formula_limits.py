"""How large what a formula asks for may be: its text, its terms, its numbers, the columns of a spline.

A formula is a short text that can ask for more than any machine holds (``bs(x, df=10**9)``, 26 columns
multiplied, 9 to the power of 9 to the power of 9). What it asks for is reckoned before anything is computed.
"""

from __future__ import annotations

import ast
import math
import operator
from collections.abc import Callable, Iterator
from functools import lru_cache
from typing import Any

import numpy as np

from outcomes.errors import ArgumentError

__all__ = ["basis_columns", "check_length", "check_numbers", "check_sizes", "check_terms"]

LONGEST = 10_000
MOST_TERMS = 2_000
#: Columns of one spline or polynomial: more than any curve needs, and than most studies have values.
LARGEST_BASIS = 50
#: Highest power of a number, as against that of a column, which is a float and cannot grow.
LARGEST_POWER = 64
#: Whole numbers up to here are exact as floats: arithmetic with them never needs more than a few bytes.
LARGEST_WHOLE = 2**53

#: Functions that make several columns of one, and where their sizes stand: by place and by name.
_BASES: dict[str, dict[int | str, str]] = {
    "bs": {1: "df", 3: "degree"}, "cc": {1: "df"}, "cr": {1: "df"}, "cs": {1: "df"}, "poly": {1: "degree"},
}  # fmt: skip
#: Functions that take no column: how levels are coded, and a column's name in quotes.
_CODINGS = ("Diff", "Helmert", "Poly", "Q", "Sum", "Treatment")
_OPERATORS: dict[type[ast.AST], Callable[..., Any]] = {
    ast.Add: operator.add, ast.Sub: operator.sub, ast.Mult: operator.mul, ast.Div: operator.truediv,
    ast.FloorDiv: operator.floordiv, ast.Mod: operator.mod, ast.Pow: operator.pow, ast.BitAnd: operator.and_,
    ast.BitOr: operator.or_, ast.UAdd: operator.pos, ast.USub: operator.neg, ast.Invert: operator.invert,
    ast.Not: operator.not_,
}  # fmt: skip


def check_length(formula: str) -> None:
    """Refuse a text that is longer than any formula.

    Raises
    ------
    ArgumentError
        For more than `LONGEST` characters.
    """
    if len(formula) > LONGEST:
        raise ArgumentError(
            "the formula is too long",
            got=f"{len(formula):,} characters",
            allowed=f"at most {LONGEST:,}",
            hint="make a column of what belongs together first, and name it in the formula",
        )


def check_terms(tree: Any, formula: str) -> None:
    """Refuse a formula whose products and powers would make too many terms, before they are made.

    Parameters
    ----------
    tree : formulaic's syntax tree
        Operators with their arguments; anything else is one term.
    formula : str
        For the message.

    Raises
    ------
    ArgumentError
        For more than `MOST_TERMS` terms, or combinations of terms on the way to them.
    """
    count: dict[int, float] = {}
    for node in _from_the_leaves(tree):
        below = [count.get(id(part), 1.0) for part in node.args]
        symbol = str(node.operator.symbol)
        count[id(node)] = _terms(symbol, below, node.args)
        if count[id(node)] > MOST_TERMS:
            raise ArgumentError(
                "the formula has too many terms",
                got=repr(formula),
                allowed=f"at most {MOST_TERMS:,}",
                hint="write the interactions that are meant instead of all products or a high power",
            )


def _terms(symbol: str, below: list[float], args: Any) -> float:
    if symbol in ("**", "^"):
        try:
            power = int(str(args[1]))
        except ValueError:  # no whole number: refused when the formula is read
            return below[0]
        return below[0] ** power if 0 <= power <= LARGEST_POWER else math.inf
    if symbol == ":":
        return math.prod(below)
    return sum(below) + (math.prod(below) if symbol == "*" else 0)


def _from_the_leaves(tree: Any) -> Iterator[Any]:
    """Yield the operators of a tree, each after those below it; a tree may be thousands deep."""
    found, waiting = [], [tree] if hasattr(tree, "operator") else []
    while waiting:
        node = waiting.pop()
        found.append(node)
        waiting += [part for part in node.args if hasattr(part, "operator")]
    yield from reversed(found)


def check_numbers(body: ast.expr, refuse: Callable[[], ArgumentError]) -> None:
    """Refuse arithmetic without a column that could take all memory: large whole numbers, towers of powers.

    Raises
    ------
    ArgumentError
        The one that `refuse` makes.
    """
    try:
        for node in ast.walk(body):
            if isinstance(node, (ast.Constant, ast.BinOp, ast.UnaryOp, ast.Call)):
                _number(node)
    except (ArithmeticError, AttributeError, LookupError, RecursionError, TypeError, ValueError) as error:
        raise refuse() from error


@lru_cache(maxsize=1024)
def _number(node: ast.AST) -> Any:
    """Return the value of arithmetic without a column, None for what holds a column."""
    match node:
        case ast.Constant(value=value):
            return _small(value)
        case ast.UnaryOp(op=kind, operand=operand):
            value = _number(operand)
            return None if value is None else _small(_OPERATORS[type(kind)](value))
        case ast.BinOp(left=left, op=kind, right=right):
            values = _number(left), _number(right)
            return None if None in values else _small(_apply(kind, *values))
        case ast.Call(func=func, args=args):
            return _called(func, args)
        case ast.Compare(left=left, comparators=others):
            if None not in [_number(side) for side in (left, *others)]:
                raise TypeError  # a yes or no about nothing
            return None
        case ast.Name():
            return None
    raise TypeError


def _small(value: Any) -> Any:
    if isinstance(value, (int, float)) and (
        math.isnan(value) or (isinstance(value, int) and abs(value) > LARGEST_WHOLE)
    ):
        raise OverflowError
    return value


def _apply(kind: ast.operator, left: Any, right: Any) -> Any:
    if isinstance(kind, ast.Pow) and abs(right) > LARGEST_POWER:
        raise OverflowError
    return _OPERATORS[type(kind)](left, right)


def _called(func: ast.AST, args: list[ast.expr]) -> Any:
    """Return the value of a function of numbers; a spline, a coding or a centred column needs a column."""
    name = func.attr if isinstance(func, ast.Attribute) else getattr(func, "id", "")
    numeric = isinstance(func, ast.Name) or getattr(func.value, "id", "") == "np"  # type: ignore[attr-defined]
    if name in _CODINGS or not numeric:
        return None
    own = name == "I" or hasattr(np, name)
    values = [_number(arg) for arg in (args if own else args[:1])]
    if name == "round" and any(abs(digits or 0) > LARGEST_POWER for digits in values[1:]):
        raise OverflowError
    if None in values or not values:
        return None
    if name == "I":
        return values[0]
    with np.errstate(all="ignore"):
        return _small(float(getattr(np, name)(*map(float, values))))


def basis_columns(call: ast.Call, name: str) -> float:
    """Return how many columns a spline or polynomial makes at most; 1 for any other function.

    NaN when a size is no whole number that is written out.
    """
    if name not in _BASES:
        return 1
    places = _BASES[name]
    given = {places.get(place, "knots"): part for place, part in enumerate(call.args) if place}
    given |= {str(keyword.arg): keyword.value for keyword in call.keywords}
    written = [given[size] for size in places.values() if size in given and not _nothing(given[size])]
    if any(isinstance(part, (ast.List, ast.Tuple, ast.Dict)) for part in written):
        return math.nan
    sizes = [_number(part) for part in written]
    if not all(isinstance(size, int) and size >= 0 for size in sizes):
        return math.nan
    knots = [len(part.elts) for part in given.values() if isinstance(part, (ast.List, ast.Tuple))]
    return float(1 + sum(sizes) + sum(knots))


def _nothing(node: ast.AST) -> bool:
    return isinstance(node, ast.Constant) and node.value is None


def check_sizes(call: ast.Call, name: str, text: str) -> None:
    """Refuse a spline or polynomial whose size is no small whole number, or depends on a column.

    Raises
    ------
    ArgumentError
        For more than `LARGEST_BASIS` columns.
    """
    if name not in _BASES:
        return
    rest = [*call.args[1:], *(keyword.value for keyword in call.keywords)]
    columns = any(isinstance(part, (ast.Name, ast.Call)) for node in rest for part in ast.walk(node))
    if columns or not basis_columns(call, name) <= LARGEST_BASIS + 1:
        raise ArgumentError(
            f"{name}() makes a few columns of one",
            got=repr(text),
            allowed=f"sizes and knots written as numbers, together at most {LARGEST_BASIS}",
            hint=f"for example {name}(x, {next(iter(_BASES[name].values()))}=4)",
        )
