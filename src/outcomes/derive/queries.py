"""Own queries: which events are of the terms that a safety reader asks for together."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

import pandas as pd

from outcomes.derive.emergent import emergent
from outcomes.errors import ArgumentError, DataError, suggest
from outcomes.schema.study_data import check_study

if TYPE_CHECKING:
    from outcomes.schema.study_data import StudyData

__all__ = ["event_queries", "with_queries"]


def event_queries(study: StudyData) -> pd.DataFrame:
    """Return the events as `oc.emergent` does, with the queries of the study.toml: see `with_queries`.

    Parameters
    ----------
    study : Study
        A study whose study.toml has ``[queries.dissociative]`` with ``terms = [...]`` and, if so, ``broad``.

    Raises
    ------
    ArgumentError
        When the study has no queries.
    """
    check_study(study)
    queries = getattr(study, "queries", {})
    if not queries:
        raise ArgumentError(
            "the study has no queries", hint='write [queries.dissociative] with terms = ["..."] in study.toml'
        )
    return with_queries(emergent(study), queries)


def with_queries(events: pd.DataFrame, queries: Mapping[str, Any]) -> pd.DataFrame:
    """Add to the events two columns per query: of its narrow terms, and of its narrow or broad ones.

    Parameters
    ----------
    events : DataFrame
        With ``term`` and, where there is one, ``pt`` (MedDRA preferred term, as delivered).
    queries : mapping
        Name -> terms, or an object or mapping with ``terms`` and ``broad``. Capitals do not matter.

    Returns
    -------
    DataFrame
        The events with ``query_<name>`` and ``query_<name>_broad`` (yes or no): what ``where=`` of
        `oc.incidence`, `oc.rates` and the models of sessions takes.

    Raises
    ------
    ArgumentError
        For a query without terms.
    DataError
        When the events have no column of terms, or already have one that is named like a query.

    Examples
    --------
    >>> import pandas as pd
    >>> events = pd.DataFrame({"patient_id": ["a", "b"], "term": ["Derealisation", "Confusion"]})
    >>> asked = {"dissociative": {"terms": ["derealisation"], "broad": ["confusion"]}}
    >>> with_queries(events, asked)[["term", "query_dissociative", "query_dissociative_broad"]]
                term  query_dissociative  query_dissociative_broad
    0  Derealisation                True                      True
    1      Confusion               False                      True
    """
    columns = [column for column in ("term", "pt") if column in events.columns]
    if not columns:
        raise DataError("events have no terms", allowed="a column term, or pt")
    found = events.copy()
    words = {column: events[column].astype("str").str.casefold() for column in columns}
    for name, query in queries.items():
        narrow, broad = _terms(name, query)
        for column, terms in ((f"query_{name}", narrow), (f"query_{name}_broad", narrow | broad)):
            if column in events.columns:
                raise DataError(f"events already have a column {column!r}", hint="rename the query")
            hit = pd.Series(False, index=events.index)
            for texts in words.values():
                hit |= texts.isin(terms).fillna(False).astype(bool)
            found[column] = hit
    return found


def _terms(name: str, query: Any) -> tuple[set[str], set[str]]:
    """Return the narrow and the broad terms of a query, without capitals."""
    if isinstance(query, Mapping):
        if unknown := set(query) - {"terms", "broad"}:
            first = sorted(unknown)[0]
            raise ArgumentError(
                f"query {name!r} has an unknown part", got=repr(first), allowed="terms, broad",
                hint=suggest(first, ["terms", "broad"]),
            )  # fmt: skip
        narrow, broad = query.get("terms", ()), query.get("broad", ())
    elif hasattr(query, "terms"):
        narrow, broad = query.terms, query.broad
    else:
        narrow, broad = query, ()
    if isinstance(narrow, str) or not isinstance(narrow, Iterable):
        raise ArgumentError(
            f"query {name!r} is not a list of terms",
            got=type(narrow).__name__,
            allowed='["nausea", "vomiting"]',
        )
    made = {str(term).casefold() for term in narrow}, {str(term).casefold() for term in broad}
    if not made[0]:
        raise ArgumentError(f"query {name!r} has no terms", allowed="at least one")
    return made
