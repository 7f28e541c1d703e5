"""What the pages tell a reader to type: the Python runs, the commands and the calls in tables exist."""

from __future__ import annotations

import ast
import inspect
import os
import re
import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import matplotlib.pyplot as plt
import pytest
import typer

import outcomes as oc
from outcomes.cli import app
from shared import ROOT

DOCS = ROOT / "docs"
EXECUTED = [
    "howto/data.md",
    "howto/numbers.md",
    "howto/groups.md",
    "howto/reports.md",
    "tutorial/messy_study.md",
]
#: Makes a whole report, as other tests do; its lines are read, and run by hand before a release.
READ_ONLY = ["tutorial/first_report.md"]
PAGES = [
    *EXECUTED,
    *READ_ONLY,
    "tutorial/own_data.md",
    "howto/excel.md",
    "howto/export_to_report.md",
    "howto/diary_apps.md",
    "scheduling.md",
    "index.md",
]


def blocks(page: str) -> list[str]:
    return re.findall(r"^```python\n(.*?)^```", (DOCS / page).read_text(encoding="utf-8"), re.M | re.S)


@pytest.fixture(scope="module")
def known() -> dict[str, Any]:
    study = oc.load_example()
    return {"oc": oc, "study": study, "periods": oc.periods(study)}


@pytest.fixture
def elsewhere(tmp_path: Path) -> Iterator[Path]:
    before = Path.cwd()
    os.chdir(tmp_path)
    yield tmp_path
    os.chdir(before)
    plt.close("all")


@pytest.mark.parametrize("page", EXECUTED)
def test_the_lines_of_a_page_run(page: str, known: dict[str, Any], elsewhere: Path) -> None:
    told = blocks(page)
    assert len(told) >= 5
    names = dict(known)
    for block in told:
        exec(compile(block, page, "exec"), names)


def test_the_messy_study_is_as_messy_as_its_page_says(known: dict[str, Any], elsewhere: Path) -> None:
    names = dict(known)
    *setup, _, _, _ = blocks("tutorial/messy_study.md")
    for block in setup:
        exec(compile(block, "messy", "exec"), names)
    rules = names["study"].findings.groupby("rule")["count"].sum().to_dict()
    assert rules == {"not_yes_no": 1, "duplicate_day": 3, "bad_date": 1}
    assert set(oc.change(oc.periods(names["study"]))["n"]) == {8}


def _calls(text: str) -> Iterator[ast.Call]:
    """Yield the calls in a piece of Python that a table shows; what is no expression is words."""
    for line in text.split("; "):
        try:
            tree = ast.parse(line.strip())
        except SyntaxError:
            continue
        yield from (node for node in ast.walk(tree) if isinstance(node, ast.Call))


def _found(call: ast.Call) -> Any:
    path = ast.unparse(call.func).split(".")
    if path[0] not in ("oc", "fit", "large", "result") or not all(part.isidentifier() for part in path):
        return None
    room: Any = {"oc": oc, "result": oc.Estimates}.get(path[0], _mmrm_result())
    for name in path[1:]:
        if isinstance(room, type) or inspect.ismodule(room):
            room = getattr(room, name)
        else:
            return None
    return room


def _mmrm_result() -> type:
    from outcomes.models.mmrm import MMRMResult

    return MMRMResult


def test_what_the_tables_for_r_and_sas_say_exists_here() -> None:
    here = [
        line.split(" | ")[-1]
        for line in (DOCS / "coming_from.md").read_text().splitlines()
        if line[:1] == "|"
    ]
    codes = [code for cell in here for code in re.findall(r"`([^`]+)`", cell)]
    seen = 0
    for code in codes:
        for call in _calls(code.replace("...", "_")):
            found = _found(call)
            if found is None:
                continue
            seen += 1
            parameters = inspect.signature(found).parameters
            for keyword in call.keywords:
                assert keyword.arg in parameters, code
    assert seen > 25


def test_the_options_that_the_tables_name_are_taken() -> None:
    from outcomes.models.mmrm import options

    text = (DOCS / "coming_from.md").read_text()
    allowed = {
        "df": options.DF_METHODS,
        "vcov": options.VCOVS,
        "method": (*options.METHODS, "mar", "wilson", "clopper-pearson"),
    }
    for name, values in allowed.items():
        told = re.findall(rf'`{name}="([a-z-]+)"', text)
        assert told, name
        assert set(told) <= set(values), name


@pytest.mark.parametrize("page", [*PAGES, "../README.md"])
def test_every_command_of_a_page_exists_with_its_options(page: str) -> None:
    lines = re.findall(r"^ {4}(outcomes .*)$", (DOCS / page).read_text(encoding="utf-8"), re.M)
    assert lines or page in ("howto/excel.md", "howto/numbers.md", "howto/groups.md", "index.md", *READ_ONLY)
    root = typer.main.get_command(app)
    for line in lines:
        words = shlex.split(line, comments=True)[1:]
        command: Any = root
        while words and words[0] in getattr(command, "commands", {}):
            command = command.commands[words.pop(0)]
        assert command is not root, line
        options = {option for parameter in command.params for option in parameter.opts} | {"--help"}
        assert {word for word in words if word.startswith("-")} <= options, line


def test_questions_are_answered_on_pages_that_are_there() -> None:
    """The site's build proves the links; here: at least twenty tasks, each with a heading of its own."""
    asked = re.findall(r"^\| [A-Z].*\?", (DOCS / "howto" / "index.md").read_text(), re.M)
    assert len(asked) >= 20
    tasks = [
        part.splitlines()[0]
        for page in EXECUTED
        for part in re.split(r"^## ", (DOCS / page).read_text(encoding="utf-8"), flags=re.M)[1:]
        if page.startswith("howto/") and "```python" in part
    ]
    assert len(set(tasks)) >= 20, "each runs in test_the_lines_of_a_page_run"
