"""Completed data sets of many patients as sums: no completed value is kept."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from outcomes.errors import ArgumentError
from outcomes.models.headache.imputation.imputations import Imputations
from outcomes.models.stats.kernels.rubin import FitSums, Shifts

__all__ = ["Completed", "SummedImputations", "completed_sums"]

Array = NDArray[np.float64]
Flags = NDArray[np.bool_]


@dataclass(frozen=True, slots=True, eq=False)
class Completed:
    """Sums of completed data sets: by visit for the fits, and the share that no month has."""

    visits: tuple[FitSums, ...]
    outside: float


def completed_sums(
    made: Imputations, rows: NDArray[np.intp], draws: int, blocks: Iterable[tuple[slice, Array]]
) -> Completed:
    """Add up completed values block by block.

    Parameters
    ----------
    made : Imputations
        What is known without them.
    rows : ndarray of int
        The patients with a missing value; of these the blocks are.
    draws : int
        Imputations.
    blocks : iterable of (slice, ndarray)
        Some draws, and their completed values (draws, rows, visits).
    """
    z, missing, shifted = made.design(), made.missing, made.unrecorded
    month, outside = made.month, 0
    seen = np.where(missing, 0.0, made.observed)
    zy = np.repeat((seen.T @ z)[:, None, :], draws, axis=1)
    yy = np.repeat((seen**2).sum(axis=0)[:, None], draws, axis=1)
    uy = np.zeros_like(yy)
    gaps = [np.flatnonzero(missing[rows, visit]) for visit in range(missing.shape[1])]
    for part, completed in blocks:
        for visit, gap in enumerate(gaps):
            value, who = completed[:, gap, visit], rows[gap]
            zy[visit, part] += value @ z[who]
            yy[visit, part] += np.einsum("ij,ij->i", value, value)
            uy[visit, part] += value @ shifted[who, visit].astype(np.float64)
            days = value + made.baseline[who]
            outside += int(np.count_nonzero((days < 0) | (days > month)))
    unit = shifted.astype(np.float64)
    fits = tuple(
        FitSums(len(z), z.T @ z, zy[v], yy[v], z.T @ unit[:, v], uy[v], float(unit[:, v].sum()))
        for v in range(missing.shape[1])
    )
    return Completed(fits, outside / max(1, draws * int(missing.sum())))


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class SummedImputations(Imputations):
    """Imputations of which only sums are kept; they answer what the page asks of them.

    Parameters
    ----------
    sums : Completed
        Sums of the completed values.
    """

    sums: Completed

    @property
    def imputations(self) -> int:
        """Number of completed data sets."""
        return len(self.sums.visits[0].yy)

    def shifts(self, visit: int, weights: Array, shifted: Flags) -> Shifts:
        """Return a combination of arm means at a visit, for a shift of nobody or of all with missing days."""
        sums = self.sums.visits[visit]
        self._known(visit, shifted)
        if not shifted.any():
            nobody = np.zeros_like(sums.zu), np.zeros_like(sums.uy)
            sums = FitSums(sums.n, sums.zz, sums.zy, sums.yy, *nobody, 0.0)
        return Shifts.of_sums(sums, weights)

    def event_days(self, visit: int, shifted: Flags) -> float:
        """Return the days with the event that the shifted patients have at a visit, on average."""
        self._known(visit, shifted)
        return float(self.sums.visits[visit].uy.mean() + self.baseline[shifted].sum())

    def _known(self, visit: int, shifted: Flags) -> None:
        if shifted.any() and not np.array_equal(shifted, self.unrecorded[:, visit]):
            raise ArgumentError(
                "only sums of these imputations were kept",
                got="a shift of some of the patients with missing days",
                allowed="all of them",
                hint="use oc.impute, which keeps every value",
            )

    def _outside(self) -> float:
        return self.sums.outside

    def to_frame(self, imputation: int | None = None) -> pd.DataFrame:
        """Refuse: there are no completed values."""
        raise ArgumentError(
            "only sums of these imputations were kept", hint="use oc.impute, which keeps every value"
        )

    @classmethod
    def of(cls, made: Imputations, sums: Completed) -> SummedImputations:
        """Return what is known of imputations together with the sums of their values."""
        known: dict[str, Any] = {name: getattr(made, name) for name in Imputations.__dataclass_fields__}
        return cls(**known, sums=sums)
