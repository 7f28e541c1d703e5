"""Files of SAS, SPSS and Stata, and CDISC Dataset-JSON: the same table however it is written."""

from __future__ import annotations

import datetime as dt
import json
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pyreadstat
import pytest
import statsmodels
from debian_package import file_of

import outcomes as oc
from outcomes.errors import SourceError
from outcomes.sources.conventions import TableSource
from outcomes.sources.doors.dataset_json import read_dataset_json
from outcomes.sources.doors.statistics_files import read_statistics_file
from outcomes.sources.limits import Limits
from pages import shown
from studies import PATIENTS, rules_found, write_study

FRAME = pd.DataFrame(
    {
        "USUBJID": ["01", "02", "02"],
        "DAY": [dt.date(2026, 1, 5), dt.date(1959, 12, 31), None],
        "START": pd.to_datetime(["2026-01-05 14:30", "2026-01-05 00:00", None]),
        "PARTIAL": ["2026-03", "", "2026"],
        "HEAD": [1.0, 2.0, 9.0],
        "PAIN": [6.5, None, 0.0],
    }
)
TEXTS = [
    ["01", "2026-01-05", "2026-01-05T14:30:00", "2026-03", "1", "6.5"],
    ["02", "1959-12-31", "2026-01-05T00:00:00", "", "2", ""],
    ["02", "", "", "2026", "9", "0"],
]
LABELS = {"HEAD": {1.0: "yes", 2.0: "no", 9.0: "refused"}}


def written(folder: Path, name: str, frame: pd.DataFrame = FRAME, **keys) -> bytes:
    path = folder / name
    if name.endswith("xpt"):
        pyreadstat.write_xport(frame, path, table_name="QS", **keys)
    elif name.endswith("dta"):
        pyreadstat.write_dta(frame, path, **keys)
    else:
        pyreadstat.write_sav(frame, path, **keys)
    return path.read_bytes()


def dataset_json(frame=FRAME, *, lines=False, **changes) -> bytes:
    kinds = {"DAY": "date", "START": "datetime", "HEAD": "integer", "PAIN": "double"}
    rows = [
        [
            cell.isoformat()
            if hasattr(cell, "isoformat") and cell is not pd.NaT
            else None
            if pd.isna(cell)
            else cell
            for cell in row
        ]
        for row in frame.astype("object").to_numpy().tolist()
    ]
    told = {
        "datasetJSONCreationDateTime": "2026-01-05T00:00:00", "datasetJSONVersion": "1.1.0",
        "itemGroupOID": "IG.QS", "records": len(rows), "name": "QS", "label": "Questionnaires",
        "columns": [{"itemOID": name, "name": name, "label": name, "dataType": kinds.get(name, "string")}
                    for name in frame],
    } | changes  # fmt: skip
    if lines:
        return "\n".join([json.dumps(told), *map(json.dumps, rows)]).encode()
    return json.dumps(told | ({} if "rows" in changes else {"rows": rows})).encode()


def read(content, name, limits=None, **keys):
    reader = read_dataset_json if "json" in name else read_statistics_file
    source = TableSource(file=name, **keys)
    return reader(content, table="diary", file=name, source=source, limits=limits or Limits())


@pytest.mark.parametrize(
    ("name", "keys"),
    [("a.sav", {}), ("a.zsav", {"compress": True}), ("a.dta", {}), ("5.xpt", {"file_format_version": 5}),
     ("8.xpt", {"file_format_version": 8})],
    ids=["sav", "zsav", "dta", "xpt5", "xpt8"],
)  # fmt: skip
def test_a_file_of_a_statistics_program_is_read_without_loss(tmp_path, name, keys):
    raw = read(written(tmp_path, name, **keys), name)
    assert raw.frame.astype("str").to_numpy().tolist() == TEXTS
    assert list(raw.frame) == list(FRAME)
    assert {"DAY", "START", "HEAD", "PAIN"} <= raw.typed


@pytest.mark.parametrize(("name", "lines"), [("a.json", False), ("a.ndjson", True)])
def test_dataset_json_is_read_without_loss(name, lines):
    assert read(dataset_json(lines=lines), name).frame.astype("str").to_numpy().tolist() == TEXTS


@pytest.mark.parametrize("name", ["a.sav", "a.dta"])
def test_labels_are_read_only_when_they_are_declared(tmp_path, name):
    content = written(tmp_path, name, variable_value_labels=LABELS)
    assert read(content, name).frame["HEAD"].tolist() == ["1", "2", "9"]
    assert read(content, name, labels=True).frame["HEAD"].tolist() == ["yes", "no", "refused"]


def test_declared_missing_codes_are_blank_and_said(tmp_path):
    spss = read(written(tmp_path, "a.sav", missing_ranges={"HEAD": [9]}), "a.sav")
    mixed = pd.DataFrame({"HEAD": [1.0, "a", "b"]})
    stata = read(written(tmp_path, "a.dta", mixed, missing_user_values={"HEAD": ["a", "b"]}), "a.dta")
    assert spss.frame["HEAD"].tolist() == ["1", "2", ""]
    assert stata.frame["HEAD"].tolist() == ["1", "", ""]
    for raw, rows in ((spss, [2]), (stata, [1, 2])):
        assert [(fault.rule, fault.column, fault.rows.tolist()) for fault in raw.faults] == [
            ("declared_missing", "HEAD", rows)
        ]


