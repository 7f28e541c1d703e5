"""Many sites at once: one that fails, or is killed, stops no other."""

from __future__ import annotations

import json
import multiprocessing
import os
import re
import struct
from html import unescape
from pathlib import Path
from types import SimpleNamespace
from urllib.parse import unquote, urlsplit

import pytest

from outcomes.cli import main
from outcomes.errors import ArgumentError
from outcomes.publish import sites as sites_module
from outcomes.publish.request import Request
from outcomes.publish.sites import exit_code, run_sites, site_names
from outcomes.publish.sites_page import write_summary
from shared import ROOT
from studies import ALL, write_study


@pytest.fixture
def sites(tmp_path, monkeypatch) -> list[Path]:
    monkeypatch.setenv("PYTHONPATH", str(ROOT / "src"))  # the processes start from a server of their own
    found = []
    for name in ("basel", "bern", "genf"):
        (tmp_path / name).mkdir()
        found.append(write_study(tmp_path / name, ALL))
    return found


def test_a_failing_site_stops_no_other(sites, tmp_path, capsys):
    (tmp_path / "bern" / "diary.csv").unlink()
    out = tmp_path / "out"
    with pytest.raises(SystemExit) as left:
        main(["report", *map(str, sites), "--out", str(out)])
    said = capsys.readouterr()
    assert left.value.code == 3
    assert "bern: failed" in said.err
    assert "the file of table diary was not found" in said.err
    assert [(out / name / "latest").exists() for name in ("basel", "bern", "genf")] == [True, False, True]
    facts = json.loads((out / "sites.json").read_text())["sites"]
    assert [site["exit_code"] for site in facts] == [0, 4, 0]
    page = (out / "index.html").read_text()
    assert "2 of 3 sites have a complete report" in page
    assert 'href="genf/latest/report.html"' in page
    assert (out / "index.html").stat().st_mode & 0o777 == 0o600


def test_a_killed_process_is_a_failed_site(sites, tmp_path, monkeypatch):
    # the notification command runs in the site's process tree: its parent is the process of the site
    hook = json.dumps(["sh", "-c", "kill -9 $PPID"])
    text = sites[0].read_text()
    sites[0].write_text(text.replace("[report]", f"[report]\nnotify = {hook}", 1))
    told: list[str] = []
    results = run_sites(sites[:2], tmp_path / "out", Request(), told=lambda facts: told.append(facts["site"]))
    assert results[0]["error"] == "the process ended with SIGKILL"
    assert results[1]["status"] == "published"
    assert sorted(told) == ["basel", "bern"]


def test_names_come_from_files_or_folders_and_are_not_shared(tmp_path, monkeypatch):
    assert list(site_names([tmp_path / "a.toml", tmp_path / "b" / "study.toml"])) == ["a", "b"]
    (tmp_path / "c" / "d").mkdir(parents=True)
    monkeypatch.chdir(tmp_path / "c" / "d")
    assert list(site_names([Path("../study.toml"), Path("study.toml")])) == ["c", "d"]
    with pytest.raises(ArgumentError, match="two sites have the name a"):
        site_names([tmp_path / "a.toml", tmp_path / "x" / "a.toml"])


@pytest.mark.parametrize(
    ("codes", "expected"), [([0, 0], 0), ([0, 4], 3), ([4, 2], 4), ([11, 11], 11), ([3, 3], 3), ([0, 3], 3)]
)
def test_the_code_of_many_sites(codes, expected):
    assert exit_code([{"exit_code": code} for code in codes]) == expected


def test_the_page_escapes_what_it_shows(tmp_path):
    name = "<b>&"
    write_summary(tmp_path, [{"site": name, "status": "failed", "exit_code": 4, "error": "<script>"}])
    page = (tmp_path / "index.html").read_text()
    assert "<script>" not in page
    assert "&lt;b&gt;&amp;" in page
    assert os.listdir(tmp_path) != []


def test_a_study_in_the_folder_above_does_not_lead_out_of_the_reports(tmp_path, monkeypatch):
    (tmp_path / "north" / "work").mkdir(parents=True)
    monkeypatch.chdir(tmp_path / "north" / "work")
    assert list(site_names([Path("../study.toml")])) == ["north"]
    (tmp_path / "north" / "study.toml").touch()
    assert list(site_names([Path("..")])) == ["north"]
    with pytest.raises(ArgumentError, match="no name"):
        site_names([Path("/study.toml")])


@pytest.mark.parametrize("name", ["a#b?c", "javascript:alert(1)", "50% & more"])
def test_a_link_leads_to_the_folder_whatever_its_name(tmp_path, name):
    report = tmp_path / name / "latest" / "report.html"
    report.parent.mkdir(parents=True)
    report.touch()
    write_summary(tmp_path, [{"site": name, "status": "published", "exit_code": 0}])
    link = unescape(re.findall(r'href="([^"]*)"', (tmp_path / "index.html").read_text())[0])
    parts = urlsplit(link)
    assert (parts.scheme, parts.query, parts.fragment) == ("", "", "")
    assert tmp_path / unquote(parts.path) == report


def test_a_site_that_is_killed_in_the_middle_of_a_word_has_failed():
    ours, theirs = multiprocessing.Pipe(duplex=False)
    os.write(theirs.fileno(), struct.pack("!i", 100) + b"half")
    theirs.close()
    ended = SimpleNamespace(exitcode=-9, join=lambda: None)
    facts = sites_module._end(sites_module._Working("bern", ended, ours, 0.0))
    assert (facts["status"], facts["error"]) == ("failed", "the process ended with SIGKILL")
