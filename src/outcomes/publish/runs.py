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
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from outcomes.config.place import study_file
from outcomes.errors import LockedError, OutcomesError, ReportError
from outcomes.page.options import Options
from outcomes.publish.audit import append, noting, records
from outcomes.publish.changed import MANIFEST, Source, last_manifest, source
from outcomes.publish.failed import FAILED, leave_failed, what_failed
from outcomes.publish.gates import gate
from outcomes.publish.interruption import undisturbed
from outcomes.publish.lock import exclusive
from outcomes.publish.memory import newest_memory, remember
from outcomes.publish.notify import notify
from outcomes.publish.retention import retain, retain_failed
from outcomes.publish.transaction import LATEST, publish

if TYPE_CHECKING:
    from outcomes.page.make import Made
    from outcomes.study import Study

__all__ = ["INCOMPLETE", "Outcome", "Request", "run"]

INCOMPLETE = 3
#: Tables whose rows are not people, sessions or events.
ROWS_TOLD = ("diary", "titration")
#: What a manifest for readers outside does not hold.
KEPT_INSIDE = ("rows", "newest")


@dataclass(frozen=True, slots=True)
class Request:
    """How a run was asked for.

    Parameters
    ----------
    as_of : str, optional
        Use nothing after this local date.
    if_changed : bool
        Publish only when data, configuration or versions are not those of the last report.
    dry_run : bool
        Do everything but write.
    force : bool
        Publish although nothing changed, or although the data are stale or fewer.
    audience : str, optional
        ``external`` or ``clinic``; by default what study.toml says.
    options : Options
        What is made besides the page.
    """

    as_of: str | None = None
    if_changed: bool = False
    dry_run: bool = False
    force: bool = False
    audience: str | None = None
    options: Options = field(default_factory=Options)


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
    """

    status: str
    exit_code: int
    report: str | None
    title: str
    sections: dict[str, str] = field(default_factory=dict)
    rows: dict[str, int] = field(default_factory=dict)
    warnings: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()

    def facts(self) -> dict[str, Any]:
        """Return it as plain data."""
        return {name: getattr(self, name) for name in self.__slots__}


def run(study: Path, out: Path, request: Request | None = None) -> Outcome:
    """Publish the report of a study.toml in a folder of reports.

    Parameters
    ----------
    study : Path
        The study.toml, or the folder that holds it.
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
    config, started = study_file(study), datetime.now(UTC)
    if request.dry_run:
        return _dry(config, out, request)
    known: dict[str, Any] = {
        "study": _place(config, out),
        "as_of_asked": request.as_of,
        "audience_asked": request.audience,
    }
    try:
        with exclusive(out):
            asked = _asked(config, request)
            known |= asked.facts()
            done, command = _run(asked, out, request, started)
    except BaseException as error:
        leave_failed(out, known, started, error)
        _tell_failed(config, out, error)
        raise
    told = notify(command, done.facts())
    return replace(done, warnings=(*done.warnings, *told))


def _tell_failed(config: Path, out: Path, error: BaseException) -> None:
    """Tell that there is no new report; not when another run is at work or somebody has stopped this one."""
    if isinstance(error, LockedError) or not isinstance(error, Exception):
        return
    from outcomes.config import read_config

    command: tuple[str, ...] = ()
    with suppress(OutcomesError):
        command = read_config(config).report.notify
    last = out / LATEST / "report.html"
    notify(command, what_failed(error) | {"report": str(last) if last.is_file() else None})


def _place(config: Path, out: Path) -> str:
    """Return where study.toml is, seen from the folder of reports."""
    return os.path.relpath(config.absolute(), out.absolute())


def _asked(config: Path, request: Request) -> Source:
    """Hash what the report is to be made from; the parts that are asked for belong to it."""
    asked = source(config, as_of=request.as_of, audience=request.audience)
    return replace(asked, options=request.options.facts())


def _run(asked: Source, out: Path, request: Request, started: datetime) -> tuple[Outcome, tuple[str, ...]]:
    last = _last(out)
    if request.if_changed and not request.force and last and last["fingerprint"] == asked.fingerprint:
        return _unchanged(last, out)
    study, reporting = _read(asked)
    return _publish(study, asked, reporting, out=out, last=last, request=request, started=started)


def _unchanged(last: Mapping[str, Any], out: Path) -> tuple[Outcome, tuple[str, ...]]:
    """Say that the last report holds; data that nobody has sent grow stale all the same."""
    told = last["config"]["report"]
    rows = last["rows"] or {}
    facts = {"title": last["title"], "newest": last["newest"] or {}, "rows": rows, "report": told}
    inside = last["disclosure"]["audience"] == "clinic"
    warnings = gate(facts, None, today=_today(last["parameters"]), counts=inside)
    done = Outcome(
        "unchanged",
        INCOMPLETE if last["status"] == "incomplete" else 0,
        str(out / LATEST / "report.html"),
        last["title"],
        {part["name"]: part["status"] for part in last["sections"]},
        _told_rows(rows, inside=inside),
        tuple(warnings),
    )
    # nobody is told that nothing happened, but that it has not happened for too long
    return done, tuple(told["notify"]) if warnings else ()


