"""Records of a data set as the bytes of a file: Dataset-JSON, or a SAS transport file."""

from __future__ import annotations

import json
import tempfile
from pathlib import Path

import numpy as np
import pandas as pd

from outcomes.errors import DataError, name_rows
from outcomes.sources.doors.extras import load

__all__ = ["data_type", "dataset_json", "transport_file"]

#: Bytes that a text of a transport file may have.
LONGEST = 200


def dataset_json(name: str, records: pd.DataFrame) -> bytes:
    """Return a domain as CDISC Dataset-JSON 1.1; an empty text stands for a missing value."""
    columns = [
        {"itemOID": f"IT.{name}.{one}", "name": one, "label": one, "dataType": data_type(records[one])}
        for one in records
    ]
    for one in records:
        if data_type(records[one]) == "date":
            records = records.assign(**{one: records[one].dt.strftime("%Y-%m-%d")})
    cells = records.astype("object")
    told = {
        "datasetJSONVersion": "1.1.0",
        "itemGroupOID": f"IG.{name}",
        "records": len(records),
        "name": name,
        "label": name,
        "columns": columns,
        "rows": cells.where(cells.notna(), None).to_numpy().tolist(),
    }
    return (json.dumps(told, ensure_ascii=False, indent=0) + "\n").encode()


def transport_file(name: str, records: pd.DataFrame) -> bytes:
    """Return a domain as a SAS transport file, version 5.

    Raises
    ------
    DataError
        For a text that is longer than the format holds: its variable and record are named.
    """
    pyreadstat = load("pyreadstat", extra="statistics-files", reads="a transport file")
    for variable in [one for one in records if data_type(records[one]) == "string"]:
        long = np.flatnonzero(records[variable].astype("str").str.encode("utf-8").str.len() > LONGEST)
        if len(long):
            raise DataError(
                f"{name}.{variable}: a text is longer than a transport file can hold",
                got=name_rows(long),
                allowed=f"{LONGEST} bytes",
                hint="write Dataset-JSON: leave out --xpt",
            )
    dated = [one for one in records if data_type(records[one]) == "date"]
    records = records.assign(**{one: records[one].dt.date.where(records[one].notna(), None) for one in dated})
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"{name.lower()}.xpt"
        pyreadstat.write_xport(records, path, table_name=name, file_format_version=5)
        return path.read_bytes()


def data_type(values: pd.Series) -> str:
    """Return the type of a variable as Dataset-JSON calls it."""
    if pd.api.types.is_datetime64_dtype(values.dtype):
        return "date"
    return "double" if pd.api.types.is_float_dtype(values.dtype) else "string"
