"""Change and response by dose: linear, by quarters, or along a restricted cubic spline."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any, Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from outcomes.errors import ArgumentError, DataError, one_of
from outcomes.models.headache.period_rows import MAKE, NUMBERS, month_days
from outcomes.models.stats.dose_note import dose_note
from outcomes.models.stats.input_frames import TESTED, check_columns
from outcomes.models.stats.intervals.arguments import check_level
from outcomes.models.stats.kernels.least_squares import least_squares
from outcomes.models.stats.kernels.reference import interval_factor, ratio_of, two_sided_p
from outcomes.models.stats.kernels.spline import scaled, spline, spread
from outcomes.models.stats.leverage import LONELY
from outcomes.results import Estimates

__all__ = ["WARNING", "dose_response"]

Array = NDArray[np.float64]
Form = Literal["linear", "quartiles", "spline"]

KNOTS = (0.10, 0.50, 0.90)
#: Doses at which a spline is shown, as shares of the patients below.
SHOWN = (0.10, 0.25, 0.50, 0.75, 0.90)
WARNING = (
    "Doses were raised until patients responded or could not tolerate more: dose follows response as much as "
    "response follows dose. This is a description, not the effect of a higher dose."
)
NO_NUMBERS = dict.fromkeys(TESTED, np.nan)
TIED = "dose and baseline determine each other: no effect of its own"
#: Residuals smaller than this share of the changes are rounding: a perfect fit has no standard error.
PERFECT, EXACT = 1e-10, "the changes lie exactly on a line: no interval"


def dose_response(
    periods: pd.DataFrame,
    doses: pd.DataFrame,
    *,
    period: str | int | None = None,
    dose: str = "dose_mg_per_kg",
    outcome: str = "change",
    form: Form = "linear",
    level: float = 0.95,
) -> Estimates:
    """Describe how the change, or the share of responders, varies with the dose of the course.

    Parameters
    ----------
    periods : DataFrame
        From `outcomes.periods`, one endpoint: patient_id, course, period, period_number, baseline, the
        outcome.
    doses : DataFrame
        patient_id, course, and the dose: `outcomes.courses` (cumulative mg/kg), or `outcomes.exposure`,
        whose sessions are added up (dose_mg_per_kg, hours) or of which the highest is taken (peak_rate,
        mean_rate). With one session unknown the course's dose is not known.
    period : str or int, optional
        Label or number of the period; default the first.
    dose : str
        Column of `doses`.
    outcome : str
        ``change`` (least squares, HC3) or a responder column of yes and no such as ``responder_50``
        (logistic, odds ratios).
    form : {"linear", "quartiles", "spline"}
        Slope for each unit of dose; quarters of the patients against the lowest; or a restricted cubic
        spline with three knots (10th, 50th, 90th percentile), shown at five doses against the median, with a
        test of non-linearity.
    level : float
        Confidence level.

    Returns
    -------
    Estimates
        Differences in days per 28, or odds ratios; n of N patients; the warning that dose was titrated to
        response is always in the notes.

    Raises
    ------
    ArgumentError
        For a missing column, an unknown period or option, and an outcome that is neither ``change`` nor yes
        and no.
    DataError
        When a patient has two rows in the period, of one course or of several.

    Notes
    -----
    change = a + b (baseline - mean) + f(dose) + error; logit P(responder) likewise. Confounding by
    indication is not removed by the baseline.

    Examples
    --------
    >>> import numpy as np, pandas as pd
    >>> rng = np.random.default_rng(2)
    >>> patients = pd.DataFrame({"patient_id": range(60), "course": 1})
    >>> courses = patients.assign(dose_mg_per_kg=rng.uniform(1, 5, 60))
    >>> periods = patients.assign(period="days 1-28", period_number=1, baseline=rng.integers(15, 29, 60))
    >>> periods["change"] = -1.5 * courses["dose_mg_per_kg"] + rng.normal(0, 1, 60)
    >>> found = dose_response(periods, courses)
    >>> bool(found["lower"].iloc[0] < -1.5 < found["upper"].iloc[0])
    True
    """
    check_level(level)
    one_of("form", form, ("linear", "quartiles", "spline"))
    rows, label = _one_period(periods, period, outcome)
    table = rows.merge(
        _dose_of(doses, dose, rows.columns), on=["patient_id", "course"], how="left", validate="one_to_one"
    )
    used = table.dropna(subset=["baseline", outcome, dose])
    logistic = outcome != "change"
    unit = {"dose_mg_per_kg": "mg/kg", "peak_rate": "mg/kg/h", "mean_rate": "mg/kg/h"}.get(dose, "unit")
    title = f"{outcome} in {label} by {dose} ({unit}), adjusted for baseline"
    method = "logistic regression, odds ratios" if logistic else "least squares, HC3 covariance, t"
    value = used[outcome].astype(float).to_numpy()
    if logistic and not np.isin(value, (0.0, 1.0)).all():
        raise ArgumentError(
            "the outcome is neither the change nor a yes/no column",
            got=repr(outcome),
            allowed="'change', or yes/no",
        )
    amount = used[dose].to_numpy(dtype=np.float64)
    reason = _why_not(value, amount, form, logistic)
    if reason:
        frame = pd.DataFrame(
            [{"term": dose, **NO_NUMBERS, "n": len(used), "N": len(table), "status": reason}]
        )
        return Estimates(frame, title, f"{method}; {form}", level, (*dose_note(doses), WARNING), reason)
    baseline = used["baseline"].to_numpy(dtype=np.float64)
    columns, contrasts = _form(form, amount, unit)
    x = np.column_stack([np.ones(len(used)), scaled(baseline, baseline), columns])
    frame, status = _estimates(x, value, contrasts, logistic, level)
    if form == "quartiles" and not logistic:
        frame = _possible(frame, baseline, value, month_days([label]))
    return Estimates(
        frame=frame.assign(n=len(used), N=len(table)),
        title=title,
        method=f"{method}; {form}",
        level=level,
        notes=(
            f"n of N patients with the period have a baseline, {outcome} and {dose}.",
            *dose_note(doses),
            WARNING,
        ),
        status=status,
    )


def _possible(frame: pd.DataFrame, baseline: Array, change: Array, month: int) -> pd.DataFrame:
    """Hold the limits of differences to what differences of days of a month can be."""
    known = np.append(baseline, baseline + change)
    if known.min() < 0 or known.max() > month:
        return frame
    return frame.assign(lower=frame["lower"].clip(lower=-month), upper=frame["upper"].clip(upper=month))


def _one_period(periods: pd.DataFrame, period: str | int | None, outcome: str) -> tuple[pd.DataFrame, str]:
    needed = ["patient_id", "course", "period", "period_number", "baseline", outcome]
    check_columns("periods", periods, needed, numbers=[*NUMBERS, outcome], hint=MAKE)
    later = periods[periods["period_number"] > 0]
    number = later["period_number"].min() if period is None else period
    column = "period_number" if isinstance(number, int | np.integer) else "period"
    rows = later[later[column].astype(str) == str(number)]
    if not len(rows):
        raise ArgumentError(
            "there is no such period", got=repr(period), allowed=", ".join(map(str, later["period"].unique()))
        )
    if rows.duplicated(["patient_id", "course"]).any():
        raise DataError("a patient has two rows in the period", hint="choose one endpoint")
    if rows["patient_id"].duplicated().any():
        raise DataError(
            "a patient has more than one course: their rows are not independent",
            hint="choose one course with periods(study, course=...)",
        )
    return rows[["patient_id", "course", "baseline", outcome]], str(rows["period"].iloc[0])


def _dose_of(doses: pd.DataFrame, dose: str, taken: Collection[str]) -> pd.DataFrame:
    hint = "make the frame with oc.exposure(study)"
    if dose in taken:
        raise ArgumentError(
            "the dose has the name of a column of periods", got=repr(dose), hint="rename the column of doses"
        )
    check_columns("doses", doses, ["patient_id", "course", dose], numbers=[dose], hint=hint)
    by = doses.groupby(["patient_id", "course"])[dose]
    total = by.max() if dose.endswith("rate") else by.sum()
    # A sum, or a highest one, of sessions of which one has no known dose is not known either.
    return total.where(by.count() == by.size()).reset_index()


def _why_not(value: Array, amount: Array, form: str, logistic: bool) -> str:
    needed = {"linear": 5, "quartiles": 12, "spline": 12}[form]
    if len(value) < needed:
        return f"fewer than {needed} patients with dose, baseline and outcome"
    if np.ptp(amount) == 0:
        return "all doses are equal"
    if np.ptp(value) == 0:
        return "nobody responded" if logistic and not value.any() else "all outcomes are equal"
    if form != "linear" and len(np.unique(amount)) < 5:
        return "fewer than five different doses: use form='linear'"
    if form == "spline" and len(np.unique(np.quantile(amount, KNOTS))) < len(KNOTS):
        return "many doses are equal: two knots of the spline coincide: use form='linear'"
    return ""


def _form(form: str, amount: Array, unit: str) -> tuple[Array, list[tuple[str, str, Array]]]:
    """Return the dose's columns, and the rows to show: term, contrast, weights of those columns."""
    if form == "linear":
        return scaled(amount, amount)[:, None], [(f"per {unit}", "", np.ones(1) / spread(amount))]
    if form == "quartiles":
        cuts = np.quantile(amount, [0.25, 0.5, 0.75])
        group = np.searchsorted(cuts, amount, side="left")
        present = [g for g in range(1, 4) if (group == g).any()]
        ends = np.r_[amount.min(), cuts, amount.max()]
        names = [f"{ends[g]:.3g} to {ends[g + 1]:.3g} {unit}" for g in range(4)]
        columns = (group[:, None] == np.array(present)).astype(np.float64)
        rows = [
            (names[g], f"{names[g]} - {names[0]}", np.eye(len(present))[i]) for i, g in enumerate(present)
        ]
        return columns, rows
    knots = scaled(np.quantile(amount, KNOTS), amount)
    middle = float(np.median(amount))
    shown = np.quantile(amount, [share for share in SHOWN if share != 0.5])
    curve = spline(scaled(np.r_[middle, shown], amount), knots)
    rows = [
        (f"{d:.3g} {unit}", f"{d:.3g} - {middle:.3g} {unit}", at - curve[0])
        for d, at in zip(shown, curve[1:], strict=True)
    ]
    return spline(scaled(amount, amount), knots), [*rows, ("non-linearity", "", np.array([0.0, 1.0]))]


