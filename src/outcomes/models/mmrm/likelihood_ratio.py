"""The likelihood-ratio test of two fits of the same rows, one of them a special case of the other."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from outcomes.errors import ArgumentError
from outcomes.models.mmrm.model import Model
from outcomes.results import Estimates

__all__ = ["likelihood_ratio"]

Array = NDArray[np.float64]

#: Structure to those whose every matrix it can be (of the same visits).
HOLDS = {
    "us": {"toep", "toeph", "ar1", "ar1h", "cs", "csh", "ad", "adh"},
    "toeph": {"toep", "ar1", "ar1h", "cs", "csh"},
    "toep": {"ar1", "cs"},
    "adh": {"ad", "ar1", "ar1h"},
    "ad": {"ar1"},
    "ar1h": {"ar1"},
    "csh": {"cs"},
}
#: A column of the smaller design that leaves less than this share of itself lies in the larger one.
INSIDE = 1e-7


def likelihood_ratio(one: Model, other: Model) -> Estimates:
    """Compare two models; the one with fewer parameters is the special case.

    Raises
    ------
    ArgumentError
        When the fits do not use the same rows by the same method, when neither is a special case of the
        other, or when fixed effects are compared by restricted likelihoods.
    """
    full, reduced = (one, other) if _size(one) >= _size(other) else (other, one)
    _check_rows(full, reduced)
    more_fixed = len(full.terms) - len(reduced.terms)
    more_theta = len(full.theta) - len(reduced.theta)
    _check_covariance(full, reduced)
    _check_fixed(full, reduced)
    df = float(more_theta + more_fixed)
    if df <= 0:
        raise ArgumentError("the two fits have the same parameters", hint="there is nothing to test")
    statistic = max(reduced.fitted.minus2_log_lik - full.fitted.minus2_log_lik, 0.0)
    frame = pd.DataFrame(
        {
            "term": [_what(full, reduced)],
            "df": [df],
            "statistic": [statistic],
            "p_value": [_upper_tail(df, statistic)],
        }
    )
    kind = "restricted likelihoods" if full.options.method == "reml" else "likelihoods"
    notes = [
        f"chi-squared test of two {kind}; {reduced.formula!r} under {reduced.fitted.structure} against "
        f"{full.formula!r} under {full.fitted.structure}"
    ]
    if more_fixed:
        notes.append("the chi-squared distribution is for many patients: an F test of anova() is more exact")
    return full.wrap(frame, "Likelihood-ratio test of two fits", None, *notes)


def _size(model: Model) -> int:
    return len(model.theta) + len(model.terms)


def _upper_tail(df: float, statistic: float) -> float:
    from scipy.special import chdtrc

    return float(chdtrc(df, statistic))


def _what(full: Model, reduced: Model) -> str:
    gone = [name for name in full.design.term_columns if name not in reduced.design.term_columns]
    parts = [", ".join(gone)] if gone else []
    if full.fitted.structure != reduced.fitted.structure or len(full.theta) != len(reduced.theta):
        groups = " by group" if len(full.table.group_levels) > len(reduced.table.group_levels) else ""
        parts.append(f"covariance {full.fitted.structure}{groups} against {reduced.fitted.structure}")
    return "; ".join(parts) or "fixed effects"


def _check_rows(full: Model, reduced: Model) -> None:
    if full.options.method != reduced.options.method:
        raise ArgumentError("the fits are by different methods", got="one by REML, one by ML")
    for model in (full, reduced):
        model.need_rows("a likelihood-ratio test")
    same = len(full.table.response) == len(reduced.table.response) and (
        np.array_equal(full.table.response, reduced.table.response)
        and np.array_equal(full.table.subject, reduced.table.subject)
        and _same_weights(full, reduced)
    )
    if not same:
        raise ArgumentError(
            "the fits do not use the same rows",
            got=f"{len(full.table.response)} and {len(reduced.table.response)} rows",
            hint="leave out the rows with any missing covariate, then fit both",
        )


def _same_weights(full: Model, reduced: Model) -> bool:
    one, other = full.table.weights, reduced.table.weights
    return (one is None and other is None) or (
        one is not None and other is not None and np.array_equal(one, other)
    )


def _check_covariance(full: Model, reduced: Model) -> None:
    a, b = full.fitted.structure, reduced.fitted.structure
    groups = len(full.table.group_levels), len(reduced.table.group_levels)
    fits = a == b or b in HOLDS.get(a, set()) or full.layout.patterns.present.shape[1] == 1
    if not fits or (groups[0] != groups[1] and groups[1] != 1) or full.roles.visit != reduced.roles.visit:
        raise ArgumentError(
            "neither covariance is a special case of the other",
            got=f"{b} and {a}",
            hint="compare them by aic and bic",
        )


def _check_fixed(full: Model, reduced: Model) -> None:
    """Refuse designs that are not nested; under REML they must span the same space."""
    larger, smaller = _columns(full), _columns(reduced)
    inside = _lies_in(smaller, larger)
    if not inside or (full.options.method == "reml" and len(full.terms) != len(reduced.terms)):
        if inside:
            raise ArgumentError(
                "restricted likelihoods of different fixed effects cannot be compared",
                got=f"{len(reduced.terms)} and {len(full.terms)} coefficients",
                hint="fit both with method='ml', or test the terms with anova()",
            )
        raise ArgumentError("the fixed effects of one fit are not among those of the other")


def _columns(model: Model) -> Array:
    return model.design.rows(slice(0, len(model.table.response)))[:, model.fitted.basis.kept]


def _lies_in(x: Array, space: Array) -> bool:
    """Say whether the columns of x are combinations of those of another matrix."""
    basis, _ = np.linalg.qr(space / np.linalg.norm(space, axis=0))
    unit = x / np.linalg.norm(x, axis=0)
    return bool((np.linalg.norm(unit - basis @ (basis.T @ unit), axis=0) < INSIDE).all())
