"""`outcomes report` for several sites: a bar on a terminal, a line per site in a log."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from outcomes.cli.words import say
from outcomes.publish.request import Request
from outcomes.publish.sites import Told, exit_code, run_sites

__all__ = ["report_sites"]


def report_sites(studies: Sequence[Path], out: Path, request: Request, *, jobs: int, as_json: bool) -> int:
    """Publish the sites' reports; print each path, or one line of JSON for all."""
    with _progress(len(studies)) as told:
        results = run_sites(studies, out, request, jobs=jobs, told=told)
    code = exit_code(results)
    if as_json:
        print(
            json.dumps({"status": "ok" if code == 0 else "incomplete", "exit_code": code, "sites": results})
        )
    else:
        for facts in results:
            print(facts.get("report") or f"{facts['site']}: {facts['status']}")
    return code


@contextmanager
def _progress(sites: int) -> Iterator[Told]:
    """Give what is called as each site ends."""
    if not sys.stderr.isatty():
        done = iter(range(1, sites + 1))
        yield lambda facts: say(f"[{next(done)}/{sites}] {_line(facts)}")
        return
    from rich.console import Console
    from rich.progress import Progress

    with Progress(console=Console(stderr=True)) as bar:
        task = bar.add_task("sites", total=sites)

        def told(facts: dict[str, Any]) -> None:
            bar.console.print(_line(facts), markup=False, highlight=False)
            bar.advance(task)

        yield told


def _line(facts: dict[str, Any]) -> str:
    why = "; ".join([facts["error"]] if "error" in facts else facts["warnings"])
    return f"{facts['site']}: {facts['status']} in {facts['seconds']} s" + (f": {why}" if why else "")
