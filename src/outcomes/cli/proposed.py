"""`outcomes init --from`: look at files, ask what is ambiguous, write study.toml, check it."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from outcomes.cli.check import check
from outcomes.cli.words import say
from outcomes.cli.written import write_all
from outcomes.errors import ArgumentError, Exit, unwritable

if TYPE_CHECKING:
    from outcomes.config.proposal.lines import Proposal, Question

__all__ = ["init_from", "on_a_terminal"]


def init_from(
    paths: list[Path], files: list[Path], *, yes: bool, answers: list[str], around: Mapping[str, str]
) -> int:
    """Write a proposed study.toml and check it.

    Parameters
    ----------
    paths : list of Path
        A folder to write into, and further files.
    files : list of Path
        Files to read.
    yes : bool
        Ask nothing: refuse what is ambiguous.
    answers : list of str
        Answers as KEY=VALUE.
    around : mapping of str to str
        Further files to write beside study.toml: name -> content.

    Returns
    -------
    int
        The exit code: that of the check, or 2 while a question is open.
    """
    from outcomes.config.proposal.propose import propose
    from outcomes.config.proposal.written import study_toml

    folder, names = _placed(paths, files)
    proposal = propose(folder, names)
    proposal = _answered(proposal, answers)
    _refuse_nothing(proposal)
    if yes and proposal.questions:
        raise ArgumentError(
            "--yes is refused: the files do not answer everything",
            got="; ".join(f"{key}: {one.what}" for key, one in proposal.questions.items()),
            hint="answer with --answer KEY=VALUE, or leave --yes out; nothing was written",
        )
    if not yes and on_a_terminal():
        proposal = proposal.answered({key: _ask(one) for key, one in proposal.questions.items()})
    text = study_toml(proposal, title=folder.resolve().name)
    write_all(folder, {"study.toml": text, **around}, overwrite=False)
    for file, why in proposal.unknown:
        say(f"{file}: not read; {why}")
    if proposal.questions:
        for key, one in proposal.questions.items():
            say(f"open: {key}: {one.what}")
        say("settle the lines of study.toml that begin with #?, then run: outcomes check")
        return Exit.USAGE
    say("study.toml has been written; this is what the check says")
    check(folder)
    return Exit.OK


def on_a_terminal() -> bool:
    """Return whether somebody can be asked."""
    return sys.stdin.isatty()


def _placed(paths: list[Path], files: list[Path]) -> tuple[Path, list[str]]:
    """Return the study's folder and the files in it; files from elsewhere are copied into it."""
    further = [path for path in paths if path.is_file()]
    folders = [path for path in paths if not path.is_file()]
    if len(folders) > 1:
        raise ArgumentError(
            "several folders to write into",
            got=", ".join(map(str, folders)),
            hint="name one, and each file with --from",
        )
    listed = [one for path in dict.fromkeys([*files, *further]) for one in _opened(path)]
    folder = folders[0] if folders else listed[0].parent
    if os.path.lexists(folder / "study.toml"):
        raise ArgumentError(
            f"{folder} already holds study.toml", hint="name an empty folder; nothing was written"
        )
    return folder, [_within(path, folder) for path in listed]


def _opened(path: Path) -> list[Path]:
    """Return a file, a folder of data sets of CDISC as it is, or the files of any other folder."""
    from outcomes.config.proposal.propose import is_cdisc

    if path.is_dir() and not is_cdisc(path):
        found = sorted(one for one in path.iterdir() if one.is_file() and not one.name.startswith("."))
        if not found:
            raise ArgumentError(f"{path}: the folder holds no file", hint="name the files themselves")
        return found
    if not path.exists():
        raise ArgumentError(f"{path}: the file was not found", hint="check its name")
    return [path]


def _within(path: Path, folder: Path) -> str:
    if path.resolve().is_relative_to(folder.resolve()):
        return path.resolve().relative_to(folder.resolve()).as_posix()
    if os.path.lexists(folder / path.name):
        raise ArgumentError(f"{folder} already holds {path.name}", hint="name an empty folder")
    try:
        folder.mkdir(parents=True, exist_ok=True)
        copy: Callable[[Path, Path], object] = shutil.copytree if path.is_dir() else shutil.copy2
        copy(path, folder / path.name)
    except OSError as error:
        raise unwritable(str(folder), error) from None
    say(f"{path.name} was copied into {folder}: a study's files lie beside its study.toml")
    return path.name


def _answered(proposal: Proposal, answers: list[str]) -> Proposal:
    given: dict[str, Any] = {}
    for text in answers:
        key, sign, value = text.partition("=")
        if not sign or key not in proposal.questions:
            raise ArgumentError(
                "--answer answers no question",
                got=key,
                allowed=", ".join(proposal.questions) or "nothing is asked",
                hint="write KEY=VALUE",
            )
        given[key] = _chosen(proposal.questions[key], value)
    return proposal.answered(given)


def _chosen(question: Question, value: str) -> Any:
    """Return the choice that an answer names, by its text or its number."""
    texts = [one.value if isinstance(one.value, str) else one.why for one in question.choices]
    if not texts or value in texts:
        return value if not texts else question.choices[texts.index(value)].value
    if value.isdigit() and 1 <= int(value) <= len(texts):
        return question.choices[int(value) - 1].value
    raise ArgumentError(f"{question.key}: not one of the choices", allowed=", ".join(texts))


def _ask(question: Question) -> Any:
    say(question.what)
    for number, one in enumerate(question.choices, start=1):
        say(f"  {number}  {one.value if isinstance(one.value, str) else ''}  {one.why}")
    while True:
        try:
            return _chosen(question, typer.prompt(question.key, err=True))
        except ArgumentError as error:
            say(str(error))


def _refuse_nothing(proposal: Proposal) -> None:
    if not proposal.tables and not proposal.folders:
        raise ArgumentError(
            "no file was recognised as a table of a study",
            got="; ".join(f"{file}: {why}" for file, why in proposal.unknown),
            hint="see docs/howto/export_to_report.md, or start with: outcomes init DIR",
        )
