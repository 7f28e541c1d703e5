"""The samples of docs/scheduling do what the page says, as far as it can be tried here."""

from __future__ import annotations

import ast
import json
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import typer
import yaml

from outcomes.cli import app
from shared import ROOT

SAMPLES = ROOT / "docs" / "scheduling"


def options() -> set[str]:
    """Return the options that `outcomes report` has."""
    command = typer.main.get_command(app).commands["report"]
    return {option for parameter in command.params for option in parameter.opts}


def assert_is_our_command(line: str) -> None:
    words = shlex.split(line)
    start = words.index("outcomes")
    assert words[start + 1] == "report"
    assert {word for word in words[start:] if word.startswith("--")} <= options()


def test_cron_has_five_fields_and_our_command():
    lines = [line for line in (SAMPLES / "outcomes.cron").read_text().splitlines() if line[:1].isdigit()]
    (line,) = lines
    *fields, command = line.split(maxsplit=5)
    limits = [(0, 59), (0, 23), (1, 31), (1, 12), (0, 7)]
    for field, (low, high) in zip(fields, limits, strict=True):
        assert field == "*" or low <= int(field) <= high
    assert "%" not in command  # cron would take it for the end of a line
    assert_is_our_command(command.split(">")[0])


def test_systemd_units_are_valid(tmp_path):
    tool = shutil.which("systemd-analyze")
    service = (SAMPLES / "outcomes-report.service").read_text()
    (command,) = re.findall(r"^ExecStart=(.*)$", service, re.MULTILINE)
    assert_is_our_command(command)
    if tool is None:
        return
    for path in SAMPLES.glob("outcomes-report.*"):
        shutil.copy(path, tmp_path)
    units = [str(tmp_path / f"outcomes-report.{kind}") for kind in ("service", "timer")]
    checked = subprocess.run([tool, "verify", *units], capture_output=True, text=True, check=False)
    ours = [line for line in checked.stderr.splitlines() if "outcomes-report" in line]
    assert ours == []
    (when,) = re.findall(r"^OnCalendar=(.*)$", (tmp_path / "outcomes-report.timer").read_text(), re.MULTILINE)
    subprocess.run([tool, "calendar", when], check=True, capture_output=True)


@pytest.mark.parametrize(("code", "expected"), [(0, 0), (3, 0), (11, 0), (1, 1), (4, 4), (130, 130)])
def test_the_step_of_actions_passes_the_codes_on(tmp_path, code, expected):
    flow = yaml.safe_load((SAMPLES / "github-actions.yml").read_text())
    assert flow["permissions"] == {"contents": "read"}
    step = flow["jobs"]["report"]["steps"][-1]
    stand_in = tmp_path / "outcomes"
    stand_in.write_text(f"#!/bin/sh\nexit {code}\n")
    stand_in.chmod(0o755)
    paths = {"PATH": f"{tmp_path}:/usr/bin:/bin", "STUDY": "s", "REPORTS": "r"}
    done = subprocess.run(["bash", "-e", "-c", step["run"]], env=paths, capture_output=True, check=False)
    assert done.returncode == expected
    assert_is_our_command(next(line for line in step["run"].splitlines() if "outcomes report" in line))


def test_the_workflow_fits_the_schema_of_workflows():
    """The schema comes with the package: no network is needed."""
    words = [sys.executable, "-m", "check_jsonschema", "--builtin-schema", "vendor.github-workflows"]
    done = subprocess.run([*words, str(SAMPLES / "github-actions.yml")], capture_output=True, check=False)
    assert done.returncode == 0, done.stdout


def test_the_dag_compiles_and_calls_our_command():
    tree = ast.parse((SAMPLES / "airflow_dag.py").read_text())
    texts = [node.value for node in ast.walk(tree) if isinstance(node, ast.Constant)]
    (command,) = [text for text in texts if isinstance(text, str) and text.startswith("outcomes report")]
    assert_is_our_command(command)


def test_the_page_names_every_sample():
    page = (ROOT / "docs" / "scheduling.md").read_text()
    for path in SAMPLES.iterdir():
        assert path.suffix == ".timer" or path.name in page, Path(path).name


def test_the_container_runs_our_command_as_nobody_in_particular():
    tool = Path(sys.executable).with_name("hadolint")
    done = subprocess.run([tool, SAMPLES / "Dockerfile"], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    told = dict(
        re.findall(r"^(ENTRYPOINT|CMD|USER) (.*)$", (SAMPLES / "Dockerfile").read_text(), re.MULTILINE)
    )
    words = json.loads(told["ENTRYPOINT"]) + json.loads(told["CMD"])
    assert_is_our_command(shlex.join(words))
    assert int(told["USER"]) > 0
    service = yaml.safe_load((SAMPLES / "compose.yaml").read_text())["services"]["report"]
    assert service["command"] == words[1:]
    assert service["read_only"]
    assert service["volumes"] == ["./study:/srv/study:ro", "./reports:/srv/reports"]


def test_the_composition_fits_the_schema_of_compose():
    words = [sys.executable, "-m", "check_jsonschema", "--builtin-schema", "vendor.compose-spec"]
    done = subprocess.run([*words, SAMPLES / "compose.yaml"], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout
