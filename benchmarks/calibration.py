"""Bias and coverage of every headache-day estimator on the simulator, whose truth is known.

    python benchmarks/calibration.py run --patients 40 --dropout 0 --studies 200 --out results/
    python benchmarks/calibration.py table results/

`run` simulates studies (two arms, three periods of 28 days, days missing at random) from consecutive seeds
and writes one CSV for every five of them; cells can run side by side, and a stopped run goes on. `table`
prints bias and coverage with their Monte Carlo errors, one Markdown table a method page. Without a command it
does both for five studies. The days come from the simulator's own diary (`Truth.headache`,
`Truth.recorded`), so that hundreds of studies take minutes.
"""

from __future__ import annotations

import argparse
import sys
import warnings
from collections.abc import Iterator
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from outcomes.models.ancova import ancova
from outcomes.models.counts import counts
from outcomes.models.daily import daily
from outcomes.models.dose import dose_response
from outcomes.models.durability import durability
from outcomes.models.imputation import impute
from outcomes.models.one_patient import one_patient
from outcomes.models.paired import paired
from outcomes.models.regression_to_mean import regression_to_mean
from outcomes.models.responder_contrasts import compare_responders
from outcomes.models.responders import responders
from outcomes.simulate.parameters import Compliance, Drift, Dropout, Parameters, scenario_parameters
from outcomes.simulate.tables import simulate_tables
from outcomes.simulate.truth import Truth

PERIODS = 3
PERIOD_DAYS = 28
MIN_DAYS = 14
FIRST_SEED = 10_000
TRUTH_PATIENTS = 20_000
IMPUTATIONS = 50
CHUNK = 5
FAMILIES: dict[str, dict[str, Any]] = {
    "beta-binomial, quasi": {},
    "beta-binomial, ml": {"estimation": "ml"},
    "negative binomial": {"family": "negative-binomial"},
    "Poisson": {"family": "poisson"},
}
Row = tuple[str, str, float, float, float, float]


def law(scenario: str) -> Parameters:
    """One course of outpatient sessions each, so that periods have the same length for all; no drift."""
    base = scenario_parameters(scenario)
    return replace(base, infusions=replace(base.infusions, styles={"outpatient": 1.0}), drift=Drift())


def simulated(patients: int, seed: int, dropout: float, scenario: str = "treated") -> Truth:
    """Return the truth of one study; days are missing at random."""
    arms = ("placebo", "active") if scenario == "treated" else None
    _, truth = simulate_tables(
        patients, seed=seed, months=PERIODS, parameters=law(scenario), arms=arms,
        dropout=Dropout(share=dropout), compliance=Compliance(free_odds_ratio=1.0),
    )  # fmt: skip
    return truth


def make_days(truth: Truth) -> pd.DataFrame:
    """Return the recorded days, as `oc.days` makes them."""
    n, width = truth.headache.shape
    patients = truth.patients
    length = patients["course_days"].to_numpy()[:, None]
    day = np.arange(width)[None, :] - PERIOD_DAYS
    after = day - length + 1
    phase = np.where(day < 0, "before", np.where(after < 1, "during", "after"))
    row, column = np.nonzero(truth.recorded)
    frame = pd.DataFrame(
        {
            "patient_id": patients["patient_id"].to_numpy()[row],
            "arm": patients["arm"].astype(str).to_numpy()[row],
            "course": 1,
            "day": np.broadcast_to(day, (n, width))[row, column],
            "phase": phase[row, column],
            "day_after": after[row, column],
            "headache": truth.headache[row, column],
        }
    )
    frame["date"] = truth.first_day[row] + frame["day"].to_numpy().astype("timedelta64[D]")
    frame["day_after"] = frame["day_after"].astype("Int64").mask(frame["phase"] != "after")
    number = (frame["day_after"] - 1) // PERIOD_DAYS + 1
    frame["period_number"] = number.fillna(0).astype(int).where(frame["phase"] != "during", -1)
    return frame


def make_periods(days: pd.DataFrame, truth: Truth) -> pd.DataFrame:
    """Return one row a patient and period, as `oc.periods` makes them."""
    counted = days[days["period_number"].between(0, PERIODS)].groupby(["patient_id", "period_number"])[
        "headache"
    ]
    tally = pd.DataFrame({"days_with_event": counted.sum(), "days_recorded": counted.size()})
    index = pd.MultiIndex.from_product(
        [truth.patients["patient_id"], range(PERIODS + 1)], names=["patient_id", "period_number"]
    )
    frame = tally.reindex(index, fill_value=0).reset_index()
    enough = frame["days_recorded"] >= MIN_DAYS
    frame["value"] = (PERIOD_DAYS * frame["days_with_event"] / frame["days_recorded"].where(enough)).astype(
        float
    )
    base = frame[frame["period_number"] == 0].set_index("patient_id")["value"]
    frame["baseline"] = frame["patient_id"].map(base)
    frame["arm"] = frame["patient_id"].map(truth.patients.set_index("patient_id")["arm"].astype(str))
    frame = frame[frame["period_number"] > 0].reset_index(drop=True)
    frame["change"] = frame["value"] - frame["baseline"]
    frame["percent_change"] = 100 * frame["change"] / frame["baseline"].where(frame["baseline"] > 0)
    start = PERIOD_DAYS * (frame["period_number"] - 1) + 1
    frame["period"] = "days " + start.astype(str) + "-" + (start + PERIOD_DAYS - 1).astype(str)
    return frame.assign(course=1, baseline_eligible=frame["baseline"].notna(), cut_by="")


