"""A real cron runs the sample's line for a minute; the sample is what cron takes."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

import pytest

from outcomes.publish.run_log import broken_lines, records
from shared import ROOT
from studies import ALL, write_study

SAMPLE = ROOT / "docs" / "scheduling" / "outcomes.cron"
MINUTES = 4  # cron begins at a full minute; a loaded machine needs the rest


def installed() -> bool:
    """Return whether there is a cron that we may start; Debian's is installed when it can be."""
    if os.geteuid() != 0:
        return False
    if shutil.which("cron") is None and shutil.which("apt-get") is not None:
        quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL, "check": False}
        subprocess.run(["apt-get", "install", "-y", "--no-install-recommends", "cron"], **quiet)
    return shutil.which("cron") is not None


def free_of_entries() -> bool:
    """Return whether nobody has a crontab of this account: ours would take its place."""
    return subprocess.run(["crontab", "-l"], capture_output=True, check=False).returncode != 0


@pytest.mark.long
def test_cron_takes_the_sample_and_runs_its_command(tmp_path):
    if not installed() or not free_of_entries():
        pytest.skip("no cron that this test may start")
    subprocess.run(["crontab", "-n", str(SAMPLE)], check=True, capture_output=True)
    study, out = write_study(tmp_path, ALL), tmp_path / "reports"
    (line,) = [line for line in SAMPLE.read_text().splitlines() if line[:1].isdigit()]
    command = line.split(maxsplit=5)[5].replace("/srv/study/study.toml", str(study))
    command = command.replace("/srv/reports", str(out)).replace(
        "outcomes report", f"{sys.executable} -m outcomes report"
    )
    table = tmp_path / "crontab"
    table.write_text(f'SHELL=/bin/sh\nMAILTO=""\nPYTHONPATH={ROOT / "src"}\n* * * * * {command}\n')
    subprocess.run(["crontab", str(table)], check=True, capture_output=True)
    cron = subprocess.Popen(["cron", "-f"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        wait_for(out / "latest" / "manifest.json")
    finally:
        subprocess.run(["crontab", "-r"], check=True, capture_output=True)
        cron.terminate()
        cron.wait()
    told = json.loads((out / "latest" / "manifest.json").read_text())
    assert told["status"] == "complete"
    assert records(out)[0]["exit_code"] == 0
    assert broken_lines(out) == []


def wait_for(path: Path) -> None:
    begun = time.monotonic()
    while not path.exists():
        assert time.monotonic() - begun < 60 * MINUTES, "cron has made no report"
        time.sleep(0.5)
