"""How a source writes things: file, delimiter, decimal mark, dates, words for yes and no, names of columns.

Nothing is sniffed: what is not declared has the default, and what does not fit is a finding.
"""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

__all__ = ["TableSource"]


class TableSource(BaseModel):
    """Where one table comes from and how its text is to be read.

    Examples
    --------
    >>> TableSource(file="diary.csv", decimal=",", delimiter=";").decimal
    ','
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    file: str | tuple[str, ...] = Field(
        description="file, or files, beside study.toml: .csv, .tsv, .txt or .parquet"
    )
    delimiter: str = Field(
        ",", min_length=1, max_length=1, description="what stands between the fields of a line"
    )
    encoding: str = Field("utf-8", description="encoding of the text; a byte order mark of UTF-8 is skipped")
    decimal: Literal[".", ","] = Field(".", description="decimal mark of numbers")
    date_format: str = Field("%Y-%m-%d", description="format of dates, with the directives of strftime")
    timestamp_format: str = Field(
        "ISO8601",
        description="format of times: ISO8601, or strftime directives; without offset it is local time",
    )
    missing: tuple[str, ...] = Field(
        (), description="texts that mean: not recorded (an empty cell always does)"
    )
    yes: tuple[str, ...] = Field(("yes", "true", "1", "y"), description="words for yes, in any case")
    no: tuple[str, ...] = Field(("no", "false", "0", "n"), description="words for no, in any case")
    columns: dict[str, str] = Field({}, description="our name = the source's name")
    values: dict[str, dict[str, str]] = Field({}, description="our column: the source's text = our code")
    constants: dict[str, str] = Field({}, description="our column = one text for every row")
    units: dict[str, str] = Field({}, description="unit of a column where the source has another: rate")

    @property
    def files(self) -> tuple[str, ...]:
        """The files as a tuple."""
        return (self.file,) if isinstance(self.file, str) else tuple(self.file)
