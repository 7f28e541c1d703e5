"""Every fitted model of the package on small data, as the laws need it: data in, numbers out."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pandas as pd

import outcomes as oc

Frames = dict[str, pd.DataFrame]

PATIENTS, VISITS = 36, 3
#: How a test of a term is told.
NUMBERS = ["estimate", "std_error", "statistic", "p_value", "lower", "upper"]


@dataclass(frozen=True)
class Fitted:
    """A model: its data, its fit, and the covariate whose unit and origin must be of no matter."""

    make: Callable[[], Frames]
    fit: Callable[[Frames], pd.DataFrame]
    covariate: tuple[str, str] | None = None  # table, column
    level: tuple[str, str] | None = ("rows", "arm")  # a column of categories
    random: bool = False  # imputes by draws, which follow the order of the patients


def visits() -> Frames:
    rng = np.random.default_rng(12)
    patient = np.repeat(np.arange(PATIENTS), VISITS)
    age = rng.normal(0.0, 1.0, PATIENTS)
    arm = np.where(np.arange(PATIENTS) % 2, "active", "placebo")
    level = rng.normal(0, 1, PATIENTS) + 0.4 * age - 0.7 * (arm == "active")
    rows = pd.DataFrame(
        {
            "patient_id": patient,
            "period": np.tile([f"month {i}" for i in (1, 2, 3)], PATIENTS),
            "period_number": np.tile([1, 2, 3], PATIENTS),
            "course": 1,
            "arm": arm[patient],
            "age": age[patient],
            "days_recorded": rng.integers(20, 29, len(patient)),
            "baseline": rng.integers(12, 27, PATIENTS).astype(float)[patient],
        }
    )
    share = 1 / (1 + np.exp(-(level[patient] + rng.normal(0, 0.5, len(patient)))))
    rows["days_with_event"] = rng.binomial(rows["days_recorded"], share)
    rows["change"] = 28 * rows["days_with_event"] / rows["days_recorded"] - rows["baseline"]
    rows["responder_50"] = pd.array(rows["change"] < -0.4 * rows["baseline"], dtype="boolean")
    rows["responder_50"] ^= rng.random(len(rows)) < 0.1
    gone = rng.random(len(rows)) < 0.12
    return {"rows": rows, "seen": rows[~gone].reset_index(drop=True), "doses": _doses(rng)}


def _doses(rng: np.random.Generator) -> pd.DataFrame:
    amount = rng.uniform(1, 5, PATIENTS)
    return pd.DataFrame({"patient_id": np.arange(PATIENTS), "course": 1, "dose_mg_per_kg": amount})


def days() -> Frames:
    rng = np.random.default_rng(21)
    patient, day = np.repeat(np.arange(24), 28), np.tile(np.arange(28), 24)
    age, arm = rng.normal(0, 1, 24), np.where(np.arange(24) % 2, "active", "placebo")
    share = 1 / (1 + np.exp(-(rng.normal(0, 0.8, 24) + 0.3 * age)))[patient]
    rows = pd.DataFrame({"patient_id": patient, "day": day, "age": age[patient], "arm": arm[patient]})
    rows["headache"] = rng.random(len(rows)) < share
    return {"rows": rows[rng.random(len(rows)) > 0.1].reset_index(drop=True)}


def sessions() -> Frames:
    rng = np.random.default_rng(33)
    patient = np.repeat(np.arange(30), 3)
    rows = pd.DataFrame(
        {
            "session_id": np.arange(90),
            "patient_id": patient,
            "hours": rng.uniform(2, 6, 90),
            "dose_mg_per_kg": rng.uniform(0.2, 1.2, 90),
            "age": rng.normal(0, 1, 30)[patient],
            "arm": np.where(rng.random(90) < 0.5, "home", "clinic"),
        }
    )
    often = rng.poisson(np.exp(-1 + rng.normal(0, 0.6, 30))[patient] * rows["hours"] / 2)
    return {"rows": rows, "events": rows.loc[np.repeat(np.arange(90), often), ["session_id", "patient_id"]]}


def returns() -> Frames:
    rng = np.random.default_rng(44)
    patient, day = np.repeat(np.arange(30), 140), np.tile(np.arange(1, 141), 30)
    back = rng.integers(30, 150, 30)[patient]
    rows = pd.DataFrame({"patient_id": patient, "course": 1, "day_after": day})
    rows["headache"] = rng.random(len(rows)) < np.where(day < back, 0.2, 0.85)
    periods = pd.DataFrame(
        {"patient_id": np.arange(30), "course": 1, "period": "days 1-28", "baseline": 22.0}
    )
    periods = periods.assign(baseline_eligible=True, arm=np.where(np.arange(30) % 2, "active", "placebo"))
    return {"rows": rows, "periods": periods}


def _mmrm(covariance: str) -> Callable[[Frames], pd.DataFrame]:
    return lambda data: oc.mmrm(
        "change ~ age * period + arm",
        data["seen"],
        subject="patient_id",
        visit="period",
        covariance=covariance,
    ).to_frame()


def _counts(**options: str) -> Callable[[Frames], pd.DataFrame]:
    def fit(data: Frames) -> pd.DataFrame:
        found = oc.counts("days_with_event ~ period + age * arm", data["seen"], **options)
        means, ratios = found.days_per_28("arm"), found.ratios("arm")
        parts = [found, means.to_frame().assign(term="days"), ratios.to_frame().assign(term="ratio")]
        return pd.concat([part if isinstance(part, pd.DataFrame) else part.to_frame() for part in parts])

    return fit


def _daily(correlation: str) -> Callable[[Frames], pd.DataFrame]:
    return lambda data: oc.daily("headache ~ age + arm", data["rows"], correlation=correlation).to_frame()


def _dose(outcome: str, form: str) -> Callable[[Frames], pd.DataFrame]:
    return lambda data: oc.dose_response(data["rows"], data["doses"], outcome=outcome, form=form).to_frame()


def _imputed(data: Frames) -> pd.DataFrame:
    filled = oc.impute(data["seen"], arm="arm", covariates=["age"], imputations=8, rng=3)
    found = filled.estimates().to_frame()
    return found.assign(term=found["visit"].astype(str) + " " + found["term"] + " " + found["contrast"])


def _durability(data: Frames) -> pd.DataFrame:
    found = oc.durability(data["rows"], data["periods"], by="arm")
    both = (
        [found.to_frame(), found.comparison.to_frame()]
        if found.comparison is not None
        else [found.to_frame()]
    )
    whole = pd.concat(both)
    return whole.assign(term=whole["term"] + " " + whole["arm"].astype(str))


def _session_model(function: str) -> Callable[[Frames], pd.DataFrame]:
    return lambda data: getattr(oc, function)(
        data["events"], data["rows"], covariates=["age", "arm"], where=()
    ).to_frame()


AGE = ("seen", "age")
MODELS: dict[str, Fitted] = {
    "mmrm us": Fitted(visits, _mmrm("us"), AGE, ("seen", "arm")),
    "mmrm cs": Fitted(visits, _mmrm("cs"), AGE, ("seen", "arm")),
    "counts quasi-beta-binomial": Fitted(visits, _counts(), AGE, ("seen", "arm")),
    "counts beta-binomial ml": Fitted(visits, _counts(estimation="ml"), AGE, ("seen", "arm")),
    "counts negative-binomial": Fitted(visits, _counts(family="negative-binomial"), AGE, ("seen", "arm")),
    "counts poisson": Fitted(visits, _counts(family="poisson"), AGE, ("seen", "arm")),
    "daily ar1": Fitted(days, _daily("ar1"), ("rows", "age")),
    "daily exchangeable": Fitted(days, _daily("exchangeable"), ("rows", "age")),
    "daily independence": Fitted(days, _daily("independence"), ("rows", "age")),
    "ancova": Fitted(visits, lambda data: oc.ancova(data["rows"], arm="arm").to_frame()),
    "ancova HC3": Fitted(visits, lambda data: oc.ancova(data["rows"], arm="arm", vcov="HC3").to_frame()),
    "dose linear": Fitted(visits, _dose("change", "linear"), ("doses", "dose_mg_per_kg"), None),
    "dose spline": Fitted(visits, _dose("change", "spline"), ("doses", "dose_mg_per_kg"), None),
    "responders' regression": Fitted(
        visits, _dose("responder_50", "linear"), ("doses", "dose_mg_per_kg"), None
    ),
    "event_sessions": Fitted(sessions, _session_model("event_sessions"), ("rows", "age")),
    "event_counts": Fitted(sessions, _session_model("event_counts"), ("rows", "age")),
    "dose_events": Fitted(
        sessions, lambda data: oc.dose_events(data["events"], data["rows"], groups=3).to_frame(), None
    ),
    "impute": Fitted(visits, _imputed, AGE, ("seen", "arm"), random=True),
    "durability by group": Fitted(returns, _durability, None, ("periods", "arm")),
}
