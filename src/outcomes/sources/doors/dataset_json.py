"""CDISC Dataset-JSON 1.1, as one JSON document or line by line: a data set with the types of its columns."""

from __future__ import annotations

import json
from typing import Any

from outcomes.errors import SourceError
from outcomes.sources.conventions import TableSource
from outcomes.sources.doors.streamed import StreamedColumn, raw_table
from outcomes.sources.limits import Limits
from outcomes.sources.raw import RawTable

__all__ = ["DATASET_JSON", "read_dataset_json"]

#: Endings of Dataset-JSON.
DATASET_JSON = (".json", ".ndjson")


def read_dataset_json(
    content: bytes, *, table: str, file: str, source: TableSource, limits: Limits
) -> RawTable:
    """Read a data set in Dataset-JSON 1.1 (https://www.cdisc.org/standards/data-exchange/dataset-json).

    Parameters
    ----------
    content : bytes
        The whole file, UTF-8.
    table, file : str
        Names for messages; ``.ndjson`` is read line by line.
    source : TableSource
        How its texts are written.
    limits : Limits
        How much it may hold.

    Raises
    ------
    SourceError
        For a file that is not complete, of another kind or version, or whose rows do not fit its columns.
    """
    told, rows = _parsed(content, file=file)
    version = str(told.get("datasetJSONVersion", ""))
    columns = told.get("columns")
    if not version.startswith("1.1") or not isinstance(columns, list):
        raise SourceError(
            f"{file}: this is not CDISC Dataset-JSON 1.1",
            got=f"version {version}" if version else "no datasetJSONVersion",
            hint="other JSON is not read: save the table as CSV",
        )
    names = [str(one.get("name", "")) if isinstance(one, dict) else "" for one in columns]
    if len(set(names)) < len(names) or "" in names:
        raise SourceError(
            f"{file}: a column has no name, or the same name as another", hint="export it again"
        )
    limits.refuse_more("max_columns", len(names), file=file)
    limits.refuse_more("max_rows", len(rows), file=file)
    promised = told.get("records")
    if isinstance(promised, int) and promised != len(rows):
        raise SourceError(
            f"{file}: the file is incomplete",
            got=f"{len(rows):,} of {promised:,} rows",
            hint="export it again",
        )
    odd = next((n for n, row in enumerate(rows) if not isinstance(row, list) or len(row) != len(names)), None)
    if odd is not None:
        raise SourceError(
            f"{file}: row {odd + 1} does not have the {len(names)} cells of its columns",
            hint="export it again",
        )
    found = {name: StreamedColumn() for name in names}
    for column, cells in zip(found.values(), zip(*rows, strict=True), strict=False):
        column.add(cells, name=file)
    return raw_table(found, source, rows=len(rows), table=table, name=file, limits=limits)


def _parsed(content: bytes, *, file: str) -> tuple[dict[str, Any], list[Any]]:
    """Return what a file says of itself, and its rows."""
    told: Any
    rows: Any
    try:
        if file.lower().endswith(".ndjson"):
            lines = content.decode("utf-8-sig").split("\n")
            told, *rows = [json.loads(line) for line in lines if line.strip()]
        else:
            told = json.loads(content.decode("utf-8-sig"))
            rows = told.get("rows") if isinstance(told, dict) else []
    except (ValueError, RecursionError):
        raise SourceError(
            f"{file}: this is not JSON, or the file is incomplete", hint="export it again"
        ) from None
    return (told if isinstance(told, dict) else {}), (rows if isinstance(rows, list) else [])
