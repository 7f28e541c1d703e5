"""The shape of a study, so that `derive` can take one without knowing how it was read."""

from __future__ import annotations

from typing import Protocol

import pandas as pd

from outcomes.schema.rules import Rules

__all__ = ["StudyData"]


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
    def given(self) -> frozenset[str]: ...
    @property
    def rules(self) -> Rules: ...
    @property
    def timezone(self) -> str: ...
    @property
    def cutoff(self) -> pd.Timestamp | None: ...
