"""Bias and coverage of the estimators on simulated studies of known truth.

    python benchmarks/calibration.py run --out results --minutes 25
    python benchmarks/calibration.py summary --out results
    python benchmarks/calibration.py docs

`run` draws studies of 40 and 200 patients with 0 and 20 % dropout and writes a file for every 10 of them; a
run that was stopped goes on where it was. `summary` reduces the files to benchmarks/calibration.csv, and
`docs` writes that into the method pages, between their two marks. Without a command: five studies of a cell.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import calibration_estimates as estimates
import numpy as np
import pandas as pd
from calibration_cohorts import (
    Cohort,
    draw,
    draw_entered_by_diary,
    earlier_days,
    law,
    make_days,
    make_periods,
)
from calibration_cohorts import studies as split

HERE = Path(__file__).resolve().parent
SUMMARY = HERE / "calibration.csv"
PAGES = HERE.parent / "docs" / "methods"
BEGIN, END = "<!-- calibration table: written by benchmarks/calibration.py -->", "<!-- end of the table -->"
PAGE_OF = {"responders": "responder_contrasts"}
CELLS = [(40, 0.0), (200, 0.0), (40, 0.2), (200, 0.2)]
BATCH = 10
NAMES = ["study", "patients", "dropout", "estimator", "quantity", "truth", "estimate", "lower", "upper"]
PARTS = ("arms", "relapse", "return", "calendar")


def run_batch(
    part: str, patients: int, dropout: float, batch: int, true: dict[str, float], size: int = BATCH
) -> pd.DataFrame:
    """Return the rows of a batch of studies."""
    seed, total = 1_000_000 * (1 + CELLS.index((patients, dropout))) + batch, size * patients
    rows: list[tuple[Any, ...]] = []
    for number, found in enumerate(_studies(part, patients, dropout, seed, total, true)):
        rows += [(batch * BATCH + number, patients, dropout, *row) for row in found]
    return pd.DataFrame(rows, columns=NAMES)


def _studies(
    part: str, patients: int, dropout: float, seed: int, total: int, true: dict[str, float]
) -> Iterator[Iterator[estimates.Row]]:
    if part == "arms":
        cohort = draw(law("treated", dropout=dropout), total, seed)
        for number, (days, periods) in enumerate(_frames(cohort, patients, estimates.PERIODS)):
            own = slice(number * patients, (number + 1) * patients)
            expected = list(zip(cohort.expected[own], 28 * cohort.p[own], strict=True))
            options = {"expected": expected, "seed": seed * 1_000 + number, "dropout": dropout}
            yield estimates.two_arms(days, periods, true, **options)
    elif part == "relapse":
        fast = law("treated", dropout=dropout, relapse=estimates.FAST_RELAPSE)
        cohort = draw(fast, total, seed, months=estimates.LONG, arms=False)
        for days, periods in _frames(cohort, patients, estimates.LONG):
            yield estimates.relapsing(days, periods, true)
    else:
        by_diary = part == "return"
        cohort = (
            draw_entered_by_diary(total, seed, entry=estimates.ENTRY, dropout=dropout)
            if by_diary
            else draw(law("null", dropout=dropout), total, seed, months=1, arms=False)
        )
        before = _before(cohort, np.random.default_rng([seed, 2])) if by_diary else None
        for number, (days, periods) in enumerate(_frames(cohort, patients, 1)):
            if before is not None:
                mine = before.iloc[
                    slice(
                        *np.searchsorted(before["patient_id"], [number * patients, (number + 1) * patients])
                    )
                ]
                days = pd.concat([mine, days], ignore_index=True)
            yield estimates.returning(days, periods, true, entered="by diary" if by_diary else "by calendar")


def _before(cohort: Cohort, rng: np.random.Generator) -> pd.DataFrame:
    """Return days -56 to -29, of which 92 % are recorded."""
    headache = earlier_days(cohort, law("null").headache.carry_over, rng)
    row, column = np.nonzero(rng.random(headache.shape) < 0.92)
    return pd.DataFrame({"patient_id": row, "day": column - 56, "headache": headache[row, column]})


def _frames(cohort: Cohort, patients: int, periods: int) -> Iterator[tuple[pd.DataFrame, pd.DataFrame]]:
    days = make_days(cohort)
    return zip(split(days, patients), split(make_periods(days, cohort, periods), patients), strict=True)


def run(folder: Path, parts: list[str], minutes: float, batches: int) -> None:
    """Go through the batches, all cells of one before the next, until the minutes of CPU are used."""
    folder.mkdir(parents=True, exist_ok=True)
    true = _known_truths(folder)
    for batch in range(batches):
        for part in parts:
            for patients, dropout in CELLS:
                file = folder / f"{part}_{patients}_{dropout:g}_{batch:04d}.csv"
                if file.exists():
                    continue
                found = run_batch(part, patients, dropout, batch, true)
                partial = file.with_suffix(".partial")
                found.to_csv(partial, index=False)
                partial.rename(file)
                if time.process_time() > 60 * minutes:
                    return


def _known_truths(folder: Path) -> dict[str, float]:
    file = folder / "truths.json"
    if not file.exists():
        file.write_text(json.dumps(estimates.truths(), indent=1))
    values: dict[str, float] = json.loads(file.read_text())
    return values


def summarise(results: pd.DataFrame) -> pd.DataFrame:
    """Return one row per estimator, quantity and cell: bias and coverage with Monte Carlo errors."""
    rows = []
    keys = ["estimator", "quantity", "patients", "dropout"]
    for key, cell in results.groupby(keys, sort=False):
        # An estimate without an interval (a share of 0 or 1) counts for the bias, not for the coverage.
        error = (cell["estimate"] - cell["truth"]).replace([np.inf, -np.inf], np.nan).dropna()
        known = cell.dropna(subset=["estimate", "lower", "upper"])
        covered = known["truth"].between(known["lower"], known["upper"])
        share = covered.mean() if len(known) else np.nan
        # A patient's rows come from one study: the errors are those of the studies' means.
        by_study = error.groupby(cell["study"]).mean()
        rows.append(
            dict(zip(keys, key, strict=True))
            | {
                "studies": cell["study"].nunique(),
                "truth": cell["truth"].mean(),
                "bias": error.mean(),
                "bias_error": by_study.std() / np.sqrt(len(by_study)) if len(by_study) > 1 else np.nan,
                "coverage": share,
                "coverage_error": np.sqrt(share * (1 - share) / len(known)) if len(known) else np.nan,
                "without_estimate": int(cell["estimate"].isna().sum()),
                "without_interval": len(cell) - len(known),
                "largest": error.abs().max(),
            }
        )
    return pd.DataFrame(rows)


def page_table(summary: pd.DataFrame) -> str:
    """Return one Markdown table."""
    lines = [
        "| quantity | n | dropout | studies | truth | bias (MC error) | coverage (MC error) | no interval |",
        "|---|---|---|---|---|---|---|---|",
    ]
    for row in summary.sort_values(["patients", "dropout"], kind="stable").to_dict("records"):
        coverage = f"{row['coverage']:.1%} ({row['coverage_error']:.1%})"
        bias = f"{row['bias']:+.3f} ({row['bias_error']:.3f})"
        if np.isnan(row["coverage"]):
            coverage, bias = "-", f"largest {row['largest']:.1e}"
        lines.append(
            f"| {row['quantity']} | {row['patients']} | {row['dropout']:.0%} | {row['studies']} "
            f"| {row['truth']:.3f} | {bias} | {coverage} | {row['without_interval']} |"
        )
    return "\n".join(lines)


def write_pages(summary: pd.DataFrame, pages: Path = PAGES) -> list[str]:
    """Put each estimator's table between the marks of its page, and return the pages that changed."""
    changed = []
    for name, part in summary.groupby(summary["estimator"].replace(PAGE_OF), sort=False):
        page = pages / f"{name}.md"
        text = page.read_text(encoding="utf-8")
        head, rest = text.split(BEGIN)
        new = f"{head}{BEGIN}\n{page_table(part)}\n{END}{rest.split(END)[1]}"
        if new != text:
            page.write_text(new, encoding="utf-8")
            changed.append(page.name)
    return changed


