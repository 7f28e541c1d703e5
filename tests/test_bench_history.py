"""The history of ratios: a run of today is not worse than the last one by more than the named tolerance."""

from __future__ import annotations

import importlib.util
import shutil
import subprocess
import sys

import pytest

from shared import ROOT

SIZE, NAME = 100_000, "analyse / partition"


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
def test_analysing_partitions_costs_no_more_beside_making_them_than_last_time(tmp_path):
    folder = shutil.copytree(ROOT / "benchmarks", tmp_path / "benchmarks")
    kept = harness(folder)
    before = kept.last(NAME, SIZE, folder / "history.csv")
    assert before is not None
    subprocess.run([sys.executable, folder / "scale.py", str(SIZE)], check=True, capture_output=True)
    now = kept.last(NAME, SIZE, folder / "history.csv")
    assert now <= kept.TOLERANCE * before, (now, before)
