"""Is a report what its manifest says? Made again from the same files, it must have the same bytes."""

from __future__ import annotations

import difflib
import hashlib
import json
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from outcomes.config.place import study_file
from outcomes.errors import ArgumentError
from outcomes.page.last_report import BEFORE, Memory
from outcomes.page.options import Options
from outcomes.publish.changed import MANIFEST
from outcomes.publish.memory import remembered
from outcomes.publish.request import Request
from outcomes.publish.run_log import LOG, broken_lines, records
from outcomes.publish.subject import OnDisk

if TYPE_CHECKING:
    from outcomes.page.make import Made

__all__ = ["Verified", "verify"]

#: So many differing lines are named; the rest are counted.
SHOWN = 10


@dataclass(frozen=True, slots=True)
class Verified:
    """What was found.

    Parameters
    ----------
    report : str
        The folder that was looked at.
    problems : tuple of str
        One sentence a difference; none when the report is what it says.
    logged : bool
        The log of runs holds this report: then the block ``run`` of the manifest was compared too.
    """

    report: str
    problems: tuple[str, ...]
    logged: bool

    def facts(self) -> dict[str, Any]:
        """Return it as plain data."""
        return {name: getattr(self, name) for name in self.__slots__} | {"same": not self.problems}


def verify(folder: Path, *, study: Path | None = None) -> Verified:
    """Make a report again and compare it, byte by byte and line by line, with what is there.

    Parameters
    ----------
    folder : Path
        Folder of one report, or ``latest``.
    study : Path, optional
        The study.toml; by default where the log of runs says that it was.

    Raises
    ------
    ArgumentError
        When the folder holds no manifest, or nothing says where study.toml is.
    OutcomesError
        When the study cannot be read any more.
    """
    folder = folder.resolve()
    lines = _manifest_lines(folder)
    logged = _logged(folder)
    told = logged or _parsed(lines)
    config = _config(folder, told, study)
    made, content = _rebuilt(config, told, folder)
    problems = [
        *_different_files(folder, made.files),
        *_different_lines(lines, content.decode().splitlines()),
        *_different_results(folder, made),
    ]
    broken = broken_lines(folder.parent)
    if broken:
        problems.append(f"{LOG} was changed at line {', '.join(map(str, broken))}")
    return Verified(str(folder), tuple(problems), logged is not None)


def _manifest_lines(folder: Path) -> list[str]:
    try:
        return (folder / MANIFEST).read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise ArgumentError(
            f"{folder.name} has no {MANIFEST} that can be read",
            got=getattr(error, "strerror", None) or "other bytes than text",
            hint="name the folder of one report, for instance reports/latest",
        ) from None


def _logged(folder: Path) -> dict[str, Any] | None:
    """Return what the log says of a report: it knows what was asked for when the manifest was edited."""
    found = [record for record in records(folder.parent) if record.get("report") == folder.name]
    # a line that was edited until it lacks a part is no witness: then the manifest speaks for itself
    if not found or not {"run", "as_of_asked", "study"} <= found[-1].keys():
        return None
    record = found[-1]
    options, previous = record.get("options_asked") or {}, record.get("compared_with") or {}
    return {
        "run": record["run"],
        "as_of": record["as_of_asked"],
        "audience": record.get("audience_asked"),
        "study": record["study"],
        "options": options,
        "smallest_count": record.get("smallest_count_asked"),
        "rules": record.get("rules_asked") or {},
        "previous": previous.get("report"),
    }


def _parsed(lines: list[str]) -> dict[str, Any]:
    try:
        content = json.loads("\n".join(lines))
        asked, previous = content["config"] or {}, content.get("compared_with") or {}
        return {
            "run": content["run"],
            "as_of": asked.get("as_of_asked"),
            "audience": asked.get("audience_asked"),
            "options": asked.get("options_asked") or {},
            "smallest_count": asked.get("smallest_count_asked"),
            "rules": asked.get("rules_asked") or {},
            "previous": previous.get("report"),
        }
    except json.JSONDecodeError as error:
        raise ArgumentError(
            f"{MANIFEST} is not JSON", got=f"line {error.lineno}", hint="the log does not know this report"
        ) from None
    except (KeyError, TypeError, AttributeError):
        raise ArgumentError(
            f"{MANIFEST} is not the manifest of a report",
            hint="name the folder of one report that was not edited",
        ) from None


