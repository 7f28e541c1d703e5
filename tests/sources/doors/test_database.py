"""Databases: read only, streamed, typed without loss, and no word of an address or a patient in a message."""

from __future__ import annotations

import sqlite3
import sys
import traceback
from typing import ClassVar

import pandas as pd
import psycopg
import pytest
from postgres import PASSWORD, Server, started

import outcomes as oc
from outcomes.errors import ConfigError, SourceError
from outcomes.publish.changed import source as hashed
from outcomes.schema.tables import TABLES
from outcomes.sources.conventions import TableSource
from outcomes.sources.doors import database
from outcomes.sources.doors.database import read_database, read_sqlite
from outcomes.sources.doors.select import refuse_changes
from outcomes.sources.limits import Limits
from pages import shown
from studies import ALL, rules_found, write_study

TYPES = {"date": "date", "index_date": "date", "first_contact": "date", "start": "timestamptz",
         "end": "timestamptz", "time": "timestamptz", "onset": "timestamptz", "resolved": "timestamptz",
         "weight_kg": "numeric(5,1)", "dose_mg": "numeric", "rate": "double precision", "score": "integer",
         "age": "smallint", "grade": "integer"}  # fmt: skip
PATIENTS = 'title = "T"\ntimezone = "Europe/Zurich"\n'


@pytest.fixture(scope="module")
def server():
    yield from started()


def lite(path, *statements):
    path.unlink(missing_ok=True)
    with sqlite3.connect(path) as connection:
        for statement in statements:
            connection.execute(statement)
    connection.close()
    return path


def columns_of(name: str) -> list[str]:
    return ALL[name].splitlines()[0].split(",")


def fill(server: Server) -> None:
    """Write the sound study of the tests into the database, every column with its own type."""
    with psycopg.connect(server.url(), autocommit=True) as connection:
        for name, text in ALL.items():
            columns = columns_of(name)
            types = ", ".join(f'"{one}" {TYPES.get(one, "text")}' for one in columns)
            connection.execute(f"drop table if exists {name}")
            connection.execute(f"create table {name} ({types})")
            with connection.cursor().copy(f"copy {name} from stdin with (format csv, header)") as copy:
                copy.write(text)


def toml(**keys: str) -> str:
    return PATIENTS + "\n".join(f"[tables.{name}]\n{said}" for name, said in keys.items())


def everything(keys=lambda name: f'sql = {{ url_from = "CLINIC_DB", table = "{name}" }}') -> str:
    return toml(**{name: keys(name) for name in ALL})


def same(one: oc.Study, other: oc.Study) -> None:
    for name in TABLES:
        left, right = one.table(name), other.table(name)
        if name == "adverse_events":  # an event without a number is named by its file
            left, right = left.drop(columns="event_id"), right.drop(columns="event_id")
        pd.testing.assert_frame_equal(left, right)


def test_a_study_of_a_server_is_the_study_of_the_files(server, tmp_path, monkeypatch):
    fill(server)
    server.run("alter database clinic set timezone = 'America/New_York'")
    monkeypatch.setenv("CLINIC_DB", server.url())
    plain = oc.read_study(write_study(tmp_path, ALL))
    (tmp_path / "study.toml").write_text(everything())
    study = oc.read_study(tmp_path)
    same(plain, study)
    assert set(study.findings["rule"]) == set(plain.findings["rule"])
    facts = study.provenance.set_index("table")
    assert facts.loc["diary", "file"] == "CLINIC_DB: diary"
    assert facts.loc["diary", "rows"] == 2
    assert not facts.to_csv().count(PASSWORD)
    found = hashed(tmp_path / "study.toml", as_of=None)
    assert found.served
    assert PASSWORD not in str(found.facts())
    assert oc.read_study(tmp_path).provenance.equals(study.provenance)


