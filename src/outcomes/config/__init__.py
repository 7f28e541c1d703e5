"""study.toml: its model, its reader, a first one to fill in, and the published contract.

The names load when they are first used: the environment's part is needed without the data's contract.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from outcomes.config.published_contract import contract_files
    from outcomes.config.reporting import Reporting
    from outcomes.config.starter import starter_files
    from outcomes.config.study_toml import StudyConfig, read_config

__all__ = ["Reporting", "StudyConfig", "contract_files", "read_config", "starter_files"]

_PLACES = {
    "Reporting": "reporting",
    "StudyConfig": "study_toml",
    "contract_files": "published_contract",
    "read_config": "study_toml",
    "starter_files": "starter",
}


def __getattr__(name: str) -> Any:
    """Load a name when it is first asked for (PEP 562)."""
    if name not in _PLACES:
        raise AttributeError(f"module 'outcomes.config' has no attribute {name!r}")
    value = getattr(importlib.import_module(f"outcomes.config.{_PLACES[name]}"), name)
    globals()[name] = value
    return value
