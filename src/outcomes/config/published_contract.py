"""Everything that data/schema holds, made from the classes."""

from __future__ import annotations

import json

from outcomes.config.study_toml import StudyConfig
from outcomes.schema.export import data_dictionary, redcap_dictionary, table_schema
from outcomes.schema.tables import TABLES

__all__ = ["contract_files"]


def contract_files() -> dict[str, str]:
    """Return file name -> text of the published contract.

    Examples
    --------
    >>> sorted(contract_files())[:3]
    ['adverse_events.schema.json', 'assessments.schema.json', 'data_dictionary.md']
    """
    files = {f"{table}.schema.json": table_schema(table) for table in TABLES}
    config = StudyConfig.model_json_schema()
    return files | {
        "data_dictionary.md": data_dictionary(),
        "redcap_dictionary.csv": redcap_dictionary(),
        "study.schema.json": json.dumps(config, indent=2, ensure_ascii=False) + "\n",
    }
