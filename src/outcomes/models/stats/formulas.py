"""A formula taken apart, the same way for every model: one response as it is written, and checked terms."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from outcomes.errors import ArgumentError, instance_of
from outcomes.models.stats.expressions import Expression, read_expression, read_term
from outcomes.models.stats.formula_calls import HABITS
from outcomes.models.stats.formula_limits import check_length, check_terms

__all__ = ["Formula", "read_formula"]

#: Structures of R's mmrm, glmmTMB and SAS that analysts write as a term.
_COVARIANCE = re.compile(
    r"\b(us|un|cs|csh|cshr?|ar1h?|toeph?|adh?|sp_exp|sp_gau)\s*\(\s*(.+?)\s*\|\s*(.+?)\s*\)", re.I
)


@dataclass(frozen=True, slots=True, eq=False)
class Formula:
    """A formula with its two sides.

    Parameters
    ----------
    text : str
        As it was given.
    response : Expression
        The left side.
    terms : formulaic formula
        The right side, every factor of it checked.
    variables, categorical : frozenset of str
        Columns that the right side needs, and those of them that it declares categorical with C().
    factors : mapping
        Factor of a term, as the term writes it, to the columns that it needs.
    """

    text: str
    response: Expression
    terms: Any
    variables: frozenset[str]
    categorical: frozenset[str]
    factors: Mapping[str, frozenset[str]]

    def response_column(self, model: str) -> str:
        """Return the response's column for a model whose response is counted, not computed.

        Raises
        ------
        ArgumentError
            When the response is an expression.
        """
        if self.response.column is None:
            raise ArgumentError(
                f"the response of {model} is one column, not an expression",
                got=repr(self.response.text),
                allowed="the name of a column before ~",
                hint="put a baseline on the right side, or make the column first and name it",
            )
        return self.response.column


def read_formula(formula: str) -> Formula:
    """Take a formula apart.

    Parameters
    ----------
    formula : str
        ``response ~ terms``. The response is a column or arithmetic of columns and is used as it is
        written; terms are columns, their interactions and listed functions.

    Raises
    ------
    ArgumentError
        When it is not a formula with one response and one right-hand side, or calls an unlisted function.

    Examples
    --------
    >>> read_formula("change - baseline ~ arm * visit").response.variables == {"change", "baseline"}
    True
    """
    instance_of("formula", formula, str, hint="for example 'change ~ baseline * visit'")
    check_length(formula)
    return _read(formula)


@lru_cache(maxsize=256)
def _read(formula: str) -> Formula:
    left, right = _sides(formula)
    terms = _terms(formula, right)
    found = {f.expr: _read_factor(f, formula) for term in terms for f in term.factors}
    variables = frozenset().union(*(names for names, _ in found.values()))
    categorical = frozenset().union(*(names for _, names in found.values()))
    factors = {expression: names for expression, (names, _) in found.items()}
    return Formula(formula, read_expression(left), terms, variables, categorical, factors)


def _read_factor(factor: Any, formula: str) -> tuple[frozenset[str], frozenset[str]]:
    method = str(factor.eval_method.value)
    if method == "python":
        return read_term(factor.expr, formula)
    return frozenset([factor.expr] if method == "lookup" else []), frozenset()


def _sides(formula: str) -> tuple[str, str]:
    """Split at the one ~ that stands outside quotes."""
    masked = re.sub(r"`[^`]*`|'[^']*'|\"[^\"]*\"", lambda found: "_" * len(found.group()), formula)
    at = masked.find("~")
    if at < 0 or "~" in masked[at + 1 :] or not masked[:at].strip() or not masked[at + 1 :].strip():
        raise ArgumentError(
            "formula needs one response on the left of ~ and one set of terms on its right",
            got=repr(formula),
            hint="write it as 'response ~ term + term * term'",
        )
    _refuse_habits(formula, masked)
    return formula[:at], formula[at + 1 :]


def _refuse_habits(formula: str, masked: str) -> None:
    """Refuse a covariance written as a term, with the arguments that say it here."""
    if "|" not in masked:
        return
    found = _COVARIANCE.search(formula)
    hint = "say it with covariance=, subject= and visit= in mmrm; subject= names the patient in other models"
    if found:
        kind, visit, subject = found.group(1).lower().replace("un", "us"), *found.group(2, 3)
        group, _, subject = subject.rpartition("/")
        grouped = f", group={group.strip()!r}" if group else ""
        hint = f"write covariance={kind!r}, visit={visit!r}, subject={subject.strip()!r}{grouped}"
    raise ArgumentError("the covariance is not a term of the formula", got=repr(formula), hint=hint)


def _terms(formula: str, right: str) -> Any:
    from formulaic import Formula as Parsed
    from formulaic.errors import FormulaicError
    from formulaic.parser import DefaultFormulaParser

    try:
        check_terms(DefaultFormulaParser().get_ast(right), formula)
        terms = Parsed(right)
    except ArgumentError:
        raise
    except (FormulaicError, SyntaxError, ValueError, RecursionError, TypeError, MemoryError) as error:
        said = next(
            (hint for name, hint in HABITS.items() if re.search(rf"\b{re.escape(name)}\s*\(", right)), None
        )
        raise ArgumentError(
            "the formula cannot be read",
            got=repr(formula),
            hint=said or "write it as 'response ~ term + term * term'",
        ) from error
    if not isinstance(terms, Parsed) or not all(hasattr(term, "factors") for term in terms):
        raise ArgumentError("the right side is not one set of terms", got=repr(formula))
    return terms
