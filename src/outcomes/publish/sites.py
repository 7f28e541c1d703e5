"""Many sites: a report each, in processes of their own, and one page that says what became of each.

A process ends with its site: one that fails, hangs on to memory or is killed takes no other with it.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from multiprocessing.connection import Connection, wait
from multiprocessing.context import ForkServerProcess
from pathlib import Path
from typing import Any

from outcomes.config.place import study_file
from outcomes.errors import ArgumentError, Exit
from outcomes.publish.failed import what_failed
from outcomes.publish.interruption import terminable
from outcomes.publish.lock import exclusive
from outcomes.publish.request import Request
from outcomes.publish.runs import run
from outcomes.publish.sites_page import write_summary

__all__ = ["exit_code", "run_sites", "site_names"]

#: Loaded once, before the processes of the sites are made from it.
PRELOAD = ["outcomes.page.make", "outcomes.study", "outcomes.publish.runs"]

Told = Callable[[dict[str, Any]], None]


@dataclass(frozen=True, slots=True)
class _Working:
    name: str
    process: ForkServerProcess
    pipe: Connection
    begun: float


def site_names(studies: Sequence[Path]) -> dict[str, Path]:
    """Return the folder's name of each site: the file's, or its folder's when the files are all study.toml.

    Raises
    ------
    ArgumentError
        When two sites would have one name.

    Examples
    --------
    >>> sorted(site_names([Path("sites/bern.toml"), Path("sites/basel/study.toml")]))
    ['basel', 'bern']
    """
    names: dict[str, Path] = {}
    for path in studies:
        config = study_file(path)
        # abspath: of ../study.toml the folder has a name, and is not the one above the reports
        name = config.stem if config.stem != "study" else Path(os.path.abspath(config)).parent.name
        if not name:
            raise ArgumentError("a site has no name", hint="put its study.toml into a folder of its own")
        if name in names:
            raise ArgumentError(f"two sites have the name {name}", hint="give their files other names")
        names[name] = config
    return names


def run_sites(
    studies: Sequence[Path], out: Path, request: Request, *, jobs: int = 2, told: Told | None = None
) -> list[dict[str, Any]]:
    """Publish the report of each site below a folder, and the page about all of them.

    Parameters
    ----------
    studies : sequence of Path
        One study.toml a site.
    out : Path
        Folder of all sites; each gets its own folder of reports in it.
    request : Request
        How, for every site.
    jobs : int
        Processes at a time.
    told : callable, optional
        Called with the facts of each site as it ends.

    Returns
    -------
    list of dict
        The facts of each site in the order of `studies`: site, seconds, status, exit_code and, as they are,
        report, rows, sections, warnings, error.
    """
    names = site_names(studies)
    if request.dry_run:
        return _all(names, out, request, jobs=jobs, told=told)
    with exclusive(out):
        results = _all(names, out, request, jobs=jobs, told=told)
        write_summary(out, results)
    return results


def exit_code(results: Sequence[dict[str, Any]]) -> int:
    """Return 0 when every site is well, 3 when some are, else the code of the first."""
    codes = [int(facts["exit_code"]) for facts in results]
    if not any(codes):
        return 0
    some = any(code in (Exit.OK, Exit.INCOMPLETE) for code in codes)
    return int(Exit.INCOMPLETE) if some else codes[0]


def _all(
    names: dict[str, Path], out: Path, request: Request, *, jobs: int, told: Told | None
) -> list[dict[str, Any]]:
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(PRELOAD)
    waiting, working, ended = list(names), dict[Any, _Working](), dict[str, dict[str, Any]]()
    try:
        while waiting or working:
            while waiting and len(working) < jobs:
                site = _start(context, waiting.pop(0), names, out, request)
                working[site.pipe] = site
            for pipe in wait(list(working)):
                done = working.pop(pipe)
                ended[done.name] = _end(done)
                if told is not None:
                    told(ended[done.name])
    finally:
        for left in working.values():  # interrupted: each releases its lock and removes what is unfinished
            left.process.terminate()
            left.process.join()
    return [ended[name] for name in names]


def _start(context: Any, name: str, names: dict[str, Path], out: Path, request: Request) -> _Working:
    ours, theirs = context.Pipe(duplex=False)
    process = context.Process(target=_site, args=(names[name], out / name, request, theirs), name=name)
    process.start()
    theirs.close()
    return _Working(name, process, ours, time.perf_counter())


def _end(site: _Working) -> dict[str, Any]:
    facts: dict[str, Any] | None = None
    with suppress(EOFError, OSError):  # a process that is killed may have said nothing, or half of it
        facts = site.pipe.recv()
    site.pipe.close()
    site.process.join()
    if facts is None:
        how = site.process.exitcode or 0
        name = signal.Signals(-how).name if how < 0 else f"code {how}"
        facts = {
            "status": "failed",
            "exit_code": int(Exit.FAILURE),
            "error": f"the process ended with {name}",
        }
    return {"site": site.name, "seconds": round(time.perf_counter() - site.begun, 1)} | facts


def _site(config: Path, out: Path, request: Request, pipe: Connection) -> None:
    """Make one site's report, in its own process, and send the result."""
    try:
        with terminable():
            facts = run(config, out, request).facts()
    except BaseException as error:  # the last boundary of this process
        facts = what_failed(error)
    with suppress(OSError):  # interrupted: nobody listens any more
        pipe.send(facts)
    pipe.close()
