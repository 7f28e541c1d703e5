"""study.toml: its model, its reader, a first one to fill in, and the published contract."""

from outcomes.config.contract_files import contract_files
from outcomes.config.model import StudyConfig, read_config
from outcomes.config.starter import starter_files

__all__ = ["StudyConfig", "contract_files", "read_config", "starter_files"]
