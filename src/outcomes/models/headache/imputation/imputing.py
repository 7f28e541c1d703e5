"""Multiple imputation of missing periods: at random, from a reference arm, or back to one's own baseline."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from numbers import Integral
from typing import Any, Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from outcomes.errors import ArgumentError, DataError, ModelError, instance_of, name_rows, one_of, plural
from outcomes.models.headache.imputation.imputations import Imputations, no_spread, standardised
from outcomes.models.headache.period_rows import MAKE, NUMBERS
from outcomes.models.mmrm import MMRMResult, mmrm
from outcomes.models.stats.generators import random_generator
from outcomes.models.stats.input_frames import check_columns
from outcomes.models.stats.kernels.conditioning import independent
from outcomes.models.stats.kernels.fill import fill
from outcomes.models.stats.kernels.normal_draws import (
    Panel,
    Products,
    draw_beta,
    draw_sigma,
    generalised_least_squares,
    products,
)
from outcomes.models.stats.kernels.structures import covariance as structure_matrix
from outcomes.models.stats.reserved import check_reserved

__all__ = ["METHODS", "impute"]

Array = NDArray[np.float64]
Method = Literal["mar", "jump-to-reference", "copy-reference", "copy-increments", "return-to-baseline"]

METHODS = ("mar", "jump-to-reference", "copy-reference", "copy-increments", "return-to-baseline")
NEEDS_REFERENCE = METHODS[1:4]
#: What names a row.
CELL = ["patient_id", "period"]
DRAWS = ("approximate-bayes", "bootstrap")


def impute(
    data: pd.DataFrame,
    *,
    arm: str | None = None,
    reference: str | None = None,
    covariates: Sequence[str] = (),
    method: Method = "mar",
    draws: Literal["approximate-bayes", "bootstrap"] = "approximate-bayes",
    imputations: int = 200,
    rng: np.random.Generator | int = 0,
) -> Imputations:
    """Impute the missing values of a change from baseline, under an assumption that is named.

    Parameters
    ----------
    data : DataFrame
        One row per patient and period: ``patient_id``, ``period`` (ordered as a category, else by
        ``period_number``, else as sorted), ``baseline`` and ``change`` from it, which may be missing. Name
        other columns so first, with ``data.rename(columns={"VISIT": "period"})``. A period
        without a row is missing as well; a baseline row (period_number 0) and patients without a baseline are
        left out.
    arm : str, optional
        Column of the arm.
    reference : str, optional
        The arm whose course the patients of the others take after they stop; needed by the three
        reference-based methods.
    covariates : sequence of str
        Further baseline covariates with one effect at all visits.
    method : str
        ``mar``: as patients of the own arm with the same history. ``jump-to-reference``,
        ``copy-reference``, ``copy-increments``: see Notes. ``return-to-baseline``: after the last value
        the patient is back at the own baseline on average. Patients of the `reference` always stay missing at
        random.
    draws : {"approximate-bayes", "bootstrap"}
        How the parameters vary between imputations.
    imputations : int
        Number of imputations, 2 or more.
    rng : numpy.random.Generator or int
        Source of the draws, or its seed.

    Returns
    -------
    Imputations
        Its `estimates` pools the analysis of covariance of each visit; `tipping_point` takes it further.

    Raises
    ------
    ArgumentError
        For an unknown option or column, a reference-based method without arms, a reference without an arm, or
        fewer than 2 imputations.
    DataError
        For two rows of a patient at one visit.

    Notes
    -----
    Imputation model: the mixed model for repeated measures with visit x (1, baseline, arm), the covariates,
    and one unstructured covariance (with `mmrm`'s fallbacks). Approximate Bayes: theta ~ N(theta hat, inverse
    observed information), beta | theta ~ its generalised least squares distribution.
    Bootstrap: patients are drawn with replacement within arms and the model is fitted again.

    With own and reference mean vectors mu and rho and the last value at visit l, the mean after l is [1]_:
    jump to reference rho_v (before: mu); copy reference rho throughout; copy increments mu_l + rho_v - rho_l;
    each given the patient's own values so far. Return to baseline: change 0 + residual, and nothing of the
    values so far carries over.
    Gaps before the last value are filled at random always.

    References
    ----------
    .. [1] Carpenter JR, Roger JH, Kenward MG. Analysis of longitudinal trials with protocol deviation.
       J Biopharm Stat 2013;23:1352-1371. https://doi.org/10.1080/10543406.2013.834911

    Examples
    --------
    >>> import numpy as np, pandas as pd
    >>> rng = np.random.default_rng(3)
    >>> rows = pd.DataFrame({"patient_id": np.repeat(np.arange(30), 3), "period": np.tile([1, 2, 3], 30)})
    >>> rows["baseline"] = np.repeat(rng.normal(22, 3, 30), 3)
    >>> rows["change"] = -4 + np.repeat(rng.normal(0, 3, 30), 3) + rng.normal(0, 2, 90)
    >>> rows.loc[(rows["period"] == 3) & (rows["patient_id"] < 8), "change"] = np.nan
    >>> stay = impute(rows, rng=1).estimates().to_frame()
    >>> back = impute(rows, method="return-to-baseline", rng=1).estimates().to_frame()
    >>> bool(back["estimate"].iloc[-1] > stay["estimate"].iloc[-1])  # patients who left went back
    True
    """
    one_of("method", method, METHODS)
    one_of("draws", draws, DRAWS)
    instance_of("imputations", imputations, Integral, hint="give a number of imputations")
    if imputations < 2:
        raise ArgumentError("imputations is too small", got=str(imputations), allowed="2 or more")
    if method in NEEDS_REFERENCE and (arm is None or reference is None):
        raise ArgumentError(f"{method} needs an arm and a reference", hint="pass arm= and reference=")
    if reference is not None and arm is None:
        raise ArgumentError("a reference needs an arm", got=repr(reference), hint="pass arm=")
    check_reserved([arm], own=(*CELL, "term", "change", "baseline"))
    generator = random_generator(rng)
    wide = _wide(data, arm, tuple(covariates), reference)
    about = f"{_WORDS[method]}; {imputations} imputations by {draws}"
    if wide.reason:
        return wide.result(about, np.empty((0, *wide.y.shape)), wide.reason)
    try:
        beta, sigma, status = _parameters(wide, draws, imputations, generator)
    except (DataError, ModelError) as error:
        return wide.result(about, np.empty((0, *wide.y.shape)), f"no imputation model: {error.what}")
    except np.linalg.LinAlgError:
        reason = "no imputation model: the values do not determine its coefficients"
        return wide.result(about, np.empty((0, *wide.y.shape)), reason)
    free = np.ones(len(wide.y), dtype=bool) if wide.base is None else wide.arm_code != 0
    completed = fill(wide.panel, wide.reference_covariates, beta, sigma, method, free, generator)
    return wide.result(about, completed, status)


_WORDS = {
    "mar": "missing at random",
    "jump-to-reference": "jump to reference",
    "copy-reference": "copy reference",
    "copy-increments": "copy increments in reference",
    "return-to-baseline": "return to own baseline",
}


@dataclass(frozen=True, slots=True, eq=False)
class _Wide:
    """Patients x visits, arms with the reference first, and why nothing can be imputed."""

    y: Array
    baseline: Array
    arm_code: NDArray[np.intp]
    arms: tuple[str, ...]
    base: str | None
    other: Array
    visits: tuple[Any, ...]
    left_out: tuple[Any, ...]
    unrecorded: NDArray[np.bool_]
    ids: pd.Index
    notes: tuple[str, ...]
    reason: str

    @property
    def panel(self) -> Panel:
        return Panel(self.y, _crossed(self.baseline, self.arm_code, self.arm_code), self.other)

    @property
    def reference_covariates(self) -> Array:
        return _crossed(self.baseline, self.arm_code, np.zeros_like(self.arm_code))

    def result(self, about: str, completed: Array, status: str) -> Imputations:
        return Imputations(
            completed=completed,
            observed=self.y,
            baseline=self.baseline,
            covariates=self.other,
            arm_code=self.arm_code,
            arms=self.arms,
            visits=self.visits,
            left_out=self.left_out,
            unrecorded=self.unrecorded,
            subjects=self.ids,
            method=about,
            notes=self.notes,
            status=status,
        )


def _crossed(baseline: Array, own: NDArray[np.intp], code: NDArray[np.intp]) -> Array:
    """Return what acts at every visit on its own: 1, the baseline where it varies, and the arms of `code`."""
    dummies = (code[:, None] == np.arange(1, own.max(initial=0) + 1)).astype(np.float64)
    adjusted = [] if no_spread(baseline, own) else [standardised(baseline)]
    return np.column_stack([np.ones(len(code)), *adjusted, dummies])


def _wide(data: pd.DataFrame, arm: str | None, covariates: tuple[str, ...], reference: str | None) -> _Wide:
    facts = ["baseline", *covariates, *([arm] if arm else [])]
    check_columns("data", data, [*CELL, "change", *facts], numbers=NUMBERS, hint=MAKE)
    if "period_number" in data.columns:  # a baseline row is no follow-up
        data = data[data["period_number"] > 0]
    absent = np.flatnonzero(data[CELL].isna().any(axis=1))
    if len(absent):
        raise DataError("rows have no patient or no visit", got=name_rows(absent))
    if data.duplicated(CELL).any():
        raise DataError("a patient has two rows at one visit", hint="choose one course and one endpoint")
    first = data.groupby("patient_id", sort=True).first()
    complete = first[facts].notna().all(axis=1)
    notes = []
    if lost := int((~complete).sum()):
        notes.append(f"{plural(lost, 'patient')} without a baseline, arm or covariate left out")
    first = first[complete]
    cells = data.set_index(CELL)["change"]
    grid = cells.unstack().reindex(first.index)  # noqa: PD010  (no aggregation: each cell is one row)
    grid = _in_time(grid, data)
    empty = grid.columns[grid.isna().all()]
    grid = grid.drop(columns=empty)
    unrecorded = _unrecorded(data, grid)
    arms, code = _arms(first, data, arm, reference)
    y, baseline = grid.to_numpy(dtype=np.float64), first["baseline"].to_numpy(dtype=np.float64)
    crossed = _crossed(baseline, code, code)
    other, dropped = _centred(first[list(covariates)], crossed, y)
    if dropped:
        notes.append(f"covariates that are constant, or determined by arm and baseline, left out: {dropped}")
    if len(first) and no_spread(baseline, code):
        notes.append("All baselines of an arm are alike: changes are not adjusted for them.")
    return _Wide(
        y,
        baseline,
        code,
        arms,
        reference,
        other,
        tuple(grid.columns),
        tuple(empty),
        unrecorded,
        first.index,
        (*notes, *_set_notes(grid, unrecorded)),
        _why_not(y, code, arms, crossed),
    )


def _unrecorded(data: pd.DataFrame, grid: pd.DataFrame) -> NDArray[np.bool_]:
    """Return which values are missing for want of diary days, not after a next course or before due."""
    absent = grid.isna().to_numpy(dtype=bool)
    if "set" not in data.columns:
        return np.asarray(absent)
    few = data.set_index(CELL)["set"].eq("too_few_days")
    placed = few.unstack(fill_value=False).reindex(index=grid.index, columns=grid.columns)  # noqa: PD010
    return np.asarray(absent & placed.fillna(False).to_numpy(dtype=bool))


def _set_notes(grid: pd.DataFrame, unrecorded: NDArray[np.bool_]) -> tuple[str, ...]:
    """Say how many of the imputed values are not missing days of the diary."""
    other = int((grid.isna().to_numpy(dtype=bool) & ~unrecorded).sum())
    if not other:
        return ()
    return (
        f"{plural(other, 'value')} imputed after a next course or before they are due: never shifted, as no "
        "diary day is missing",
    )


def _in_time(grid: pd.DataFrame, data: pd.DataFrame) -> pd.DataFrame:
    """Return the visits in the order of their periods, where only the periods' numbers say it."""
    if "period_number" not in data.columns or isinstance(data["period"].dtype, pd.CategoricalDtype):
        return grid
    number = data.groupby("period")["period_number"].min()
    return grid[list(number.reindex(grid.columns).sort_values(kind="stable").index)]


