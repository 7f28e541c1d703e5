"""`outcomes notebook`: found by name, parameters checked, all or nothing, no value in a message."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import nbformat
import pytest

from outcomes.cli import main
from outcomes.errors import ArgumentError
from outcomes.lab import find, notebooks
from outcomes.lab.parameters import Parameter, put_in, read_parameters, set_parameters
from outcomes.lab.stopped import NotebookError, without_result
from shared import ROOT
from studies import DIARY, PATIENTS, write_study

PATIENCE = 300  # seconds; a loaded machine is slow
MARKER = "Zebra77"
KNOWN = {
    "study": Parameter("study", "example", ""),
    "patients": Parameter("patients", 5, ""),
    "share": Parameter("share", 0.5, ""),
    "late": Parameter("late", True, ""),
    "entry": Parameter("entry", None, ""),
}


@pytest.fixture
def call(capsys):
    def _call(*arguments: str | Path) -> tuple[int, str, str]:
        with pytest.raises(SystemExit) as left:
            main([str(argument) for argument in arguments])
        said = capsys.readouterr()
        return int(left.value.code), said.out, said.err

    return _call


@pytest.fixture
def small(tmp_path, monkeypatch):
    """A notebook of two cells in the place of the package's, and an empty folder to run it in."""
    folder = tmp_path / "notebooks"
    folder.mkdir()
    monkeypatch.setattr("outcomes.lab.books._folder", lambda: folder)
    monkeypatch.setenv("PYTHONPATH", str(ROOT / "src"))
    work = tmp_path / "work"
    work.mkdir()
    monkeypatch.chdir(work)

    def _write(*cells: str, optional: bool = False) -> Path:
        book = nbformat.v4.new_notebook()
        book.cells.append(nbformat.v4.new_markdown_cell("# A title\n\nWhat it is about. More."))
        book.cells.append(nbformat.v4.new_code_cell('study = "example"  # a path\nlimit = 3'))
        book.cells[-1].metadata["tags"] = ["parameters"]
        for source in cells:
            book.cells.append(nbformat.v4.new_code_cell(source))
            book.cells[-1].metadata["tags"] = ["raises-exception"] if optional else []
        nbformat.write(book, folder / "00_small.ipynb")
        return work

    return _write


@pytest.mark.parametrize("name", ["02_headache_days", "02", "headache_days", "02_headache_days.ipynb"])
def test_a_notebook_is_found_by_name_or_number(name):
    assert find(name).path == ROOT / "notebooks" / "02_headache_days.ipynb"


def test_an_unknown_notebook_lists_all_and_the_nearest(call):
    code, out, error = call("notebook", "headache_dais")
    assert (code, out) == (2, "")
    assert all(one.name in error for one in notebooks())
    assert "did you mean 'headache_days'?" in error


def test_without_a_name_all_are_listed_with_their_parameters(call):
    code, out, _ = call("notebook", "--json")
    listed = json.loads(out)
    assert code == 0
    assert [one["name"][:2] for one in listed] == [f"{number:02d}" for number in range(9)]
    assert listed[4]["parameters"]["patient"]["default"] == ""
    assert all(one["about"] for one in listed)
    assert "-p patient=" in call("notebook")[1]


def test_values_take_the_type_of_the_default():
    words = ["study=a=b.toml", "patients=12", "share=0.25", "late=no", "entry=22"]
    values = set_parameters(words, KNOWN)
    assert values == {"study": "a=b.toml", "patients": 12, "share": 0.25, "late": False, "entry": "22"}


@pytest.mark.parametrize(
    ("word", "message"),
    [
        ("patietns=3", "did you mean 'patients'?"),
        ("patients", "a parameter is written as name=value"),
        ("patients=many", "patients is not a whole number"),
        ("share=much", "share is not a number"),
        ("late=maybe", "late is not yes or no"),
    ],
)
def test_a_parameter_that_cannot_be_set_is_an_error(word, message):
    with pytest.raises(ArgumentError, match=re.escape(message)):
        set_parameters([word], KNOWN)


def test_a_value_is_a_literal_and_never_code(small):
    small("study")
    book = nbformat.read(find("00").path, as_version=4)
    made = put_in(book, {"study": "'); raise SystemExit('"})
    names: dict[str, object] = {}
    exec(made.cells[2].source, names)
    assert names["study"] == "'); raise SystemExit('"
    assert len(made.cells) == len(book.cells) + 1
    assert read_parameters(book)["limit"].default == 3


def test_an_unknown_parameter_stops_before_anything_runs(call, small):
    work = small("open('ran', 'w')")
    code, _, error = call("notebook", "00", "-p", "limt=4")
    assert code == 2
    assert "did you mean 'limit'?" in error
    assert list(work.iterdir()) == []


