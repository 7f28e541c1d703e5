"""The identifier of a patient in the names of files, beside dates and words."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

from outcomes.config.proposal.vocabulary import fold, table_of_name

__all__ = ["WHOLE", "pattern_of_names"]

#: The whole name without its endings.
WHOLE = r"(.+?)[.].+"
#: Dates in names of files.
DATE = r"(?:19|20)\d\d(?:[-_.]?[01]\d(?:[-_.]?[0-3]\d)?)?|[0-3]\d[-_.][01]\d[-_.](?:19|20)\d\d"
#: Words that are no patient.
GENERAL = {
    "export",
    "data",
    "daten",
    "patient",
    "pat",
    "clinic",
    "klinik",
    "final",
    "log",
    "headache",
    "headaches",
    "kopfschmerz",
    "kopfweh",
    "migraine",
    "copy",
    "kopie",
    "csv",
}


def pattern_of_names(files: Sequence[str]) -> str:
    """Return the pattern that takes the identifier from each file's name; the whole name where nothing tells.

    Parameters
    ----------
    files : sequence of str
        Names of files of one table.

    Examples
    --------
    >>> pattern_of_names(["diary_P01_2026-01-05.csv", "diary_P02_2026-02-11.csv"])
    '^diary_(.+?)_[0-9][0-9._-]{5,}.*$'
    >>> pattern_of_names(["anna.csv"])
    '(.+?)[.].+'
    """
    stems = [re.sub(r"([.][A-Za-z]\w{1,8})+$", "", Path(name).name) for name in files]
    parts = [_parts(stem) for stem in stems]
    places = {tuple(place for place, (_, kind) in enumerate(one) if kind == "id") for one in parts}
    kinds = {tuple(kind for _, kind in one) for one in parts}
    if len(places) != 1 or len(kinds) != 1 or len(parts[0]) == 1:
        return WHOLE
    place = places.pop()
    if len(place) > 1:  # the one that differs from file to file
        place = tuple(one for one in place if len({part[one][0] for part in parts}) > 1)
    if len(place) != 1:
        return WHOLE
    at = place[0]
    texts = {"".join(text for text, _ in one[:at]) for one in parts}
    before = f"^{re.escape(texts.pop())}" if len(texts) == 1 else f"^.*{re.escape(parts[0][at - 1][0])}"
    after = _general(parts[0][at + 1 :])
    return f"{before}(.+?){after}{'' if after else '[.].+'}"


def _parts(stem: str) -> list[tuple[str, str]]:
    """Return the parts of a name: dates, signs between, general words, and what may be an identifier."""
    found: list[tuple[str, str]] = []
    for text in re.split(rf"((?<!\d)(?:{DATE})(?!\d)|[_\s-]+)", stem):
        if text:
            word = fold(text)
            kind = "date" if re.fullmatch(DATE, text) else "sign" if not word else "id"
            if kind == "id" and (word in GENERAL or (table_of_name(text) and not re.search(r"\d", text))):
                kind = "word"
            if kind == "id" and [one for _, one in found[-2:]] == ["id", "sign"] and found[-1][0] == "-":
                text = found.pop(-2)[0] + found.pop()[0] + text  # K-101 is one identifier
            found.append((text, kind))
    return found


def _general(parts: list[tuple[str, str]]) -> str:
    """Return an expression that fits these parts of any of the names."""
    if not parts:
        return ""
    text = re.escape(parts[0][0]) if parts[0][1] != "date" else ""
    dated = any(kind == "date" for _, kind in parts)
    return f"{text}{'[0-9][0-9._-]{5,}.*$' if dated and len(parts) <= 2 else '.*$'}"