@cache
def population() -> dict[str, float]:
    """Truths that have no closed form: the same definitions in a very large study without dropout."""
    truth = simulated(TRUTH_PATIENTS, 1, 0.0)
    days = make_days(truth)
    periods = make_periods(days, truth)
    first = periods[(periods["period_number"] == 1) & periods["value"].notna() & (periods["baseline"] > 0)]
    share = (first["percent_change"] <= -50 + 1e-9).groupby(first["arm"]).mean()
    active = periods["arm"] == "active"
    free = durability(days[days["arm"] == "active"], periods[active], responders_only=True).summary.to_frame()
    free = free.set_index("term")["estimate"]
    return {"response": share["active"] - share["placebo"], "free_56": free["relapse-free on day 56"]}


def drug_effect(truth: Truth, period: int) -> tuple[float, float, float]:
    """Return the population's baseline, and the change of both arms in a period."""
    means = truth.frame("mean_change").set_index(["arm", "period_number"])
    return (
        float(means.loc[("active", period), "baseline"]),
        float(means.loc[("active", period), "change"]),
        float(means.loc[("placebo", period), "change"]),
    )


def line(name: str, quantity: str, truth: float, row: Any) -> Row:
    return name, quantity, truth, float(row["estimate"]), float(row["lower"]), float(row["upper"])


def two_arm_rows(truth: Truth, seed: int) -> Iterator[Row]:
    """Yield estimator, quantity, truth, estimate and limits of one study."""
    days = make_days(truth)
    periods = make_periods(days, truth)
    baseline, active, placebo = drug_effect(truth, 1)
    last = drug_effect(truth, PERIODS)
    level, ratio = baseline + active, (baseline + active) / (baseline + placebo)
    seen = periods[periods["days_recorded"] > 0]
    for name, options in FAMILIES.items():
        fit = counts("days_with_event ~ arm * period", seen, **options)
        rows = fit.days_per_28(["arm", "period"]).to_frame()
        at = rows[(rows["arm"] == "active") & (rows["period"] == "days 1-28")].iloc[0]
        yield line("counts", f"{name}: days per 28, active, days 1-28", level, at)
        compared = fit.ratios("arm", reference="placebo", within="period").to_frame()
        at = compared[compared["period"] == "days 1-28"].iloc[0]
        yield line("counts", f"{name}: ratio active / placebo, days 1-28", ratio, at)
    after = days[days["period_number"] > 0].assign(period=lambda d: "p" + d["period_number"].astype(str))
    for correlation in ("independence", "exchangeable", "ar1"):
        fit = daily("headache ~ arm * period", after, correlation=correlation)
        compared = fit.ratios("arm", reference="placebo", within="period").to_frame()
        at = compared[compared["period"] == "p1"].iloc[0]
        yield line("daily", f"{correlation}: ratio active / placebo, days 1-28", ratio, at)
    treated = periods[periods["arm"] == "active"]
    for _, row in (
        paired(treated[treated["period_number"] == 1], resamples=1999, rng=seed).to_frame().head(2).iterrows()
    ):
        yield line("paired", f"{row['term']}: change, active, days 1-28", active, row)
    found = ancova(periods, arm="arm", reference="placebo").to_frame()
    at = found[(found["term"] == "difference") & (found["period"] == "days 1-28")].iloc[0]
    yield line("ancova", "difference active - placebo, days 1-28", active - placebo, at)
    both = responders(periods, by="arm", thresholds=[50], goal=False, missing=["observed"])
    at = compare_responders(both, arm="arm", reference="placebo").to_frame().iloc[0]
    yield line(
        "responder_contrasts", "difference of 50 % responders, days 1-28", population()["response"], at
    )
    kept = durability(days[days["arm"] == "active"], treated, responders_only=True).summary.to_frame()
    at = kept[kept["term"] == "relapse-free on day 56"]
    if len(at):
        yield line(
            "durability", "responders relapse-free on day 56, active", population()["free_56"], at.iloc[0]
        )
    pooled = impute(periods, arm="arm", imputations=IMPUTATIONS, rng=seed)
    rows = pooled.estimates().to_frame()
    sign = 1.0 if "active - placebo" in set(rows["contrast"]) else -1.0
    at = rows[rows["term"] == "difference"].iloc[-1]
    name, quantity, target = "imputation", "MAR: difference active - placebo, days 57-84", last[1] - last[2]
    flipped = (
        at
        if sign > 0
        else pd.Series({"estimate": -at["estimate"], "lower": -at["upper"], "upper": -at["lower"]})
    )
    yield line(name, quantity, target, flipped)
    rng = np.random.default_rng(seed)
    doses = periods[["patient_id", "course"]].drop_duplicates()
    doses = doses.assign(dose_mg_per_kg=rng.uniform(1, 6, len(doses)))
    yield line(
        "dose",
        "slope of change per mg/kg (dose without effect)",
        0.0,
        dose_response(periods, doses).to_frame().iloc[0],
    )
    one = str(truth.patients["patient_id"].iloc[0])
    if (days.loc[days["patient_id"] == one, "phase"] == "after").any():
        mine = one_patient(days, one).periods.to_frame().set_index("term")
        if "days 1-28" in mine.index and (days["patient_id"] == one).any():
            expected = truth.periods.set_index(["patient_id", "period_number"])["expected_days"].loc[(one, 1)]
            yield line(
                "one_patient",
                "expected days of the first patient, days 1-28",
                float(expected),
                mine.loc["days 1-28"],
            )


