"""Errors of a database in our words: none of its own, which may hold a patient's value or a password."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager

from outcomes.errors import SourceError

__all__ = ["told"]

#: Words in a driver's refusal, and what we say of it.
REFUSALS = {
    "password": ("the account or its password is refused", "check the address in the variable"),
    "authentication": ("the account or its password is refused", "check the address in the variable"),
    "does not exist": ("there is no such database, account, table or column", "check the names"),
    "no such": ("there is no such table or column", "check the names in the query"),
    "permission": ("the account may not read this", "let it read the table, and nothing else"),
    "readonly": ("the query would change data, and a source is only read", "write one SELECT statement"),
    "read-only": ("the query would change data, and a source is only read", "write one SELECT statement"),
    "syntax error": ("the query has a syntax error", "try it in the database's own program"),
    "not a database": ("the file is not an SQLite database, or it is encrypted", "check the file"),
    "malformed": ("the database's file is damaged", "check the file"),
    "refused": ("the database cannot be reached", "is it running, and can this machine reach it?"),
    "could not translate": ("the database's host is not known", "check the address in the variable"),
    "resolve host": ("the database's host is not known", "check the address in the variable"),
    "timeout": ("the database did not answer in time", "try again when it is less busy"),
}


@contextmanager
def told(name: str) -> Iterator[list[int]]:
    """Make an error of the database ours: what went wrong, after how many rows, and none of its own words."""
    import sqlalchemy as sa

    rows = [0]
    try:
        yield rows
    except (sa.exc.SQLAlchemyError, sqlite3.Error, OSError, UnicodeError) as error:
        words = str(getattr(error, "orig", error)).casefold()
        what, hint = next(
            (said for sign, said in REFUSALS.items() if sign in words),
            ("the database stopped with an error", "look in its own log"),
        )
        if rows[0]:
            what = f"the database stopped after {rows[0]:,} rows, and none of them are used"
        kind = type(getattr(error, "orig", error)).__name__
        raise SourceError(f"{name}: {what}", got=kind, hint=hint) from None
