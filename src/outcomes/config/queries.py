"""The part [queries] of study.toml: groups of terms that a safety reader asks for together."""

from __future__ import annotations

from pydantic import Field

from outcomes.schema.setting import Setting

__all__ = ["Query"]


class Query(Setting):
    """Terms of one query: those that surely belong to it, and those that may.

    Examples
    --------
    >>> Query(terms=["depersonalisation", "derealisation"], broad=["confusion"]).broad
    ('confusion',)
    """

    terms: tuple[str, ...] = Field(min_length=1, description="terms that certainly belong to it (narrow)")
    broad: tuple[str, ...] = Field((), description="further terms that may belong to it (broad)")
