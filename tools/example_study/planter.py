"""Put faults into text files and keep the list of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from example_study.raw import FILES

__all__ = ["FAULT_COLUMNS", "Planter"]

FAULT_COLUMNS = ("table", "file", "row", "column", "rule", "severity", "what")


@dataclass(slots=True)
class Planter:
    """The files as text, and what was planted in them.

    Parameters
    ----------
    files : dict of str to DataFrame
        File name -> text columns.
    rng : numpy Generator
        Chooses among the rows that fit a fault.
    faults : list of tuple
        Rows of faults.csv.
    used : set of (str, int)
        File and position of rows that hold a fault: each row holds one.
    """

    files: dict[str, pd.DataFrame]
    rng: np.random.Generator
    faults: list[tuple[str, str, int | None, str, str, str, str]] = field(default_factory=list)
    used: set[tuple[str, int]] = field(default_factory=set)

    def pick(self, file: str, fits: pd.Series | NDArray[np.bool_]) -> int:
        """Return the position of a row that fits and holds no fault yet."""
        rows = [
            int(row)
            for row in np.flatnonzero(np.asarray(fits, dtype=bool))
            if (file, int(row)) not in self.used
        ]
        if not rows:
            raise AssertionError(f"no row of {file} is left that fits the fault")
        chosen = int(self.rng.choice(rows))
        self.used.add((file, chosen))
        return chosen

    def change(self, file: str, row: int, cells: Mapping[str, str]) -> None:
        """Write texts into one row."""
        for name, text in cells.items():
            self.files[file].loc[row, name] = text
        self.used.add((file, row))

    def add(self, file: str, like: int, cells: Mapping[str, str]) -> int:
        """Append a copy of a row with some texts changed, and return its position."""
        copy = self.files[file].iloc[[like]].assign(**cells)
        self.files[file] = pd.concat([self.files[file], copy], ignore_index=True).astype("str")
        self.used.add((file, len(self.files[file]) - 1))
        return len(self.files[file]) - 1

    def note(
        self, file: str, row: int | None, column: str, rule: str, what: str, *, severity: str = "error"
    ) -> None:
        """List a fault: the row's position, our name of the column, the code of the rule."""
        number = None if row is None else row + 1
        self.faults.append((FILES[file], file, number, column, rule, severity, what))

    def cell(
        self,
        file: str,
        fits: pd.Series | NDArray[np.bool_],
        cells: Mapping[str, str],
        fault: tuple[str, str, str],
        *,
        severity: str = "error",
    ) -> int:
        """Pick a row, change it, and list (column, rule, what)."""
        row = self.pick(file, fits)
        self.change(file, row, cells)
        self.note(file, row, *fault, severity=severity)
        return row

    def listing(self) -> pd.DataFrame:
        """Return faults.csv: by table as in the study, file, row."""
        frame = pd.DataFrame(self.faults, columns=list(FAULT_COLUMNS)).astype({"row": "Int64"})
        order = {file: position for position, file in enumerate(FILES)}
        frame["_file"] = frame["file"].map(order)
        frame = frame.sort_values(["_file", "row", "column", "rule"], kind="stable", na_position="first")
        return frame.drop(columns="_file").reset_index(drop=True)
