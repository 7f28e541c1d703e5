"""The notebooks: stripped in git, thin, and they run on the example and on small studies."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import nbformat
import pytest

from axe import grave
from outcomes.errors import OutcomesError
from outcomes.lab.page import as_page
from outcomes.lab.parameters import put_in, read_parameters
from page.chromium import Browser
from shared import ROOT
from studies import ALL, DIARY, PATIENTS, write_study

NOTEBOOKS = sorted((ROOT / "notebooks").glob("*.ipynb"))
#: A notebook shows; what it needs more lines for belongs in the package.
MOST_LINES_A_CELL, MOST_LINES = 6, 60
#: Notebook -> how many results it shows at least as tables and as drawings.
SHOWN = {
    "00_start_here": (4, 3),
    "01_is_my_data_usable": (6, 2),
    "02_headache_days": (6, 7),
    "03_adverse_events": (7, 2),
    "04_one_patient": (4, 2),
    "05_how_sure_are_we": (7, 2),
    "06_own_analysis": (5, 0),
    "07_two_groups_over_time": (5, 4),
    "08_a_registry_of_five_sites": (6, 2),
}


@pytest.fixture(scope="module", params=NOTEBOOKS, ids=lambda path: path.stem)
def path(request):
    return request.param


@pytest.fixture(scope="module")
def notebook(path):
    return nbformat.read(path, as_version=4)


@pytest.fixture(scope="module")
def client(tmp_path_factory):
    """One kernel for all notebooks: a kernel and the imports cost more than most notebooks."""
    from nbclient import NotebookClient

    folder = tmp_path_factory.mktemp("lab")
    one = NotebookClient(nbformat.v4.new_notebook(), kernel_name="python3", timeout=180, allow_errors=True)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PYTHONPATH", str(ROOT / "src"))
        patch.setenv("PYDEVD_DISABLE_FILE_VALIDATION", "1")
        one.execute(cwd=str(folder), cleanup_kc=False)
    yield one, folder
    one.nb = nbformat.v4.new_notebook()
    one.execute()  # ends the kernel


@pytest.fixture(scope="module")
def executed(notebook, client):
    """Run the notebook in an empty namespace."""
    one, folder = client
    one.nb = nbformat.reads(nbformat.writes(notebook), as_version=4)
    one.nb.cells.insert(0, nbformat.v4.new_code_cell("get_ipython().run_line_magic('reset', '-f')"))
    one.execute(cleanup_kc=False)
    del one.nb.cells[0]
    return one.nb, folder


def code_cells(book):
    return [cell for cell in book.cells if cell.cell_type == "code"]


def test_it_is_stripped_in_git(notebook):
    for cell in code_cells(notebook):
        assert cell.outputs == []
        assert cell.execution_count is None
    assert set(notebook.metadata) == {"kernelspec", "language_info"}


def test_it_is_thin(notebook):
    lines = [len(cell.source.splitlines()) for cell in code_cells(notebook)]
    assert max(lines) <= MOST_LINES_A_CELL
    assert sum(lines) <= MOST_LINES
    source = "\n".join(cell.source for cell in code_cells(notebook))
    assert not re.search(r"^\s*(def|class|for|while|try|with)\b|^\s*[%!]", source, flags=re.MULTILINE)
    assert max(map(len, source.splitlines())) <= 115


def test_its_first_parameter_is_the_study(notebook):
    parameters = read_parameters(notebook)
    assert next(iter(parameters)) == "study"
    assert parameters["study"].default == "example"
    assert all(one.meaning for one in parameters.values())


def test_its_text_never_claims_an_effect(notebook):
    text = " ".join(cell.source for cell in notebook.cells if cell.cell_type == "markdown")
    for claim in re.findall(r"[^.]*\beffect of\b[^.]*", text):
        assert "not" in claim, claim


def test_it_uses_public_names_alone(notebook):
    code = "\n".join(cell.source for cell in code_cells(notebook))
    assert (
        re.findall(r"^\s*(?:from outcomes\b.*|import outcomes(?! as oc$).*)", code, flags=re.MULTILINE) == []
    )


def test_it_runs_and_shows_its_results(executed, path):
    """One test, so that two processes never run the same notebook."""
    book, folder = executed
    for cell in code_cells(book):
        kinds = [output.output_type for output in cell.outputs]
        assert "error" not in kinds, cell.outputs
        assert ("stream" in kinds) == ("print(" in cell.source), cell.outputs
        last = cell.source.splitlines()[-1]
        if not re.match(r"\w+(\[.*\])? = |import |print", last):
            assert "execute_result" in kinds, last
    shown = [
        output.data.get("text/html", "")
        for cell in code_cells(book)
        for output in cell.outputs
        if "data" in output
    ]
    tables, drawings = SHOWN[path.stem]
    assert sum("<table" in html for html in shown) >= tables
    assert sum("<svg" in html for html in shown) >= drawings
    if path.stem == "00_start_here":
        (link,) = re.findall(r"Open the report: <a href='([^']+)'", shown[-1])
        assert (folder / link).read_text(encoding="utf-8").startswith("<!DOCTYPE html>")
    reports = list(Path(folder).glob("reports/latest/report.html"))
    if path.stem == "00_start_here":
        assert len(reports) == 1
        assert reports[0].stat().st_size > 50_000


WIDTH = 1100
#: Parts of results that are wider than their place and do not scroll.
CUT = """[...document.querySelectorAll('.jp-OutputArea-output, .jp-OutputArea-output *')]
.filter(one => one.clientWidth && one.scrollWidth > one.clientWidth + 1
  && getComputedStyle(one).overflowX === 'hidden').map(one => one.outerHTML.slice(0, 200))"""
#: A number that nobody rounded.
LONG_NUMBER = r">\s*-?(?:\d*[1-9]\d*\.\d{5,}|0?\.0*[1-9]\d{5,})\s*</t"


@pytest.mark.long
@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_as_a_page_it_is_read_in_the_light_and_in_the_dark(executed, path, dark, tmp_path):
    """Nothing is cut, nothing pale, nothing asked for, and the drawings stand on the page's own ground."""
    page = tmp_path / f"{path.stem}.html"
    page.write_text(as_page(executed[0], path.stem), encoding="utf-8")
    with Browser() as browser:
        browser.look(width=WIDTH, dark=dark)
        browser.open(page)
        assert [ask for ask in browser.requests if not ask.startswith("data:")] == [page.as_uri()]
        assert browser.violations == []
        assert browser.evaluate("document.documentElement.scrollWidth") <= WIDTH
        ground = browser.evaluate("getComputedStyle(document.body).backgroundColor")
        assert (sum(map(int, re.findall(r"\d+", ground)[:3])) < 3 * 128) == dark
        assert grave(browser) == []
        assert browser.evaluate(CUT) == []
    assert re.findall(LONG_NUMBER, page.read_text(encoding="utf-8")) == []


