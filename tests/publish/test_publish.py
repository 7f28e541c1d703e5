"""Publishing: killed, refused or full, a reader always finds one whole report."""

from __future__ import annotations

import errno
import json
import os
import random
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from outcomes.errors import LockedError, ReportError
from outcomes.publish import disk as disk_module
from outcomes.publish import transaction as publish_module
from outcomes.publish.interruption import terminable
from outcomes.publish.lock import HOLDER, LOCK, exclusive
from outcomes.publish.transaction import LATEST, publish
from shared import ROOT

KILLS = 40
FILES = {"report.html": b"<p>page</p>" * 2000, "manifest.json": b"{}"}

#: A writer that publishes one report after the other; each page says its number at both ends.
WRITER = """
import sys
from pathlib import Path
from outcomes.publish.lock import exclusive
from outcomes.publish.transaction import publish
out, first = Path(sys.argv[1]), int(sys.argv[2])
print("ready", flush=True)
for number in range(first, first + 10_000):
    page = b"%d " % number + b"x" * 20_000 + b" %d" % number
    with exclusive(out):
        publish(out, f"run-{number:06d}", {"report.html": page, "manifest.json": b'{"number": %d}' % number})
"""


def publish_alone(out: Path, name: str, files: dict[str, bytes] = FILES) -> Path:
    with exclusive(out):
        return publish(out, name, files)


def visible(out: Path) -> set[str]:
    return {path.name for path in out.iterdir()} - {LOCK}


def whole(folder: Path) -> int:
    """Return the number of a report after holding it to be whole."""
    page = (folder / "report.html").read_bytes().split()
    number = json.loads((folder / "manifest.json").read_text())["number"]
    assert int(page[0]) == int(page[-1]) == number
    return number


def test_a_report_is_published_and_latest_points_to_it(tmp_path):
    first = publish_alone(tmp_path / "out", "a")
    second = publish_alone(tmp_path / "out", "b")
    assert first.is_dir()
    assert (tmp_path / "out" / LATEST).resolve() == second
    assert visible(tmp_path / "out") == {"a", "b", LATEST}
    assert (second / "report.html").read_bytes() == FILES["report.html"]


def test_killed_at_any_moment_the_newest_report_is_whole(tmp_path):
    out, chance, seen = tmp_path / "out", random.Random(7), 0
    began = time.monotonic()
    publish_alone(tmp_path / "timed", "one")
    some = max(0.05, 5 * (time.monotonic() - began))  # a slow disk needs longer for the first report
    for kill in range(KILLS):
        command = [sys.executable, "-c", WRITER, str(out), str(1 + kill * 10_000)]
        with subprocess.Popen(
            command, stdout=-1, env=os.environ | {"PYTHONPATH": str(ROOT / "src")}
        ) as child:
            child.stdout.readline()
            time.sleep(chance.uniform(0.0, some))
            child.send_signal(signal.SIGKILL)
        if (out / LATEST).exists():
            seen = max(seen, whole(out / LATEST))
            assert whole(out / LATEST) == seen
        for folder in out.glob("run-*") if out.exists() else ():
            whole(folder)
    assert seen > 0
    publish_alone(out, "run-last")
    assert not list(out.glob(".unfinished-*"))


def attempt(out: Path, name: str) -> str | None:
    """Publish, and return what a refusal said."""
    try:
        publish_alone(out, name)
    except ReportError as error:
        return str(error)
    return None


CALLS = ("mkdir", "open", "fsync", "replace", "symlink")


@pytest.mark.parametrize("code", [errno.ENOSPC, errno.EACCES, errno.EIO, errno.EROFS])
@pytest.mark.parametrize("call", CALLS)
def test_any_fault_of_the_disk_leaves_the_report_before(tmp_path, monkeypatch, call, code):
    out = tmp_path / "out"
    before = publish_alone(out, "before")
    real, tolerated = getattr(os, call), 0
    for fails_at in range(1, 20):
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
        if said is None:  # tried again in another way, without harm: the report is there
            assert call in ("mkdir", "open")
            assert (out / LATEST).resolve().name == f"after-{fails_at}"
            tolerated += 1
        else:
            assert os.strerror(code) in said
        newest = (out / LATEST).resolve()
        assert (newest / "report.html").read_bytes() == FILES["report.html"]
        assert newest == before or newest.name.startswith("after-")
    else:
        pytest.fail("every call failed: the loop never reached a report")
    assert tolerated <= 2
    publish_alone(out, "end")
    assert (out / LATEST).resolve().name == "end"


def test_the_faults_are_injected_where_files_are_written():
    """The calls that the test above breaks are those that the module makes."""
    source = Path(publish_module.__file__).read_text() + Path(disk_module.__file__).read_text()
    for call in ("os.open", "os.fsync", "os.replace", "mkdir", "symlink_to"):
        assert call in source


