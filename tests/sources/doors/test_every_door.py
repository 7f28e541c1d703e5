"""Whatever is wrong with a file, its door says so: it names the file and no value, and never breaks."""

from __future__ import annotations

import gzip
import io
import json
import sqlite3
import zipfile

import numpy as np
import pandas as pd
import pyreadstat
import pytest
import xlsxwriter

from outcomes.errors import SourceError
from outcomes.sources.conventions import TableSource
from outcomes.sources.files import read_files

CANARY = "Zebra77"
ROWS = 400
FRAME = pd.DataFrame(
    {"patient_id": [f"{CANARY}{n % 20:02d}" for n in range(ROWS)],
     "date": pd.date_range("2026-01-01", periods=ROWS).strftime("%Y-%m-%d"), "headache": "yes"}
)  # fmt: skip
CSV = FRAME.to_csv(index=False).encode()


def zipped(content, name="diary.csv"):
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(name, content)
    return file.getvalue()


def parquet():
    file = io.BytesIO()
    FRAME.to_parquet(file)
    return file.getvalue()


def workbook():
    file = io.BytesIO()
    with xlsxwriter.Workbook(file, {"in_memory": True}) as book:
        sheet = book.add_worksheet("diary")
        for number, cells in enumerate([list(FRAME), *FRAME.to_numpy().tolist()]):
            sheet.write_row(number, 0, cells)
    return file.getvalue()


def statistics(folder, name):
    write = {"sav": pyreadstat.write_sav, "dta": pyreadstat.write_dta, "xpt": pyreadstat.write_xport}
    write[name[-3:]](FRAME.rename(columns={"patient_id": "PATIENT"}), folder / name)
    return (folder / name).read_bytes()


def data_set():
    told = {"datasetJSONVersion": "1.1.0", "records": ROWS, "columns": [{"name": one} for one in FRAME]}
    return json.dumps(told | {"rows": FRAME.to_numpy().tolist()}).encode()


def lite(folder):
    with sqlite3.connect(folder / "made.db") as base:
        FRAME.to_sql("diary", base, index=False)
    base.close()
    return (folder / "made.db").read_bytes()


@pytest.fixture(scope="module")
def doors(tmp_path_factory):
    folder = tmp_path_factory.mktemp("doors")
    return {
        "diary.csv": CSV, "diary.csv.gz": gzip.compress(CSV), "diary.zip": zipped(CSV),
        "diary.parquet": parquet(), "diary.xlsx": workbook(),
        "diary.sav": statistics(folder, "a.sav"), "diary.dta": statistics(folder, "a.dta"),
        "diary.xpt": statistics(folder, "a.xpt"), "diary.json": data_set(), "diary.db": lite(folder),
    }  # fmt: skip


NAMES = ("diary.csv", "diary.csv.gz", "diary.zip", "diary.parquet", "diary.xlsx", "diary.sav", "diary.dta",
         "diary.xpt", "diary.json", "diary.db")  # fmt: skip


def read(folder, name, content):
    (folder / name).write_bytes(content)
    more = {"sql": {"table": "diary"}} if name.endswith(".db") else {}
    return read_files("diary", TableSource(file=name, **more), folder)[0]


@pytest.mark.parametrize("name", NAMES)
def test_the_sound_file_is_read(doors, tmp_path, name):
    assert len(read(tmp_path, name, doors[name]).frame) == ROWS


@pytest.mark.parametrize("name", NAMES)
def test_a_cut_file_never_reads_as_a_whole_one(doors, tmp_path, name):
    """A text file that ends with a line is the one that nobody can tell; the others are refused or short."""
    whole = doors[name]
    for part in (0.0, 0.02, 0.3, 0.55, 0.8, 0.97):
        content = whole[: int(len(whole) * part)]
        if name == "diary.csv" and content:
            rows = read(tmp_path, name, content)
            assert len(rows.frame) <= content.count(b"\n")
            continue
        with pytest.raises(SourceError) as caught:
            read(tmp_path, name, content)
        assert name in str(caught.value)
        assert CANARY not in str(caught.value)


@pytest.mark.parametrize("name", NAMES)
def test_a_spoilt_file_is_refused_or_read_and_never_breaks(doors, tmp_path, name):
    random = np.random.default_rng(7)
    for _ in range(6):
        content = bytearray(doors[name])
        for place in random.integers(0, len(content), 12):
            content[place] = random.integers(0, 256)
        told = name
        try:
            read(tmp_path, name, bytes(content))
        except SourceError as error:
            told = str(error)
        assert name in told
        assert CANARY not in told


def test_a_packed_file_with_a_password_is_told(tmp_path):
    content = bytearray(zipped(CSV))
    for sign, place in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):  # the flag: encrypted
        content[content.index(sign) + place] |= 1
    with pytest.raises(SourceError, match="password"):
        read(tmp_path, "diary.zip", bytes(content))


@pytest.mark.parametrize("name", ["diary.csv", "diary.xlsx", "diary.parquet", "diary.json", "diary.db"])
def test_a_column_name_twice_is_refused(tmp_path, name):
    import pyarrow as pa
    import pyarrow.parquet as pq

    header, row = ["patient_id", "date", "headache", "date"], ["A", "2026-01-05", "yes", "2026-01-06"]
    (tmp_path / "in").mkdir()
    if name.endswith("csv"):
        content = "\n".join([",".join(header), ",".join(row), ""]).encode()
    elif name.endswith("xlsx"):
        with xlsxwriter.Workbook(tmp_path / "in" / name) as book:
            sheet = book.add_worksheet("diary")
            sheet.write_row(0, 0, header)
            sheet.write_row(1, 0, row)
        content = (tmp_path / "in" / name).read_bytes()
    elif name.endswith("parquet"):
        pq.write_table(pa.table([pa.array([cell]) for cell in row], names=header), tmp_path / "in" / name)
        content = (tmp_path / "in" / name).read_bytes()
    elif name.endswith("json"):
        told = {"datasetJSONVersion": "1.1.0", "records": 1, "columns": [{"name": one} for one in header]}
        content = json.dumps(told | {"rows": [row]}).encode()
    else:
        content = None
    if content is not None:
        with pytest.raises(SourceError, match=r"twice|name as another"):
            read(tmp_path, name, content)
        return
    with sqlite3.connect(tmp_path / name) as base:
        base.execute("create table diary (patient_id, date, headache)")
    base.close()
    query = "select patient_id, date, headache, date from diary"
    with pytest.raises(SourceError, match=r"twice|name as another"):
        read_files("diary", TableSource(file=name, sql={"query": query}), tmp_path)
