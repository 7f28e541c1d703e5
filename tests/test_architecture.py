"""The import table of docs/architecture.md, held by the code: inside functions too, relative ones too."""

from __future__ import annotations

import ast
import re
from collections import defaultdict
from collections.abc import Iterator
from functools import cache
from graphlib import TopologicalSorter
from pathlib import Path

import pytest

from shared import ROOT

SOURCE = ROOT / "src" / "outcomes"

RESULTS = {"errors", "results"}
STATS = RESULTS | {"models.stats"}
MODELS = {
    f"models.{name}" for name in ("headache", "harm", "scores", "patient", "mmrm", "stats", "disclosure")
}
#: Room -> the rooms that it imports, and no more: one that nobody needs is taken out.
MAY_IMPORT: dict[str, set[str]] = {
    "errors": set(),
    "units": {"errors"},
    "results": {"errors"},
    "schema": {"errors", "units"},
    "sources": {"errors", "units", "schema"},
    "simulate": {"errors", "schema"},
    "derive": {"errors", "schema"},
    "models": set(),
    "models.stats": RESULTS,
    "models.mmrm": STATS,
    "models.disclosure": STATS,
    # The reader's four questions do not know each other: what two of them need is in models.stats.
    "models.headache": STATS | {"models.mmrm"},
    "models.harm": STATS,
    "models.scores": STATS | {"models.mmrm"},
    "models.patient": STATS,
    "tables": RESULTS,
    "plots": RESULTS,
    "config": {"errors", "units", "schema", "sources"},
    "study": {"errors", "schema", "sources", "config", "simulate", "derive", "estimate"},
    "questions": STATS | {"schema", "derive", "models.headache", "models.scores"},
    "estimate": RESULTS | {"schema", "derive", "models.headache"},
    "page": RESULTS | MODELS | {"schema", "study", "derive", "estimate", "questions", "tables", "plots"},
    "scale": RESULTS
    | {"schema", "sources", "config", "study", "derive", "estimate"}
    | {"models.harm", "models.headache", "models.mmrm"},
    "calibrate": {"errors", "simulate", "study", "derive", "estimate", "plots", "scale"}
    | {"models.headache", "models.mmrm"},
    "publish": {"errors", "schema", "page", "study", "config"},
    "accessor": {"errors"},
    "lab": {"errors"},
    "__main__": {"cli"},
    "cli": {
        "errors",
        "config",
        "page",
        "publish",
        "study",
        "simulate",
        "schema",
        "lab",
        "scale",
        "calibrate",
    },
}

#: Package -> the rooms in which it may be imported.
ONLY_IN: dict[str, set[str]] = {
    "pandera": {"schema"},
    "matplotlib": {"plots"},
    "jinja2": {"page"},
    "typst": {"page", "tables"},
    "statsmodels": {"models.stats", "models.headache", "models.harm"},
    "scipy": MODELS,
    "formulaic": {"models.stats"},
    "great_tables": {"tables"},
    "docx": {"tables"},
    "rtflite": {"tables"},
    "polars": {"tables", "results"},
    "xlsxwriter": {"tables", "config"},
    "typer": {"cli"},
    "rich": {"cli"},
    "python_calamine": {"sources"},
    "pyarrow": {"sources", "scale"},
    "dask": {"scale"},
    "distributed": {"scale"},
    "sqlalchemy": {"sources"},
    "pyreadstat": {"sources"},
    "redcap": {"sources"},
    "requests": {"sources"},
    "psycopg": {"sources"},
    "pydantic": {"schema", "sources", "config"},
    "filelock": {"publish", "scale"},
    "nbformat": {"lab"},
    "nbclient": {"lab"},
    "nbconvert": {"lab"},
    "jupyter_client": {"lab"},
}

FILES = sorted(SOURCE.rglob("*.py"))
#: Dotted name -> file of every module of the package.
MODULES = {
    ".".join(("outcomes", *path.relative_to(SOURCE).with_suffix("").parts)).removesuffix(".__init__"): path
    for path in FILES
}


def _room(path: Path) -> str:
    """Return the room of a file: the first folder, and for models the second too."""
    return _room_of(path.relative_to(SOURCE).with_suffix("").parts)


def _room_of(parts: tuple[str, ...]) -> str:
    if parts[0] == "models" and len(parts) > 1 and parts[1] != "__init__":
        return f"models.{parts[1]}"
    return parts[0]


def _rooms_of(names: set[str]) -> set[str]:
    """Return the rooms of dotted names of this package."""
    inside = [tuple(name.split(".")[1:]) for name in names if name.startswith("outcomes.")]
    return {_room_of(parts) for parts in inside}


def _runs(tree: ast.AST) -> Iterator[ast.AST]:
    """Walk the code that runs: what stands under ``if TYPE_CHECKING`` is read by checkers alone."""
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING":
            continue
        yield node
        yield from _runs(node)


#: Functions that import the package which their first words name.
LOADERS = {"import_module", "load", "package"}


