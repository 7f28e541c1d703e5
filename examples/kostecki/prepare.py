"""Write the Kostecki-Dillon diary as tables of a study.

The source has one row per patient-day: ``time`` is the day relative to the start of treatment (0 = start) and
``dos`` the day of the study. There are no dates, so each is a stated origin plus ``time``; the index date
is day 0. ``dos - time`` is the study day on which a patient began and should be one number per patient: for
one patient it is not. Only ``time`` is used, so nothing rests on ``dos``; the script says how many
patients are concerned and keeps their rows.

Usage: python examples/kostecki/prepare.py [--quiet] [SOURCE.csv [FOLDER]]
"""

from __future__ import annotations

import sys
from pathlib import Path

import pandas as pd

HERE = Path(__file__).resolve().parent
SOURCE = HERE.parents[2] / "shared" / "data" / "kostecki_dillon.csv"

#: Day 0 of every patient. The source has no dates; any date would do.
ORIGIN = pd.Timestamp("2000-01-01")


def prepare(source: Path, folder: Path, *, quiet: bool = False) -> None:
    """Read the source and write diary.csv and patients.csv into a folder; quiet says only what went wrong."""
    raw = pd.read_csv(source, dtype="str", keep_default_na=False)
    time = raw["time"].astype("int64")
    start = raw["dos"].astype("int64") - time
    unsteady = start.groupby(raw["id"]).nunique().gt(1).sum()
    if unsteady and not quiet:
        print(f"{unsteady} patient(s) whose dos - time is not constant: kept, only time is used")
    patient = raw["id"].str.zfill(3)
    diary = pd.DataFrame(
        {
            "patient_id": patient,
            "date": (ORIGIN + pd.to_timedelta(time, unit="D")).dt.strftime("%Y-%m-%d"),
            "headache": raw["headache"],
        }
    )
    facts = pd.DataFrame({"patient_id": patient, "age": raw["age"], "sex": raw["sex"]}).drop_duplicates(
        "patient_id"
    )
    facts["index_date"] = ORIGIN.strftime("%Y-%m-%d")
    folder.mkdir(parents=True, exist_ok=True)
    diary.to_csv(folder / "diary.csv", index=False)
    facts.to_csv(folder / "patients.csv", index=False)
    if not quiet:
        print(
            f"{len(diary)} days of {len(facts)} patients written to {folder.name}/diary.csv and patients.csv"
        )


def main(arguments: list[str]) -> str:
    """Prepare what the arguments name; return what is wrong with them, or nothing."""
    paths = [Path(argument) for argument in arguments if argument != "--quiet"]
    if len(paths) > 2 or any(str(path).startswith("-") for path in paths):
        return str(__doc__)
    source, folder = paths + [SOURCE, HERE / "prepared"][len(paths) :]
    if not source.is_file():
        return f"{source} is not there: give the path of kostecki_dillon.csv (carData's KosteckiDillon)"
    prepare(source, folder, quiet="--quiet" in arguments)
    return ""


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]) or 0)