def _config(folder: Path, told: dict[str, Any], study: Path | None) -> Path:
    if study is not None:
        return study_file(study)
    where = told.get("study")
    if not where:
        raise ArgumentError("nothing says where study.toml is", hint="name it with --study")
    return Path(folder.parent, str(where)).resolve()


def _rebuilt(config: Path, told: dict[str, Any], folder: Path) -> tuple[Made, bytes]:
    """Return the report made again, and its manifest, in the way every report is made."""
    from outcomes.publish.plan import made_by, manifest_of, plan

    request = Request(
        as_of=told["as_of"],
        force=True,
        audience=told["audience"],
        smallest_count=told["smallest_count"],
        options=_options(told["options"]),
    )
    subject = OnDisk(config, told["rules"])
    planned = plan(subject, subject.asked(request), request, None)
    made = made_by(planned, _memory(folder, told["previous"]))
    return made, manifest_of(planned, made, told["run"])


def _options(asked: Any) -> Options:
    """Return the options that a manifest or the log names."""
    try:
        return Options(**{str(name): value for name, value in asked.items()})
    except (TypeError, AttributeError):
        raise ArgumentError(
            f"{MANIFEST} asks for parts that this version does not know",
            hint="install the version of outcomes that it names under versions",
        ) from None


def _memory(folder: Path, previous: str | None) -> Memory | None:
    """Return what the report was compared with: the copy beside it holds even when that report is gone."""
    found = remembered(folder.parent, folder.name, BEFORE)
    return found and replace(found, report=previous)


def _different_files(folder: Path, outputs: dict[str, bytes]) -> list[str]:
    found = []
    for name, content in outputs.items():
        try:
            there = (folder / name).read_bytes()
        except OSError:
            found.append(f"{name} is not there")
            continue
        if there != content:
            hashes = [hashlib.sha256(data).hexdigest()[:12] for data in (there, content)]
            found.append(f"{name} differs: {hashes[0]} was found, {hashes[1]} was made again")
    return found


def _different_results(folder: Path, made: Made) -> list[str]:
    """Name the sections whose results are not those that were made again; warnings may differ."""
    from outcomes.publish.run_results import RESULTS, run_results

    try:
        there = _results((folder / RESULTS).read_bytes())
    except (OSError, ValueError, KeyError, TypeError):
        return [f"{RESULTS} cannot be read"]
    again = _results(run_results(made.measured, warnings=(), run={}))
    wrong = [name for name in {**there, **again} if there.get(name) != again.get(name)]
    return [f"{RESULTS} differs: {', '.join(wrong)}"] if wrong else []


def _results(content: bytes) -> dict[str, tuple[Any, ...]]:
    """Return status, reason and rows of each section."""
    sections = json.loads(content)["sections"]
    return {str(one["name"]): tuple(one[key] for key in ("status", "reason", "rows")) for one in sections}


def _different_lines(there: list[str], made: list[str]) -> list[str]:
    """Name the lines of the manifest that are not those that were made again."""
    found = []
    matcher = difflib.SequenceMatcher(None, there, made, autojunk=False)
    for kind, first, last, other, other_last in matcher.get_opcodes():
        if kind == "equal":
            continue
        number = f"line {first + 1}" if last - first <= 1 else f"lines {first + 1} to {last}"
        got, expected = _short(there[first:last]), _short(made[other:other_last])
        found.append(f"{MANIFEST} {number}: {got} was found, {expected} was made again")
    more = len(found) - SHOWN
    return [*found[:SHOWN], *([f"{MANIFEST}: {more} more differences"] if more > 0 else [])]


def _short(lines: list[str]) -> str:
    text = " ".join(line.strip() for line in lines)
    return "nothing" if not text else text if len(text) <= 160 else f"{text[:160]} ..."
