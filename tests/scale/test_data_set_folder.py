"""The folder of a data set: edited by hand, written by two calls at once, on a disk that refuses."""

from __future__ import annotations

import json
import os
import resource
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import outcomes as oc
from outcomes.cli import main
from outcomes.errors import ArgumentError, DataError, LockedError
from outcomes.scale.data_set import HIDDEN, read_manifest
from outcomes.scale.folder import alone
from parted import hold_same, write_tempting


@pytest.fixture(scope="module")
def study(tmp_path_factory) -> Path:
    return write_tempting(tmp_path_factory.mktemp("study"), patients=8)


@pytest.fixture(scope="module")
def dataset(study, tmp_path_factory) -> Path:
    return oc.scale.partition(study, tmp_path_factory.mktemp("parted") / "data", partitions=2).parent


@pytest.fixture
def copy(dataset, tmp_path) -> Path:
    return Path(shutil.copytree(dataset, tmp_path / "copy"))


EDITS = {
    "a partition struck out": lambda told: told["parts"].pop(),
    "no partition": lambda told: told.update(parts=[]),
    "fewer rows": lambda told: told["rows"].update(diary=told["rows"]["diary"] - 7),
    "rows that are no number": lambda told: told["rows"].update(diary="many"),
    "a table struck out": lambda told: told["parts"][0].pop("sessions"),
    "columns of no table": lambda told: told["columns"].pop("diary"),
    "a list of columns that is none": lambda told: told.update(columns=3),
    "a last day that is none": lambda told: told.update(last_day="soon"),
    "another last day": lambda told: told.update(last_day="2020-01-01"),
    "sources of nothing": lambda told: told.update(sources=[{"a": 1}]),
    "no hash": lambda told: told.pop("sha256"),
}


@pytest.mark.parametrize("edit", EDITS.values(), ids=EDITS)
def test_an_edited_manifest_is_refused_by_name(copy, edit):
    told = json.loads((copy / "manifest.json").read_text())
    edit(told)
    (copy / "manifest.json").write_text(json.dumps(told))
    with pytest.raises(DataError, match=r"manifest\.json: this is not (the|a) manifest"):
        oc.scale.analyse(copy)


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b"null", b"\xff\xfe"])
def test_parting_over_a_damaged_manifest_names_it(study, copy, content):
    (copy / "manifest.json").write_bytes(content)
    with pytest.raises(DataError, match=r"manifest\.json: this is not a manifest"):
        oc.scale.partition(study, copy, partitions=2)


@pytest.mark.parametrize("change", ["less", "more"])
def test_a_study_toml_of_other_tables_is_refused(copy, change):
    text = (copy / "study.toml").read_text()
    one = '[tables.sessions]\nfile = "sessions.csv"\n'
    text = text.replace(one, "") if change == "less" else f'{text}\n[tables.laboratory]\nfile = "lab.csv"\n'
    (copy / "study.toml").write_text(text)
    name = "sessions" if change == "less" else "laboratory"
    with pytest.raises(DataError, match=f"names other tables than were partitioned. got: {name}"):
        oc.scale.analyse(copy)


@pytest.mark.parametrize("rules", [3, "endpoint", ["endpoint"]])
def test_rules_that_are_no_mapping_are_refused(copy, rules):
    with pytest.raises(ArgumentError, match="rules is of the wrong type"):
        oc.scale.analyse(copy, rules=rules)


@pytest.mark.parametrize("value", [0, -1, True, 1.5, "3"])
@pytest.mark.parametrize("name", ["rows", "partitions"])
def test_numbers_that_are_no_counts_are_refused(study, tmp_path, name, value):
    with pytest.raises(ArgumentError, match=f"{name} is not a whole number of 1 or more"):
        oc.scale.partition(study, tmp_path / "data", **{name: value})
    assert not (tmp_path / "data").exists()


@pytest.mark.long
def test_a_count_of_numpy_is_a_count(study, tmp_path):
    oc.scale.partition(study, tmp_path / "data", partitions=np.int64(2))
    assert len(read_manifest(tmp_path / "data").parts) == 2


def test_two_calls_do_not_write_one_data_set(study, tmp_path):
    out = tmp_path / "data"
    with alone(out), pytest.raises(LockedError, match="another call is writing this data set"):
        oc.scale.partition(study, out, partitions=2)
    assert oc.scale.partition(study, out, partitions=2) == out / "manifest.json"
    assert not list(out.glob(f"{HIDDEN}*"))


def test_what_a_kill_after_the_manifest_left_is_removed(study, copy):
    (copy / f"{HIDDEN}spool" / "diary-000").mkdir(parents=True)
    oc.scale.partition(study, copy, partitions=2)
    assert not list(copy.glob(f"{HIDDEN}*"))