SMALL = {
    "one patient": {"patients": PATIENTS, "diary": DIARY},
    "all tables, one row each": ALL,
}


@pytest.mark.parametrize(
    "study", [pytest.param("one patient", marks=pytest.mark.long), "all tables, one row each"]
)
def test_a_study_that_cannot_answer_says_so_in_our_words(notebook, study, tmp_path, monkeypatch):
    """Cells run in this process: no kernel, and an error is an object with its class."""
    where = write_study(tmp_path, SMALL[study])
    monkeypatch.chdir(tmp_path)
    book = put_in(notebook, {"study": str(where)})
    names: dict[str, object] = {}
    lacking = False
    for cell in code_cells(book):
        try:
            exec(compile(cell.source, "cell", "exec"), names)
        except (OutcomesError, NameError, ValueError) as raised:
            error = raised
        else:
            continue
        assert "raises-exception" in cell.metadata.get("tags", ()), (cell.source, str(error))
        known = isinstance(error, OutcomesError) or (lacking and isinstance(error, NameError))
        assert known or "statsmodels" in cell.source, (cell.source, str(error))
        lacking = True


def test_the_wheel_takes_every_notebook_and_nothing_else():
    built = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["hatch"]["build"]["targets"]["wheel"]
    taken = {name: to for name, to in built["force-include"].items() if name.startswith("notebooks")}
    assert taken == {f"notebooks/{path.name}": f"outcomes/lab/notebooks/{path.name}" for path in NOTEBOOKS}
    assert {path.stem for path in NOTEBOOKS} == set(SHOWN)
