"""Headache days of patients who differ and whose days carry over: what regression to the mean rests on.

A patient has a probability theta ~ Beta(a, b). Given theta the days are a two-state Markov chain with
marginal theta and correlation r^g of days g apart: P(1 after 1) = theta + (1 - theta) r^g, P(1 after 0) =
theta (1 - r^g). Patients are seen only if at least so many of their n days have the event.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import optimize, special

Array = NDArray[np.float64]
Index = NDArray[np.intp]

#: Gauss-Jacobi nodes over theta: k are exact for polynomials up to degree 2 k - 1, and the integrands are
#: polynomials whose degree is at most the days of the window plus 1. A longer window takes more.
NODES = 20
#: Steps of central differences, on the unconstrained scale, for scores and the Hessian.
STEP = 1e-4
#: With a + b outside (e^-6, e^6) patients are all at the ends or all alike: the law is held there.
LARGEST_LOG_SIZE = 6.0


@dataclass(frozen=True, slots=True, eq=False)
class Sequences:
    """Counts that are sufficient for a patient's recorded days.

    counts (patients, 2 + 4 gaps): first day is 0 / 1, then for each gap the transitions 00, 01, 10, 11;
    gaps (gaps,): days between two entries; length (patients,): days recorded; at_least (patients,): the
    fewest events with which the patient is taken (0: no entry rule).
    """

    counts: Array
    gaps: Index
    length: Index
    at_least: Index


@dataclass(frozen=True, slots=True, eq=False)
class MarkovBeta:
    """Fitted law: phi = (logit of the mean, log of a + b, logit of r), scores (patients, 3)."""

    phi: Array
    scores: Array
    inverse_information: Array
    log_likelihood: float
    converged: bool

    @property
    def shapes(self) -> tuple[float, float]:
        """Beta shapes a, b."""
        return _shapes(self.phi)[:2]

    @property
    def carry_over(self) -> float:
        """Correlation of one day with the next."""
        return _shapes(self.phi)[2]


def sequences(patient: Index, day: Index, event: NDArray[np.bool_], at_least: Index) -> Sequences:
    """Count first days and transitions; rows are sorted by patient and day, patients are 0, 1, ..."""
    n = len(at_least)
    first = np.r_[True, patient[1:] != patient[:-1]]
    gap = np.diff(day, prepend=0)
    follows = np.flatnonzero(~first)
    gaps, which = np.unique(gap[follows], return_inverse=True)
    counts = np.zeros((n, 2 + 4 * len(gaps)))
    counts[patient[first], event[first].astype(np.intp)] = 1
    code = 2 + 4 * which + 2 * event[follows - 1] + event[follows]
    np.add.at(counts, (patient[follows], code), 1)
    return Sequences(counts, gaps.astype(np.intp), np.bincount(patient, minlength=n), at_least)


def fit_markov_beta(data: Sequences) -> MarkovBeta:
    """Maximise the likelihood of the patients who were taken, given that they were."""
    events = data.counts[:, 1] + data.counts[:, 2:].reshape(len(data.counts), -1, 4)[:, :, [1, 3]].sum(
        axis=(1, 2)
    )
    mean = np.clip(events.sum() / data.length.sum(), 0.02, 0.98)
    start = np.array([special.logit(mean), np.log(4.0), special.logit(0.25)])
    bounds = [(-8, 8), (-6, LARGEST_LOG_SIZE), (-12, 6)]
    # Scaled to one patient, so that the optimiser's tolerances mean the same for any number of them.
    found = optimize.minimize(
        lambda phi: -log_likelihoods(phi, data).mean(), start, method="L-BFGS-B", bounds=bounds,
        options={"ftol": 1e-13, "gtol": 1e-7, "maxiter": 500},
    )  # fmt: skip
    phi = found.x
    steps = STEP * np.eye(3)
    up = np.array([log_likelihoods(phi + step, data) for step in steps])
    down = np.array([log_likelihoods(phi - step, data) for step in steps])
    hessian = _hessian(phi, data, steps)
    inner = np.abs(phi - [low for low, _ in bounds]) > 1e-3
    inner &= np.abs(phi - [high for _, high in bounds]) > 1e-3
    information = -hessian[np.ix_(inner, inner)]
    inverse = np.zeros((3, 3))
    positive = bool(np.linalg.eigvalsh(information).min(initial=1.0) > 0)
    if positive:
        inverse[np.ix_(inner, inner)] = np.linalg.inv(information)
    return MarkovBeta(
        phi,
        ((up - down) / (2 * STEP)).T,
        inverse,
        float(log_likelihoods(phi, data).sum()),
        positive and found.success,
    )


def _hessian(phi: Array, data: Sequences, steps: Array) -> Array:
    def total(at: Array) -> float:
        return float(log_likelihoods(at, data).sum())

    big = 20 * steps
    out = np.empty((3, 3))
    for i in range(3):
        for j in range(i, 3):
            corners = (
                total(phi + big[i] + big[j])
                - total(phi + big[i] - big[j])
                - total(phi - big[i] + big[j])
                + total(phi - big[i] - big[j])
            )
            out[i, j] = out[j, i] = corners / (4 * (20 * STEP) ** 2)
    return out


def log_likelihoods(phi: Array, data: Sequences) -> Array:
    """Return each patient's log likelihood given entry."""
    theta, weight, r = _nodes(phi, data)
    seen = special.logsumexp(data.counts @ _log_table(theta, r, data.gaps) + np.log(weight), axis=1)
    if not data.at_least.any():
        return np.asarray(seen)
    entered = _entered(theta, r, data) @ weight
    return np.asarray(seen - np.log(np.maximum(entered, 1e-300)))


