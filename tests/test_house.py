"""How the house is kept: short modules, names that mean one thing, few parameters, each of them used."""

from __future__ import annotations

import ast
import doctest
import inspect
import io
import json
import re
import textwrap
import tokenize
from collections import defaultdict
from collections.abc import Iterator

import pytest

import outcomes as oc
from shared import ROOT, keywords

SOURCE = ROOT / "src" / "outcomes"
FILES = sorted(SOURCE.rglob("*.py"))

#: Lines of code in a module: without docstrings, comments and blank lines.
LONGEST = 200

MOST_PARAMETERS = 8
#: Public functions with more, and why. What several functions may be asked is one typed set of keywords
#: (`CountOptions`), which counts once; each of its keywords is passed somewhere, as any other.
MORE_PARAMETERS = {
    "mmrm": "the signature is part of the published interface",
}


def code_lines(text: str) -> int:
    """Return the lines of code: without docstrings, comments and blank lines."""
    words: set[int] = set()
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, (ast.Module, ast.ClassDef, ast.FunctionDef)) and ast.get_docstring(node):
            words |= set(range(node.body[0].lineno, (node.body[0].end_lineno or 0) + 1))
    ignored = {tokenize.COMMENT, tokenize.NL, tokenize.NEWLINE, tokenize.INDENT, tokenize.DEDENT}
    lines: set[int] = set()
    for token in tokenize.generate_tokens(io.StringIO(text).readline):
        if token.type not in ignored and token.string:
            lines |= set(range(token.start[0], token.end[0] + 1))
    return len(lines - words)


def test_code_lines_are_counted_without_words() -> None:
    lines = ['"""Words', 'and more."""', "", "import os  # why", "", "def f():", '    """Say."""']
    text = "\n".join([*lines, "    return (", "        1", "    )", ""])
    assert code_lines(text) == 5


def test_no_module_is_long() -> None:
    long = {
        str(path.relative_to(SOURCE))
        for path in FILES
        # a file with few lines has few of code
        if (text := path.read_text(encoding="utf-8")).count("\n") > LONGEST and code_lines(text) > LONGEST
    }
    assert long == set()


#: Lines of code in a function with its signature: anywhere, and outside the models, whose formulas are long.
LONGEST_FUNCTION, LONGEST_ELSEWHERE = 62, 50


def test_no_function_is_long() -> None:
    long = {}
    for path in FILES:
        text = path.read_text(encoding="utf-8")
        most = LONGEST_FUNCTION if "models" in path.parts else LONGEST_ELSEWHERE
        for node in ast.walk(ast.parse(text)):
            # one with few lines has few of code
            if isinstance(node, ast.FunctionDef) and (node.end_lineno or 0) - node.lineno >= most:
                lines = text.splitlines()[node.lineno - 1 : node.end_lineno]
                count = code_lines(textwrap.dedent("\n".join(lines)))
                long |= {f"{path.relative_to(SOURCE)}: {node.name}": count} if count > most else {}
    assert long == {}


#: Rooms in which a file has the name of what it draws, shows, holds, runs, makes up or proposes.
#: (In at_risk: events, cells, units and the clock of those at risk; in kernels: a model's arithmetic.)
ABOUT = (
    "plots",
    "page/sections",
    "schema/tables",
    "cli",
    "config/proposal",
    "simulate",
    "models/harm/at_risk",
    "models/stats/kernels",
)
#: Names that recur elsewhere, and why each means one thing.
SAME_THING = {
    "html": "a page and a table, both written as HTML",
    "options": "what the caller of a report or of a fit may choose",
    "sites": "the sites of many studies: their page, and their runs",
    "bounded_mean": "the interval of a mean of bounded values: at one look, and at all looks",
    "estimates": "estimates: the result of a model, and its table",
    "queries": "a study's own queries of event terms: as written in study.toml, and as applied",
    "columns": "columns of a table: what they are, and how those of a source are turned",
}


