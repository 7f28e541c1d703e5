"""What a column of a table is: its kind, unit, meaning, codelist and limits.

The pandera models in `schema.tables` are written with `column`; everything else (reading, checking,
the published contract) asks `contract.specs`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

import numpy as np
import pandera.pandas as pa

from outcomes.schema.codelists import CODELISTS

__all__ = ["DTYPES", "ColumnSpec", "Cost", "Day", "Kind", "Table", "column"]

#: What an error costs: the whole row, or the cell alone.
Cost = Literal["row", "cell"]
Kind = Literal["id", "text", "code", "codes", "yesno", "integer", "number", "date", "timestamp"]

if TYPE_CHECKING:
    Day: TypeAlias = Any
else:
    #: Annotation of a date column in a model: pandera asks for the dtype itself.
    Day = np.dtype("datetime64[us]")

#: Kind -> dtype of the checked column.
DTYPES: dict[str, str] = {
    "id": "str",
    "text": "str",
    "code": "str",
    "codes": "str",
    "yesno": "boolean",
    "integer": "Int64",
    "number": "float64",
    "date": "datetime64[us]",
    "timestamp": "datetime64[us, UTC]",
}


@dataclass(frozen=True, slots=True)
class ColumnSpec:
    """A column of the contract.

    Parameters
    ----------
    name : str
        Name of the column.
    kind : str
        How its text is read: one of `DTYPES`.
    meaning : str
        What it holds, in words.
    unit : str or None
        Unit of a measurement.
    codelist : str or None
        Name of the codelist in `CODELISTS`.
    required : bool
        The column must be in the source.
    nullable : bool
        A row may leave it empty.
    limits : tuple of (float or None), length 2
        A value outside is an error: it costs what `cost` says.
    usual : tuple of (float or None), length 2
        A value outside is kept and listed.
    cost : {"row", "cell"}
        What a cell with an error costs: the row, when nothing true can be said without it; else the cell.
    blank : str
        What is not known of a row whose cell is blank, in words.
    decides : bool
        Something that the page says rests on it.
    """

    name: str
    kind: Kind
    meaning: str
    unit: str | None
    codelist: str | None
    required: bool
    nullable: bool
    limits: tuple[float | None, float | None]
    usual: tuple[float | None, float | None]
    cost: Cost
    blank: str
    decides: bool

    @property
    def dtype(self) -> str:
        """The pandas dtype of the checked column."""
        return DTYPES[self.kind]

    @property
    def codes(self) -> tuple[str, ...]:
        """The codes that are allowed; empty for a column without a codelist."""
        return tuple(CODELISTS[self.codelist]) if self.codelist else ()


def column(
    kind: Kind,
    meaning: str,
    *,
    unit: str | None = None,
    codelist: str | None = None,
    required: bool = False,
    nullable: bool = True,
    limits: tuple[float | None, float | None] = (None, None),
    usual: tuple[float | None, float | None] = (None, None),
    blank: str = "",
    decides: bool = True,
) -> Any:
    """Return a pandera field that carries the meaning of a column (see `ColumnSpec`).

    A column that no row may leave empty costs the row: without it nothing true can be said.
    """
    codes = list(CODELISTS[codelist]) if codelist and kind == "code" else None
    facts = {
        "kind": kind,
        "unit": unit,
        "codelist": codelist,
        "required": required,
        "limits": limits,
        "usual": usual,
        "cost": "cell" if nullable else "row",
        "decides": decides,
        "blank": blank or (f"{meaning.split(';')[0]}: not known" if nullable else ""),
    }
    return pa.Field(
        nullable=nullable,
        ge=limits[0],
        le=limits[1],
        isin=codes,
        description=meaning,
        metadata=facts,
        **({"dtype_kwargs": {"unit": "us", "tz": "UTC"}} if kind == "timestamp" else {}),
    )


class Table(pa.DataFrameModel):
    """Base of the tables: exactly the columns of the class, no coercion (text is parsed before)."""

    class Config(pa.DataFrameModel.Config):
        """Neither coerce nor accept further columns."""

        strict = True
        coerce = False

    @classmethod
    def build_schema_(cls, **options: Any) -> pa.DataFrameSchema:
        """Return the schema of the class's columns.

        pandera's own method also looks for indices and for columns of other frames: it loads dask for that,
        a second of every start where dask is installed.
        """
        columns = {
            name: pa.Column(**field.column_properties(annotation.raw_annotation, name=name))
            for name, (annotation, field) in cls.__fields__.items()
        }
        return pa.DataFrameSchema(columns, **options)
