"""Keys of study.toml for tables that a database or a server gives: where, what, and nothing that is secret.

An address or a password never stands in study.toml: the name of an environment variable does.
"""

from __future__ import annotations

import re
from typing import Self

from pydantic import ConfigDict, Field, field_validator, model_validator

from outcomes.schema.setting import Setting

__all__ = ["RedcapApi", "Sql"]

VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,99}")


def checked_variable(name: str) -> str:
    """Return the name of an environment variable, and nothing that could be a secret itself."""
    if name and not VARIABLE.fullmatch(name):
        raise ValueError("give the name of an environment variable here, never an address or a password")
    if name.startswith("OUTCOMES__"):
        raise ValueError("variables that begin with OUTCOMES__ are keys of study.toml; take another name")
    return name


class Sql(Setting):
    """A table, or one query, of a database that is only read.

    Examples
    --------
    >>> Sql(url_from="CLINIC_DB", table="diary").table
    'diary'
    """

    model_config = ConfigDict(hide_input_in_errors=True)

    url_from: str = Field(
        "", description="environment variable with the database's address; not for an SQLite file"
    )
    table: str = Field("", description="table or view to read, as table or schema.table")
    query: str = Field("", description="or one SELECT statement")

    @field_validator("url_from")
    @classmethod
    def _names_a_variable(cls, value: str) -> str:
        return checked_variable(value)

    @model_validator(mode="after")
    def _one_of_two(self) -> Self:
        if bool(self.table) == bool(self.query):
            raise ValueError("give either a table or a query")
        return self


class RedcapApi(Setting):
    """A project of REDCap that is read by its API.

    Examples
    --------
    >>> RedcapApi(token_from="KETAMINE_TOKEN").url_from
    'REDCAP_URL'
    """

    model_config = ConfigDict(hide_input_in_errors=True)

    url_from: str = Field(
        "REDCAP_URL", min_length=1, description="environment variable with the address of the API"
    )
    token_from: str = Field(
        "REDCAP_TOKEN", min_length=1, description="environment variable with the project's token"
    )
    forms: tuple[str, ...] = Field((), description="forms to export; all of them by default")
    labels: bool = Field(False, description="export the labels of answers in place of their codes")
    records_per_call: int = Field(200, ge=1, le=10_000, description="records requested per call")
    seconds: float = Field(60, gt=0, le=3600, description="how long one answer may take")

    @field_validator("url_from", "token_from")
    @classmethod
    def _name_a_variable(cls, value: str) -> str:
        return checked_variable(value)
