"""Days and periods from checked rows in Parquet, beside the same table by DuckDB: CPU seconds, one thread.

    python benchmarks/derive.py                  # 1,000,000, 4,000,000 and 16,000,000 rows, three turns
    python benchmarks/derive.py 50000000         # another size; --turns 1 for one turn

Rows that passed the checks lie in files of a million, as partitions do. `outcomes` reads, derives and adds up
file by file with the functions of `oc.days`, `oc.courses` and `oc.periods`; DuckDB answers one query over all
files that gives the same table of migraine days: every column of every period, the reasons too. Both tables
must be equal before a figure is printed. Needs `duckdb`.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
from pathlib import Path

import harness
import numpy as np
import pandas as pd

FILE_ROWS = 1_000_000
#: The aim: so many times the CPU of DuckDB.
AIM = 1.2
ENDPOINT = "migraine_days"
#: The default rules, as SQL: a month of 28 days, 6 periods, 20 and 14 days needed, prorated, leiden2023.
SAME_TABLE = """
WITH at_end AS (SELECT max(date)::DATE AS until FROM '{0}/diary/*.parquet'),
placed AS (
  SELECT d.*, p.row,
         CASE WHEN d.date::DATE < p.index_date::DATE THEN 0
              ELSE (d.date::DATE - p.index_date::DATE - 1) // 28 + 1 END AS period_number
  FROM '{0}/diary/*.parquet' AS d
  JOIN (SELECT *, row_number() OVER (ORDER BY patient_id) AS row FROM '{0}/patients.parquet') AS p
    USING (patient_id)
  WHERE d.date::DATE - p.index_date::DATE BETWEEN -28 AND -1
     OR d.date::DATE - p.index_date::DATE BETWEEN 1 AND 168),
answered AS (
  SELECT row, period_number, headache,
         headache AND (
           (duration_h >= 0.5 AND two_of AND ((nausea OR vomiting) OR (photophobia AND phonophobia)))
           OR coalesce(aura AND aura_min BETWEEN 5 AND 60, false)
           OR coalesce(regexp_matches(acute_medication, 'triptan|ergot|gepant|ditan'), false)) AS migraine
  FROM (SELECT *, CASE WHEN sure >= 2 THEN true WHEN sure + open >= 2 THEN NULL ELSE false END AS two_of
        FROM (SELECT *,
          coalesce(unilateral::INT, 0) + coalesce(pulsating::INT, 0) + coalesce((pain >= 4)::INT, 0)
            + coalesce(aggravated::INT, 0) AS sure,
          (unilateral IS NULL)::INT + (pulsating IS NULL)::INT + (pain IS NULL)::INT
            + (aggravated IS NULL)::INT AS open FROM placed))),
counted AS (
  SELECT row, period_number,
         count(*) FILTER (headache IS NOT NULL AND migraine IS NOT NULL) AS recorded,
         count(*) FILTER (headache IS NOT NULL AND migraine IS NULL) AS unclear,
         count(*) FILTER (headache) AS reported,
         count(*) FILTER (migraine) AS events
  FROM answered GROUP BY ALL),
windows AS (
  SELECT p.patient_id, p.row, p.arm, p.cohort, p.site, n AS period_number, until,
         p.index_date::DATE + CASE WHEN n = 0 THEN -28 ELSE 28 * n - 27 END AS start_date,
         p.index_date::DATE + CASE WHEN n = 0 THEN -1 ELSE 28 * n END AS full_end,
         CASE WHEN n = 0 THEN 20 ELSE 14 END AS needed
  FROM (SELECT *, row_number() OVER (ORDER BY patient_id) AS row FROM '{0}/patients.parquet') AS p,
       (SELECT n::INT AS n FROM range(0, 7) AS r(n)), at_end
  WHERE start_date <= until),
joined AS (
  SELECT w.*, least(full_end, until) AS end_date, least(full_end, until) - start_date + 1 AS possible,
         coalesce(recorded, 0) AS recorded, coalesce(unclear, 0) AS unclear, coalesce(events, 0) AS events,
         coalesce(reported, 0) AS reported
  FROM windows AS w LEFT JOIN counted USING (row, period_number)),
