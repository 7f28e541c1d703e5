"""environment.yml, pyproject.toml and the lock name the same packages."""

from __future__ import annotations

import re
import tomllib
from importlib.metadata import distributions
from itertools import chain

import yaml

from shared import ROOT

#: What makes or holds an environment; pip comes with it, the rest is this project.
NOT_LOCKED = {"outcomes", "pip", "setuptools", "wheel"}
CONDA_NAMES = {"great-tables": "great_tables", "tzdata": "python-tzdata"}


def _split(requirement: str) -> tuple[str, str]:
    name, bound = re.fullmatch(r"([A-Za-z0-9_.-]+?)(?:\[[a-z]+\])?(>=.*)?", requirement).groups()
    return name, bound or ""


def _project() -> dict:
    return tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]


def test_environment_yml_equals_pyproject():
    project = _project()
    extras = project["optional-dependencies"]
    parts = [project["dependencies"], *(extras[name] for name in sorted(extras.keys() - {"docs", "dev"}))]
    wanted = dict(map(_split, chain.from_iterable(parts)))
    wanted = {CONDA_NAMES.get(name, name): bound for name, bound in wanted.items()}
    *packages, with_pip = yaml.safe_load((ROOT / "environment.yml").read_text())["dependencies"]
    named = dict(map(_split, packages + with_pip["pip"]))
    assert named == wanted | {"python": project["requires-python"], "pip": ""}


def test_the_fixed_packages_are_there():
    project = _project()
    names = dict(map(_split, project["dependencies"] + project["optional-dependencies"]["notebooks"]))
    assert {"pandas", "statsmodels", "matplotlib", "jupyterlab", "pandera"} <= set(names)


def test_lock_holds_every_package_with_hashes_and_no_address():
    lock = (ROOT / "requirements.lock").read_text()
    project = _project()
    every = [*project["dependencies"], *chain.from_iterable(project["optional-dependencies"].values())]
    pins = set(re.findall(r"^([a-z0-9._-]+)==", lock, flags=re.MULTILINE))
    assert {_split(requirement)[0].lower().replace("_", "-") for requirement in every} <= pins
    assert "://" not in lock
    assert "index-url" not in lock
    assert all("--hash=sha256:" in block for block in re.split(r"\n(?=[a-z0-9])", lock) if "==" in block)


def _locked() -> dict[str, set[str]]:
    found: dict[str, set[str]] = {}
    pins = re.findall(
        r"^([a-z0-9._-]+)==([^ ;\\\n]+)", (ROOT / "requirements.lock").read_text(), re.MULTILINE
    )
    for name, version in pins:
        found.setdefault(name, set()).add(version)
    return found


def test_every_installed_package_is_the_locked_one():
    """No package of this environment came past the lock and its hashes."""
    locked, other = _locked(), []
    for package in distributions():
        name = re.sub(r"[-_.]+", "-", package.metadata["Name"]).lower()
        if name not in NOT_LOCKED and package.version not in locked.get(name, ()):
            other.append(f"{name} {package.version}")
    assert sorted(other) == []
    assert len(locked) > 100


def test_packages_are_installed_by_hash_and_the_audit_reads_the_lock():
    makefile = (ROOT / "Makefile").read_text()
    installs = [line for line in makefile.splitlines() if "requirements.lock" in line and "pip" in line]
    installs = [line for line in installs if "pip compile" not in line and not line.startswith("lock:")]
    assert len(installs) == 3
    assert all("--require-hashes" in line for line in installs)
