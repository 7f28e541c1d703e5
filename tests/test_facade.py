"""The public names load when used, and importing the package loads nothing heavy."""

from __future__ import annotations

import subprocess
import sys

import pytest

import outcomes as oc
from shared import ROOT


def test_every_public_name_loads():
    for name in oc.__all__:
        assert getattr(oc, name) is not None


def test_an_unknown_name_is_an_attribute_error():
    with pytest.raises(AttributeError, match="has no attribute 'mrmm'"):
        oc.mrmm  # noqa: B018


def test_importing_loads_no_heavy_package():
    heavy = ("pandas", "scipy", "statsmodels", "matplotlib", "pandera")
    code = f"import sys, outcomes; print([name for name in {heavy} if name in sys.modules])"
    done = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        check=True,
        env={"PYTHONPATH": str(ROOT / "src")},
    )
    assert done.stdout.strip() == "[]"


@pytest.mark.long
@pytest.mark.parametrize(
    ("code", "spared"),
    [
        (
            "oc.estimate(oc.load_example())",
            ("pandera", "hypothesis", "scipy.optimize", "scipy.stats", "statsmodels", "matplotlib"),
        ),
        (
            "import tempfile; oc.report(oc.load_example(), tempfile.mkdtemp(), audience='clinic')",
            ("pandera", "scipy.optimize", "scipy.stats", "statsmodels", "polars", "dask"),
        ),
    ],
    ids=["estimate", "report"],
)
def test_a_first_use_loads_no_package_that_it_does_not_use(code, spared):
    done = subprocess.run(
        [
            sys.executable,
            "-c",
            f"import sys, outcomes as oc; {code}; print([name for name in {spared} if name in sys.modules])",
        ],
        capture_output=True,
        text=True,
        check=True,
        env={"PYTHONPATH": str(ROOT / "src")},
    )
    assert done.stdout.strip() == "[]"


def test_a_room_does_not_hide_the_public_function_of_its_name():
    import importlib

    for module, name in (("outcomes.simulate", "simulate"), ("outcomes.publish.report", "report")):
        importlib.import_module(module)
        assert callable(getattr(oc, name))


def test_the_public_names_stand_in_the_architecture_page():
    page = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
    table = page.split("## The public names", 1)[1].split("\n## ", 1)[0]
    listed = [name for line in table.splitlines() if line.startswith("| `") for name in line.split("`")[3::2]]
    assert sorted(listed) == sorted(oc._PUBLIC)
