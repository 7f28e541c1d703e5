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
    """A model: its data from a seed, its fit, and what the laws may move. None: there is no such thing."""

    make: Callable[..., Frames]
    fit: Callable[[Frames], pd.DataFrame]
    covariate: tuple[str, str] | None = None  # table, column
    level: tuple[str, str] | None = ("rows", "arm")  # a column of categories
    time: tuple[str, str] | None = None  # a column of days or dates
    random: bool = False  # imputes by draws, which follow the order of the patients
    separate: Callable[[Frames], Frames] | None = None  # gives one arm or dose nothing but one answer
    parts: bool = False  # takes a list of frames
    own_unit: bool = False  # its rows are called by doses, and an odds ratio has a unit


def visits(seed: int = 12) -> Frames:
    rng = np.random.default_rng(seed)
    patient = np.repeat(np.arange(PATIENTS), VISITS)
    age = rng.normal(0.0, 1.0, PATIENTS)
    arm = np.where(np.arange(PATIENTS) % 2, "active", "placebo")
    level = rng.normal(0, 1, PATIENTS) + 0.4 * age - 0.7 * (arm == "active")
    rows = pd.DataFrame(
        {
            "patient_id": patient,
            "period": np.tile([f"month {i}" for i in (1, 2, 3)], PATIENTS),
            "period_number": np.tile([1, 2, 3], PATIENTS),
            "week": np.tile([4.0, 8.0, 14.0], PATIENTS),
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


def period_rows() -> pd.DataFrame:
    """Return the rows of `visits` with what the estimates of changes need of periods."""
    rows = visits()["rows"]
    return rows.assign(
        value=rows["baseline"] + rows["change"], lower_bound=0.0, upper_bound=28.0, baseline_eligible=True,
        percent_change=100 * rows["change"] / rows["baseline"], cut_by="", goal=False,
    )  # fmt: skip


def _doses(rng: np.random.Generator) -> pd.DataFrame:
    amount = rng.uniform(1, 5, PATIENTS)
    return pd.DataFrame({"patient_id": np.arange(PATIENTS), "course": 1, "dose_mg_per_kg": amount})


def days(seed: int = 21) -> Frames:
    rng = np.random.default_rng(seed)
    patient, day = np.repeat(np.arange(24), 28), np.tile(np.arange(28), 24)
    age, arm = rng.normal(0, 1, 24), np.where(np.arange(24) % 2, "active", "placebo")
    share = 1 / (1 + np.exp(-(rng.normal(0, 0.8, 24) + 0.3 * age)))[patient]
    rows = pd.DataFrame({"patient_id": patient, "day": day, "age": age[patient], "arm": arm[patient]})
    rows["headache"] = rng.random(len(rows)) < share
    return {"rows": rows[rng.random(len(rows)) > 0.1].reset_index(drop=True)}


def sessions(seed: int = 33) -> Frames:
    rng = np.random.default_rng(seed)
    patient = np.repeat(np.arange(30), 3)
    rows = pd.DataFrame(
        {
            "session_id": np.arange(90),
            "patient_id": patient,
            "hours": rng.uniform(2, 6, 90),
            "dose_mg_per_kg": rng.uniform(0.2, 1.2, 90),
            "age": rng.normal(0, 1, 30)[patient],
            "arm": np.where(rng.random(90) < 0.5, "home", "clinic"),
            "start": pd.Timestamp("2026-01-05 09:00") + pd.to_timedelta(np.tile([0, 7, 21], 30), "D"),
        }
    )
    often = rng.poisson(np.exp(-1 + rng.normal(0, 0.6, 30))[patient] * rows["hours"] / 2)
    return {"rows": rows, "events": rows.loc[np.repeat(np.arange(90), often), ["session_id", "patient_id"]]}


def returns(seed: int = 44) -> Frames:
    rng = np.random.default_rng(seed)
    patient, day = np.repeat(np.arange(30), 140), np.tile(np.arange(1, 141), 30)
    back = rng.integers(30, 150, 30)[patient]
    rows = pd.DataFrame({"patient_id": patient, "course": 1, "day_after": day})
    rows["headache"] = rng.random(len(rows)) < np.where(day < back, 0.2, 0.85)
    periods = pd.DataFrame(
        {"patient_id": np.arange(30), "course": 1, "period": "days 1-28", "baseline": 22.0}
    )
    periods = periods.assign(baseline_eligible=True, arm=np.where(np.arange(30) % 2, "active", "placebo"))
    return {"rows": rows, "periods": periods}


def _mmrm(covariance: str, visit: str = "period") -> Callable[[Frames], pd.DataFrame]:
    def fit(data: Frames) -> pd.DataFrame:
        parts = [frame for name, frame in data.items() if name.startswith("seen")]
        found = oc.mmrm(
            "change ~ age * period + arm", parts, subject="patient_id", visit=visit, covariance=covariance
        )
        arms = found.contrasts("arm", by="period", adjust="mvt").to_frame()
        arms["term"] = "arms " + arms["period"].astype(str)
        return pd.concat([found.to_frame(), arms.drop(columns="period")])

    return fit


def _curved(data: Frames) -> pd.DataFrame:
    """Squares, splines and products of a covariate: what is asked is not about its own scale."""
    ask = {"subject": "patient_id", "visit": "period", "covariance": "cs"}
    parts = [frame for name, frame in data.items() if name.startswith("seen")]
    square = oc.mmrm("change ~ period + arm * age + arm * I(age**2)", parts, **ask)
    spline = oc.mmrm("change ~ period + arm * bs(age, df=4) + poly(baseline, 2)", parts, **ask)
    tests = square.anova("III").to_frame().set_index("term")
    slopes = [fit.emtrends("age", method="pairwise", factor="arm").to_frame() for fit in (square, spline)]
    curves = [term for term in square.anova()["term"] if "I(" in term or "age" in term]
    asked = {
        "arms": square.contrasts("arm").to_frame(),
        "arms by spline": spline.contrasts("arm").to_frame(),
        "curvature": tests.loc[["arm:I(age ** 2)"]].reset_index(drop=True),
        "all of the curve": square.joint_test(curves).to_frame(),
        "test of slopes": slopes[0][["statistic", "p_value"]],
        "test of slopes by spline": slopes[1][["statistic", "p_value"]],
        "terms": spline.anova("II").to_frame(),
    }
    named = [found.assign(term=name + " " + found.index.astype(str)) for name, found in asked.items()]
    return pd.concat([found.drop(columns="contrast", errors="ignore") for found in named])


def _of_sums(data: Frames) -> pd.DataFrame:
    parts = [frame for name, frame in data.items() if name.startswith("seen")]
    sums = [
        oc.mmrm.products("change ~ age + period * arm", part, subject="patient_id", visit="period")
        for part in parts
    ]
    return sum(sums[1:], start=sums[0]).fit().to_frame()


def _counts(**options: str) -> Callable[[Frames], pd.DataFrame]:
    def fit(data: Frames) -> pd.DataFrame:
        found = oc.counts("days_with_event ~ period + age * arm", data["seen"], **options)
        means, ratios = found.days_per_28("arm"), found.ratios("arm")
        parts = [found, means.to_frame().assign(term="days"), ratios.to_frame().assign(term="ratio")]
        return pd.concat([part if isinstance(part, pd.DataFrame) else part.to_frame() for part in parts])

    return fit


def _daily(correlation: str) -> Callable[[Frames], pd.DataFrame]:
    return lambda data: oc.daily("headache ~ age + arm", data["rows"], correlation=correlation).to_frame()


def _ancova(**options: str) -> Callable[[Frames], pd.DataFrame]:
    return lambda data: oc.ancova(data["rows"], **options).to_frame()


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
    covariates = ["age", "arm", "later_session"]
    return lambda data: getattr(oc, function)(
        data["events"], data["rows"], covariates=covariates, where=()
    ).to_frame()


def _never(table: str, column: str) -> Callable[[Frames], Frames]:
    """Give the active arm not one of the event."""

    def change(data: Frames) -> Frames:
        rows = data[table].copy()
        rows.loc[rows["arm"] == "active", column] = rows[column].dtype.type(0)
        return data | {table: rows}

    return change


def _never_at_home(data: Frames) -> Frames:
    home = data["rows"].loc[data["rows"]["arm"] == "home", "session_id"]
    return data | {"events": data["events"][~data["events"]["session_id"].isin(home)]}


def _responds_above_a_dose(data: Frames) -> Frames:
    high = data["doses"].set_index("patient_id")["dose_mg_per_kg"] > 3
    answer = pd.array(data["rows"]["patient_id"].map(high), dtype="boolean")
    return data | {"rows": data["rows"].assign(responder_50=answer)}


AGE, SEEN = ("seen", "age"), ("seen", "arm")
DOSE = ("doses", "dose_mg_per_kg")
NO_DAYS = _never("seen", "days_with_event")
MODELS: dict[str, Fitted] = {
    "mmrm us": Fitted(visits, _mmrm("us"), AGE, SEEN, parts=True),
    "mmrm cs": Fitted(visits, _mmrm("cs"), AGE, SEEN, parts=True),
    "mmrm ar1h": Fitted(visits, _mmrm("ar1h"), AGE, SEEN, parts=True),
    "mmrm sp_exp": Fitted(visits, _mmrm("sp_exp", "week"), AGE, SEEN, ("seen", "week"), parts=True),
    "mmrm curved": Fitted(visits, _curved, AGE, SEEN, parts=True),
    "mmrm of sums": Fitted(visits, _of_sums, None, SEEN, parts=True),
    "counts quasi-beta-binomial": Fitted(visits, _counts(), AGE, SEEN, separate=NO_DAYS),
    "counts beta-binomial ml": Fitted(visits, _counts(estimation="ml"), AGE, SEEN, separate=NO_DAYS),
    "counts negative-binomial": Fitted(
        visits, _counts(family="negative-binomial"), AGE, SEEN, separate=NO_DAYS
    ),
    "counts poisson": Fitted(visits, _counts(family="poisson"), AGE, SEEN, separate=NO_DAYS),
    **{
        f"daily {correlation}": Fitted(
            days,
            _daily(correlation),
            ("rows", "age"),
            time=("rows", "day"),
            separate=_never("rows", "headache"),
        )
        for correlation in ("ar1", "exchangeable", "independence")
    },
    "ancova": Fitted(visits, _ancova(arm="arm"), ("rows", "baseline")),
    "ancova HC3": Fitted(visits, _ancova(arm="arm", vcov="HC3"), ("rows", "baseline")),
    "ancova by group": Fitted(visits, _ancova(by="arm"), ("rows", "baseline")),
    "dose linear": Fitted(visits, _dose("change", "linear"), DOSE, None, own_unit=True),
    "dose spline": Fitted(visits, _dose("change", "spline"), DOSE, None, own_unit=True),
    "responders' regression": Fitted(
        visits, _dose("responder_50", "linear"), DOSE, None, own_unit=True, separate=_responds_above_a_dose
    ),
    "event_sessions": Fitted(
        sessions, _session_model("event_sessions"), ("rows", "age"), time=("rows", "start"),
        separate=_never_at_home,
    ),
    "event_counts": Fitted(
        sessions, _session_model("event_counts"), ("rows", "age"), time=("rows", "start"),
        separate=_never_at_home,
    ),
    "dose_events": Fitted(
        sessions,
        lambda data: oc.dose_events(data["events"], data["rows"], groups=3).to_frame(),
        ("rows", "dose_mg_per_kg"),
        None,
        own_unit=True,
    ),
    "impute": Fitted(visits, _imputed, AGE, SEEN, random=True),
    "durability by group": Fitted(returns, _durability, None, ("periods", "arm")),
}  # fmt: skip
