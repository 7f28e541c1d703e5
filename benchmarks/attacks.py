"""How much CPU a million attacks take to become days: `python benchmarks/attacks.py [ATTACKS]`."""

from __future__ import annotations

import time

import harness
import numpy as np
import pandas as pd

from outcomes.schema.contract import specs
from outcomes.sources.conventions import TableSource
from outcomes.sources.raw import RawTable, origin_of
from outcomes.sources.shaping.shape import shape

#: What the project promises for a million, in seconds of CPU.
PROMISED = 5.0


def attack_list(rows: int) -> RawTable:
    """Return a list of attacks of 2,000 patients over years, a tenth without an end."""
    random = np.random.default_rng(1)
    start = pd.Timestamp("2015-01-01") + pd.to_timedelta(random.integers(0, 3650 * 1440, rows), unit="min")
    end = start + pd.to_timedelta(random.integers(15, 3000, rows), unit="min")
    ended = pd.Series(end.strftime("%Y-%m-%dT%H:%M")).mask(random.random(rows) < 0.1, "")
    frame = pd.DataFrame(
        {
            "patient_id": pd.Series(random.integers(0, 2000, rows)).astype("str"),
            "start": start.strftime("%Y-%m-%dT%H:%M"),
            "end": ended,
            "pain": pd.Series(random.integers(1, 11, rows)).astype("str"),
            "acute_medication": random.choice(["Imigran", "Ibuprofen 400", "Maxalt", ""], rows),
        }
    ).astype("str")
    return RawTable(frame, origin_of("attacks.csv", rows))


def main(rows: int = 1_000_000) -> None:
    """Measure and print."""
    raw = attack_list(rows)
    source = TableSource(file="attacks.csv", attacks={"start": "start", "end": "end"}, drug_names=True)
    specs("diary")  # the contract is loaded once, whatever the number of rows
    begin = time.process_time()
    days, said = shape(raw, source, table="diary", file="attacks.csv")
    seconds = time.process_time() - begin
    print(f"{rows:,} attacks to {len(days.frame):,} days: {seconds:.1f} s of CPU; {'; '.join(said)}")
    print(f"promised for a million: {PROMISED:g} s")


if __name__ == "__main__":
    main(*harness.asked(__doc__, "attacks")[:1])
