"""A run that fails leaves why, tells somebody, and never disturbs the report before."""

from __future__ import annotations

import errno
import hashlib
import json
import os
import sys
from pathlib import Path

import pytest
from run_faults import CALLS, Faults

from outcomes.errors import LockedError, OutcomesError, ReportError
from outcomes.page import make as page_module
from outcomes.page.sections import SECTIONS
from outcomes.publish import runs as runs_module
from outcomes.publish.failed import FAILED
from outcomes.publish.lock import exclusive
from outcomes.publish.memory import KEY, remember
from outcomes.publish.retention import retain_failed
from outcomes.publish.run_log import LOG, broken_lines, records
from outcomes.publish.runs import run
from outcomes.publish.transaction import LATEST
from studies import DIARY, PATIENTS, write_study

SMALL = {"patients": PATIENTS, "diary": DIARY}
DISK = (errno.ENOSPC, errno.EACCES, errno.EIO, errno.EROFS)
HOOK = "import sys, pathlib; pathlib.Path(sys.argv[1]).write_text(sys.stdin.read())"
#: Calls that may fail without harm: the library of the lock, or a removal, goes another way.
TOLERATED = ("open", "unlink", "rmdir", "fchmod", "mkdir")


@pytest.fixture(autouse=True)
def few_sections(monkeypatch):
    monkeypatch.setattr(page_module, "SECTIONS", [part for part in SECTIONS if part.name == "provenance"])


@pytest.fixture
def place(tmp_path) -> tuple[Path, Path]:
    """Return a study and a folder with one report of it."""
    study, out = write_study(tmp_path, SMALL), tmp_path / "out"
    run(study, out)
    return study, out


def state(out: Path) -> dict[str, str]:
    """Return the hash of each file that a reader of reports sees, and where `latest` leads."""
    folders = [path for path in out.iterdir() if path.name[:1] == "2"]
    files = [file for folder in folders for file in folder.iterdir()]
    hashes = {str(file): hashlib.sha256(file.read_bytes()).hexdigest() for file in files}
    return hashes | {LATEST: os.readlink(out / LATEST)}


def assert_whole(folder: Path) -> None:
    told = json.loads((folder / "manifest.json").read_text())
    for item in told["outputs"]:
        assert hashlib.sha256((folder / item["file"]).read_bytes()).hexdigest() == item["sha256"]


def left(out: Path) -> list[dict]:
    return [json.loads(path.read_text()) for path in sorted((out / FAILED).iterdir())]


def test_a_run_that_is_refused_as_busy_leaves_a_manifest_and_disturbs_nothing(place):
    study, out = place
    before = state(out)
    with exclusive(out):
        for _ in range(3):
            with pytest.raises(LockedError):
                run(study, out)
    assert state(out) == before
    assert [told["exit_code"] for told in left(out)] == [11] * 3
    assert all("since 20" in told["error"] for told in left(out))
    assert all(told["run"]["process"] == os.getpid() for told in left(out))
    assert [line["exit_code"] for line in records(out)] == [0, 11, 11, 11]
    assert broken_lines(out) == []


def test_a_failed_run_tells_the_hook_why_and_a_busy_one_does_not(tmp_path):
    told = tmp_path / "told.json"
    hook = json.dumps([sys.executable, "-c", HOOK, str(told)])
    study, out = write_study(tmp_path, SMALL, top=f"[report]\nnotify = {hook}\n"), tmp_path / "out"
    run(study, out)
    told.unlink()
    with exclusive(out), pytest.raises(LockedError):
        run(study, out)
    assert not told.exists()
    (tmp_path / "diary.csv").unlink()
    with pytest.raises(OutcomesError):
        run(study, out)
    message = json.loads(told.read_text())
    assert (message["status"], message["exit_code"]) == ("failed", 4)
    assert message["report"] == str(out / LATEST / "report.html")
    assert "the file of table diary was not found" in message["error"]


def test_when_the_log_cannot_be_written_nothing_is_published(place, monkeypatch):
    study, out = place
    before = state(out)

    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(out / LOG))

    monkeypatch.setattr(runs_module, "append", full)
    with pytest.raises(ReportError, match=r"No space left on device at runs\.jsonl"):
        run(study, out)
    assert state(out) == before


def test_a_disk_that_fails_after_latest_has_moved_takes_it_back(place):
    study, out = place
    before, faults = state(out), Faults(out)
    with faults.injected_here():
        run(study, out)
    last = faults.counts["fsync"]  # of the folder, when `latest` has its new place
    moved = state(out)
    assert moved[LATEST] != before[LATEST]
    with Faults(out, call="fsync", at=last, code=errno.EIO).injected_here(), pytest.raises(ReportError):
        run(study, out)
    assert state(out) == moved


def test_manifests_of_failed_runs_go_by_the_same_rules(tmp_path):
    names = [f"202601{day}T000000000000Z-7.json" for day in ("01", "05", "19", "20")]
    for name in [*names, "mine.json"]:
        (tmp_path / name).write_text("{}")
    retain_failed(tmp_path, keep=None, keep_days=None)
    assert len(list(tmp_path.iterdir())) == 5
    retain_failed(tmp_path, keep=1, keep_days=5)
    assert sorted(path.name for path in tmp_path.iterdir()) == [*names[2:], "mine.json"]


def attempt(study: Path, out: Path) -> str | None:
    """Run, and return what a refusal said: a fault of the disk has code 1 and no other."""
    try:
        run(study, out)
    except ReportError as error:
        return str(error) if error.exit_code == 1 else f"code {error.exit_code}"
    return None


@pytest.mark.long
@pytest.mark.parametrize("stays", [False, True], ids=["once", "from then on"])
@pytest.mark.parametrize("code", DISK, ids=lambda code: errno.errorcode[code])
@pytest.mark.parametrize("call", CALLS)
def test_a_fault_in_each_call_of_a_run_that_writes(tmp_path, call, code, stays):
    study, out = write_study(tmp_path, SMALL, top="[report]\nkeep = 1\n"), tmp_path / "out"
    run(study, out)
    counted = Faults(out)
    with counted.injected_here():
        run(study, out)
    assert counted.counts[call] > 0 or call == "rename"
    for at in range(1, counted.counts[call] + 1):
        before, page = state(out), (out / LATEST / "report.html").read_bytes()
        faults = Faults(out, call=call, at=at, code=code, stays=stays)
        with faults.injected_here():
            said = attempt(study, out)
        assert faults.injected
        assert (out / LATEST / "report.html").read_bytes() == page
        for folder in out.glob("2*Z-*"):
            assert_whole(folder)
        if said is None:
            assert call in TOLERATED
            assert os.readlink(out / LATEST) != before[LATEST]
        else:
            assert os.strerror(code) in said
            assert "was published" in said or state(out) == before
    assert run(study, out).status == "published"
    assert list(out.glob(".unfinished-*")) == []
    assert list(out.glob("2*Z-*")) == [(out / LATEST).resolve()]


@pytest.mark.parametrize("code", DISK)
@pytest.mark.parametrize("call", ["open", "write", "fsync", "replace"])
def test_a_folder_s_key_is_whole_or_not_there(tmp_path, call, code):
    """Half a key, left by a full disk or a kill, would be refused by every later run."""
    out = tmp_path / "out"
    out.mkdir()
    with Faults(out, call=call, at=1, code=code).injected_here() as fault, pytest.raises(ReportError) as told:
        remember(out)
    assert fault.injected == 1
    assert os.strerror(code) in str(told.value)
    assert not (out / KEY).exists()
    assert remember(out).key == remember(out).key
