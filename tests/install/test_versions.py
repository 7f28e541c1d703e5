"""The built wheel on each Python of this machine, with lowest and newest versions: `make test-versions`."""

from __future__ import annotations

import gzip
import re
import subprocess
import tarfile
from pathlib import Path

import pytest
import yaml

from install.environments import Environment, build, install, pythons, run, uv
from shared import ROOT

#: What `pip install outcomes` may bring, itself included, and how large it may be: measured 40 and 527 MB.
MOST_PACKAGES, MOST_MEGABYTES = 42, 720
#: Of the processor, for a report of the example from a fresh environment: 14 on a busy machine.
SECONDS = 20
#: Rooms in which versions of pandas and numpy show first.
ROOMS = ["tests/derive/test_periods.py", "tests/sources/test_dates.py", "tests/test_facade.py"]

FOUND = pythons()


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build(tmp_path_factory.mktemp("dist"), "--wheel")[0]


@pytest.fixture(
    scope="module", params=[(v, how) for v in FOUND for how in ("lowest-direct", "highest")], ids="-".join
)
def environment(
    request: pytest.FixtureRequest, wheel: Path, tmp_path_factory: pytest.TempPathFactory
) -> Environment:
    version, resolution = request.param
    folder = tmp_path_factory.mktemp("environment") / "venv"
    made = install(wheel, FOUND[version], resolution, folder)
    print(
        f"\n{version} {resolution}: {made.packages} packages, {made.megabytes} MB, {made.seconds:.0f} s",
        end=" ",
    )
    return made


@pytest.mark.long
def test_a_demo_runs_without_a_warning_or_an_extra(environment: Environment, tmp_path: Path) -> None:
    assert environment.packages <= MOST_PACKAGES
    assert environment.megabytes <= MOST_MEGABYTES
    done, seconds = run(environment.python, "-m", "outcomes", "demo", "--out", "reports", where=tmp_path)
    print(f"demo {seconds:.1f} s", end=" ")
    assert (done.returncode, done.stderr) == (0, "")
    assert Path(tmp_path, done.stdout.splitlines()[-1]).is_file()
    assert seconds < SECONDS


@pytest.mark.long
def test_the_tests_of_the_first_rooms_pass(environment: Environment) -> None:
    tools = ["pytest", "hypothesis", "polars"]
    uv("pip", "install", "--quiet", *tools, VIRTUAL_ENV=str(environment.python.parents[1]))
    words = ["-m", "pytest", "-q", "-x", "-m", "not long", *ROOMS]
    done, _ = run(environment.python, *words, where=ROOT)
    assert done.returncode == 0, done.stdout[-3000:]


@pytest.mark.long
def test_the_oldest_pip_that_the_page_names_installs_the_wheel(wheel: Path, tmp_path: Path) -> None:
    """pip itself, since what it makes of the packages' names and tags is the question."""
    said = re.search(
        r"oldest pip that installs it is (\d+\.\d+) ", (ROOT / "docs" / "install.md").read_text()
    )
    assert said
    oldest = f"pip=={said[1]}"
    uv("venv", "--quiet", "--python", FOUND["3.11"], str(tmp_path / "venv"))
    uv("pip", "install", "--quiet", oldest, VIRTUAL_ENV=str(tmp_path / "venv"))
    python = tmp_path / "venv" / "bin" / "python"
    words = ["-m", "pip", "--disable-pip-version-check", "install", "--quiet", str(wheel)]
    subprocess.run([python, *words], check=True)
    for command in (["demo", "--out", "reports"], ["--version"]):
        done, _ = run(python, "-m", "outcomes", *command, where=tmp_path)
        assert (done.returncode, done.stderr) == (0, "")
    assert (
        f"pip {said[1]} "
        in subprocess.run([python, "-m", "pip", "-V"], capture_output=True, text=True, check=True).stdout
    )


@pytest.mark.long
def test_conda_understands_each_line_of_its_environment() -> None:
    """What a solver makes of them needs conda-forge's index, which a test may not ask for."""
    *named, _ = yaml.safe_load((ROOT / "environment.yml").read_text())["dependencies"]
    code = (
        "import sys, rattler; "
        "print(*(rattler.MatchSpec(line, strict=True).name.normalized for line in sys.argv[1:]))"
    )
    said = uv("run", "--quiet", "--no-project", "--with", "py-rattler", "python", "-c", code, *named)
    assert said.split() == [line.split(">")[0] for line in named]


@pytest.mark.long
def test_wheel_and_sdist_are_the_same_bytes_when_built_again(tmp_path: Path) -> None:
    first, second = (build(tmp_path / name, "--sdist", "--wheel") for name in ("one", "two"))
    assert [path.name for path in first] == [path.name for path in second]
    assert len(first) == 2
    for one, two in zip(first, second, strict=True):
        assert one.read_bytes() == two.read_bytes(), one.name


def test_the_sdist_takes_no_clock_and_nothing_that_git_does_not_know(tmp_path: Path) -> None:
    (sdist,) = build(tmp_path, "--sdist")
    with tarfile.open(sdist) as packed:
        members = packed.getmembers()
    assert len({member.mtime for member in members}) == 1
    with gzip.open(sdist) as stream:
        stream.read(1)
        assert stream.mtime == members[0].mtime