def test_a_name_means_one_thing() -> None:
    places = defaultdict(set)
    for path in FILES:
        room = str(path.parent.relative_to(SOURCE))
        if path.stem != "__init__" and not room.startswith(ABOUT):
            places[path.stem].add(room)
    assert {name: rooms for name, rooms in places.items() if len(rooms) > 1 and name not in SAME_THING} == {}
    assert {name for name in SAME_THING if len(places[name]) < 2} == set(), "an exception that nobody needs"
    assert [room for room in ABOUT if not (SOURCE / room).is_dir()] == []


PUBLIC = [name for name in oc._PUBLIC if not inspect.isclass(getattr(oc, name))]


@pytest.mark.parametrize("name", PUBLIC)
def test_public_functions_have_few_parameters(name: str) -> None:
    parameters = inspect.signature(getattr(oc, name)).parameters
    assert len(parameters) <= MOST_PARAMETERS or name in MORE_PARAMETERS


def test_every_exception_is_a_public_function() -> None:
    assert set(MORE_PARAMETERS) <= set(PUBLIC)


def _code() -> Iterator[str]:
    """Yield the code of the package, its doctests, notebooks, pages, examples, benchmarks and tests."""
    for folder in ("src", "tests", "benchmarks", "examples", "notebooks", "docs"):
        for path in (ROOT / folder).rglob("*"):
            if path.suffix == ".py":
                text = path.read_text(encoding="utf-8")
                yield text
                yield from _doctests(text) if folder == "src" else ()
            elif path.suffix == ".ipynb":
                cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
                yield from ("".join(cell["source"]) for cell in cells if cell["cell_type"] == "code")
            elif path.suffix == ".md":
                yield from re.findall(r"^    (\S.*)$", path.read_text(encoding="utf-8"), re.M)


def _doctests(text: str) -> Iterator[str]:
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, (ast.Module, ast.ClassDef, ast.FunctionDef)) and ">>>" in (
            words := ast.get_docstring(node) or ""
        ):
            yield from (example.source for example in doctest.DocTestParser().get_examples(words))


def _passed() -> dict[str, set[str]]:
    """Return public function -> names of the parameters that some call somewhere passes."""
    passed: dict[str, set[str]] = defaultdict(set)
    order = {name: list(inspect.signature(getattr(oc, name)).parameters) for name in PUBLIC}
    for text in _code():
        try:
            tree = ast.parse(text)
        except SyntaxError:  # a line of a page that is not Python
            continue
        for node in ast.walk(tree):
            if isinstance(node, ast.Call):
                called = getattr(node.func, "attr", getattr(node.func, "id", ""))
                if called in order:
                    passed[called] |= set(order[called][: len(node.args)])
                    passed[called] |= {keyword.arg for keyword in node.keywords if keyword.arg}
    return passed


def test_every_parameter_is_passed_by_somebody() -> None:
    passed = _passed()
    # test_levels.py and test_options.py pass these to each function that has them
    passed = {name: passed[name] | {"level", "where"} for name in PUBLIC}
    unused = {name: set(keywords(getattr(oc, name))) - passed[name] for name in PUBLIC}
    assert {name: names for name, names in unused.items() if names} == {}


#: Rooms of models have the result's status to say it, and are not counted here.
ERRORS = re.compile(r"(Argument|Config|Source|Data|Report|Outcomes|Notebook)Error")
#: Errors whose first sentence is composed of what is wrong with each key, with what to do in it.
COMPOSED = {
    "cli/partitions.py": 1,
    "config/study_toml.py": 1,
    "lab/stopped.py": 1,
    "schema/estimand.py": 1,
    "sources/frame_conventions.py": 2,
    "study/settings.py": 1,
}


def test_every_error_says_what_to_do() -> None:
    silent: dict[str, int] = defaultdict(int)
    for path in FILES:
        room = str(path.relative_to(SOURCE))
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and ERRORS.fullmatch(ast.unparse(node.func)):
                silent[room] += not {"hint", "allowed"} & {keyword.arg for keyword in node.keywords}
    found = {room: times for room, times in silent.items() if times and not room.startswith("models/")}
    assert found == COMPOSED
