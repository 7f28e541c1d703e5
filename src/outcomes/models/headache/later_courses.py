"""Whether a later course works as well as the first: all courses together, patients as clusters."""

from __future__ import annotations

from numbers import Integral

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from outcomes.errors import ArgumentError, DataError, ModelError, instance_of, plural
from outcomes.models.headache.period_rows import MAKE, NUMBERS, eligible, month_days, one_endpoint
from outcomes.models.mmrm import mmrm
from outcomes.models.stats.few_patients import BEYOND, without_interval
from outcomes.models.stats.input_frames import TESTED, check_columns
from outcomes.models.stats.intervals.arguments import check_level
from outcomes.models.stats.kernels.normal_draws import Panel, generalised_least_squares, products
from outcomes.models.stats.kernels.reference import interval_factor, two_sided_p
from outcomes.models.stats.kernels.structures import covariance as structure_matrix
from outcomes.models.stats.mean_interval import change_span, highest
from outcomes.results import Estimates

__all__ = ["later_courses"]

Array = NDArray[np.float64]

NEEDED = ["patient_id", "course", "period_number", "value", "baseline", "baseline_eligible"]
#: A course that fewer patients have has no mean.
FEWEST = 5
#: Step of the central difference in each covariance parameter, of its size.
STEP = 1e-4


def later_courses(periods: pd.DataFrame, *, period: int = 1, level: float = 0.95) -> Estimates:
    """Compare the change after each later course with that after the first.

    Parameters
    ----------
    periods : DataFrame
        From `outcomes.periods` with ``course="all"``, one endpoint.
    period : int
        Period after each course, 1 or more.
    level : float
        Confidence level.

    Returns
    -------
    Estimates
        A row ``course k`` for each course: mean change, in days per month, from the baseline before the
        *first* course, n with a value of N who had the course. A row ``course k - course 1`` for each later
        one: n patients with a value after both, N with the later course; below 0, the later course ended
        with fewer days. std_error, df, statistic, p_value, lower, upper, status. Limits are held to what
        changes of days can be; a simpler covariance, where the unstructured one has no maximum, is said in
        the status.

    Raises
    ------
    ArgumentError
        For a missing column, several endpoints, or a period that does not exist.
    DataError
        When a patient has two rows of a course and period.

    Notes
    -----
    Mixed model for repeated measures, one mean per course, unstructured covariance within a patient,
    restricted maximum likelihood; the covariance of the means holds that of the estimated parameters too
    (observed information [2]_), df: patients of the course less one. Patients are clusters, and one without a
    later course stands in its mean by the change after the first. So the means hold if, given that change,
    nothing else decided who was treated again. With two courses the mean of the second is
    ``y2 + b (y1 of all - y1 of those with both)``, b the slope in those with both [1]_.

    The yardstick is the baseline before the first course for all of them: a baseline between two courses is
    measured in treated patients. A smaller fall after the second course may mean that a level has got worse
    since: there are no patients without one to compare with.

    References
    ----------
    .. [1] Anderson TW. Maximum likelihood estimates for a multivariate normal distribution when some
       observations are missing. J Am Stat Assoc 1957;52:200-203. https://doi.org/10.1080/01621459.1957.10501379
    .. [2] Kenward MG, Molenberghs G. Likelihood based frequentist inference when data are missing at random.
       Stat Sci 1998;13:236-247. https://doi.org/10.1214/ss/1028905886

    Examples
    --------
    >>> import numpy as np, pandas as pd
    >>> rng = np.random.default_rng(2)
    >>> own = rng.normal(0, 2, 30)
    >>> value = np.column_stack([16 + own, 17 + own]) + rng.normal(0, 2, (30, 2))
    >>> rows = pd.DataFrame({"patient_id": np.repeat(range(30), 2), "course": np.tile([1, 2], 30),
    ...                      "period_number": 1, "value": value.ravel(), "baseline": 22.0,
    ...                      "baseline_eligible": True})
    >>> later_courses(rows)["term"].tolist()
    ['course 1', 'course 2', 'course 2 - course 1']
    """
    check_level(level)
    instance_of("period", period, Integral, hint="give the number of a period")
    check_columns("periods", periods, NEEDED, numbers=NUMBERS, hint=MAKE)
    one_endpoint(periods)
    rows = periods[periods["period_number"] == period]
    if not len(rows):
        raise ArgumentError("no row has this period", got=str(period), hint='periods(study, course="all")')
    if rows.duplicated(["patient_id", "course"]).any():
        raise DataError("a patient has two rows for a course", hint=MAKE)
    changes, notes = _changes(rows)
    frame, status = _fitted(changes, level)
    frame = _held(frame, rows, changes)
    return Estimates(
        frame=frame,
        title=f"Change after each course, period {period}, compared with the baseline before the first",
        method="mixed model for repeated measures, courses within patients (unstructured, REML)",
        level=level,
        notes=(
            *notes,
            "Patients were selected for later courses: the means hold if the change after earlier "
            "courses explains that selection fully.",
            "A difference between courses is not an effect of the treatment: it includes the effect of time.",
        ),
        status=status,
        meta={"period": int(period), "patients": int(changes["patient_id"].nunique())},
    )


