"""Giant files, giant cells and small files that unpack to giants: refused by name, before memory is gone."""

from __future__ import annotations

import gzip
import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from outcomes import read_study
from outcomes.errors import ConfigError, SourceError
from outcomes.publish.changed import source
from outcomes.sources.csv_file import read_csv
from outcomes.sources.limits import Limits
from outcomes.sources.parquet_file import read_parquet
from shared import ROOT
from studies import DIARY, PATIENTS, write_study

SMALL = {"patients": PATIENTS, "diary": DIARY}
PEAK_MB = 1500  # what a refusal may take, the packages included; unpacked the first bomb has 60,000 MB
ADDRESS_SPACE = 6_000_000_000

#: Reads a study and tells its error and how much memory it took.
READER = """
import json, resource, sys
resource.setrlimit(resource.RLIMIT_AS, (int(sys.argv[2]), int(sys.argv[2])))
from outcomes import read_study
from outcomes.errors import OutcomesError
try:
    read_study(sys.argv[1])
    said = None
except OutcomesError as error:
    said = [type(error).__name__, str(error)]
print(json.dumps({"said": said, "peak": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024}))
"""


def write(table: pa.Table, path: Path, **options: object) -> None:
    pq.write_table(table, path, compression="zstd", **options)


def repeated_text(path: Path) -> None:
    """Write 3,000,000 cells of 20,000 characters: 60 GB that the file holds once."""
    texts = pa.array(["x" * 20_000])
    codes = pa.DictionaryArray.from_arrays(pa.array(np.zeros(3_000_000, dtype=np.int32)), texts)
    write(pa.table({"patient_id": codes}), path, store_schema=False)


def repeated_number(path: Path) -> None:
    """Write 100,000,000 rows of one number."""
    write(pa.table({"headache_hours": pa.array(np.zeros(100_000_000, dtype=np.int8))}), path)


def packed_zeros(path: Path) -> None:
    """Write 2.2 GB of one letter without a dictionary: only the packing makes them small."""
    part = pa.table({"patient_id": pa.array(["x" * 1_000_000] * 100)})
    with pq.ParquetWriter(path, part.schema, compression="zstd", use_dictionary=False) as file:
        for _ in range(22):
            file.write_table(part)


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (repeated_text, "too large when it is unpacked"),
        pytest.param(repeated_number, "too many rows", marks=pytest.mark.long),
        pytest.param(packed_zeros, "too large when it is unpacked", marks=pytest.mark.long),
    ],
)
def test_a_small_file_that_unpacks_to_a_giant_is_refused_before_memory_is_gone(tmp_path, make, words):
    study = write_study(tmp_path, {"patients": PATIENTS})
    study.write_text(study.read_text() + '\n[tables.diary]\nfile = "diary.parquet"\n')
    make(tmp_path / "diary.parquet")
    assert (tmp_path / "diary.parquet").stat().st_size < 1_000_000
    done = subprocess.run(
        [sys.executable, "-c", READER, str(study), str(ADDRESS_SPACE)],
        capture_output=True,
        text=True,
        check=True,
        env=os.environ | {"PYTHONPATH": str(ROOT / "src")},
    )
    told = json.loads(done.stdout)
    assert told["said"][0] == "SourceError"
    assert words in told["said"][1]
    assert "[limits] of study.toml" in told["said"][1]
    assert told["peak"] < PEAK_MB


def parquet(columns: dict[str, object], **options: object) -> bytes:
    sink = pa.BufferOutputStream()
    pq.write_table(pa.table(columns), sink, **options)
    return sink.getvalue().to_pybytes()


def test_a_cell_that_is_too_long_rejects_its_row_only(tmp_path):
    content = {"a": ["x", "y" * 200, None, "y" * 200], "b": [1, 2, 3, 4]}
    for options in ({}, {"use_dictionary": False}):
        raw = read_parquet(
            parquet(content, **options), table="diary", file="d", limits=Limits(max_cell_characters=100)
        )
        assert raw.frame["a"].tolist() == ["x", "", "", ""]
        assert raw.frame["b"].tolist() == ["1", "2", "3", "4"]
        (fault,) = raw.faults
        assert (fault.rule, fault.rows.tolist(), raw.typed) == ("cell_too_long", [1, 3], {"b"})