def test_the_page_of_databases(server, tmp_path, monkeypatch):
    fill(server)
    server.run(
        "drop schema if exists app cascade",
        "create schema app",
        "create table app.entries (patient text, entered timestamptz, headache boolean, pain int)",
        "insert into app.entries values ('01', '2026-01-05 23:30+00', true, 6),"
        " ('02', '2026-01-05 12:00+01', false, 0)",
    )
    monkeypatch.setenv("CLINIC_DB", server.url())
    lite(
        tmp_path / "events.sqlite",
        "create table events (patient_id, term, onset)",
        "insert into events values ('01', 'nausea', '2026-01-20T10:00')",
    )
    (tmp_path / "study.toml").write_text(shown("databases.md"))
    study = oc.read_study(tmp_path)
    # half past eleven in Greenwich is half past midnight of the next day in Zurich
    assert study.diary["date"].dt.strftime("%m-%d").tolist() == ["01-06", "01-05"]
    assert study.adverse_events["term"].tolist() == ["nausea"]


def test_times_with_and_without_a_zone_are_the_moments_that_were_meant(server, monkeypatch):
    server.run(
        "drop table if exists moments",
        "create table moments (patient_id text, started timestamptz, local timestamp,"
        " day date, clock time, span interval)",
        "set timezone = 'Asia/Tokyo'",
        "insert into moments values ('01', '2026-01-20 17:00', '2026-01-20 09:00', '2026-01-20',"
        " '09:00', '90 minutes')",
    )
    raw = read(server, monkeypatch, "select * from moments", "diary")
    assert raw.frame.astype("str").iloc[0].tolist() == [
        "01", "2026-01-20T08:00:00.000000+0000", "2026-01-20T09:00:00", "2026-01-20", "09:00", "01:30",
    ]  # fmt: skip


def read(server, monkeypatch, query, table="diary", limits=None):
    monkeypatch.setenv("CLINIC_DB", server.url())
    source = TableSource(sql={"url_from": "CLINIC_DB", "query": query})
    return read_database(source, table=table, limits=limits or Limits())[0]


@pytest.mark.long
def test_many_rows_go_through_in_chunks(server, monkeypatch):
    raw = read(server, monkeypatch, "select i, i % 7 = 0 as yes from generate_series(1, 50001) i")
    assert len(raw.frame) == 50_001
    assert raw.frame["i"].iloc[[0, -1]].tolist() == ["1", "50001"]
    assert raw.frame["yes"].eq("true").sum() == 50_001 // 7
    with pytest.raises(SourceError, match="too many rows"):
        read(server, monkeypatch, "select i from generate_series(1, 50001) i", limits=Limits(max_rows=1000))


class DyingServer(Limits):
    """Limits that end every session of the database as soon as rows have come."""

    url: ClassVar[str] = ""

    def refuse_more(self, limit, count, *, file):
        if limit == "max_rows" and count == database.CHUNK:
            with psycopg.connect(self.url, autocommit=True) as connection:
                connection.execute(
                    "select pg_terminate_backend(pid) from pg_stat_activity"
                    " where pid <> pg_backend_pid() and datname = 'clinic'"
                )


def test_a_server_that_dies_in_the_middle_leaves_no_half_study(server, monkeypatch):
    monkeypatch.setattr(DyingServer, "url", server.url())
    with pytest.raises(SourceError, match=r"stopped after 20,000 rows, and none of them are used"):
        read(
            server,
            monkeypatch,
            "select i, repeat('x', 100) as note from generate_series(1, 400000) i",
            limits=DyingServer(),
        )


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (lambda url: url.replace(PASSWORD, "Zebra77-wrong"), "the account or its password is refused"),
        (lambda url: url.replace("/clinic", "/nowhere"), "no such database"),
        (lambda url: url.rpartition(":")[0] + ":1/clinic", "cannot be reached"),
        (lambda url: url.replace("postgresql:", "mysql:"), "this kind of database cannot be read"),
        (lambda url: "Zebra77", "does not hold the address of a database"),
        (lambda url: "", "CLINIC_DB with the database's address is not set"),
    ],
    ids=["password", "database", "port", "kind", "no url", "not set"],
)
def test_a_server_that_is_not_there_is_told_without_its_address(server, monkeypatch, tmp_path, change, says):
    (tmp_path / "study.toml").write_text(everything())
    monkeypatch.setenv("CLINIC_DB", change(server.url()))
    with pytest.raises(SourceError, match=says) as caught:
        oc.read_study(tmp_path)
    assert "Zebra77" not in str(caught.value)
    assert str(server.port) not in str(caught.value)
    assert "Zebra77" not in "".join(traceback.format_exception(caught.value))


