"""The notebooks: stripped in git, thin, and they run from top to bottom on the example study."""

from __future__ import annotations

import os
import re
import shutil
from pathlib import Path

import nbformat
import pytest

from shared import ROOT

NOTEBOOKS = sorted((ROOT / "notebooks").glob("*.ipynb"))
#: A notebook shows; what it needs more lines for belongs in the package.
MOST_LINES_A_CELL, MOST_LINES = 6, 60


@pytest.fixture(scope="module", params=NOTEBOOKS, ids=lambda path: path.stem)
def notebook(request):
    return nbformat.read(request.param, as_version=4)


@pytest.fixture(scope="module")
def executed(notebook, tmp_path_factory):
    """Run the notebook in an empty folder, in a kernel of its own."""
    from nbclient import NotebookClient

    folder = tmp_path_factory.mktemp("lab") / "notebooks"
    folder.mkdir()
    before = os.environ.get("PYTHONPATH")
    os.environ["PYTHONPATH"] = str(ROOT / "src")
    try:
        client = NotebookClient(
            notebook.copy(), kernel_name="python3", timeout=180, resources={"metadata": {"path": str(folder)}}
        )
        yield client.execute(), folder
    finally:
        os.environ.pop("PYTHONPATH")
        if before is not None:
            os.environ["PYTHONPATH"] = before
        shutil.rmtree(folder.parent)


def code_cells(book):
    return [cell for cell in book.cells if cell.cell_type == "code"]


def test_it_is_stripped_in_git(notebook):
    for cell in code_cells(notebook):
        assert cell.outputs == []
        assert cell.execution_count is None


def test_it_is_thin(notebook):
    lines = [len(cell.source.splitlines()) for cell in code_cells(notebook)]
    assert max(lines) <= MOST_LINES_A_CELL
    assert sum(lines) <= MOST_LINES
    source = "\n".join(cell.source for cell in code_cells(notebook))
    assert not re.search(r"^\s*(def|class|for|while|try|with)\b|^\s*[%!]", source, flags=re.MULTILINE)


def test_it_runs_and_every_cell_that_ends_in_a_value_shows_it(executed):
    book, _ = executed
    for cell in code_cells(book):
        kinds = [output.output_type for output in cell.outputs]
        assert "error" not in kinds
        assert "stream" not in kinds, cell.outputs
        last = cell.source.splitlines()[-1]
        if not re.match(r"\w+ = |import ", last):
            assert "execute_result" in kinds, last


def test_its_results_are_shown_as_tables_and_drawings(executed):
    book, _ = executed
    shown = [output.data.get("text/html", "") for cell in code_cells(book) for output in cell.outputs]
    assert sum("<table" in html for html in shown) >= 5
    assert sum("<svg" in html for html in shown) >= 3


def test_it_publishes_the_report(executed):
    _, folder = executed
    reports = list(Path(folder.parent).glob("reports/latest/report.html"))
    assert len(reports) == 1
    assert reports[0].stat().st_size > 50_000
