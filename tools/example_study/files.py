"""Write the example study: files as a clinic exports them, study.toml, the list of planted faults."""

from __future__ import annotations

import csv
import io
from pathlib import Path

import pandas as pd

from example_study.clean import SEED, clean_tables
from example_study.faults_diary import plant_diary
from example_study.faults_events import plant_assessments, plant_events
from example_study.faults_log import plant_log
from example_study.faults_sessions import plant_patients, plant_sessions
from example_study.planter import Planter
from example_study.raw import raw_files
from outcomes.simulate.streams import stream
from outcomes.simulate.study_files import write_files

__all__ = ["example_files", "write_example"]

#: File -> delimiter, end of line, byte order mark.
DIALECTS: dict[str, tuple[str, str, bytes]] = {
    "patients.csv": (",", "\r\n", b""),
    "infusionen.csv": (";", "\r\n", b""),
    "diary_2025.csv": (",", "\n", b"\xef\xbb\xbf"),
    "diary_2026.csv": (",", "\n", b"\xef\xbb\xbf"),
}
PLAIN = (",", "\n", b"")
#: The folder of the example, and its files that are written by hand.
EXAMPLE = Path(__file__).resolve().parents[2] / "data" / "example"
WRITTEN_BY_HAND = ("study.toml", "README.md")


def write_example(folder: str | Path) -> list[Path]:
    """Write the example study into a folder; the same bytes each time.

    Parameters
    ----------
    folder : str or Path
        Created if it does not exist; files of these names are replaced, others left.

    Returns
    -------
    list of Path
        The files.

    Raises
    ------
    ArgumentError
        When the folder cannot be written.
    """
    return write_files(folder, example_files())


def example_files() -> dict[str, bytes]:
    """Return file name -> content of the example study."""
    tables = clean_tables()
    planter = Planter(raw_files(tables), stream(SEED, "faults"))
    sessions = tables["sessions"]
    with_log = sessions["session_id"].isin(tables["titration"]["session_id"]).to_numpy()
    plant_patients(planter)
    plant_sessions(planter, sessions, with_log)
    plant_log(planter)
    plant_diary(planter)
    plant_events(planter, tables["adverse_events"])
    plant_assessments(planter)
    faults = planter.listing()
    files = {name: _text(frame, name, _broken(faults, name)) for name, frame in planter.files.items()}
    listing = faults.astype({"row": "str"}).fillna("")
    return files | {
        "faults.csv": _text(listing, "faults.csv", set()),
        **{name: (EXAMPLE / name).read_bytes() for name in WRITTEN_BY_HAND},
    }


def _broken(faults: pd.DataFrame, file: str) -> set[int]:
    """Return the positions of lines that break off."""
    here = faults[(faults["file"] == file) & (faults["rule"] == "wrong_number_of_fields")]
    return set((here["row"] - 1).astype("int64"))


def _text(frame: pd.DataFrame, file: str, broken: set[int]) -> bytes:
    """Return a frame of texts as CSV; a broken line keeps its first two fields."""
    delimiter, end, mark = DIALECTS.get(file, PLAIN)
    buffer = io.StringIO(newline="")
    writer = csv.writer(buffer, delimiter=delimiter, lineterminator=end)
    writer.writerow(frame.columns)
    rows = frame.to_numpy(dtype=object).tolist()
    writer.writerows(row[:2] if i in broken else row for i, row in enumerate(rows))
    return mark + buffer.getvalue().encode("utf-8")
