"""Multiple imputation of missing periods: at random, from a reference arm, or back to one's own baseline."""

from __future__ import annotations

from collections.abc import Sequence
from copy import deepcopy
from numbers import Integral
from typing import Any, Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from outcomes.errors import ArgumentError, DataError, ModelError, instance_of, one_of
from outcomes.models.headache.imputation.imputations import Imputations
from outcomes.models.headache.imputation.summed import SummedImputations, completed_sums
from outcomes.models.headache.imputation.wide import CELL, Wide, wide_of
from outcomes.models.mmrm import MMRMResult, mmrm
from outcomes.models.stats.generators import random_generator
from outcomes.models.stats.kernels.fill import fill, fill_by_blocks
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

__all__ = ["METHODS", "Method", "impute", "impute_each"]

Array = NDArray[np.float64]
Method = Literal["mar", "jump-to-reference", "copy-reference", "copy-increments", "return-to-baseline"]

METHODS = ("mar", "jump-to-reference", "copy-reference", "copy-increments", "return-to-baseline")
NEEDS_REFERENCE = METHODS[1:4]
DRAWS = ("approximate-bayes", "bootstrap")
#: Patients of whom rows for the imputation model are held at once.
PATIENTS_AT_ONCE = 20_000
#: Completed values that are kept of one method: 160 MB.
KEPT_VALUES = 20_000_000


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
        the patient is back at their own baseline on average. Patients of the `reference` always stay missing
        at random.
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
    wide = wide_of(data, arm, tuple(covariates), reference)
    drawn = _drawn(wide, draws, imputations, generator)
    return _filled(wide, drawn, method, f"{imputations} imputations by {draws}", generator)


def impute_each(
    data: pd.DataFrame, methods: Sequence[Method], *, imputations: int, seed: int
) -> dict[Method, Imputations]:
    """Return what `impute` returns by each method with this seed; the model is fitted and drawn from once.

    Of many patients only the sums of the completed values are kept, which answer what the page asks.
    """
    generator = random_generator(seed)
    wide = wide_of(data, None, (), None)
    drawn = _drawn(wide, DRAWS[0], imputations, generator)
    about = f"{imputations} imputations by {DRAWS[0]}"
    make = _filled if imputations * wide.y.size <= KEPT_VALUES else _summed
    return {method: make(wide, drawn, method, about, deepcopy(generator)) for method in methods}


def _drawn(wide: Wide, how: str, draws: int, rng: np.random.Generator) -> tuple[Array, Array, str] | str:
    """Return coefficients, covariances and status of the drawn models, or why there is none."""
    if wide.reason:
        return wide.reason
    try:
        return _parameters(wide, how, draws, rng)
    except (DataError, ModelError) as error:
        return f"no imputation model: {error.what}"
    except np.linalg.LinAlgError:
        return "no imputation model: the values do not determine its coefficients"


def _filled(
    wide: Wide, drawn: tuple[Array, Array, str] | str, method: Method, about: str, rng: np.random.Generator
) -> Imputations:
    """Return the data sets completed by one method."""
    about = f"{_WORDS[method]}; {about}"
    if isinstance(drawn, str):
        return wide.result(about, np.empty((0, *wide.y.shape)), drawn)
    beta, sigma, status = drawn
    free = np.ones(len(wide.y), dtype=bool) if wide.base is None else wide.arm_code != 0
    completed = fill(wide.panel, wide.reference_covariates, beta, sigma, method, free, rng)
    return wide.result(about, completed, status)


def _summed(
    wide: Wide, drawn: tuple[Array, Array, str] | str, method: Method, about: str, rng: np.random.Generator
) -> Imputations:
    """Return the sums of the data sets completed by one method: only patients with a gap are drawn for."""
    if isinstance(drawn, str):
        return _filled(wide, drawn, method, about, rng)
    beta, sigma, status = drawn
    made = wide.result(f"{_WORDS[method]}; {about}", np.empty((0, *wide.y.shape)), status)
    rows = np.flatnonzero(made.missing.any(axis=1))
    panel, there = wide.panel, wide.reference_covariates
    some = Panel(panel.y[rows], panel.c[rows], panel.d[rows])
    free = np.ones(len(rows), dtype=bool)  # there are no arms
    blocks = fill_by_blocks(some, there[rows], beta, sigma, method, free, rng)
    return SummedImputations.of(made, completed_sums(made, rows, len(beta), blocks))


_WORDS = {
    "mar": "missing at random",
    "jump-to-reference": "jump to reference",
    "copy-reference": "copy reference",
    "copy-increments": "copy increments in reference",
    "return-to-baseline": "return to own baseline",
}


def _fit(panel: Panel) -> MMRMResult:
    """Fit the imputation model, of many patients to cross products; degrees of freedom are not needed."""
    n, m = panel.y.shape
    # A single visit has no factor to cross with.
    by_visit = "v" if m > 1 else "1"
    crossed, alike = _names(panel)
    terms = [by_visit, *(f"{name}:v + {name}" if m > 1 else name for name in crossed), *alike]
    formula = f"y ~ {' + '.join(terms)}"
    if n <= PATIENTS_AT_ONCE:
        return mmrm(formula, _rows(panel, slice(0, n)), subject="s", visit="v", df="residual")
    parts = (_rows(panel, slice(low, low + PATIENTS_AT_ONCE)) for low in range(0, n, PATIENTS_AT_ONCE))
    every = (part.assign(v=pd.Categorical(part["v"], categories=range(m))) for part in parts)
    sums: Any = sum(mmrm.products(formula, part, subject="s", visit="v") for part in every)
    fitted: MMRMResult = sums.fit(df="residual")
    return fitted


def _names(panel: Panel) -> tuple[list[str], list[str]]:
    """Return the names of the covariates that act at each visit on their own, and alike at all."""
    return [f"c{j}" for j in range(1, panel.c.shape[1])], [f"d{j}" for j in range(panel.d.shape[1])]


def _rows(panel: Panel, some: slice) -> pd.DataFrame:
    """Return the values of some patients, one row each."""
    y, crossed, alike = panel.y[some], *_names(panel)
    seen = ~np.isnan(y)
    subject, visit = np.nonzero(seen)
    more = {name: panel.c[some][subject, place] for place, name in enumerate(crossed, 1)}
    more |= {name: panel.d[some][subject, place] for place, name in enumerate(alike)}
    return pd.DataFrame({"y": y[seen], "s": subject + some.start, "v": visit, **more})


def _parameters(wide: Wide, how: str, draws: int, rng: np.random.Generator) -> tuple[Array, Array, str]:
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
