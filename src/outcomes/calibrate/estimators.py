"""What each estimator says of one study, beside the truth of the same quantity."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

import pandas as pd

from outcomes.calibrate.worlds import MONTHS
from outcomes.derive.days import days
from outcomes.derive.periods import periods
from outcomes.estimate import estimate
from outcomes.models.headache.ancova import ancova
from outcomes.models.headache.change import change
from outcomes.models.headache.counts import counts
from outcomes.models.headache.daily import daily
from outcomes.models.headache.imputation import impute
from outcomes.models.headache.paired import paired
from outcomes.models.headache.regression_to_mean import regression_to_mean
from outcomes.models.headache.responders import responders
from outcomes.models.mmrm import mmrm
from outcomes.study import Study

__all__ = ["ESTIMATORS", "Found", "of_study"]

FIRST, LAST = "days 1-28", f"days {28 * (MONTHS - 1) + 1}-{28 * MONTHS}"
RESAMPLES, IMPUTATIONS = 999, 30


class Found(NamedTuple):
    """One number of one study: how, which truth it is of (strategy, period, what), and its interval."""

    estimator: str
    strategy: str
    period: int
    what: str
    estimate: float
    lower: float
    upper: float


def _found(name: str, truth: tuple[str, int, str], row: Any) -> Found:
    return Found(name, *truth, *(float(row[column]) for column in ("estimate", "lower", "upper")))


def _at(result: Any, **where: Any) -> pd.Series:
    """Return the one row of a result with these values; all missing where there is none."""
    frame = result.to_frame()
    for column, value in where.items():
        frame = frame[frame[column].astype("str") == str(value)]
    return frame.iloc[0] if len(frame) else pd.Series(dtype="float64", index=["estimate", "lower", "upper"])


def _change(study: Study, rows: pd.DataFrame, seed: int) -> Iterator[Found]:
    yield _found("change, t", ("while untreated", 1, "change"), _at(change(rows), period=FIRST))


def _paired(study: Study, rows: pd.DataFrame, seed: int) -> Iterator[Found]:
    found = paired(rows[rows["period_number"] <= 1], resamples=RESAMPLES, rng=seed)
    at = _at(found, term="mean, BCa bootstrap")
    yield _found("paired, BCa bootstrap", ("while untreated", 1, "change"), at)


def _responders(study: Study, rows: pd.DataFrame, seed: int) -> Iterator[Found]:
    ways = responders(
        rows[rows["period_number"] <= 1], thresholds=[50], goal=False, missing=["non_responder"]
    )
    at = _at(ways, period=FIRST).rename({"percent": "estimate"})
    yield _found("responders, missing = no response", ("composite", 1, "responders"), at)


def _mixed(study: Study, rows: pd.DataFrame, seed: int) -> Iterator[Found]:
    fit = mmrm("value ~ period", rows, subject="patient_id", visit="period")
    found = fit.contrasts("period", method="reference", ref="baseline")
    for number, period in ((1, FIRST), (MONTHS, LAST)):
        at = _at(found, contrast=f"{period} - baseline")
        yield _found(f"mmrm, period {number}", ("hypothetical", number, "change"), at)


def _later(study: Study, rows: pd.DataFrame, seed: int) -> Iterator[Found]:
    asked = {"period": MONTHS, "next_course": "hypothetical"}
    at = _at(estimate(study, asked, rng=seed))
    yield _found(f"estimate, hypothetical, period {MONTHS}", ("hypothetical", MONTHS, "change"), at)


def _imputed(study: Study, rows: pd.DataFrame, seed: int) -> Iterator[Found]:
    filled = impute(rows, imputations=IMPUTATIONS, rng=seed).estimates()
    at = _at(filled, visit=LAST)
    yield _found(f"impute, MAR, period {MONTHS}", ("hypothetical", MONTHS, "change"), at)


def _chance(study: Study, rows: pd.DataFrame, seed: int) -> Iterator[Found]:
    at = _at(regression_to_mean(rows, days(study)), term="chance alone")
    yield _found("regression_to_mean", ("chance alone", 1, "change"), at)


def _contrast(study: Study, rows: pd.DataFrame, seed: int) -> Iterator[Found]:
    first = rows[rows["period_number"] == 1]
    at = _at(ancova(first, arm="arm", reference="placebo"), term="difference")
    yield _found("ancova, active - placebo", ("while untreated", 1, "difference"), at)


def _ratios(study: Study, rows: pd.DataFrame, seed: int) -> Iterator[Found]:
    truth = ("while untreated", 1, "ratio")
    seen = rows[(rows["period_number"] > 0) & (rows["days_recorded"] > 0)]
    fit = counts("days_with_event ~ arm * period", seen)
    at = _at(fit.ratios("arm", reference="placebo", within="period"), period=FIRST)
    yield _found("counts, active / placebo", truth, at)
    after = days(study).query("phase == 'after' and day_after <= 28 and course == 1")
    arms = study.patients.set_index("patient_id")["arm"]
    fit = daily("headache ~ arm", after.assign(arm=after["patient_id"].map(arms)))
    yield _found("daily, active / placebo", truth, _at(fit.ratios("arm", reference="placebo")))


Estimator = Callable[[Study, pd.DataFrame, int], Iterator[Found]]
#: Estimators of one group of patients, and those of two arms.
ESTIMATORS: dict[bool, tuple[Estimator, ...]] = {
    False: (_change, _paired, _responders, _mixed, _later, _imputed, _chance),
    True: (_contrast, _ratios),
}


def of_study(study: Study, *, arms: bool, seed: int) -> list[tuple[Found | str, str]]:
    """Return what every estimator finds in a study; one that fails gives its name and why.

    Parameters
    ----------
    study : Study
        A study of known truth.
    arms : bool
        Whether it has two arms.
    seed : int
        Of the estimators that draw.
    """
    rows = periods(study, baseline_as_row=True)
    found: list[tuple[Found | str, str]] = []
    for estimator in ESTIMATORS[arms]:
        try:
            found += [(one, "") for one in estimator(study, rows, seed)]
        except Exception as error:  # an estimator that fails is a row of the table, and no end of the run
            found.append((estimator.__name__.strip("_"), type(error).__name__))
    return found
