"""A server of PostgreSQL on loopback, from Debian's package: real, small, gone when the tests are."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

__all__ = ["Server", "started"]

PASSWORD = "Zebra77-secret"


class Server:
    """A running server.

    Parameters
    ----------
    port : int
        On 127.0.0.1.
    """

    def __init__(self, port: int) -> None:
        self.port = port

    def url(self, user: str = "owner", password: str = PASSWORD, database: str = "clinic") -> str:
        return f"postgresql://{user}:{password}@127.0.0.1:{self.port}/{database}"

    def run(self, *statements: str, database: str = "clinic") -> None:
        with psycopg.connect(self.url(database=database), autocommit=True) as connection:
            for statement in statements:
                connection.execute(statement)


def _programs() -> Path:
    """Return the folder of initdb, after installing it where that is allowed."""
    for attempt in range(2):
        found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))
        if found:
            return found[-1].parent
        if attempt == 0 and os.geteuid() == 0 and shutil.which("apt-get"):
            quiet = os.environ | {"DEBIAN_FRONTEND": "noninteractive"}
            for words in (["update"], ["install", "-y", "postgresql"]):  # a bare machine has no lists yet
                subprocess.run(["apt-get", "-q", *words], check=False, capture_output=True, env=quiet)
    if os.environ.get("CI"):
        pytest.fail("the package postgresql is not installed")
    pytest.skip("the package postgresql is not installed")


def _free_port() -> int:
    with socket.socket() as asked:
        asked.bind(("127.0.0.1", 0))
        return int(asked.getsockname()[1])


def started() -> Iterator[Server]:
    """Start a server, and stop it at the end."""
    programs, port = _programs(), _free_port()
    as_user = ["runuser", "-u", "postgres", "--"] if os.geteuid() == 0 else []
    folder = Path(tempfile.mkdtemp(prefix="outcomes-pg-", dir="/tmp"))
    secret = folder / "password"
    secret.write_text(PASSWORD)
    if as_user:
        for path in (folder, secret):
            shutil.chown(path, "postgres")
    data = folder / "data"

    def call(program: str, *words: str) -> None:
        command = [*as_user, str(programs / program), *words]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, cwd=folder)

    options = f"-p {port} -k {folder} -c listen_addresses=127.0.0.1 -c fsync=off -c shared_buffers=16MB"
    try:
        call(
            "initdb", "-D", str(data), "-U", "owner", "-E", "UTF8", "--locale=C.UTF-8", "--no-sync",
            "-A", "scram-sha-256", f"--pwfile={secret}", "--no-instructions",
        )  # fmt: skip
        call("pg_ctl", "-D", str(data), "-o", options, "-w", "-l", str(folder / "log"), "start")
        server = Server(port)
        server.run("create database clinic", database="postgres")
        yield server
    finally:
        if data.exists():
            stop = [*as_user, str(programs / "pg_ctl"), "-D", str(data), "-m", "immediate", "stop"]
            subprocess.run(
                stop, check=False, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, cwd="/tmp"
            )
        shutil.rmtree(folder, ignore_errors=True)
