"""Every cell of the published Table 14-5.01 of the CDISC pilot trial, from its own data sets."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from outcomes.models.comparisons import compare_arms
from outcomes.models.incidence import incidence
from shared import reference, shared

pytestmark = pytest.mark.reference

ARMS = {"placebo": "Placebo", "low": "Xanomeline Low Dose", "high": "Xanomeline High Dose"}
BY = {"any": [], "soc": ["AEBODSYS"], "pt": ["AEBODSYS", "AEDECOD"]}
FISHER = 1e-10  # the published file holds P in full precision


def as_published(p: float) -> str:
    """Write P as the table does: three places, a star below .15, nothing without an event."""
    if np.isnan(p):
        return ""
    if p > 0.99:
        return ">.99"
    return f"{p:.3f}{'*' if p < 0.15 else ''}"


@pytest.fixture(scope="module")
def trial() -> tuple[pd.DataFrame, pd.DataFrame]:
    adsl = pd.read_csv(shared("data", "cdiscpilot_adsl.csv"), dtype=str, keep_default_na=False)
    adae = pd.read_csv(shared("data", "cdiscpilot_adae.csv"), dtype=str, keep_default_na=False)
    events = adae[(adae["SAFFL"] == "Y") & (adae["TRTEMFL"] == "Y")]
    patients = adsl[adsl["SAFFL"] == "Y"].rename(columns={"TRT01A": "arm"})
    return events, patients


@pytest.mark.parametrize("level", BY)
def test_every_cell_of_table_14_5_01(trial, level: str) -> None:
    events, patients = trial
    result = incidence(events, patients, by=BY[level], arm="arm", subject="USUBJID")
    compared = compare_arms(result, reference="Placebo")
    frame, tests = result.to_frame(), compared.to_frame()
    published = reference("cdiscpilot_table_14-5.01_first90.json")["tables"]["14-5.01"]
    rows = [row for row in published if row["level"] == level]
    assert rows
    for row in rows:
        wanted = dict(zip(BY[level], (row["soc"], row["pt"]), strict=False))
        here = frame[np.logical_and.reduce([frame[c] == v for c, v in wanted.items()] or [frame["n"] >= 0])]
        cells = here.set_index("arm")
        p = tests[np.logical_and.reduce([tests[c] == v for c, v in wanted.items()] or [tests["n"] >= 0])]
        for short, arm in ARMS.items():
            cell, printed = cells.loc[arm], row[short]
            assert (cell["n"], cell["events"]) == (printed["n"], printed["events"]), row
            assert round(cell["percent"], 1) == printed["pct"], row
        for short in ("low", "high"):
            value = p.set_index("contrast").loc[f"{ARMS[short]} - Placebo", "p_value"]
            assert as_published(value) == row[f"fisher_p_{short}"], row
            exact = row.get(f"fisher_p_{short}_exact", np.nan)
            np.testing.assert_allclose(value, exact, rtol=FISHER, err_msg=str(row))


def test_denominators_are_the_safety_population(trial) -> None:
    events, patients = trial
    counted = incidence(events, patients, arm="arm", subject="USUBJID")
    published = reference("cdiscpilot_table_14-5.01_first90.json")["N"]
    assert dict(zip(counted["arm"], counted["N"], strict=True)) == published