def test_nothing_is_written_whatever_the_query_calls(server, monkeypatch):
    server.run(
        "drop table if exists log",
        "create table log (i int)",
        "create or replace function bump() returns int language sql as"
        " 'insert into log values (1) returning i'",
    )
    with pytest.raises(SourceError, match="would change data"):
        read(server, monkeypatch, "select bump()")
    with pytest.raises(SourceError, match=r"bump|would change data|stopped with an error"):
        read(server, monkeypatch, "select set_config('transaction_read_only', 'off', false), bump()")
    with psycopg.connect(server.url()) as connection:
        assert connection.execute("select count(*) from log").fetchone() == (0,)


def test_names_that_are_not_there_are_answered_with_those_that_are(server, monkeypatch, tmp_path):
    fill(server)
    monkeypatch.setenv("CLINIC_DB", server.url())
    (tmp_path / "study.toml").write_text(everything().replace('table = "diary"', 'table = "diarry"'))
    with pytest.raises(SourceError, match=r"no table 'diarry'.*diary.*did you mean 'diary'"):
        oc.read_study(tmp_path)
    with pytest.raises(SourceError, match=r"twice in the result.*patient_id"):
        read(server, monkeypatch, "select a.patient_id, b.patient_id from diary a, diary b")
    with pytest.raises(SourceError, match="no such"):
        read(server, monkeypatch, "select nothing from diary")
    with pytest.raises(SourceError, match="lists or JSON"):
        read(server, monkeypatch, "select array[1, 2] as a")
    with pytest.raises(SourceError, match=r"stopped with an error.*InvalidTextRepresentation") as caught:
        read(server, monkeypatch, "select cast(note as int) from (select 'Zebra77' as note offset 0) t")
    assert "Zebra77" not in str(caught.value)


@pytest.mark.parametrize(
    "query",
    ["delete from diary", "select 1; drop table diary",
     "with a as (delete from diary returning *) select * from a",
     "select * into copied from diary", "update diary set headache = 1", "/* */ insert into diary values (1)",
     "select * from diary for update", "pragma query_only = off", "explain select 1", "", "attach 'x' as y"],
)  # fmt: skip
def test_a_query_that_could_change_data_is_refused(query):
    with pytest.raises(SourceError, match=r"could change data|more than one|does not begin"):
        refuse_changes(query, name="CLINIC_DB: query")


@pytest.mark.parametrize(
    "query",
    ["select 1", "  SELECT a -- delete\nfrom b;", "with a as (select 1) select * from a", "(select 1)",
     "select 'insert; into' as \"update\"", "select replace(note, 'a', 'b'), insert(note, 1, 2, 'x') from a",
     "select $$drop; delete$$"],
)  # fmt: skip
def test_a_query_that_reads_is_taken(query):
    refuse_changes(query, name="CLINIC_DB: query")


def small(folder, *statements):
    return read_sqlite(
        lite(folder / "c.db", *statements).read_bytes(),
        table="diary",
        file="c.db",
        source=TableSource(file="c.db", sql={"table": "diary"}, decimal=","),
        limits=Limits(),
    )


def test_a_file_of_sqlite_with_mixed_cells_in_a_column(tmp_path):
    raw = small(
        tmp_path,
        "create table diary (patient_id, date, pain)",
        "insert into diary values ('01', '2026-01-05', 6.5), ('02', '2026-01-05', '7,5'),"
        " (3, '2026-01-06', null), ('04', '2026-01-07', 8)",
    )
    assert raw.frame["patient_id"].tolist() == ["01", "02", "3", "04"]
    assert raw.frame["pain"].tolist() == ["6,5", "7,5", "", "8"]
    assert raw.typed == frozenset()


