"""The command line as programs and people call it: codes, streams, wrong input, no traceback, no value."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import get_args, get_type_hints

import pytest

from outcomes.cli import app, main
from outcomes.cli.contract import schema_app
from outcomes.cli.words import a_path
from outcomes.config import contract_files, starter_files
from shared import ROOT, shared
from studies import ALL, DIARY, PATIENTS, write_study

SMALL = {"patients": PATIENTS, "diary": DIARY}
MARKER = "Zebra77"


def environment() -> dict[str, str]:
    return os.environ | {"PYTHONPATH": str(ROOT / "src")}


@dataclass(frozen=True)
class Done:
    returncode: int
    stdout: str
    stderr: str


@pytest.fixture
def run(capsys):
    """Call the command line in this process: starting Python anew takes seconds a call."""

    def call(*arguments: str | Path) -> Done:
        with pytest.raises(SystemExit) as left:
            main([str(argument) for argument in arguments])
        said = capsys.readouterr()
        return Done(int(left.value.code), said.out, said.err)

    return call


def assert_calm(done: Done | subprocess.CompletedProcess[str]) -> None:
    assert "Traceback" not in done.stderr + done.stdout
    assert MARKER.casefold() not in done.stderr.casefold()


def test_check_prints_json_on_stdout_and_nothing_on_stderr(run, tmp_path):
    done = run("check", write_study(tmp_path, ALL), "--json")
    assert (done.returncode, done.stderr) == (0, "")
    facts = json.loads(done.stdout)
    assert facts["tables"]["diary"] == {"received": 2, "accepted": 2, "rejected": 0, "reasons": {}}
    assert facts["findings"] == []


def test_check_says_what_is_wrong_and_exits_with_4(run, tmp_path):
    study = write_study(tmp_path, SMALL | {"diary": f"{DIARY}{MARKER},2026-02-31,maybe\n"})
    done = run("check", study)
    assert done.returncode == 4
    assert "date is not a date in the declared format" in done.stdout
    assert "diary.csv row 3" in done.stdout
    assert "1 row was rejected" in done.stderr
    assert done.stdout.splitlines()[1] == "Not used: 1 of 3 diary days."
    assert MARKER not in done.stdout
    assert_calm(done)


@pytest.mark.reference
def test_check_of_the_real_diary_gives_its_known_numbers(run, tmp_path):
    folder = tmp_path / "kostecki"
    folder.mkdir()
    source = ROOT / "examples" / "kostecki"
    (folder / "study.toml").write_text((source / "study.toml").read_text())
    prepare = [
        sys.executable,
        source / "prepare.py",
        shared("data", "kostecki_dillon.csv"),
        folder / "prepared",
    ]
    subprocess.run(prepare, check=True, capture_output=True)
    done = run("check", folder / "study.toml", "--json")
    assert done.returncode == 0  # the double day is the same row twice
    facts = json.loads(done.stdout)
    assert facts["tables"]["diary"] == {
        "received": 4152,
        "accepted": 4151,
        "rejected": 1,
        "reasons": {"same_row_again": 1},
    }
    patients = facts["patients"]
    assert patients["patients received"] == 133
    assert patients["with any diary day before the course"] == 55
    assert patients["in the primary comparison"] == 20
    change = facts["change"]
    assert (change["n"], round(change["estimate"], 2), round(change["sd"], 2)) == (20, 1.87, 5.30)


def test_report_prints_its_path_and_publishes_a_page_and_a_manifest(run, tmp_path):
    done = run("report", write_study(tmp_path, ALL), "--out", tmp_path / "out")
    assert (done.returncode, done.stderr) == (0, "")
    path = Path(done.stdout.strip())
    assert path.name == "report.html"
    manifest = json.loads((path.parent / "manifest.json").read_text())
    assert [item["file"] for item in manifest["outputs"]] == ["report.html"]
    assert (tmp_path / "out" / "latest" / "report.html").read_bytes() == path.read_bytes()
    assert (path.stat().st_mode & 0o777, path.parent.stat().st_mode & 0o777) == (0o600, 0o700)


def test_report_leaves_out_rejected_rows_and_says_so(run, tmp_path):
    study = write_study(tmp_path, SMALL | {"diary": f"{DIARY}01,2026-02-31,maybe\n"})
    done = run("report", study, "--out", tmp_path / "out")
    assert done.returncode == 0
    assert "bad date 1" in Path(done.stdout.strip()).read_text()


def test_as_of_is_a_parameter(run, tmp_path):
    study = write_study(tmp_path, SMALL | {"diary": f"{DIARY}01,2026-02-01,yes\n"})
    facts = json.loads(run("check", study, "--json", "--as-of", "2026-01-31").stdout)
    assert facts["as_of"] == "2026-01-31"
    assert facts["tables"]["diary"]["reasons"] == {"after_cutoff": 1}


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (["check", "nothing.toml"], 2, "the file was not found"),
        (["check"], 2, "Missing argument"),
        (["chekc", "x"], 2, "No such command"),
        (["report", "study.toml", "--oot", "x"], 2, "No such option"),
        (["report", "study.toml", "--as-of", "yesterday"], 2, "the cut-off is not a date"),
        (["simulate", "x", "--patients", "0"], 2, "greater than or equal to 1"),
        (["simulate", "x", "--patients", "many"], 2, "patients"),
        (["report", "study.toml", "--out", "study.toml"], 1, "the previous one is untouched"),
        (["schema", "export", "study.toml"], 2, "cannot be written"),
        (["init", "a" * 300], 2, "cannot be written"),
        (["simulate", "a" * 300, "--patients", "2"], 2, "File name too long"),
        (["check", "a" * 300], 2, "File name too long"),
        (["check", "~nobody-of-this-name/study.toml"], 2, "no home directory"),
        (["report", "study.toml", "--out", "two\nlines"], 2, "a line break"),
        (["tables", "study.toml", "--formats", ","], 2, "no format is named"),
        (["notebook", "01", "--out", "a" * 300 + ".ipynb"], 2, "cannot be a file"),
        (["report", "study.toml", "--out", "a" * 300], 1, "the previous one is untouched"),
        (["export", "study.toml", "--sdtm", "a" * 300], 1, "not all data sets could be written"),
        (["partition", "study.toml", "a" * 300], 1, "File name too long"),
        (["calibrate", "--quick", "--out", "a" * 300], 1, "the system refused: File name too long at aaa"),
        (["init", "--from", "a" * 300], 1, "the system refused: File name too long at aaa"),
        (["verify", "study.toml"], 2, "got: Not a directory"),
    ],
)
def test_wrong_input_ends_with_a_sentence_and_a_code(run, tmp_path, monkeypatch, arguments, code, words):
    write_study(tmp_path, SMALL)
    monkeypatch.chdir(tmp_path)
    done = run(*arguments)
    assert done.returncode == code
    assert words in done.stderr
    assert_calm(done)


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", 4),
        (b"\xff\xfe\x00", 4),
        (f"{MARKER},2026-01-05,yes\n".encode(), 4),
        (f"patient_id,date,headache\n{MARKER},{MARKER},{MARKER}\n".encode(), 4),
        (f'patient_id,date,headache\n{MARKER},"{MARKER}\n'.encode(), 4),
    ],
)
@pytest.mark.parametrize("command", ["check", "report"])
def test_no_value_of_a_patient_reaches_stderr(run, tmp_path, command, content, code):
    study = write_study(tmp_path, SMALL | {"diary": content})
    done = run(command, study, *(["--out", tmp_path / "out"] if command == "report" else []))
    assert done.returncode in (code, 0)
    assert_calm(done)


def test_an_unexpected_error_prints_its_kind_and_not_its_message(tmp_path):
    code = (
        "import outcomes.cli as c, outcomes.study as s\n"
        f"def broken(*a, **k): raise KeyError('{MARKER}')\n"
        "s.read_study = broken\n"
        "c.main(['check', 'x'])"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, env=environment(), check=False
    )
    assert done.returncode == 1
    assert "unexpected KeyError" in done.stderr
    assert_calm(done)


def test_init_writes_a_study_to_fill_and_never_over_one(run, tmp_path):
    folder = tmp_path / "mine"
    first = run("init", folder)
    assert first.returncode == 0
    assert {path.name for path in folder.iterdir()} == set(starter_files())
    again = run("init", folder)
    assert again.returncode == 2
    assert "already holds" in again.stderr
    for command in ("check", "report"):
        empty = run(command, folder, *(("--out", tmp_path / "out") if command == "report" else ()))
        assert empty.returncode == 4
        assert "no diary day can be used" in empty.stderr
    assert not (tmp_path / "out" / "latest").exists()


def test_schema_export_writes_the_contract(run, tmp_path):
    done = run("schema", "export", tmp_path / "schema")
    assert done.returncode == 0
    written = {path.name: path.read_text(encoding="utf-8") for path in (tmp_path / "schema").iterdir()}
    assert written == contract_files()


def test_schema_config_prints_the_schema_that_editors_use(run):
    schema = json.loads(run("schema", "config").stdout)
    assert schema == json.loads(contract_files()["study.schema.json"])
    assert {"stale", "drop", "keep", "notify"} <= set(schema["$defs"]["Reporting"]["properties"])


def test_the_last_line_for_a_scheduler_is_json(run, tmp_path):
    study, out = write_study(tmp_path, ALL), tmp_path / "out"
    first = json.loads(run("report", study, "--out", out, "--json").stdout.splitlines()[-1])
    assert (first["status"], first["exit_code"]) == ("published", 0)
    again = run("report", study, "--out", out, "--json", "--if-changed")
    assert json.loads(again.stdout)["status"] == "unchanged"
    assert "nothing changed" in again.stderr
    (tmp_path / "diary.csv").unlink()
    failed = run("report", study, "--out", out, "--json")
    assert failed.returncode == 4
    assert json.loads(failed.stdout.splitlines()[-1])["exit_code"] == 4


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (["report", "study.toml", "--oot", "x", "--json"], 2),
        (["report", "--json"], 2),
        (["report", "a/study.toml", "b/a.toml", "--json", "--out", "study.toml"], 2),
        (["report", "study.toml", "--json", "--out", "study.toml"], 1),
        (["chekc", "--json"], 2),
        (["report", "nothing.toml", "--json"], 2),
    ],
)
def test_the_last_line_is_json_whatever_is_wrong(run, tmp_path, monkeypatch, arguments, code):
    write_study(tmp_path, SMALL)
    monkeypatch.chdir(tmp_path)
    done = run(*arguments)
    facts = json.loads(done.stdout.splitlines()[-1])
    assert (facts["status"], facts["exit_code"], done.returncode) == ("failed", code, code)
    assert facts["error"] in done.stderr


def test_simulate_writes_a_study_that_reads_without_an_error(run, tmp_path):
    done = run("simulate", tmp_path / "made", "--patients", "5", "--seed", "3")
    assert done.returncode == 0
    facts = json.loads(run("check", tmp_path / "made", "--json").stdout)
    assert facts["patients"]["patients received"] == 5
    assert all(table["rejected"] == 0 for table in facts["tables"].values())


@pytest.mark.parametrize(
    "command",
    [[], ["check"], ["report"], ["demo"], ["simulate"], ["init"], ["schema", "export"], ["schema", "config"]],
)
def test_help_shows_an_example(run, command):
    done = run(*command, "--help")
    assert done.returncode == 0
    assert done.stderr == ""
    assert ("Example: outcomes" if command else "Exit codes") in done.stdout


def test_a_closed_pipe_is_no_traceback(tmp_path):
    study = write_study(tmp_path, ALL)
    command = f"{sys.executable} -m outcomes check {study} --json | head -c 1"
    done = subprocess.run(
        ["bash", "-c", command], capture_output=True, text=True, env=environment(), check=False
    )
    assert "Traceback" not in done.stderr


def test_ctrl_c_ends_with_130_and_nothing_published(tmp_path):
    out = tmp_path / "out"
    code = (
        "import time, outcomes.cli as c\nfrom outcomes.page import make as b\n"
        "def slow(*a, **k):\n    print('making', flush=True)\n    time.sleep(600)\n"
        "b.measured_sections = slow\n"
        f"c.main(['report', {str(write_study(tmp_path, SMALL))!r}, '--out', {str(out)!r}])"
    )
    with subprocess.Popen(
        [sys.executable, "-c", code], stdout=-1, stderr=-1, text=True, env=environment()
    ) as child:
        assert child.stdout.readline() == "making\n"
        child.send_signal(signal.SIGINT)
        _, errors = child.communicate(timeout=300)
    assert child.returncode == 130
    assert "Traceback" not in errors
    assert not (out / "latest").exists()


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (["check", "--jsn"], 2, "--json"),
        (["report", "a", "--ouut", "b"], 2, "--out"),
        (["report"], 2, "Missing argument"),
        (["chekc", "a"], 2, "check"),
        (["check", "nowhere"], 2, "outcomes init"),
        (["check", "."], 2, "study.toml"),
        (["check", ""], 2, "is empty"),
        (["report", "a", "--out", ""], 2, "is empty"),
        (["verify"], 2, "DIR"),
        (["report", "a", "--jobs", "x"], 2, "--jobs"),
    ],
)
def test_a_wrong_call_with_json_still_ends_with_a_line_of_json(run, arguments, code, words):
    done = run(*arguments, "--json")
    facts = json.loads(done.stdout.splitlines()[-1])
    assert (done.returncode, facts["exit_code"], facts["status"]) == (code, code, "failed")
    assert words in facts["error"]
    assert facts["error"] in done.stderr
    assert_calm(done)


def test_a_failure_is_told_in_json_by_every_command(run, tmp_path):
    (tmp_path / "file").touch()
    facts = json.loads(run("demo", "--out", tmp_path / "file", "--json").stdout)
    assert (facts["status"], facts["exit_code"]) == ("failed", 1)


def test_the_version_and_the_help_are_where_people_look(run):
    from outcomes import __version__

    assert run("--version").stdout == f"outcomes {__version__}\n"
    assert "Usage" in run("check", "-h").stdout
    alone = run()
    assert (alone.returncode, alone.stdout) == (2, "")
    assert alone.stderr.startswith("Usage")


def paths_of_commands():
    """Return for each path that a command takes a call that leaves it empty, and what reads it."""
    for words, typer_app in (((), app), (("schema",), schema_app)):
        for command in typer_app.registered_commands:
            hints = get_type_hints(command.callback, include_extras=True)
            name = command.name or command.callback.__name__
            for hint in (one for one in hints.values() if "Path" in str(get_args(one)[:1])):
                told = get_args(hint)[1]
                option = [word for word in (told.default, *(told.param_decls or ())) if "--" in str(word)]
                yield [*words, name, *option, ""], told.parser


PATHS = list(paths_of_commands())


def test_every_path_of_every_command_is_read_by_one_function():
    assert len(PATHS) > 12
    assert {parser for _, parser in PATHS} == {a_path}


@pytest.mark.parametrize("words", [words for words, _ in PATHS], ids=" ".join)
def test_an_empty_path_is_not_the_folder_at_hand(run, tmp_path, monkeypatch, words):
    monkeypatch.chdir(tmp_path)
    done = run(*words)
    assert done.returncode == 2
    assert "the name is empty" in done.stderr
    assert list(tmp_path.iterdir()) == []


def test_the_home_folder_is_where_a_shell_finds_it(run, tmp_path, monkeypatch):
    home = tmp_path / "home"
    home.mkdir()
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.chdir(tmp_path)
    run("init", "~/mine")
    assert [path.name for path in tmp_path.iterdir()] == ["home"]
    assert (home / "mine" / "study.toml").is_file()
