"""The hook gets a link and counts: a real command, and a real server that listens on this machine."""

from __future__ import annotations

import http.server
import json
import sys
import threading
from collections.abc import Iterator

import pytest

from outcomes.page import make as page_module
from outcomes.page.sections import SECTIONS
from outcomes.publish import notify as notify_module
from outcomes.publish.notify import ADDRESS, KEYS, notify
from outcomes.publish.runs import run
from studies import ALL, write_study

MARKER = "Zebra77"
FACTS = {"title": "Test", "status": "published", "exit_code": 0, "report": "/r/latest", "rows": {"diary": 2}}


class Server(http.server.ThreadingHTTPServer):
    """Keeps what it is sent."""

    daemon_threads = True
    status = 200

    def __init__(self) -> None:
        self.received: list[tuple[str, dict]] = []
        super().__init__(("127.0.0.1", 0), Answer)


class Answer(http.server.BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.received.append((self.path, json.loads(body)))
        self.send_response(self.server.status)
        self.end_headers()

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def server(monkeypatch) -> Iterator[Server]:
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.delenv(name, raising=False)
    with Server() as found:
        thread = threading.Thread(target=found.serve_forever)
        thread.start()
        monkeypatch.setenv(ADDRESS, f"json://127.0.0.1:{found.server_port}/hook-{MARKER}")
        yield found
        found.shutdown()
        thread.join()


def test_the_address_gets_a_link_and_counts_and_nothing_else(server):
    assert notify([], FACTS | {"removed": ["x"], "secret": MARKER}) == []
    ((path, message),) = server.received
    assert path == f"/hook-{MARKER}"
    assert message["title"] == "Test"
    lines = dict(line.split(": ", 1) for line in message["message"].splitlines())
    assert set(lines) <= set(KEYS)
    assert (lines["report"], lines["rows"]) == ("/r/latest", "{'diary': 2}")
    assert MARKER not in json.dumps(message)


def test_a_run_tells_the_server_and_writes_the_address_nowhere(server, tmp_path, monkeypatch, capfd, caplog):
    monkeypatch.setattr(page_module, "SECTIONS", [part for part in SECTIONS if part.name == "provenance"])
    caplog.set_level("DEBUG", logger="outcomes")
    events = ALL["adverse_events"].replace("nausea", f"nausea {MARKER}")
    study = write_study(tmp_path, ALL | {"adverse_events": events})
    out = tmp_path / "out"
    done = run(study, out)
    assert done.warnings == ()
    (tmp_path / "diary.csv").unlink()
    with pytest.raises(Exception, match="was not found"):
        run(study, out)
    first, second = (message for _, message in server.received)
    assert "status: published" in first["message"]
    assert "status: failed" in second["message"]
    assert "exit_code: 4" in second["message"]
    assert MARKER not in json.dumps([first, second])
    said = capfd.readouterr()
    told = said.out + said.err + "".join(record.getMessage() for record in caplog.records)
    assert f"hook-{MARKER}" not in told
    for path in out.rglob("*"):
        assert path.is_dir() or f"hook-{MARKER}".encode() not in path.read_bytes(), path.name


def test_a_server_that_refuses_fails_alone(server):
    server.status = 500
    assert notify([], FACTS) == ["the notification could not be sent"]
    assert len(server.received) == 1


@pytest.mark.parametrize("address", ["json://127.0.0.1:1/x", "nothing://x", "no address at all"])
def test_an_address_where_nobody_is_fails_alone(monkeypatch, address):
    monkeypatch.setenv(ADDRESS, address)
    assert notify([], FACTS) == ["the notification could not be sent"]


def test_the_command_is_run_without_a_shell(tmp_path):
    told, never = tmp_path / "told", tmp_path / "never"
    code = "import sys, pathlib; pathlib.Path(sys.argv[1]).write_text(sys.argv[2] + sys.stdin.read())"
    assert notify([sys.executable, "-c", code, str(told), f"; touch {never} #"], FACTS) == []
    words, _, message = told.read_text().partition("{")
    assert words == f"; touch {never} #"
    assert json.loads("{" + message) == FACTS
    assert not never.exists()


def test_a_command_that_hangs_is_ended(monkeypatch):
    monkeypatch.setattr(notify_module, "SECONDS", 0.3)
    assert notify(["sleep", "60"], FACTS) == ["the notification command failed"]
