"""The history of ratios: a run of today is not worse than the last one by more than the named tolerance."""

from __future__ import annotations

import importlib.util
import shutil
import subprocess
import sys

import pytest

from shared import ROOT


def harness(folder):
    spec = importlib.util.spec_from_file_location("harness", folder / "harness.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_history_gives_the_last_ratio(tmp_path):
    kept, file = harness(ROOT / "benchmarks"), tmp_path / "history.csv"
    for ratio in (1.25, 1.5):
        kept.record("a / b", 10, ratio, file)
    kept.record("a / b", 20, 9.0, file)
    assert kept.last("a / b", 10, file) == 1.5
    assert kept.last("a / c", 10, file) is None


@pytest.mark.long
@pytest.mark.parametrize(
    ("name", "size", "command"),
    [
        ("analyse / partition", 100_000, ["scale.py", "100000"]),
        ("events / pandas", 80_000, ["peers.py", "--only", "events", "--turns", "1"]),
        ("mmrm / statsmodels", 200, ["peers.py", "--only", "mmrm", "--turns", "1"]),
    ],
)
def test_a_run_is_not_worse_than_the_last_one(tmp_path, name, size, command):
    folder = shutil.copytree(ROOT / "benchmarks", tmp_path / "benchmarks")
    kept = harness(folder)
    before = kept.last(name, size, folder / "history.csv")
    assert before is not None
    (folder / "history.csv").unlink()  # a ratio of before must not stand for one that was not measured
    subprocess.run([sys.executable, folder / command[0], *command[1:]], check=True, capture_output=True)
    now = kept.last(name, size, folder / "history.csv")
    assert now is not None
    assert now <= kept.TOLERANCE * before, (now, before)


#: Files that are read by others, and do nothing by themselves.
PARTS = {
    "harness",
    "written",
    "calibration_cohorts",
    "calibration_estimates",
    "chance_world",
    "lasting_world",
}
COMMANDS = sorted({path.stem for path in (ROOT / "benchmarks").glob("*.py")} - PARTS)


@pytest.mark.long
@pytest.mark.parametrize("name", COMMANDS)
def test_each_benchmark_says_what_it_is_and_refuses_what_it_does_not_know(name):
    file = ROOT / "benchmarks" / f"{name}.py"
    told, refused = (
        subprocess.run([sys.executable, file, word], capture_output=True, text=True, timeout=60, check=False)
        for word in ("--help", "many")
    )
    assert told.returncode == 0
    assert "usage: " in told.stdout
    assert refused.returncode == 2
    assert "Traceback" not in refused.stderr
    assert "many" in refused.stderr
