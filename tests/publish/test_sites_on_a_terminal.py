"""A bar on a terminal, plain lines in a log; and a signal that ends all sites in order."""

from __future__ import annotations

import os
import pty
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from shared import ROOT
from studies import ALL, write_study

ESCAPE = "\x1b["
PATIENCE = 300  # seconds; a loaded machine is slow


@pytest.fixture(scope="module")
def sites(tmp_path_factory) -> list[str]:
    folder = tmp_path_factory.mktemp("sites")
    for name in ("basel", "bern"):
        (folder / name).mkdir()
        write_study(folder / name, ALL)
    (folder / "bern" / "diary.csv").unlink()
    return [str(folder / name / "study.toml") for name in ("basel", "bern")]


def command(sites: list[str], out: Path) -> list[str]:
    return [sys.executable, "-m", "outcomes", "report", *sites, "--out", str(out)]


def environment() -> dict[str, str]:
    return os.environ | {"PYTHONPATH": str(ROOT / "src"), "TERM": "xterm", "COLUMNS": "100"}


@pytest.mark.long
def test_a_log_gets_a_plain_line_a_site(sites, tmp_path):
    done = subprocess.run(
        command(sites, tmp_path / "out"), capture_output=True, text=True, check=False, env=environment()
    )
    assert done.returncode == 3
    first, second = done.stderr.splitlines()
    assert (first[:5], second[:5]) == ("[1/2]", "[2/2]")
    assert ESCAPE not in done.stderr + done.stdout
    assert "\r" not in done.stderr


@pytest.mark.long
def test_a_terminal_gets_a_bar(sites, tmp_path):
    ours, theirs = pty.openpty()
    with subprocess.Popen(
        command(sites, tmp_path / "out"), stdout=subprocess.PIPE, stderr=theirs, env=environment()
    ) as child:
        os.close(theirs)
        shown = b""
        while True:
            try:
                part = os.read(ours, 65536)
            except OSError:  # the terminal is closed: its last process has ended
                break
            if not part:
                break
            shown += part
        paths = child.stdout.read().decode().splitlines()
    os.close(ours)
    text = shown.decode()
    assert child.returncode == 3
    assert ESCAPE in text
    assert "100%" in text
    assert "bern: failed" in text
    assert "[1/2]" not in text
    assert len(paths) == 2
    assert ESCAPE not in "".join(paths)


@pytest.mark.parametrize("number", [pytest.param(signal.SIGINT, marks=pytest.mark.long), signal.SIGTERM])
def test_a_signal_ends_all_sites_with_130_and_nothing_half_done(sites, tmp_path, number):
    out = tmp_path / "out"
    with subprocess.Popen(
        command(sites, out),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=environment(),
    ) as child:
        begun = time.monotonic()
        while not (out / "basel" / ".lock-holder.json").exists() and time.monotonic() - begun < PATIENCE:
            time.sleep(0.01)
        child.send_signal(number)
        _, said = child.communicate(timeout=PATIENCE)
    assert child.returncode == 130
    assert "interrupted" in said
    assert "Traceback" not in said
    assert list(out.rglob(".unfinished-*")) == []
    assert not (out / "index.html").exists()
    assert not (out / "basel" / "latest").exists()
