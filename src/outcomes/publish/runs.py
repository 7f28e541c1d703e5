"""One run of the report of a study, as a scheduler starts it: lock, look, make, publish, note, tell.

A run ends in one of the words of `Outcome.status`; one that fails leaves a manifest in the folder `failed`.
Nothing heavy is loaded before the lock is held and the last report is known to be out of date.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from outcomes.config.place import study_file
from outcomes.errors import Exit, LockedError, OutcomesError
from outcomes.publish.changed import MANIFEST, are_counts, last_manifest
from outcomes.publish.failed import leave_failed, what_failed
from outcomes.publish.gates import gate
from outcomes.publish.interruption import undisturbed
from outcomes.publish.lock import exclusive
from outcomes.publish.memory import newest_memory, remember
from outcomes.publish.notify import notify
from outcomes.publish.plan import Plan, made_by, manifest_of, name_of, plan, today_of
from outcomes.publish.request import Request
from outcomes.publish.retention import remove_old
from outcomes.publish.run_log import append, records
from outcomes.publish.set_aside import set_aside, unusable
from outcomes.publish.subject import InMemory, OnDisk, Subject
from outcomes.publish.told_before import Told, note_told, told_before
from outcomes.publish.transaction import LATEST, publish

if TYPE_CHECKING:
    from outcomes.page.last_report import Memory
    from outcomes.page.make import Made
    from outcomes.study import Study

__all__ = ["Outcome", "publish_report", "run"]

#: Tables whose rows are not people, sessions or events.
ROWS_TOLD = ("diary", "titration")
#: What a manifest for readers outside does not hold.
KEPT_INSIDE = ("rows", "newest", "fingerprint")


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a run: counts and names, no value of a patient.

    Parameters
    ----------
    status : {"published", "incomplete", "unchanged", "dry-run"}
        incomplete: published, with the placeholder of a section that could not be made.
    exit_code : int
        0, or 3 when the report lacks a section.
    report : str or None
        The HTML file.
    opens_with : tuple of str
        The lines that the page opens with: what is not used, and what is used all the same.
    """

    status: str
    exit_code: int
    report: str | None
    title: str
    sections: dict[str, str] = field(default_factory=dict)
    rows: dict[str, int] = field(default_factory=dict)
    warnings: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()
    opens_with: tuple[str, ...] = ()

    def facts(self) -> dict[str, Any]:
        """Return it as plain data."""
        return {name: getattr(self, name) for name in self.__slots__}


def run(study: Path | Study, out: Path, request: Request | None = None) -> Outcome:
    """Publish the report of a study in a folder of reports.

    Parameters
    ----------
    study : Path or Study
        The study.toml, the folder that holds it, or a study that is in memory.
    out : Path
        Folder of all reports.
    request : Request, optional
        By default a plain run.

    Raises
    ------
    LockedError
        When another run writes to the folder.
    OutcomesError
        When the report cannot be made; the one before it is untouched, and a manifest says why.
    """
    request = request or Request()
    subject: Subject = OnDisk(study_file(study)) if isinstance(study, Path) else InMemory(study)
    if request.dry_run:
        return _dry(subject, out, request)
    try:
        done, command = publish_report(subject, out, request)
    except BaseException as error:
        _tell_failed(subject.config, out, error)
        raise
    told = notify(command, done.facts())
    return replace(done, warnings=(*done.warnings, *told))


def publish_report(subject: Subject, out: Path, request: Request) -> tuple[Outcome, tuple[str, ...]]:
    """Publish the report of a subject, all or nothing; return what became of it, and whom to tell.

    A run that fails leaves a manifest that says why.
    """
    started = datetime.now(UTC)
    known: dict[str, Any] = {
        "study": _place(subject.config, out),
        "as_of_asked": request.as_of,
        "audience_asked": request.audience,
    }
    try:
        with exclusive(out):
            asked = subject.asked(request)
            known |= asked.facts() if asked else {}
            warned = set_aside(out)
            last = _last(out)
            warned += [] if last else unusable(out)
            same = last and asked and not asked.served and last["fingerprint"] == asked.fingerprint
            if request.if_changed and not request.force and last and same:
                found = _unchanged(last, out)
                if found is not None:
                    return replace(found[0], warnings=(*found[0].warnings, *warned)), found[1]
            planned = plan(subject, asked, request, last)
            planned.warnings.extend(warned)
            memory = remember(out)
            told = told_before(planned, out, memory, force=request.force)
            return _publish(planned, out, started, memory, told)
    except BaseException as error:
        leave_failed(out, known, started, error)
        raise


def _tell_failed(config: Path | None, out: Path, error: BaseException) -> None:
    """Tell that there is no new report; not when another run is in progress or this one was stopped."""
    if config is None or isinstance(error, LockedError) or not isinstance(error, Exception):
        return
    from outcomes.config import read_config

    command: tuple[str, ...] = ()
    with suppress(OutcomesError):
        command = read_config(config).report.notify
    last = str(out / LATEST / "report.html")
    # unlike Path.is_file, a folder that may not be looked into is no error here: why the run failed is told
    notify(command, what_failed(error) | {"report": last if os.path.isfile(last) else None})


