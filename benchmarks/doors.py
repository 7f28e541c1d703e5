"""What the doors promise, measured: Parquet read and checked, a workbook read, attacks made into days.

python benchmarks/doors.py
"""

from __future__ import annotations

import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import harness
import pandas as pd
import xlsxwriter
from attacks import PROMISED, attack_list
from check_and_periods import STUDY, write

import outcomes as oc
from outcomes.sources.conventions import TableSource
from outcomes.sources.files import read_files
from outcomes.sources.shaping.shape import shape

#: Rows and seconds of CPU.
PARQUET = (1_000_000, 3.0)
EXCEL = (100_000, 10.0)
ATTACKS = (1_000_000, PROMISED)


def parquet(folder: Path) -> Callable[[], object]:
    """Return what reads and checks a diary of Parquet."""
    write(folder, PARQUET[0])
    frame = pd.read_csv(folder / "diary.csv", dtype={"patient_id": "str"})
    answers = {
        name: frame[name].eq("yes") for name in frame.columns[2:] if frame[name].isin(["yes", "no"]).all()
    }
    frame = frame.assign(date=pd.to_datetime(frame["date"]).dt.date, **answers)
    frame.to_parquet(folder / "diary.parquet", index=False)
    lines = 'title = "t"\n' + STUDY.replace("diary.csv", "diary.parquet")
    (folder / "study.toml").write_text(lines)
    return lambda: oc.read_study(folder)


def excel(folder: Path) -> Callable[[], object]:
    """Return what reads a workbook of the first rows of the same diary."""
    rows = pd.read_csv(folder / "diary.csv", dtype="str", nrows=EXCEL[0]).fillna("")
    with xlsxwriter.Workbook(folder / "diary.xlsx", {"constant_memory": True}) as book:
        sheet = book.add_worksheet("diary")
        for number, cells in enumerate([list(rows), *rows.to_numpy().tolist()]):
            sheet.write_row(number, 0, cells)
    return lambda: read_files("diary", TableSource(file="diary.xlsx"), folder)


def attacks(folder: Path) -> Callable[[], object]:
    """Return what makes days of attacks."""
    raw = attack_list(ATTACKS[0])
    source = TableSource(file="attacks.csv", attacks={"start": "start", "end": "end"}, drug_names=True)
    return lambda: shape(raw, source, table="diary", file="attacks.csv")


def main() -> None:
    """Measure each after a small study has been read: what is loaded once does not count."""
    oc.load_example()
    late = 0
    with tempfile.TemporaryDirectory() as name:
        for make, (rows, promised) in ((parquet, PARQUET), (excel, EXCEL), (attacks, ATTACKS)):
            read = make(Path(name))
            begin = time.process_time()
            read()
            seconds = time.process_time() - begin
            late += seconds > promised
            print(f"{make.__name__:<8}{rows:>10,} rows{seconds:>6.1f} s of CPU, promised {promised:g}")
    sys.exit(int(late))


if __name__ == "__main__":
    harness.asked(__doc__)
    main()
