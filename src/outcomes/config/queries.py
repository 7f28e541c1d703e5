"""The part [queries] of study.toml: groups of terms that a safety reader asks for together."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, Field

__all__ = ["Query"]


class Query(BaseModel):
    """Terms of one query: those that surely belong to it, and those that may.

    Examples
    --------
    >>> Query(terms=["depersonalisation", "derealisation"], broad=["confusion"]).broad
    ('confusion',)
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    terms: tuple[str, ...] = Field(min_length=1, description="terms that certainly belong to it (narrow)")
    broad: tuple[str, ...] = Field((), description="further terms that may belong to it (broad)")
