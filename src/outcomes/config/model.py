"""study.toml: what a study's files are and by which rules they are used."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable
from datetime import date
from pathlib import Path
from typing import Any
from zoneinfo import available_timezones

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

from outcomes.config.environment import overlay
from outcomes.config.reporting import Reporting
from outcomes.errors import ConfigError, suggest
from outcomes.schema.columns import ColumnSpec
from outcomes.schema.contract import specs
from outcomes.schema.rules import Rules
from outcomes.schema.tables import TABLES
from outcomes.sources.conventions import TableSource
from outcomes.sources.limits import Limits
from outcomes.units import RATE_UNITS

__all__ = ["StudyConfig", "read_config"]

LINE_END = b"\n"
#: What pydantic adds to the place of a key that may hold a text or a list.
UNION_TAGS = ("str", "tuple[str, ...]")


class Tables(BaseModel):
    """The files of each table; the diary is always needed."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    diary: TableSource
    sessions: TableSource | None = None
    patients: TableSource | None = None
    titration: TableSource | None = None
    adverse_events: TableSource | None = None
    assessments: TableSource | None = None


class StudyConfig(BaseModel):
    """A whole study.toml.

    Examples
    --------
    >>> StudyConfig(title="Pilot", tables={"diary": {"file": "diary.csv"}}).timezone
    'UTC'
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    title: str = Field(min_length=1, description="name of the study, as the report prints it")
    timezone: str = Field(
        "UTC", description="IANA zone of the clinic: local dates of sessions, times without offset"
    )
    cutoff: date | None = Field(None, description="nothing after this date is used")
    note: str = Field("", description="a sentence that the report prints under its title")
    rules: Rules = Rules()
    report: Reporting = Reporting()
    limits: Limits = Limits()
    tables: Tables

    @field_validator("timezone")
    @classmethod
    def _known_zone(cls, value: str) -> str:
        if value not in available_timezones():
            near = suggest(value, available_timezones())
            raise ValueError(f"not an IANA time zone; {near or 'for instance Europe/Zurich'}")
        return value

    @field_validator("tables")
    @classmethod
    def _known_columns(cls, value: Tables) -> Tables:
        for table in TABLES:
            source = getattr(value, table)
            if source is not None:
                _check_names(table, source)
        return value

    def source(self, table: str) -> TableSource | None:
        """Return where a table comes from, or None when the study has none."""
        found: TableSource | None = getattr(self.tables, table)
        return found


def read_config(path: Path) -> StudyConfig:
    """Read and check a study.toml; environment variables go over it.

    Raises
    ------
    ConfigError
        For a missing file, text that is not TOML, an unknown key, or a value that is not allowed.
    """
    try:
        content = tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except FileNotFoundError:
        raise ConfigError(
            f"{path.name}: the file is not there", hint="make one with: outcomes init DIR"
        ) from None
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(
            f"{path.name}: this is not TOML", got=str(error), hint='texts stand in quotes: title = "My study"'
        ) from None
    except IsADirectoryError:
        raise ConfigError(f"{path.name}: this is a folder", hint="name the study.toml in it") from None
    except UnicodeDecodeError as error:
        raise ConfigError(
            f"{path.name}: line {error.object.count(LINE_END, 0, error.start) + 1} is not UTF-8",
            hint="save study.toml as UTF-8 in your editor; the encoding of a table is a key of its own",
        ) from None
    except (OSError, ValueError, RecursionError) as error:
        what = getattr(error, "strerror", None) or type(error).__name__
        hint = "name the study.toml, or the folder that holds it"
        raise ConfigError(f"{path.name}: the file cannot be read", got=what, hint=hint) from None
    try:
        return StudyConfig.model_validate(overlay(content))
    except ValidationError as error:
        raise ConfigError(f"{path.name}: {_explain(error)}") from None


def _check_names(table: str, source: TableSource) -> None:
    known = specs(table)
    for part in ("columns", "values", "constants"):
        for name in getattr(source, part):
            if name not in known:
                near = suggest(name, known) or f"columns: {', '.join(known)}"
                raise ValueError(f"tables.{table}.{part}: {name!r} is not a column of {table}; {near}")
    for name, words in source.values.items():
        _check_codes(f"tables.{table}.values.{name}", known[name], words.values(), source)
    for name, unit in source.units.items():
        if name != "rate" or table != "titration":
            raise ValueError(f"tables.{table}.units: only titration.rate has a unit to declare")
        if unit not in RATE_UNITS:
            raise ValueError(f"tables.titration.units.rate: allowed: {', '.join(RATE_UNITS)}")


def _check_codes(where: str, spec: ColumnSpec, words: Iterable[str], source: TableSource) -> None:
    """Refuse a word of ours that the column does not have: no row could ever be read by it."""
    if spec.kind == "yesno":
        allowed = {"yes", "no", *source.yes, *source.no}
    elif spec.kind in ("code", "codes"):
        allowed = set(spec.codes)
    else:
        return
    plain = {_plain(word) for word in allowed}
    parts = (part for word in words for part in (word.split("+") if spec.kind == "codes" else [word]))
    for part in parts:
        if part.strip() and _plain(part) not in plain:
            near = suggest(part, allowed) or f"allowed: {', '.join(sorted(allowed))}"
            raise ValueError(f'{where}: {part!r} is not one of ours ({near}); write "your word" = "our word"')


def _plain(word: str) -> str:
    return re.sub("[ -]", "_", word.strip().casefold())


def _explain(error: ValidationError) -> str:
    """Return every fault of the configuration in one line each, with the nearest known key."""
    return "; ".join(_explain_one(fault["loc"], fault["type"], fault["msg"]) for fault in error.errors())


def _explain_one(where: tuple[Any, ...], kind: str, message: str) -> str:
    path = ".".join(str(part) for part in where if part not in UNION_TAGS)
    if kind in ("model_type", "dict_type"):
        return f"{path} is a part with keys of its own: [{path}]"
    message = message.removeprefix("Value error, ")
    if message.startswith(f"{path}."):
        return message
    if kind == "extra_forbidden":
        known = _fields_at(where[:-1])
        near = suggest(str(where[-1]), known)
        return f"{path} is not a key ({near or 'keys: ' + ', '.join(known)})"
    if kind == "missing":
        return f"{path} is missing"
    return f"{path}: {message}"


def _fields_at(where: tuple[Any, ...]) -> list[str]:
    """Return the keys that a part of study.toml has."""
    if not where:
        return list(StudyConfig.model_fields)
    parts: dict[Any, type[BaseModel]] = {"rules": Rules, "report": Reporting, "limits": Limits}
    if where[0] in parts:
        return list(parts[where[0]].model_fields)
    return list(Tables.model_fields) if len(where) == 1 else list(TableSource.model_fields)
