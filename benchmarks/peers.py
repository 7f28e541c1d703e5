"""The same work by this package and by what else would be used, on the same data: CPU seconds and ratios.

    python benchmarks/peers.py                  # every comparison at three sizes, the ratios into history.csv
    python benchmarks/peers.py --only periods   # one of them; --turns 1 for a first look

periods        a diary in Parquet to headache days per patient and period: DuckDB, plain pandas, polars; they
               count, this package also checks every cell, accounts for every row and keeps its findings
events         patients with an event by group, of 20,000 patients: a plain pandas recipe
mmrm           two arms, six visits, us, Kenward-Roger: R's nlme::gls (the same covariance, no Kenward-Roger)
               and statsmodels MixedLM (a random intercept, a simpler model)
               R's mmrm 0.3.18 took 0.37 / 1.70 / 8.4 s for 200 / 1,000 / 5,000 patients (recorded elsewhere)
gee            binomial GEE, exchangeable, 30 days a patient: statsmodels GEE, R's geepack::geeglm
report         the report of 60 to 960 simulated patients: papermill runs the package's notebooks 01 to 03 as
               one, nbconvert makes it HTML: the same numbers and pictures, without the report's checks
What costs more than 120 CPU seconds is ended, and said so. A peer that is not installed is named, and left
out:

    apt install r-base-core r-recommended r-cran-geepack          # Rscript with nlme and geepack
    pip install polars duckdb papermill nbconvert
"""

from __future__ import annotations

import argparse
import importlib.util
import json
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import harness
import numpy as np
import pandas as pd

#: Comparison -> sizes, and the peers; the package itself is `ours`.
COMPARISONS = {
    "periods": ((100_000, 400_000, 1_600_000), ("duckdb", "pandas", "polars")),
    "events": ((20_000, 80_000, 320_000), ("pandas",)),
    "mmrm": ((50, 200, 800), ("gls", "statsmodels")),
    "gee": ((100, 400, 1_600), ("statsmodels", "geepack")),
    "report": ((60, 240, 960), ("papermill",)),
}
#: R package -> how it is called.
R = {
    "gls": """library(nlme); d <- read.csv("{0}/trial.csv"); d$visit <- factor(d$visit)
d$place <- as.integer(d$visit); d$arm <- factor(d$arm, c("placebo", "active"))
print(summary(gls(change ~ baseline * visit + arm * visit, d, method = "REML",
  correlation = corSymm(form = ~ place | patient_id), weights = varIdent(form = ~ 1 | visit))))""",
    "geepack": """library(geepack); d <- read.csv("{0}/days.csv")
fit <- geeglm(headache ~ arm, id = patient_id, data = d, family = binomial, corstr = "exchangeable")
print(summary(fit))""",
}
NOTEBOOKS = Path(__file__).resolve().parents[1] / "notebooks"
COUNTS = """
SELECT d.patient_id, CASE WHEN day > 0 THEN (day - 1) // 28 + 1 ELSE 0 END AS period,
       count(*) AS days, count(*) FILTER (headache = 'yes') AS with_headache
FROM (SELECT d.*, d.date::DATE - p.index_date::DATE AS day FROM '{0}/diary.parquet' AS d
      JOIN '{0}/patients.parquet' AS p USING (patient_id)) AS d
WHERE day BETWEEN -28 AND -1 OR day > 0 GROUP BY ALL
"""


def write_periods(folder: Path, rows: int) -> None:
    from check_and_periods import write

    write(folder, rows)
    for name in ("diary", "patients"):
        pd.read_csv(folder / f"{name}.csv", dtype="str", keep_default_na=False).to_parquet(
            folder / f"{name}.parquet"
        )
    text = (folder / "study.toml").read_text().replace(".csv", ".parquet")
    (folder / "study.toml").write_text(text)


def periods_ours(folder: str) -> object:
    import outcomes as oc

    return oc.periods(oc.read_study(folder), baseline_as_row=True)


def periods_duckdb(folder: str) -> object:
    import duckdb

    return duckdb.connect(config={"threads": 1}).execute(COUNTS.format(folder)).df()


