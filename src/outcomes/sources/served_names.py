"""What a table is called that a server gives; known before anything heavy is loaded."""

from __future__ import annotations

from typing import Any

__all__ = ["served_name"]


def served_name(source: Any) -> str | None:
    """Return what a table that a server gives is called in findings; None for a table from files.

    Parameters
    ----------
    source : mapping
        The part [tables.NAME] of study.toml as it is written, checked or not.

    Examples
    --------
    >>> served_name({"sql": {"url_from": "CLINIC_DB", "table": "diary"}})
    'CLINIC_DB: diary'
    """
    api = source.get("redcap_api") if isinstance(source, dict) else None
    if isinstance(api, dict):
        return f"{api.get('url_from') or 'REDCAP_URL'}: records"
    told = source.get("sql") if isinstance(source, dict) else None
    if not isinstance(told, dict) or not isinstance(told.get("url_from"), str) or not told["url_from"]:
        return None
    return f"{told['url_from']}: {told.get('table') or 'query'}"
