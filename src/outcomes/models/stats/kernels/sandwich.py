"""Covariance of beta from the subjects' scores (CR0, CR2, CR3) and its Satterthwaite df."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

__all__ = ["Sandwich", "sandwich"]

Array = NDArray[np.float64]
Index = NDArray[np.intp]


@dataclass(frozen=True, slots=True, eq=False)
class Sandwich:
    """The robust covariance with what its df need.

    Parameters
    ----------
    vcov : array (p, p)
        Covariance of beta.
    model_vcov : array (p, p)
        ``(X'WX)^-1``.
    whitened : array (n, p)
        Rows of the design, whitened by each subject's covariance.
    leverage : array (n, p)
        ``A_i X~_i (X'WX)^-1`` of each row, with A_i the adjustment of the subject.
    start : int array (n_subjects,)
        First row of each subject.
    """

    vcov: Array
    model_vcov: Array
    whitened: Array
    leverage: Array
    start: Index

    def df(self, rows: Array) -> Array:
        """Return Satterthwaite df of each row of L: ``tr(G)^2 / tr(G^2)``.

        Notes
        -----
        With ``a_i = A_i X~_i F l``, the matrix over subjects is
        ``G = diag(a_i'a_i) - B F B'`` with rows ``B_i = a_i' X~_i``, so its traces need no n x n matrix.

        References
        ----------
        Bell RM, McCaffrey DF (2002). Survey Methodology 28(2):169-181.
        """
        out = np.empty(len(rows))
        for i, row in enumerate(rows):
            a = self.leverage @ row
            own = np.add.reduceat(a * a, self.start)
            b = np.add.reduceat(self.whitened * a[:, None], self.start, axis=0)
            bf = b @ self.model_vcov
            cross = np.einsum("ip,ip->i", bf, b)
            spread = b.T @ bf
            total = own.sum() - cross.sum()
            squares = own @ own - 2.0 * own @ cross + np.sum(spread * spread.T)
            out[i] = total**2 / squares if squares > 0 else np.nan
        return out


def sandwich(
    kind: str,
    root: Array,
    blocks: list[tuple[Array, Array, Array]],
) -> Sandwich:
    """Return the robust covariance.

    Parameters
    ----------
    kind : {"empirical", "empirical-bias-reduced", "empirical-jackknife"}
        CR0; CR2, which is unbiased when the model's covariance holds; CR3, close to leaving one out.
    root : array (p, p)
        R with ``(X'WX)^-1 = R R'``.
    blocks : list of (rows, residuals, factor)
        One entry per pattern: design (n, m, p), residuals (n, m), lower Cholesky factor (m, m) of the
        covariance.

    References
    ----------
    Liang KY, Zeger SL (1986). Biometrika 73:13-22. doi:10.1093/biomet/73.1.13
    Mancl LA, DeRouen TA (2001). Biometrics 57:126-134. doi:10.1111/j.0006-341X.2001.00126.x
    """
    vcov = root @ root.T
    whitened, leverage, sizes, meat = [], [], [], np.zeros_like(vcov)
    for rows, residuals, factor in blocks:
        n, m, p = rows.shape
        inverse = np.linalg.inv(factor)
        x, r = inverse @ rows, residuals @ inverse.T
        adjusted, moved = _adjust(kind, x, r, x @ root)
        score = np.einsum("imp,im->ip", x, moved)
        meat += score.T @ score
        whitened.append(x.reshape(-1, p))
        leverage.append((adjusted @ vcov).reshape(-1, p))
        sizes.append(np.full(n, m))
    size = np.concatenate(sizes)
    start = np.concatenate([[0], np.cumsum(size)[:-1]])
    robust = vcov @ meat @ vcov
    return Sandwich(
        0.5 * (robust + robust.T), vcov, np.concatenate(whitened), np.concatenate(leverage), start
    )


def _adjust(kind: str, x: Array, r: Array, half: Array) -> tuple[Array, Array]:
    """Return A_i X~_i and A_i r~_i of all subjects of a pattern; half is X~ R."""
    if kind == "empirical":
        return x, r
    value, vector = np.linalg.eigh(np.eye(x.shape[1]) - half @ np.swapaxes(half, 1, 2))
    # Subjects that a coefficient belongs to alone have an eigenvalue of zero: no information, no weight.
    tolerance = np.finfo(float).eps * x.shape[1] * np.abs(value).max(axis=1, keepdims=True)
    safe = np.where(value > tolerance, value, 1.0)
    power = -0.5 if kind == "empirical-bias-reduced" else -1.0
    scale = np.where(value > tolerance, safe**power, 0.0)
    matrix = (vector * scale[:, None, :]) @ np.swapaxes(vector, 1, 2)
    return matrix @ x, np.einsum("ijk,ik->ij", matrix, r)