def test_long_files_are_read_in_parts_as_in_one():
    numbers = list(range(20_000))
    content = {"a": [str(number % 7) for number in numbers], "b": pa.array(numbers).dictionary_encode()}
    raw = read_parquet(parquet(content), table="diary", file="d")
    assert raw.frame["a"].tolist() == content["a"]
    assert raw.frame["b"].tolist() == [str(number) for number in numbers]


@pytest.mark.parametrize(
    ("limits", "words"),
    [({"max_rows": 2}, "too many rows"), ({"max_columns": 1}, "too many columns")],
)
def test_rows_and_columns_have_limits_in_both_kinds_of_file(limits, words):
    with pytest.raises(SourceError, match=words):
        read_csv(b"a,b\n1,2\n3,4\n5,6\n", table="diary", file="d.csv", limits=Limits(**limits))
    with pytest.raises(SourceError, match=words):
        read_parquet(parquet({"a": [1, 2, 3], "b": [4, 5, 6]}), table="d", file="d", limits=Limits(**limits))


@pytest.mark.parametrize("ends", ["\n", "\r\n", "\r"])
def test_a_limit_counts_rows_and_not_the_header(ends):
    content = ends.join(["a,b", "1,2", "3,4", ""]).encode()
    assert len(read_csv(content, table="diary", file="d.csv", limits=Limits(max_rows=2)).frame) == 2
    with pytest.raises(SourceError, match="too many rows"):
        read_csv(content, table="diary", file="d.csv", limits=Limits(max_rows=1))


def test_a_header_of_a_million_fields_is_refused_at_once():
    with pytest.raises(SourceError, match="too many columns"):
        read_csv(b"," * 900_000 + b"\n", table="diary", file="d.csv")


@pytest.mark.parametrize(
    "kind", [pa.list_(pa.int64()), pa.binary(), pa.binary(4), pa.struct([("x", pa.int8())])]
)
def test_kinds_of_columns_that_no_contract_has_are_refused(kind):
    with pytest.raises(SourceError, match="column a is nested, or of a type"):
        read_parquet(parquet({"a": pa.array([None, None], kind)}), table="diary", file="d")


def test_packed_text_is_not_read_under_the_ending_of_plain_text(tmp_path):
    study = write_study(tmp_path, SMALL | {"diary": gzip.compress(DIARY.encode())})
    with pytest.raises(SourceError, match="its content is a gzip archive"):
        read_study(study)


def test_a_file_of_a_terabyte_and_a_pipe_are_refused_at_once(tmp_path):
    study = write_study(tmp_path, SMALL)
    with (tmp_path / "diary.csv").open("wb") as file:
        file.truncate(10**12)  # no byte of it is on the disk
    assert source(study, as_of=None).files["diary.csv"] == "missing"
    with pytest.raises(SourceError, match="too large"):
        read_study(study)
    (tmp_path / "diary.csv").unlink()
    os.mkfifo(tmp_path / "diary.csv")
    assert source(study, as_of=None).files["diary.csv"] == "missing"
    with pytest.raises(SourceError, match="was not found"):
        read_study(study)


def test_a_file_outside_is_not_even_hashed(tmp_path):
    (tmp_path / "here").mkdir()
    (tmp_path / "secret.csv").write_text("x")
    study = write_study(tmp_path / "here", SMALL)
    study.write_text(study.read_text().replace("diary.csv", "../secret.csv"))
    assert source(study, as_of=None).files["../secret.csv"] == "missing"
    (tmp_path / "here" / "link.csv").symlink_to(tmp_path / "secret.csv")
    study.write_text(study.read_text().replace("../secret.csv", "link.csv"))
    assert source(study, as_of=None).files["link.csv"] == "missing"


def test_limits_are_keys_of_study_toml(tmp_path):
    with pytest.raises(SourceError, match=r"patients\.csv: the file has too many rows"):
        read_study(write_study(tmp_path, SMALL, top="[limits]\nmax_rows = 1\n"))
    with pytest.raises(ConfigError, match="did you mean 'max_rows'"):
        read_study(write_study(tmp_path, SMALL, top="[limits]\nmax_row = 1\n"))
