"""Keys of study.toml that say where a table comes from: files, a database, a REDCap project."""

from __future__ import annotations

from typing import Self

from pydantic import Field, field_validator, model_validator

from outcomes.schema.setting import Setting
from outcomes.sources.served import RedcapApi, Sql
from outcomes.sources.served_names import served_name

__all__ = ["Door"]


class Door(Setting):
    """The part of a table's source that says where it comes from."""

    file: str | tuple[str, ...] = Field(
        (),
        description="file, or files, beside study.toml: .csv, .tsv, .txt or .parquet, as they are or"
        " packed (.gz, .zip); a workbook: .xlsx, .xlsm, .xlsb, .xls, .ods; a database: .sqlite, "
        ".sqlite3, .db; SAS, SPSS,"
        " Stata: .xpt, .sas7bdat, .sav, .zsav, .dta; CDISC Dataset-JSON: .json, .ndjson",
    )
    sheet: str | tuple[str, ...] = Field(
        "",
        description="sheet of a workbook, needed where it has several; or the sheets that are written alike, "
        'one below the other, "*" for all of them',
    )
    sql: Sql | None = Field(
        None,
        description="table or query of a database, which is only read: an SQLite file or, in place"
        " of a file, the server whose address is in the environment variable url_from",
        examples=[{"table": "diary"}],
    )
    redcap_api: RedcapApi | None = Field(
        None, description="in place of a file: a REDCap project, read through its API"
    )
    labels: bool = Field(False, description="read coded values of SPSS, Stata or SAS by their labels")
    header_lines: int = Field(
        1,
        ge=1,
        le=20,
        description="lines of a workbook's header: joined, merged cells over all that they cover",
    )

    @field_validator("file")
    @classmethod
    def _names_files(cls, value: str | tuple[str, ...]) -> str | tuple[str, ...]:
        names = (value,) if isinstance(value, str) else value
        if not names or not all(name.strip() and name.isprintable() for name in names):
            raise ValueError("the name of a file is empty, or is not text")
        if len(set(names)) < len(names):
            raise ValueError("a file is named twice")
        return value

    @model_validator(mode="after")
    def _one_place(self) -> Self:
        database = self.sql is not None and bool(self.sql.url_from)
        served = database or self.redcap_api is not None
        if bool(self.file) == served or (database and self.redcap_api is not None):
            raise ValueError("name a file, or what a server gives" if served else "file is missing")
        return self

    @property
    def files(self) -> tuple[str, ...]:
        """The files as a tuple; for what a server gives, its name in findings."""
        served = served_name(self.model_dump(include={"sql", "redcap_api"}))
        if served:
            return (served,)
        return (self.file,) if isinstance(self.file, str) else tuple(self.file)
