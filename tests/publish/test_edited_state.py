"""What the last run left, damaged or edited: the next run is made all the same, and names the file."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from outcomes.errors import ReportError
from outcomes.page import make as page_module
from outcomes.page.sections import SECTIONS
from outcomes.publish.request import Request
from outcomes.publish.run_log import LOG
from outcomes.publish.runs import run
from outcomes.publish.transaction import LATEST
from studies import DIARY, PATIENTS, write_study

SMALL = {"patients": PATIENTS, "diary": DIARY}
DEEP = "[" * 200_000


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Path, Path]]:
    """Give a study of the clinic, and a folder with reports of it that each test leaves whole."""
    folder = tmp_path_factory.mktemp("place")
    study, out = write_study(folder, SMALL), folder / "out"
    with pytest.MonkeyPatch.context() as patch:
        quick = [part for part in SECTIONS if part.name in ("provenance", "changes")]
        patch.setattr(page_module, "SECTIONS", quick)
        assert run(study, out).status == "published"
        yield study, out


def manifest(**edited: object) -> Callable[[Path], None]:
    """Return an edit of the last manifest."""

    def edit(out: Path) -> None:
        path = out / LATEST / "manifest.json"
        content = json.loads(path.read_text())
        for place, value in edited.items():
            *parts, key = place.split("__")
            inside = content
            for part in parts:
                inside = inside[part]
            inside[key] = value
        path.write_text(json.dumps(content))

    return edit


def written(name: str, text: str) -> Callable[[Path], None]:
    def edit(out: Path) -> None:
        (out / name).write_text(text)

    return edit


def in_place_of(name: str) -> Callable[[Path], None]:
    """Return what puts a folder with a file of somebody's into the place of a file, link or folder."""

    def edit(out: Path) -> None:
        path = out / name
        if path.is_dir() and not path.is_symlink():
            path.rename(out / f"{name}-before")
        else:
            path.unlink(missing_ok=True)
        path.mkdir()
        (path / "mine.txt").write_text("mine")

    return edit


def leading_to(name: str) -> Callable[[Path], None]:
    """Return what turns `latest` elsewhere."""

    def edit(out: Path) -> None:
        (out / LATEST).unlink()
        (out / LATEST).symlink_to(name)

    return edit


EDITS: dict[str, tuple[Callable[[Path], None], str]] = {
    "manifest without sense": (written(f"{LATEST}/manifest.json", "x"), "latest/manifest.json"),
    "manifest as a list": (written(f"{LATEST}/manifest.json", "[1]"), "latest/manifest.json"),
    "manifest too deep": (written(f"{LATEST}/manifest.json", DEEP), "latest/manifest.json"),
    "rows as words": (manifest(rows={"diary": "many"}), "latest/manifest.json"),
    "report edited": (written(f"{LATEST}/report.html", "x"), "latest/manifest.json"),
    "latest is a folder": (in_place_of(LATEST), LATEST),
    "the log is a folder": (in_place_of(LOG), LOG),
    "the log's lock is a folder": (in_place_of(".runs.lock"), ".runs.lock"),
    "the key is a folder": (in_place_of(".report-key"), ".report-key"),
    "the key is short": (written(".report-key", "x"), ".report-key"),
    "failed is a file": (written("failed", "x"), "failed"),
}


@pytest.mark.parametrize("edited", EDITS)
def test_what_was_edited_is_named_and_blocks_nothing(place: tuple[Path, Path], edited: str) -> None:
    study, out = place
    edit, name = EDITS[edited]
    before = len(list(out.rglob("mine.txt")))
    edit(out)
    done = run(study, out, Request(if_changed=True))
    assert done.status == ("published" if name.startswith(LATEST) else "unchanged")
    assert [warning for warning in done.warnings if warning.startswith(name)], done.warnings
    assert (out / LATEST).is_symlink()
    assert (out / LATEST / "report.html").is_file()
    assert len(list(out.rglob("mine.txt"))) - before == int("is a folder" in edited), "nothing is lost"


QUIET: dict[str, Callable[[Path], None]] = {
    "summary without sense": written(f"{LATEST}/summary.json", DEEP),
    "summary of other kinds": written(f"{LATEST}/summary.json", '{"format": 1, "patients": 3, "days": []}'),
    "log without sense": written(LOG, '{"report": [1], "run": 3}\n\0\xff\n[]\n"x"\n' + DEEP + "\n"),
    "settings edited away": manifest(config__report={}),
    "settings of other kinds": manifest(config__report="none", sections=[1]),
    "a date that is none": manifest(newest={"diary": "soon"}, parameters={"as_of": 3, "timezone": "Moon"}),
    "latest leads nowhere": leading_to("gone"),
    "latest leads to itself": leading_to(LATEST),
}


@pytest.mark.parametrize("edited", QUIET)
def test_other_edits_block_nothing(place: tuple[Path, Path], edited: str) -> None:
    study, out = place
    QUIET[edited](out)
    if "settings" in edited or "date" in edited:
        assert run(study, out, Request(if_changed=True)).status == "published"
    assert run(study, out).status == "published"


def test_an_edited_log_blocks_no_report_for_readers_outside(place: tuple[Path, Path]) -> None:
    study, out = place
    run(study, out, Request(audience="external"))
    line = json.loads((out / LOG).read_text().splitlines()[-1])
    for rows in ("many", {"diary": "x"}):
        written(LOG, json.dumps(line | {"rows": rows, "newest": 3}) + "\n")(out)
        assert run(study, out, Request(audience="external")).status == "published"


def test_a_log_that_is_a_link_is_refused_and_nothing_is_written_there(place: tuple[Path, Path]) -> None:
    study, out = place
    elsewhere = out.parent / "elsewhere"
    elsewhere.write_text("of somebody\n")
    (out / LOG).unlink()
    (out / LOG).symlink_to(elsewhere)
    before = os.readlink(out / LATEST)
    with pytest.raises(ReportError, match=r"^runs\.jsonl is a link"):
        run(study, out)
    assert elsewhere.read_text() == "of somebody\n"
    assert os.readlink(out / LATEST) == before
    (out / LOG).unlink()


def test_no_hash_that_can_be_tried_out_leaves_the_clinic(place: tuple[Path, Path]) -> None:
    study, out = place
    run(study, out, Request(audience="external"))
    folder = out / LATEST
    told = json.loads((folder / "manifest.json").read_text())
    assert told["schema_version"] == 2
    assert (told["fingerprint"], told["config"]["sha256"]) == (None, None)
    hashes = {hashlib.sha256(path.read_bytes()).hexdigest() for path in (study, study.with_name("diary.csv"))}
    line = json.loads((out / LOG).read_text().splitlines()[-1])
    hashes.add(line["fingerprint"])
    assert line["config_sha256"] in hashes
    for path in folder.iterdir():
        text = path.read_text(errors="replace")
        assert not [found for found in hashes if found in text], path.name
    assert run(study, out, Request(if_changed=True, audience="external")).status == "unchanged"
