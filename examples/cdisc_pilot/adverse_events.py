"""Rebuild the adverse-event table of the CDISC pilot trial (Table 14-5.01) from its public files.

    python examples/cdisc_pilot/adverse_events.py ADSL.csv ADAE.csv

The files are `cdiscpilot_adsl.csv` and `cdiscpilot_adae.csv` (ADaM subject level and adverse events,
published by PHUSE under the MIT licence). Nothing is downloaded.
"""

from __future__ import annotations

import sys
from pathlib import Path

import pandas as pd

import outcomes as oc

PLACEBO = "Placebo"


def read(path: Path) -> pd.DataFrame:
    """Return a file with every cell as the text that stands in it."""
    return pd.read_csv(path, dtype=str, keep_default_na=False)


def table_14_5_01(adsl: pd.DataFrame, adae: pd.DataFrame) -> pd.DataFrame:
    """Return the table as printed: one row any event, body system or term; n (%) [events] an arm, and P.

    Parameters
    ----------
    adsl, adae : DataFrame
        Subject level and adverse events, every column as text.
    """
    patients = adsl[adsl["SAFFL"] == "Y"].rename(columns={"TRT01A": "arm", "USUBJID": "patient_id"})
    events = adae[(adae["SAFFL"] == "Y") & (adae["TRTEMFL"] == "Y")]
    events = events.rename(columns={"USUBJID": "patient_id", "AEBODSYS": "system", "AEDECOD": "term"})
    parts = []
    for by in ([], ["system"], ["system", "term"]):
        counted = oc.incidence(events, patients, by=by, arm="arm")
        parts.append(_printed(counted, oc.compare_arms(counted, reference=PLACEBO), by))
    printed = pd.concat(parts, ignore_index=True)
    printed["_after"] = printed["system"] != "any"
    printed["_term"] = printed["term"] != "any"
    printed = printed.sort_values(["_after", "system", "_term", "term"], ignore_index=True)
    return printed.drop(columns=["_after", "_term"])


def _printed(counted: oc.Estimates, compared: oc.Estimates, by: list[str]) -> pd.DataFrame:
    cells = counted.to_frame()
    cells["cell"] = [
        f"{n} ({percent:.1f}%) [{events}]"
        for n, percent, events in zip(cells["n"], cells["percent"], cells["events"], strict=True)
    ]
    tests = compared.to_frame()
    tests["cell"] = tests["p_value"].map(p_as_printed)
    tests["arm"] = "P " + tests["contrast"]
    rows = pd.concat([cells, tests])[[*by, "arm", "cell"]]
    rows = rows.assign(**{column: "any" for column in ("system", "term") if column not in by})
    wide = rows.set_index(["system", "term", "arm"])["cell"].unstack("arm")  # noqa: PD010
    return wide.reset_index().rename_axis(columns=None)


def p_as_printed(p: float) -> str:
    """Write P with three places and a star below .15; nothing where neither arm has an event."""
    if pd.isna(p):
        return ""
    return ">.99" if p > 0.99 else f"{p:.3f}{'*' if p < 0.15 else ''}"


def main(arguments: list[str]) -> int:
    """Print the table of the two files that are named."""
    if len(arguments) != 2:
        print(__doc__, file=sys.stderr)
        return 2
    print(table_14_5_01(*(read(Path(name)) for name in arguments)).to_string(index=False))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
