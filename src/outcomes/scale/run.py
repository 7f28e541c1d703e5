"""One call for each partition: on threads or processes of this machine, or on a cluster by its address."""

from __future__ import annotations

import multiprocessing
from collections.abc import Callable
from typing import TypeVar

from outcomes.errors import ArgumentError
from outcomes.scale.cluster import on_cluster, package
from outcomes.scale.data_set import part_name
from outcomes.scale.deaf import deaf
from outcomes.scale.progress import Progress

__all__ = ["EMBEDDED", "over_parts", "start_processes"]

T = TypeVar("T")
#: What needs no address.
EMBEDDED = ("threads", "processes")
#: What the server imports once from which the processes are forked: else each takes two seconds to start.
PRELOAD = ["outcomes.scale.work", "pyarrow.dataset", "pyarrow.parquet", "formulaic", "dask.multiprocessing"]


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
    return on_cluster(work, parts, scheduler)


def _embedded(work: Callable[[int], T], parts: int, scheduler: str) -> list[T]:
    dask, progress = package("dask"), Progress(parts)
    callback = package("dask.callbacks").Callback(posttask=lambda *_: progress.one_more())
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

        with deaf():
            ensure_running()


def _start() -> str:
    """Return how processes start: forked from a server that has loaded all, where the system has that."""
    if "forkserver" not in multiprocessing.get_all_start_methods():
        return "spawn"
    multiprocessing.set_forkserver_preload(PRELOAD)
    return "forkserver"