def null_rows(truth: Truth) -> Iterator[Row]:
    """Yield the change net of regression to the mean where nothing but it happens."""
    days = make_days(truth)
    periods = make_periods(days, truth)
    first = periods[periods["period_number"] == 1]
    regression = float(truth.frame("mean_change")["regression_to_mean"].iloc[0])
    found = regression_to_mean(first, days, entry=22).to_frame().set_index("term")
    for term, target in (("raw", 0.0), ("expected without effect", regression), ("net", 0.0)):
        yield line("regression_to_mean", f"{term} change, against {target:.2f}", target, found.loc[term])


def run(patients: int, dropout: float, studies: int, first_seed: int) -> pd.DataFrame:
    rows: list[tuple[Any, ...]] = []
    for seed in range(first_seed, first_seed + studies):
        for part in (
            two_arm_rows(simulated(patients, seed, dropout), seed),
            null_rows(simulated(patients, seed, dropout, "null")),
        ):
            rows += [(seed, patients, dropout, *row) for row in part]
    names = ["seed", "patients", "dropout", "estimator", "quantity", "truth", "estimate", "lower", "upper"]
    return pd.DataFrame(rows, columns=names)


def table(results: pd.DataFrame) -> Iterator[str]:
    """Yield one Markdown table an estimator."""
    for estimator, part in results.groupby("estimator", sort=False):
        yield f"\n## {estimator}\n"
        yield "| quantity | n | dropout | studies | truth | bias (MC error) | coverage (MC error) | none |"
        yield "|---|---|---|---|---|---|---|---|"
        for (quantity, n, dropout), cell in part.groupby(["quantity", "patients", "dropout"], sort=False):
            # An estimate without an interval (a share of 0 or 1) counts for the bias, not for the coverage.
            error = (cell["estimate"] - cell["truth"]).dropna()
            known = cell.dropna(subset=["estimate", "lower", "upper"])
            if not len(known):
                continue
            covered = known["truth"].between(known["lower"], known["upper"])
            share, size = covered.mean(), len(known)
            mc = np.sqrt(max(share * (1 - share), 0.0) / size)
            head = f"| {quantity} | {n} | {dropout:.0%} | {len(cell)} | {known['truth'].mean():.3f} "
            bias = f"| {error.mean():+.3f} ({error.std() / np.sqrt(len(error)):.3f}) "
            yield f"{head}{bias}| {share:.1%} ({mc:.1%}) | {len(cell) - size} |"


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    commands = parser.add_subparsers(dest="command")
    runner = commands.add_parser("run")
    runner.add_argument("--patients", type=int, default=40)
    runner.add_argument("--dropout", type=float, default=0.0)
    runner.add_argument("--studies", type=int, default=200)
    runner.add_argument("--first-seed", type=int, default=FIRST_SEED)
    runner.add_argument("--out", type=Path, required=True)
    commands.add_parser("table").add_argument("folder", type=Path)
    options = parser.parse_args()
    warnings.simplefilter("error")
    if options.command is None:  # a taste: too few studies to judge by
        print("\n".join(table(run(40, 0.0, 5, FIRST_SEED))))
    elif options.command == "table":
        results = pd.concat([pd.read_csv(file) for file in sorted(options.folder.glob("calibration_*.csv"))])
        print("\n".join(table(results.sort_values(["patients", "dropout"], kind="stable"))))
    else:
        options.out.mkdir(parents=True, exist_ok=True)
        end = options.first_seed + options.studies
        for seed in range(options.first_seed, end, CHUNK):
            file = options.out / f"calibration_{options.patients}_{options.dropout:g}_{seed}.csv"
            if not file.exists():  # a run that was stopped goes on where it was
                found = run(options.patients, options.dropout, min(CHUNK, end - seed), seed)
                found.to_csv(file, index=False)
    return 0


if __name__ == "__main__":
    sys.exit(main())