def test_it_runs_here_and_writes_one_private_file(call, small):
    work = small("limit", "__import__('os').getcwd()")
    code, out, error = call("notebook", "00", "-p", "limit=7", "--html", "--json")
    assert (code, error) == (0, "")
    facts = json.loads(out)
    assert (facts["notebook"], facts["page"], facts["cells"]) == ("00_small.ipynb", "00_small.html", 4)
    assert sorted(path.name for path in work.iterdir()) == ["00_small.html", "00_small.ipynb"]
    assert {path.stat().st_mode & 0o777 for path in work.iterdir()} == {0o600}
    book = nbformat.read(work / "00_small.ipynb", as_version=4)
    shown = [cell.outputs[0].data["text/plain"] for cell in book.cells[3:]]
    assert shown == ["7", repr(str(work))]
    page = (work / "00_small.html").read_text()
    assert "<script" not in page
    assert not re.search(r"(src|href)=[\"']?http", page)


def test_a_cell_that_stops_is_named_without_its_values_and_nothing_is_written(call, small):
    work = small(f"name = '{MARKER}'", "raise KeyError(name)")
    before = work / "00_small.ipynb"
    before.write_text("yesterday's")
    code, out, error = call("notebook", "00", "--html")
    assert (code, out) == (1, "")
    assert "00_small: cell 4 (raise KeyError(name)) stopped. An unexpected KeyError" in error
    assert MARKER not in error
    assert [path.name for path in work.iterdir()] == ["00_small.ipynb"]
    assert before.read_text() == "yesterday's"


def outputs(*cells: tuple[str, str, bool]) -> nbformat.NotebookNode:
    """Return a book whose cells ended in these errors: name, message, whether a result is optional."""
    book = nbformat.v4.new_notebook()
    for name, message, optional in cells:
        cell = nbformat.v4.new_code_cell("first line\nsecond")
        cell.outputs = [nbformat.v4.new_output("error", ename=name, evalue=message, traceback=[])]
        cell.metadata["tags"] = ["raises-exception"] if optional else []
        book.cells.append(cell)
    return book


@pytest.mark.parametrize(
    ("name", "code"), [("ConfigError", 2), ("DataError", 4), ("ModelError", 1), ("ValueError", 1)]
)
def test_the_exit_code_is_that_of_other_commands(name, code):
    with pytest.raises(NotebookError) as raised:
        without_result(outputs((name, "why", False)), "00")
    assert raised.value.exit_code == code
    assert ("why" in str(raised.value)) == (name != "ValueError")


def test_an_optional_cell_says_why_it_has_no_result_and_those_that_need_it_too():
    book = outputs(("DataError", "too few.", True), ("NameError", "x", True), ("KeyError", MARKER, True))
    assert without_result(book, "00") == (
        "00: cell 1 (first line) has no result. too few.",
        "00: cell 2 (first line) has no result. It needs what a cell above could not give.",
        "00: cell 3 (first line) has no result. "
        "An unexpected KeyError: open the notebook in JupyterLab to see where.",
    )


@pytest.mark.long
def test_a_study_that_cannot_answer_is_written_with_code_3(call, tmp_path, monkeypatch):
    monkeypatch.setenv("PYTHONPATH", str(ROOT / "src"))
    study = write_study(tmp_path, {"patients": PATIENTS, "diary": DIARY})
    target = tmp_path / "made.ipynb"
    code, out, error = call("notebook", "02", "--study", study, "--out", target)
    assert code == 3
    assert out.strip() == str(target)
    assert "has no result" in error
    assert "Traceback" not in error


@pytest.mark.long
def test_a_study_that_is_not_there_is_exit_code_2(call, tmp_path, monkeypatch):
    monkeypatch.setenv("PYTHONPATH", str(ROOT / "src"))
    monkeypatch.chdir(tmp_path)
    code, _, error = call("notebook", "01", "--study", "nowhere.toml")
    assert code == 2
    assert "the file was not found" in error
    assert list(tmp_path.iterdir()) == []


def test_what_cannot_be_written_is_said_before_anything_runs(call, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert "is the notebook itself" in call("notebook", "01", "--out", find("01").path)[2]
    assert "allowed: FILE.ipynb" in call("notebook", "01", "--out", "made.html")[2]
    assert "make it first" in call("notebook", "01", "--out", "nowhere/made.ipynb")[2]


def test_a_missing_package_says_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "nbformat", None)
    with pytest.raises(ArgumentError, match=re.escape('pip install "outcomes[notebooks]"')):
        notebooks()


def test_ctrl_c_ends_the_kernel_and_writes_nothing(small):
    work = small("import time, pathlib; pathlib.Path('began').touch(); time.sleep(600)")
    code = (
        "import sys; from pathlib import Path; import outcomes.lab.books as books\n"
        "books._folder = lambda: Path(sys.argv[1])\n"
        "from outcomes.cli import main; main(['notebook', '00'])"
    )
    words = [sys.executable, "-c", code, str(work.parent / "notebooks")]
    with subprocess.Popen(
        words, cwd=work, stderr=subprocess.PIPE, text=True, env=dict(os.environ)
    ) as process:
        until = time.monotonic() + PATIENCE
        while not (work / "began").exists() and time.monotonic() < until:
            time.sleep(0.1)
        begun = (work / "began").exists()
        process.send_signal(signal.SIGINT)
        _, error = process.communicate(timeout=PATIENCE)
    assert begun, error
    assert process.returncode == 130, error
    assert "outcomes: interrupted" in error
    assert "Traceback" not in error
    assert [path.name for path in work.iterdir()] == ["began"]
