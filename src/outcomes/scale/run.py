"""One call for each partition: on threads or processes of this machine, or on a cluster by its address."""

from __future__ import annotations

import importlib
import logging
import multiprocessing
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, TypeVar

from outcomes.errors import ArgumentError, DataError, install_extra
from outcomes.scale.data_set import part_name

__all__ = ["EMBEDDED", "over_parts", "start_processes"]

T = TypeVar("T")
LOG = logging.getLogger(__name__)
#: What needs no address.
EMBEDDED = ("threads", "processes")
#: A partition is tried so many times again on another worker when its worker dies.
RETRIES = 3
#: Seconds to wait for a scheduler to answer, and for a worker when the last one is gone; between two looks.
PATIENCE, LOOK = 20, 0.1
#: What the server imports once from which the processes are forked: else each takes two seconds to start.
PRELOAD = ["outcomes.scale.work", "pyarrow.dataset", "pyarrow.parquet", "formulaic", "dask.multiprocessing"]
#: Packages of which the scheduler and the workers must have the same version.
SAME = ("python", "dask", "distributed", "outcomes", "pandas", "numpy")


def over_parts(work: Callable[[int], T], parts: int, scheduler: str | None = None) -> list[T]:
    """Return what a function gives for each partition, in their order.

    Parameters
    ----------
    work : callable
        Takes the number of a partition; it and its result can be pickled.
    parts : int
        How many partitions.
    scheduler : str, optional
        ``threads`` (the default) or ``processes`` of this machine, or the address of a dask scheduler,
        such as ``tcp://10.0.0.1:8786``; its workers must see the data set under the same path.

    Raises
    ------
    ArgumentError
        For a scheduler that is none of these, does not answer, or has other versions; without dask.
    DataError
        When workers die at one partition again and again.
    """
    if scheduler is None or scheduler in EMBEDDED:
        return _embedded(work, parts, scheduler or "threads")
    if not (isinstance(scheduler, str) and "://" in scheduler):
        raise ArgumentError(
            "this is not a scheduler",
            got=repr(scheduler),
            allowed=", ".join(EMBEDDED) + ", or an address such as tcp://10.0.0.1:8786",
        )
    return _on_cluster(work, parts, scheduler)


def _package(name: str) -> Any:
    try:
        return importlib.import_module(name)
    except ImportError:
        raise ArgumentError(
            f"the package {name.partition('.')[0]} is not installed: partitions are analysed with it",
            hint=install_extra("scale"),
        ) from None


def _embedded(work: Callable[[int], T], parts: int, scheduler: str) -> list[T]:
    dask, progress = _package("dask"), Progress(parts)
    callback = _package("dask.callbacks").Callback(posttask=lambda *_: progress.one_more())
    tasks = [
        dask.delayed(work, pure=False)(number, dask_key_name=part_name(number)) for number in range(parts)
    ]
    with callback, dask.config.set({"multiprocessing.context": _start()}):
        # one partition at a time: by dask's own default a process takes six, and another one waits
        return list(dask.compute(*tasks, scheduler=scheduler, optimize_graph=False, chunksize=1))


def start_processes(scheduler: str | None) -> None:
    """Start the server that processes are forked from, where they are asked for: it loads meanwhile."""
    if scheduler == "processes" and _start() == "forkserver":
        from multiprocessing.forkserver import ensure_running

        with _deaf():
            ensure_running()