def periods_pandas(folder: str) -> object:
    diary, patients = (pd.read_parquet(Path(folder) / f"{name}.parquet") for name in ("diary", "patients"))
    rows = diary.merge(patients[["patient_id", "index_date"]], on="patient_id")
    day = (pd.to_datetime(rows["date"]) - pd.to_datetime(rows["index_date"])).dt.days
    rows = rows.assign(period=np.where(day > 0, (day - 1) // 28 + 1, 0), yes=rows["headache"] == "yes")
    rows = rows[(day > 0) | day.between(-28, -1)]
    return rows.groupby(["patient_id", "period"])["yes"].agg(["size", "sum"])


def periods_polars(folder: str) -> object:
    import polars as pl

    diary, patients = (pl.scan_parquet(Path(folder) / f"{name}.parquet") for name in ("diary", "patients"))
    day = (pl.col("date").str.to_date() - pl.col("index_date").str.to_date()).dt.total_days()
    rows = diary.join(patients.select("patient_id", "index_date"), on="patient_id").with_columns(day=day)
    rows = rows.filter((pl.col("day") > 0) | pl.col("day").is_between(-28, -1))
    period = pl.when(pl.col("day") > 0).then((pl.col("day") - 1) // 28 + 1).otherwise(0)
    yes = (pl.col("headache") == "yes").sum()
    return rows.group_by("patient_id", period.alias("period")).agg(pl.len(), yes.alias("yes")).collect()


def write_events(folder: Path, events: int) -> None:
    rng = np.random.default_rng(1)
    groups = np.array([f"group {number}" for number in range(12)])
    frame = pd.DataFrame(
        {
            "patient_id": rng.integers(0, 20_000, events).astype(str),
            "group": groups[rng.integers(0, 12, events)],
        }
    )
    frame.to_parquet(folder / "events.parquet")
    pd.DataFrame({"patient_id": np.arange(20_000).astype(str)}).to_parquet(folder / "people.parquet")


def events_ours(folder: str) -> object:
    import outcomes as oc

    events, people = (pd.read_parquet(Path(folder) / f"{name}.parquet") for name in ("events", "people"))
    return oc.incidence(events, people, by="group")


def events_pandas(folder: str) -> object:
    from scipy.stats import beta

    events, people = (pd.read_parquet(Path(folder) / f"{name}.parquet") for name in ("events", "people"))
    n, total = events.drop_duplicates(["patient_id", "group"]).groupby("group").size(), len(people)
    rows = pd.DataFrame({"n": n, "events": events.groupby("group").size(), "percent": 100 * n / total})
    rows["lower"], rows["upper"] = beta.ppf(0.025, n, total - n + 1), beta.ppf(0.975, n + 1, total - n)
    return rows


def write_mmrm(folder: Path, subjects: int) -> None:
    from mmrm import make_data

    data = make_data(subjects)
    data.to_parquet(folder / "trial.parquet")
    data.to_csv(folder / "trial.csv", index=False)


def mmrm_ours(folder: str) -> object:
    import outcomes as oc

    data = pd.read_parquet(Path(folder) / "trial.parquet")
    formula = "change ~ baseline * visit + arm * visit"
    return oc.mmrm(formula, data, subject="patient_id", visit="visit", df="kenward-roger").summary()


def mmrm_statsmodels(folder: str) -> object:
    import statsmodels.formula.api as smf

    data = pd.read_parquet(Path(folder) / "trial.parquet")
    formula = "change ~ baseline * visit + arm * visit"
    return smf.mixedlm(formula, data, groups=data["patient_id"]).fit(reml=True).summary()


def write_gee(folder: Path, subjects: int) -> None:
    rng = np.random.default_rng(2)
    who, day = np.repeat(np.arange(subjects), 30), np.tile(np.arange(30), subjects)
    arm = np.where(who % 2, "active", "placebo")
    p = 1 / (1 + np.exp(-(rng.normal(0, 1, subjects)[who] - 0.5 * (arm == "active"))))
    frame = pd.DataFrame({"patient_id": who, "day": day, "arm": arm, "headache": rng.random(len(who)) < p})
    frame.to_parquet(folder / "days.parquet")
    frame.astype({"headache": int}).to_csv(folder / "days.csv", index=False)


def gee_ours(folder: str) -> object:
    import outcomes as oc

    return oc.daily("headache ~ arm", pd.read_parquet(Path(folder) / "days.parquet")).summary()


def gee_statsmodels(folder: str) -> object:
    import statsmodels.api as sm
    import statsmodels.formula.api as smf

    data = pd.read_parquet(Path(folder) / "days.parquet").astype({"headache": float})
    model = smf.gee(
        "headache ~ arm",
        "patient_id",
        data,
        cov_struct=sm.cov_struct.Exchangeable(),
        family=sm.families.Binomial(),
    )
    return model.fit().summary()


def in_r(package: str, folder: str) -> None:
    """Run a peer in R: its CPU seconds are those of a child of this process."""
    subprocess.run(["Rscript", "-e", R[package].format(folder)], check=True, capture_output=True)


def mmrm_gls(folder: str) -> None:
    in_r("gls", folder)


def gee_geepack(folder: str) -> None:
    in_r("geepack", folder)


def write_report(folder: Path, patients: int) -> None:
    from outcomes.simulate import write_simulated

    write_simulated(folder / "study", patients=patients, seed=1)
    cells = [cell for name in ("01*", "02*", "03*") for cell in json.loads(_notebook(name))["cells"]]
    both = json.loads(_notebook("02*")) | {"cells": cells}
    (folder / "all.ipynb").write_text(json.dumps(both))


def _notebook(name: str) -> str:
    return next(NOTEBOOKS.glob(f"{name}.ipynb")).read_text(encoding="utf-8")


def report_ours(folder: str) -> None:
    words = [
        "-m",
        "outcomes",
        "report",
        f"{folder}/study",
        "--out",
        f"{folder}/reports",
        "--audience",
        "clinic",
    ]
    subprocess.run([sys.executable, *words], check=True, capture_output=True)


def report_papermill(folder: str) -> None:
    source, made, study = (f"{folder}/{name}" for name in ("all.ipynb", "made.ipynb", "study"))
    run_it = ["papermill", source, made, "-p", "study", study, "--kernel", "python3"]
    for words in (run_it, ["nbconvert", "--to", "html", made]):
        subprocess.run([sys.executable, "-m", *words], check=True, capture_output=True)


def installed(peer: str) -> bool:
    """Return whether a peer is there."""
    if peer not in R:
        return importlib.util.find_spec(peer) is not None
    package = {"gls": "nlme"}.get(peer, peer)
    ask = ["Rscript", "-e", f"stopifnot(requireNamespace('{package}'))"]
    return shutil.which("Rscript") is not None and not subprocess.run(ask, capture_output=True).returncode


def run(name: str, sizes: tuple[int, ...], peers: tuple[str, ...], turns: int) -> list[list[object]]:
    """Return the rows of one comparison, and add its ratios to the history."""
    able = [peer for peer in peers if installed(peer)]
    if missing := ", ".join(peer for peer in peers if peer not in able):
        print(f"{name}: {missing} not installed, left out")
    rows: list[list[object]] = []
    before: float | None = None
    for size in sizes:
        with tempfile.TemporaryDirectory() as folder:
            globals()[f"write_{name}"](Path(folder), size)
            cases = [f"{name}_{who}" for who in ("ours", *able)]
            found = harness.medians(__file__, cases, turns, folder)
        ours, mb = found[f"{name}_ours"]
        for peer in able:
            theirs, their_mb = found[f"{name}_{peer}"]
            growth = f"{ours / before:.1f}" if before else ""
            ended = f"over {harness.LONGEST}" if np.isinf(theirs) else f"{theirs:.2f}"
            ratio = "" if np.isinf(theirs) else f"{ours / theirs:.2f}"
            rows.append(
                [name, f"{size:,}", f"{ours:.2f}", f"{mb:.0f}", peer, ended, f"{their_mb:.0f}", ratio, growth]
            )
            if ratio:
                harness.record(f"{name} / {peer}", size, ours / theirs)
        before = ours
    return rows


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--only", choices=COMPARISONS)
    parser.add_argument("--turns", type=harness.at_least(1), default=3)
    options = parser.parse_args()
    print(harness.environment("outcomes", "pandas", "duckdb", "polars", "statsmodels", "papermill"), end="; ")
    print(f"CPU seconds, medians of {options.turns} turns\n")
    rows = [
        row
        for name, (sizes, peers) in COMPARISONS.items()
        if options.only in (None, name)
        for row in run(name, sizes, peers, options.turns)
    ]
    head = ["work", "size", "ours s", "ours MB", "peer", "peer s", "peer MB", "ratio", "growth for 4x"]
    print(harness.table(head, rows))


if __name__ == "__main__":
    if sys.argv[1:2] == ["--measure"]:
        import warnings

        warnings.simplefilter("ignore")
        cases = {
            name: call
            for name, call in globals().items()
            if name.startswith(tuple(f"{one}_" for one in COMPARISONS))
        }
        harness.measure(cases, sys.argv[2:])
    else:
        main()
