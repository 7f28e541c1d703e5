"""The whole command, killed at any moment of its run: the report before stays whole and found."""

from __future__ import annotations

import hashlib
import json
import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from shared import ROOT

KILLS = 25


def start(out: Path) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", "outcomes", "report", str(ROOT / "data" / "example"), "--out", str(out)]
    return subprocess.Popen(command, env=os.environ | {"PYTHONPATH": str(ROOT / "src")}, stdout=-1, stderr=-1)


def assert_whole(folder: Path) -> None:
    manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    page = (folder / "report.html").read_bytes()
    assert manifest["outputs"][0]["sha256"] == hashlib.sha256(page).hexdigest()


@pytest.mark.long
def test_a_killed_command_leaves_the_report_before(tmp_path):
    out, chance = tmp_path / "out", random.Random(20260105)
    began = time.monotonic()
    with start(out) as child:
        child.communicate()
    seconds = time.monotonic() - began
    first = (out / "latest").resolve()
    for _ in range(KILLS):
        with start(out) as child:
            # half of the kills fall into the last tenth, where publishing is
            late = chance.random() < 0.5
            time.sleep(seconds * (chance.uniform(0.9, 1.05) if late else chance.uniform(0, 0.9)))
            child.send_signal(signal.SIGKILL)
        for page in out.rglob("report.html"):
            if not page.parent.name.startswith(".unfinished-"):
                assert_whole(page.parent)
        assert_whole(out / "latest")
    with start(out) as child:
        child.communicate()
    assert (out / "latest").resolve() != first
    assert not list(out.glob(".unfinished-*"))