def _centred(covariates: pd.DataFrame, crossed: Array, y: Array) -> tuple[Array, str]:
    """Return numbers and dummies of categories, centred on the patients, and the names of those left out."""
    if not covariates.shape[1] or not len(covariates):
        return np.empty((len(covariates), 0)), ""
    table = pd.get_dummies(covariates, drop_first=True).astype(np.float64)
    numbers = standardised(table.to_numpy())
    seen = np.asarray((~np.isnan(y)).any(axis=1))
    kept = independent(np.column_stack([crossed, numbers]), seen)[0] - crossed.shape[1]
    kept = kept[kept >= 0]
    names = [str(name) for place, name in enumerate(table.columns) if place not in kept]
    return numbers[:, kept], ", ".join(names)


def _arms(
    first: pd.DataFrame, data: pd.DataFrame, arm: str | None, reference: str | None
) -> tuple[tuple[str, ...], NDArray[np.intp]]:
    """Return the arms of the data, also those of which nobody can be used, and each patient's."""
    if arm is None:
        return ("all",), np.zeros(len(first), dtype=np.intp)
    names = first[arm].astype(str)
    levels = sorted(data[arm].dropna().astype(str).unique())
    if reference is not None:
        one_of("reference", reference, levels)
        levels = [reference, *(name for name in levels if name != reference)]
    return tuple(levels), np.asarray(pd.Categorical(names, categories=levels).codes, dtype=np.intp)


