"""Headache days of patients who differ and whose days carry over: what regression to the mean rests on.

A patient has a probability theta with density theta^(a - 1) (1 - theta)^(b - 1). Given theta the days are a
two-state Markov chain with marginal theta and correlation r^g of days g apart: P(1 after 1) = theta +
(1 - theta) r^g, P(1 after 0) = theta (1 - r^g). Patients are seen only if enough days have the event.

When at least half of the days must have it, nobody with a theta under `LOWEST` is met; the density is then
that of theta above it, and a may be 0 or less (most candidates have few headache days): the likelihood of
those who were taken has its maximum there as often as sampling error will have it, and a law held at a > 0
would give intervals that are too short.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import special

from outcomes.models.stats.kernels.entered_chain import Entered, Sequences, entered_any, entered_recorded

Array = NDArray[np.float64]

LOWEST = 0.1
#: The last bit of theta at an open end; beyond it a patient's probability of any diary no longer changes.
END = 1e-6
#: Gauss-Legendre nodes in logit(theta); integrals are exact to 1e-8 for a + b up to 100 (1e-3 at the limit).
NODES_SELECTED, NODES_ALL = 120, 220
#: Step of central differences in logit(r).
STEP = 1e-3
#: With shapes beyond e^6 patients are all alike, with b under e^-5 all at the end: the law is held there.
LARGEST_SHAPE, SMALLEST_LOG = float(np.exp(6.0)), -5.0
SMALLEST_A = -8.0
R_RANGE = (-6.0, 4.0)
#: Whether everybody was taken with the event on half of the days -> least and largest phi, shape (2, 3).
_LOGS = (SMALLEST_LOG, float(np.log(LARGEST_SHAPE)))
LIMITS = {
    True: np.array([tuple(np.arcsinh([SMALLEST_A, LARGEST_SHAPE])), _LOGS, R_RANGE]).T,
    False: np.array([_LOGS, _LOGS, R_RANGE]).T,
}


@dataclass(frozen=True, slots=True, eq=False)
class Grid:
    """Fixed values of theta: log weights are base + slope (a, b), with masses at the open ends.

    theta, base (nodes,): the last is the mass at 1; the first that at 0, unless `selected` (nobody is there).
    """

    theta: Array
    base: Array
    selected: bool

    def log_weights(self, a: float, b: float) -> tuple[Array, Array, Array]:
        """Return log weights, and their derivatives by a and by b."""
        by_a, by_b = np.log(self.theta), np.log1p(-self.theta)
        weight = self.base + a * by_a + b * by_b
        # The mass above 1 - END is END^b / b, that below END is END^a / a.
        weight[-1] = b * np.log(END) - np.log(b)
        by_a[-1], by_b[-1] = 0.0, np.log(END) - 1 / b
        if not self.selected:
            weight[0] = a * np.log(END) - np.log(a)
            by_a[0], by_b[0] = np.log(END) - 1 / a, 0.0
        return weight, by_a, by_b


def make_grid(*, selected: bool) -> Grid:
    """Return nodes in logit(theta) from LOWEST (or END) to 1 - END, and the ends."""
    count = NODES_SELECTED if selected else NODES_ALL
    low, high = special.logit(LOWEST if selected else END), special.logit(1 - END)
    x, w = np.polynomial.legendre.leggauss(count)
    theta = special.expit(low + (high - low) * (x + 1) / 2)
    base = np.log(w * (high - low) / 2)
    tiny = 1e-13
    inner = np.r_[theta, 1 - tiny] if selected else np.r_[tiny, theta, 1 - tiny]
    return Grid(inner, np.r_[base, 0.0] if selected else np.r_[0.0, base, 0.0], selected)


@dataclass(frozen=True, slots=True, eq=False)
class MarkovBeta:
    """Fitted law: phi = (shape a on its scale, log b, logit r), with what the patients say of it.

    scores (patients, 3); expected (patients,): E(theta | days); slopes (patients, 3): by phi; drift
    (patients,), drift_slopes (patients, 3): where theta goes when it wanders, see `_drift`.
    """

    phi: Array
    scores: Array
    inverse_information: Array
    log_likelihood: float
    converged: bool
    expected: Array
    slopes: Array
    shapes: tuple[float, float]
    carry_over: float
    at_bound: bool
    drift: Array
    drift_slopes: Array


@dataclass(frozen=True, slots=True, eq=False)
class _Likelihood:
    """Log probabilities at one r: of the days (patients, nodes), and of being taken (cases, nodes).

    case (patients,): each patient's row of `taken`.
    """

    grid: Grid
    days: Array
    taken: Array
    case: NDArray[np.intp]

    def at(self, alpha: Array) -> tuple[Array, Array, Array, Array]:
        """Return log likelihoods, scores by alpha, E(theta | days) and its slopes by alpha."""
        a, b, slope = shapes(alpha, selected=self.grid.selected)
        weight, by_a, by_b = self.grid.log_weights(a, b)
        by = np.column_stack([by_a, by_b]) * slope
        seen, share = _mixed(self.days + weight)
        score = share @ by
        theta = self.grid.theta
        mean = share @ theta
        slopes = share @ (by * theta[:, None]) - mean[:, None] * score
        whole, part = _mixed(self.taken + weight)
        return seen - whole[self.case], score - (part @ by)[self.case], mean, slopes

    def mean_of(self, alpha: Array, value: Array) -> tuple[Array, Array]:
        """Return E(value(theta) | days) and its slopes by alpha, the value held."""
        a, b, slope = shapes(alpha, selected=self.grid.selected)
        weight, by_a, by_b = self.grid.log_weights(a, b)
        by = np.column_stack([by_a, by_b]) * slope
        _, share = _mixed(self.days + weight)
        mean = share @ value
        return mean, share @ (by * value[:, None]) - mean[:, None] * (share @ by)


def _mixed(logs: Array) -> tuple[Array, Array]:
    top = logs.max(axis=1, keepdims=True)
    share = np.exp(logs - top)
    total = share.sum(axis=1, keepdims=True)
    return (top + np.log(total))[:, 0], share / total


def shapes(alpha: Array, *, selected: bool) -> tuple[float, float, Array]:
    """Return a, b and their derivatives by alpha; a is sinh(alpha) where it may be negative."""
    a = np.sinh(alpha[0]) if selected else np.exp(alpha[0])
    b = float(np.exp(alpha[1]))
    return float(a), b, np.array([np.cosh(alpha[0]) if selected else a, b])


def fit_markov_beta(data: Sequences, entered: Entered | None) -> MarkovBeta:
    """Maximise the likelihood of the patients who were taken, given that they were."""
    from scipy import optimize  # a tenth of a second of every start otherwise

    selected = entered is not None and entered.at_least_half
    grid = make_grid(selected=selected)
    limits = LIMITS[selected][:, :2].T
    state = {"alpha": np.array([1.0, 0.0])}

    def best(logit_r: float) -> float:
        likelihood = likelihood_at(data, entered, grid, logit_r)

        def minus(alpha: Array) -> tuple[float, Array]:
            value, score, *_ = likelihood.at(alpha)
            return -float(value.mean()), -score.mean(axis=0)

        found = optimize.minimize(
            minus, state["alpha"], jac=True, method="L-BFGS-B", bounds=limits,
            options={"ftol": 1e-14, "gtol": 1e-8, "maxiter": 300},
        )  # fmt: skip
        state["alpha"] = found.x
        return float(found.fun)

    outer = optimize.minimize_scalar(best, bounds=R_RANGE, method="bounded", options={"xatol": 1e-4})
    best(outer.x)
    return _result(data, entered, grid, np.r_[state["alpha"], outer.x], LIMITS[selected].T)


def likelihood_at(data: Sequences, entered: Entered | None, grid: Grid, logit_r: float) -> _Likelihood:
    """Return the log probabilities of days and entry at each node."""
    r = float(special.expit(logit_r))
    days = log_days(data, grid.theta, r)
    everybody = np.zeros(len(days), dtype=np.intp)
    if entered is None:
        return _Likelihood(grid, days, np.zeros((1, len(grid.theta))), everybody)
    if entered.by_calendar:
        joint, taken = entered_any(entered, grid.theta, r)
        days[entered.open_rows] = joint
        return _Likelihood(grid, days, _log(taken)[None], everybody)
    taken, case = entered_recorded(data, entered, grid.theta, r)
    return _Likelihood(grid, days, _log(taken), case)


def _log(probability: Array) -> Array:
    return np.asarray(np.log(np.maximum(probability, 1e-300)))


def log_days(data: Sequences, theta: Array, r: float) -> Array:
    """Return log P(recorded days | theta), (patients, nodes)."""
    rows = [np.log1p(-theta), np.log(theta)]
    for gap in data.gaps:
        carried = r ** float(gap)
        up, stay = theta * (1 - carried), theta + (1 - theta) * carried
        rows += [np.log1p(-up), np.log(up), np.log1p(-stay), np.log(stay)]
    return np.asarray(data.counts @ np.array(rows))


def _result(data: Sequences, entered: Entered | None, grid: Grid, phi: Array, limits: Array) -> MarkovBeta:
    """Collect scores, information and expectations at the maximum, by differences in logit(r)."""
    low, here, high = (
        likelihood_at(data, entered, grid, phi[2] + step).at(phi[:2]) for step in (-STEP, 0.0, STEP)
    )
    scores = np.column_stack([here[1], (high[0] - low[0]) / (2 * STEP)])
    slopes = np.column_stack([here[3], (high[2] - low[2]) / (2 * STEP)])
    likelihood = likelihood_at(data, entered, grid, phi[2])
    hessian = np.empty((3, 3))
    for i in range(2):
        step = np.eye(2)[i] * 1e-4
        up, down = likelihood.at(phi[:2] + step)[1], likelihood.at(phi[:2] - step)[1]
        hessian[i, :2] = (up - down).sum(axis=0) / 2e-4
    hessian[2, :2] = hessian[:2, 2] = (high[1] - low[1]).sum(axis=0) / (2 * STEP)
    hessian[2, 2] = (high[0] - 2 * here[0] + low[0]).sum() / STEP**2
    inner = (np.abs(phi - limits[:, 0]) > 1e-2) & (np.abs(phi - limits[:, 1]) > 1e-2)
    information = -(hessian + hessian.T)[np.ix_(inner, inner)] / 2
    positive = bool(np.linalg.eigvalsh(information).min(initial=1.0) > 0)
    inverse = np.zeros((3, 3))
    if positive:
        inverse[np.ix_(inner, inner)] = np.linalg.inv(information)
    a, b, _ = shapes(phi[:2], selected=grid.selected)
    return MarkovBeta(
        phi, scores, inverse, float(here[0].sum()), positive, here[2], slopes, (a, b),
        float(special.expit(phi[2])), not bool(inner[:2].all()), *_drift(data, entered, grid, phi),
    )  # fmt: skip


def _drift(data: Sequences, entered: Entered | None, grid: Grid, phi: Array) -> tuple[Array, Array]:
    """Return E(drift | days) of each patient, and its slopes by phi.

    A level whose logit wanders with variance s^2 without leaving its density f (a reversible diffusion) moves
    by s^2/2 (g'' + g' (log f)') on average, g being theta:
    s^2/2 theta (1 - theta) (a + 1 - (a + b + 2) theta).
    It needs the density only where the patient is, not how many candidates there are below the entry rule.
    """
    a, b, by = shapes(phi[:2], selected=grid.selected)
    theta = grid.theta
    first, second = theta * (1 - theta), theta**2 * (1 - theta)
    value = (a + 1) * first - (a + b + 2) * second

    def at(logit_r: float) -> tuple[Array, Array]:
        return likelihood_at(data, entered, grid, logit_r).mean_of(phi[:2], value)

    here, slopes = at(phi[2])
    low, high = at(phi[2] - STEP)[0], at(phi[2] + STEP)[0]
    likelihood = likelihood_at(data, entered, grid, phi[2])
    one, two = (likelihood.mean_of(phi[:2], part)[0] for part in (first, second))
    slopes = slopes + np.column_stack([one - two, -two]) * by
    return here, np.column_stack([slopes, (high - low) / (2 * STEP)])
