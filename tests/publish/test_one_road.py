"""`oc.report`, the command line, a dry run and `verify` are one road to one report."""

from __future__ import annotations

import inspect
import json
from pathlib import Path

import pytest

import outcomes as oc
from outcomes.cli import main
from outcomes.errors import ConfigError
from outcomes.page import make as page_module
from outcomes.page.blocks import Section, Words
from outcomes.page.sections import SECTIONS, Part
from outcomes.publish.request import Request
from outcomes.publish.runs import run
from outcomes.publish.verify import verify
from studies import ALL, write_study

FRAMES = 12


@pytest.fixture
def study_toml(tmp_path) -> Path:
    """Return a study.toml that withholds counts under 10."""
    path = write_study(tmp_path, ALL)
    text = path.read_text(encoding="utf-8")
    assert 'audience = "clinic"' in text
    path.write_text(text.replace('audience = "clinic"', "smallest_count = 10"), encoding="utf-8")
    return path


@pytest.fixture
def quick(monkeypatch) -> None:
    """Make the sections that say how much is withheld, and no other."""
    kept = [part for part in SECTIONS if part.name in ("in-short", "provenance", "withheld")]
    monkeypatch.setattr(page_module, "SECTIONS", kept)


def manifest(report: Path | str | None) -> dict:
    return json.loads((Path(str(report)).parent / "manifest.json").read_text(encoding="utf-8"))


def test_a_study_carries_what_study_toml_says_of_its_report(study_toml):
    study = oc.read_study(study_toml)
    assert study.reporting.smallest_count == 10
    assert study.as_of("2026-03-01").reporting == study.reporting
    assert study.with_rules(min_days=10).config == study.config == study_toml.resolve()


@pytest.mark.usefixtures("quick")
def test_the_function_and_the_command_give_the_same_page(study_toml, tmp_path, capsys):
    by_function = oc.report(oc.read_study(study_toml), tmp_path / "a")
    main_code(["report", str(study_toml), "--out", str(tmp_path / "b")])
    by_command = Path(capsys.readouterr().out.strip())
    assert by_function.read_bytes() == by_command.read_bytes()
    assert "fewer than 10 people" in by_function.read_text(encoding="utf-8")
    both = manifest(by_function), manifest(by_command)
    for one in both:
        del one["run"]
    assert both[0] == both[1]
    dry = run(study_toml, tmp_path / "c", Request(dry_run=True))
    assert dry.sections == {part["name"]: part["status"] for part in both[0]["sections"]}
    assert not (tmp_path / "c").exists()


def main_code(arguments: list[str]) -> None:
    with pytest.raises(SystemExit) as left:
        main(arguments)
    assert left.value.code == 0


@pytest.mark.usefixtures("quick")
@pytest.mark.parametrize(
    "call",
    [
        {},
        {"smallest_count": 7},
        {"audience": "clinic"},
        pytest.param({"audience": "clinic", "patients": True}, marks=pytest.mark.long),
        {"as_of": "2026-03-01"},
    ],
    ids=str,
)
def test_what_the_function_made_is_verified(study_toml, tmp_path, call):
    path = oc.report(oc.read_study(study_toml), tmp_path / "out", **call)
    found = verify(path.parent)
    assert (found.problems, found.logged) == ((), True)
    without_log = path.parents[1] / "runs.jsonl"
    without_log.unlink()
    assert verify(path.parent, study=study_toml).problems == ()


@pytest.mark.usefixtures("quick")
def test_rules_that_were_changed_in_memory_are_noted_and_verified(study_toml, tmp_path):
    study = oc.read_study(study_toml).with_rules(min_days=9)
    path = oc.report(study, tmp_path / "out")
    assert manifest(path)["config"]["rules_asked"] == {"min_days": 9}
    assert verify(path.parent).problems == ()


@pytest.mark.usefixtures("quick")
def test_where_call_and_study_toml_differ_the_call_wins_and_the_manifest_says_so(study_toml, tmp_path):
    path = oc.report(oc.read_study(study_toml), tmp_path / "out", smallest_count=7)
    told = manifest(path)
    assert told["disclosure"]["smallest_count"] == 7
    assert told["config"]["said_otherwise"] == {"smallest_count": {"study.toml": 10, "call": 7}}
    assert "fewer than 7 people" in path.read_text(encoding="utf-8")


@pytest.mark.usefixtures("quick")
def test_a_study_of_frames_has_the_defaults_and_no_study_toml(tmp_path):
    study = oc.simulate(patients=12, seed=1).study
    path = oc.report(study, tmp_path / "out")
    told = manifest(path)
    assert (told["config"], told["disclosure"]["smallest_count"]) == (None, 5)


@pytest.mark.usefixtures("quick")
def test_files_that_are_newer_than_the_study_are_not_named_as_its_source(study_toml, tmp_path):
    study = oc.read_study(study_toml)
    diary = study_toml.parent / "diary.csv"
    diary.write_text(diary.read_text(encoding="utf-8") + "\n", encoding="utf-8")
    assert manifest(oc.report(study, tmp_path / "out"))["config"] is None


def test_a_setting_that_report_does_not_have_is_refused(study_toml):
    text = study_toml.read_text(encoding="utf-8")
    study_toml.write_text(text.replace("smallest_count", "smalest_count"), encoding="utf-8")
    with pytest.raises(ConfigError, match="smalest_count"):
        oc.read_study(study_toml)


def test_a_section_is_at_most_so_many_frames_below_the_function(study_toml, tmp_path, monkeypatch):
    seen: list[int] = []

    def deep(view: object) -> Section:
        seen.append(len(inspect.stack()))
        return Section("deep", "Deep", (Words("deep"),))

    monkeypatch.setattr(page_module, "SECTIONS", (Part("deep", "Deep", deep, "always"),))
    study, here = oc.read_study(study_toml), len(inspect.stack())
    oc.report(study, tmp_path / "out")
    assert seen[0] - here <= FRAMES
