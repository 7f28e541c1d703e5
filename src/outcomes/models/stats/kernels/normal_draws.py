"""Draws of the mean and covariance parameters of a repeated-measures model, all imputations at once.

Patient i has covariates c_i (k,) that act at every visit on their own, and d_i (j,) that act alike at all
visits: mean at visit v = c_i' b_v + d_i' g. Coefficients are stacked as (b_1 .. b_m, g), q = m k + j.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from outcomes.models.stats.kernels.structures import covariance

Array = NDArray[np.float64]
Flags = NDArray[np.bool_]

#: Draws of theta that give no positive definite matrix (toep, toeph) are drawn again, at most so often.
REDRAWS = 100


@dataclass(frozen=True, slots=True, eq=False)
class Panel:
    """Patients x visits: y (n, m) with NaN where missing, c (n, k), d (n, j)."""

    y: Array
    c: Array
    d: Array

    @property
    def q(self) -> int:
        """Number of coefficients."""
        return int(self.y.shape[1] * self.c.shape[1] + self.d.shape[1])


@dataclass(frozen=True, slots=True, eq=False)
class Products:
    """Cross products per pattern of observed visits: all that the likelihood needs of the patients.

    seen (patterns, m); xx (patterns, m, m, q, q): sum of x_iv x_iw'; xy (patterns, m, m, q): of x_iv y_iw.
    """

    seen: Flags
    xx: Array
    xy: Array


def products(panel: Panel) -> Products:
    """Add up the patients of each pattern."""
    m, k = panel.y.shape[1], panel.c.shape[1]
    seen, which = np.unique(~np.isnan(panel.y), axis=0, return_inverse=True)
    which = which.reshape(-1)
    y = np.nan_to_num(panel.y)
    xx = np.zeros((len(seen), m, m, panel.q, panel.q))
    xy = np.zeros((len(seen), m, m, panel.q))
    every = np.column_stack([panel.c, panel.d])
    own = [np.r_[v * k : (v + 1) * k, m * k : panel.q] for v in range(m)]  # where x_iv is not 0
    for p in range(len(seen)):
        part = every[which == p]
        among, with_y = part.T @ part, part.T @ y[which == p]
        for v in range(m):
            xy[p, v][:, own[v]] = with_y.T
            for w in range(m):
                xx[p, v, w][np.ix_(own[v], own[w])] = among
    return Products(seen, xx, xy)


def draw_sigma(
    theta: Array, theta_vcov: Array, structure: str, visits: int, draws: int, rng: np.random.Generator
) -> Array:
    """Return covariance matrices (draws, m, m) with theta from its normal approximation."""
    values, vectors = np.linalg.eigh(theta_vcov)
    root = vectors * np.sqrt(np.maximum(values, 0))
    out = np.empty((draws, visits, visits))
    for i in range(draws):
        for _ in range(REDRAWS):
            sigma = covariance(structure, theta + root @ rng.standard_normal(len(theta)), visits)
            if np.linalg.eigvalsh(sigma)[0] > 0:
                break
        else:
            sigma = covariance(structure, theta, visits)
        out[i] = sigma
    return out


def generalised_least_squares(data: Products, sigma: Array) -> tuple[Array, Array]:
    """Return the coefficients (draws, q) and their information (draws, q, q) for each covariance."""
    draws, m, _ = sigma.shape
    q = data.xx.shape[-1]
    information, score = np.zeros((draws, q * q)), np.zeros((draws, q))
    for p, seen in enumerate(data.seen):
        if not seen.any():
            continue
        inside = np.ix_(seen, seen)
        weight = np.zeros((draws, m, m))
        weight[:, inside[0], inside[1]] = np.linalg.inv(sigma[:, inside[0], inside[1]])
        flat = weight.reshape(draws, m * m)
        information += flat @ data.xx[p].reshape(m * m, q * q)
        score += flat @ data.xy[p].reshape(m * m, q)
    matrix = information.reshape(draws, q, q)
    beta: Array = np.asarray(np.linalg.solve(matrix, score[:, :, None])[:, :, 0], dtype=np.float64)
    return beta, matrix


def draw_beta(data: Products, sigma: Array, rng: np.random.Generator) -> Array:
    """Return coefficients from N(beta hat(sigma), information(sigma)^-1), shape (draws, q)."""
    beta, information = generalised_least_squares(data, sigma)
    root = np.linalg.cholesky(information)
    noise = rng.standard_normal(beta.shape)
    return np.asarray(beta + np.linalg.solve(np.swapaxes(root, 1, 2), noise[:, :, None])[:, :, 0])
