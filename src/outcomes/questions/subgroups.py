"""The change of each subgroup of a study, exploratory."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import pandas as pd

from outcomes.derive.burden import burden
from outcomes.derive.courses import courses
from outcomes.derive.exposure import exposure
from outcomes.derive.periods import periods
from outcomes.errors import ArgumentError, suggest
from outcomes.models.headache.subgroup_changes import subgroup_changes
from outcomes.models.stats.input_frames import names
from outcomes.models.stats.reference_arm import reference_arm
from outcomes.results import Estimates
from outcomes.schema.study_data import StudyData, check_study

__all__ = ["subgroups"]

#: An infusion that goes on overnight is another treatment than one of hours.
OVERNIGHT_HOURS = 24


def subgroups(
    study: StudyData, factors: str | Sequence[str] | None = None, *, period: int = 1, level: float = 0.95
) -> Estimates:
    """Estimate the change of subgroups: exploratory, with the test whether they differ, and shrunken.

    Parameters
    ----------
    study : Study
        A checked study.
    factors : str or list of str, optional
        ``prior_preventives`` (0-2, 3-5, 6 or more), ``diagnosis``, ``style`` (one session, several sessions,
        over 24 hours at a time), ``setting``, ``overuse`` (of acute drugs in the baseline), or other columns
        of the patients table; the first five when left out.
    period : int
        Which period after the first course.
    level : float
        Confidence level.

    Returns
    -------
    Estimates
        One row for all patients, then one per subgroup: factor, subgroup, n, N, baseline_mean, estimate (mean
        change; with two arms their difference), std_error, lower, upper, shrunken, shrunken_lower,
        shrunken_upper, p_value (do the levels of the factor differ, given the baseline; with arms: does their
        difference), p_adjusted, status.

    Raises
    ------
    ArgumentError
        For a factor that the study does not have, or more than two arms.

    Notes
    -----
    Under 5 patients (with arms: in one of them) a subgroup has no interval. ``shrunken`` is the posterior
    mean under a normal distribution of the levels of a factor [1]_, half-normal prior of its spread with half
    a standard deviation of the patients' changes as scale [2]_.

    References
    ----------
    .. [1] Dixon DO, Simon R. Bayesian subset analysis. Biometrics 1991;47:871-881. doi:10.2307/2532645
    .. [2] Roever C and others. On weakly informative prior distributions for the heterogeneity parameter in
       Bayesian random-effects meta-analysis. Res Synth Methods 2021;12:448-474. doi:10.1002/jrsm.1475

    Examples
    --------
    >>> import outcomes as oc
    >>> found = oc.subgroups(oc.simulate(40, seed=2, months=1).study, "style")
    >>> found["subgroup"].tolist()
    ['all patients', 'one session', 'over 24 hours at a time', 'several sessions']
    """
    check_study(study)
    chosen = list(dict.fromkeys(names(factors, "factors"))) or list(FACTORS)
    levels = {name: _levels(study, name) for name in chosen}
    rows = periods(study)
    first = rows["period_number"].eq(period)
    if not first.any():
        raise ArgumentError(
            "no patient's period of that number has begun", got=repr(period),
            allowed=f"1 to {int(rows['period_number'].max()) if len(rows) else 0}",
        )  # fmt: skip
    rows = rows[first].reset_index(drop=True)
    for name in chosen:
        rows[name] = levels[name].reindex(rows["patient_id"]).to_numpy()
    arms = sorted(rows["arm"].dropna().unique())
    if len(arms) > 2:
        raise ArgumentError("subgroups compares two arms at most", got=", ".join(arms), hint="keep two")
    pair = None
    if len(arms) == 2:
        reference = reference_arm(arms)
        pair = reference, next(arm for arm in arms if arm != reference)
    return subgroup_changes(rows, chosen, arms=pair, level=level)


def _levels(study: StudyData, name: str) -> pd.Series:
    """Return the level of each patient, by patient_id."""
    if name in FACTORS:
        return FACTORS[name](study)
    if name not in study.patients.columns or name == "patient_id":
        known = [*FACTORS, *(str(column) for column in study.patients.columns if column != "patient_id")]
        raise ArgumentError(
            "the study has no such factor", got=repr(name), allowed=", ".join(known),
            hint=suggest(str(name), known),
        )  # fmt: skip
    return study.patients.set_index("patient_id")[name]


def _prior(study: StudyData) -> pd.Series:
    count = study.patients.set_index("patient_id")["prior_preventives"].astype("Float64").astype(float)
    return pd.cut(count, [-1, 2, 5, np.inf], labels=["0 to 2", "3 to 5", "6 or more"]).astype(object)


def _diagnosis(study: StudyData) -> pd.Series:
    return study.patients.set_index("patient_id")["diagnosis"].str.replace("_", " ")


def _setting(study: StudyData) -> pd.Series:
    found = courses(study)
    first = found.loc[found["course"].eq(1) & (found["sessions"] > 0), ["patient_id", "setting"]]
    return first.set_index("patient_id")["setting"]


def _style(study: StudyData) -> pd.Series:
    found = exposure(study)
    sessions = found.loc[found["course"].eq(1), ["patient_id", "hours"]].groupby("patient_id")["hours"]
    longest, count = sessions.max(), sessions.size()
    style = np.select(
        [longest > OVERNIGHT_HOURS, count > 1, longest.notna()],
        ["over 24 hours at a time", "several sessions", "one session"],
        default="",
    )
    return pd.Series(style, index=count.index, dtype=object).replace("", None)


def _overuse(study: StudyData) -> pd.Series:
    found = burden(study)
    before = found.loc[found["period_number"].eq(0), ["patient_id", "overuse"]]
    return before.set_index("patient_id")["overuse"].map({True: "yes", False: "no"})


#: Factor -> the level of each patient.
FACTORS: dict[str, Callable[[StudyData], pd.Series]] = {
    "prior_preventives": _prior,
    "diagnosis": _diagnosis,
    "style": _style,
    "setting": _setting,
    "overuse": _overuse,
}
