"""The import table of docs/architecture.md, held by the code: inside functions too, relative ones too."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

from shared import ROOT

SOURCE = ROOT / "src" / "outcomes"

BASE = {"errors", "units"}
MAY_IMPORT: dict[str, set[str]] = {
    "errors": set(),
    "units": {"errors"},
    "results": BASE,
    "schema": BASE,
    "sources": BASE | {"schema"},
    "simulate": BASE | {"schema"},
    "derive": BASE | {"schema"},
    "models": BASE | {"results"},
    "tables": BASE | {"results"},
    "plots": BASE | {"results"},
    "config": BASE | {"schema", "sources"},
    "study": BASE | {"schema", "sources", "config", "simulate"},
    "page": BASE | {"results", "schema", "config", "study", "derive", "models", "tables", "plots"},
    "publish": {"errors", "schema", "page", "study", "config"},
    "accessor": {"errors"},
    "lab": {"errors"},
    "__main__": {"cli"},
    "cli": {"errors", "config", "page", "publish", "study", "simulate", "schema", "lab"},
}

#: Package -> the rooms in which it may be imported.
ONLY_IN: dict[str, set[str]] = {
    "pandera": {"schema"},
    "matplotlib": {"plots"},
    "jinja2": {"page"},
    "typst": {"page"},
    "statsmodels": {"models"},
    "scipy": {"models"},
    "formulaic": {"models"},
    "great_tables": {"tables"},
    "docx": {"tables"},
    "rtflite": {"tables"},
    "polars": {"tables"},
    "xlsxwriter": {"tables"},
    "typer": {"cli"},
    "rich": {"cli"},
    "pyarrow": {"sources"},
    "pydantic": {"schema", "sources", "config"},
    "filelock": {"publish"},
    "nbformat": {"lab"},
    "nbclient": {"lab"},
    "nbconvert": {"lab"},
    "jupyter_client": {"lab"},
}

FILES = sorted(SOURCE.rglob("*.py"))


def _room(path: Path) -> str:
    parts = path.relative_to(SOURCE).with_suffix("").parts
    return parts[0]


def _imports(path: Path) -> set[str]:
    """Return every dotted name that a file imports, at any depth, relative ones resolved."""
    package = ("outcomes", *path.relative_to(SOURCE).with_suffix("").parts)
    package = package[:-1]
    names: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            base = ".".join(package[: len(package) - node.level + 1]) if node.level else ""
            module = ".".join(part for part in (base, node.module or "") if part)
            names |= {module} if module != "outcomes" else {f"outcomes.{alias.name}" for alias in node.names}
    return names


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(SOURCE)))
def test_imports_follow_the_table(path):
    room = _room(path)
    if room == "__init__":
        rooms = {name.split(".")[1] for name in _imports(path) if name.startswith("outcomes.")}
        assert rooms == set(), "the facade imports nothing when it is loaded"
        return
    assert room in MAY_IMPORT, f"{room} has no line in the import table"
    inside = {name.split(".")[1] for name in _imports(path) if name.startswith("outcomes.")}
    assert inside <= MAY_IMPORT[room] | {room}
    outside = {name.split(".")[0] for name in _imports(path)}
    wrong = {package for package, rooms in ONLY_IN.items() if package in outside and room not in rooms}
    assert wrong == set()


def test_kernels_see_arrays_only():
    for path in (SOURCE / "models" / "stats" / "kernels").rglob("*.py"):
        outside = {name.split(".")[0] for name in _imports(path)}
        assert not outside & {"pandas", "formulaic", "statsmodels"}, path.name


def test_the_written_table_names_every_room():
    written = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
    rooms = set(
        re.findall(r"`([a-z]+)`", "\n".join(line for line in written.splitlines() if line.startswith("| `")))
    )
    assert rooms | {"__main__"} >= set(MAY_IMPORT)
    assert set(MAY_IMPORT) - {"__main__"} <= {path.stem for path in SOURCE.iterdir()}, (
        "a room that is not there"
    )


def test_no_module_is_called_utils():
    assert [path for path in FILES if re.search(r"util|helper|misc|common", path.stem)] == []
