"""Publishing: killed, refused or full, a reader always finds one whole report."""

from __future__ import annotations

import errno
import json
import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from outcomes.errors import ReportError
from outcomes.report import publish as publish_module
from outcomes.report.publish import LATEST, publish
from shared import ROOT

KILLS = 40
FILES = {"report.html": b"<p>page</p>" * 2000, "manifest.json": b"{}"}

#: A writer that publishes one report after the other; each page says its number at both ends.
WRITER = """
import sys
from pathlib import Path
from outcomes.report.publish import publish
out, first = Path(sys.argv[1]), int(sys.argv[2])
print("ready", flush=True)
for number in range(first, first + 10_000):
    page = b"%d " % number + b"x" * 20_000 + b" %d" % number
    publish(out, f"run-{number:06d}", {"report.html": page, "manifest.json": b'{"number": %d}' % number})
"""


def whole(folder: Path) -> int:
    """Return the number of a report after holding it to be whole."""
    page = (folder / "report.html").read_bytes().split()
    number = json.loads((folder / "manifest.json").read_text())["number"]
    assert int(page[0]) == int(page[-1]) == number
    return number


def test_a_report_is_published_and_latest_points_to_it(tmp_path):
    first = publish(tmp_path / "out", "a", FILES)
    second = publish(tmp_path / "out", "b", FILES)
    assert first.is_dir()
    assert (tmp_path / "out" / LATEST).resolve() == second
    assert {path.name for path in (tmp_path / "out").iterdir()} == {"a", "b", LATEST}
    assert (second / "report.html").read_bytes() == FILES["report.html"]


def test_killed_at_any_moment_the_newest_report_is_whole(tmp_path):
    out, chance, seen = tmp_path / "out", random.Random(7), 0
    for kill in range(KILLS):
        command = [sys.executable, "-c", WRITER, str(out), str(1 + kill * 10_000)]
        with subprocess.Popen(
            command, stdout=-1, env=os.environ | {"PYTHONPATH": str(ROOT / "src")}
        ) as child:
            child.stdout.readline()
            time.sleep(chance.uniform(0.0, 0.05))
            child.send_signal(signal.SIGKILL)
        if (out / LATEST).exists():
            seen = max(seen, whole(out / LATEST))
            assert whole(out / LATEST) == seen
        for folder in out.glob("run-*") if out.exists() else ():
            whole(folder)
    assert seen > 0
    publish(out, "run-last", {"report.html": b"9 9", "manifest.json": b'{"number": 9}'})
    assert not list(out.glob(".unfinished-*"))


def attempt(out: Path, name: str) -> str | None:
    """Publish, and return what a refusal said."""
    try:
        publish(out, name, FILES)
    except ReportError as error:
        return str(error)
    return None


CALLS = ("mkdir", "open", "fsync", "replace", "symlink")


@pytest.mark.parametrize("code", [errno.ENOSPC, errno.EACCES, errno.EIO, errno.EROFS])
@pytest.mark.parametrize("call", CALLS)
def test_any_fault_of_the_disk_leaves_the_report_before(tmp_path, monkeypatch, call, code):
    out = tmp_path / "out"
    before = publish(out, "before", FILES)
    real = getattr(os, call)
    count = 0
    for fails_at in range(1, 12):
        count = 0

        def faulty(*arguments, **options):
            nonlocal count
            count += 1
            if count == fails_at:  # noqa: B023
                raise OSError(code, os.strerror(code), str(arguments[0]))
            return real(*arguments, **options)

        with monkeypatch.context() as patch:
            patch.setattr(os, call, faulty)
            said = attempt(out, f"after-{fails_at}")
        if count < fails_at:
            break
        # making a folder that is there already may fail without harm; every other fault is said
        assert said is None if (call, fails_at) == ("mkdir", 1) else os.strerror(code) in said
        newest = (out / LATEST).resolve()
        assert (newest / "report.html").read_bytes() == FILES["report.html"]
        assert newest == before or newest.name.startswith("after-")
    else:
        pytest.fail("every call failed: the loop never reached a report")
    publish(out, "end", FILES)
    assert (out / LATEST).resolve().name == "end"


def test_the_faults_are_injected_where_files_are_written():
    """The calls that the test above breaks are those that the module makes."""
    source = Path(publish_module.__file__).read_text()
    for call in ("os.open", "os.fsync", "os.replace", "mkdir", "symlink_to"):
        assert call in source


def test_an_output_that_is_a_file_is_refused(tmp_path):
    path = tmp_path / "out"
    path.write_text("mine")
    with pytest.raises(ReportError, match="the one before it is untouched"):
        publish(path, "a", FILES)
    assert path.read_text() == "mine"
