"""A study as a folder of SDTM domains that read back as the same study."""

from __future__ import annotations

import json

from outcomes.config.upgrade import KEY, SCHEMA_VERSION
from outcomes.schema.tables import TABLES
from outcomes.sources.cdisc.write import dataset_json, sdtm_domains, transport_file
from outcomes.study.study import Study

__all__ = ["sdtm_contents"]


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
    tables = {name: study.table(name) for name in TABLES if name in study.given}
    made = sdtm_domains(tables, study=study.title, timezone=study.timezone)
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
        'sdtm = "."',
        "",
    ]
    return files | {"study.toml": "\n".join(lines).encode()}
