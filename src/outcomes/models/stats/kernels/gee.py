"""Logistic estimating equations for diary days, in time linear in the number of rows.

A row is one day, or (independence, exchangeable) several days of a patient that share their covariates:
`days` and `events` count them. Neither working correlation ever builds a matrix per patient:

- exchangeable: V^-1 needs only a patient's sums of the standardised rows;
- AR(1) on the calendar: corr(j, k) = alpha^|t_j - t_k| is Markov, so its inverse is tridiagonal for any gaps,
  and whitening a row needs only the row before it.

The moment equations for alpha are those of geepack: least squares of the standardised residual products on
the correlation, over all pairs of days of a patient.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray
from scipy import special

from outcomes.models.stats.kernels.cluster_robust import cluster_outer
from outcomes.models.stats.kernels.root import narrowed

Array = NDArray[np.float64]
Index = NDArray[np.intp]

MAX_STEPS = 200
#: Largest change of a coefficient, in standard errors, at which the equations count as solved.
CONVERGED = 1e-10
#: The same for the start, from which the correlated equations go on.
ROUGH = 1e-4
#: |x'b| above this: a probability within 1e-5 of 0 or 1, a cell where all or none of the days have the event.
SEPARATED = 12.0
#: |alpha| is kept below this: at 1 the working correlation is singular.
LARGEST_ALPHA = 0.9999
#: Values of alpha between two of which its equation is solved.
TRIALS = np.linspace(-LARGEST_ALPHA, LARGEST_ALPHA, 401)
#: Cells of the patients x calendar grid held at once for the lag products: below about 200 MB.
GRID_CELLS = 4_000_000


@dataclass(frozen=True, slots=True, eq=False)
class Rows:
    """Rows sorted by patient and day: x (rows, p), events, days (rows,), starts (patients,), gap (rows,).

    gap is the number of days since the patient's row before, and 0 at a patient's first row.
    """

    x: Array
    events: Array
    days: Array
    starts: Index
    gap: Index


@dataclass(frozen=True, slots=True, eq=False)
class GeeFit:
    """The solution.

    beta (p,), alpha, scale, scores (patients, p), informations (patients, p, p); converged; separated: the
    independence likelihood has no maximum; clipped: alpha was held inside its range.
    """

    beta: Array
    alpha: float
    scale: float
    scores: Array
    informations: Array
    converged: bool
    separated: bool
    steps: int
    clipped: bool


def fit_gee(rows: Rows, correlation: str) -> GeeFit:
    """Solve the equations: under independence first, then with alpha and scale from moments in turn.

    The independence solution is a maximum likelihood: it diverges exactly when the data are separated.
    Correlated equations can have a finite root there that means nothing, so they are not tried.
    """
    found = _iterate(rows, np.zeros(rows.x.shape[1]), "independence", None, ROUGH)
    separated = bool(np.max(np.abs(rows.x @ found.beta)) > SEPARATED)
    used = "independence" if separated else correlation
    if not separated:
        lags = Lags.of(rows) if correlation == "ar1" else None
        found = _iterate(rows, found.beta, correlation, lags, CONVERGED)
    state = _standardise(rows, found.beta)
    scores, informations = _by_cluster(rows, state, used, found.alpha)
    scale = float(state.squares.sum() / rows.days.sum())
    return GeeFit(
        found.beta, found.alpha, scale, scores / scale, informations / scale,
        found.change < CONVERGED, separated, found.steps, found.clipped,
    )  # fmt: skip


@dataclass(frozen=True, slots=True, eq=False)
class _Found:
    beta: Array
    alpha: float
    change: float
    steps: int
    clipped: bool


def _iterate(rows: Rows, beta: Array, correlation: str, lags: Lags | None, enough: float) -> _Found:
    alpha, clipped, steps, change = 0.0, False, 0, np.inf
    while steps < MAX_STEPS:
        steps += 1
        state = _standardise(rows, beta)
        if correlation != "independence":
            alpha, clipped = _alpha(rows, state, correlation, lags)
        information, score = _equations(rows, state, correlation, alpha)
        step = np.linalg.lstsq(information, score, rcond=None)[0]
        beta = beta + step
        change = float(np.max(np.abs(step) * np.sqrt(np.abs(np.diag(information)))))
        if change < enough or not np.isfinite(change) or np.max(np.abs(rows.x @ beta)) > 2 * SEPARATED:
            break
    return _Found(beta, alpha, change, steps, clipped)


@dataclass(frozen=True, slots=True, eq=False)
class _Standardised:
    """root = sqrt(v), residual = sum of Pearson residuals, squares = sum of their squares, per row."""

    root: Array
    residual: Array
    squares: Array


def _standardise(rows: Rows, beta: Array) -> _Standardised:
    mu = special.expit(rows.x @ beta)
    v = np.maximum(mu * (1 - mu), 1e-300)
    root = np.sqrt(v)
    residual = (rows.events - rows.days * mu) / root
    squares = (rows.events * (1 - mu) ** 2 + (rows.days - rows.events) * mu**2) / v
    return _Standardised(root, residual, squares)


def _alpha(rows: Rows, state: _Standardised, correlation: str, lags: Lags | None) -> tuple[float, bool]:
    scale = state.squares.sum() / rows.days.sum()
    if correlation == "ar1" and lags is not None:
        return lags.alpha(state.residual, float(scale))
    size = np.add.reduceat(rows.days, rows.starts)
    pairs = float((size * (size - 1)).sum())
    if pairs == 0:
        return 0.0, False
    total = np.add.reduceat(state.residual, rows.starts)
    alpha = float(((total**2).sum() - state.squares.sum()) / (scale * pairs))
    lowest = -1 / (size.max() - 1) * LARGEST_ALPHA if size.max() > 1 else 0.0
    return float(np.clip(alpha, lowest, LARGEST_ALPHA)), not lowest <= alpha <= LARGEST_ALPHA


def _equations(rows: Rows, state: _Standardised, correlation: str, alpha: float) -> tuple[Array, Array]:
    """Return sum_i D'V^-1 D and sum_i D'V^-1 r, without the scale."""
    if correlation == "ar1":
        x, r = _whiten(rows, state, alpha)
        return x.T @ x, x.T @ r
    x = rows.x * state.root[:, None]
    information, score = x.T @ (x * rows.days[:, None]), x.T @ state.residual
    if correlation == "independence" or alpha == 0:
        return information, score
    sums, residual, shrink = _sums(rows, x, state, alpha)
    information = information - (sums * shrink[:, None]).T @ sums
    score = score - sums.T @ (shrink * residual)
    return information / (1 - alpha), score / (1 - alpha)


def _sums(rows: Rows, x: Array, state: _Standardised, alpha: float) -> tuple[Array, Array, Array]:
    size = np.add.reduceat(rows.days, rows.starts)
    sums = np.add.reduceat(x * rows.days[:, None], rows.starts, axis=0)
    residual = np.add.reduceat(state.residual, rows.starts)
    return sums, residual, alpha / (1 + (size - 1) * alpha)


def _whiten(rows: Rows, state: _Standardised, alpha: float) -> tuple[Array, Array]:
    """Return (z_j - phi_j z_(j-1)) / sqrt(1 - phi_j^2), phi_j = alpha^gap, of columns and residuals."""
    power = np.float64(alpha) ** np.arange(rows.gap.max() + 1)
    power[0] = 0.0  # a patient's first row depends on nothing
    phi = power[rows.gap]
    norm = 1 / np.sqrt(1 - phi**2)
    x = rows.x * state.root[:, None]
    before = np.roll(x, 1, axis=0)  # row 0 gets the last one; its phi is 0
    whitened = (x - phi[:, None] * before) * norm[:, None]
    return whitened, (state.residual - phi * np.roll(state.residual, 1)) * norm


def _by_cluster(rows: Rows, state: _Standardised, correlation: str, alpha: float) -> tuple[Array, Array]:
    """Return scores and informations per patient, without the scale."""
    if correlation == "ar1":
        x, r = _whiten(rows, state, alpha)
        return np.add.reduceat(x * r[:, None], rows.starts, axis=0), cluster_outer(x, x, rows.starts)
    x = rows.x * state.root[:, None]
    scores = np.add.reduceat(x * state.residual[:, None], rows.starts, axis=0)
    informations = cluster_outer(x * rows.days[:, None], x, rows.starts)
    if correlation == "independence" or alpha == 0:
        return scores, informations
    sums, residual, shrink = _sums(rows, x, state, alpha)
    scores = (scores - sums * (shrink * residual)[:, None]) / (1 - alpha)
    informations = informations - shrink[:, None, None] * sums[:, :, None] * sums[:, None, :]
    return scores, informations / (1 - alpha)


@dataclass(frozen=True, eq=False)
class Lags:
    """Where each row lies on the patients x calendar grid, and how many pairs each lag has."""

    patient: Index
    column: Index
    length: int
    pairs: Array

    @cached_property
    def lag(self) -> Index:
        """The lags that occur, without 0."""
        return np.flatnonzero(self.pairs[1:] > 0) + 1

    @cached_property
    def powers(self) -> Array:
        """Each trial alpha to the power of each lag, (trials, lags)."""
        return np.asarray(TRIALS[:, None] ** self.lag)

    @classmethod
    def of(cls, rows: Rows) -> Lags:
        """Lay the rows on their calendar: column 0 is a patient's first recorded day."""
        patient = np.zeros(len(rows.gap), dtype=np.intp)
        patient[rows.starts[1:]] = 1
        patient = np.cumsum(patient)
        elapsed = np.cumsum(rows.gap)
        column = elapsed - elapsed[rows.starts][patient]
        length = int(column.max()) + 1
        blank = cls(patient, column, length, np.zeros(length))
        return cls(patient, column, length, np.rint(blank.products(np.ones(len(patient)))))

    def products(self, z: Array) -> Array:
        """Return sum over patients and pairs d days apart of z_j z_k, for d = 0, 1, ... (by FFT)."""
        width = 2 * self.length
        block = max(1, GRID_CELLS // width)
        total = np.zeros(width // 2 + 1)
        edges = np.searchsorted(self.patient, np.arange(0, self.patient[-1] + block + 1, block))
        for first, last in pairwise(edges):
            if first == last:
                continue
            part = slice(first, last)
            local = self.patient[part] - self.patient[first]
            grid = np.zeros((local[-1] + 1, width))
            grid[local, self.column[part]] = z[part]
            spectrum = np.fft.rfft(grid, axis=1)
            total += (spectrum.real**2 + spectrum.imag**2).sum(axis=0)
        return np.asarray(np.fft.irfft(total, n=width)[: self.length])

    def alpha(self, residual: Array, scale: float) -> tuple[float, bool]:
        """Return the alpha that minimises sum over pairs of (r_j r_k / scale - alpha^lag)^2."""
        lag = self.lag
        if not len(lag):
            return 0.0, False
        product, pairs = self.products(residual)[lag] / scale, self.pairs[lag]

        def slope(alpha: Array) -> Array:
            power = alpha[:, None] ** (lag - 1)
            return np.asarray((lag * power * (pairs * power * alpha[:, None] - product)).sum(axis=1))

        loss = self.powers**2 @ pairs - 2 * self.powers @ product
        best = int(np.argmin(loss))
        if best in (0, len(TRIALS) - 1):
            return float(TRIALS[best]), True
        low, high = TRIALS[best - 1 : best], TRIALS[best + 1 : best + 2]
        if slope(low)[0] >= 0 or slope(high)[0] <= 0:
            return float(TRIALS[best]), False
        return float(narrowed(slope, low, high, 1e-13)[0][0]), False
