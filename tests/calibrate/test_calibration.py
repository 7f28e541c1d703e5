"""What a calibration says: coverage and bias as counted by hand; no cell is made twice."""

from __future__ import annotations

import os
import resource
import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from outcomes.calibrate import run_grid, summarise, write_summary
from outcomes.calibrate.bands import table
from outcomes.calibrate.run_cells import COLUMNS, Cell, Grid, _append, read_results, run_cell, true_value
from outcomes.calibrate.worlds import WORLDS
from outcomes.errors import ArgumentError, DataError
from shared import ROOT


def results(covered: int, of: int, *, name: str = "some") -> pd.DataFrame:
    """Return studies of which so many intervals hold the truth, 2; the estimates are 2.5 and 1.9 in turn."""
    study = np.arange(of)
    estimate = np.where(study % 2, 2.5, 1.9)
    lower = np.where(study < covered, 1.0, 2.1)
    columns = ["calm", 60, False, 0, study, name, 2.0, estimate, lower, 3.0, ""]
    return pd.DataFrame(dict(zip(COLUMNS, columns, strict=True)))


def test_coverage_and_bias_are_those_counted_by_hand():
    row = summarise(results(80, 100)).iloc[0]
    assert (row["studies"], row["coverage"], row["band"]) == (100, 0.80, "fails")
    assert row["bias"] == pytest.approx(0.2)
    assert row["bias_error"] == pytest.approx(np.std([0.5, -0.1] * 50, ddof=1) / 10)
    assert row["coverage_error"] == pytest.approx(0.04)
    # of 100, 90 % less two errors of 3 % is 84 %
    assert summarise(results(85, 100))["band"].tolist() == ["ok"]
    assert summarise(results(83, 100))["band"].tolist() == ["fails"]


def test_what_fails_and_what_gives_no_number_is_shown(tmp_path):
    failed = results(1, 1, name="broken").assign(truth=np.nan, estimate=np.nan, failed="DataError")
    rows = pd.concat([results(95, 100), results(40, 100, name="bad"), failed], ignore_index=True)
    paths = {path.name: path.read_text() for path in write_summary(rows, tmp_path)}
    table = paths["calibration_table.md"]
    assert "| bad | calm | 60 | 100 | 2.00 | +0.20 (0.03) | 40% (5%) | 0 | **fails** |" in table
    assert "**no number** (1 failed)" in table
    assert "below 90%: bad (calm)" in paths["calibration.svg"]
    assert len(pd.read_csv(tmp_path / "calibration.csv")) == 3


def test_the_page_holds_the_quick_grid_as_its_file_has_it():
    found = pd.read_csv(ROOT / "benchmarks" / "calibrate_quick.csv")
    page = (ROOT / "docs" / "methods" / "calibration.md").read_text(encoding="utf-8")
    assert table(found) in page
    fails = found[found["band"] != "ok"]
    assert set(found["studies"]) == {16}
    for row in fails.itertuples():
        assert f"({row.coverage:.0%})".replace("%", " %") in page


def test_no_results_are_named(tmp_path):
    with pytest.raises(ArgumentError, match="there are no results"):
        run_grid(Grid((40,), 0, 1), tmp_path)


@pytest.mark.long
def test_a_cell_is_the_same_again_and_a_stopped_run_goes_on(tmp_path, monkeypatch):
    cell = Cell("all together", 40, True, 0, 1)
    first = run_cell(cell)
    pd.testing.assert_frame_equal(first, run_cell(cell))
    assert not first["estimate"].equals(run_cell(replace(cell, batch=1))["estimate"])
    monkeypatch.setattr("outcomes.calibrate.run_cells.WORLDS", {"calm": WORLDS["calm"]})
    one = run_grid(Grid((40,), 1, 1), tmp_path, minutes=0, workers=1)
    assert one["arms"].unique().tolist() == [False]  # the time was up: the second cell was not begun
    both = run_grid(Grid((40,), 1, 1), tmp_path, workers=1)
    assert both["arms"].unique().tolist() == [False, True]
    pd.testing.assert_frame_equal(both[: len(one)], one)


@pytest.mark.long
def test_the_truth_of_the_calm_world_is_the_closed_form():
    from outcomes.simulate.expectation import mean_change

    exact = mean_change(WORLDS["calm"], 3, {"": True}).set_index("period_number")["change"]
    # 20,000 patients: a standard error of 0.06 days
    for period in (1, 3):
        assert true_value("calm", False, "hypothetical", period, "change") == pytest.approx(
            exact[period], abs=0.2
        )


@pytest.mark.parametrize(
    "content", ["hello,world\n1,2\n", "\x00\x01", "world\n"], ids=["other", "no table", "cut"]
)
def test_a_folder_with_other_results_is_named(tmp_path, content):
    (tmp_path / "results.csv").write_text(content)
    with pytest.raises(DataError, match=r"results\.csv: these are not the results of a calibration"):
        run_grid(Grid((10,), 1, 1), tmp_path)


def test_a_full_disk_leaves_whole_cells(tmp_path):
    rows = pd.DataFrame([("calm", 10, False, 0, 0, "change, t", -1.0, -1.0, -2.0, 0.0, "")], columns=COLUMNS)
    file = tmp_path / "results.csv"
    file.touch()  # a run was stopped before its first cell
    _append(file, rows)
    whole = file.read_bytes()
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (len(whole) + 20, hard))
    try:
        with pytest.raises(OSError, match=r"space|large"):
            _append(file, rows.assign(batch=1))
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert file.read_bytes() == whole
    assert list(read_results(tmp_path)["batch"]) == [0]


def test_results_of_another_grid_and_of_two_runs_count_once(tmp_path, monkeypatch):
    grid = Grid((10,), 1, 1)
    rows = pd.DataFrame(
        [(*cell.key, 0, "change, t", -1.0, -1.0, -2.0, 0.0, "") for cell in grid.cells()], columns=COLUMNS
    )
    for found in (rows, rows, rows.assign(patients=60)):
        _append(tmp_path / "results.csv", found)
    assert len(run_grid(grid, tmp_path, workers=1)) == len(rows)


@pytest.mark.long
@pytest.mark.parametrize("whom", ["all", "one"])
def test_ctrl_c_ends_a_calibration_at_once(tmp_path, whom):
    code = "from outcomes.cli import main; main(['calibrate', '--quick', '--out', 'found'])"
    running = subprocess.Popen(
        [sys.executable, "-c", code], cwd=tmp_path, stderr=subprocess.PIPE, text=True, start_new_session=True
    )
    children = Path(f"/proc/{running.pid}/task/{running.pid}/children")
    while running.poll() is None and len(children.read_text().split()) < 2:
        time.sleep(0.05)
    time.sleep(6)
    (os.killpg if whom == "all" else os.kill)(running.pid, signal.SIGINT)
    begun = time.monotonic()
    said = running.communicate(timeout=60)[1]
    assert time.monotonic() - begun < 6
    assert running.returncode == 130
    assert said == "outcomes: interrupted\n"