def _place(config: Path | None, out: Path) -> str | None:
    """Return where study.toml is, seen from the folder of reports."""
    return None if config is None else os.path.relpath(config.absolute(), out.absolute())


def _unchanged(last: Mapping[str, Any], out: Path) -> tuple[Outcome, tuple[str, ...]] | None:
    """Say that the last report holds; None when its manifest was edited and no longer says so."""
    try:
        return _still_holds(last, out)
    except OutcomesError:
        raise
    except (AttributeError, KeyError, TypeError, ValueError):
        return None


def _still_holds(last: Mapping[str, Any], out: Path) -> tuple[Outcome, tuple[str, ...]]:
    """Return what is said about the last report; data that nobody updates still grow stale."""
    told = last["config"]["report"]
    rows = last["rows"] or {}
    facts = {"title": last["title"], "newest": last["newest"] or {}, "rows": rows, "report": told}
    inside = last["disclosure"]["audience"] == "clinic"
    warnings = gate(facts, None, today=today_of(last["parameters"]), counts=inside)
    done = Outcome(
        "unchanged",
        int(Exit.INCOMPLETE) if last["status"] == "incomplete" else 0,
        str(out / LATEST / "report.html"),
        last["title"],
        {part["name"]: part["status"] for part in last["sections"]},
        _told_rows(rows, inside=inside),
        tuple(warnings),
    )
    # nobody is told that nothing happened, but that it has not happened for too long
    return done, tuple(told["notify"]) if warnings else ()


def _last(out: Path) -> dict[str, Any] | None:
    """Return the last manifest; the clinic's log has what one for readers outside lacks."""
    last = last_manifest(out)
    if last is not None and last["rows"] is None:
        name = (out / LATEST).resolve().name
        known = [record for record in records(out) if record.get("report") == name]
        last |= {key: known[-1].get(key) if known else None for key in KEPT_INSIDE}
        last["rows"] = last["rows"] if are_counts(last["rows"]) else None
    return last


def _told_rows(rows: dict[str, int], *, inside: bool) -> dict[str, int]:
    """Return the counts of rows that may be told: outside the clinic those whose rows are not people."""
    return {name: n for name, n in rows.items() if inside or name in ROWS_TOLD}


def _publish(
    planned: Plan, out: Path, started: datetime, memory: Memory, told: Told | None
) -> tuple[Outcome, tuple[str, ...]]:
    from outcomes.page.make import PAGE
    from outcomes.publish.facts import run_facts
    from outcomes.publish.run_results import RESULTS, run_results

    made = made_by(planned, memory)
    facts = run_facts(started) | made.run_facts
    content = manifest_of(planned, made, facts)
    files = made.files | {
        RESULTS: run_results(made.measured, warnings=planned.warnings, run=facts),
        MANIFEST: content,
    }

    def note(folder: Path) -> None:
        if told is not None:
            note_told(out, told)
        append(out, _record(planned, made, folder, content, facts))

    folder = publish(out, name_of(started, made), files, then=note)
    with undisturbed():
        removed = remove_old(out, planned.reporting)
    done = _outcome(planned, made)
    report = str(folder / PAGE)
    return replace(done, report=report, removed=tuple(removed)), tuple(planned.reporting["notify"])


def _record(
    planned: Plan, made: Made, folder: Path, content: bytes, run: Mapping[str, Any]
) -> dict[str, Any]:
    """Return the line of the log: it has what a manifest for readers outside lacks."""
    from outcomes.publish.manifest import accepted_rows, newest

    asked = planned.asked
    return {
        "status": made.status,
        "exit_code": _code(made),
        "report": folder.name,
        **(asked.facts() if asked else {}),
        "study": _place(asked.config if asked else None, folder.parent),
        "manifest_sha256": hashlib.sha256(content).hexdigest(),
        "warnings": planned.warnings,
        "rows": accepted_rows(planned.study),
        "newest": newest(planned.study),
        "run": run,
        "compared_with": made.previous,
    }


def _outcome(planned: Plan, made: Made) -> Outcome:
    from outcomes.publish.manifest import accepted_rows

    return Outcome(
        "published" if made.status == "complete" else "incomplete",
        _code(made),
        None,
        planned.study.title,
        {fact["name"]: fact["status"] for fact in made.facts},
        _told_rows(accepted_rows(planned.study), inside=planned.readers.inside),
        tuple(planned.warnings),
        opens_with=made.opening,
    )


def _code(made: Made) -> int:
    return int(Exit.INCOMPLETE) if made.status == "incomplete" else 0


def _dry(subject: Subject, out: Path, request: Request) -> Outcome:
    """Do everything except write: no folder, no lock, no log, no message."""
    planned, memory = plan(subject, subject.asked(request), request, _last(out)), newest_memory(out)
    if memory:
        told_before(planned, out, memory, force=request.force)
    made = made_by(planned, memory)
    return replace(_outcome(planned, made), status="dry-run")
