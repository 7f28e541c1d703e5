"""The calibration: pages hold what its result file says, and a run that was stopped goes on where it was."""

from __future__ import annotations

import shutil
from pathlib import Path
from types import ModuleType

import numpy as np
import pandas as pd
import pytest

BENCHMARKS = Path(__file__).resolve().parents[2] / "benchmarks"
#: Without bias in this law, whatever the number of patients.
UNBIASED = ["paired", "ancova", "responders", "responder_contrasts", "daily", "dose"]


@pytest.fixture
def calibration(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    monkeypatch.syspath_prepend(str(BENCHMARKS))
    import calibration

    return calibration


def test_pages_are_written_from_the_result_file(calibration: ModuleType, tmp_path: Path) -> None:
    summary = pd.read_csv(calibration.SUMMARY)
    shutil.copytree(calibration.PAGES, tmp_path / "methods")
    assert calibration.write_pages(summary, tmp_path / "methods") == []
    first = summary.iloc[[0]].assign(studies=7)
    assert calibration.write_pages(first, tmp_path / "methods") == [f"{first['estimator'].item()}.md"]


def test_every_estimator_has_every_cell(calibration: ModuleType) -> None:
    summary = pd.read_csv(calibration.SUMMARY)
    cells = summary.groupby(["estimator", "quantity"])[["patients", "dropout"]].apply(len)
    assert (cells == len(calibration.CELLS)).all()
    assert set(UNBIASED) <= set(summary["estimator"])
    kept = summary[summary["estimator"].isin(UNBIASED)]
    # 40 means at once: 4.5 Monte Carlo errors.
    assert (kept["bias"].abs() < 4.5 * kept["bias_error"]).all()


def test_a_stopped_run_goes_on_and_gives_the_same(
    calibration: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(calibration, "CELLS", [(40, 0.0), (40, 0.2)])
    monkeypatch.setattr(calibration, "BATCH", 2)
    monkeypatch.setattr(calibration, "run_batch", lambda *a, _run=calibration.run_batch: _run(*a, size=2))
    known = {"median": 49.0, "free, day 84": 0.18}
    monkeypatch.setattr(calibration.estimates, "truths", lambda: known)
    for folder in ("whole", "stopped"):
        calibration.run(tmp_path / folder, ["relapse"], 1e6, 2)
    gone = sorted((tmp_path / "stopped").glob("relapse_*.csv"))[1]
    gone.unlink()
    calibration.run(tmp_path / "stopped", ["relapse"], 1e6, 2)
    one, two = (calibration.read_results(tmp_path / name) for name in ("whole", "stopped"))
    pd.testing.assert_frame_equal(one, two)
    assert sorted(one["study"].unique()) == [0, 1, 2, 3]
    assert np.isfinite(calibration.summarise(one)["bias"]).all()
