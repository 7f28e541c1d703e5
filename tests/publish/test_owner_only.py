"""What is written is for its owner only, whatever the umask; and no secret is in it."""

from __future__ import annotations

import json
import os
import subprocess
import sys

import pytest

from outcomes.config import StudyConfig
from outcomes.publish.disk import make_folder
from outcomes.publish.lock import HOLDER, LOCK
from shared import ROOT
from studies import DIARY, PATIENTS, write_study

SMALL = {"patients": PATIENTS, "diary": DIARY}
SECRET = "Zebra77"

#: One process makes a report, a second one, is refused as busy, fails, and makes the page of two sites.
#: It tells the rights of everything at each moment at which a run writes, temporary files too.
WRITER = """
import json, os, sys
from pathlib import Path
os.umask(int(sys.argv[3], 8))
from outcomes.page import make as build
from outcomes.publish import disk
from outcomes.publish import transaction as publish
from outcomes.publish.lock import exclusive
from outcomes.publish.runs import run
from outcomes.publish.sites_page import write_summary
from outcomes.errors import OutcomesError
build.SECTIONS = [part for part in build.SECTIONS if part.name == "provenance"]
study, out, rights = Path(sys.argv[1]), Path(sys.argv[2]), {}
real = os.fsync
def look(descriptor):
    for path in (out.parents[0], *out.parents[0].rglob("*")):
        rights.setdefault(path.name, set()).add((path.is_dir(), path.lstat().st_mode & 0o777))
    real(descriptor)
os.fsync = look
run(study, out)
run(study, out)
with exclusive(out):
    try:
        run(study, out)
    except OutcomesError:
        pass
(study.parent / "diary.csv").unlink()
try:
    run(study, out)
except OutcomesError:
    pass
write_summary(out, [{"site": "a", "status": "failed", "exit_code": 1, "error": "x"}])
links = {path.name for path in out.parents[0].rglob("*") if path.is_symlink()}
files = {name: sorted(found) for name, found in rights.items() if "latest" not in name}
print(json.dumps({name: found for name, found in files.items() if name not in links}))
"""


@pytest.mark.parametrize(
    "umask", ["000", *(pytest.param(mask, marks=pytest.mark.long) for mask in ("022", "077", "777"))]
)
def test_files_are_0600_and_folders_0700_at_every_moment(tmp_path, umask):
    study, out = write_study(tmp_path, SMALL), tmp_path / "new" / "out"
    done = subprocess.run(
        [sys.executable, "-c", WRITER, str(study), str(out), umask],
        capture_output=True,
        text=True,
        check=False,
        env=os.environ | {"PYTHONPATH": str(ROOT / "src"), "PYTHONDONTWRITEBYTECODE": "1"},
    )
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    assert {"new", "out", LOCK, HOLDER, ".runs.lock", "runs.jsonl", "failed", "report.html"} <= set(found)
    assert any(name.startswith(".unfinished-2") for name in found)
    for name, rights in found.items():
        assert rights in ([[True, 0o700]], [[False, 0o600]]), name
    for path in [*out.rglob("*")]:
        if not path.is_symlink():
            assert path.stat().st_mode & 0o777 == (0o700 if path.is_dir() else 0o600), path.name


def test_a_folder_that_was_there_keeps_its_rights(tmp_path):
    (tmp_path / "shared").mkdir(mode=0o750)
    make_folder(tmp_path / "shared" / "a" / "b")
    assert (tmp_path / "shared").stat().st_mode & 0o777 == 0o750
    assert (tmp_path / "shared" / "a").stat().st_mode & 0o777 == 0o700


@pytest.mark.parametrize("fails", [pytest.param(False, marks=pytest.mark.long), True])
def test_no_secret_is_in_what_a_command_writes_or_says(tmp_path, fails):
    study, out = write_study(tmp_path, SMALL), tmp_path / "out"
    if fails:
        (tmp_path / "diary.csv").write_text("x")
    secrets = {"OUTCOMES_NOTIFY_URL": f"json://user:{SECRET}@127.0.0.1:1", "DATABASE_PASSWORD": SECRET}
    done = subprocess.run(
        [sys.executable, "-m", "outcomes", "report", str(study), "--out", str(out), "--json"],
        capture_output=True,
        text=True,
        check=False,
        env=os.environ | {"PYTHONPATH": str(ROOT / "src")} | secrets,
    )
    assert done.returncode == (4 if fails else 0)
    if not fails:
        assert "the notification could not be sent" in done.stderr
    assert SECRET not in done.stdout + done.stderr
    written = [path for path in out.rglob("*") if path.is_file()]
    assert len(written) >= 3
    for path in written:
        assert SECRET.encode() not in path.read_bytes(), path.name


def _keys(schema) -> set[str]:
    """Return the names of all keys that a schema allows, at any depth."""
    if isinstance(schema, list):
        return set().union(*map(_keys, schema))
    if not isinstance(schema, dict):
        return set()
    return set(schema.get("properties", ())).union(*map(_keys, schema.values()))


def test_a_secret_cannot_be_a_key_of_the_file():
    words = ("password", "token", "secret", "notify_url")
    named = {
        key for key in _keys(StudyConfig.model_json_schema()) if any(word in key.lower() for word in words)
    }
    assert named == {"token_from"}, "it names a variable of the environment"
