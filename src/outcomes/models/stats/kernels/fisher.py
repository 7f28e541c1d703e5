"""Fisher's exact test of a table of two by two."""

from __future__ import annotations

import numpy as np

__all__ = ["fisher_p"]

#: Tables are equally likely when rounding alone tells them apart; the bound is that of R's `fisher.test`.
EQUALLY_LIKELY = 1 + 1e-7


def fisher_p(x1: int, n1: int, x2: int, n2: int) -> float:
    """Return the two-sided P: all tables of the same margins that are at most as likely as the observed one.

    Notes
    -----
    Each table's probability follows from its neighbour's by a ratio of whole numbers. Multiplied outwards
    from the likeliest table, 10,000 of them lose four of sixteen digits at most; differences of log
    factorials lose more where groups are large.
    """
    total = x1 + x2
    first, last = max(0, total - n2), min(n1, total)
    mode = min(max((total + 1) * (n1 + 1) // (n1 + n2 + 2), first), last)
    up = np.arange(mode, last, dtype=np.float64)
    down = np.arange(mode, first, -1, dtype=np.float64)
    rising = (total - up) * (n1 - up) / ((up + 1) * (n2 - total + up + 1))
    falling = down * (n2 - total + down) / ((n1 - down + 1) * (total - down + 1))
    weight = np.concatenate([np.cumprod(falling)[::-1], [1.0], np.cumprod(rising)])
    # From the least likely on: what is small is added up before it meets what is large.
    extreme = np.sort(weight[weight <= weight[x1 - first] * EQUALLY_LIKELY])
    return 1.0 if len(extreme) == len(weight) else float(extreme.sum() / weight.sum())