reasoned AS (
  SELECT *, CASE
      WHEN recorded + unclear < needed AND recorded + unclear = 0 THEN 'no day recorded'
      WHEN recorded + unclear < needed AND possible < needed
        THEN 'fewer than ' || needed || ' days before the end of data'
      WHEN recorded + unclear < needed THEN 'fewer than ' || needed || ' days recorded'
      WHEN 2 * unclear > reported THEN 'too many unclear days: more than half the number of headache days'
      WHEN recorded < needed THEN 'fewer than ' || needed || ' days clear'
      ELSE '' END AS why
  FROM joined),
valued AS (SELECT *, CASE WHEN why = '' THEN events * 28.0::DOUBLE / recorded END AS value FROM reasoned),
against AS (
  SELECT v.*, b.value AS baseline, b.recorded AS baseline_days_recorded, b.why = '' AS baseline_eligible,
         b.why AS baseline_why,
         CASE WHEN abs(v.value - b.value) <= 1e-9 THEN 0 ELSE v.value - b.value END AS change
  FROM valued AS v JOIN valued AS b ON v.row = b.row AND b.period_number = 0 WHERE v.period_number > 0)
SELECT patient_id, arm, cohort, site, 1 AS course,
       'days ' || (28 * period_number - 27) || '-' || 28 * period_number AS period, period_number,
       'migraine_days' AS endpoint, start_date, end_date, possible AS days_possible,
       CASE WHEN end_date < full_end THEN 'end_of_data' ELSE '' END AS cut_by,
       recorded AS days_recorded, unclear AS days_unclear, events AS days_with_event, value,
       events * 28.0::DOUBLE / possible AS lower_bound,
       (events + possible - recorded) * 28.0::DOUBLE / possible AS upper_bound,
       baseline, baseline_days_recorded, baseline_eligible, change,
       CASE WHEN baseline <> 0 THEN 100 * change / baseline END AS percent_change,
       percent_change <= -30 + 1e-9 AS responder_30, percent_change <= -50 + 1e-9 AS responder_50,
       percent_change <= -75 + 1e-9 AS responder_75, percent_change <= -100 + 1e-9 AS responder_100,
       value <= 4 + 1e-9 AS goal,
       CASE WHEN why = '' AND baseline_why = '' AND baseline = 0
            THEN 'baseline is 0: percent change is undefined'
            ELSE concat_ws('; ', nullif(why, ''),
                           'baseline: ' || nullif(baseline_why, '')) END AS reason,
       CASE WHEN NOT baseline_eligible THEN 'no_baseline' WHEN value IS NOT NULL THEN 'with_value'
            WHEN end_date < full_end THEN 'not_due' ELSE 'too_few_days' END AS set,
       full_end <= until AS due
