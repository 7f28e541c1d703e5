"""The page on adverse events holds what the result file of its calibration says."""

from __future__ import annotations

import pandas as pd

from shared import ROOT

RESULTS = ROOT / "benchmarks" / "harm_calibration.csv"
PAGE = ROOT / "docs" / "methods" / "adverse_events.md"


def table() -> str:
    """Return the table of the page: bias and coverage, each with its Monte Carlo error."""
    found = pd.read_csv(RESULTS)
    cells = found["bias"].map("{:.2f}".format) + " (" + found["bias_error"].map("{:.2f}".format) + "), "
    cells += (
        found["coverage"].map("{:.1f}".format) + " (" + found["coverage_error"].map("{:.1f}".format) + ")"
    )
    cells = cells.to_frame("cell").assign(
        column=found["world"] + ", " + found["patients"].astype(str), row=found["estimate"]
    )
    wide = cells.pivot(index="row", columns="column", values="cell").fillna("-")
    wide = wide.loc[list(dict.fromkeys(cells["row"])), list(dict.fromkeys(cells["column"]))]
    lines = ["| estimate | " + " | ".join(wide.columns) + " |", "|---" * (len(wide.columns) + 1) + "|"]
    lines += [
        f"| {name} | " + " | ".join(row) + " |" for name, row in zip(wide.index, wide.to_numpy(), strict=True)
    ]
    return "\n".join(lines)


def test_the_page_holds_the_table_of_its_result_file() -> None:
    assert table() in PAGE.read_text(encoding="utf-8")


def test_limits_that_allow_for_patients_cover_where_patients_differ_and_stop() -> None:
    found = pd.read_csv(RESULTS)
    independent = found[~found["world"].str.contains("waves")]
    right = independent[
        independent["estimate"].str.contains("by patient|percent of patients|random intercept")
    ]
    assert len(right) >= 12
    error = 100 * (0.95 * 0.05 / right["studies"]) ** 0.5
    assert (right["coverage"] >= 95 - 3 * error).all()
