"""The part [report] of study.toml: when data are too old or too few, what is kept, and who is told."""

from __future__ import annotations

import re
from typing import Literal

from pydantic import Field

from outcomes.schema.setting import Setting

__all__ = ["LONGEST_TITLE", "Reporting", "fault_of_title"]

#: Letters of a title: what stands on the first screen in one look.
LONGEST_TITLE = 300
#: What breaks a line, rings, or turns the direction in which the rest of a page is read.
_UNSEEN = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069]")
CENTURY = 36_500  # days: what is more was meant otherwise


def fault_of_title(title: str) -> str | None:
    r"""Return what is wrong with a title, or None.

    Examples
    --------
    >>> fault_of_title("Ketamine\nreport"), fault_of_title("Ketamin für Ärzte")
    ('holds a line break or another control character', None)
    """
    if not title.strip():
        return "is empty"
    return "holds a line break or another control character" if _UNSEEN.search(title) else None


class Reporting(Setting):
    """What a scheduled report heeds besides the data.

    Examples
    --------
    >>> Reporting(max_age_diary_days=14).stale
    'warn'
    """

    audience: Literal["external", "clinic"] = Field(
        "external",
        description="readers: external withholds small counts and single patients, clinic shows all",
    )
    smallest_count: int = Field(
        5,
        ge=3,
        le=50,
        description="an external report withholds counts of people from 1 to one less than this",
    )
    max_age_diary_days: int | None = Field(
        None, ge=0, le=CENTURY, examples=[14], description="the newest diary day may be this many days old"
    )
    max_age_sessions_days: int | None = Field(
        None, ge=0, le=CENTURY, examples=[60], description="the newest session may be this many days old"
    )
    stale: Literal["warn", "fail"] = Field("warn", description="what to do when the data are older")
    max_drop_percent: float = Field(
        5.0,
        ge=0,
        le=100,
        description="a table may have up to this many percent fewer rows than in the last report",
    )
    drop: Literal["warn", "fail"] = Field("warn", description="what to do when there are fewer")
    few_changed: Literal["warn", "fail"] = Field(
        "warn",
        description="what to do when an external report differs from an earlier one in few patients, whom "
        "somebody who has both could work out",
    )
    keep: int | None = Field(
        None,
        ge=1,
        examples=[60],
        description="how many of the newest reports are kept; all of them by default",
    )
    keep_days: int | None = Field(
        None,
        ge=0,
        le=CENTURY,
        examples=[400],
        description="reports from this many days before the newest are kept in any case",
    )
    pdf: bool = Field(False, description="a PDF beside the page; needs the extra `documents`")
    notify: tuple[str, ...] = Field(
        (), description="command and its arguments: gets a link and counts as JSON on standard input"
    )