def _changes(rows: pd.DataFrame) -> tuple[pd.DataFrame, tuple[str, ...]]:
    """Return patient, course and change from the first course's baseline, of courses enough patients had."""
    first = rows[rows["course"].eq(1) & eligible(rows)].set_index("patient_id")["baseline"]
    base = rows["patient_id"].map(first).astype("float64")
    frame = pd.DataFrame(
        {
            "patient_id": rows["patient_id"].to_numpy(),
            "course": rows["course"].to_numpy(dtype=np.int64),
            "y": (rows["value"].astype("float64") - base).to_numpy(),
            "base": base.to_numpy(),
        }
    )[base.notna().to_numpy()]
    count = frame.groupby("course")["y"].count()
    kept = frame["course"].isin(count.index[count >= FEWEST])
    left = frame.loc[~kept, "course"].nunique()
    without = rows.loc[base.isna(), "patient_id"].nunique()
    notes = [f"{plural(int(left), 'course')} with fewer than {FEWEST} patients left out."] if left else []
    if without:
        notes.append(
            f"{plural(int(without), 'patient')} without an eligible baseline before the first course."
        )
    return frame[kept].reset_index(drop=True), tuple(notes)


def _fitted(changes: pd.DataFrame, level: float) -> tuple[pd.DataFrame, str]:
    wide = changes.pivot_table(index="patient_id", columns="course", values="y", aggfunc="first", sort=True)
    courses = list(wide.columns)
    terms = [f"course {k}" for k in courses]
    pairs = [f"course {k} - course {courses[0]}" for k in courses[1:]] or ["course 2 - course 1"]
    reason = "fewer than five patients have a value after a later course"
    if len(courses) > 1:
        try:
            mean, vcov, status = _means(wide.to_numpy())
        except (DataError, ModelError) as error:
            reason = error.what
        else:
            rows = np.vstack([np.eye(len(courses)), np.eye(len(courses))[1:] - np.eye(len(courses))[0]])
            seen = wide.notna().sum().to_numpy(dtype=float)
            frame = _tested(rows @ mean, rows @ vcov @ rows.T, np.r_[seen, seen[1:]] - 1, level)
            return _counted(frame.assign(term=[*terms, *pairs]), changes, status), status
    none = pd.DataFrame({"term": [*terms, *pairs]}).assign(**dict.fromkeys(TESTED, np.nan))
    return _counted(none, changes, reason), f"no number: {reason}"


def _means(y: Array) -> tuple[Array, Array, str]:
    """Return the courses' means and their covariance, with what a patient's estimated one adds; the status.

    By default a mixed model takes the covariance within a patient as known. Where who has a later course
    depends on the changes before, the mean of the later course leans on it (the slope b): left out, intervals
    cover 68 to 88 %.
    """
    n, m = y.shape
    patient, course = np.nonzero(~np.isnan(y))
    data = pd.DataFrame({"y": y[patient, course], "patient": patient, "course": [f"{k:04d}" for k in course]})
    fit = mmrm("y ~ course", data, subject="patient", visit="course", df="residual")
    sums = products(Panel(y, np.ones((n, 1)), np.empty((n, 0))))
    step = STEP * np.maximum(np.abs(fit.theta), 1.0)
    moved = np.vstack([fit.theta, *(fit.theta + sign * np.diag(step) for sign in (1, -1))])
    sigma = np.array([structure_matrix(fit.covariance_type, theta, m) for theta in moved])
    beta, information = generalised_least_squares(sums, sigma)
    q = len(step)
    slope = (beta[1 : q + 1] - beta[q + 1 :]) / (2 * step[:, None])
    vcov = np.linalg.inv(information[0]) + slope.T @ np.asarray(fit.theta_vcov) @ slope
    return beta[0], vcov, fit.status


def _tested(estimate: Array, vcov: Array, df: Array, level: float) -> pd.DataFrame:
    error = np.sqrt(np.diag(vcov))
    half = interval_factor(level, df) * error
    frame = {"estimate": estimate, "std_error": error, "df": df, "statistic": estimate / error}
    frame |= {"p_value": two_sided_p(estimate / error, df)}
    return pd.DataFrame(frame | {"lower": estimate - half, "upper": estimate + half})


def _held(frame: pd.DataFrame, rows: pd.DataFrame, changes: pd.DataFrame) -> pd.DataFrame:
    """Hold the limits to what the mean change of these patients, and a difference of two, can be."""
    seen = changes[changes["y"].notna()]
    base, one = seen["base"], pd.Series(0, index=seen.index)
    endpoint = rows["endpoint"].iloc[:1].reset_index(drop=True) if "endpoint" in rows else None
    month = month_days(rows["period"].unique() if "period" in rows else ())
    top = highest(endpoint, month, pd.RangeIndex(1))
    if not len(seen) or change_span(base, base + seen["y"], one, top)["low"].isna().any():
        return frame
    pair, most = frame["term"].str.contains(" - "), float(top.iloc[0])
    centre = float(seen.groupby("patient_id")["base"].first().mean())
    held = frame.assign(
        lower=frame["lower"].clip(lower=(-most * pair).where(pair, -centre)),
        upper=frame["upper"].clip(upper=(most * pair).where(pair, most - centre)),
    )
    beyond = (held["lower"] > held["estimate"]) | (held["upper"] < held["estimate"])
    held["status"] = held["status"].mask(beyond, "ok")
    return without_interval(held, beyond, BEYOND)


def _counted(frame: pd.DataFrame, changes: pd.DataFrame, status: str) -> pd.DataFrame:
    """Return the rows with n, N and the status."""
    seen = changes.pivot_table(index="patient_id", columns="course", values="y", aggfunc="first")
    had = changes.groupby("course").size()
    frame = frame[["term", *TESTED]]
    course = frame["term"].str.extract(r"^course (\d+)")[0].astype(int)
    single = {k: int(seen[k].notna().sum()) for k in seen}
    both = {k: int((seen[k].notna() & seen[seen.columns[0]].notna()).sum()) for k in seen}
    pair = frame["term"].str.contains(" - ")
    n = course.map(single).where(~pair, course.map(both)).fillna(0).astype(int)
    return frame.assign(n=n, N=course.map(had).fillna(0).astype(int), status=status)
