"""Days with an event out of days recorded, as counts.

Headache days are bounded by the days recorded and pile up at the bound, so the beta-binomial is the default;
the negative binomial and the Poisson take the days recorded as an offset.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import special

from outcomes.errors import DataError, one_of, plural
from outcomes.models.stats.design import Design, make_design
from outcomes.models.stats.intervals.arguments import check_level
from outcomes.models.stats.kernels import count_families as families
from outcomes.models.stats.kernels.cluster_robust import alone, cluster_starts, mancl_derouen, robust
from outcomes.models.stats.kernels.count_fit import CountFit, fit_counts
from outcomes.models.stats.kernels.quasi_counts import fit_quasi
from outcomes.models.stats.leverage import uncorrected
from outcomes.models.stats.standardised import (
    FEW_PATIENTS,
    SEPARATION,
    ResponseFit,
    numbers,
    unfitted,
)

__all__ = ["FAMILIES", "counts"]

Array = NDArray[np.float64]
Family = Literal["beta-binomial", "negative-binomial", "poisson"]
Estimation = Literal["quasi", "ml"]
Covariance = Literal["mancl-derouen", "robust", "model"]

FAMILIES = ("beta-binomial", "negative-binomial", "poisson")
COVARIANCES = ("mancl-derouen", "robust", "model")
#: A fitted probability or rate this far out on the link scale belongs to a cell where all or none occurred.
SEPARATED = 12.0


def counts(
    formula: str,
    data: pd.DataFrame,
    *,
    subject: str = "patient_id",
    days: str = "days_recorded",
    family: Family = "beta-binomial",
    estimation: Estimation = "quasi",
    vcov: Covariance = "mancl-derouen",
    level: float = 0.95,
) -> ResponseFit:
    """Fit a regression to counts of days out of days recorded, robust to a patient's correlated periods.

    Parameters
    ----------
    formula : str
        ``days_with_event ~ terms``: the response is a column of whole days.
    data : DataFrame
        One row per patient and period, as `periods` makes them.
    subject : str
        Column that names the patient; rows of one patient may correlate in any way.
    days : str
        Column of days recorded: the number of trials, or the exposure of the offset.
    family : {"beta-binomial", "negative-binomial", "poisson"}
        Distribution. The beta-binomial has a logit link, the two others a log link with log(days) as offset.
    estimation : {"quasi", "ml"}
        How the beta-binomial is fitted. ``quasi``: mean equations with its variance, unbiased for the mean
        whatever the distribution. ``ml``: full maximum likelihood, more precise if days really are
        beta-binomial with one rho, and biased if they are not. The two other families have unbiased mean
        equations by maximum likelihood.
    vcov : {"mancl-derouen", "robust", "model"}
        Covariance of the coefficients: cluster-robust with small-sample correction and t with patients
        minus coefficients degrees of freedom; cluster-robust (CR0) with a normal reference; or the
        model's own, which takes a patient's periods as independent.
    level : float
        Confidence level.

    Returns
    -------
    ResponseFit
        Coefficients on the link scale; `days_per_28` and `ratios` on the scale of days. When nothing can
        be estimated the one row's `status` says why.

    Raises
    ------
    ArgumentError
        For an unknown option, formula or column.
    DataError
        For days with an event that exceed the days recorded, are negative or not whole.

    Notes
    -----
    Beta-binomial: logit(mu) = x'b, var(y) = n mu (1 - mu) (1 + (n - 1) rho). Quasi-likelihood:
    sum_i x_i (y_i - n_i mu_i) / (1 + (n_i - 1) rho) = 0, rho from the Pearson statistic with rows minus
    coefficients; or y ~ BB(n, mu, rho) by maximum likelihood (Fisher scoring). Negative binomial:
    var(y) = mu + mu^2 / theta, log(mu) = log(n) + x'b.
    Robust covariance: B (sum_i u_i u_i') B over patients, with B the inverse expected information of
    coefficients and dispersion together; the correction uses (I - A_i B)^-1 u_i [1]_.

    References
    ----------
    .. [1] Mancl LA, DeRouen TA. A covariance estimator for GEE with improved small-sample properties.
       Biometrics 2001;57:126-134. https://doi.org/10.1111/j.0006-341X.2001.00126.x

    Examples
    --------
    >>> import pandas as pd
    >>> frame = pd.DataFrame({
    ...     "patient_id": ["a", "a", "b", "b", "c", "c", "d", "d"],
    ...     "period": ["before", "after"] * 4,
    ...     "days_with_event": [28, 14, 25, 20, 20, 6, 24, 15],
    ...     "days_recorded": [28, 28, 26, 28, 28, 24, 28, 27],
    ... })
    >>> fit = counts("days_with_event ~ period", frame)
    >>> fit.days_per_28("period")[["period", "estimate"]].round(1)
       period  estimate
    0   after      14.2
    1  before      24.7
    """
    one_of("family", family, FAMILIES)
    one_of("vcov", vcov, COVARIANCES)
    one_of("estimation", estimation, ("quasi", "ml"))
    check_level(level)
    design = make_design(formula, data, subject=subject, extra=(days,))
    recorded = design.rows[days].astype(np.float64).to_numpy()
    _check_counts(design.response, recorded, bounded=family == "beta-binomial")
    design = _with_days(design, recorded > 0)
    y, n = design.response, design.rows[days].astype(np.float64).to_numpy()
    kind = "quasi-beta-binomial" if family == "beta-binomial" and estimation == "quasi" else family
    link = "logit" if family == "beta-binomial" else "log"
    method = f"{_WORDS[kind]}; {_VCOV_WORDS[vcov]}"
    title = f"{formula.split('~')[0].strip()} per recorded day, {link} scale"
    reason = _why_not(design, y, n, family)
    if reason:
        return ResponseFit(**unfitted(design, reason), title=title, method=method, level=level, link=link)
    x = design.matrix[design.cell]
    starts = cluster_starts(design.subject)
    if kind == "quasi-beta-binomial":
        fit = fit_quasi(y, n, design.cell, design.matrix, starts)
    else:
        fit = _fit(kind, y, n, x, starts)
    p = x.shape[1]
    covariance = _covariance(fit, vcov, p)
    status = _status(fit, family, x, vcov, design.n_subjects)
    return ResponseFit(
        **numbers(design, fit.beta, *covariance, separated=status == SEPARATION),
        title=title,
        method=method,
        df=float(design.n_subjects - p) if vcov == "mancl-derouen" else np.inf,
        nobs=len(y),
        n_subjects=design.n_subjects,
        level=level,
        status=status,
        notes=(*design.notes, *uncorrected(covariance[2])),
        meta=_facts(fit, kind, p),
        link=link,
        bounded=bool((y <= n).all()),
    )


_WORDS = {
    "beta-binomial": "beta-binomial regression, logit link, maximum likelihood",
    "quasi-beta-binomial": "beta-binomial regression, logit link, quasi-likelihood",
    "negative-binomial": "negative binomial regression (ML), log link, offset log(days recorded)",
    "poisson": "Poisson regression, log link, offset log(days recorded)",
}
_VCOV_WORDS = {
    "mancl-derouen": "covariance robust by patient with Mancl and DeRouen's correction, t",
    "robust": "covariance robust by patient, normal reference",
    "model": "model covariance, normal reference",
}


def _with_days(design: Design, recorded: NDArray[np.bool_]) -> Design:
    """Leave out rows without a recorded day: they say nothing, and are not zero."""
    if recorded.all():
        return design
    lost = plural(int((~recorded).sum()), "row without a recorded day is", "rows without a recorded day are")
    return design.keep(recorded, f"{lost} left out")


def _check_counts(y: Array, n: Array, *, bounded: bool) -> None:
    """Refuse anything but counts; only the beta-binomial is bounded by the days recorded."""
    wrong = (y < 0) | (y != np.round(y)) | (n < 0) | (n != np.round(n))
    if bounded:
        wrong |= y > n
    if wrong.any():
        raise DataError(
            "events must be whole days, not negative" + (" and at most the days recorded" if bounded else ""),
            got=plural(int(wrong.sum()), "row that is not", "rows that are not"),
            hint="use days_with_event, not the value per 28 days",
        )


def _why_not(design: Design, y: Array, n: Array, family: str) -> str:
    if not len(y):
        return "no row can be used"
    if design.n_subjects < 2:
        return "one patient: the variation between patients is unknown"
    if not y.any():
        return "no event on any recorded day: the estimate is at its limit"
    if family == "beta-binomial" and (y == n).all():
        return "every recorded day has the event: the estimate is at its limit"
    return ""


def _fit(family: str, y: Array, n: Array, x: Array, starts: NDArray[np.intp]) -> CountFit:
    if family == "beta-binomial":
        start = np.linalg.lstsq(x, special.logit((y + 0.5) / (n + 1)), rcond=None)[0]
        return fit_counts(
            x, starts, lambda eta, m: families.beta_binomial(y, n, eta, m), beta=start, log_dispersion=1.0
        )
    offset = np.log(n)
    start = np.linalg.lstsq(x, np.log(y + 0.5) - offset, rcond=None)[0]
    terms: Callable[[Array, float], families.RowTerms]
    if family == "poisson":
        terms = lambda eta, _: families.poisson(y, eta + offset)
        return fit_counts(x, starts, terms, beta=start, log_dispersion=None)
    terms = lambda eta, t: families.negative_binomial(y, eta + offset, t)
    return fit_counts(x, starts, terms, beta=start, log_dispersion=1.0)


def _covariance(fit: CountFit, vcov: str, p: int) -> tuple[Array, Array, Array]:
    """Return the covariance, that by the model, and its part that single patients alone determine."""
    bread = np.linalg.pinv(fit.informations.sum(axis=0), hermitian=True)
    if vcov == "model":
        return bread[:p, :p], bread[:p, :p], np.zeros((p, p))
    if vcov == "robust":
        covariance, part = robust(fit.scores, bread), alone(fit.informations, bread)[1]
    else:
        covariance, part = mancl_derouen(fit.scores, fit.informations, bread)
    return covariance[:p, :p], bread[:p, :p], part[:p, :p]


def _status(fit: CountFit, family: str, x: Array, vcov: str, n_subjects: int) -> str:
    eta = x @ fit.beta
    out = np.abs(eta) > SEPARATED if family == "beta-binomial" else eta < -SEPARATED
    if out.any():
        return SEPARATION
    if not fit.converged:
        return f"not converged after {fit.steps} steps"
    if fit.at_limit:
        simple = {"beta-binomial": "binomial", "negative-binomial": "Poisson"}[family]
        if fit.log_dispersion < 0:
            return "dispersion at its limit: a period's days are all or none"
        return f"dispersion at its limit: fitted as {simple}"
    if vcov == "mancl-derouen" and n_subjects <= x.shape[1]:
        return FEW_PATIENTS
    return "ok"


def _facts(fit: CountFit, family: str, p: int) -> dict[str, object]:
    likelihood = {"llf": fit.log_likelihood, "parameters": p + (family != "poisson" and not fit.at_limit)}
    facts: dict[str, object] = {
        **({} if family.startswith("quasi") else likelihood),
        "converged": fit.converged,
        "iterations": fit.steps,
    }
    size = float(np.exp(min(fit.log_dispersion, families.LIMIT)))
    if family.endswith("beta-binomial"):
        facts["rho"] = 0.0 if fit.at_limit and fit.log_dispersion > 0 else 1 / (1 + size)
    if family == "negative-binomial":
        facts["theta"] = np.inf if fit.at_limit and fit.log_dispersion > 0 else size
    return facts
