"""Sizes that are known before anything heavy is loaded."""

from __future__ import annotations

__all__ = ["MAX_FILE_MB", "MB"]

MB = 1_000_000
#: A file may have this many MB when study.toml does not say otherwise.
MAX_FILE_MB = 1024
