"""The example script prints the published table, cell by cell."""

from __future__ import annotations

import subprocess
import sys

import pytest

from shared import ROOT, reference, shared

pytestmark = pytest.mark.reference
SCRIPT = ROOT / "examples" / "cdisc_pilot" / "adverse_events.py"
ARMS = {"placebo": "Placebo", "low": "Xanomeline Low Dose", "high": "Xanomeline High Dose"}


def test_the_printed_table_is_the_published_one(monkeypatch) -> None:
    monkeypatch.syspath_prepend(str(SCRIPT.parent))
    import adverse_events as example

    printed = example.table_14_5_01(
        example.read(shared("data", "cdiscpilot_adsl.csv")),
        example.read(shared("data", "cdiscpilot_adae.csv")),
    ).set_index(["system", "term"])
    for row in reference("cdiscpilot_table_14-5.01_first90.json")["tables"]["14-5.01"]:
        cells = printed.loc[(row["soc"] or "any", row["pt"] or "any")]
        for short, arm in ARMS.items():
            cell = row[short]
            assert cells[arm] == f"{cell['n']} ({cell['pct']:.1f}%) [{cell['events']}]"
        for short in ("low", "high"):
            assert cells[f"P {ARMS[short]} - Placebo"] == row[f"fisher_p_{short}"]


def test_without_files_it_says_how_it_is_used() -> None:
    done = subprocess.run(
        [sys.executable, str(SCRIPT)],
        capture_output=True,
        text=True,
        env={"PYTHONPATH": str(ROOT / "src")},
        check=False,
    )
    assert done.returncode == 2
    assert "ADSL.csv ADAE.csv" in done.stderr
