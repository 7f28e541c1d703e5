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

from outcomes.errors import ArgumentError, DataError
from outcomes.models.stats.formula_calls import ARGUMENTS, BARE, FUNCTIONS, NUMERIC, called, check

__all__ = ["Expression", "read_expression", "read_term"]

Array = NDArray[np.float64]

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
                name = called(func).removeprefix("np.")
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
    check(body, text, allowed, bare=allowed)
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
    quoted = {_quoted_name(call) for call in calls if called(call.func) == "Q"}
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
            "^ is not a power inside a function", got=repr(text), hint=f"write {text.replace(' ^ ', '**')!r}"
        )
    check(body, formula, FUNCTIONS, bare=BARE)
    coded = [call for call in ast.walk(body) if isinstance(call, ast.Call) and called(call.func) == "C"]
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


def _quoted_name(call: ast.expr) -> str:
    match call:
        case ast.Call(args=[ast.Constant(value=str(name))]):
            return name
    raise ArgumentError("Q() takes the name of one column in quotes", hint="for example Q('days lost')")
