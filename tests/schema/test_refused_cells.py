"""The cells that `check` refuses are those that the pandera schema of the table refuses."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from pandera.errors import SchemaErrors

from outcomes.errors import DataError
from outcomes.schema.check_columns import check_columns
from outcomes.schema.columns import ColumnSpec
from outcomes.schema.contract import empty, specs
from outcomes.schema.tables import TABLES

ROWS = 60
#: pandera's name of a check -> our rule.
RULES = {"not_nullable": "missing_value", "isin": "unknown_code"}


def cells(spec: ColumnSpec, rng: np.random.Generator) -> pd.Series:
    """Return cells of the right type: some empty, some just at and beyond the limits, some of no codelist."""
    low, high = (0.0 if limit is None else limit for limit in spec.limits)
    numbers = rng.choice([low - 1, low, low + 1, high - 1, high, high + 1], ROWS)
    values: object = rng.choice(["", "none", "of no list", *spec.codes], ROWS)
    if spec.kind in ("integer", "number"):
        values = numbers
    elif spec.kind == "yesno":
        values = rng.random(ROWS) < 0.5
    elif spec.kind in ("date", "timestamp"):
        values = pd.Series(pd.Timestamp("2026-01-01"), range(ROWS)).dt.tz_localize(
            "UTC" if spec.kind == "timestamp" else None
        )
    return pd.Series(values).astype(spec.dtype).mask(rng.random(ROWS) < 0.2)


@pytest.mark.parametrize("table", TABLES)
@pytest.mark.parametrize("seed", range(3))
def test_the_same_cells_as_pandera(table: str, seed: int) -> None:
    rng = np.random.default_rng(seed)
    frame = pd.DataFrame({name: cells(spec, rng) for name, spec in specs(table).items()})
    with pytest.raises(SchemaErrors) as found:
        TABLES[table].validate(frame)
    wanted = {
        (column, RULES.get(check.split("(")[0], "out_of_range"), int(row))
        for column, check, row in found.value.failure_cases[["column", "check", "index"]].itertuples(
            index=False
        )
    }
    refused = {
        (fault.column, fault.rule, int(row))
        for fault in check_columns(table, frame)
        if fault.severity == "error"
        for row in fault.rows
    }
    assert refused == wanted


@pytest.mark.parametrize(
    ("frame", "named"),
    [
        (empty("diary").drop(columns="pain"), "pain"),
        (empty("diary").assign(more=1.0), "more"),
        (empty("diary").astype({"pain": "str"}), "pain"),
        (empty("diary").astype({"date": "datetime64[ns]"}), "date"),
    ],
    ids=["missing", "further", "text", "nanoseconds"],
)
def test_other_columns_and_types_are_named(frame: pd.DataFrame, named: str) -> None:
    with pytest.raises(DataError, match="does not have the contract's columns and dtypes") as found:
        check_columns("diary", frame)
    assert found.value.got == named
