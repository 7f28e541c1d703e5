"""A report is what its manifest says, or the line is named that is not."""

from __future__ import annotations

from pathlib import Path

import pytest

from outcomes.errors import ArgumentError
from outcomes.page import make as page_module
from outcomes.page.sections import SECTIONS
from outcomes.publish.request import Request
from outcomes.publish.runs import run
from outcomes.publish.transaction import LATEST
from outcomes.publish.verify import verify
from studies import DIARY, PATIENTS, write_study

SMALL = {"patients": PATIENTS, "diary": DIARY}


@pytest.fixture(autouse=True)
def few_sections(monkeypatch):
    monkeypatch.setattr(page_module, "SECTIONS", [part for part in SECTIONS if part.name == "provenance"])


@pytest.fixture
def published(tmp_path) -> Path:
    run(write_study(tmp_path, SMALL), tmp_path / "out", Request(as_of="2026-02-28"))
    return tmp_path / "out" / LATEST


def line_of(folder: Path, words: str) -> int:
    lines = (folder / "manifest.json").read_text().splitlines()
    return next(number for number, line in enumerate(lines, start=1) if words in line)


def edit(folder: Path, old: str, new: str) -> int:
    """Change the first line of the manifest that has some words, and return its number."""
    path, number = folder / "manifest.json", line_of(folder, old)
    path.write_text(path.read_text().replace(old, new, 1))
    return number


def test_a_report_made_again_is_the_same(published):
    found = verify(published)
    assert (found.problems, found.logged) == ((), True)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ('"title": "Test"', '"title": "Best"'),
        ('"as_of": "2026-02-28"', '"as_of": "2026-03-01"'),
        ('"as_of_asked": "2026-02-28"', '"as_of_asked": "2026-03-01"'),
        ('"rows": 2', '"rows": 3'),
        ('"user": "', '"user": "not '),
        ('"status": "complete"', '"status": "complete'),
    ],
)
def test_an_edited_manifest_is_told_by_its_line(published, old, new):
    number = edit(published, old, new)
    (problem,) = verify(published).problems
    assert problem.startswith(f"manifest.json line {number}: ")


def test_a_changed_page_and_a_changed_input_are_told(published, tmp_path):
    page = published / "report.html"
    page.write_bytes(page.read_bytes() + b" ")
    assert verify(published).problems[0].startswith("report.html differs")
    (tmp_path / "diary.csv").write_text(DIARY + "01,2026-01-06,no\n")
    assert any("sha256" in problem for problem in verify(published).problems)


def test_without_the_log_the_manifest_says_what_was_asked(published, tmp_path):
    (published.resolve().parent / "runs.jsonl").unlink()
    with pytest.raises(ArgumentError, match="name it with --study"):
        verify(published)
    found = verify(published, study=tmp_path)
    assert (found.problems, found.logged) == ((), False)


def test_what_cannot_be_verified_is_a_sentence(published, tmp_path):
    with pytest.raises(ArgumentError, match="name the folder of one report"):
        verify(tmp_path)
    (published.resolve().parent / "runs.jsonl").unlink()
    number = edit(published, '"title": "Test",', '"title": ,')
    with pytest.raises(ArgumentError, match=f"line {number}"):
        verify(published)


@pytest.mark.parametrize("line", ["5", "[]", '{"report": "NAME"}'])
def test_a_line_of_the_log_that_is_no_run_is_no_witness(published, tmp_path, line):
    name = published.resolve().name
    (published.resolve().parent / "runs.jsonl").write_text(line.replace("NAME", name) + "\n")
    with pytest.raises(ArgumentError, match="name it with --study"):
        verify(published)
    found = verify(published, study=tmp_path)
    assert (found.problems, found.logged) == (("runs.jsonl was changed at line 1",), False)


@pytest.mark.parametrize(
    ("edited", "problem"),
    [
        (
            lambda text: text.replace('"status": "ok"', '"status": "failed"'),
            "run_results.json differs: provenance",
        ),
        (lambda text: text.replace('"rows": ', '"rows": 1'), "run_results.json differs: provenance"),
        (lambda text: text[:-20], "run_results.json cannot be read"),
        (lambda text: "[]", "run_results.json cannot be read"),
    ],
)
def test_results_that_were_edited_are_told(published, edited, problem):
    path = published / "run_results.json"
    before = path.read_text()
    path.write_text(edited(before))
    assert path.read_text() != before
    assert verify(published).problems == (problem,)
