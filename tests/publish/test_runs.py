"""A scheduled run: unchanged, stale, fewer, refused, interrupted; what it leaves and whom it tells."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from datetime import date
from pathlib import Path

import pytest

from outcomes.errors import ConfigError, OutcomesError, ReportError, SourceError
from outcomes.page import make as page_module
from outcomes.page.sections import SECTIONS, Part
from outcomes.publish import changed as changed_module
from outcomes.publish import runs as runs_module
from outcomes.publish import subject as subject_module
from outcomes.publish import transaction as publish_module
from outcomes.publish.failed import FAILED
from outcomes.publish.gates import Gate, gate
from outcomes.publish.interruption import terminable
from outcomes.publish.request import Request
from outcomes.publish.retention import retain
from outcomes.publish.run_log import LOG, broken_lines, records
from outcomes.publish.runs import run
from outcomes.publish.transaction import LATEST
from outcomes.study import Study, reading
from shared import ROOT
from studies import ALL, DIARY, PATIENTS, write_study

MARKER = "Zebra77"
SMALL = {"patients": PATIENTS, "diary": DIARY}
CPU_SECONDS = 1.0  # what a run may take in which nothing changed


@pytest.fixture(autouse=True)
def few_sections(monkeypatch):
    """Make one quick section only: these tests are of the run, not of what it draws."""
    monkeypatch.setattr(page_module, "SECTIONS", [part for part in SECTIONS if part.name == "provenance"])


def told(out: Path) -> dict:
    return json.loads((out / LATEST / "manifest.json").read_text())


def report_part(text: str) -> str:
    return f"[report]\n{text}\n"


def test_if_changed_publishes_only_what_changed(tmp_path):
    study, out = write_study(tmp_path, SMALL), tmp_path / "out"
    asked = Request(if_changed=True)
    assert run(study, out, asked).status == "published"
    assert run(study, out, asked).status == "unchanged"
    (tmp_path / "diary.csv").write_text(DIARY + "01,2026-01-06,no\n")
    assert run(study, out, asked).status == "published"
    assert run(study, out, asked).status == "unchanged"
    assert run(study, out, Request(if_changed=True, as_of="2026-01-31")).status == "published"
    study.write_text(study.read_text().replace('title = "Test"', 'title = "Other"'))
    assert run(study, out, asked).status == "published"
    assert run(study, out, Request(if_changed=True, force=True)).status == "published"


def test_if_changed_sees_the_environment_the_versions_and_a_damaged_report(tmp_path, monkeypatch):
    study, out, asked = write_study(tmp_path, SMALL), tmp_path / "out", Request(if_changed=True)
    run(study, out, asked)
    with monkeypatch.context() as patch:
        patch.setenv("OUTCOMES__TITLE", "From outside")
        assert run(study, out, asked).title == "From outside"
        assert told(out)["config"]["environment"] == {"OUTCOMES__TITLE": "From outside"}
    assert run(study, out, asked).status == "published"
    with monkeypatch.context() as patch:
        patch.setattr(changed_module, "versions", lambda: {"pandas": "99"})
        assert run(study, out, asked).status == "published"
    assert run(study, out, asked).status == "published"
    assert run(study, out, asked).status == "unchanged"
    page = (out / LATEST).resolve() / "report.html"
    page.write_bytes(page.read_bytes()[:100])
    assert run(study, out, asked).status == "published"


def test_nothing_changed_takes_less_than_a_second_and_loads_no_data_package(tmp_path):
    study, out = write_study(tmp_path, SMALL), tmp_path / "out"
    run(study, out)
    code = (
        "import sys, time, outcomes.cli as c\n"
        "try:\n"
        f"    c.main(['report', {str(study)!r}, '--out', {str(out)!r}, '--if-changed', '--json'])\n"
        "except SystemExit as left:\n"
        "    print(left.code, time.process_time(), {'pandas', 'numpy'} & set(sys.modules))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        check=True,
        env=os.environ | {"PYTHONPATH": str(ROOT / "src")},
    )
    first, last = done.stdout.splitlines()
    assert json.loads(first)["status"] == "unchanged"
    assert last.startswith("0 ")
    assert last.endswith("set()")
    assert float(last.split()[1]) < CPU_SECONDS


def test_a_dry_run_writes_nothing(tmp_path):
    study, out = write_study(tmp_path, SMALL), tmp_path / "out"
    done = run(study, out, Request(dry_run=True))
    assert (done.status, done.report, done.rows["diary"]) == ("dry-run", None, 2)
    assert not out.exists()


def test_data_that_are_too_old_are_told_or_refused_or_forced(tmp_path):
    out = tmp_path / "out"
    study = write_study(tmp_path, ALL, top="cutoff = 2026-03-01\n" + report_part("max_age_diary_days = 14"))
    assert run(study, out).warnings == ("the newest diary day is 55 days old, max_age_diary_days is 14",)
    study.write_text(study.read_text().replace("= 14", '= 14\nstale = "fail"'))
    before = (out / LATEST).resolve()
    with pytest.raises(Gate, match="55 days old") as refused:
        run(study, out)
    assert refused.value.exit_code == 4
    assert (out / LATEST).resolve() == before
    assert run(study, out, Request(force=True)).status == "published"


def test_unchanged_data_grow_stale(tmp_path):
    study, out = write_study(tmp_path, SMALL, top=report_part("max_age_diary_days = 3")), tmp_path / "out"
    run(study, out)
    again = run(study, out, Request(if_changed=True))
    assert again.status == "unchanged"
    assert "the newest diary day is" in again.warnings[0]


def test_fewer_rows_than_last_time_are_an_alarm(tmp_path):
    out = tmp_path / "out"
    full = DIARY + "".join(f"01,2026-01-{day:02},no\n" for day in range(6, 16))
    study = write_study(tmp_path, SMALL | {"diary": full})
    assert run(study, out).warnings == ()
    (tmp_path / "diary.csv").write_text(DIARY)
    assert run(study, out).warnings == ("diary has 2 accepted rows, 12 in the last report (83.3 % fewer)",)
    (tmp_path / "diary.csv").write_text(full)
    run(study, out)
    (tmp_path / "diary.csv").write_text(DIARY)
    study.write_text(study.read_text().replace("[report]", report_part('drop = "fail"'), 1))
    with pytest.raises(Gate, match=r"83\.3 % fewer"):
        run(study, out)


@pytest.mark.parametrize(
    ("age", "limit", "said"), [(14, 14, 0), (15, 14, 1), (-3, 0, 0), (0, 0, 0), (1, 0, 1), (400, None, 0)]
)
def test_the_gate_counts_days(age, limit, said):
    rules = {"max_age_diary_days": limit, "max_age_sessions_days": None, "stale": "warn"}
    facts = {
        "title": "A",
        "newest": {"diary": date.fromordinal(date(2026, 6, 30).toordinal() - age).isoformat()},
        "rows": {},
        "report": rules | {"drop": "warn", "max_drop_percent": 5.0},
    }
    assert len(gate(facts, None, today=date(2026, 6, 30))) == said


def test_a_failed_run_leaves_a_manifest_and_a_line_and_no_value(tmp_path):
    study, out = write_study(tmp_path, SMALL), tmp_path / "out"
    run(study, out)
    before = (out / LATEST).resolve()
    (tmp_path / "diary.csv").write_text(f"patient_id,date\n{MARKER},x\n")
    with pytest.raises(SourceError):
        run(study, out)
    (left,) = (out / FAILED).iterdir()
    content = json.loads(left.read_text())
    assert (content["status"], content["exit_code"]) == ("failed", 4)
    assert set(content["files"]) == {"patients.csv", "diary.csv"}
    assert (out / LATEST).resolve() == before
    assert [line["exit_code"] for line in records(out)] == [0, 4]
    assert left.stat().st_mode & 0o777 == 0o600
    assert MARKER not in left.read_text() + (out / LOG).read_text()


def test_an_error_of_another_kind_leaves_its_kind_only(tmp_path, monkeypatch):
    def broken(*_: object, **__: object) -> None:
        raise KeyError(MARKER)

    monkeypatch.setattr(page_module, "make", broken)
    with pytest.raises(KeyError):
        run(write_study(tmp_path, SMALL), tmp_path / "out")
    (left,) = (tmp_path / "out" / FAILED).iterdir()
    assert json.loads(left.read_text())["error"] == "an unexpected KeyError"
    assert MARKER not in left.read_text()


PHASES = {
    "reading": (reading, "read_files"),
    "checking": (Study, "_made_of"),
    "models": (page_module, "measured_sections"),
    "page": (page_module, "page"),
    "writing": (publish_module, "write_new"),
    "publishing": (runs_module, "publish"),
    "logging": (runs_module, "append"),
    "removing": (runs_module, "remove_old"),
}


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
@pytest.mark.parametrize("phase", PHASES)
def test_a_signal_in_each_phase_leaves_nothing_half_done(tmp_path, monkeypatch, phase, number):
    study, out = write_study(tmp_path, SMALL), tmp_path / "out"
    run(study, out)
    before = (out / LATEST).resolve()
    module, name = PHASES[phase]
    real = getattr(module, name)

    def stopped(*arguments, **options):
        os.kill(os.getpid(), number)
        return real(*arguments, **options)

    with monkeypatch.context() as patch, terminable():
        patch.setattr(module, name, stopped)
        with pytest.raises(KeyboardInterrupt):
            run(study, out)
    newest = (out / LATEST).resolve()
    done = phase in ("logging", "removing")  # the report has its name by then: the signal waits for the log
    assert (newest != before) == done
    assert [path for path in out.iterdir() if path.name.startswith(".unfinished")] == []
    folders = list(out.glob("2*Z-*"))
    assert len(folders) == 1 + done
    logged = [line["status"] for line in records(out)]
    assert logged[: 1 + done] == ["complete"] * (1 + done)
    assert logged[-1] == "interrupted"
    assert run(study, out).status == "published"


def test_a_file_that_changes_while_it_is_read_is_not_reported(tmp_path, monkeypatch):
    study, out = write_study(tmp_path, SMALL), tmp_path / "out"
    real = subject_module.source

    def early(config, **asked):
        found = real(config, **asked)
        (tmp_path / "diary.csv").write_text(DIARY + "01,2026-01-06,no\n")
        return found

    monkeypatch.setattr(subject_module, "source", early)
    with pytest.raises(ReportError, match="changed while it was read"):
        run(study, out)
    assert not (out / LATEST).exists()


@pytest.mark.parametrize(
    ("text", "error"),
    [
        ('[tables.diary]\nfile = "../diary.csv"', SourceError),
        ('[tables.diary]\nfile = "/etc/passwd"', SourceError),
        ('[tables.diary]\nfile = "diary.csv"\n[report]\nkepp = 3', ConfigError),
        ('[tables.diary]\nfile = "diary.csv"\n[report]\nkeep = 0', ConfigError),
        ('[tables.diary]\nfile = "diary.csv"\n[report]\nnotify_url = "x"', ConfigError),
        ("tables = 3", ConfigError),
        ("\x00", ConfigError),
    ],
)
def test_a_wrong_configuration_publishes_nothing(tmp_path, text, error):
    (tmp_path / "here").mkdir()
    (tmp_path / "diary.csv").write_text(DIARY)
    study = tmp_path / "here" / "study.toml"
    study.write_text(f'title = "Test"\n{text}')
    with pytest.raises(error):
        run(study, tmp_path / "out")
    assert not (tmp_path / "out" / LATEST).exists()
    assert len(list((tmp_path / "out" / FAILED).iterdir())) == 1


def test_binary_and_huge_files_end_with_a_sentence(tmp_path):
    study = write_study(tmp_path, SMALL | {"diary": bytes(range(256)) * 100})
    with pytest.raises(OutcomesError):
        run(study, tmp_path / "out")
    study = write_study(tmp_path, SMALL, top="[limits]\nmax_file_mb = 1\n")
    with (tmp_path / "diary.csv").open("wb") as file:
        file.truncate(2_000_000)
    with pytest.raises(SourceError, match=r"diary\.csv: the file is too large.*max_file_mb in \[limits\]"):
        run(study, tmp_path / "out")


def names(*days: str) -> list[str]:
    return [f"202601{day}T000000000000Z-00000000" for day in days]


@pytest.mark.parametrize(
    ("keep", "keep_days", "left"),
    [(None, None, 5), (2, None, 2), (9, None, 5), (None, 2, 2), (1, 100, 5), (1, 1, 2), (1, 0, 1)],
)
def test_reports_go_when_both_rules_let_them(tmp_path, keep, keep_days, left):
    for name in names("01", "05", "10", "19", "20"):
        (tmp_path / name).mkdir()
    (tmp_path / LATEST).symlink_to(names("20")[0])
    gone = retain(tmp_path, keep=keep, keep_days=keep_days)
    assert len(gone) == 5 - left
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        *names("01", "05", "10", "19", "20")[-left:],
        LATEST,
    ]


def test_what_latest_points_to_and_what_is_not_ours_stays(tmp_path):
    for name in [*names("01", "02", "03"), "2025-notes", FAILED]:
        (tmp_path / name).mkdir()
    (tmp_path / LATEST).symlink_to(names("01")[0])  # a clock that was set back
    assert retain(tmp_path, keep=1, keep_days=None) == names("02")
    assert {path.name for path in tmp_path.iterdir()} == {*names("01", "03"), "2025-notes", FAILED, LATEST}


def test_old_reports_go_with_a_new_one(tmp_path):
    study, out = write_study(tmp_path, SMALL, top=report_part("keep = 2")), tmp_path / "out"
    removed = [len(run(study, out).removed) for _ in range(4)]
    assert removed == [0, 0, 1, 1]
    assert len(list(out.glob("2*Z-*"))) == 2


def test_the_log_shows_each_run_and_a_changed_line(tmp_path):
    study, out = write_study(tmp_path, SMALL), tmp_path / "out"
    for _ in range(3):
        run(study, out)
    lines = records(out)
    assert all({"user", "host", "started", "ended"} <= set(line["run"]) for line in lines)
    assert broken_lines(out) == []
    text = (out / LOG).read_text().splitlines()
    text[1] = text[1].replace('"exit_code": 0', '"exit_code": 3')
    (out / LOG).write_text("\n".join(text) + "\n")
    assert broken_lines(out) == [2]


def test_a_torn_line_of_a_killed_run_costs_no_other(tmp_path):
    study, out = write_study(tmp_path, SMALL), tmp_path / "out"
    run(study, out)
    with (out / LOG).open("ab") as log:
        log.write(b'{"exit_co')
    run(study, out)
    assert len(records(out)) == 2


HOOK = "import sys, pathlib; pathlib.Path(sys.argv[1]).write_text(sys.stdin.read())"


def test_the_hook_gets_a_link_and_counts_and_nothing_else(tmp_path):
    hook = json.dumps([sys.executable, "-c", HOOK, str(tmp_path / "told.json")])
    study, out = write_study(tmp_path, ALL, top=report_part(f"notify = {hook}")), tmp_path / "out"
    done = run(study, out)
    message = json.loads((tmp_path / "told.json").read_text())
    assert set(message) <= {"title", "status", "exit_code", "report", "rows", "sections", "warnings"}
    assert message["report"] == done.report
    assert message["rows"]["diary"] == 2


@pytest.mark.parametrize("command", [["/nowhere/hook"], [sys.executable, "-c", "import sys; sys.exit(3)"]])
def test_a_hook_that_fails_fails_alone(tmp_path, command):
    top = report_part(f"notify = {json.dumps(command)}")
    done = run(write_study(tmp_path, SMALL, top=top), tmp_path / "out")
    assert (done.status, done.exit_code) == ("published", 0)
    assert done.warnings == ("the notification command failed",)


def test_the_address_of_the_notice_is_nowhere_in_what_is_written(tmp_path, monkeypatch):
    monkeypatch.setenv("OUTCOMES_NOTIFY_URL", f"nothing://{MARKER}")
    done = run(write_study(tmp_path, SMALL), tmp_path / "out")
    assert done.warnings == ("the notification could not be sent",)
    for path in (tmp_path / "out").rglob("*"):
        assert path.is_dir() or MARKER.encode() not in path.read_bytes()


def test_each_section_has_its_status_seconds_rows_and_warnings(tmp_path, monkeypatch):
    def broken(_: object) -> None:
        raise ValueError(MARKER)

    parts = [
        *(part for part in SECTIONS if part.name == "provenance"),
        Part("x", "X", broken, "always"),
    ]
    monkeypatch.setattr(page_module, "SECTIONS", parts)
    done = run(write_study(tmp_path, SMALL), tmp_path / "out")
    assert (done.status, done.exit_code) == ("incomplete", 3)
    results = json.loads((tmp_path / "out" / LATEST / "run_results.json").read_text())
    first, second = results["sections"]
    assert (first["status"], second["status"]) == ("ok", "failed")
    assert first["rows"] == 2  # the tables of the provenance: patients and diary
    assert set(results["run"]["seconds"]) == {"provenance", "x"}
    assert MARKER not in json.dumps(results)
    again = run(tmp_path / "study.toml", tmp_path / "out", Request(if_changed=True))
    assert (again.status, again.exit_code) == ("unchanged", 3)


def test_warnings_are_counted_by_kind_without_their_words(tmp_path, monkeypatch):
    import warnings

    real = {p.name: p.make for p in SECTIONS}["provenance"]

    def warns(material: object) -> object:
        warnings.warn(MARKER, RuntimeWarning, stacklevel=1)
        return real(material)

    monkeypatch.setattr(page_module, "SECTIONS", [Part("provenance", "Provenance", warns, "always")])
    with warnings.catch_warnings():
        warnings.simplefilter("always")
        run(write_study(tmp_path, SMALL), tmp_path / "out")
    text = (tmp_path / "out" / LATEST / "run_results.json").read_text()
    assert json.loads(text)["sections"][0]["warnings"] == [
        {"kind": "RuntimeWarning", "module": "test_runs", "count": 1}
    ]
    assert MARKER not in text


def test_what_is_not_of_the_run_is_the_same_each_time(tmp_path):
    study = write_study(tmp_path, ALL)
    contents = []
    for out in (tmp_path / "one", tmp_path / "other"):
        run(study, out)
        folder = (out / LATEST).resolve()
        kept = {}
        for name in ("manifest.json", "run_results.json"):
            kept[name] = json.loads((folder / name).read_text())
            del kept[name]["run"]
        contents.append((kept, (folder / "report.html").read_bytes()))
    assert contents[0] == contents[1]


@pytest.mark.parametrize("wrong", ["5", "true", "[1, 2]", "{}"])
def test_a_file_that_is_no_name_is_an_error_of_the_configuration(tmp_path, wrong):
    study = write_study(tmp_path, SMALL)
    study.write_text(study.read_text().replace('"diary.csv"', wrong))
    with pytest.raises(ConfigError):
        run(study, tmp_path / "out")


@pytest.mark.parametrize("part", ["rows", "newest", "config", "disclosure", "sections", "title"])
def test_a_manifest_that_lacks_a_part_is_no_report_before(tmp_path, part):
    study, out = write_study(tmp_path, SMALL), tmp_path / "out"
    run(study, out)
    path = out / LATEST / "manifest.json"
    content = json.loads(path.read_text())
    del content[part]
    path.write_text(json.dumps(content))
    assert run(study, out, Request(if_changed=True)).status == "published"
    assert run(study, out, Request(if_changed=True)).status == "unchanged"