def test_an_output_that_is_a_file_is_refused(tmp_path):
    path = tmp_path / "out"
    path.write_text("mine")
    with pytest.raises(ReportError, match="the previous one is untouched"):
        publish_alone(path, "a")
    assert path.read_text() == "mine"


#: Holds the lock until it is killed or its standard input ends.
KEEPER = """
import sys
from pathlib import Path
from outcomes.errors import LockedError
from outcomes.publish.lock import exclusive
from outcomes.publish.transaction import publish
try:
    with exclusive(Path(sys.argv[1])):
        print("held", flush=True)
        sys.stdin.read()
        publish(Path(sys.argv[1]), sys.argv[2], {"report.html": b"x", "manifest.json": b"{}"})
except LockedError as error:
    print("busy", error, flush=True)
    sys.exit(error.exit_code)
"""


def keeper(out: Path, name: str = "kept") -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", KEEPER, str(out), name],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env=os.environ | {"PYTHONPATH": str(ROOT / "src")},
    )


def test_a_second_run_is_told_who_holds_the_folder(tmp_path):
    with keeper(tmp_path) as first:
        assert first.stdout.readline() == "held\n"
        with pytest.raises(LockedError, match=rf"process {first.pid} on .*, since 20\d\d-") as told:
            publish_alone(tmp_path, "second")
        assert told.value.exit_code == 11
        first.communicate("")
    assert first.returncode == 0
    assert (tmp_path / LATEST).resolve().name == "kept"
    publish_alone(tmp_path, "second")
    assert visible(tmp_path) == {"kept", "second", LATEST}


def test_a_lock_left_by_a_dead_process_is_free(tmp_path):
    with keeper(tmp_path) as first:
        assert first.stdout.readline() == "held\n"
        (tmp_path / ".unfinished-of-the-dead").mkdir()
        first.kill()
    assert (tmp_path / HOLDER).exists()
    publish_alone(tmp_path, "next")
    assert visible(tmp_path) == {"next", LATEST}


def test_the_busy_do_not_sweep(tmp_path):
    with keeper(tmp_path) as first:
        assert first.stdout.readline() == "held\n"
        (tmp_path / ".unfinished-now").mkdir()
        with pytest.raises(LockedError):
            publish_alone(tmp_path, "second")
        assert (tmp_path / ".unfinished-now").is_dir()
        first.communicate("")


@pytest.mark.parametrize("runs", [2, 10])
def test_of_many_runs_at_once_one_publishes_and_the_others_say_11(tmp_path, runs):
    children = [keeper(tmp_path, f"run-{number}") for number in range(runs)]
    said = [child.stdout.readline().split()[0] for child in children]
    assert sorted(said) == ["busy"] * (runs - 1) + ["held"]
    for child in children:
        child.communicate("")
    assert sorted(child.returncode for child in children) == [0] + [11] * (runs - 1)
    assert (tmp_path / LATEST).resolve().name == f"run-{said.index('held')}"
    assert len(list(tmp_path.glob("run-*"))) == 1


def test_a_name_that_is_taken_gets_a_number(tmp_path):
    assert [publish_alone(tmp_path, "same").name for _ in range(3)] == ["same", "same-2", "same-3"]


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
@pytest.mark.parametrize("call", ["mkdir", "open", "fsync", "symlink", "replace"])
def test_a_signal_in_any_call_leaves_nothing_half_done(tmp_path, monkeypatch, call, number):
    before, real = publish_alone(tmp_path, "before"), getattr(os, call)
    for at in range(1, 20):
        count = 0

        def interrupted(*arguments, **options):
            nonlocal count
            count += 1
            if count == at:  # noqa: B023
                os.kill(os.getpid(), number)
            return real(*arguments, **options)

        with monkeypatch.context() as patch, terminable():
            patch.setattr(os, call, interrupted)
            try:
                publish_alone(tmp_path, f"after-{at}")
            except KeyboardInterrupt:
                stopped = True
            else:
                stopped = False
        assert stopped == (count >= at)
        newest = (tmp_path / LATEST).resolve()
        assert (newest / "manifest.json").read_bytes() == FILES["manifest.json"]
        # both or neither: a folder that has its name is the one that latest points to
        assert newest == before or newest.name == f"after-{at}"
        assert visible(tmp_path) == {"before", LATEST, newest.name}
        shutil.rmtree(newest) if newest != before else None
        (tmp_path / LATEST).unlink()
        (tmp_path / LATEST).symlink_to("before")
        if count < at:
            break
    else:
        pytest.fail("no run came to its end")