def read_results(folder: Path) -> pd.DataFrame:
    files = sorted(file for part in PARTS for file in folder.glob(f"{part}_*.csv"))
    if not files:
        sys.exit(f"no results in {folder}")
    return pd.concat([pd.read_csv(file) for file in files], ignore_index=True)


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("command", nargs="?", choices=["run", "summary", "docs"])
    parser.add_argument("--out", type=Path, help="folder of the results; a run goes on where it was")
    parser.add_argument("--parts", nargs="+", default=list(PARTS), choices=PARTS)
    parser.add_argument("--minutes", type=float, default=25.0, help="CPU minutes after which no batch begins")
    parser.add_argument("--batches", type=int, default=50, help=f"of {BATCH} studies a cell")
    options = parser.parse_args()
    warnings.simplefilter("error")
    if options.command in ("run", "summary") and options.out is None:
        parser.error("--out is needed")
    if options.command == "run":
        run(options.out, options.parts, options.minutes, options.batches)
    elif options.command == "summary":
        summarise(read_results(options.out)).to_csv(SUMMARY, index=False, float_format="%.6g")
    elif options.command == "docs":
        print("written:", ", ".join(write_pages(pd.read_csv(SUMMARY))) or "nothing new")
    else:  # a taste: too few studies to judge by
        true = estimates.truths()
        found = pd.concat([run_batch(part, 40, 0.0, 0, true, size=5) for part in PARTS])
        print(page_table(summarise(found)))
    return 0


if __name__ == "__main__":
    sys.exit(main())