def _estimates(
    x: Array, value: Array, contrasts: list[tuple[str, str, Array]], logistic: bool, level: float
) -> tuple[pd.DataFrame, str]:
    weights = np.column_stack([np.zeros((len(contrasts), 2)), np.array([w for *_, w in contrasts])])
    beta, covariance, df, reason = _logit(x, value) if logistic else _least_squares(x, value)
    if np.linalg.matrix_rank(x) < np.linalg.matrix_rank(x[:, :2]) + x.shape[1] - 2:
        reason = TIED
    frame = pd.DataFrame([(term, contrast) for term, contrast, _ in contrasts], columns=["term", "contrast"])
    if reason and reason != EXACT:
        return frame.assign(**NO_NUMBERS, status=reason), reason
    estimate = weights @ beta
    se = np.sqrt(np.einsum("ij,jk,ik->i", weights, covariance, weights))
    statistic = estimate / se
    half = interval_factor(level, df) * se
    scale: Any = ratio_of if logistic else np.asarray
    frame = frame.assign(
        estimate=scale(estimate),
        std_error=se,
        df=df,
        statistic=statistic,
        p_value=two_sided_p(statistic, df),
        lower=scale(estimate - half),
        upper=scale(estimate + half),
        status=reason or "ok",
    )
    # The curve's coefficient has no unit to read: only its test is shown.
    frame.loc[frame["term"] == "non-linearity", ["estimate", "std_error", "lower", "upper"]] = np.nan
    frame.loc[frame["term"] == "non-linearity", "status"] = reason or "test only"
    return frame, reason or "ok"


def _least_squares(x: Array, value: Array) -> tuple[Array, Array, float, str]:
    fit = least_squares(x, value)
    covariance, reason = fit.covariance("HC3"), LONELY if fit.one_alone else ""
    if not reason and np.abs(fit.resid).max() <= PERFECT * max(1.0, np.abs(value).max()):
        covariance, reason = np.full_like(covariance, np.nan), EXACT
    return fit.params, covariance, fit.df_resid, reason


def _logit(x: Array, value: Array) -> tuple[Array, Array, float, str]:
    import warnings

    from statsmodels.genmod.families import Binomial
    from statsmodels.genmod.generalized_linear_model import GLM

    with warnings.catch_warnings():  # separation is looked for below, and said in the status
        warnings.simplefilter("ignore")
        fit = GLM(value, x, family=Binomial()).fit(maxiter=100)
    reason = "separated: some doses have all or no responders" if np.abs(x @ fit.params).max() > 12 else ""
    return fit.params, np.asarray(fit.cov_params()), np.inf, reason