def _why_not(y: Array, code: NDArray[np.intp], arms: tuple[str, ...], crossed: Array) -> str:
    if not y.size:
        return "no patient with a baseline and a value"
    for position, name in enumerate(arms):
        seen = (~np.isnan(y[code == position])).sum(axis=0)
        if (seen < 2).any():
            where = "the cohort" if len(arms) == 1 else f"arm {name}"
            return f"fewer than two patients of {where} have a value at some visit"
    ranks = [np.linalg.matrix_rank(crossed[~np.isnan(y[:, visit])]) for visit in range(y.shape[1])]
    if min(ranks) < crossed.shape[1]:
        return (
            "at some visit all patients of an arm with a value have the same baseline: it cannot be adjusted"
        )
    return ""


def _fit(panel: Panel) -> MMRMResult:
    """Fit the imputation model; degrees of freedom are not needed."""
    m = panel.y.shape[1]
    seen = ~np.isnan(panel.y)
    subject, visit = np.nonzero(seen)
    crossed = {f"c{j}": panel.c[subject, j] for j in range(1, panel.c.shape[1])}
    alike = {f"d{j}": panel.d[subject, j] for j in range(panel.d.shape[1])}
    frame = pd.DataFrame({"y": panel.y[seen], "s": subject, "v": visit, **crossed, **alike})
    # A single visit has no factor to cross with.
    by_visit = "v" if m > 1 else "1"
    terms = [by_visit, *(f"{name}:v + {name}" if m > 1 else name for name in crossed), *alike]
    return mmrm(f"y ~ {' + '.join(terms)}", frame, subject="s", visit="v", df="residual")