@pytest.mark.long
def test_a_file_of_sqlite_is_never_changed_and_read_as_it_is(tmp_path):
    statements = [
        f"create table diary ({', '.join(columns_of('diary'))})",
        "insert into diary values ('01', '2026-01-05', 'yes'), ('02', '2026-01-05', 'no')",
    ]
    path = lite(tmp_path / "clinic.sqlite", "pragma journal_mode = wal", *statements)
    before = path.read_bytes()
    write_study(tmp_path, ALL)
    text = (tmp_path / "study.toml").read_text()
    plain = oc.read_study(tmp_path)
    (tmp_path / "study.toml").write_text(
        text.replace('file = "diary.csv"', 'file = "clinic.sqlite"\nsql = { table = "diary" }')
    )
    same(plain, oc.read_study(tmp_path))
    assert path.read_bytes() == before
    with sqlite3.connect(path) as busy:
        busy.execute("insert into diary values ('02', '2026-01-06', 'no')")
        busy.commit()
        with pytest.raises(SourceError, match=r"in use.*clinic\.sqlite-wal"):
            oc.read_study(tmp_path)
    busy.close()
    (tmp_path / "study.toml").write_text(text.replace('file = "diary.csv"', 'file = "clinic.sqlite"'))
    with pytest.raises(SourceError, match=r"tables diary"):
        oc.read_study(tmp_path)


@pytest.mark.parametrize(
    ("change", "says"),
    [(lambda content: content[:3000], "damaged|stopped"), (lambda content: b"", "not an SQLite database"),
     (lambda content: b"patient_id,date\n", "not an SQLite database")],
    ids=["cut", "empty", "text"],
)  # fmt: skip
def test_a_file_that_is_no_database_is_told(tmp_path, change, says):
    rows = ", ".join(f"('{n:04d}', '2026-01-05', 'yes')" for n in range(500))
    path = lite(
        tmp_path / "c.db",
        "create table diary (patient_id, date, headache)",
        f"insert into diary values {rows}",
    )
    with pytest.raises(SourceError, match=says):
        read_sqlite(
            change(path.read_bytes()),
            table="diary",
            file="c.db",
            source=TableSource(file="c.db", sql={"table": "diary"}),
            limits=Limits(),
        )


@pytest.mark.parametrize(
    ("keys", "says"),
    [
        ('sql = { url_from = "postgresql://a:Zebra77@b/c", table = "x" }', "name of an environment variable"),
        ('sql = { url_from = "OUTCOMES__DB", table = "x" }', "keys of study.toml"),
        ('sql = { url_from = "DB" }', "either a table or a query"),
        ('sql = { url_from = "DB", table = "x", query = "select 1" }', "either a table or a query"),
        ('file = "a.csv"\nsql = { url_from = "DB", table = "x" }', "a file, or what a server gives"),
        ('sql = { table = "x" }', "file is missing"),
        ("", "file is missing"),
        ('sql = { url = "x" }', "sql.url is not a key"),
    ],
)
def test_study_toml_names_a_variable_and_one_thing_to_read(tmp_path, keys, says):
    (tmp_path / "study.toml").write_text(toml(diary=keys))
    with pytest.raises(ConfigError, match=says) as caught:
        oc.read_study(tmp_path)
    assert "Zebra77" not in str(caught.value)


@pytest.mark.parametrize(("module", "extra"), [("sqlalchemy", "sql"), ("psycopg", "postgresql")])
def test_a_missing_extra_names_itself(tmp_path, monkeypatch, module, extra):
    monkeypatch.setenv("CLINIC_DB", "postgresql://a:b@127.0.0.1:1/c")
    monkeypatch.setitem(sys.modules, module, None)
    (tmp_path / "study.toml").write_text(everything())
    with pytest.raises(SourceError, match=rf'pip install "outcomes\[{extra}\]"'):
        oc.read_study(tmp_path)


@pytest.mark.long
def test_findings_name_the_row_of_the_result(tmp_path):
    raw = lite(
        tmp_path / "c.db",
        "create table diary (patient_id, date, headache)",
        "insert into diary values ('01', '2026-01-05', 'yes'), ('02', 'soon', 'no')",
    )
    write_study(tmp_path, ALL)
    text = (tmp_path / "study.toml").read_text()
    (tmp_path / "study.toml").write_text(
        text.replace(
            'file = "diary.csv"', f'file = "{raw.name}"\nsql = {{ query = "select * from diary order by 1" }}'
        )
    )
    assert ("diary", 2, "date", "bad_date", "error") in rules_found(oc.read_study(tmp_path))
