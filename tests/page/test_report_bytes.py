"""The same inputs give the same bytes, whatever the machine around them; the manifest says from what."""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

import outcomes as oc
from outcomes.page.html import page
from outcomes.page.make import sections_of
from outcomes.page.opening import opening_lines
from outcomes.page.readers import Readers
from shared import ROOT

SETTINGS = (
    {"PYTHONHASHSEED": "1", "TZ": "Pacific/Auckland", "LC_ALL": "C"},
    {"PYTHONHASHSEED": "4242", "TZ": "America/Los_Angeles", "LC_ALL": "C.UTF-8", "MPLBACKEND": "pdf"},
)


@pytest.fixture(scope="module")
def reports(tmp_path_factory) -> list[Path]:
    """Publish the example twice, in two processes that differ in all that must not matter."""
    found = []
    for settings in SETTINGS:
        folder = tmp_path_factory.mktemp("run")
        command = [sys.executable, "-m", "outcomes", "report", str(ROOT / "data" / "example"), "--out", "out"]
        environment = os.environ | {"PYTHONPATH": str(ROOT / "src")} | settings
        done = subprocess.run(
            command, cwd=folder, env=environment, capture_output=True, text=True, check=True
        )
        found.append(folder / done.stdout.strip())
    return found


@pytest.mark.long
def test_two_processes_write_the_same_page(reports):
    first, second = (path.read_bytes() for path in reports)
    assert first == second


@pytest.mark.long
def test_manifests_differ_in_their_run_alone(reports):
    first, second = (json.loads((path.parent / "manifest.json").read_text()) for path in reports)
    runs = first.pop("run"), second.pop("run")
    assert first == second
    assert runs[0]["started"] != runs[1]["started"]
    assert all(run[end].endswith("+00:00") for run in runs for end in ("started", "ended"))


@pytest.mark.long
def test_the_manifest_names_inputs_and_outputs_by_their_content(reports):
    manifest = json.loads((reports[0].parent / "manifest.json").read_text())
    assert manifest["outputs"][0]["sha256"] == hashlib.sha256(reports[0].read_bytes()).hexdigest()
    inputs = {item["file"]: item["sha256"] for item in manifest["inputs"]}
    folder = ROOT / "data" / "example"
    csv = {path.name for path in folder.glob("*.csv")} - {"faults.csv"}
    assert csv <= set(inputs)
    for name in csv:
        assert inputs[name] == hashlib.sha256((folder / name).read_bytes()).hexdigest()
    assert manifest["parameters"]["rules"] == oc.load_example().rules.model_dump()
    assert {"outcomes", "python", "pandas", "scipy", "matplotlib"} <= set(manifest["versions"])


@pytest.mark.long
def test_neither_page_nor_manifest_holds_a_path_of_the_machine(reports):
    for path in reports:
        for file in path.parent.iterdir():
            text = file.read_text(encoding="utf-8")
            assert str(ROOT) not in text
            assert str(path.parents[2]) not in text


@pytest.mark.long
def test_the_caller_s_matplotlib_settings_do_not_matter(reports):
    from matplotlib import rc_context

    study = oc.load_example()
    with rc_context({"font.size": 22, "axes.linewidth": 4, "lines.linewidth": 9, "svg.fonttype": "path"}):
        made = page(study, sections_of(study), opening_lines(study, Readers("clinic")))
        assert made.encode() == reports[0].read_bytes()
