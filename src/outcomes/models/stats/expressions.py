"""What a formula may compute: names of columns, arithmetic and listed functions, nothing else.

A formula is evaluated as Python, so a formula that came in a file could run anything. Every expression is
therefore read first, and refused when it holds a call, an attribute or a construct that is not listed.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from outcomes.errors import ArgumentError, DataError, suggest

__all__ = ["CODINGS", "FUNCTIONS", "HABITS", "NUMERIC", "Expression", "read_expression", "read_term"]

Array = NDArray[np.float64]

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
    ast.Attribute, ast.operator, ast.unaryop, ast.List, ast.Tuple, ast.Dict, ast.Compare, ast.cmpop,
    ast.BoolOp, ast.boolop,
)  # fmt: skip
_ARITHMETIC: dict[type[ast.operator], Callable[[Any, Any], Any]] = {
    ast.Add: np.add, ast.Sub: np.subtract, ast.Mult: np.multiply, ast.Div: np.true_divide, ast.Pow: np.power,
}  # fmt: skip
#: A column's name in backticks, or with points in it as R has them.
_QUOTED = re.compile(r"`([^`]*)`|(?<![\w.])(?!np\.)([^\W\d]\w*(?:\.\w+)+)(?!\s*\(|[\w.])")


@dataclass(frozen=True, slots=True, eq=False)
class Expression:
    """A response as it is written.

    Parameters
    ----------
    text : str
        What stands left of the ``~``.
    column : str or None
        The column, when the response is one and nothing else.
    variables : frozenset of str
        Columns that it needs.
    """

    text: str
    column: str | None
    variables: frozenset[str]
    _body: ast.expr
    _names: Mapping[str, str]

    def evaluate(self, numbers: Mapping[str, Array]) -> Array:
        """Return its values from the values of its columns, NaN where one of them is missing.

        Raises
        ------
        DataError
            When it gives no finite number where every column has one (the log of nothing, a division by
            zero): such rows would be lost without a word.
        """
        with np.errstate(all="ignore"):
            value = np.asarray(self._value(self._body, numbers), dtype=np.float64)
        columns = [numbers[name] for name in self.variables]
        value = np.broadcast_to(value, columns[0].shape).copy()
        known = np.logical_and.reduce([np.isfinite(column) for column in columns])
        if lost := int((known & ~np.isfinite(value)).sum()):
            raise DataError(
                "the response is not a number in some rows although its columns are",
                got=f"{self.text!r} in {lost} rows",
                hint="a logarithm or a root of a value out of its range, or a division by zero",
            )
        return value

    def _value(self, node: ast.expr, numbers: Mapping[str, Array]) -> Any:
        match node:
            case ast.Constant(value=value):
                return value
            case ast.Name(id=name):
                return numbers[self._names.get(name, name)]
            case ast.UnaryOp(op=ast.USub(), operand=operand):
                return -self._value(operand, numbers)
            case ast.UnaryOp(operand=operand):
                return self._value(operand, numbers)
            case ast.BinOp(left=left, op=operator, right=right):
                return _ARITHMETIC[type(operator)](self._value(left, numbers), self._value(right, numbers))
            case ast.Call(func=func, args=args):
                name = _called(func).removeprefix("np.")
                if name == "Q":
                    return numbers[_quoted_name(node)]
                values = [self._value(arg, numbers) for arg in args]
                if len(values) != ARGUMENTS.get(name, 1):
                    raise ArgumentError(
                        f"{name}() in a response has the wrong number of arguments", got=self.text
                    )
                return values[0] if name == "I" else NUMERIC[name](*values)
        raise AssertionError(ast.dump(node))


def read_expression(text: str) -> Expression:
    """Read the left side of a formula: arithmetic of columns, ``^`` being a power as in R.

    Raises
    ------
    ArgumentError
        When it is something else.
    """
    names: dict[str, str] = {}

    def keep(found: re.Match[str]) -> str:
        names[f"_quoted{len(names)}"] = found.group(1) or found.group(2)
        return f"_quoted{len(names) - 1}"

    plain = _QUOTED.sub(keep, text.strip())
    body = _parse(plain.replace("{", "(").replace("}", ")").replace("^", "**"), text)
    if isinstance(body, ast.Name):
        column = names.get(body.id, body.id)
        return Expression(text.strip(), column, frozenset([column]), body, names)
    allowed = ["I", "Q", *NUMERIC]
    _check(body, text, allowed, bare=allowed)
    variables = _variables(body, names)
    sums = [
        node for node in ast.walk(body) if isinstance(node, ast.BinOp) and type(node.op) not in _ARITHMETIC
    ]
    other = (ast.List, ast.Tuple, ast.Dict, ast.Compare, ast.BoolOp, ast.keyword, ast.Not, ast.Invert)
    if not variables or sums or any(isinstance(node, other) for node in ast.walk(body)):
        raise _unreadable(text)
    return Expression(text.strip(), None, variables, body, names)


def _variables(body: ast.expr, names: Mapping[str, str]) -> frozenset[str]:
    calls = [node for node in ast.walk(body) if isinstance(node, ast.Call)]
    inside = {id(part) for call in calls for part in ast.walk(call.func)}
    inside |= {id(node.value) for node in ast.walk(body) if isinstance(node, ast.Attribute)}
    quoted = {_quoted_name(call) for call in calls if _called(call.func) == "Q"}
    plain = {n.id for n in ast.walk(body) if isinstance(n, ast.Name) and id(n) not in inside}
    return frozenset(quoted | {names.get(name, name) for name in plain})


def read_term(text: str, formula: str) -> tuple[frozenset[str], frozenset[str]]:
    """Return the columns of a computed factor, and those that C() declares to be categories.

    Raises
    ------
    ArgumentError
        When it computes anything but listed functions of columns.
    """
    names: dict[str, str] = {}

    def keep(found: re.Match[str]) -> str:
        names[f"_quoted{len(names)}"] = found.group(1)
        return f"_quoted{len(names) - 1}"

    body = _parse(re.sub(r"`([^`]*)`", keep, text), formula)
    if any(isinstance(node, ast.BinOp) and isinstance(node.op, ast.BitXor) for node in ast.walk(body)):
        raise ArgumentError(
            "^ is no power inside a function", got=repr(text), hint=f"write {text.replace(' ^ ', '**')!r}"
        )
    _check(body, formula, FUNCTIONS, bare=BARE)
    coded = [call for call in ast.walk(body) if isinstance(call, ast.Call) and _called(call.func) == "C"]
    declared = [_variables(call.args[0], names) for call in coded if call.args]
    return _variables(body, names), frozenset().union(*declared)


def _parse(source: str, formula: str) -> ast.expr:
    try:
        return ast.parse(source.strip(), mode="eval").body
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        raise _unreadable(formula) from error


def _unreadable(text: str) -> ArgumentError:
    return ArgumentError(
        "the formula cannot be read: a response is one column, or arithmetic of columns",
        got=repr(text.strip()),
        allowed="for example 'change', 'value - baseline', 'log(rate)'",
        hint="make the column first when the response is something else",
    )


def _check(body: ast.expr, formula: str, functions: Any, *, bare: Any) -> None:
    """Refuse calls that are not listed, and anything but arithmetic."""
    calls = [node for node in ast.walk(body) if isinstance(node, ast.Call)]
    called = {id(call.func) for call in calls}
    for call in calls:
        _check_call(_called(call.func), formula, functions, bare)
    for node in ast.walk(body):
        attribute = isinstance(node, ast.Attribute) and id(node) not in called
        if not isinstance(node, _ALLOWED) or (attribute and _called(node) not in CONTRASTS) or _grows(node):
            raise ArgumentError(
                "a formula computes with columns, numbers and listed functions only",
                got=repr(formula),
                hint="make the column first and name it in the formula",
            )


def _grows(node: ast.AST) -> bool:
    """Say whether arithmetic without a column can take all memory: text times a number, a tower of powers."""
    if not isinstance(node, ast.BinOp):
        return False
    if isinstance(node.op, (ast.LShift, ast.RShift, ast.MatMult)):
        return True
    for side in (node.left, node.right):
        if isinstance(side, (ast.List, ast.Tuple, ast.Dict)) or (
            isinstance(side, ast.Constant) and not isinstance(side.value, (int, float))
        ):
            return True
    if not isinstance(node.op, ast.Pow) or any(isinstance(part, ast.Name) for part in ast.walk(node)):
        return False
    power = node.right.operand if isinstance(node.right, ast.UnaryOp) else node.right
    number = power.value if isinstance(power, ast.Constant) else None
    return not isinstance(number, (int, float)) or abs(number) > LARGEST_POWER


#: Highest power of a number, as against that of a column, which is a float and cannot grow.
LARGEST_POWER = 64
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


def _called(func: ast.AST) -> str:
    """Return a function's name with what stands before its points; empty for anything else."""
    match func:
        case ast.Name(id=name):
            return name
        case ast.Attribute(value=ast.Name(id=owner), attr=name):
            return f"{owner}.{name}"
    return ""


def _quoted_name(call: ast.expr) -> str:
    match call:
        case ast.Call(args=[ast.Constant(value=str(name))]):
            return name
    raise ArgumentError("Q() takes the name of one column in quotes", hint="for example Q('days lost')")
