"""A study as a folder of SDTM domains, or of ADaM data sets, that read back as the same study."""

from __future__ import annotations

import json

import pandas as pd

from outcomes.config.upgrade import KEY, SCHEMA_VERSION
from outcomes.derive.emergent import emergent
from outcomes.schema.tables import TABLES
from outcomes.sources.cdisc.data_set_files import dataset_json, transport_file
from outcomes.sources.cdisc.write import sdtm_domains
from outcomes.sources.cdisc.write_adam import adam_data_sets
from outcomes.study.study import Study

__all__ = ["adam_contents", "sdtm_contents"]


def sdtm_contents(study: Study, *, transport: bool = False) -> dict[str, bytes]:
    """Return the files of the folder: a domain each, and the study.toml that reads them.

    Parameters
    ----------
    study : Study
        A checked study; its accepted rows are written.
    transport : bool
        SAS transport files (version 5) in place of Dataset-JSON 1.1.

    Raises
    ------
    DataError
        For a text that is too long for a transport file.
    """
    made = sdtm_domains(_tables(study), study=study.title, timezone=study.timezone)
    return _folder(study, made, "sdtm", transport=transport)


def adam_contents(study: Study, *, transport: bool = False) -> dict[str, bytes]:
    """Return the files of the folder: an analysis data set each, and the study.toml that reads them.

    Parameters
    ----------
    study, transport
        As `sdtm_contents`. TRTEMFL of ADAE is the study's own answer whether an event is emergent.
    """
    flag = emergent(study)["emergent"] if "adverse_events" in study.given else pd.Series(dtype=bool)
    made = adam_data_sets(_tables(study), study=study.title, timezone=study.timezone, emergent=flag)
    return _folder(study, made, "adam", transport=transport)


def _tables(study: Study) -> dict[str, pd.DataFrame]:
    return {name: study.table(name) for name in TABLES if name in study.given}


def _folder(study: Study, made: dict[str, pd.DataFrame], key: str, *, transport: bool) -> dict[str, bytes]:
    write, suffix = (transport_file, "xpt") if transport else (dataset_json, "json")
    files = {f"{name.lower()}.{suffix}": write(name, records) for name, records in made.items()}
    title = json.dumps(study.title, ensure_ascii=False)
    until = [] if study.cutoff is None else [f"cutoff = {study.cutoff:%Y-%m-%d}"]
    lines = [
        f"{KEY} = {SCHEMA_VERSION}",
        f"title = {title}",
        f'timezone = "{study.timezone}"',
        *until,
        "",
        "[tables]",
        f'{key} = "."',
        "",
    ]
    return files | {"study.toml": "\n".join(lines).encode()}
