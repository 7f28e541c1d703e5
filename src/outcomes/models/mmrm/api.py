"""The door: `mmrm`."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

import numpy as np
import pandas as pd

from outcomes.errors import DataError, instance_of
from outcomes.models.mmrm.centring import find_shift
from outcomes.models.mmrm.fit import Fitted, fit
from outcomes.models.mmrm.fixed_effects import Design, make_design
from outcomes.models.mmrm.formula import parse
from outcomes.models.mmrm.frame_columns import Roles
from outcomes.models.mmrm.inference import make_inference
from outcomes.models.mmrm.intake import read_table
from outcomes.models.mmrm.margins import MarginGrid
from outcomes.models.mmrm.model import Model
from outcomes.models.mmrm.moments import Source
from outcomes.models.mmrm.options import FALLBACK, SPATIAL, Options, read_fallback
from outcomes.models.mmrm.patterns import Layout, lay_out
from outcomes.models.mmrm.result import MMRMResult
from outcomes.models.mmrm.robust import between_within, robust_covariance
from outcomes.models.mmrm.table_rows import Table
from outcomes.models.mmrm.two_columns import joined, read_visit

__all__ = ["mmrm"]


def mmrm(
    formula: str,
    data: pd.DataFrame | Iterable[pd.DataFrame],
    *,
    subject: str,
    visit: str | Sequence[str],
    covariance: str = "us",
    group: str | None = None,
    weights: str | None = None,
    method: str = "reml",
    df: str | None = None,
    vcov: str = "model",
    fallback: Sequence[str] | str | bool | None = FALLBACK,
) -> MMRMResult:
    """Fit a mixed model for repeated measures.

    Parameters
    ----------
    formula : str
        Response and fixed effects, for example ``"change ~ baseline * visit + arm * visit"``. The
        response is a column or arithmetic of columns, used as it is written (``"value - baseline ~"``).
        The visit is a category here, whatever its type, unless `covariance` is spatial.
    data : DataFrame or iterable of DataFrame
        One row per subject and visit. Rows without response or covariate are left out and counted.
    subject : str
        Column that names the subject.
    visit : str or two of them
        Column that names the visit. Two columns: endpoint and visit for ``us@cs`` and ``us@ar1``, two
        coordinates for the spatial ones.
    covariance : str, default "us"
        Covariance of a subject's visits: ``us, toep, toeph, ar1, ar1h, cs, csh, ad, adh`` (a trailing h:
        one variance for each visit), or with a numeric time t in `visit` ``sp_exp``, whose
        correlation is ``rho^|t - t'|``, and ``sp_gau``, ``rho^((t - t')^2)`` (``|t - t'|`` being the distance
        of two places where there are two coordinates). Several endpoints a visit: ``us@cs`` and ``us@ar1``,
        the Kronecker product of an unstructured matrix over endpoints and a correlation over visits.
    group : str, optional
        Column with groups of subjects that each have a covariance of their own.
    weights : str, optional
        Column of positive weights of the rows; the variance of a row is divided by its weight.
    method : {"reml", "ml"}
        Restricted or full maximum likelihood.
    df : str, optional
        Degrees of freedom: ``kenward-roger-linear`` (the default for every structure, also after a
        fallback; SAS's DDFM=KR for us), ``satterthwaite`` (the default for ML and for empirical
        covariances), ``kenward-roger``, ``between-within``, ``residual``.
    vcov : str, default "model"
        Covariance of the coefficients: ``model``, or from the subjects' scores ``empirical`` (CR0),
        ``empirical-bias-reduced`` (CR2), ``empirical-jackknife`` (CR3).
    fallback : sequence of str, optional
        Structures to try, in order, when `covariance` does not converge. None or an empty sequence: none.
        What was tried stands in the result's `status`, notes and `attempts`.

    Returns
    -------
    MMRMResult
        Coefficients, marginal means, contrasts, tests and predictions.

    Raises
    ------
    ArgumentError
        For an option, a formula or a column that does not exist, and for options that exclude each other.
    DataError
        For data that no model can use: a repeated subject-visit, infinite values, an exact fit.
    ModelError
        When no structure converges.

    Notes
    -----
    ``y_i = X_i b + e_i``, ``e_i ~ N(0, S)`` restricted to the visits that subject i has. Missing responses
    are taken to be missing at random given covariates and observed responses.

    References
    ----------
    Mallinckrodt CH, Lane PW, Schnell D, Peng Y, Mancuso JP (2008). Drug Information Journal 42:303-319.
    doi:10.1177/009286150804200402

    Examples
    --------
    >>> import numpy as np, pandas as pd
    >>> rng = np.random.default_rng(7)
    >>> visits = ["month1", "month2", "month3"]
    >>> data = pd.DataFrame(
    ...     {"patient": np.repeat(np.arange(40), 3), "visit": np.tile(visits, 40),
    ...      "arm": np.repeat(["active", "placebo"], 60), "baseline": np.repeat(rng.normal(12, 3, 40), 3)}
    ... )
    >>> data["change"] = -2.0 * (data["arm"] == "active") + rng.normal(0, 2, 120)
    >>> fit = mmrm("change ~ baseline + arm * visit", data, subject="patient", visit="visit")
    >>> fit.status, fit.n_subjects, fit.df_method
    ('ok', 40, 'kenward-roger-linear')
    >>> last = fit.contrasts("arm", by="visit", method="reference", ref="placebo").to_frame().iloc[-1]
    >>> last["contrast"], last["visit"], round(float(last["estimate"]), 2)
    ('active - placebo', 'month3', -2.1)
    """
    options = Options(covariance, method, df, vcov, read_fallback(fallback))
    visit, pair = read_visit(visit, covariance)
    for role, name in (("subject", subject), ("visit", visit), ("group", group), ("weights", weights)):
        instance_of(f"{role}=", name, str | None, hint="it names a column of data")
    roles = Roles(subject, visit, group, weights, numeric_visit=covariance in SPATIAL, pair=pair)
    if pair is not None:
        data, endpoints = joined(data, visit, pair, place=roles.numeric_visit)
        options = replace(options, endpoints=endpoints)
    parsed = parse(formula)
    table = read_table(parsed, data, roles)
    layout = lay_out(table)
    design = make_design(parsed, table)
    fitted = fit(table, design, layout, options)
    return _result(formula, options, roles, table, layout, design, fitted)


def _result(
    formula: str,
    options: Options,
    roles: Roles,
    table: Table,
    layout: Layout,
    design: Design,
    fitted: Fitted,
) -> MMRMResult:
    basis = fitted.basis
    beta = basis.offset + basis.transform @ fitted.optimum.state.beta
    df = options.df_method
    rows = _needs_rows(df, options)
    source = Source.of(table, design, layout, find_shift(design, table)) if rows else None
    inference = make_inference(
        fitted,
        beta,
        df,
        table.n_obs,
        between_within=between_within(source, fitted) if source and df == "between-within" else None,
        robust=robust_covariance(source, fitted, options.vcov)
        if source and options.vcov != "model"
        else None,
    )
    if not np.isfinite(inference.vcov_in_basis).all():
        raise DataError("the covariance of the coefficients is not finite")
    grid = MarginGrid.of(design, table)
    return MMRMResult(Model(formula, options, roles, table, layout, design, inference, grid))


def _needs_rows(df: str, options: Options) -> bool:
    return df == "between-within" or options.vcov != "model"
