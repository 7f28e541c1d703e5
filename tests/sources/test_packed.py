"""Packed files: read as what is in them, bounded, and refused for what they are."""

from __future__ import annotations

import gzip
import io
import zipfile

import pytest

import outcomes as oc
from outcomes.errors import SourceError
from outcomes.sources.limits import Limits
from outcomes.sources.packed import unpack
from studies import DIARY, PATIENTS, write_study


def zipped(**files: str) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in files.items():
            archive.writestr(name.replace("_", "."), text)
    return buffer.getvalue()


@pytest.mark.parametrize(
    ("name", "content"),
    [("diary.csv.gz", gzip.compress(DIARY.encode())), ("diary.zip", zipped(diary_csv=DIARY))],
    ids=["gzip", "zip"],
)
def test_a_packed_diary_is_the_diary(tmp_path, name, content):
    study = write_study(tmp_path, {"patients": PATIENTS, "diary": DIARY})
    plain = oc.read_study(study)
    (tmp_path / name).write_bytes(content)
    study.write_text(study.read_text().replace("diary.csv", name))
    assert oc.read_study(study).diary.equals(plain.diary)


def test_a_bomb_is_refused_before_it_is_unpacked():
    bomb = gzip.compress(bytes(3_000_000))
    with pytest.raises(SourceError, match="too large when it is unpacked"):
        unpack(bomb, file="diary.csv.gz", limits=Limits(max_unpacked_mb=1))
    with pytest.raises(SourceError, match="too large when it is unpacked"):
        unpack(zipped(diary_csv="0" * 3_000_000), file="diary.zip", limits=Limits(max_unpacked_mb=1))


@pytest.mark.parametrize(
    ("file", "content", "say"),
    [
        ("diary.csv.gz", gzip.compress(DIARY.encode())[:-9], "damaged"),
        ("diary.csv.gz", b"no archive", "damaged"),
        ("diary.zip", b"no archive", "damaged"),
        ("diary.zip", zipped(diary_csv=DIARY)[:80], "damaged"),
        ("diary.zip", zipped(a_csv=DIARY, b_csv=DIARY), "2 files"),
        ("diary.zip", zipped(), "0 files"),
    ],
    ids=["cut gzip", "no gzip", "no zip", "cut zip", "two files", "none"],
)
def test_what_is_wrong_with_an_archive_is_said(file, content, say):
    with pytest.raises(SourceError, match=say):
        unpack(content, file=file)