FROM against ORDER BY patient_id, period_number
"""


def write(folder: str, rows: str) -> None:
    """Write the accepted rows of a checked diary, a million a file, each file of other patients."""
    import check_and_periods

    import outcomes as oc

    out, size = Path(folder), min(int(rows), FILE_ROWS)
    check_and_periods.write(out, size)
    study = oc.read_study(out)
    diary, patients = study.diary, study.patients
    (out / "diary").mkdir()
    everybody = []
    for number in range(max(1, int(rows) // FILE_ROWS)):
        renamed = {"patient_id": f"{number:03d}-" + diary["patient_id"]}
        diary.assign(**renamed).to_parquet(out / "diary" / f"{number:05d}.parquet", index=False)
        everybody.append(patients.assign(patient_id=f"{number:03d}-" + patients["patient_id"]))
    pd.concat(everybody).to_parquet(out / "patients.parquet", index=False)


def ours(folder: str, rows: str) -> pd.DataFrame:
    """Derive and add up file by file, as partitions are."""
    from outcomes.derive.clock import day_numbers
    from outcomes.derive.courses import courses_of
    from outcomes.derive.days import days_of
    from outcomes.derive.exposure import exposure_of
    from outcomes.derive.periods import periods_of
    from outcomes.schema.contract import empty
    from outcomes.schema.rules import Rules

    rules, zone = Rules(), "UTC"
    everybody = pd.read_parquet(Path(folder) / "patients.parquet")
    exposure = exposure_of(empty("sessions"), empty("titration"), rules=rules, timezone=zone)
    made, files = [], sorted((Path(folder) / "diary").glob("*.parquet"))
    dates = (pd.read_parquet(file, columns=["date"])["date"] for file in files)
    until = max(int(day_numbers(date).max()) for date in dates)
    for number, file in enumerate(files):
        diary = pd.read_parquet(file)
        patients = everybody[everybody["patient_id"].str.startswith(f"{number:03d}-")].reset_index(drop=True)
        begun = courses_of(exposure, patients, timezone=zone)
        days = days_of(diary, begun, rules=rules, timezone=zone)
        made.append(periods_of(days, begun, patients, rules=rules, until=until, endpoint=ENDPOINT))
    return pd.concat(made, ignore_index=True)


def duckdb(folder: str, rows: str) -> pd.DataFrame:
    import duckdb

    return duckdb.connect(config={"threads": 1}).execute(SAME_TABLE.format(folder)).df()


def same(folder: str, rows: str) -> None:
    """Hold that both tables are equal, column by column."""
    mine, theirs = ours(folder, rows), duckdb(folder, rows)
    assert list(mine.columns) == list(theirs.columns), "the columns are not the same"
    for name in mine:
        a, b = mine[name], theirs[name]
        if a.dtype == "float64":
            np.testing.assert_allclose(a, b.astype("float64"), rtol=1e-12, err_msg=name)
        else:
            pd.testing.assert_series_equal(_text(a), _text(b), check_names=False, obj=name)


def _text(column: pd.Series) -> pd.Series:
    return column.astype(object).where(column.notna(), None).astype("str")


def _ready() -> None:
    """Import what both need: their start is no part of the work."""
    import duckdb  # noqa: F401

    import outcomes.derive.periods
    import outcomes.schema.contract  # noqa: F401


ours.ready = duckdb.ready = _ready  # type: ignore[attr-defined]
CASES = {call.__name__: call for call in (write, ours, duckdb, same)}


def main(sizes: list[int], turns: int) -> None:
    print(harness.environment("outcomes", "pandas", "pyarrow", "duckdb") + "; CPU seconds, one thread\n")
    rows: list[list[object]] = []
    for size in sizes:
        with tempfile.TemporaryDirectory() as folder:
            for name in ("write", "same"):
                words = [sys.executable, __file__, "--measure", name, folder, str(size)]
                subprocess.run(words, check=True, capture_output=True)
            taken = harness.medians(__file__, ["ours", "duckdb"], turns, folder, size)
        ratio = taken["ours"][0] / taken["duckdb"][0]
        harness.record("derive / duckdb", size, ratio)
        rows.append([f"{size:,}", *(f"{value:.2f}" for value, _ in taken.values()), f"{ratio:.2f}",
                     *(f"{peak:.0f}" for _, peak in taken.values())])  # fmt: skip
    print(harness.table(["rows", "outcomes s", "DuckDB s", "ratio", "outcomes MB", "DuckDB MB"], rows))
    print(f"\naim: at most {AIM} times DuckDB")


if __name__ == "__main__":
    if sys.argv[1:2] == ["--measure"]:
        harness.measure(CASES, sys.argv[2:])
    else:
        words = argparse.ArgumentParser(
            description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
        )
        words.add_argument(
            "sizes", nargs="*", type=harness.at_least(1000), default=[1_000_000, 4_000_000, 16_000_000]
        )
        words.add_argument("--turns", type=harness.at_least(1), default=3)
        asked = words.parse_args()
        main(asked.sizes, asked.turns)
