"""What each estimator says of one study, beside the truth of the same quantity."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
import pandas as pd
from calibration_cohorts import ARMS, MIN_DAYS, PERIOD_DAYS, draw, law, make_days, make_periods, prorated

from outcomes.models.headache.ancova import ancova
from outcomes.models.headache.chance.one_window import Entry
from outcomes.models.headache.counts import counts
from outcomes.models.headache.daily import daily
from outcomes.models.headache.dose import dose_response
from outcomes.models.headache.durability import durability
from outcomes.models.headache.imputation import impute
from outcomes.models.headache.paired import paired
from outcomes.models.headache.regression_to_mean import regression_to_mean
from outcomes.models.headache.responder_contrasts import compare_responders
from outcomes.models.headache.responders import responders
from outcomes.models.headache.tipping import tipping_point
from outcomes.models.patient.one_patient import one_patient
from outcomes.simulate.expectation import mean_change

PERIODS = 3
ENTRY = 22
FIRST = "days 1-28"
IMPUTATIONS = 50
RESAMPLES = 1_999
PATIENTS_LOOKED_AT = 1
#: Half of the responders lose the effect in each 28 days: a median that 168 days of follow-up reach.
FAST_RELAPSE, LONG = 0.5, 6
TRUTH_SEED, TRUTH_PATIENTS, TRUTH_STUDIES = 99, 30_000, 4
Row = tuple[str, str, float, float, float, float]
DROPOUTS = (0.0, 0.2)
COUNTS: dict[str, dict[str, Any]] = {
    "beta-binomial, quasi": {},
    "beta-binomial, ml": {"estimation": "ml"},
    "negative binomial": {"family": "negative-binomial"},
    "Poisson": {"family": "poisson"},
}


def truths() -> dict[str, float]:
    """Return the population's values: exact where the law has a mean, else from 120,000 patients."""
    exact = mean_change(law("treated"), PERIODS, dict(zip(ARMS, (False, True), strict=True)))
    rows = exact.set_index(["arm", "period_number"])
    base = float(rows["baseline"].iloc[0])
    active, placebo = (float(rows.loc[(arm, 1), "change"]) for arm in ("active", "placebo"))
    last = float(rows.loc[("active", PERIODS), "change"] - rows.loc[("placebo", PERIODS), "change"])
    null = mean_change(law("null"), 1, {"": False}).iloc[0]
    drawn = pd.DataFrame([_drawn(TRUTH_SEED + i) for i in range(TRUTH_STUDIES)]).mean()
    return {
        "level": base + active,
        "ratio": (base + active) / (base + placebo),
        "active": active,
        "difference": active - placebo,
        "last": last,
        "regression, by calendar": float(null["regression_to_mean"]),
        **drawn.to_dict(),
        # Under jump to reference those who left have the reference arm's mean from then on.
        **{f"jump, {share:g}": last * drawn[f"share with last period, {share:g}"] for share in DROPOUTS},
    }


