"""A real dask cluster on this machine: a scheduler and two workers as processes, one killed in the middle."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

import outcomes as oc
from outcomes.errors import ArgumentError, DataError
from outcomes.scale.data_set import read_manifest
from outcomes.scale.read_part import Asked
from outcomes.scale.run import over_parts
from outcomes.scale.work import Work, task
from parted import hold_same, write_tempting

distributed = pytest.importorskip("distributed")

pytestmark = [
    pytest.mark.long,
    # distributed closes its sockets and loops when the process ends, not when the client does
    pytest.mark.filterwarnings("ignore::ResourceWarning"),
    pytest.mark.filterwarnings("ignore::DeprecationWarning"),
]
PARTITIONS, SECONDS = 6, 120
#: Workers find the work of these tests where this process does.
HERE = os.pathsep.join([str(Path(__file__).parent), *sys.path])


class Cluster:
    """A scheduler and its workers; each is a process of this test's own."""

    def __init__(self, folder: Path, workers: int, **settings: str) -> None:
        self.settings = settings
        self.folder, self.file = folder, folder / "scheduler.json"
        self.scheduler = self._start(
            "dask_scheduler", "--host", "127.0.0.1", "--port", "0", "--scheduler-file", str(self.file)
        )
        self.address = self._address()
        self.workers = {f"worker-{number}": self._worker(f"worker-{number}") for number in range(workers)}

    def _start(self, module: str, *words: str) -> subprocess.Popen[bytes]:
        log = (self.folder / f"{module}-{len(words)}-{words[-1].replace('/', '_')}.log").open("wb")
        command = [sys.executable, "-m", f"distributed.cli.{module}", *words, "--no-dashboard"]
        with log:
            return subprocess.Popen(
                command, stdout=log, stderr=log, env=os.environ | {"PYTHONWARNINGS": ""} | self.settings
            )

    def _worker(self, name: str) -> subprocess.Popen[bytes]:
        words = [self.address, "--nthreads", "1", "--no-nanny", "--host", "127.0.0.1"]
        return self._start("dask_worker", *words, "--local-directory", str(self.folder), "--name", name)

    def _address(self) -> str:
        end = time.monotonic() + SECONDS
        while time.monotonic() < end:
            if self.file.exists() and (text := self.file.read_text()):
                return str(json.loads(text)["address"])
            time.sleep(0.1)
        raise AssertionError("the scheduler did not start")

    def wait_for_workers(self) -> None:
        with distributed.Client(self.address, set_as_default=False) as client:
            client.wait_for_workers(len(self.workers), timeout=SECONDS)

    def kill_a_busy_worker(self) -> str:
        """Kill a worker while it has a partition in its hands, after another partition was done."""
        end = time.monotonic() + SECONDS
        with distributed.Client(self.address, set_as_default=False) as client:
            while time.monotonic() < end:
                names = {at: facts["name"] for at, facts in client.scheduler_info()["workers"].items()}
                busy = [at for at, tasks in client.processing().items() if any("part-" in t for t in tasks)]
                if busy and any("part-" in str(key) for keys in client.has_what().values() for key in keys):
                    name = str(names[busy[0]])
                    os.kill(self.workers[name].pid, signal.SIGKILL)
                    self.workers[name].wait()
                    return name
                time.sleep(0.01)
        raise AssertionError("no worker was ever busy")

    def end(self) -> None:
        for process in (*self.workers.values(), self.scheduler):
            process.kill()  # a worker that ends politely waits for its task
        for process in (*self.workers.values(), self.scheduler):
            process.wait(SECONDS)


@pytest.fixture
def cluster(tmp_path) -> Iterator[Cluster]:
    made = Cluster(tmp_path, 2, PYTHONPATH=HERE)
    try:
        made.wait_for_workers()
        yield made
    finally:
        made.end()


def test_a_worker_that_is_killed_changes_nothing(cluster, tmp_path):
    study = write_tempting(tmp_path / "study", patients=36)
    dataset = oc.scale.partition(study, tmp_path / "data", partitions=PARTITIONS).parent
    found: list[oc.scale.Analysis] = []
    running = threading.Thread(target=lambda: found.append(oc.scale.analyse(dataset, cluster.address)))
    running.start()
    killed = cluster.kill_a_busy_worker()
    running.join(SECONDS)
    assert cluster.workers[killed].poll() == -signal.SIGKILL
    hold_same(found[0], oc.read_study(study))


class Deadly:
    """Work at which every worker dies: of one partition, or of all; or the scheduler does."""

    def __init__(self, which: int | None, scheduler: int | None = None) -> None:
        self.which, self.scheduler = which, scheduler

    def __call__(self, number: int) -> int:
        if self.which in (None, number):
            os.kill(self.scheduler or os.getpid(), signal.SIGKILL)
            time.sleep(1)
        return number


