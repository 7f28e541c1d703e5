"""From a study to the answer of its estimand: the frames, the estimator, and the sentence."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from outcomes.derive.courses import courses as derive_courses
from outcomes.derive.days import days as derive_days
from outcomes.derive.estimand_periods import estimand_periods
from outcomes.derive.periods import period_names
from outcomes.derive.remember import once
from outcomes.derive.tally import DAY_ENDPOINTS
from outcomes.errors import ArgumentError, OutcomesError
from outcomes.models.headache.change import change
from outcomes.models.headache.estimand_rows import contrast, looks, sentence
from outcomes.models.headache.later_periods import later_periods
from outcomes.models.headache.responders import responders
from outcomes.results import Estimates
from outcomes.schema.estimand import DAY_VARIABLES, MEAN_CHANGE, NEXT_COURSE, Estimand, changed_estimand
from outcomes.schema.study_data import StudyData, check_study

__all__ = ["estimate", "untreated", "what_if"]

#: Index dates alone: a further course leaves no trace, and nobody may be said not to have had one.
UNKNOWN_COURSES = "there is no table of sessions: whether anybody was treated again is not recorded"


def estimate(
    study: StudyData,
    estimand: Estimand | Mapping[str, Any] | None = None,
    *,
    rng: np.random.Generator | int = 0,
    level: float = 0.95,
) -> Estimates:
    """Answer the study's primary question, or another one, with the sentence that says what was estimated.

    Parameters
    ----------
    study : Study
        A checked study.
    estimand : Estimand or mapping, optional
        Another question; by default ``[estimand]`` of study.toml, the primary. A mapping changes parts of it:
        ``{"period": 3}``.
    rng : numpy.random.Generator or int
        Source of the draws of the hypothetical strategy, or its seed.
    level : float
        Confidence level.

    Returns
    -------
    Estimates
        With arms the contrast is the first row, then one row per arm; else one row. contrast, arm, period,
        strategy, estimate (days per month, or percent), std_error, df, lower, upper, n, N, eligible, at_risk,
        treated_again, too_few_days, not_due, status; for the mean change of period 1 without arms also
        lower_all_looks and upper_all_looks, which hold however often one looks. The first note is the
        sentence, also in ``meta["text"]``; ``meta["primary"]`` says whether this is the study's primary.

    Raises
    ------
    ArgumentError
        For an estimand whose parts contradict each other, or that the study cannot support.

    Examples
    --------
    >>> import outcomes as oc
    >>> study = oc.simulate(30, seed=2, months=2).study
    >>> found = estimate(study)
    >>> found.meta["text"].split(",")[0]
    'In 28 of 30 treated patients with an eligible baseline'
    """
    check_study(study)
    primary = getattr(study, "estimand", None) or Estimand()
    asked = changed_estimand(primary, estimand)
    rows = estimand_periods(study, asked)
    number = asked.period
    if number > study.rules.max_periods:
        raise ArgumentError(
            "the estimand's period is not derived",
            got=f"period {number}",
            allowed=f"1 to {study.rules.max_periods} (rule max_periods)",
        )
    arms = _arms(rows, asked)
    if arms is not None:  # who is in no arm is in no contrast
        rows = rows[rows[arms].notna()]
    name = str(period_names(np.array([number]), study.rules.month_days).iloc[0])

    def make() -> pd.DataFrame:
        return _answer(study, rows, asked, arms, name, rng, level)

    asks = f"estimate {asked.model_dump_json()} {rng} {level}"
    # a generator gives other numbers each time
    frame = once(study, asks, make) if isinstance(rng, int) else make()
    treated = int(derive_courses(study)["patient_id"].nunique())
    words = _words(study, asked, name) | {"level": f"{100 * level:g}%"}
    text = sentence(frame, arms=arms, treated=treated, words=words)
    return Estimates(
        frame=frame,
        title=f"{'Primary' if asked == primary else 'Secondary'} estimand, {name}",
        method=f"{NEXT_COURSE[asked.strategy]}; missing days: {asked.missing.replace('_', ' ')}",
        level=level,
        notes=(
            text,
            *(() if "sessions" in study.given else (f"Note: {UNKNOWN_COURSES}.",)),
            "A change in one group of patients is not an effect of the treatment.",
        ),
        status="ok" if (frame["status"] == "ok").any() else "no number: see status",
        meta={"text": text, "words": words, "primary": asked == primary, **asked.model_dump()},
    )


def _answer(
    study: StudyData,
    rows: pd.DataFrame,
    asked: Estimand,
    arms: str | None,
    period: str,
    rng: np.random.Generator | int,
    level: float,
) -> pd.DataFrame:
    """Return the rows of `estimate`."""
    number, mean = asked.period, asked.summary == MEAN_CHANGE
    own = rows[rows["period_number"].isin([0, number])]
    if not (own["period_number"] == number).any():
        frame = pd.DataFrame(
            [{"period": period, "estimate": np.nan, "status": "no patient's period has begun"}]
        )
    elif not mean:
        frame = _responders(own, asked, arms, level)
    elif asked.strategy == "hypothetical":
        frame = _hypothetical(study, rows, asked, arms, rng, level)
    else:
        frame = change(own, by=arms, level=level).to_frame()
    frame = frame.assign(strategy=asked.strategy)
    if arms is not None and mean and arms in frame:
        seen = own[own["period_number"] == number]
        return contrast(frame, arms, level, None if asked.strategy == "hypothetical" else seen)
    if mean and asked.strategy == "while_untreated" and number == 1:
        frame = frame.assign(**looks(own, level))
    return frame


def what_if(
    study: StudyData,
    estimand: Estimand | Mapping[str, Any] | None = None,
    *,
    rng: np.random.Generator | int = 0,
    level: float = 0.95,
) -> Estimates:
    """Answer the same question under every strategy for a next course, side by side with n.

    Parameters
    ----------
    study, estimand, rng, level
        As `estimate`.

    Returns
    -------
    Estimates
        The rows of `estimate` for each strategy that the summary allows, the study's own first; a strategy
        that the data cannot support has a row with its reason.

    Examples
    --------
    >>> import outcomes as oc
    >>> study = oc.simulate(30, seed=2, months=2).study
    >>> what_if(study, {"period": 2})["strategy"].tolist()
    ['hypothetical', 'while_untreated', 'treatment_policy']
    """
    check_study(study)
    asked = changed_estimand(getattr(study, "estimand", None) or Estimand(), estimand)
    mean = asked.summary == MEAN_CHANGE
    every = ("while_untreated", "hypothetical") if mean else ("composite",)
    others = [name for name in (*every, "treatment_policy") if name != asked.strategy]
    order = [asked.strategy, *others]
    parts = []
    for name in order:
        try:
            frame = estimate(study, asked.model_copy(update={"next_course": name}), rng=rng, level=level)
            parts.append(frame.to_frame())
        except OutcomesError as error:
            parts.append(pd.DataFrame([{"strategy": name, "estimate": np.nan, "status": error.what}]))
    frame = pd.concat(parts, ignore_index=True)
    return Estimates(
        frame=frame[["strategy", *frame.columns.drop("strategy")]],
        title="The same question under each strategy for a next course",
        method="; ".join(f"{name}: {NEXT_COURSE[name]}" for name in order),
        level=level,
        notes=("Only the first is the study's own; the others show how much the strategy matters.",),
        meta=asked.model_dump(),
    )


def _arms(rows: pd.DataFrame, asked: Estimand) -> str | None:
    """Return the column of the arms, or None; an arm without an eligible patient cannot be compared."""
    named = rows["arm"].dropna()
    if asked.arms == "pooled" or named.nunique() < 2:
        return None
    able = rows.loc[rows["baseline_eligible"] & rows["arm"].notna(), "arm"].nunique()
    if able < named.nunique():
        raise ArgumentError(
            "an arm has no patient with an eligible baseline: the arms cannot be compared",
            hint='arms = "pooled" in [estimand] describes all patients together',
        )
    return "arm"


def _responders(rows: pd.DataFrame, asked: Estimand, arms: str | None, level: float) -> pd.DataFrame:
    threshold = int(asked.summary.removeprefix("responder_"))
    way = "non_responder" if asked.missing == "no_response" else "observed"
    found = responders(
        rows, by=arms, thresholds=[threshold], goal=False, missing=[way], level=level
    ).to_frame()
    return found.assign(estimate=found["percent"])


def untreated(
    study: StudyData,
    rows: pd.DataFrame,
    *,
    who: str | None = "all",
    by: str | None = None,
    rng: np.random.Generator | int = 0,
    level: float = 0.95,
) -> pd.DataFrame:
    """Return `later_periods` of a study's rows; made once for each name of whose rows they are.

    Rows of one name must be the same rows: those of the first course that end where the next one begins
    (``retreatment = "stop"``), for the endpoint that they hold. `who` None: made each time.
    """

    def make() -> pd.DataFrame:
        event, anchor = DAY_ENDPOINTS[str(rows["endpoint"].iloc[0])], study.rules.anchor
        days = derive_days(study)
        return later_periods(rows, days, event=event, by=by, anchor=anchor, rng=rng, level=level).to_frame()

    if who is None or not isinstance(rng, int):  # a generator gives other numbers each time
        return make()
    return once(study, f"untreated {rows['endpoint'].iloc[0]} {who} {rng} {level}", make)


def _hypothetical(
    study: StudyData,
    rows: pd.DataFrame,
    asked: Estimand,
    arms: str | None,
    rng: np.random.Generator | int,
    level: float,
) -> pd.DataFrame:
    endpoint = asked.variable or study.rules.endpoint
    if endpoint not in DAY_VARIABLES:
        raise ArgumentError(
            "as if nobody had been treated again needs an endpoint in days",
            got=endpoint,
            allowed=", ".join(DAY_VARIABLES),
        )
    if "sessions" not in study.given:
        return pd.DataFrame([{"estimate": np.nan, "status": UNKNOWN_COURSES, "n": 0}])
    who = "all" if arms is None and asked.min_baseline is None else f"{arms} {asked.min_baseline}"
    found = untreated(study, rows, who=who, by=arms, rng=rng, level=level)
    due = found[found["period_number"] == asked.period] if len(found) else found
    if not len(due):
        status = "the period is over for nobody"
        return pd.DataFrame([{"estimate": np.nan, "status": status, "n": 0, "N": 0}])
    return due.reset_index(drop=True)


def _words(study: StudyData, asked: Estimand, period: str) -> dict[str, str]:
    endpoint = (asked.variable or study.rules.endpoint).replace("_", " ")
    month = study.rules.month_days
    unit = endpoint if endpoint == "mean pain" else f"{endpoint} per {month} days"
    return {
        "period": period,
        "strategy": NEXT_COURSE[asked.strategy],
        "summary": asked.summary,
        "unit": unit,
        "population": "an eligible baseline"
        + (f" of at least {asked.min_baseline:g} days" if asked.min_baseline is not None else ""),
    }
