"""What a formula may call and compute with: listed functions, numbers and columns, nothing else."""

from __future__ import annotations

import ast
from collections.abc import Callable
from typing import Any

import numpy as np

from outcomes.errors import ArgumentError, suggest
from outcomes.models.stats.formula_limits import check_numbers, check_sizes

__all__ = ["ARGUMENTS", "BARE", "CODINGS", "FUNCTIONS", "HABITS", "NUMERIC", "called", "check"]

#: Functions of numbers, under their own name or as np.name.
NUMERIC: dict[str, Callable[..., Any]] = {
    name: getattr(np, name)
    for name in (
        "abs", "cbrt", "ceil", "clip", "cos", "exp", "exp2", "expm1", "floor", "log", "log10", "log1p",
        "log2", "maximum", "minimum", "power", "round", "sign", "sin", "sqrt", "square", "tanh",
    )
}  # fmt: skip
#: Arguments of those that take more than one; another would be where NumPy writes its answer.
ARGUMENTS = {"clip": 3, "maximum": 2, "minimum": 2, "power": 2}
#: What formulaic adds on the right: codings, polynomials and splines, centred and scaled columns.
CODINGS = (
    "C", "Diff", "Helmert", "I", "Poly", "Q", "Sum", "Treatment", "bs", "cc", "center", "cr", "cs",
    "exp10", "poly", "scale", "standardize",
)  # fmt: skip
#: Those that take a column, or arithmetic of columns, first.
_OF_COLUMNS = frozenset({*CODINGS, *NUMERIC, *(f"np.{name}" for name in NUMERIC)}) - {
    "Diff", "Helmert", "Poly", "Q", "Sum", "Treatment",
}  # fmt: skip
#: Functions that formulaic knows without np. before them.
BARE = (*CODINGS, "exp", "exp2", "log", "log10", "log2")
FUNCTIONS = (*CODINGS, *NUMERIC)

#: How R and SAS write what is said otherwise here.
HABITS = {
    "factor": "write C(x) for a category",
    "as.factor": "write C(x) for a category",
    "ordered": "write C(x), or give the column an ordered categorical type",
    "relevel": "give the reference level with C(x, Treatment('level'))",
    "offset": "there is no offset: subtract the known part from the response; days or hours at risk have an "
    "argument of their own",
    "s": "write bs(x, df=4) or cr(x, df=4) for a spline",
    "ns": "write cr(x, df=4) for a natural spline",
    "rcs": "write cr(x, df=4) for a restricted spline",
    "cbind": "give one response column",
    "lag": "make the column first, within each patient: a formula does not know whose row comes before",
}
_ALLOWED = (
    ast.Expression, ast.BinOp, ast.UnaryOp, ast.Name, ast.Constant, ast.Call, ast.keyword, ast.Load,
    ast.Attribute, ast.operator, ast.unaryop, ast.List, ast.Tuple, ast.Dict, ast.Compare,
    ast.Eq, ast.NotEq, ast.Lt, ast.LtE, ast.Gt, ast.GtE,
)  # fmt: skip
#: What no arithmetic can be done with, and what it may still stand in.
_HELD = (ast.Constant, ast.List, ast.Tuple, ast.Dict)


def check(body: ast.expr, formula: str, functions: Any, *, bare: Any) -> None:
    """Refuse calls that are not listed, and anything but arithmetic.

    Parameters
    ----------
    body : ast expression
        What is computed.
    formula : str
        For the message.
    functions, bare : collections of str
        Functions that may be called, and those of them without ``np.`` before their name.

    Raises
    ------
    ArgumentError
        For a call that is not listed, a construct that is no arithmetic, a number that is too large.
    """
    calls = [node for node in ast.walk(body) if isinstance(node, ast.Call)]
    functional = {id(call.func) for call in calls}
    for call in calls:
        _check_call(called(call.func), formula, functions, bare)
        check_sizes(call, called(call.func), formula)
    for node in ast.walk(body):
        attribute = isinstance(node, ast.Attribute) and id(node) not in functional
        if (attribute and called(node) not in CONTRASTS) or not _is_arithmetic(node):
            raise _not_arithmetic(formula)
    check_numbers(body, lambda: _not_arithmetic(formula))


def _not_arithmetic(formula: str) -> ArgumentError:
    return ArgumentError(
        "a formula computes with columns, numbers and listed functions only",
        got=repr(formula),
        hint="make the column first and name it in the formula",
    )


def _is_arithmetic(node: ast.AST) -> bool:
    """Say whether a node computes with numbers: text and lists stand only where a function takes them."""
    match node:
        case ast.BinOp(left=left, op=kind, right=right):
            if isinstance(kind, (ast.LShift, ast.RShift, ast.MatMult)):
                return False
            return not any(isinstance(side, _HELD) and not _is_number(side) for side in (left, right))
        case ast.Call(func=func, args=args, keywords=keywords):
            first = [arg for arg in args[:1] if isinstance(arg, _HELD) and not _is_number(arg)]
            named = all(keyword.arg not in (None, "x", "data", "out") for keyword in keywords)
            return named and not (first and called(func) in _OF_COLUMNS)
    return isinstance(node, _ALLOWED)


def _is_number(node: ast.AST) -> bool:
    return isinstance(node, ast.Constant) and isinstance(node.value, (int, float))


#: Codings as formulaic's contr namespace has them.
CONTRASTS = tuple(
    f"contr.{name}" for name in ("treatment", "sum", "helmert", "diff", "poly", "sas", "custom")
)


def _check_call(name: str, formula: str, functions: Any, bare: Any) -> None:
    numeric = name.removeprefix("np.") if name.startswith("np.") else ""
    if name in bare or name in CONTRASTS or (numeric in NUMERIC and numeric in functions):
        return
    listed = [*(one for one in bare if one not in NUMERIC), *(f"np.{one}" for one in NUMERIC)]
    hint = HABITS.get(name) or (f"write np.{name}" if name in NUMERIC else suggest(name, listed))
    raise ArgumentError(
        "the formula calls what a formula may not call",
        got=repr(name or formula),
        allowed=None if hint else ", ".join(listed),
        hint=hint,
    )


def called(func: ast.AST) -> str:
    """Return a function's name with what stands before its points; empty for anything else."""
    match func:
        case ast.Name(id=name):
            return name
        case ast.Attribute(value=ast.Name(id=owner), attr=name):
            return f"{owner}.{name}"
    return ""
