"""One call for each partition on a cluster, by the address of its scheduler."""

from __future__ import annotations

import asyncio
import importlib
import logging
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, TypeVar

from outcomes.errors import ArgumentError, DataError, install_extra
from outcomes.scale.data_set import part_name
from outcomes.scale.progress import Progress

__all__ = ["on_cluster", "package"]

T = TypeVar("T")
#: A partition is tried so many times again on another worker when its worker dies.
RETRIES = 3
#: Seconds to wait for a scheduler to answer, and for a worker when the last one is gone; between two looks.
PATIENCE, LOOK = 20, 0.1
#: Packages of which the scheduler and the workers must have the same version.
SAME = ("python", "dask", "distributed", "outcomes", "pandas", "numpy")


def package(name: str) -> Any:
    """Return a package that only partitions need.

    Raises
    ------
    ArgumentError
        When it is not installed.
    """
    try:
        return importlib.import_module(name)
    except ImportError:
        raise ArgumentError(
            f"the package {name.partition('.')[0]} is not installed: partitions are analysed with it",
            hint=install_extra("scale"),
        ) from None


def on_cluster(work: Callable[[int], T], parts: int, address: str) -> list[T]:
    """Return what a function gives for each partition, made by the workers of a scheduler.

    Raises
    ------
    ArgumentError, DataError
        As `outcomes.scale.run.over_parts`.
    """
    distributed, progress = package("distributed"), Progress(parts)
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
                if future.status == "error":  # the work's own
                    raise
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


def _greet(distributed: Any, address: str) -> None:
    """Exchange dask's greetings with a scheduler, or raise what went wrong.

    A client waits for ever for the greeting of another service, and one whose making fails is closed by
    Python much later, with a trace: so the first words are exchanged without one.
    """
    ended: list[BaseException | None] = []

    async def greet() -> None:
        trust = distributed.Security().get_connection_args("client")
        words = distributed.comm.connect(address, timeout=PATIENCE / 2, **trust)
        (await asyncio.wait_for(words, PATIENCE)).abort()

    def talk() -> None:
        try:
            ended.append(asyncio.run(greet()))
        except BaseException as error:
            ended.append(error)

    talking = threading.Thread(target=talk, daemon=True)  # a notebook has a loop of its own in this thread
    talking.start()
    talking.join(2 * PATIENCE)
    wrong = ended[0] if ended else TimeoutError()
    if wrong is not None:
        raise wrong


@contextmanager
def _connected(distributed: Any, address: str) -> Iterator[Any]:
    """Give a client of the scheduler; refuse one that does not answer or has other versions."""
    try:
        _greet(distributed, address)
        client = distributed.Client(address, timeout=PATIENCE, set_as_default=False)
    except Exception as error:  # what is no address, another service, no certificates, other versions
        why = f" ({error})" if isinstance(error, ValueError | TypeError) else ""
        other = isinstance(error, TimeoutError | MemoryError)  # no greeting, or none that can be read
        silent = " (what is there does not speak as a scheduler)" if other else ""
        raise ArgumentError(
            "the scheduler does not answer",
            got=f"{address}: {type(error).__name__}{why}{silent}",
            hint="check the address, and that scheduler and workers have the versions of this machine",
        ) from None
    chatter = logging.getLogger("distributed.client")  # tells with a trace of a scheduler that is gone
    before = chatter.level
    chatter.setLevel(logging.CRITICAL)
    try:
        _refuse_other_versions(client, address)
        yield client
    finally:
        client.close()
        chatter.setLevel(before)


def _refuse_other_versions(client: Any, address: str) -> None:
    own = _own_versions()
    try:
        told = client.run_on_scheduler(_versions)
    except Exception as error:
        raise _without(address, error) from None
    theirs = {address: told} | client.run(_versions, on_error="return")
    for where, versions in theirs.items():
        if not isinstance(versions, dict):
            raise _without(where, versions)
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


def _without(where: str, error: object) -> ArgumentError:
    """Return what it means that the scheduler or a worker cannot even say its versions."""
    return ArgumentError(
        f"{where} cannot run this package",
        got=type(error).__name__,
        allowed="the environment of this machine",
        hint="is outcomes installed there? Install the same environment everywhere",
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
