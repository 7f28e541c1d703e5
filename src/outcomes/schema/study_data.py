"""The shape of a study, so that `derive` can take one without knowing how it was read."""

from __future__ import annotations

from typing import Protocol

import pandas as pd

from outcomes.errors import ArgumentError
from outcomes.schema.rules import Rules

__all__ = ["StudyData", "check_study"]


class StudyData(Protocol):
    """Checked tables of one study with the rules by which they are derived."""

    @property
    def patients(self) -> pd.DataFrame: ...
    @property
    def sessions(self) -> pd.DataFrame: ...
    @property
    def titration(self) -> pd.DataFrame: ...
    @property
    def diary(self) -> pd.DataFrame: ...
    @property
    def adverse_events(self) -> pd.DataFrame: ...
    @property
    def assessments(self) -> pd.DataFrame: ...
    @property
    def laboratory(self) -> pd.DataFrame: ...
    @property
    def given(self) -> frozenset[str]: ...
    @property
    def rules(self) -> Rules: ...
    @property
    def timezone(self) -> str: ...
    @property
    def cutoff(self) -> pd.Timestamp | None: ...


def check_study(study: object) -> None:
    """Refuse anything that does not have the shape of a study, before it is used.

    Raises
    ------
    ArgumentError
        For a frame, a path, None or anything else without the tables of a study.
    """
    if not hasattr(study, "rules") or not hasattr(study, "cutoff"):
        raise ArgumentError(
            "this takes a study",
            got=type(study).__name__,
            hint='make one with oc.read_study("study.toml") or oc.Study(diary=..., sessions=...)',
        )