def _parameters(wide: _Wide, how: str, draws: int, rng: np.random.Generator) -> tuple[Array, Array, str]:
    panel = wide.panel
    if how == "approximate-bayes":
        fit = _fit(panel)
        sigma = draw_sigma(fit.theta, fit.theta_vcov, fit.covariance_type, panel.y.shape[1], draws, rng)
        return draw_beta(products(panel), sigma, rng), sigma, fit.status
    results = [_resampled(panel, wide.arm_code, rng) for _ in range(draws)]
    failed = sum(result[2] for result in results)
    status = "ok" if not failed else f"ok; {failed} resamples could not be fitted and were drawn again"
    return np.array([r[0] for r in results]), np.array([r[1] for r in results]), status


def _resampled(
    panel: Panel, arm_code: NDArray[np.intp], rng: np.random.Generator
) -> tuple[Array, Array, int]:
    """Return coefficients and covariance of one bootstrap sample, and how many samples failed before it."""
    for failed in range(20):
        groups = [np.flatnonzero(arm_code == g) for g in np.unique(arm_code)]
        rows = np.concatenate([rng.choice(group, len(group)) for group in groups])
        sample = Panel(panel.y[rows], panel.c[rows], panel.d[rows])
        try:
            fit = _fit(sample)
        except (DataError, ModelError):
            continue
        sigma = structure_matrix(fit.covariance_type, fit.theta, panel.y.shape[1])
        data: Products = products(sample)
        return generalised_least_squares(data, sigma[None])[0][0], sigma, failed
    raise ModelError("the model could not be fitted to 20 bootstrap samples in a row")
