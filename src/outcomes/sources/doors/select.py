"""One statement that reads: what else a query could do is refused before any database hears of it.

The connection is read-only besides: this says early, and in words, what the database would refuse.
"""

from __future__ import annotations

import re

from outcomes.errors import SourceError

__all__ = ["refuse_changes"]

#: Texts, quoted names, dollar quotes of PostgreSQL and remarks: no word in them is a word of the statement.
QUOTED = re.compile(
    r"'(?:[^']|'')*'|\"(?:[^\"]|\"\")*\"|`[^`]*`|\$(\w*)\$.*?\$\1\$|--[^\n]*|/\*.*?\*/", re.DOTALL
)
CHANGES = re.compile(
    r"\b(?:insert|update|delete|merge|into|truncate|drop|alter|create|grant|revoke|copy|call|attach|detach|pragma|vacuum)\b"
    r"(?!\s*\()",
    re.IGNORECASE,
)


def refuse_changes(query: str, *, name: str) -> None:
    """Refuse a query that is not one SELECT (or WITH ... SELECT).

    Parameters
    ----------
    query : str
        The statement of study.toml.
    name : str
        What the source is called.

    Raises
    ------
    SourceError
        With the word that could change data.

    Examples
    --------
    >>> refuse_changes("select day as date from diary where note <> 'drop; delete'", name="CLINIC_DB: query")
    """
    bare = QUOTED.sub(" ' ", query).strip().rstrip(";").rstrip()
    hint = "write one SELECT statement; a source is only read"
    if ";" in bare:
        raise SourceError(f"{name}: the query holds more than one statement", hint=hint)
    begin = re.match(r"[(\s]*(\w*)", bare)
    if begin is None or begin[1].casefold() not in ("select", "with"):
        raise SourceError(f"{name}: the query does not begin with SELECT or WITH", hint=hint)
    found = CHANGES.search(bare)
    if found:
        raise SourceError(f"{name}: the query could change data", got=found[0].upper(), hint=hint)