@pytest.mark.parametrize(
    ("which", "words"),
    [
        (1, "part-00001: the workers that took this partition died"),
        (None, "all workers of the scheduler are gone"),
    ],
)
def test_workers_that_die_again_and_again_end_the_analysis(tmp_path, monkeypatch, which, words):
    monkeypatch.setattr("outcomes.scale.cluster.PATIENCE", 5)
    allowed = {"DASK_DISTRIBUTED__SCHEDULER__ALLOWED_FAILURES": "0" if which else "9"}
    made = Cluster(tmp_path, 2, PYTHONPATH=HERE, **allowed)
    try:
        made.wait_for_workers()
        with pytest.raises(DataError, match=words):
            over_parts(Deadly(which), 3, made.address)
    finally:
        made.end()


def test_a_scheduler_that_dies_is_named(cluster, monkeypatch):
    monkeypatch.setattr("outcomes.scale.cluster.PATIENCE", 5)
    with pytest.raises(DataError, match="the scheduler is gone"):
        over_parts(Deadly(1, cluster.scheduler.pid), 3, cluster.address)


def test_a_scheduler_of_another_version_is_named(cluster, tmp_path, monkeypatch):
    study = write_tempting(tmp_path / "study", patients=8)
    dataset = oc.scale.partition(study, tmp_path / "data", partitions=1).parent
    monkeypatch.setattr("outcomes.scale.cluster._own_versions", lambda: {"dask": "1999.1"})
    with pytest.raises(ArgumentError, match=r"has different versions from this machine.*dask") as caught:
        oc.scale.analyse(dataset, cluster.address)
    assert cluster.address in str(caught.value)


def test_an_address_where_nobody_answers_is_named(tmp_path, monkeypatch):
    study = write_tempting(tmp_path / "study", patients=8)
    dataset = oc.scale.partition(study, tmp_path / "data", partitions=1).parent
    monkeypatch.setattr("outcomes.scale.cluster.PATIENCE", 1)
    with pytest.raises(ArgumentError, match=r"does not answer.*tcp://127.0.0.1:9"):
        oc.scale.analyse(dataset, "tcp://127.0.0.1:9")


def _refuse_a_file(number: int) -> int:
    raise PermissionError(13, "Permission denied", "somewhere")


def test_a_refusal_of_a_workers_disk_is_not_taken_for_a_scheduler_that_is_gone(cluster):
    with pytest.raises(PermissionError):
        over_parts(_refuse_a_file, 2, cluster.address)


def test_a_worker_that_does_not_see_the_data_set_is_told_of(cluster, tmp_path):
    study = write_tempting(tmp_path / "study", patients=8)
    dataset = oc.scale.partition(study, tmp_path / "data", partitions=1).parent
    manifest = read_manifest(dataset)
    dataset.rename(tmp_path / "elsewhere")
    work = Work(dataset, manifest, Asked(), (task("checks"),))
    with pytest.raises(DataError, match=r"data: the folder of the data set was not found by a worker"):
        over_parts(work, 1, cluster.address)


@pytest.mark.parametrize("who", ["scheduler", "worker"])
def test_who_has_not_this_package_is_named(tmp_path, who):
    (tmp_path / "outcomes").mkdir()
    (tmp_path / "outcomes" / "__init__.py").write_text("raise ModuleNotFoundError('outcomes')")
    without = {"PYTHONPATH": os.pathsep.join([str(tmp_path), HERE])}
    made = Cluster(tmp_path, 0, **(without if who == "scheduler" else {"PYTHONPATH": HERE}))
    try:
        made.settings |= without
        made.workers["bare"] = made._worker("bare")
        made.wait_for_workers()
        with pytest.raises(ArgumentError, match=r"cannot run this package\. got: ") as caught:
            over_parts(abs, 1, made.address)
        assert (made.address in str(caught.value)) == (who == "scheduler")
    finally:
        made.end()


@pytest.mark.parametrize("says", [b"", b"SSH-2.0-OpenSSH_9.2\r\n"], ids=["nothing", "another greeting"])
def test_another_service_at_the_address_is_named(monkeypatch, says):
    monkeypatch.setattr("outcomes.scale.cluster.PATIENCE", 2)
    with socket.create_server(("127.0.0.1", 0)) as server:
        calls = []

        def answer() -> None:
            with contextlib.suppress(OSError):
                while True:
                    calls.append(server.accept()[0])
                    calls[-1].sendall(says)

        threading.Thread(target=answer, daemon=True).start()
        address = f"tcp://127.0.0.1:{server.getsockname()[1]}"
        with pytest.raises(ArgumentError, match="what is there does not speak as a scheduler"):
            over_parts(abs, 1, address)
        for call in calls:
            call.close()


def test_a_scheduler_that_is_gone_is_one_line(cluster, monkeypatch, capfd):
    monkeypatch.setattr("outcomes.scale.cluster.PATIENCE", 5)
    with pytest.raises(DataError, match="the scheduler is gone"):
        over_parts(Deadly(1, cluster.scheduler.pid), 3, cluster.address)
    time.sleep(2)
    assert "Traceback" not in capfd.readouterr().err