@contextmanager
def _deaf() -> Iterator[None]:
    """Start what does not hear Ctrl-C: a terminal sends it to all, and this process ends the others."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, signal.SIG_DFL if before is None else before)


def _start() -> str:
    """Return how processes start: forked from a server that has loaded all, where the system has that."""
    if "forkserver" not in multiprocessing.get_all_start_methods():
        return "spawn"
    multiprocessing.set_forkserver_preload(PRELOAD)
    return "forkserver"


def _on_cluster(work: Callable[[int], T], parts: int, address: str) -> list[T]:
    distributed, progress = _package("distributed"), Progress(parts)
    with _connected(distributed, address) as client:
        futures = [
            client.submit(work, number, pure=False, retries=RETRIES, key=f"{part_name(number)}-{id(work)}")
            for number in range(parts)
        ]
        _wait(client, futures, progress, address)
        found = []
        for number, future in enumerate(futures):
            try:
                found.append(future.result())
            except distributed.KilledWorker:
                raise DataError(
                    f"{part_name(number)}: the workers that took this partition died",
                    got=f"{RETRIES + 1} times",
                    hint="give workers more memory, or partition the study into more parts",
                ) from None
            except (distributed.CancelledError, OSError):
                raise DataError(
                    "the scheduler is gone", got=address, hint="start it again, and analyse again"
                ) from None
        return found


def _wait(client: Any, futures: list[Any], progress: Progress, address: str) -> None:
    """Wait for all partitions; refuse to wait for workers that are all gone and do not come back."""
    left, alone = list(futures), 0.0
    while left:
        still = [future for future in left if not future.done()]
        for _ in range(len(left) - len(still)):
            progress.one_more()
        left, alone = still, 0.0 if len(still) < len(left) else alone + LOOK
        time.sleep(LOOK if left else 0)
        if alone >= PATIENCE:
            if client.status == "running" and not client.nthreads():
                raise DataError(
                    "all workers of the scheduler are gone",
                    got=f"{address}: {len(left)} of {len(futures)} partitions are not done",
                    hint="start workers, with a nanny that starts them again, and with enough memory",
                )
            alone = 0.0


@contextmanager
def _connected(distributed: Any, address: str) -> Iterator[Any]:
    """Give a client of the scheduler; refuse one that does not answer or has other versions."""
    client = distributed.Client.__new__(distributed.Client)
    try:
        client.__init__(address, timeout=PATIENCE, set_as_default=False)
    except Exception as error:  # an address or certificates that are none, another service, other versions
        client.status = (
            "closed"  # half made, it would be closed by Python later: for 40 seconds, with a trace
        )
        why = f" ({error})" if isinstance(error, ValueError | TypeError) else ""
        raise ArgumentError(
            "the scheduler does not answer",
            got=f"{address}: {type(error).__name__}{why}",
            hint="check the address, and that scheduler and workers have the versions of this machine",
        ) from None
    try:
        _refuse_other_versions(client, address)
        yield client
    finally:
        client.close()


def _refuse_other_versions(client: Any, address: str) -> None:
    own = _own_versions()
    told = client.run_on_scheduler(_versions)
    theirs = {address: told} | client.run(_versions)
    for where, versions in theirs.items():
        other = [f"{name} {versions.get(name)}" for name in own if versions.get(name) != own[name]]
        if other:
            raise ArgumentError(
                f"{where} has different versions from this machine",
                got=", ".join(other),
                allowed=", ".join(f"{name} {version}" for name, version in own.items()),
                hint="install the same environment everywhere",
            )
    if len(theirs) == 1:
        raise ArgumentError(
            "the scheduler has no worker", got=address, hint="start some: dask worker ADDRESS"
        )


def _own_versions() -> dict[str, str]:
    return _versions()


def _versions() -> dict[str, str]:
    """Return the versions that count, here or on another machine."""
    from importlib.metadata import PackageNotFoundError, version

    found = {"python": ".".join(map(str, sys.version_info[:2]))}
    for name in SAME[1:]:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            found[name] = "none"
    return found


class Progress:
    """Tell how many partitions are done: a bar on a terminal, a line for each tenth in a log."""

    def __init__(self, parts: int) -> None:
        self.parts, self.done = parts, 0

    def one_more(self) -> None:
        """Count one more."""
        self.done += 1
        tenths = [10 * done // self.parts for done in (self.done - 1, self.done)]
        if sys.stderr.isatty():
            bar = "#" * (30 * self.done // self.parts)
            end = "\n" if self.done == self.parts else ""
            sys.stderr.write(f"\r[{bar:<30}] {self.done} of {self.parts} partitions{end}")
            sys.stderr.flush()
        elif tenths[0] != tenths[1]:
            LOG.info("%d of %d partitions", self.done, self.parts)
