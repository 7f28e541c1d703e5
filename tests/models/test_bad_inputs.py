"""Every estimator on every hard input: rows with a reason, no traceback, no missing number in silence."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pandas as pd
import pytest

from outcomes.models.headache.ancova import ancova
from outcomes.models.headache.chance.one_window import Entry
from outcomes.models.headache.change import change
from outcomes.models.headache.counts import counts
from outcomes.models.headache.daily import daily
from outcomes.models.headache.dose import dose_response
from outcomes.models.headache.durability import durability
from outcomes.models.headache.imputation import METHODS, impute
from outcomes.models.headache.paired import paired
from outcomes.models.headache.regression_to_mean import regression_to_mean
from outcomes.models.headache.responder_contrasts import compare_responders
from outcomes.models.headache.responders import responders
from outcomes.models.headache.tipping import tipping_point
from outcomes.models.patient.one_patient import one_patient
from outcomes.results import Estimates


@dataclass(frozen=True)
class Study:
    """Days, periods and doses, as `outcomes.days`, `periods` and `courses` make them."""

    days: pd.DataFrame
    periods: pd.DataFrame
    doses: pd.DataFrame


def _make(
    p: np.ndarray, *, arm: np.ndarray | None = None, months: int = 2, recorded: np.ndarray | None = None
) -> Study:
    """Patients with these probabilities before and in each 28 days after, shape (patients, 1 + months)."""
    rng = np.random.default_rng(7)
    n = len(p)
    arms = np.where(np.arange(n) % 2, "active", "placebo") if arm is None else arm
    column = np.r_[np.arange(-28, 0), np.arange(28 * months)]
    number = np.where(column < 0, 0, column // 28 + 1)
    seen = np.ones((n, len(column)), dtype=bool) if recorded is None else recorded[:, number]
    headache = rng.random((n, len(column))) < p[:, number]
    row, at = np.nonzero(seen)
    days = pd.DataFrame(
        {
            "patient_id": row, "arm": arms[row], "course": 1, "day": column[at],
            "date": pd.Timestamp("2025-03-01") + pd.to_timedelta(column[at], unit="D"),
            "phase": np.where(column[at] < 0, "before", "after"), "headache": headache[row, at],
            "day_after": pd.array(np.where(column[at] < 0, 0, column[at] + 1), dtype="Int64"),
            "period": number[at].astype(str),
        }
    )  # fmt: skip
    days["day_after"] = days["day_after"].mask(days["phase"] == "before")
    cells = pd.MultiIndex.from_product([range(n), range(months + 1)], names=["patient_id", "period_number"])
    counted = days.groupby(["patient_id", days["period"].astype(int).rename("period_number")])["headache"]
    wide = pd.DataFrame({"days_with_event": counted.sum(), "days_recorded": counted.size()})
    wide = wide.reindex(cells, fill_value=0).reset_index()
    share = wide["days_with_event"] / wide["days_recorded"].where(wide["days_recorded"] > 0)
    wide["value"] = 28 * share.astype(float)
    base = wide[wide["period_number"] == 0].set_index("patient_id")["value"]
    rows = wide[wide["period_number"] > 0].reset_index(drop=True)
    rows["baseline"] = rows["patient_id"].map(base)
    rows["change"] = rows["value"] - rows["baseline"]
    rows["percent_change"] = 100 * rows["change"] / rows["baseline"].where(rows["baseline"] > 0)
    rows = rows.assign(
        arm=arms[rows["patient_id"]], course=1, baseline_eligible=rows["baseline"].notna(), cut_by="",
        period="days " + (28 * rows["period_number"] - 27).astype(str), lower_bound=np.nan,
        upper_bound=np.nan, responder_50=(rows["percent_change"] <= -50).astype("boolean"), goal=pd.NA,
    )  # fmt: skip
    key = pd.DataFrame({"patient_id": range(n), "course": 1})
    return Study(days, rows, key.assign(dose_mg_per_kg=np.linspace(1, 5, n)))


def _p(n: int, before: float = 0.8, after: float = 0.5, months: int = 2) -> np.ndarray:
    spread = np.linspace(-0.15, 0.15, n)[:, None] if n > 1 else np.zeros((1, 1))
    return np.clip(np.array([[before, *[after] * months]]) + spread, 0, 1)


def _one_missing_period(n: int = 14) -> Study:
    recorded = np.ones((n, 3), dtype=bool)
    recorded[:, 2] = False
    return _make(_p(n), recorded=recorded)


def _no_baseline(n: int = 14) -> Study:
    recorded = np.ones((n, 3), dtype=bool)
    recorded[:, 0] = False
    return _make(_p(n), recorded=recorded)


def _no_follow_up(n: int = 14) -> Study:
    recorded = np.ones((n, 3), dtype=bool)
    recorded[:, 1:] = False
    return _make(_p(n), recorded=recorded)


def _same(n: int = 14) -> Study:
    """Zero variance: all have headache on every day before and on none after."""
    return _make(np.tile([1.0, 0.0, 0.0], (n, 1)))


def _arms(active: int, placebo: int = 14) -> Study:
    arm = np.array(["active"] * active + ["placebo"] * placebo)
    return _make(_p(len(arm)), arm=arm)


CASES: dict[str, Callable[[], Study]] = {
    "one patient": lambda: _make(_p(1)),
    "two patients": lambda: _make(_p(2)),
    "no baseline": _no_baseline,
    "all missing in a period": _one_missing_period,
    "no follow-up": _no_follow_up,
    "everybody responds": lambda: _make(_p(14, 0.85, 0.1)),
    "nobody responds": lambda: _make(_p(14, 0.6, 0.84)),
    "every day an event": lambda: _make(np.ones((14, 3))),
    "no day an event": lambda: _make(np.zeros((14, 3))),
    "zero variance": _same,
    "an arm of 0": lambda: _arms(0),
    "an arm of 1": lambda: _arms(1),
}


def _imputed(study: Study, **options: object) -> list[Estimates]:
    several = study.periods["arm"].nunique() > 1
    arms = {"arm": "arm", "reference": "placebo"} if several else {}
    if not several and options["method"] in METHODS[1:4]:
        options["method"] = "mar"
    rows = study.periods.copy()
    last = rows["period_number"] == rows["period_number"].max()
    rows.loc[last & (rows["patient_id"] % 5 == 3), "change"] = np.nan
    found = impute(rows, imputations=4, rng=1, **arms, **options)
    return [found.estimates(), tipping_point(found)]


def _durable(study: Study) -> list[Estimates]:
    out = []
    for options in ({}, {"by": "arm"}, {"responders_only": True}):
        found = durability(study.days, study.periods, **options)
        assert (found.patients["day"].notna() | (found.patients["reason"] != "")).all()
        out += [found.summary, found.curve, *([found.comparison] if found.comparison is not None else [])]
    return out


def _responding(study: Study) -> list[Estimates]:
    both = responders(study.periods, by="arm", goal=False)
    ways = [
        compare_responders(both, arm="arm", reference="placebo", measure=measure)
        for measure in ("difference", "ratio", "odds_ratio")
    ]
    return [both, *(ways if "placebo" in set(study.periods["arm"]) else [])]


ESTIMATORS: dict[str, Callable[[Study], list[Estimates]]] = {
    "change": lambda s: [change(s.periods)],
    "ancova": lambda s: [
        ancova(s.periods), ancova(s.periods, arm="arm"), ancova(s.periods, arm="arm", vcov="HC3"),
    ],
    "paired": lambda s: [paired(s.periods, resamples=200), paired(s.periods, by="arm", resamples=200)],
    "beta-binomial": lambda s: _counted(s, "beta-binomial"),
    "beta-binomial, ml": lambda s: _counted(s, "beta-binomial", estimation="ml"),
    "negative binomial": lambda s: _counted(s, "negative-binomial"),
    "Poisson": lambda s: _counted(s, "poisson"),
    "daily, exchangeable": lambda s: _day_by_day(s, "exchangeable"),
    "daily, ar1": lambda s: _day_by_day(s, "ar1"),
    "responders": _responding,
    "durability": _durable,
    "regression, day-to-day": lambda s: [
        regression_to_mean(s.periods, s.days, entry=Entry(entry, by=by))
        for entry, by in ((None, "diary"), (15, "diary"), (15, "calendar"))
    ],
    "regression, two-periods": lambda s: [regression_to_mean(s.periods, s.days, method="two-periods")],
    "dose": lambda s: [
        dose_response(s.periods, s.doses, form=form, outcome=outcome)
        for form in ("linear", "quartiles", "spline") for outcome in ("change", "responder_50")
    ],
    "one_patient": lambda s: [one_patient(s.days, s.days["patient_id"].iloc[0]).periods],
    **{f"impute, {method}": (lambda s, m=method: _imputed(s, method=m)) for method in METHODS},
    "impute, bootstrap": lambda s: _imputed(s, method="mar", draws="bootstrap"),
}  # fmt: skip


def _counted(study: Study, family: str, **options: object) -> list[Estimates]:
    out = []
    for formula in ("days_with_event ~ period", "days_with_event ~ arm"):
        fit = counts(formula, study.periods, family=family, **options)
        out += [fit, fit.days_per_28(formula.split()[-1]), fit.ratios(formula.split()[-1])]
    return out


def _day_by_day(study: Study, correlation: str) -> list[Estimates]:
    fit = daily("headache ~ phase", study.days, correlation=correlation)
    return [fit, fit.days_per_28("phase"), fit.ratios("phase")]


#: Columns that are published; a row whose status is "ok" has all that its estimator gives.
NUMBERS = ("estimate", "std_error", "lower", "upper", "percent", "change", "value")


def _check(result: Estimates) -> None:
    """Every row says why when it lacks a number; a result without rows says why as a whole."""
    frame = result.to_frame()
    assert result.status
    if not len(frame):
        assert result.status != "ok", result.title
        return
    assert "status" in frame.columns or result.status != "ok", result.title
    status = frame["status"] if "status" in frame.columns else pd.Series(result.status, index=frame.index)
    assert (status.notna() & (status != "")).all(), result.title
    for name in ("estimate", "percent"):
        if name in frame.columns:
            silent = frame[name].isna() & (status == "ok")
            assert not silent.any(), (result.title, frame[silent].to_dict("records"))
    if {"lower", "upper"} <= set(frame.columns):
        silent = (frame["lower"].isna() | frame["upper"].isna()) & (status == "ok")
        assert not silent.any(), (result.title, frame[silent].to_dict("records"))
        ordered = frame.dropna(subset=["lower", "upper"])
        assert (ordered["lower"] <= ordered["upper"]).all()
    if {"n", "N"} <= set(frame.columns) and "days_recorded" not in frame.columns:
        counted = frame.dropna(subset=["n", "N"])
        assert (counted["n"] <= counted["N"]).all()
    assert "nan" not in result.summary().lower().split(), result.summary()


@pytest.mark.parametrize("case", CASES)
@pytest.mark.parametrize("estimator", ESTIMATORS)
def test_every_row_has_a_number_or_a_reason(estimator: str, case: str) -> None:
    study = CASES[case]()
    before = study.periods.copy()
    for result in ESTIMATORS[estimator](study):
        _check(result)
    pd.testing.assert_frame_equal(study.periods, before)