def _last(out: Path) -> dict[str, Any] | None:
    """Return the last manifest; what one for readers outside lacks, the clinic's log has."""
    last = last_manifest(out)
    if last is not None and last["rows"] is None:
        name = (out / LATEST).resolve().name
        known = [record for record in records(out) if record.get("report") == name]
        last |= {key: known[-1].get(key) if known else None for key in KEPT_INSIDE}
    return last


def _told_rows(rows: dict[str, int], *, inside: bool) -> dict[str, int]:
    """Return the counts of rows that may be told: outside the clinic those whose rows are not people."""
    return {name: n for name, n in rows.items() if inside or name in ROWS_TOLD}


def _read(asked: Source) -> tuple[Study, dict[str, Any]]:
    """Read the study, and hold that its files are those that were hashed."""
    from outcomes.config import read_config
    from outcomes.study import read_study

    study = read_study(asked.config, as_of=asked.as_of)
    reporting = read_config(asked.config).report.model_dump(mode="json")
    read = study.provenance
    if dict(zip(read["file"], read["sha256"], strict=True)) != asked.files:
        raise ReportError(
            "a file of the study changed while it was read", hint="wait until it is whole; run again"
        )
    return study, reporting


def _publish(
    study: Study,
    asked: Source,
    reporting: dict[str, Any],
    *,
    out: Path,
    last: Mapping[str, Any] | None,
    request: Request,
    started: datetime,
) -> tuple[Outcome, tuple[str, ...]]:
    from outcomes.page.make import PAGE, make
    from outcomes.page.readers import readers_of
    from outcomes.publish.manifest import accepted_rows, manifest, newest, run_facts
    from outcomes.publish.report import report_name
    from outcomes.publish.run_results import RESULTS, run_results

    readers = readers_of(reporting, request.audience)
    warnings = _gate(study, reporting, last, force=request.force, inside=readers.inside)
    memory = remember(out) if readers.inside else None
    made = make(study, readers, request.options.or_configured(reporting), memory)
    facts = run_facts(started) | made.run_facts
    content = manifest(
        study,
        made.outputs,
        sections=made.facts,
        run=facts,
        source=asked,
        reporting=reporting,
        readers=readers,
        previous=made.previous,
    )
    rows = accepted_rows(study)
    files = made.files | {
        RESULTS: run_results(made.measured, warnings=warnings, run=facts),
        MANIFEST: content,
    }
    told = {
        "study": _place(asked.config, out),
        "manifest_sha256": hashlib.sha256(content).hexdigest(),
        "warnings": warnings,
        "rows": rows,
        "newest": newest(study),
        "run": facts,
    }

    def note(folder: Path) -> None:
        record = {"status": made.status, "exit_code": _code(made), "report": folder.name}
        append(out, record | asked.facts() | told | {"compared_with": made.previous})

    folder = publish(out, report_name(started, made), files, then=note)
    with undisturbed():
        removed = _remove_old(out, reporting)
    done = Outcome(
        "published" if made.status == "complete" else "incomplete",
        _code(made),
        str(folder / PAGE),
        study.title,
        {fact["name"]: fact["status"] for fact in made.facts},
        _told_rows(rows, inside=readers.inside),
        tuple(warnings),
        tuple(removed),
    )
    return done, tuple(reporting["notify"])


def _remove_old(out: Path, reporting: Mapping[str, Any]) -> list[str]:
    rules = {name: reporting[name] for name in ("keep", "keep_days")}
    try:
        removed = retain(out, **rules)
        with noting(out):
            retain_failed(out / FAILED, **rules)
    except OSError as error:
        raise ReportError(
            "the report was published, but older ones could not be removed",
            got=error.strerror,
            hint="check permissions",
        ) from None
    return removed


def _code(made: Made) -> int:
    return INCOMPLETE if made.status == "incomplete" else 0


def _dry(config: Path, out: Path, request: Request) -> Outcome:
    """Do all but write: no folder, no lock, no log, no message."""
    from outcomes.page.make import make
    from outcomes.page.readers import readers_of
    from outcomes.publish.manifest import accepted_rows

    asked = _asked(config, request)
    study, reporting = _read(asked)
    readers = readers_of(reporting, request.audience)
    warnings = _gate(study, reporting, _last(out), force=request.force, inside=readers.inside)
    memory = newest_memory(out) if readers.inside else None
    made = make(study, readers, request.options.or_configured(reporting), memory)
    sections = {fact["name"]: fact["status"] for fact in made.facts}
    rows = _told_rows(accepted_rows(study), inside=readers.inside)
    return Outcome("dry-run", _code(made), None, study.title, sections, rows, tuple(warnings))


def _gate(
    study: Study, reporting: dict[str, Any], last: Mapping[str, Any] | None, *, force: bool, inside: bool
) -> list[str]:
    from outcomes.publish.manifest import accepted_rows, newest

    facts = {"title": study.title, "newest": newest(study), "rows": accepted_rows(study), "report": reporting}
    cutoff = None if study.cutoff is None else study.cutoff.date().isoformat()
    today = _today({"as_of": cutoff, "timezone": study.timezone})
    return gate(facts, last, today=today, force=force, counts=inside)


def _today(parameters: Mapping[str, Any]) -> date:
    """Return the date of the report: its cut-off, or today at the clinic."""
    if parameters["as_of"]:
        return date.fromisoformat(parameters["as_of"])
    return datetime.now(ZoneInfo(parameters["timezone"])).date()