def expected_probability(phi: Array, data: Sequences) -> Array:
    """Return E(theta | the patient's days): the share of days expected later, if nothing changes."""
    theta, weight, r = _nodes(phi, data)
    logs = data.counts @ _log_table(theta, r, data.gaps) + np.log(weight)
    posterior = np.exp(logs - logs.max(axis=1, keepdims=True))
    return np.asarray((posterior @ theta) / posterior.sum(axis=1))


def taken(theta: Array, carried: Array, length: Index, at_least: Index) -> Array:
    """Return P(at least so many events in so many days | theta), shape (cases, nodes).

    carried (cases,): correlation of one entry with the next. Every case is a chain of its own length.
    Days without the event are counted, as few are allowed: at most length - at_least.
    """
    allowed = length - at_least
    cases, nodes, top = len(length), len(theta), max(1, int(allowed.max()))
    out = np.empty((cases, nodes))
    # state[case, k, s, node]: probability of k days without the event so far and the last day in state s.
    state = np.zeros((cases, top + 1, 2, nodes))
    state[:, 1, 0], state[:, 0, 1] = 1 - theta, theta
    up = (theta * (1 - carried[:, None]))[:, None]  # P(1 after 0)
    stay = (theta + (1 - theta) * carried[:, None])[:, None]  # P(1 after 1)
    for day in range(1, int(length.max()) + 1):
        if day > 1:
            one = state[:, :, 0] * up + state[:, :, 1] * stay
            zero = state.sum(axis=2) - one
            state[:, :, 1] = one
            state[:, 1:, 0], state[:, 0, 0] = zero[:, :-1], 0.0
        for case in np.flatnonzero(length == day):
            out[case] = state[case, : max(0, allowed[case] + 1)].sum(axis=(0, 1))
    return out


def _entered(theta: Array, r: float, data: Sequences) -> Array:
    """Return P(the entry rule is met | theta) per patient, from one chain a length and rule.

    Missing days loosen a patient's chain; its correlation is the mean of r^gap over the
    patients of the same length.
    """
    cases, which = np.unique(np.column_stack([data.length, data.at_least]), axis=0, return_inverse=True)
    moves = data.counts[:, 2:].reshape(len(data.counts), -1, 4).sum(axis=2)
    weight = np.zeros((len(cases), moves.shape[1]))
    np.add.at(weight, which, moves)
    carried = (weight @ r ** data.gaps.astype(float)) / np.maximum(weight.sum(axis=1), 1)
    return taken(theta, carried, cases[:, 0], cases[:, 1])[which]


def _shapes(phi: Array) -> tuple[float, float, float]:
    mean, size = special.expit(phi[0]), np.exp(phi[1])
    return float(mean * size), float((1 - mean) * size), float(special.expit(phi[2]))


def _nodes(phi: Array, data: Sequences) -> tuple[Array, Array, float]:
    a, b, r = _shapes(phi)
    x, w = special.roots_jacobi(max(NODES, int(data.length.max()) // 2 + 2), b - 1, a - 1)
    theta = np.clip((x + 1) / 2, 1e-12, 1 - 1e-12)
    return theta, np.maximum(w / w.sum(), 1e-300), r


def _log_table(theta: Array, r: float, gaps: Index) -> Array:
    """Return log probabilities, one row a column of `Sequences.counts`, one column a node."""
    rows = [np.log1p(-theta), np.log(theta)]
    for gap in gaps:
        carried = r ** float(gap)
        up, stay = theta * (1 - carried), theta + (1 - theta) * carried
        rows += [np.log1p(-up), np.log(up), np.log1p(-stay), np.log(stay)]
    return np.array(rows)
