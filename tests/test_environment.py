"""environment.yml, pyproject.toml and the lock name the same packages."""

from __future__ import annotations

import re
import tomllib
from itertools import chain

import yaml

from shared import ROOT

CONDA_NAMES = {"great-tables": "great_tables", "tzdata": "python-tzdata"}


def _split(requirement: str) -> tuple[str, str]:
    name, bound = re.fullmatch(r"([A-Za-z0-9_.-]+?)(?:\[[a-z]+\])?(>=.*)?", requirement).groups()
    return name, bound or ""


def _project() -> dict:
    return tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]


def test_environment_yml_equals_pyproject():
    project = _project()
    extras = project["optional-dependencies"]
    wanted = dict(map(_split, project["dependencies"] + extras["notebooks"] + extras["documents"]))
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
