"""A workbook that is filled in, and a REDCap project made from our dictionary: read back, and equal."""

from __future__ import annotations

import csv
import io

import numpy as np
import pandas as pd
import pytest
from typer.testing import CliRunner

import outcomes as oc
from outcomes.cli import app
from outcomes.config.workbook import WORKBOOK, workbook, workbook_toml
from outcomes.schema.contract import specs
from outcomes.schema.export import redcap_dictionary
from outcomes.schema.tables import TABLES
from outcomes.study.deidentify.copy_files import as_text

KEYS = ("patient_id", "session_id", "date", "time", "event_id", "instrument")


@pytest.fixture(scope="module")
def study():
    return oc.simulate(patients=4, seed=5, months=2).study


def assert_same(one, other):
    for table in one.given:
        before, after = one.table(table), other.table(table)
        keys = [
            name
            for name in ("patient_id", "session_id", "date", "time", "event_id", "instrument")
            if name in before
        ]
        before, after = (frame.sort_values(keys, ignore_index=True) for frame in (before, after))
        pd.testing.assert_frame_equal(before, after, check_exact=False, rtol=1e-12)
    assert not other.findings["severity"].eq("error").any()


def test_a_workbook_that_is_filled_in_is_read_back_equal(study, tmp_path):
    """Its sheets are written anew by the template's headers, typed as Excel types them."""
    xlsxwriter = pytest.importorskip("xlsxwriter")
    calamine = pytest.importorskip("python_calamine")
    template = calamine.CalamineWorkbook.from_filelike(io.BytesIO(workbook()))
    with xlsxwriter.Workbook(tmp_path / WORKBOOK, {"default_date_format": "yyyy-mm-dd hh:mm:ss"}) as book:
        for table in study.given:
            header = template.get_sheet_by_name(table).to_python()[0]
            assert header == list(specs(table))
            _fill(book.add_worksheet(table), header, study.table(table), study.timezone)
    toml = "\n".join(part for part in workbook_toml().split("\n\n") if _wanted(part, study.given))
    (tmp_path / "study.toml").write_text(toml.replace("Europe/Zurich", study.timezone))
    assert_same(study, oc.read_study(tmp_path))


def _wanted(part, given):
    return "[tables." not in part or part.split("]")[0].removeprefix("[tables.") in given


def _fill(sheet, header, frame, timezone):
    """Type in a table as a person does: dates as dates, numbers as numbers, the clinic's clock."""
    for place, name in enumerate(header):
        sheet.write_string(0, place, name)
        cells = frame[name]
        if isinstance(cells.dtype, pd.DatetimeTZDtype):
            cells = cells.dt.tz_convert(timezone).dt.tz_localize(None)
        for row, value in enumerate(cells.astype("object"), start=1):
            if value is None or value is pd.NA or value != value:
                continue
            if isinstance(value, pd.Timestamp):
                sheet.write_datetime(row, place, value.to_pydatetime())
            elif isinstance(value, (bool, np.bool_)):
                sheet.write_string(row, place, "yes" if value else "no")
            elif isinstance(value, str):
                sheet.write_string(row, place, value)
            else:
                sheet.write_number(row, place, value)


def test_the_template_has_a_sheet_a_table_drop_downs_notes_and_frozen_headers(tmp_path):
    import zipfile

    found = CliRunner().invoke(app, ["init", str(tmp_path / "new"), "--excel"])
    assert found.exit_code == 0, found.exception
    assert (tmp_path / "new" / "study.toml").is_file()
    with zipfile.ZipFile(tmp_path / "new" / WORKBOOK) as archive:
        names = archive.read("xl/workbook.xml").decode()
        assert all(f'name="{table}"' in names for table in TABLES)
        for number, table in enumerate(TABLES, start=1):
            sheet = archive.read(f"xl/worksheets/sheet{number}.xml").decode()
            assert 'state="frozen"' in sheet
            checked = [spec for spec in specs(table).values() if spec.kind not in ("id", "text", "codes")]
            assert sheet.count("<dataValidation ") == len(checked)
            assert len(archive.read(f"xl/comments{number}.xml").split(b"<comment ")) - 1 == len(specs(table))


def redcap_export(study, *, labels=False):
    """Return a raw export of a project made from our dictionary, one repeating instrument a table."""
    fields = list(csv.DictReader(io.StringIO(redcap_dictionary())))
    columns = ["record_id", "redcap_repeat_instrument", "redcap_repeat_instance"]
    boxes = {}
    for field in fields[1:]:
        name = field["Variable / Field Name"]
        if field["Field Type"] == "checkbox":
            codes = [
                choice.split(",")[0].strip()
                for choice in field["Choices, Calculations, OR Slider Labels"].split("|")
            ]
            boxes[name] = {code: f"{name}___{code}" for code in codes}
            columns += boxes[name].values()
        else:
            columns.append(name)
    kinds = {field["Variable / Field Name"]: field["Field Type"] for field in fields}
    rows = []
    for table in study.given:
        local = study.table(table).copy()
        for name in local.select_dtypes("datetimetz"):
            local[name] = local[name].dt.tz_convert(study.timezone).dt.tz_localize(None)
        filled = as_text(table, local)
        texts = filled.astype("str").mask(filled.isna(), "")
        for number, record in enumerate(texts.to_dict("records"), start=1):
            row = dict.fromkeys(columns, "") | {"record_id": "1", "redcap_repeat_instrument": table}
            row["redcap_repeat_instance"] = str(number)
            for name, text in record.items():
                field = f"{table}_{name}"
                if field in boxes:
                    ticked = text.split("+") if text else []
                    row |= {box: str(int(code in ticked)) for code, box in boxes[field].items()}
                elif kinds[field] == "yesno":
                    row[field] = {"yes": "1", "no": "0"}.get(text, "")
                elif specs(table)[name].kind == "timestamp":
                    row[field] = text.replace("T", " ").removesuffix(".000000")
                else:
                    row[field] = text
            rows.append(row)
    out = io.StringIO()
    writer = csv.DictWriter(out, columns)
    writer.writeheader()
    writer.writerows(rows)
    return out.getvalue()


@pytest.mark.long
def test_a_project_made_from_our_dictionary_is_read_back_equal(study, tmp_path):
    (tmp_path / "export.csv").write_text(redcap_export(study), encoding="utf-8")
    found = CliRunner().invoke(app, ["init", "--from", str(tmp_path / "export.csv"), "--yes"])
    assert found.exit_code == 0, (found.exception, found.stderr)
    path = tmp_path / "study.toml"
    path.write_text(path.read_text().replace('"UTC"', f'"{study.timezone}"'))
    assert_same(study, oc.read_study(tmp_path))
