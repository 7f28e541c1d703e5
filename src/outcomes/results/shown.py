"""How a frame of estimates is laid out for the eye: what is left out, and which tables are turned."""

from __future__ import annotations

import pandas as pd

__all__ = ["as_html", "as_text", "said_once", "with_something_to_say", "without_endpoint"]

#: A table of more columns than a page is wide, and of no more rows than it is wide, is turned.
MOST_COLUMNS, MOST_TURNED = 12, 8
#: A status of the whole that is longer than this is not repeated in its rows.
LONG = 30


def with_something_to_say(frame: pd.DataFrame) -> pd.DataFrame:
    """Leave out columns that are empty, and the status when it says ok throughout."""
    silent = {str(name) for name in frame.columns if frame[name].isna().all() or (frame[name] == "").all()}
    if "status" in frame.columns and (frame["status"] == "ok").all():
        silent.add("status")
    return frame[[name for name in frame.columns if str(name) not in silent]]


def without_endpoint(frame: pd.DataFrame) -> tuple[pd.DataFrame, str]:
    """Return the frame without a column that names one endpoint all the way down, and that name."""
    names = set(frame["endpoint"]) if "endpoint" in frame.columns else set()
    if len(names) != 1:
        return frame, ""
    return frame.drop(columns="endpoint"), f"{names.pop()}; "


def said_once(frame: pd.DataFrame, status: str) -> pd.DataFrame:
    """Refer rows to the status above the table, where theirs are the same many words."""
    if "status" not in frame.columns or len(status) <= LONG:
        return frame
    return frame.assign(status=frame["status"].astype("object").replace({status: "as above"}))


def as_html(shown: pd.DataFrame) -> str:
    """Return the table, in a box that scrolls, also by keyboard, when the page is too narrow for it."""
    turned = _turned(shown)
    table = turned.to_html(index=turned is not shown, border=0, escape=True, na_rep="")
    return f'<div style="overflow-x:auto;white-space:nowrap" tabindex="0">{table}</div>'


def as_text(shown: pd.DataFrame) -> str:
    """Return the table as text."""
    turned = _turned(shown)
    return str(turned.to_string(index=turned is not shown, na_rep=""))


def _turned(shown: pd.DataFrame) -> pd.DataFrame:
    """Return a wide and low table with its first column as head and the others below each other."""
    if len(shown.columns) <= MOST_COLUMNS or len(shown) > MOST_TURNED:
        return shown
    turned = shown.astype("object").set_index(shown.columns[0]).T
    return turned.where(turned.notna(), "")
