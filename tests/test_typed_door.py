"""An editor and a type checker see the public functions: what is right passes, each mistake is refused."""

from __future__ import annotations

import ast
import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

import outcomes as oc
from shared import ROOT

SOURCE = ROOT / "src"
#: What an analyst writes, as docs/architecture.md gives the signatures.
RIGHT = """
import outcomes as oc

study = oc.load_example()
periods = oc.periods(study)
fit = oc.mmrm("change ~ baseline * period", data=periods, subject="patient_id", visit="period")
print(fit.emmeans("period").frame, fit.status, fit.cov_params())
changed: oc.Estimates = oc.change(periods, by="site")
rates = oc.rates(oc.emergent(study), oc.exposure(study), by=["term"], arm=None, per=100)
print(rates.to_frame(), oc.intervals.proportion(3, 10), oc.tables.Table)
print(oc.plots.trajectory(oc.means(periods)))
print(oc.report(study, "reports/").name, oc.sequential.signal, oc.simulate(patients=5, seed=1).truth)
try:
    oc.read_study("study.toml")
except oc.OutcomesError as error:
    print(error.hint)
"""
#: One mistake a line.
WRONG = """
import outcomes as oc

study = oc.load_example()
periods = oc.periods(study)
oc.mmrn("change ~ baseline", periods, subject="patient_id", visit="period")
oc.mmrm("change ~ baseline", periods, subject=3, visit="period")
oc.change(periods, nonsense=1)
oc.plots.trajectry
oc.change(periods).no_such_attribute
oc.report(study, "reports/", audience=5)
oc.intervals.proportoin(3, 10)
"""
MISTAKES = range(6, 13)
#: Both go through a checker at once: it reads the package once.
SCRIPTS = {"right.py": RIGHT, "wrong.py": WRONG}


def _mypy(folder: Path) -> set[tuple[str, int]]:
    """Return the lines that mypy --strict refuses; the cache is that of `make types`."""
    command = [sys.executable, "-m", "mypy", "--config-file", str(ROOT / "pyproject.toml"), "--strict"]
    cache = ["--cache-dir", str(ROOT / ".mypy_cache")]
    env = os.environ | {"MYPYPATH": str(SOURCE)}
    done = subprocess.run([*command, *cache, *SCRIPTS], cwd=folder, env=env, capture_output=True, text=True)
    assert done.returncode in (0, 1), done.stdout + done.stderr
    return refused_lines(r"^(\w+\.py):(\d+): error", done.stdout)


def _pyright(folder: Path) -> set[tuple[str, int]]:
    """Return the lines that pyright (basedpyright, which needs no download) refuses."""
    settings = json.dumps({"typeCheckingMode": "standard", "extraPaths": [str(SOURCE)]})
    (folder / "pyrightconfig.json").write_text(settings, encoding="utf-8")
    command = [sys.executable, "-m", "basedpyright", "--level", "error", "--pythonpath", sys.executable]
    done = subprocess.run([*command, *SCRIPTS], cwd=folder, capture_output=True, text=True)
    assert done.returncode in (0, 1), done.stdout + done.stderr
    return refused_lines(r"(\w+\.py):(\d+):\d+ - error", done.stdout)


def refused_lines(pattern: str, said: str) -> set[tuple[str, int]]:
    """Return script and line of each error."""
    return {(script, int(line)) for script, line in re.findall(pattern, said, re.MULTILINE)}


@pytest.mark.parametrize("refused", [pytest.param(_mypy, marks=pytest.mark.long), _pyright])
def test_a_checker_takes_what_is_right_and_refuses_each_mistake(refused, tmp_path):
    for name, script in SCRIPTS.items():
        (tmp_path / name).write_text(script, encoding="utf-8")
    assert refused(tmp_path) == {("wrong.py", line) for line in MISTAKES}


def test_a_checker_sees_the_names_of_the_facade_and_no_others():
    tree = ast.parse((SOURCE / "outcomes" / "__init__.py").read_text(encoding="utf-8"))
    (block,) = [
        node for node in tree.body if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING"
    ]
    seen: dict[str, str] = {}
    for node in block.body:
        assert isinstance(node, ast.ImportFrom)
        for alias in node.names:
            assert alias.asname == alias.name, "a name that is given on is imported as itself"
            room = f"{node.module}.{alias.name}" in oc._ROOMS.values()
            seen[alias.name] = f"{node.module}.{alias.name}" if room else str(node.module)
    assert seen == oc._PUBLIC | oc._ROOMS


def test_completion_lists_the_functions():
    assert set(oc._PUBLIC) | set(oc._ROOMS) <= set(dir(oc))
    assert {"proportion", "difference", "rate"} <= set(dir(oc.intervals))


@pytest.mark.parametrize(
    ("typed", "meant"), [("mmrn", "mmrm"), ("incidense", "incidence"), ("interval", "intervals")]
)
def test_a_mistyped_name_suggests_the_right_one(typed, meant):
    with pytest.raises(AttributeError, match=f"has no attribute '{typed}'; did you mean '{meant}'"):
        getattr(oc, typed)
