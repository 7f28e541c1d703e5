"""Predictions for new rows, given the responses of the same subject that are known."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from outcomes.errors import ArgumentError, DataError, instance_of, one_of
from outcomes.models.mmrm.formula import parse
from outcomes.models.mmrm.frame_columns import response_values
from outcomes.models.mmrm.inference import Inference
from outcomes.models.mmrm.levels import level_label, read_column, read_number
from outcomes.models.mmrm.model import Model
from outcomes.models.mmrm.options import SPATIAL
from outcomes.models.mmrm.two_columns import joined
from outcomes.models.stats.expressions import Expression
from outcomes.models.stats.kernels.grid import GridCovariance

__all__ = ["design_rows", "predict_frame"]

Array = NDArray[np.float64]
Index = NDArray[np.intp]

INTERVALS = ("confidence", "prediction")


def design_rows(model: Model, newdata: pd.DataFrame) -> Array:
    """Return the design of new rows over the estimated columns.

    Raises
    ------
    ArgumentError
        For columns that do not exist.
    DataError
        For levels that the fit does not know, and for missing covariates.
    """
    return _all_columns(model, newdata)[:, model.fitted.basis.kept]


def _all_columns(model: Model, newdata: pd.DataFrame) -> Array:
    """Return the design of new rows over all columns, those that are not estimated among them."""
    instance_of("newdata", newdata, pd.DataFrame)
    _require(newdata, parse(model.formula).variables)
    levels = model.design.levels
    if not levels and not model.design.covariates:
        return np.ones((len(newdata), len(model.design.names)))
    codes = {name: _match(newdata[name], known, name) for name, known in levels.items()}
    numbers = {name: _numbers(newdata[name], name) for name in model.design.covariates}
    return model.design.evaluate(codes, numbers)


def predict_frame(model: Model, newdata: pd.DataFrame, interval: str, level: float) -> pd.DataFrame:
    """Return predictions of the rows of `newdata`; see `MMRMResult.predict`."""
    from scipy.special import ndtri

    one_of("interval", interval, INTERVALS)
    roles = model.roles
    if roles.pair is not None:
        newdata, _ = joined(newdata, roles.visit, roles.pair, place=roles.numeric_visit)
    x = _all_columns(model, newdata)
    _require(newdata, {roles.subject, roles.visit} | ({roles.group} if roles.group else set()))
    rows = _Rows(
        x=x,
        seen=_response(newdata, parse(model.formula).response),
        subject=_subjects(newdata[roles.subject], roles.subject),
        visit=_visits(model, newdata),
        group=_groups(model, newdata),
    )
    estimate, mean_variance, variance = _conditional(rows, model)
    chosen = mean_variance if interval == "confidence" else variance
    std_error = np.sqrt(np.where(np.isnan(estimate), np.nan, chosen))
    half = float(ndtri(0.5 + level / 2)) * std_error
    named = {name: newdata[name] for name in (roles.subject, *(roles.pair or (roles.visit,)))}
    words = np.where(np.isnan(estimate), "not estimable", "predicted")
    columns = {
        "estimate": estimate,
        "std_error": std_error,
        "lower": estimate - half,
        "upper": estimate + half,
        "status": np.where(np.isnan(rows.seen), words, "observed"),
    }
    return pd.DataFrame(named | columns, index=newdata.index)


@dataclass(frozen=True, slots=True, eq=False)
class _Rows:
    """New rows as arrays: design (n, all columns), known responses or NaN, subject, visit or time, group."""

    x: Array
    seen: Array
    subject: Index
    visit: NDArray[Any]
    group: Index


def _require(newdata: pd.DataFrame, names: Iterable[str]) -> None:
    missing = sorted(name for name in names if name not in newdata.columns)
    if missing:
        raise ArgumentError("newdata lacks columns", got=", ".join(missing))


def _subjects(series: Any, name: str) -> Index:
    """Return codes of the subjects; rows of nobody known would be taken as rows of one subject."""
    codes = read_column(series, name, factor=True, ordered=False).codes()
    if bad := int((codes < 0).sum()):
        raise DataError(f"{name} is missing", got=f"{bad} rows of newdata")
    return codes


def _visits(model: Model, newdata: pd.DataFrame) -> NDArray[Any]:
    name, levels = model.roles.visit, model.table.visit_levels
    if model.roles.pair is not None:
        newdata = newdata.assign(**{name: newdata[name].astype("str") if levels else newdata[name]})
    return _match(newdata[name], levels, name) if levels else _numbers(newdata[name], name)


def _groups(model: Model, newdata: pd.DataFrame) -> Index:
    name = model.roles.group
    if name is None:
        return np.zeros(len(newdata), dtype=np.intp)
    return _match(newdata[name], model.table.group_levels, name)


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
    whole = pd.api.types.is_complex_dtype(series.dtype)  # a place of two coordinates
    values = series.to_numpy() if whole else read_number(series, name).numbers()
    bad = int((~np.isfinite(values)).sum())
    if bad:
        raise DataError(f"{name} is missing or infinite", got=f"{bad} rows of newdata")
    return values


def _response(newdata: pd.DataFrame, response: Expression) -> Array:
    if not response.variables <= set(newdata.columns):
        return np.full(len(newdata), np.nan)
    values = response_values(response, newdata)
    if bad := int(np.isinf(values).sum()):
        raise DataError(f"{response.text} is infinite", got=f"{bad} rows of newdata")
    return values


def _conditional(rows: _Rows, model: Model) -> tuple[Array, Array, Array]:
    """Return mean, variance of the mean and variance of a new observation of every row.

    NaN where the mean hangs on a coefficient that the data do not determine. Subjects with the same group,
    visits and seen visits share their matrices: one turn of the loop each.
    """
    seen, subject, visit, inference = rows.seen, rows.subject, rows.visit, model.inference
    order = np.lexsort((visit, subject))
    same = subject[order][1:] == subject[order][:-1]
    if (same & (visit[order][1:] == visit[order][:-1])).any():
        raise DataError("newdata has two rows of a subject at one visit")
    start = np.concatenate([[0], np.flatnonzero(~same) + 1])
    size = np.diff(np.append(start, len(order)))
    estimate, mean_variance, variance = seen.copy(), np.zeros(len(seen)), np.zeros(len(seen))
    for members in _same_kind(order, start, size, visit, rows.group, ~np.isnan(seen)):
        known = ~np.isnan(seen[members[0]])
        gap, rest = members[:, ~known], members[:, known]
        if not gap.size:
            continue
        sigma = _sigma(inference, int(rows.group[members[0, 0]]), visit[members[0]])
        slope = np.linalg.solve(sigma[np.ix_(known, known)], sigma[np.ix_(known, ~known)]).T
        full = rows.x[gap] - np.einsum("gk,nkp->ngp", slope, rows.x[rest])
        kept, possible = model.estimable(full.reshape(-1, full.shape[2]))
        z = kept.reshape(*gap.shape, -1)
        mean = z @ inference.beta + seen[rest] @ slope.T
        estimate[gap] = np.where(possible.reshape(gap.shape), mean, np.nan)
        in_basis = z @ inference.fitted.basis.transform  # there a covariate far from zero keeps its digits
        mean_variance[gap] = np.einsum(
            "ngp,pq,ngq->ng", in_basis, inference.vcov_in_basis, in_basis, optimize=True
        )
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
        place = visit[rows]
        kind = np.concatenate(
            [group[rows[:, :1]], place.real.astype(float), place.imag.astype(float), known[rows]], axis=1
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
    gap = np.abs(visit[:, None] - visit[None, :]) ** SPATIAL[fitted.structure]
    return np.asarray(matrix[0, 0] * (matrix[0, 1] / matrix[0, 0]) ** gap)