@cache
def _imports(path: Path) -> set[str]:
    """Return every dotted name that a file imports when it runs, at any depth, relative ones resolved."""
    package = ("outcomes", *path.relative_to(SOURCE).with_suffix("").parts)
    package = package[:-1]
    names: set[str] = set()
    for node in _runs(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            base = ".".join(package[: len(package) - node.level + 1]) if node.level else ""
            module = ".".join(part for part in (base, node.module or "") if part)
            parts = {f"{module}.{alias.name}" for alias in node.names}
            names |= (parts & MODULES.keys()) | ({module} if parts - MODULES.keys() else set())
        elif isinstance(node, ast.Call) and ast.unparse(node.func).split(".")[-1] in LOADERS:
            told = {one.value for one in node.args[:1] if isinstance(one, ast.Constant)}
            names |= {name for name in told if not name.startswith("outcomes.")}  # the facade's own rooms
    return names


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(SOURCE)))
def test_imports_follow_the_table(path):
    room = _room(path)
    if room == "__init__":
        assert _rooms_of(_imports(path)) == set(), "the facade imports nothing when it is loaded"
        return
    assert room in MAY_IMPORT, f"{room} has no line in the import table"
    assert _rooms_of(_imports(path)) <= MAY_IMPORT[room] | {room}
    outside = {name.split(".")[0] for name in _imports(path)}
    wrong = {package for package, rooms in ONLY_IN.items() if package in outside and room not in rooms}
    assert wrong == set()


def test_the_table_is_no_wider_than_the_code():
    used, packages = defaultdict(set), defaultdict(set)
    for path in FILES:
        used[_room(path)] |= _rooms_of(_imports(path))
        for name in _imports(path):
            packages[name.split(".")[0]].add(_room(path))
    assert {room: rooms - used[room] for room, rooms in MAY_IMPORT.items() if rooms - used[room]} == {}
    scipy = packages.pop("scipy")  # every model may use it
    assert scipy <= ONLY_IN["scipy"]
    unused = {name: rooms - packages[name] for name, rooms in ONLY_IN.items() if name != "scipy"}
    assert {name: rooms for name, rooms in unused.items() if rooms} == {}


def test_kernels_see_arrays_only():
    for path in (SOURCE / "models" / "stats" / "kernels").rglob("*.py"):
        outside = {name.split(".")[0] for name in _imports(path)}
        assert not outside & {"pandas", "formulaic", "statsmodels"}, path.name


def test_the_written_table_names_every_room():
    written = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
    rooms = set(
        re.findall(r"`([a-z.]+)`", "\n".join(line for line in written.splitlines() if line.startswith("| `")))
    )
    assert rooms | {"__main__"} >= set(MAY_IMPORT)
    assert set(MAY_IMPORT) - {"__init__"} == {_room(path) for path in FILES} - {"__init__"}, "a room too many"


def test_no_module_is_called_utils():
    assert [path for path in FILES if re.search(r"util|helper|misc|common", path.stem)] == []


def _runs_first(name: str, imported: set[str]) -> set[str]:
    """Return what must have run before a module: its imports, and the packages that hold them and not it."""
    inside = {name.rsplit(".", n)[0] for n in range(name.count(".") + 1)}
    packages = {one.rsplit(".", n)[0] for one in imported for n in range(1, one.count(".") + 1)}
    return (imported | packages - inside) & MODULES.keys() - {name}


def test_no_import_goes_in_a_circle():
    graph = {name: _runs_first(name, _imports(path)) for name, path in MODULES.items()}
    order = list(TopologicalSorter(graph).static_order())  # raises CycleError, which names the circle
    assert len(order) == len(MODULES) > 300


#: What each of the ten questions asks for -> where the written answer says that it is defined.
ANSWERS = {
    "migraine_day": "derive/migraine.py",
    "headache_day": "derive/headache.py",
    "window_values": "derive/prorating.py",
    "adjusted_vcov": "models/stats/kernels/kenward_roger.py",
    "session_of": "derive/attribution.py",
    "how_sure": "page/sections/how_sure.py",
    "how_sure_of_arms": "page/sections/arms.py",
    "suppress": "models/disclosure/suppress.py",
    "Exit": "errors.py",
    "read_excel": "sources/doors/excel.py",
    "waterfall": "plots/waterfall.py",
    "who": "page/sections/who.py",
}


def test_ten_questions_are_answered_by_names_of_files():
    written = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
    rows = [
        line for line in written.split("## Where is ...?")[1].split("\n## ")[0].splitlines() if "? |" in line
    ]
    assert len(rows) == 10
    named = {name for row in rows for name in re.findall(r"`([\w/]+\.py)`", row)}
    assert named == set(ANSWERS.values())
    texts = {str(path.relative_to(SOURCE)): path.read_text(encoding="utf-8") for path in FILES}
    for name, answer in ANSWERS.items():
        there = re.compile(rf"^(?:def|class) {name}\b", re.MULTILINE)
        assert [file for file, text in texts.items() if there.search(text)] == [answer]
    for row in rows:
        assert [name for name in re.findall(r"`([\w/]+/)`", row) if not (SOURCE / name).is_dir()] == []
