"""Completed data sets, and what they say together."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from outcomes.errors import ArgumentError, DataError, one_of
from outcomes.models.headache.period_rows import month_days
from outcomes.models.stats.few_patients import BEYOND, FEW
from outcomes.models.stats.intervals.arguments import check_level
from outcomes.models.stats.kernels.fill import last_seen
from outcomes.models.stats.kernels.rubin import Shifts
from outcomes.models.stats.pooled_numbers import no_pooled, pooled_numbers
from outcomes.results import Estimates, Tabular

__all__ = ["Imputations", "no_spread", "standardised"]

Array = NDArray[np.float64]
Flags = NDArray[np.bool_]


#: Baselines closer than this share of their size differ by rounding only.
ROUNDING = 1e-9


def no_spread(baseline: Array, arm_code: NDArray[np.intp]) -> bool:
    """Return whether all patients of each arm have the same baseline: it then says nothing about a change."""
    size, arms = len(baseline), np.bincount(arm_code)
    if not size:
        return True
    mean = np.bincount(arm_code, weights=baseline) / np.maximum(arms, 1)
    return bool(np.abs(baseline - mean[arm_code]).max() <= ROUNDING * max(1.0, np.abs(baseline).max()))


def standardised(values: Array) -> Array:
    """Return columns around their mean in units of their spread: no result depends on a covariate's unit."""
    moved = values - values.mean(axis=0)
    spread = np.sqrt((moved**2).mean(axis=0))
    return np.asarray(moved / np.where(spread > 0, spread, 1.0))


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Imputations(Tabular):
    """Completed values of every patient and visit; made by `impute`.

    Parameters
    ----------
    completed : ndarray, shape (imputations, patients, visits)
        Change from baseline with the missing values filled; no imputations when `status` says why.
    observed : ndarray, shape (patients, visits)
        Values as they were, NaN where missing.
    baseline : ndarray, shape (patients,)
    covariates : ndarray, shape (patients, covariates)
        Centred further covariates.
    arm_code : ndarray of int, shape (patients,)
        Position in `arms`; the reference is 0.
    arms, visits : tuple
        Names.
    left_out : tuple
        Visits at which nobody has a value: nothing can be imputed there.
    unrecorded : ndarray of bool, shape (patients, visits)
        Values that are missing because days are missing from the diary; others are missing because the
        patient was treated again or the period is not yet due. Only these are shifted by `tipping_point`.
    subjects : Index
        Patients, in the order of the arrays.
    method : str
        Assumption and number of imputations.
    notes : tuple of str
        Exclusions.
    status : str
        "ok", a fallback of the imputation model, or why there is no imputation.
    """

    completed: Array
    observed: Array
    baseline: Array
    covariates: Array
    arm_code: NDArray[np.intp]
    arms: tuple[str, ...]
    visits: tuple[Any, ...]
    left_out: tuple[Any, ...]
    unrecorded: Flags
    subjects: pd.Index
    method: str
    notes: tuple[str, ...]
    status: str

    @property
    def missing(self) -> Flags:
        """Which values were imputed, shape (patients, visits)."""
        return np.isnan(self.observed)

    @property
    def after_last(self) -> Flags:
        """Which values with missing days lie after the patient's last observed one."""
        visit = np.arange(self.observed.shape[1])
        return np.asarray(self.unrecorded & (visit > last_seen(self.observed)[:, None]))

    @property
    def imputations(self) -> int:
        """Number of completed data sets."""
        return len(self.completed)

    def to_ard(self) -> pd.DataFrame:
        """Return the statistics of the pooled estimates, one row each."""
        return self.estimates().to_ard()

    def __str__(self) -> str:
        return self.estimates().summary()

    def _repr_pretty_(self, printer: Any, cycle: bool) -> None:
        printer.text(repr(self) if cycle else str(self))

    def _repr_html_(self) -> str:
        return self.estimates()._repr_html_()

    def __repr__(self) -> str:
        return (
            f"<Imputations {self.method!r}: {self.imputations} of {len(self.subjects)} patients and "
            f"{len(self.visits)} visits, status: {self.status}>"
        )

    def estimates(self, *, level: float = 0.95) -> Estimates:
        """Return the pooled analysis of covariance of every visit.

        Parameters
        ----------
        level : float
            Confidence level.

        Returns
        -------
        Estimates
            Per visit: ``adjusted mean change`` (per arm) and ``difference`` (``A - B``), pooled by Rubin's
            rules with Barnard and Rubin's degrees of freedom; n patients observed of N, and
            missing_share, the share of the variance that is due to missing values. Limits are held to what
            days of a month can be; under 5 observed patients in an arm there are none.

        Notes
        -----
        With complete data and every covariate crossed with the visit, these are the estimates of the mixed
        model too: pooling it or the analysis of covariance is the same.
        """
        check_level(level)
        rows = [row for visit in range(len(self.visits)) for row in self._visit(visit, level)]
        nobody = {
            "term": "adjusted mean change",
            "contrast": "",
            "estimate": np.nan,
            "n": 0,
            "N": len(self.baseline),
        }
        rows += [
            {"visit": visit, **nobody, "status": "nobody has a value at this visit"}
            for visit in self.left_out
        ]
        imputed = f"{int(self.missing.sum())} of {self.missing.size} values imputed."
        return Estimates(
            frame=pd.DataFrame(rows),
            title="Change from baseline at the mean baseline, missing values imputed",
            method=f"{self.method}; analysis of covariance, Rubin's rules, Barnard-Rubin df",
            level=level,
            notes=(*self.notes, imputed, *self._range_note()),
            status=self.status,
            meta={"imputations": self.imputations, "patients": len(self.baseline)},
        )

    @property
    def month(self) -> int:
        """Days of a period: those of the visits' names, such as ``days 1-28``."""
        return month_days(self.visits)

    def contrast(self, contrast: str | None = None) -> tuple[str, Array]:
        """Return the name and the weights over arms of a difference, or of the only arm's mean."""
        if len(self.arms) == 1:
            return "", np.ones(1)
        names = {f"{name} - {self.arms[0]}": position for position, name in enumerate(self.arms) if position}
        chosen = next(iter(names)) if contrast is None else one_of("contrast", contrast, names)
        weights = np.zeros(len(self.arms))
        weights[names[chosen]], weights[0] = 1.0, -1.0
        return chosen, weights

    def event_days(self, visit: int, shifted: Flags) -> float:
        """Return the days with the event that the shifted patients have at a visit, on average."""
        value = self.completed[:, shifted, visit] + self.baseline[shifted]
        return float(value.sum(axis=1).mean())

    def _outside(self) -> float:
        """Return the share of imputed values that no month can have."""
        value = (self.completed + self.baseline[:, None])[:, self.missing]
        return float(((value < 0) | (value > self.month)).mean())

    def visit_position(self, visit: Any = None) -> int:
        """Return the position of a visit; default the last."""
        if not self.visits:
            raise DataError("there is no visit to judge: nobody has a value after the baseline")
        if visit is None:
            return len(self.visits) - 1
        labels = [str(name) for name in self.visits]
        return labels.index(one_of("visit", str(visit), labels))

    def shifts(self, visit: int, weights: Array, shifted: Flags) -> Shifts:
        """Return a combination of arm means at a visit, for any shift of the shifted patients' values."""
        return Shifts.of(self.design(), self.completed[:, :, visit], shifted.astype(np.float64), weights)

    def __len__(self) -> int:
        return self.imputations * self.missing.size

    def to_frame(self, imputation: int | None = None) -> pd.DataFrame:
        """Return one completed data set, or all of them with their number in the column ``imputation``.

        Columns: subject, arm, visit, baseline, change, imputed (whether the value was not observed).
        """
        if imputation is None:
            parts = [self.to_frame(number).assign(imputation=number) for number in range(self.imputations)]
            return pd.concat(parts, ignore_index=True) if parts else pd.DataFrame()
        if not 0 <= imputation < self.imputations:
            raise ArgumentError(
                "there is no such imputation", got=str(imputation), allowed=f"0 to {self.imputations - 1}"
            )
        n, m = self.observed.shape
        return pd.DataFrame(
            {
                "subject": np.repeat(self.subjects.to_numpy(), m),
                "arm": np.repeat(np.array(self.arms, dtype=object)[self.arm_code], m),
                "visit": np.tile(np.array(self.visits, dtype=object), n),
                "baseline": np.repeat(self.baseline, m),
                "change": self.completed[imputation].ravel(),
                "imputed": self.missing.ravel(),
            }
        )

    def design(self, baseline: Array | None = None) -> Array:
        """Return the columns of the analysis of covariance, with these baselines or the patients' own."""
        arms = (self.arm_code[:, None] == np.arange(len(self.arms))).astype(np.float64)
        known = self.baseline if baseline is None else baseline
        adjusted = [] if no_spread(known, self.arm_code) else [standardised(known)]
        return np.column_stack([arms, *adjusted, self.covariates])

    def _visit(self, visit: int, level: float) -> list[dict[str, Any]]:
        rows = [
            ("adjusted mean change", name if len(self.arms) > 1 else "", [i])
            for i, name in enumerate(self.arms)
        ]
        rows += [("difference", f"{name} - {self.arms[0]}", [i, 0]) for i, name in enumerate(self.arms) if i]
        out = []
        for term, contrast, arms in rows:
            weights = np.zeros(len(self.arms))
            weights[arms[0]], weights[arms[1:]] = 1.0, -1.0
            members = np.isin(self.arm_code, arms)
            row = {"visit": self.visits[visit], "term": term, "contrast": contrast}
            counted = {"n": int((members & ~self.missing[:, visit]).sum()), "N": int(members.sum())}
            out.append(row | self._numbers(visit, weights, level) | counted)
        return out

    def _numbers(self, visit: int, weights: Array, level: float) -> dict[str, Any]:
        reason = self.why_not(visit)
        if reason:
            return no_pooled() | {"status": reason}
        found = self.shifts(visit, weights, np.zeros(len(self.baseline), dtype=bool)).pooled()
        numbers, few = pooled_numbers(found, level), self.few(visit, weights)
        lower, upper = self._possible(numbers["lower"], numbers["upper"], weights)
        if few or lower > found.estimate or upper < found.estimate:
            known = {"missing_share": found.missing_share, "status": few or BEYOND}
            return no_pooled(found.estimate) | known
        return numbers | {"lower": lower, "upper": upper, "status": self.status}

    def _possible(self, lower: float, upper: float, weights: Array) -> tuple[float, float]:
        """Return limits held to what a mean change of these patients, or a difference of two, can be."""
        value = self.observed + self.baseline[:, None]
        known = np.append(value[~self.missing], self.baseline)
        if known.min() < -ROUNDING or known.max() > self.month * (1 + ROUNDING):
            return lower, upper
        centre = float(self.baseline.mean()) if weights.sum() else self.month
        return max(lower, -centre), min(upper, self.month - centre if weights.sum() else self.month)

    def few(self, visit: int, weights: Array) -> str:
        """Return why a combination of arms has no interval, or an empty string: an arm with few values."""
        seen = np.bincount(self.arm_code[~self.missing[:, visit]], minlength=len(self.arms))
        if seen[weights != 0].min() >= FEW:
            return ""
        return f"fewer than {FEW} patients with a value{' in an arm' * (len(self.arms) > 1)}: no interval"

    def why_not(self, visit: int) -> str:
        """Return why a visit has no estimate, or an empty string."""
        if not self.imputations:
            return self.status
        if len(self.baseline) <= self.design().shape[1]:
            return "not more patients than coefficients"
        seen = self.observed[~self.missing[:, visit], visit]
        if np.ptp(seen) <= ROUNDING * max(1.0, float(np.abs(seen).max())):
            return "all values at this visit are equal: no interval"
        shifts = self.shifts(visit, np.ones(len(self.arms)), np.zeros(len(self.baseline), dtype=bool))
        if np.sqrt(shifts.squares.max()) <= ROUNDING * max(1.0, float(np.abs(seen).max())):
            return "arm and baseline determine the values at this visit: no interval"
        return ""

    def _range_note(self) -> tuple[str, ...]:
        """Say how often the normal model went outside a calendar's 0 to 28 (or 30) days."""
        if not self.imputations or not self.missing.any():
            return ()
        return (
            f"{self._outside():.1%} of the imputed values lie outside 0 to {self.month} days; "
            "they are not cut.",
        )
