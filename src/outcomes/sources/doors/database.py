"""A table of a database as text: read only, streamed, every type without loss.

The address comes from an environment variable; neither it nor a message of the database is ever repeated, for
the one holds a password and the other may hold a patient's value.
"""

from __future__ import annotations

import hashlib
import os
import sqlite3
from typing import Any

from outcomes.errors import SourceError, suggest
from outcomes.sources.conventions import TableSource
from outcomes.sources.doors.extras import load
from outcomes.sources.doors.refusals import told
from outcomes.sources.doors.select import refuse_changes
from outcomes.sources.doors.streamed import StreamedColumn, raw_table
from outcomes.sources.limits import Limits
from outcomes.sources.raw import RawTable
from outcomes.sources.served import Sql

__all__ = ["SQLITE", "read_database", "read_sqlite"]

#: Endings of SQLite's files.
SQLITE = (".sqlite", ".sqlite3", ".db")
#: Rows that are asked for at a time.
CHUNK = 20_000
SECONDS_TO_CONNECT = 10
#: What PostgreSQL is told as a session begins: nothing is written, times come in UTC with their offset.
SESSION = "-c default_transaction_read_only=on -c timezone=UTC"


def read_database(source: TableSource, *, table: str, limits: Limits) -> tuple[RawTable, str]:
    """Read a table from the database that an environment variable names.

    Parameters
    ----------
    source : TableSource
        With `sql`.
    table : str
        Name of the table, for messages.
    limits : Limits
        How much it may hold.

    Returns
    -------
    RawTable
    str
        SHA-256 of what was read, in the order in which the database gave it.

    Raises
    ------
    SourceError
        When the database cannot be reached, refuses, stops in the middle, or the query could change data.
    """
    sql, name = source.sql, source.files[0]
    assert sql is not None, "study.toml was checked"
    refuse_changes(sql.query or "select", name=name)
    sa = load("sqlalchemy", extra="sql", reads=f"{name}: a database")
    return _read(_engine(sa, sql, name=name), source, table=table, name=name, limits=limits)


def read_sqlite(content: bytes, *, table: str, file: str, source: TableSource, limits: Limits) -> RawTable:
    """Read a table of a file of SQLite; the file itself is never opened by a database.

    Raises
    ------
    SourceError
        For a file that is none, a table that does not exist, or a query that could change data.
    """
    sa = load("sqlalchemy", extra="sql", reads=f"{file}: a database")
    if not content.startswith(b"SQLite format 3\x00"):
        raise SourceError(
            f"{file}: the file is not an SQLite database, or it is encrypted", hint="check the file"
        )
    size, pages = int.from_bytes(content[16:18]), int.from_bytes(content[28:32])  # a size of 1 means 65,536
    if len(content) < pages * (65_536 if size == 1 else size):
        raise SourceError(f"{file}: the database's file is damaged: it is not complete", hint="copy it again")
    sql = source.sql or Sql(table="*")
    refuse_changes(sql.query or "select", name=file)

    def opened() -> sqlite3.Connection:
        connection = sqlite3.connect(":memory:")
        # a copy without journal: what stands in one is refused before
        connection.deserialize(content[:18] + b"\x01\x01" + content[20:])
        connection.execute("pragma query_only = on")
        return connection

    engine = sa.create_engine("sqlite://", creator=opened, hide_parameters=True)
    return _read(engine, source.model_copy(update={"sql": sql}), table=table, name=file, limits=limits)[0]


def _engine(sa: Any, sql: Sql, *, name: str) -> Any:
    """Return what connects to the address in the environment; no part of it is ever said."""
    address = os.environ.get(sql.url_from, "").strip()
    if not address:
        raise SourceError(
            f"{name}: the environment variable {sql.url_from} with the database's address is not set",
            hint=f"set it outside study.toml: {sql.url_from}=postgresql://user:password@host/database",
        )
    try:
        url = sa.make_url(address)
    except (sa.exc.ArgumentError, ValueError):
        raise SourceError(
            f"{name}: {sql.url_from} does not hold the address of a database",
            allowed="postgresql://user:password@host:5432/database",
        ) from None
    if url.get_backend_name() != "postgresql":
        raise SourceError(
            f"{name}: this kind of database cannot be read",
            got=url.get_backend_name(),
            allowed="postgresql; for SQLite name its file: file = ...",
        )
    load("psycopg", extra="postgresql", reads=f"{name}: a PostgreSQL database")
    return sa.create_engine(
        url.set(drivername="postgresql+psycopg"),
        poolclass=sa.pool.NullPool,
        hide_parameters=True,
        connect_args={"options": SESSION, "connect_timeout": SECONDS_TO_CONNECT},
    )


def _read(engine: Any, source: TableSource, *, table: str, name: str, limits: Limits) -> tuple[RawTable, str]:
    sql = source.sql
    assert sql is not None, "the callers see to it"
    with told(name) as progress, engine.connect() as connection:
        if engine.dialect.name == "postgresql":
            connection = connection.execution_options(postgresql_readonly=True)
        asked = _statement(connection, sql, name=name)
        connection = connection.execution_options(stream_results=True, max_row_buffer=CHUNK)
        with connection.execute(asked) as result:
            names = _names(list(result.keys()), name=name, limits=limits)
            columns = [StreamedColumn() for _ in names]
            for part in result.partitions(CHUNK):
                progress[0] += len(part)
                limits.refuse_more("max_rows", progress[0], file=name)
                for column, cells in zip(columns, zip(*part, strict=True), strict=True):
                    column.add(cells, name=name)
                limits.refuse_more("max_unpacked_mb", sum(column.bytes for column in columns), file=name)
    engine.dispose()
    named = dict(zip(names, columns, strict=True))
    raw = raw_table(named, source, rows=progress[0], table=table, name=name, limits=limits)
    digest = hashlib.sha256("\x1e".join(names).encode())
    for one in names:
        digest.update("\x1f".join(raw.frame[one].astype("str")).encode("utf-8", errors="surrogatepass"))
    return raw, digest.hexdigest()


def _statement(connection: Any, sql: Sql, *, name: str) -> Any:
    """Return the query, or what selects all of the table; for one that does not exist, say which are."""
    import sqlalchemy as sa

    if sql.query:
        return sa.text(sql.query.replace(":", "\\:"))
    schema, _, table = sql.table.rpartition(".")
    look = sa.inspect(connection)
    there = [*look.get_table_names(schema=schema or None), *look.get_view_names(schema=schema or None)]
    if table not in there:
        raise SourceError(
            f"{name}: the database has no table {sql.table!r}",
            got=f"tables {', '.join(sorted(there)) or '(none that this account can see)'}",
            hint=suggest(table, there) or 'name one: sql = { table = "..." }',
        )
    return sa.select(sa.text("*")).select_from(sa.table(table, schema=schema or None))


def _names(names: list[str], *, name: str, limits: Limits) -> list[str]:
    limits.refuse_more("max_columns", len(names), file=name)
    double = sorted({one for one in names if names.count(one) > 1})
    if double:
        raise SourceError(
            f"{name}: a column name appears twice in the result",
            got=", ".join(double),
            hint="give one another name: select a.day as day, b.day as other_day",
        )
    return names
