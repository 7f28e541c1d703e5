"""study.toml over time: a version in the file, `outcomes upgrade`, and text that would take long to read."""

from __future__ import annotations

import time
import tomllib
from pathlib import Path

import pytest

from outcomes.cli import main
from outcomes.config import read_config, starter_files
from outcomes.config.upgrade import SCHEMA_VERSION, upgraded
from outcomes.config.workbook import workbook_toml
from outcomes.errors import ConfigError, OutcomesError
from outcomes.simulate.study_files import write_simulated
from outcomes.study.settings import check_title
from shared import ROOT

#: As 0.1.0 wrote it: no version; comments, an odd layout and a title that looks like the key.
OLD = (
    '# Clinic A\n\n# schema_version = 1\ntitle   =  "schema_version = 1"  # ours\n'
    '[tables.diary]\nfile = "d.csv"\n'
)
#: Seconds until a refusal, on a busy machine: the parser alone takes 15 for the worst of these.
AT_ONCE = 2.0


def run(*words: str) -> int:
    with pytest.raises(SystemExit) as left:
        main(list(words))
    return int(left.value.code or 0)


@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_an_old_file_gets_its_version_and_keeps_every_line(tmp_path: Path, capsys, end: str) -> None:
    path = tmp_path / "study.toml"
    old = OLD.replace("\n", end)
    path.write_bytes(old.encode())
    path.chmod(0o640)
    assert run("upgrade", str(path), "--dry-run") == 0
    assert path.read_bytes() == old.encode()
    assert list(tmp_path.iterdir()) == [path]
    assert "+schema_version = 2" in capsys.readouterr().out
    assert run("upgrade", str(tmp_path)) == 0
    told = capsys.readouterr()
    assert "+schema_version = 2" in told.out
    assert "since version 1: " in told.err
    new = path.read_bytes().decode()
    assert new.replace(f"schema_version = {SCHEMA_VERSION}{end}", "", 1) == old
    assert (tmp_path / "study.toml.before").read_bytes() == old.encode()
    assert path.stat().st_mode & 0o777 == 0o640
    assert read_config(path).schema_version == SCHEMA_VERSION
    assert run("upgrade", str(path)) == 0
    assert "nothing to do" in capsys.readouterr().err
    assert path.read_bytes().decode() == new
    assert len(list(tmp_path.iterdir())) == 2


def test_a_backup_is_never_written_over(tmp_path: Path) -> None:
    path = tmp_path / "study.toml"
    (tmp_path / "study.toml.before").write_text("mine")
    path.write_text(OLD)
    assert run("upgrade", str(path)) == 0
    assert (tmp_path / "study.toml.before").read_text() == "mine"
    assert (tmp_path / "study.toml.before2").read_text() == OLD


def test_a_version_in_the_file_is_raised_where_it_stands() -> None:
    text = OLD.replace("title", "schema_version = 1  # old\ntitle", 1)
    assert upgraded(text).after == text.replace("schema_version = 1  # old", "schema_version = 2  # old")


@pytest.mark.parametrize(
    ("version", "told"),
    [
        ("3", "install a newer"),
        ("0", "allowed: 1, 2"),
        ('"2"', "allowed|whole number"),
        ("true", "allowed|whole number"),
    ],
)
def test_another_version_is_refused(tmp_path: Path, version: str, told: str) -> None:
    path = tmp_path / "study.toml"
    path.write_text(f"schema_version = {version}\n{OLD}")
    for read in (lambda: read_config(path), lambda: upgraded(path.read_text())):
        with pytest.raises(ConfigError, match=told):
            read()
    assert run("upgrade", str(path)) == 2


def test_what_ships_and_what_is_written_has_this_version(tmp_path: Path) -> None:
    write_simulated(tmp_path, patients=3, months=2)
    for text in ((tmp_path / "study.toml").read_text(), starter_files()["study.toml"], workbook_toml()):
        assert tomllib.loads(text)["schema_version"] == SCHEMA_VERSION
    example = tomllib.loads((ROOT / "data" / "example" / "study.toml").read_text())
    assert example["schema_version"] == SCHEMA_VERSION


@pytest.mark.parametrize(
    "text",
    [
        "a." * 60_000 + "a = 1",
        '"a".' * 40_000 + '"a" = 1',
        "[" + "a." * 60_000 + "a]",
        "x = {" + "a . " * 40_000 + "a = 1}",
        "x = " + "[" * 150_000,
        "x = " + "1" * 150_000,
        "a = 1\n" * 100_000,
    ],
    ids=["dotted", "quoted", "table", "inline", "nested", "digits", "long"],
)
def test_pathological_text_is_refused_at_once(tmp_path: Path, text: str) -> None:
    path = tmp_path / "study.toml"
    path.write_text(text)
    begun = time.process_time()
    with pytest.raises(OutcomesError, match=r"^study\.toml: "):
        read_config(path)
    assert time.process_time() - begun < AT_ONCE


def test_a_deep_key_is_named_by_its_line_and_a_sentence_is_no_key(tmp_path: Path) -> None:
    path = tmp_path / "study.toml"
    path.write_text(OLD + "a." * 20 + "a = 1\n")
    with pytest.raises(ConfigError, match="line 7: a key of more than 16 parts"):
        read_config(path)
    path.write_text('note = "and so on................................"\n' + OLD)
    assert read_config(path).note.startswith("and so on")


def test_a_title_has_a_length(tmp_path: Path) -> None:
    path = tmp_path / "study.toml"
    path.write_text(OLD.replace('schema_version = 1"', "x" * 301 + '"'))
    with pytest.raises(ConfigError, match="title must be at most 300 characters long, got 301 characters"):
        read_config(path)


@pytest.mark.parametrize(
    "title", ["", "   ", r"a\nb", r"a\tb", r"\u202Eabc", r"a\u0007", r"\u2066a\u2069", r"a\u2028b"]
)
def test_a_title_is_one_line_that_shows_what_it_says(tmp_path: Path, title: str) -> None:
    path = tmp_path / "study.toml"
    path.write_text(f'title = "{title}"\n[tables.diary]\nfile = "d.csv"\n')
    with pytest.raises(ConfigError, match=r"^study\.toml: title(:| must)"):
        read_config(path)
    with pytest.raises(OutcomesError, match=r"title (is empty|holds)"):
        check_title(tomllib.loads(path.read_text())["title"])


@pytest.mark.parametrize(
    "title", ["Kopfschmerz\u00a0für Ärzte", "👩\u200d⚕️ clinic", "片頭痛", "<b>A & B</b>"]
)
def test_a_title_in_any_script_is_taken(tmp_path: Path, title: str) -> None:
    path = tmp_path / "study.toml"
    path.write_text(f'title = "{title}"\n[tables.diary]\nfile = "d.csv"\n', encoding="utf-8")
    assert read_config(path).title == title


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("k" * 5_000 + " = 1", "k{60} is not a key"),
        ('title = "again"', "stands twice"),
        ("[tables.diary]", "stands twice"),
        ("x = " + "{a=" * 400 + "1" + "}" * 400, "too deep"),
    ],
    ids=["long key", "key twice", "part twice", "nested"],
)
def test_what_is_wrong_with_a_key_is_said_in_a_line(tmp_path: Path, line: str, told: str) -> None:
    path = tmp_path / "study.toml"
    path.write_text(f'title = "A"\n{line}\n[tables.diary]\nfile = "d.csv"\n[tables.diary.columns]\n')
    with pytest.raises(ConfigError, match=told) as raised:
        read_config(path)
    assert len(str(raised.value)) < 400
