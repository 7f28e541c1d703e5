"""The site: no warning, every public name, nothing from elsewhere, and it reads in a browser."""

from __future__ import annotations

import importlib.util
import re
import shutil
import subprocess
import sys
from html import unescape
from pathlib import Path
from urllib.parse import quote_plus, unquote

import pytest

import outcomes as oc
from axe import grave
from outcomes.results import COLUMNS
from outcomes.schema.rules import Rules
from shared import ROOT


@pytest.fixture(scope="module")
def made():
    spec = importlib.util.spec_from_file_location("made", ROOT / "docs" / "made.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def pages(made):
    return made.pages()


def build(builder: str, folder: Path) -> tuple[int, str]:
    """Build the site as `make docs` does, from nothing that an earlier build left; return code and words."""
    words = [sys.executable, "-m", "sphinx", "-E", "-b", builder, "-n", "-W", "--keep-going", "-q"]
    done = subprocess.run([*words, ROOT / "docs", folder], capture_output=True, text=True, check=False)
    return done.returncode, done.stderr


@pytest.fixture(scope="module")
def versions():
    spec = importlib.util.spec_from_file_location("versions", ROOT / "docs" / "versions.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def whole_site(tmp_path_factory):
    """Build the site of this version, its gallery and the menu of versions, by `make docs`' own line."""
    folder = tmp_path_factory.mktemp("whole")
    (folder / ".made-left" / "new").mkdir(parents=True)  # of a build that was interrupted
    words = [sys.executable, ROOT / "docs" / "versions.py", folder]
    done = subprocess.run(words, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    assert not list(folder.glob(".made-*"))
    return folder


@pytest.fixture(scope="module")
def site(whole_site):
    return whole_site / oc.__version__


def test_every_public_name_is_in_the_reference_once(made, pages):
    page = pages["functions.md"]
    for name in set(oc.__all__) - set(made.ELSEWHERE):
        assert page.count(f"   outcomes.{name}\n") == 1, name
    listed = [name for names in made.GROUPS.values() for name in names]
    assert {name for name in listed if "." not in name} <= set(oc.__all__)


def test_every_plot_and_table_is_listed(pages):
    for name in oc.tables.__all__:
        assert f"outcomes.tables.{name}\n" in pages["functions.md"]
    assert pages["plots.md"].count("   outcomes.plots.") >= 18


def test_every_command_with_its_options_is_on_its_page(pages):
    page = pages["command_line.md"]
    for command in ("check", "report", "demo", "simulate", "init", "notebook", "verify", "schema export"):
        assert f"## outcomes {command}\n" in page
    assert "`--if-changed`" in page
    assert "`--parameter, -p NAME=VALUE`" in page


def test_every_key_and_column_is_on_its_page(pages):
    for name in Rules.model_fields:
        assert f"| `{name}` |" in pages["study_toml.md"]
    for name in COLUMNS:
        assert f"| `{name}` |" in pages["errors_and_columns.md"]
    assert "needed" in pages["study_toml.md"]


def test_every_page_is_read_and_every_link_inside_resolved_without_a_warning(tmp_path):
    """The builder `dummy` reads and resolves all that `html` does, and writes nothing."""
    assert build("dummy", tmp_path) == (0, "")


@pytest.mark.long
def test_a_build_that_was_interrupted_does_not_block_the_next(tmp_path):
    assert build("html", tmp_path) == (0, "")
    kept = tmp_path / ".doctrees"
    (kept / "environment.pickle").write_bytes(b"half a pickle")
    for name in ("index", "methods/mmrm"):
        (kept / f"{name}.doctree").write_bytes(b"half")
        (tmp_path / f"{name}.html").unlink()
    made = ROOT / "docs" / "reference" / "made"
    (made / "api" / "outcomes.mmrm.rst").write_text("half of")
    (made / "functions.md").unlink()
    assert build("html", tmp_path) == (0, "")
    assert (tmp_path / "methods" / "mmrm.html").is_file()


@pytest.mark.long
def test_no_link_leads_nowhere(site):
    """Also those that sphinx does not look at: anchors in the pages as written, images, the gallery."""
    ids, links = {}, []
    for page in site.rglob("*.html"):
        text = page.read_text(encoding="utf-8")
        ids[page] = set(re.findall(r'\sid="([^"]+)"', text))
        links += [(page, unescape(link)) for link in re.findall(r'(?:href|src)="([^"]+)"', text)]
    broken = set()
    for page, link in links:
        if re.match(r"(https?:|mailto:|data:|javascript:)", link):
            continue
        path, _, anchor = link.partition("#")
        target = (page.parent / unquote(path.split("?")[0])).resolve() if path else page
        if not target.exists() or (anchor and target in ids and unquote(anchor) not in ids[target]):
            broken.add((page.name, link))
    assert broken == set()
    assert len(links) > 5000


@pytest.mark.long
def test_formulas_are_mathml(site):
    for name in ("mmrm", "counts", "daily", "ancova", "periods", "simulator"):
        text = (site / "methods" / f"{name}.html").read_text(encoding="utf-8")
        assert "<math xmlns" in text, name
        assert "\\frac" not in text


@pytest.mark.long
def test_the_site_is_built_without_a_warning_and_takes_nothing_from_elsewhere(site):
    found = list(site.rglob("*.html"))
    assert len(found) > 100
    for page in found:
        text = page.read_text(encoding="utf-8")
        assert not re.search(r"<(script|img|iframe)[^>]*\ssrc=\"(https?:)?//", text), page.name
        assert not re.search(r"<link[^>]*href=\"(https?:)?//[^>]*stylesheet|@import", text), page.name
    styles = "".join(path.read_text(encoding="utf-8") for path in site.rglob("*.css"))
    assert not re.search(r"url\([\"']?(https?:)?//", styles)
    for name in ("mmrm", "periods", "Study", "Estimates", "incidence", "write_table"):
        assert (site / "reference" / "made" / "api" / f"outcomes.{name}.html").is_file(), name


@pytest.mark.long
@pytest.mark.parametrize("dark", [False, True])
@pytest.mark.parametrize("width", [360, 1280])
def test_pages_fit_the_screen_and_ask_for_files_only(site, width, dark):
    browser_module = _browser()
    with browser_module.Browser() as browser:
        for name in ("index", "methods/mmrm", "reference/made/functions", "reference/made/command_line"):
            browser.open(site / f"{name}.html")
            browser.look(width=width, dark=dark)
            assert browser.evaluate("document.documentElement.scrollWidth") <= width, name
            assert browser.violations == []
            outside = [ask for ask in browser.requests if not ask.startswith(("file://", "data:"))]
            assert outside == []
            stuck = browser.evaluate(
                "[...document.querySelectorAll('article *')].filter(e => e.scrollWidth > e.clientWidth + 1"
                " && getComputedStyle(e).overflowX === 'auto' && e.tabIndex < 0).map(e => e.outerHTML)"
            )
            assert stuck == []
            levels = browser.evaluate(
                "[...document.querySelectorAll('[role=heading]')].map(e => e.ariaLevel)"
            )
            assert set(levels) <= {"2"}


@pytest.mark.long
@pytest.mark.parametrize("dark", [False, True])
@pytest.mark.parametrize("width", [360, 1280])
def test_axe_finds_nothing_serious(site, width, dark):
    with _browser().Browser() as browser:
        browser.look(width=width, dark=dark)
        for name in ("index", "tutorial/first_report", "methods/mmrm", "reference/made/command_line"):
            browser.open(site / f"{name}.html")
            assert grave(browser) == [], name


@pytest.mark.long
def test_axe_finds_nothing_serious_on_any_page(site, whole_site):
    """Every page, half of them dark; of those of single functions, which one template makes, each fifth."""
    pages = sorted(site.rglob("*.html"))
    made = [page for page in pages if page.parent.name == "api"]
    looked = [whole_site / "versions.html", *(page for page in pages if page not in made), *made[::5]]
    found = {}
    with _browser().Browser() as browser:
        for number, page in enumerate(looked):
            browser.look(width=1280, dark=bool(number % 2))
            browser.open(page)
            if wrong := grave(browser):
                found[page.name] = wrong
    assert found == {}
    assert len(looked) > 80


@pytest.mark.long
def test_axe_finds_what_was_planted(site):
    page = site / "index.html"
    wrong = page.with_name("wrong.html")
    text = page.read_text(encoding="utf-8")
    assert "<article" in text
    wrong.write_text(text.replace("</article>", '<a href="#"></a></article>', 1), encoding="utf-8")
    with _browser().Browser() as browser:
        browser.open(wrong)
        assert "link-name" in [rule for _, rule, _ in grave(browser)]


#: What people ask -> pages that answer it, as somebody typed it who had not read the pages.
ASKED = {
    "read my CSV with other column names": ("howto/data", "tutorial/own_data"),
    "draw change of two groups": ("howto/reports",),
    "rates of nausea per session": ("howto/numbers",),
    "send a report every Monday": ("scheduling", "howto/reports"),
    "hide small counts": ("howto/reports", "methods/disclosure"),
    "export to Word Excel PDF": ("howto/reports",),
    "MMRM with Kenward-Roger as in SAS": ("coming_from", "methods/mmrm"),
    "compare before and after": ("howto/numbers",),
    "why were rows refused": ("faults", "howto/data"),
    "use polars": ("howto/reports", "howto/data"),
    "regression to the mean": ("methods/regression_to_mean",),
    "excel monthly sheets": ("howto/excel",),
    "compare arms headache days": ("howto/numbers",),
    "weekly report cron": ("scheduling", "howto/reports"),
    "missing diary days bounds": ("howto/numbers", "methods/periods"),
    "nausea patients by grade": ("howto/numbers",),
    "share data without names": ("howto/export_to_report",),
    "date format day first": ("howto/data", "howto/csv", "howto/excel"),
    "hide small counts publish": ("howto/reports",),
    "mmrm unstructured kenward-roger": ("methods/mmrm", "reference/made/api/outcomes.mmrm"),
    "how long effect lasts": ("howto/numbers",),
    "remove duplicate patients": ("howto/data", "faults"),
    "compare two treatment groups": ("howto/numbers",),
    "score HIT-6 questionnaire": ("howto/numbers", "methods/scores"),
    "adverse event rate confidence interval": ("howto/numbers",),
    "missing diary days": ("howto/numbers",),
    "anonymize patient names": ("howto/export_to_report",),
    "schedule weekly report email": ("howto/reports", "scheduling"),
    "export to SAS": ("howto/statistics_files",),
    "save plot high resolution": ("howto/reports",),
    "duration of effect": ("howto/numbers",),
    "single patient report": ("howto/numbers", "howto/reports"),
}
HITS = (
    "new Promise(done => { const links = () => [...document.querySelectorAll('#search-results li a')];"
    "const look = () => links().length ? setTimeout(() => done(links().map(a => a.href)), 500) : "
    "setTimeout(look, 100); look(); setTimeout(() => done([]), 20000); })"
)


@pytest.mark.long
def test_search_finds_the_answer_among_its_first_three_hits(site):
    """The search works from a file, and knows the words of those who ask."""
    missed = {}
    with _browser().Browser() as browser:
        browser.open(site / "search.html")
        for asked, answers in ASKED.items():
            browser.call("Page.navigate", url=(site / "search.html").as_uri() + "?q=" + quote_plus(asked))
            hits = [
                unquote(hit).split(f"{site.as_uri()}/")[1].split(".html")[0] for hit in browser.evaluate(HITS)
            ]
            if not set(hits[:3]) & set(answers):
                missed[asked] = hits[:5]
    assert missed == {}


@pytest.mark.long
def test_versions_stand_beside_each_other_with_a_menu_between_them(whole_site, site, versions):
    """An older version: the same pages but one, which is newer than it."""
    older = whole_site / "0.0.9"
    shutil.copytree(site, older)
    (older / "faults.html").unlink()
    try:
        assert versions.menu(whole_site) == [oc.__version__, "0.0.9"]
        links = "[...document.querySelectorAll('#site-versions a')].map(a => [a.textContent, a.href])"
        with _browser().Browser() as browser:
            for page, there in (("methods/mmrm", "methods/mmrm"), ("faults", "index")):
                browser.open(site / f"{page}.html")
                assert browser.evaluate(links) == [
                    [oc.__version__, (site / f"{page}.html").as_uri()],
                    ["0.0.9", (older / f"{there}.html").as_uri()],
                ]
            browser.open(whole_site / "index.html")
            browser.open(site / "index.html")
            assert browser.violations == []
    finally:
        shutil.rmtree(older)
        versions.menu(whole_site)


def _browser():
    where = ROOT / "tests" / "page" / "chromium.py"
    spec = importlib.util.spec_from_file_location("chromium", where)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module
