"""Fill the missing visits of patients from conditional normal distributions, all imputations at once."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from outcomes.models.stats.kernels.normal_draws import Panel

Array = NDArray[np.float64]
Flags = NDArray[np.bool_]
Index = NDArray[np.intp]

#: Values held at once (draws x patients x visits): about 40 MB an array.
BLOCK_VALUES = 5_000_000


def last_seen(y: Array) -> Index:
    """Return the last observed visit of each patient; -1 when there is none."""
    seen = ~np.isnan(y)
    m = y.shape[1]
    return np.where(seen.any(axis=1), m - 1 - seen[:, ::-1].argmax(axis=1), -1).astype(np.intp)


def fill(
    panel: Panel,
    reference: Array,
    beta: Array,
    sigma: Array,
    strategy: str,
    free: Flags,
    rng: np.random.Generator,
) -> Array:
    """Return completed values (draws, n, m).

    Parameters
    ----------
    panel : Panel
        Patients; `reference` (n, k) are their covariates with the arm set to the reference.
    beta, sigma : arrays (draws, q), (draws, m, m)
        Parameters of each imputation.
    strategy : str
        What holds after a patient's last value: mar, jump-to-reference, copy-reference,
        copy-increments, return-to-baseline. Gaps before it are always filled as missing at random.
    free : array of bool (n,)
        Patients to whom the strategy applies; the others (the reference arm) stay missing at random.
    rng : Generator
        Source of the draws.
    """
    out = np.empty((len(beta), *panel.y.shape))
    for part, completed in fill_by_blocks(panel, reference, beta, sigma, strategy, free, rng):
        out[part] = completed
    return out


def fill_by_blocks(
    panel: Panel,
    reference: Array,
    beta: Array,
    sigma: Array,
    strategy: str,
    free: Flags,
    rng: np.random.Generator,
) -> Iterator[tuple[slice, Array]]:
    """Yield a block of draws and their completed values (draws, n, m); parameters as `fill`."""
    block = max(1, BLOCK_VALUES // max(1, panel.y.size))
    for low in range(0, len(beta), block):
        part = slice(low, min(low + block, len(beta)))
        yield part, _fill_block(panel, reference, beta[part], sigma[part], strategy, free, rng)


def _fill_block(
    panel: Panel,
    reference: Array,
    beta: Array,
    sigma: Array,
    strategy: str,
    free: Flags,
    rng: np.random.Generator,
) -> Array:
    own = _means(panel.c, panel.d, beta, panel.y.shape[1])
    there = (
        own
        if strategy in ("mar", "return-to-baseline")
        else _means(reference, panel.d, beta, panel.y.shape[1])
    )
    y = np.broadcast_to(panel.y, (len(beta), *panel.y.shape)).copy()
    last = last_seen(panel.y)
    missing = np.isnan(panel.y)
    visit = np.arange(panel.y.shape[1])
    gaps = missing & (visit < last[:, None])
    for rows, gap in _groups(gaps, ~missing):
        known = ~missing[rows[0]]
        y[:, rows[:, None], gap] = _draw(y[:, rows], own[:, rows], sigma, known, gap, rng)
    tails = missing & (visit > last[:, None])
    for rows, tail in _groups(tails, np.column_stack([free, last])):
        mean, carry = _strategy(
            own[:, rows], there[:, rows], strategy if free[rows[0]] else "mar", int(last[rows[0]])
        )
        known = np.zeros(len(visit), dtype=bool) if not carry else visit <= last[rows[0]]
        y[:, rows[:, None], tail] = _draw(y[:, rows], mean, sigma, known, tail, rng)
    return y


def _means(c: Array, d: Array, beta: Array, visits: int) -> Array:
    k = c.shape[1]
    by_visit = beta[:, : visits * k].reshape(len(beta), visits, k)
    own = np.matmul(c[None], np.swapaxes(by_visit, 1, 2))
    if d.shape[1]:
        own += (beta[:, visits * k :] @ d.T)[:, :, None]
    return np.asarray(own)


def _strategy(own: Array, reference: Array, strategy: str, last: int) -> tuple[Array, bool]:
    """Return the mean vector that holds for these patients, and whether what was seen carries over."""
    if strategy == "mar":
        return own, True
    if strategy == "copy-reference":
        return reference, True
    if strategy == "return-to-baseline":
        return np.zeros_like(own), False
    mean = own.copy()
    mean[:, :, last + 1 :] = reference[:, :, last + 1 :]
    if strategy == "copy-increments" and last >= 0:
        mean[:, :, last + 1 :] += (own[:, :, last] - reference[:, :, last])[:, :, None]
    return mean, True


def _draw(
    y: Array, mean: Array, sigma: Array, known: Flags, wanted: Index, rng: np.random.Generator
) -> Array:
    """Draw the wanted visits given the known ones: y, mean (draws, rows, m); result (draws, rows, wanted)."""
    seen = np.flatnonzero(known)
    spread = sigma[:, wanted[:, None], wanted]
    centre = mean[:, :, wanted]
    if len(seen):
        cross = sigma[:, seen[:, None], wanted]
        slope = np.linalg.solve(sigma[:, seen[:, None], seen], cross)
        centre = centre + np.matmul(y[:, :, seen] - mean[:, :, seen], slope)
        spread = spread - np.matmul(np.swapaxes(slope, 1, 2), cross)
    root = np.linalg.cholesky(spread)
    noise = rng.standard_normal((len(y), y.shape[1], len(wanted)))
    return np.asarray(centre + np.matmul(noise, np.swapaxes(root, 1, 2)))


def _groups(wanted: Flags, key: NDArray[np.generic]) -> list[tuple[Index, Index]]:
    """Return rows that share their wanted visits and key, with those visits."""
    rows = np.flatnonzero(wanted.any(axis=1))
    if not len(rows):
        return []
    code = np.column_stack([wanted[rows].astype(np.int64), key[rows].astype(np.int64)])
    _, which = np.unique(code, axis=0, return_inverse=True)
    which = which.reshape(-1)
    members = [rows[which == g] for g in range(which.max() + 1)]
    return [(group, np.flatnonzero(wanted[group[0]])) for group in members]
