"""The same model written out subject by subject with dense matrices and numerical derivatives.

An independent check for what no reference file holds: small trials, aliased columns, strata, groups with
weights, a numeric time. Nothing of the kernels is used but the definition of theta.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import pytest
from mmrm_trial import make_trial
from numpy.typing import NDArray

from outcomes.models.mmrm import MMRMResult, mmrm

Array = NDArray[np.float64]

# Central differences of fourth order on values near 1e3 leave about seven digits of a Hessian.
NUMERIC = 2e-5
EXACT = 1e-8


def covariance(structure: str, theta: Array, visit: Array, visits: int) -> Array:
    """Return the covariance of rows at some visits (codes, or times for sp_exp)."""
    gap = np.abs(visit[:, None] - visit[None, :])
    if structure.startswith("sp_"):
        return np.exp(theta[0]) * (1 / (1 + np.exp(-theta[1]))) ** (gap**2 if structure == "sp_gau" else gap)
    if "@" in structure:
        endpoints = int((np.sqrt(8 * len(theta) - 7) - 1) / 2)
        over = covariance("us", theta[:-1], np.arange(endpoints), endpoints)
        visits //= endpoints
        within = covariance(structure.split("@")[1], np.r_[0.0, theta[-1]], np.arange(visits), visits)
        return np.kron(over, within)[np.ix_(visit, visit)]
    if structure == "us":
        factor = np.eye(visits)
        factor[np.tril_indices(visits, -1)] = theta[visits:]
        full = np.diag(np.exp(theta[:visits])) @ factor
        full = full @ full.T
        return full[np.ix_(visit, visit)]
    scales = np.exp(theta[:visits]) if structure.endswith("h") else np.full(visits, np.exp(theta[0]))
    rest = theta[visits:] if structure.endswith("h") else theta[1:]
    kind = structure.removesuffix("h")
    if kind == "cs":
        low = -1 / (visits - 1)
        corr = np.full((visits, visits), low + (1 - low) / (1 + np.exp(-rest[0])))
    else:
        c = rest / np.sqrt(1 + rest**2)
        place = np.arange(visits)
        lag = np.abs(place[:, None] - place)
        if kind == "ar1":
            corr = c[0] ** lag
        elif kind == "toep":
            corr = np.concatenate([[1.0], c])[lag]
        else:
            low, high = np.minimum(place[:, None], place), np.maximum(place[:, None], place)
            corr = np.array([[np.prod(c[low[i, j] : high[i, j]]) for j in place] for i in place])
    np.fill_diagonal(corr, 1.0)
    return (np.outer(scales, scales) * corr)[np.ix_(visit, visit)]


class Dense:
    """A fitted model written out."""

    def __init__(
        self, fit: MMRMResult, data: pd.DataFrame, visit: str, group: str | None, weight: str | None
    ):
        self.fit, self.structure = fit, fit.covariance_type
        used = data.loc[fit.design_matrix().index]
        self.x, self.y = fit.design_matrix().to_numpy(), used["change"].to_numpy()
        grid = not fit.covariance_type.startswith("sp_")
        self.visit = used[visit].cat.codes.to_numpy() if grid else used[visit].to_numpy()
        self.visits = len(used[visit].cat.categories) if grid else 0
        self.group = used[group].cat.codes.to_numpy() if group else np.zeros(len(used), dtype=int)
        self.weight = used[weight].to_numpy() if weight else np.ones(len(used))
        self.subjects = [np.flatnonzero((used["patient"] == p).to_numpy()) for p in used["patient"].unique()]
        self.n_groups = self.group.max() + 1

    def v(self, rows: Array, theta: Array) -> Array:
        own = theta.reshape(self.n_groups, -1)[self.group[rows[0]]]
        root = 1 / np.sqrt(self.weight[rows])
        return np.outer(root, root) * covariance(self.structure, own, self.visit[rows], self.visits)

    def pieces(self, theta: Array) -> tuple[Array, Array, float, float]:
        xx, xy, yy, log_det = 0.0, 0.0, 0.0, 0.0
        for rows in self.subjects:
            v = self.v(rows, theta)
            w = np.linalg.inv(v)
            x, y = self.x[rows], self.y[rows]
            xx, xy, yy = xx + x.T @ w @ x, xy + x.T @ w @ y, yy + y @ w @ y
            log_det += np.linalg.slogdet(v)[1]
        return xx, xy, yy, log_det

    def minus2_log_lik(self, theta: Array) -> float:
        xx, xy, yy, log_det = self.pieces(theta)
        n, p = self.x.shape
        value = log_det + yy - xy @ np.linalg.solve(xx, xy)
        if self.fit.options.method == "ml":
            return value + n * np.log(2 * np.pi)
        return value + np.linalg.slogdet(xx)[1] + (n - p) * np.log(2 * np.pi)

    def derivative(self, function: Any, theta: Array, r: int, h: float = 1e-3) -> Any:
        step = np.zeros(len(theta))
        step[r] = h * max(1.0, abs(theta[r]))
        f = lambda k: function(theta + k * step)
        return (8 * (f(1) - f(-1)) - (f(2) - f(-2))) / (12 * step[r])

    def hessian(self, theta: Array) -> Array:
        k = len(theta)
        first = lambda r: lambda t: self.derivative(self.minus2_log_lik, t, r)
        return np.array([[self.derivative(first(r), theta, s) for s in range(k)] for r in range(k)])

    def kenward_roger(self, theta: Array, theta_vcov: Array, *, linear: bool) -> Array:
        """Return the adjusted covariance by the formula of 1997, subject by subject."""
        k, p = len(theta), self.x.shape[1]
        phi = np.linalg.inv(self.pieces(theta)[0])
        big_p, q, r_ = np.zeros((k, p, p)), np.zeros((k, k, p, p)), np.zeros((k, k, p, p))
        for rows in self.subjects:
            x, v = self.x[rows], lambda t, rows=rows: self.v(rows, t)
            w = np.linalg.inv(v(theta))
            d = [self.derivative(v, theta, r) for r in range(k)]
            for r in range(k):
                big_p[r] -= x.T @ w @ d[r] @ w @ x
                for s in range(k):
                    q[r, s] += x.T @ w @ d[r] @ w @ d[s] @ w @ x
                    if not linear:
                        dd = self.derivative(lambda t, r=r, v=v: self.derivative(v, t, r), theta, s)
                        r_[r, s] += x.T @ w @ dd @ w @ x
        middle = sum(
            theta_vcov[r, s] * (q[r, s] - big_p[r] @ phi @ big_p[s] - r_[r, s] / 4)
            for r in range(k)
            for s in range(k)
        )
        return phi + 2 * phi @ middle @ phi


CASES: dict[str, dict[str, Any]] = {
    "twelve subjects": {"subjects": 12, "missing": 0.05, "formula": "change ~ visit"},
    "strata": {"formula": "change ~ site + baseline + arm * visit", "covariance": "ar1h"},
    "aliased": {"visits": 4, "formula": "change ~ arm + copy + visit", "covariance": "cs"},
    "no intercept": {"visits": 4, "formula": "change ~ 0 + visit + baseline", "covariance": "toep"},
    "weights": {"formula": "change ~ visit", "covariance": "csh", "weights": "w"},
    "groups": {"formula": "change ~ arm + visit", "covariance": "ad", "group": "arm"},
    "groups and weights": {"formula": "change ~ visit", "covariance": "ar1", "group": "arm", "weights": "w"},
    "time": {"visits": 4, "formula": "change ~ arm + visit", "covariance": "sp_exp"},
    "time, groups": {
        "formula": "change ~ arm + visit",
        "covariance": "sp_exp",
        "group": "arm",
        "weights": "w",
    },
    "maximum likelihood": {"formula": "change ~ visit", "covariance": "toeph", "method": "ml"},
    "one arm": {"subjects": 15, "formula": "change ~ baseline * visit", "covariance": "adh"},
}


@pytest.mark.parametrize("name", CASES)
def test_dense(name: str) -> None:
    case = dict(CASES[name])
    data = make_trial(
        case.pop("subjects", 20), seed=5, visits=case.pop("visits", 3), missing=case.pop("missing", 0.1)
    )
    data["copy"] = data["arm"].map({"placebo": 0.0, "active": 2.0}).astype(float)
    visit = "day" if case.get("covariance") == "sp_exp" else "visit"
    formula = case.pop("formula")
    ask = {"subject": "patient", "visit": visit, "fallback": None, **case}
    held(lambda df: mmrm(formula, data, df=df, **ask), data, visit, case.get("group"), case.get("weights"))


def held(
    refit: Callable[[str], MMRMResult], data: pd.DataFrame, visit: str, group: str | None, weight: str | None
) -> None:
    """Hold a fit to the model written out: likelihood, optimum, covariances, degrees of freedom."""
    fit = refit("satterthwaite")
    dense = Dense(fit, data, visit, group, weight)
    theta = fit.theta
    xx, xy, _, _ = dense.pieces(theta)
    phi = np.linalg.inv(xx)
    assert -2 * fit.llf == pytest.approx(dense.minus2_log_lik(theta), rel=1e-10)
    np.testing.assert_allclose(fit.params, phi @ xy, rtol=EXACT, atol=1e-9)
    np.testing.assert_allclose(fit.cov_params(), phi, rtol=1e-7, atol=1e-12)
    gradient = [dense.derivative(dense.minus2_log_lik, theta, r) for r in range(len(theta))]
    assert np.abs(gradient).max() < 1e-6
    hessian = dense.hessian(theta)
    scale = np.sqrt(np.diag(hessian))
    unit = np.outer(scale, scale)
    np.testing.assert_allclose(np.linalg.inv(fit.theta_vcov / 2) / unit, hessian / unit, atol=NUMERIC)
    vcov_of = lambda t: np.diag(np.linalg.inv(dense.pieces(t)[0]))
    slope = np.array([dense.derivative(vcov_of, theta, r) for r in range(len(theta))])
    df = 2 * np.diag(phi) ** 2 / np.einsum("rp,rs,sp->p", slope, fit.theta_vcov, slope)
    np.testing.assert_allclose(fit.df, df, rtol=1e-5)
    if fit.options.method != "ml":
        for linear in (True, False):
            kind = "kenward-roger-linear" if linear else "kenward-roger"
            adjusted = refit(kind).cov_params()
            expected = dense.kenward_roger(theta, fit.theta_vcov, linear=linear)
            np.testing.assert_allclose(adjusted, expected, rtol=1e-5, atol=1e-6 * np.abs(expected).max())


@pytest.mark.parametrize("smallest", [1e-2, 1e-4, 1e-6, 1e-7])
def test_nearly_singular_covariance(smallest: float) -> None:
    """Five visits that two patient effects all but determine: the optimum is still found."""
    rng = np.random.default_rng(8)
    load = rng.normal(size=(5, 2))
    e = rng.multivariate_normal(np.zeros(5), load @ load.T + smallest * np.eye(5), 40)
    frame = pd.DataFrame({"patient": np.repeat(np.arange(40), 5), "visit": np.tile(np.arange(5), 40)})
    frame["change"] = e.ravel()
    complete = mmrm("change ~ visit", frame, subject="patient", visit="visit", fallback=None)
    np.testing.assert_allclose(complete.covariance, np.cov(e.T), rtol=1e-5)
    np.testing.assert_allclose(complete.df, 39.0, rtol=1e-4)
    gaps = frame.drop(frame.sample(frac=0.1, random_state=1).index)
    fit = mmrm("change ~ visit", gaps, subject="patient", visit="visit", fallback=None)
    assert fit.status == "ok"
    assert np.linalg.eigvalsh(fit.covariance)[0] > 0
