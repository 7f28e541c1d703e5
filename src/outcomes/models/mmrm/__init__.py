"""Mixed models for repeated measures (MMRM).

`mmrm` reads a frame into arrays (intake, frame_columns, levels), sorts subjects into patterns of visits
(patterns), makes the design (formula, fixed_effects) and its cross products (basis, moments), climbs down the
ladder of covariance structures (fit) and hands back a result (result) that knows tests (inference, robust,
term_tests), marginal means (margins, contrasts, multiplicity) and predictions (predict). `mmrm.products`
gives the sums of one part of the data (products), which add up and are fitted (summed_fit).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ParamSpec, Protocol, cast

from outcomes.models.mmrm.api import mmrm as _mmrm
from outcomes.models.mmrm.products import Products
from outcomes.models.mmrm.products import products as _products
from outcomes.models.mmrm.result import MMRMResult

__all__ = ["MMRMResult", "Products", "mmrm"]

_P = ParamSpec("_P")
_Q = ParamSpec("_Q")


class _Door(Protocol[_P, _Q]):
    """A function that has another as an attribute: ``mmrm(...)`` and ``mmrm.products(...)``."""

    def __call__(self, *args: _P.args, **kwargs: _P.kwargs) -> MMRMResult: ...
    def products(self, *args: _Q.args, **kwargs: _Q.kwargs) -> Products: ...


def _with(fit: Callable[_P, MMRMResult], sums: Callable[_Q, Products]) -> _Door[_P, _Q]:
    cast(Any, fit).products = sums
    return cast("_Door[_P, _Q]", fit)


mmrm = _with(_mmrm, _products)
