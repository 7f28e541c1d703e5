"""study.toml: what a study's files are and by which rules they are used."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Annotated, Any, Self

from pydantic import BaseModel, BeforeValidator, Field, ValidationError, field_validator, model_validator

from outcomes.config.environment import overlay
from outcomes.config.queries import Query
from outcomes.config.reporting import LONGEST_TITLE, Reporting, fault_of_title
from outcomes.config.toml_text import UnreadableToml, parse_toml
from outcomes.config.upgrade import OLDEST, check_version
from outcomes.errors import ConfigError, suggest
from outcomes.schema.declared import checked_waivers
from outcomes.schema.estimand import Estimand
from outcomes.schema.local_time import zone_names
from outcomes.schema.pain_scale import refuse_two_scales
from outcomes.schema.rules import Rules
from outcomes.schema.setting import Setting
from outcomes.schema.setting_faults import setting_fault
from outcomes.schema.tables import TABLES
from outcomes.sources.conventions import TableSource
from outcomes.sources.limits import Limits
from outcomes.sources.names import check_names

__all__ = ["StudyConfig", "read_config", "read_text"]

LINE_END = b"\n"
#: What pydantic adds to the place of a key that may hold a text or a list.
UNION_TAGS = ("str", "tuple[str, ...]")
#: Letters of a key that a message repeats; the longest key has 26.
LONGEST_NAME = 60


class Tables(Setting):
    """The files of each table; the diary is always needed."""

    sdtm: str = Field(
        "", description="folder of CDISC SDTM domains that give the tables which have no part here"
    )
    adam: str = Field(
        "", description="folder of CDISC ADaM data sets that give the tables which have no part here"
    )
    diary: TableSource | None = None
    sessions: TableSource | None = None
    patients: TableSource | None = None
    titration: TableSource | None = None
    adverse_events: TableSource | None = None
    assessments: TableSource | None = None
    laboratory: TableSource | None = None

    @model_validator(mode="after")
    def _diary_is_there(self) -> Self:
        if self.diary is None and not self.sdtm and not self.adam:
            raise ValueError("tables.diary is missing")
        return self


class StudyConfig(Setting):
    """A whole study.toml.

    Examples
    --------
    >>> StudyConfig(title="Pilot", tables={"diary": {"file": "diary.csv"}}).timezone
    'UTC'
    """

    schema_version: Annotated[int, BeforeValidator(check_version)] = Field(
        OLDEST, description="form of this file; without the key that of outcomes 0.1.0: `outcomes upgrade`"
    )
    title: str = Field(
        min_length=1, max_length=LONGEST_TITLE, description="name of the study, as the report prints it"
    )
    timezone: str = Field(
        "UTC", description="IANA zone of the clinic: local dates of sessions, times without offset"
    )
    cutoff: date | None = Field(None, description="nothing after this date is used")
    note: str = Field("", description="a sentence that the report prints under its title")
    rules: Rules = Rules()
    estimand: Estimand = Estimand()
    waivers: dict[str, dict[str, str]] = Field(
        {},
        description="table.column = why the study is used although the column is declared wrongly; "
        "table.rule = why the findings of a rule are asked no more",
    )
    report: Reporting = Reporting()
    limits: Limits = Limits()
    queries: dict[str, Query] = Field(
        default_factory=dict, description="groups of event terms that are asked for together, by name"
    )
    tables: Tables

    @field_validator("title")
    @classmethod
    def _one_line(cls, value: str) -> str:
        if fault := fault_of_title(value):
            raise ValueError(f"{fault}; write the name of the study in one line")
        return value

    @field_validator("timezone")
    @classmethod
    def _known_zone(cls, value: str) -> str:
        if value not in zone_names():
            near = suggest(value, zone_names())
            raise ValueError(f"not an IANA time zone; {near or 'for instance Europe/Zurich'}")
        return value

    @field_validator("tables")
    @classmethod
    def _known_columns(cls, value: Tables) -> Tables:
        for table in TABLES:
            source = getattr(value, table)
            if source is not None:
                check_names(table, source)
        return value

    @field_validator("waivers")
    @classmethod
    def _have_a_reason(cls, value: dict[str, dict[str, str]]) -> dict[str, dict[str, str]]:
        checked_waivers(value)
        return value

    @model_validator(mode="after")
    def _one_scale_of_pain(self) -> Self:
        for part in self.tables.diary.parts if self.tables.diary else ():
            refuse_two_scales(self.rules, part.units.get("pain"))
        return self

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
    text = read_text(path)
    try:
        content = parse_toml(text)
    except UnreadableToml as error:
        raise ConfigError(
            f"{path.name}: this is not a study.toml", got=str(error), hint="make one with: outcomes init DIR"
        ) from None
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(
            f"{path.name}: this is not TOML", got=str(error), hint=_remedy(str(error))
        ) from None
    except (ValueError, RecursionError) as error:
        what = "parts inside parts, too deep" if isinstance(error, RecursionError) else type(error).__name__
        raise ConfigError(
            f"{path.name}: the file cannot be read", got=what, hint="make one with: outcomes init DIR"
        ) from None
    try:
        return StudyConfig.model_validate(overlay(content))
    except ValidationError as error:
        raise ConfigError(f"{path.name}: {_explain(error)}") from None


def _remedy(fault: str) -> str:
    """Return what to do about a fault that the parser names."""
    if fault.startswith(("Cannot overwrite", "Cannot declare", "Cannot mutate")):
        return "this key or part stands twice: keep one"
    return 'texts go in quotes: title = "My study"'


def read_text(path: Path) -> str:
    """Return the text of a study.toml with its own line ends.

    Raises
    ------
    ConfigError
        For a missing file, a folder, or bytes that are not UTF-8.
    """
    try:
        return path.read_bytes().decode("utf-8-sig")
    except FileNotFoundError:
        raise ConfigError(
            f"{path.name}: the file was not found", hint="make one with: outcomes init DIR"
        ) from None
    except IsADirectoryError:
        raise ConfigError(f"{path.name}: this is a folder", hint="name the study.toml in it") from None
    except UnicodeDecodeError as error:
        raise ConfigError(
            f"{path.name}: line {error.object.count(LINE_END, 0, error.start) + 1} is not UTF-8",
            hint="save study.toml as UTF-8 in your editor; the encoding of a table is a key of its own",
        ) from None
    except (OSError, ValueError) as error:
        what = getattr(error, "strerror", None) or type(error).__name__
        hint = "name the study.toml, or the folder that holds it"
        raise ConfigError(f"{path.name}: the file cannot be read", got=what, hint=hint) from None


def _explain(error: ValidationError) -> str:
    """Return every fault of the configuration in one line each, with the nearest known key."""
    return "; ".join(map(_explain_one, error.errors()))


def _explain_one(fault: Mapping[str, Any]) -> str:
    where, kind = fault["loc"], fault["type"]
    path = ".".join(str(part)[:LONGEST_NAME] for part in where if part not in UNION_TAGS)
    if kind in ("model_type", "dict_type"):
        return f"{path} is a part with keys of its own: [{path}]"
    if kind == "extra_forbidden":
        known = _fields_at(where[:-1])
        near = suggest(str(where[-1])[:LONGEST_NAME], known)
        return f"{path} is not a key ({near or 'keys: ' + ', '.join(known)})"
    if kind == "missing":
        return f"{path} is missing"
    return setting_fault(path, fault)


def _fields_at(where: tuple[Any, ...]) -> list[str]:
    """Return the keys that a part of study.toml has."""
    if not where:
        return list(StudyConfig.model_fields)
    parts: dict[Any, type[BaseModel]] = {
        "rules": Rules,
        "estimand": Estimand,
        "report": Reporting,
        "limits": Limits,
    }
    if where[0] in parts:
        return list(parts[where[0]].model_fields)
    return list(Tables.model_fields) if len(where) == 1 else list(TableSource.model_fields)