@pytest.mark.parametrize("what", ["file", "link to nothing", "part-notes", ".DS_Store"])
def test_a_place_that_is_no_folder_of_ours_is_left_as_it_is(study, tmp_path, what):
    out = tmp_path / "out"
    if what == "file":
        out.write_text("mine")
    elif what == "link to nothing":
        out.symlink_to(tmp_path / "nowhere")
    else:
        out.mkdir()
        (out / what).write_text("mine")
    words = f"not empty. got: {what}" if out.is_dir() else "this is not a folder"
    with pytest.raises(ArgumentError, match=words):
        oc.scale.partition(study, out, partitions=2)
    assert not out.is_dir() or [path.name for path in out.iterdir()] == [what]


def _partition(study: Path, out: Path, limit: int, number: int) -> subprocess.CompletedProcess[str]:
    """Part a study in a process of its own that may have so much of something."""
    words = [sys.executable, "-m", "outcomes", "partition", str(study), str(out), "--partitions", "2"]
    return subprocess.run(
        words,
        capture_output=True,
        text=True,
        check=False,
        preexec_fn=lambda: resource.setrlimit(limit, (number, resource.getrlimit(limit)[1])),
    )


@pytest.mark.long
def test_a_full_disk_is_one_sentence(study, tmp_path):
    done = _partition(study, tmp_path / "data", resource.RLIMIT_FSIZE, 3_000)
    assert done.returncode == 1
    assert done.stderr.startswith("outcomes: ")
    assert "the disk is full" in done.stderr
    assert len(done.stderr.splitlines()) == 1, done.stderr


@pytest.mark.long
@pytest.mark.parametrize("seconds", [0.3, 1.0, 2.0])
def test_ctrl_c_in_processes_is_one_line_and_leaves_no_process(dataset, tmp_path, seconds):
    words = ["report", str(dataset), "--scheduler", "processes", "--out", str(tmp_path / "out")]
    code = f"from outcomes.cli import main; main({words!r})"
    running = subprocess.Popen(
        [sys.executable, "-c", code], stderr=subprocess.PIPE, text=True, start_new_session=True
    )
    children = Path(f"/proc/{running.pid}/task/{running.pid}/children")
    while running.poll() is None and not children.read_text():
        time.sleep(0.05)
    time.sleep(seconds)  # the server of the processes loads its packages, then forks them
    os.killpg(running.pid, signal.SIGINT)  # as a terminal does
    said = running.communicate(timeout=60)[1]
    assert "Traceback" not in said
    assert not (tmp_path / "out").exists()
    for _ in range(100):
        try:
            os.killpg(running.pid, 0)
        except ProcessLookupError:
            return
        time.sleep(0.1)
    raise AssertionError("a process is left")


def test_a_log_has_a_line_for_what_is_done(study, tmp_path, capsys):
    for words in (
        ["partition", str(study), str(tmp_path / "data"), "--partitions", "2"],
        ["report", str(tmp_path / "data"), "--scheduler", "threads", "--out", str(tmp_path), "--dry-run"],
    ):
        with pytest.raises(SystemExit):
            main(words)
    said = capsys.readouterr().err
    for line in ("7 of 7 files read", "1 of 2 partitions written", "2 of 2 partitions\n"):
        assert line in said
    with pytest.raises(SystemExit):
        main(["partition", str(study), str(tmp_path / "data"), "--partitions", "2"])
    assert capsys.readouterr().err == ""


@pytest.mark.parametrize("kind", ["csv", "parquet"])
def test_a_table_of_no_rows_is_parted_as_it_is_read(study, tmp_path, kind):
    """No event yet: a header alone is a table on one machine."""
    folder = Path(shutil.copytree(study, tmp_path / "study"))
    events = pd.read_csv(folder / "adverse_events.csv", dtype="str").head(0)
    later = pd.read_csv(folder / "later.csv", dtype="str").head(0)
    if kind == "csv":
        events.to_csv(folder / "adverse_events.csv", index=False)
        later.to_csv(folder / "later.csv", index=False)
    else:
        events.to_parquet(folder / "adverse_events.parquet")
        later.to_parquet(folder / "later.parquet")
        text = (folder / "study.toml").read_text()
        for name in ("adverse_events", "later"):
            text = text.replace(f"{name}.csv", f"{name}.parquet")
        (folder / "study.toml").write_text(text)
    oc.scale.partition(folder, tmp_path / "data", partitions=2)
    hold_same(oc.scale.analyse(tmp_path / "data"), oc.read_study(folder))
