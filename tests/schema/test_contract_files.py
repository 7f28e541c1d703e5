"""data/schema is what the classes say."""

from __future__ import annotations

import json

import pandas as pd
import pytest

from outcomes.config import contract_files, starter_files
from outcomes.config.study_toml import StudyConfig
from outcomes.errors import ArgumentError
from outcomes.schema.codelists import CODELISTS
from outcomes.schema.contract import empty, specs
from outcomes.schema.tables import KEYS, TABLES
from shared import ROOT

FOLDER = ROOT / "data" / "schema"


def test_published_contract_equals_the_classes():
    wanted = contract_files()
    there = {path.name: path.read_text(encoding="utf-8") for path in FOLDER.iterdir()}
    assert there == wanted, "run: make schema"


@pytest.mark.parametrize("table", TABLES)
def test_every_column_has_a_meaning_and_a_known_codelist(table):
    for spec in specs(table).values():
        assert spec.meaning
        assert spec.codelist is None or spec.codelist in CODELISTS
        assert spec.kind not in ("code", "codes") or spec.codelist
        assert spec.kind != "number" or spec.unit, f"{spec.name} has no unit"
    assert set(KEYS[table]) <= set(specs(table))


@pytest.mark.parametrize("table", TABLES)
def test_table_schema_lists_columns_and_limits(table):
    content = json.loads(contract_files()[f"{table}.schema.json"])
    fields = {field["name"]: field for field in content["fields"]}
    assert list(fields) == list(specs(table))
    for name, spec in specs(table).items():
        constraints = fields[name]["constraints"]
        assert (constraints.get("minimum"), constraints.get("maximum")) == spec.limits
        assert constraints["required"] is not spec.nullable


@pytest.mark.parametrize("table", TABLES)
def test_an_empty_table_satisfies_its_model(table):
    frame = empty(table)
    TABLES[table].validate(frame)
    assert [str(dtype) for dtype in frame.dtypes] == [spec.dtype for spec in specs(table).values()]


def test_an_unknown_table_is_named():
    with pytest.raises(ArgumentError, match="did you mean 'diary'"):
        specs("diry")


def test_starter_study_is_valid_and_its_tables_have_the_contracts_header():
    import tomllib

    files = starter_files()
    config = StudyConfig.model_validate(tomllib.loads(files["study.toml"]))
    assert config.source("titration") is not None
    uncommented = "\n".join(
        line.removeprefix("#") if " = " in line and line.startswith("#") else line
        for line in files["study.toml"].splitlines()
    )
    for line in uncommented.splitlines():
        tomllib.loads(line)
    for table in TABLES:
        assert files[f"{table}.csv"].strip().split(",") == list(specs(table))


def test_redcap_dictionary_has_one_field_a_column():
    import io

    frame = pd.read_csv(io.StringIO(contract_files()["redcap_dictionary.csv"]), dtype=str)
    assert len(frame) == 1 + sum(len(specs(table)) for table in TABLES)
    assert frame.iloc[:, 0].is_unique
    assert frame.iloc[:, 0].str.fullmatch("[a-z][a-z0-9_]*").all()
