"""What a column of a table is: its kind, unit, meaning, codelist and limits.

The tables in `schema.tables` are written with `column`; everything else (reading, checking, the published
contract) asks `contract.specs`. Each table gives a pandera schema of itself to whoever asks for one.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any, ClassVar, Literal

from outcomes.schema.codelists import CODELISTS

if TYPE_CHECKING:
    import pandas as pd
    import pandera.pandas as pa

__all__ = ["DTYPES", "ColumnSpec", "Cost", "Kind", "Table", "column"]

#: What an error costs: the whole row, or the cell alone.
Cost = Literal["row", "cell"]
Kind = Literal["id", "text", "code", "codes", "yesno", "integer", "number", "date", "timestamp"]

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
    """Return what a column is, without its name (see `ColumnSpec`): the class of the table names it.

    A column that no row may leave empty costs the row: without it nothing true can be said.
    """
    return partial(
        ColumnSpec,
        kind=kind,
        meaning=meaning,
        unit=unit,
        codelist=codelist,
        required=required,
        nullable=nullable,
        limits=limits,
        usual=usual,
        cost="cell" if nullable else "row",
        blank=blank or (f"{meaning.split(';')[0]}: not known" if nullable else ""),
        decides=decides,
    )


class Table:
    """Base of the tables: exactly the columns of the class, in their types (text is parsed before)."""

    columns: ClassVar[dict[str, ColumnSpec]] = {}

    def __init_subclass__(cls) -> None:
        """Give each column the name under which the class holds it."""
        cls.columns = {name: made(name=name) for name, made in vars(cls).items() if isinstance(made, partial)}

    @classmethod
    def to_schema(cls) -> pa.DataFrameSchema:
        """Return the pandera schema of the table: types, empty cells, limits and codes."""
        import pandera.pandas as pa  # it loads for a quarter of a second, and no study is read by it

        columns = {
            spec.name: pa.Column(
                spec.dtype,
                [
                    *([pa.Check.ge(spec.limits[0])] if spec.limits[0] is not None else []),
                    *([pa.Check.le(spec.limits[1])] if spec.limits[1] is not None else []),
                    *([pa.Check.isin(spec.codes)] if spec.kind == "code" else []),
                ],
                nullable=spec.nullable,
                description=spec.meaning,
                metadata={"unit": spec.unit, "codelist": spec.codelist},
            )
            for spec in cls.columns.values()
        }
        return pa.DataFrameSchema(columns, name=cls.__name__, strict=True)

    @classmethod
    def validate(cls, frame: pd.DataFrame) -> pd.DataFrame:
        """Return the frame, or raise pandera's errors of all that is wrong with it."""
        return cls.to_schema().validate(frame, lazy=True)