def test_a_file_of_stata_that_others_wrote_holds_what_its_text_holds():
    folder = Path(statsmodels.__file__).parent / "datasets" / "macrodata"
    found = read((folder / "macrodata.dta").read_bytes(), "macrodata.dta").frame.astype("str")
    theirs = pd.read_csv(folder / "macrodata.csv")
    assert found["realgdp"].astype("float64").to_numpy() == pytest.approx(
        theirs["realgdp"].to_numpy(), rel=1e-7
    )  # single precision
    assert len(found) == len(theirs)


#: A data set that SAS wrote, as Debian's r-cran-haven brings it; nothing else here is one.
IRIS = "/usr/lib/R/site-library/haven/examples/iris.sas7bdat"
#: Means of Fisher's irises, cm (Fisher 1936, doi:10.1111/j.1469-1809.1936.tb02137.x).
MEANS = [5.843333, 3.057333, 3.758, 1.199333]


def test_a_data_set_that_sas_wrote_is_read_without_loss_and_told_when_it_is_cut(tmp_path):
    content = file_of("r-cran-haven", IRIS, tmp_path).read_bytes()
    found = read(content, "iris.sas7bdat").frame.astype("str")
    numbers = found.iloc[:, :4].astype("float64")
    assert numbers.mean().tolist() == pytest.approx(MEANS, abs=1e-6)
    assert found.iloc[:, 4].value_counts().tolist() == [50, 50, 50]
    for part in (0.0, 0.3, 0.9):
        with pytest.raises(SourceError, match=r"iris\.sas7bdat: (this is not|the file is not complete)"):
            read(content[: int(len(content) * part)], "iris.sas7bdat")


def test_day_numbers_of_sas_are_days_since_1960(tmp_path):
    diary = (
        f"patient_id,date,headache\n01,{(dt.date(2026, 1, 5) - dt.date(1960, 1, 1)).days},yes\n02,soon,no\n"
    )
    study = oc.read_study(
        write_study(tmp_path, {"patients": PATIENTS, "diary": diary}, options='date_format = "sas"')
    )
    assert study.diary["date"].tolist() == [pd.Timestamp("2026-01-05")]


@pytest.mark.parametrize("name", ["a.sav", "a.dta", "5.xpt", "a.sas7bdat", "a.json", "a.ndjson"])
@pytest.mark.parametrize(
    "change",
    [
        lambda content: content[: len(content) * 2 // 3],
        lambda content: b"",
        lambda content: b"patient_id,date\n" * 40,
        lambda content: bytes(4096),
    ],
    ids=["cut", "empty", "text", "zeros"],
)
def test_a_damaged_file_is_told(tmp_path, name, change):
    if "json" in name:
        content = dataset_json(lines=name == "a.ndjson")
    else:
        frame = pd.concat([FRAME] * 50, ignore_index=True)
        content = written(tmp_path, name.replace("sas7bdat", "dta"), frame)
    with pytest.raises(SourceError, match=r"damaged|incomplete|not JSON|Dataset-JSON 1\.1") as caught:
        read(change(content), name)
    assert name in str(caught.value)


def test_a_transport_file_that_ends_within_a_row_or_holds_two_data_sets_is_refused(tmp_path):
    frame = pd.concat([FRAME] * 50, ignore_index=True)
    content = written(tmp_path, "5.xpt", frame, file_format_version=5)
    for length in (len(content) - 7, len(content) - 400):
        with pytest.raises(SourceError, match="ends in the middle of a row"):
            read(content[: length // 80 * 80 if length < len(content) - 80 else length], "5.xpt")
    with pytest.raises(SourceError, match="holds 2 data sets"):
        read(content + content[240:], "5.xpt")


@pytest.mark.parametrize(
    ("changes", "says"),
    [({"datasetJSONVersion": "1.0.0"}, "not CDISC Dataset-JSON 1.1"), ({"records": 7}, "3 of 7 rows"),
     ({"rows": [["01"]], "records": 1}, "row 1 does not have the 6 cells"),
     ({"columns": [{"name": "A"}, {"name": "A"}]}, "the same name as another")],
)  # fmt: skip
def test_dataset_json_that_contradicts_itself_is_refused(changes, says):
    with pytest.raises(SourceError, match=says):
        read(dataset_json(**changes), "a.json")


def test_limits_hold_before_anything_is_unpacked(tmp_path):
    content = written(tmp_path, "a.sav")
    for limits in (Limits(max_rows=2), Limits(max_columns=3)):
        with pytest.raises(SourceError, match="too many"):
            read(content, "a.sav", limits=limits)


def test_the_page_of_statistics_programs(tmp_path):
    days = pd.DataFrame(
        {"ID": ["01", "02"], "DAY": dt.date(2026, 1, 5), "HEADACHE": [1.0, 2.0], "PAIN": [6.0, np.nan]}
    )
    written(tmp_path, "diary.sav", days, variable_value_labels={"HEADACHE": {1: "yes", 2: "no"}})
    people = pd.DataFrame({"PATIENT": ["01", "02"], "INDEXDT": dt.date(2026, 1, 20)})
    written(tmp_path, "patients.xpt", people)
    (tmp_path / "study.toml").write_text(shown("statistics_files.md"))
    study = oc.read_study(tmp_path)
    assert study.diary["headache"].tolist() == [True, False]
    assert study.diary["pain"].tolist()[0] == 6
    assert study.patients["index_date"].tolist() == [pd.Timestamp("2026-01-20")] * 2
    assert rules_found(study) == set()


def test_a_missing_extra_names_itself(tmp_path, monkeypatch):
    content = written(tmp_path, "a.sav")
    monkeypatch.setitem(sys.modules, "pyreadstat", None)
    with pytest.raises(SourceError, match=r'an SPSS file.*pip install "outcomes\[statistics-files\]"'):
        read(content, "a.sav")