def _drawn(seed: int) -> dict[str, float]:
    """Return what has no closed form, in one large draw without dropout; and who is left with dropout."""
    cohort = draw(law("treated"), TRUTH_PATIENTS, seed)
    days = make_days(cohort)
    periods = make_periods(days, cohort, PERIODS)
    first = periods[periods["period_number"] == 1]
    fall = first[first["percent_change"].notna()]
    share = (fall["percent_change"] <= -50 + 1e-9).groupby(fall["arm"]).mean()
    moved = first.loc[(first["arm"] == "active"), "change"].dropna().to_numpy()
    pairs = (moved + np.random.default_rng(seed).permutation(moved)) / 2
    treated = days["arm"].to_numpy() == "active"
    kept = durability(days[treated], periods[periods["arm"] == "active"], responders_only=True).summary
    fast = draw(law("treated", relapse=FAST_RELAPSE), TRUTH_PATIENTS // 2, seed, months=LONG, arms=False)
    long = make_days(fast)
    lost = durability(long, make_periods(long, fast, LONG), responders_only=True).summary.to_frame()
    entered = draw(law("null", entry_days=None), 4 * TRUTH_PATIENTS, seed, months=1, arms=False)
    value = prorated(entered.headache[:, :PERIOD_DAYS], entered.recorded[:, :PERIOD_DAYS])
    chosen = value >= ENTRY - 1e-9
    return {
        "response, active": 100 * share["active"],
        "response": share["active"] - share["placebo"],
        "typical": float(np.median(pairs)),
        **{f"share with last period, {share:g}": _share_with_last(share, seed) for share in DROPOUTS},
        "free, day 56": float(kept.to_frame().set_index("term").loc["relapse-free on day 56", "estimate"]),
        "median": float(lost.set_index("term").loc["median", "estimate"]),
        "free, day 84": float(lost.set_index("term").loc["relapse-free on day 84", "estimate"]),
        "regression, by diary": float((PERIOD_DAYS * entered.p - value)[chosen].mean()),
    }


def _share_with_last(dropout: float, seed: int) -> float:
    """Return the share of patients who have a value in the last period."""
    left = draw(law("treated", dropout=dropout), TRUTH_PATIENTS, seed).recorded
    end = np.flatnonzero(left.any(axis=0))[-1] + 1
    return float((left[:, end - PERIOD_DAYS : end].sum(axis=1) >= MIN_DAYS).mean())


def _line(name: str, quantity: str, truth: float, row: Any) -> Row:
    return name, quantity, truth, float(row["estimate"]), float(row["lower"]), float(row["upper"])


def _at(frame: pd.DataFrame, **values: Any) -> Any:
    """Return the one row with these values."""
    for name, value in values.items():
        frame = frame[frame[name] == value]
    return frame.iloc[0]


def two_arms(
    days: pd.DataFrame,
    periods: pd.DataFrame,
    true: Mapping[str, float],
    *,
    expected: Any,
    seed: int,
    dropout: float,
) -> Iterator[Row]:
    """Yield the rows of one study of two arms; `expected` are the patients' own expected days."""
    yield from _counted(days, periods, true)
    first = periods[(periods["period_number"] == 1)]
    treated = first[first["arm"] == "active"]
    name = "change, active, days 1-28"
    ways = paired(treated, resamples=RESAMPLES, rng=seed).to_frame().set_index("term")
    for way, target in (
        ("mean, t", "active"),
        ("mean, BCa bootstrap", "active"),
        ("Hodges-Lehmann", "typical"),
    ):
        yield _line("paired", f"{way}: {name}", true[target], ways.loc[way])
    found = ancova(first, arm="arm", reference="placebo").to_frame()
    at = _at(found, term="difference")
    yield _line("ancova", "difference active - placebo, days 1-28", true["difference"], at)
    both = responders(first, by="arm", thresholds=[50], goal=False, missing=["observed"])
    share = _at(both.to_frame(), arm="active")
    wilson = {"estimate": share["percent"], "lower": share["lower"], "upper": share["upper"]}
    exact = wilson | {"lower": share["lower_exact"], "upper": share["upper_exact"]}
    for way, row in (("Wilson", wilson), ("Clopper-Pearson", exact)):
        yield _line("responders", f"{way}: 50 % responders, active, percent", true["response, active"], row)
    at = compare_responders(both, arm="arm", reference="placebo").to_frame().iloc[0]
    yield _line("responder_contrasts", "difference of 50 % responders, days 1-28", true["response"], at)
    kept = durability(
        days[days["arm"] == "active"], periods[periods["arm"] == "active"], responders_only=True
    ).summary.to_frame()
    at = kept[kept["term"] == "relapse-free on day 56"]
    if len(at):
        yield _line(
            "durability", "responders relapse-free on day 56, active", true["free, day 56"], at.iloc[0]
        )
    yield from _imputed(periods, true, seed, dropout)
    # Its own stream: doses that shared a seed with the patients could share their random numbers.
    rng = np.random.default_rng([seed, 1])
    doses = treated[["patient_id", "course"]].assign(dose_mg_per_kg=rng.uniform(1, 6, len(treated)))
    slope = dose_response(treated, doses).to_frame().iloc[0]
    yield _line("dose", "slope of change per mg/kg (dose without effect)", 0.0, slope)
    yield from _patients(days, expected)


def _counted(days: pd.DataFrame, periods: pd.DataFrame, true: Mapping[str, float]) -> Iterator[Row]:
    seen = periods[periods["days_recorded"] > 0]
    for name, options in COUNTS.items():
        fit = counts("days_with_event ~ arm * period", seen, **options)
        if not options:  # the default: its level too
            rows = fit.days_per_28(["arm", "period"]).to_frame()
            at = _at(rows, arm="active", period=FIRST)
            yield _line("counts", f"{name}: days per 28, active, days 1-28", true["level"], at)
        compared = fit.ratios("arm", reference="placebo", within="period").to_frame()
        yield _line(
            "counts", f"{name}: ratio active / placebo, days 1-28", true["ratio"], _at(compared, period=FIRST)
        )
    after = days[days["period_number"] > 0].assign(period=lambda d: "p" + d["period_number"].astype(str))
    for correlation in ("exchangeable", "ar1"):
        fit = daily("headache ~ arm * period", after, correlation=correlation)
        compared = fit.ratios("arm", reference="placebo", within="period").to_frame()
        yield _line(
            "daily", f"{correlation}: ratio active / placebo, days 1-28", true["ratio"],
            _at(compared, period="p1"),
        )  # fmt: skip


def _imputed(periods: pd.DataFrame, true: Mapping[str, float], seed: int, dropout: float) -> Iterator[Row]:
    last = "days 57-84"
    for method, words, target in (
        ("mar", "MAR", "last"),
        ("jump-to-reference", "jump to reference", f"jump, {dropout:g}"),
    ):
        filled = impute(
            periods, arm="arm", reference="placebo", method=method, imputations=IMPUTATIONS, rng=seed
        )
        row = _at(filled.estimates().to_frame(), term="difference", visit=last)
        yield _line("imputation", f"{words}: difference active - placebo, {last}", true[target], row)
        if method == "mar":
            rows = tipping_point(filled, deltas=[]).to_frame()
            tip = rows[rows["term"] == "tipping point"]
            nearest = np.nan
            if len(tip) and np.isfinite(tip["delta"].iloc[0]):
                nearest = min(abs(tip["lower"].iloc[0]), abs(tip["upper"].iloc[0]))
            none = {"estimate": nearest, "lower": np.nan, "upper": np.nan}
            yield _line("imputation", "tipping point: the limit that should be 0", 0.0, none)


def _patients(days: pd.DataFrame, expected: Any) -> Iterator[Row]:
    near = days[
        (days["period_number"].isin([0, 1]))
        & (days["patient_id"] < days["patient_id"].iloc[0] + PATIENTS_LOOKED_AT)
    ]
    for position, patient in enumerate(near["patient_id"].unique()):
        mine = one_patient(near, patient).periods.to_frame().set_index("term")
        if FIRST not in mine.index:
            continue
        row, (now, before) = mine.loc[FIRST], expected[position]
        yield _line("one_patient", "expected days of a patient, days 1-28", now, row)
        moved = {"estimate": row["change"], "lower": row["change_lower"], "upper": row["change_upper"]}
        yield _line("one_patient", "expected change of a patient, days 1-28", now - before, moved)


def relapsing(days: pd.DataFrame, periods: pd.DataFrame, true: Mapping[str, float]) -> Iterator[Row]:
    """Yield how long the response lasts, in a single arm whose responders relapse fast."""
    found = durability(days, periods, responders_only=True).summary.to_frame().set_index("term")
    yield _line(
        "durability",
        "median days to relapse of responders, fast relapse",
        true["median"],
        found.loc["median"],
    )
    if "relapse-free on day 84" in found.index:
        at = found.loc["relapse-free on day 84"]
        yield _line("durability", "responders relapse-free on day 84, fast relapse", true["free, day 84"], at)


def returning(
    days: pd.DataFrame, periods: pd.DataFrame, true: Mapping[str, float], *, entered: str
) -> Iterator[Row]:
    """Yield raw, expected and net change where nothing but regression to the mean happens."""
    regression = true[f"regression, {entered}"]
    rule = {"entry": Entry(ENTRY, by="diary" if entered == "by diary" else "calendar")}
    ways: dict[str, dict[str, Any]] = {"day-to-day": rule | {"largest_wave": 0.0}}
    if (days["day"] < -PERIOD_DAYS).any():
        ways["two-periods"] = {}
    for method, options in ways.items():
        found = regression_to_mean(periods, days, method=method, **options).to_frame().set_index("term")
        for term, target in (("raw", 0.0), ("chance alone", regression), ("net", 0.0)):
            if method == "two-periods" and term == "raw":
                continue
            yield _line("regression_to_mean", f"entry {entered}, {method}: {term}", target, found.loc[term])
