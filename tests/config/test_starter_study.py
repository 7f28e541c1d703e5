"""The first study.toml: every line that it shows may be used as it stands."""

from __future__ import annotations

import re
import tomllib

from outcomes.config import StudyConfig, starter_files
from outcomes.config.reporting import Reporting
from outcomes.schema.rules import Rules
from outcomes.sources.conventions import TableSource


def test_every_key_is_shown_and_every_shown_line_is_taken():
    shown = re.sub(r"^#(?! )", "", starter_files()["study.toml"], flags=re.MULTILINE)
    config = tomllib.loads(shown)
    StudyConfig.model_validate(config)
    assert set(config["rules"]) == set(Rules.model_fields)
    assert set(config["report"]) == set(Reporting.model_fields)
    used = set().union(*(set(part) for part in config["tables"].values()))
    assert used == set(TableSource.model_fields) - {"redcap_api"}  # it stands in place of a file
