"""The report of partitions: what its page needs is asked of them in one pass."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from outcomes.errors import ArgumentError

if TYPE_CHECKING:
    from outcomes.publish.request import Request
    from outcomes.publish.runs import Outcome
    from outcomes.scale.work import Task
    from outcomes.study import Study

__all__ = ["report_partitions"]


def report_partitions(studies: list[Path], out: Path, request: Request, scheduler: str) -> Outcome:
    """Publish the report of one data set of partitions."""
    from outcomes.scale.progress import told_on_stderr
    from outcomes.scale.run import start_processes

    if len(studies) > 1:
        raise ArgumentError("--scheduler is for one data set", got=f"{len(studies)} studies")
    start_processes(scheduler)
    from outcomes.publish.memory import first_key_undone
    from outcomes.publish.runs import run
    from outcomes.scale.results_of_parts import parted

    with told_on_stderr():
        with first_key_undone(out):
            asked = partial(_page_tasks, out=out, request=request)
            study = parted(studies[0], scheduler, asked, as_of=request.as_of)
        return run(study, out, request)


def _page_tasks(study: Study, *, out: Path, request: Request) -> tuple[Task, ...]:
    """Return what the page asks of each partition: sums, and what its readers may see besides."""
    from outcomes.page.asked_of_parts import asked_of_parts
    from outcomes.page.readers import readers_of
    from outcomes.publish.memory import key_of
    from outcomes.scale.results_of_parts import other_strategies
    from outcomes.scale.work import task

    reporting = study.reporting.model_dump(mode="json")
    inside = readers_of(reporting, request.audience, request.smallest_count).inside
    key = None if inside else key_of(out, make=not request.dry_run)
    tasks = tuple(task(make, **options) for make, options in asked_of_parts(study, key, inside=inside))
    if not inside:
        return tasks
    # the clinic sees single patients, and the primary question under each strategy for a next course
    return (*tasks, *other_strategies(study))
