"""The how-to pages: the study.toml that a page shows is the one that its test reads."""

from __future__ import annotations

import re

from shared import ROOT

__all__ = ["shown", "shown_files"]


def shown(page: str, kind: str = "toml", place: int = 0) -> str:
    """Return a block of code of a page of docs/howto."""
    text = (ROOT / "docs" / "howto" / page).read_text(encoding="utf-8")
    return re.findall(rf"^```{kind}\n(.*?)^```", text, flags=re.MULTILINE | re.DOTALL)[place]


def shown_files(text: str) -> dict[str, str]:
    """Return name -> content of the files that a page shows: a name in code, a colon, a block."""
    return dict(re.findall(r"^`([\w.]+)`:\n\n```(?:text|toml)\n(.*?)^```", text, flags=re.M | re.S))
