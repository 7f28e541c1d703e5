"""Predictions for new rows, given the responses of the same subject that are known."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from outcomes.errors import ArgumentError, DataError, one_of
from outcomes.models._kernels.grid import GridCovariance
from outcomes.models.mmrm.columns import level_label, read_column, read_number
from outcomes.models.mmrm.design import Design
from outcomes.models.mmrm.formula import parse
from outcomes.models.mmrm.inference import Inference
from outcomes.models.mmrm.intake import Roles, Table

__all__ = ["predict_frame"]

Array = NDArray[np.float64]
Index = NDArray[np.intp]

INTERVALS = ("confidence", "prediction")


def predict_frame(
    newdata: pd.DataFrame,
    formula: str,
    roles: Roles,
    table: Table,
    design: Design,
    inference: Inference,
    interval: str,
    level: float,
) -> pd.DataFrame:
    """Return predictions of the rows of `newdata`; see `MMRMResult.predict`."""
    from scipy.special import ndtri

    one_of("interval", interval, INTERVALS)
    if not isinstance(newdata, pd.DataFrame):
        raise ArgumentError("newdata is not a frame", got=type(newdata).__name__)
    parsed = parse(formula)
    needed = {roles.subject, roles.visit, *parsed.variables, *([roles.group] if roles.group else [])}
    missing = sorted(name for name in needed if name not in newdata.columns)
    if missing:
        raise ArgumentError("newdata lacks columns", got=", ".join(missing))
    codes = {name: _match(newdata[name], levels, name) for name, levels in design.levels.items()}
    numbers = {name: _numbers(newdata[name], name) for name in design.covariates}
    x = design.evaluate(codes, numbers)[:, inference.fitted.basis.kept]
    seen = _response(newdata, parsed.response)
    visit = (
        _match(newdata[roles.visit], table.visit_levels, roles.visit)
        if table.visit_levels
        else _numbers(newdata[roles.visit], roles.visit)
    )
    group = (
        _match(newdata[roles.group], table.group_levels, roles.group)
        if roles.group
        else np.zeros(len(newdata), dtype=np.intp)
    )
    subject = read_column(newdata[roles.subject], roles.subject, factor=True, ordered=False).codes()
    estimate, mean_variance, variance = _conditional(x, seen, subject, visit, group, inference)
    std_error = np.sqrt(mean_variance if interval == "confidence" else variance)
    half = float(ndtri(0.5 + level / 2)) * std_error
    return pd.DataFrame(
        {
            roles.subject: newdata[roles.subject],
            roles.visit: newdata[roles.visit],
            "estimate": estimate,
            "std_error": std_error,
            "lower": estimate - half,
            "upper": estimate + half,
            "status": np.where(np.isnan(seen), "predicted", "observed"),
        },
        index=newdata.index,
    )


def _match(series: Any, levels: tuple[Any, ...], name: str) -> Index:
    factor = read_column(series, name, factor=True).as_factor()
    place = {level_label(level): i for i, level in enumerate(levels)}
    new = np.array([place.get(label, -1) for label in factor.labels] + [-1], dtype=np.intp)
    codes = new[factor.codes]
    bad = int((codes < 0).sum())
    if bad:
        raise DataError(
            f"{name} is missing or has a level that the fit does not know",
            got=f"{bad} rows of newdata",
            allowed=", ".join(place),
        )
    return codes


def _numbers(series: Any, name: str) -> Array:
    values = read_number(series, name).numbers()
    bad = int((~np.isfinite(values)).sum())
    if bad:
        raise DataError(f"{name} is missing or infinite", got=f"{bad} rows of newdata")
    return values


def _response(newdata: pd.DataFrame, response: str) -> Array:
    if response not in newdata.columns:
        return np.full(len(newdata), np.nan)
    return read_number(newdata[response], response).numbers()


def _conditional(
    x: Array, seen: Array, subject: Index, visit: NDArray[Any], group: Index, inference: Inference
) -> tuple[Array, Array, Array]:
    """Return mean, variance of the mean and variance of a new observation of every row.

    Subjects with the same group, visits and seen visits share their matrices: one turn of the loop each.
    """
    order = np.lexsort((visit, subject))
    same = subject[order][1:] == subject[order][:-1]
    if (same & (visit[order][1:] == visit[order][:-1])).any():
        raise DataError("newdata has two rows of a subject at one visit")
    start = np.concatenate([[0], np.flatnonzero(~same) + 1])
    size = np.diff(np.append(start, len(order)))
    estimate, mean_variance, variance = seen.copy(), np.zeros(len(x)), np.zeros(len(x))
    for members in _same_kind(order, start, size, visit, group, ~np.isnan(seen)):
        known = ~np.isnan(seen[members[0]])
        gap, rest = members[:, ~known], members[:, known]
        if not gap.size:
            continue
        sigma = _sigma(inference, group[members[0, 0]], visit[members[0]])
        slope = np.linalg.solve(sigma[np.ix_(known, known)], sigma[np.ix_(known, ~known)]).T
        z = x[gap] - np.einsum("gk,nkp->ngp", slope, x[rest])
        estimate[gap] = z @ inference.beta + np.nan_to_num(seen[rest]) @ slope.T
        mean_variance[gap] = np.einsum("ngp,pq,ngq->ng", z, inference.vcov, z, optimize=True)
        left = np.diag(sigma[np.ix_(~known, ~known)] - slope @ sigma[np.ix_(known, ~known)])
        variance[gap] = mean_variance[gap] + left
    return estimate, mean_variance, variance


def _same_kind(
    order: Index, start: Index, size: Index, visit: NDArray[Any], group: Index, known: NDArray[np.bool_]
) -> list[Index]:
    """Return rows (subjects, visits) of subjects with the same group, visits and known visits."""
    out = []
    for width in np.unique(size):
        rows = order[start[size == width][:, None] + np.arange(width)]
        kind = np.concatenate(
            [group[rows[:, :1]].astype(float), visit[rows].astype(float), known[rows].astype(float)], axis=1
        )
        _, which = np.unique(kind, axis=0, return_inverse=True)
        which = which.reshape(-1)
        out += [rows[which == k] for k in range(int(which.max()) + 1)]
    return out


def _sigma(inference: Inference, group: int, visit: NDArray[Any]) -> Array:
    fitted = inference.fitted
    covariance, theta = fitted.likelihood.covariance, fitted.optimum.state.theta
    matrix = covariance.matrices(theta)[group]
    if isinstance(covariance, GridCovariance):
        return np.asarray(matrix[np.ix_(visit, visit)])
    gap = np.abs(visit[:, None] - visit[None, :])
    return np.asarray(matrix[0, 0] * (matrix[0, 1] / matrix[0, 0]) ** gap)
