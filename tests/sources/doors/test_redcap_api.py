"""REDCap by its API, against a small stand-in on loopback: slow, busy, dying, or no REDCap at all."""

from __future__ import annotations

import csv
import io
import json
import sys
import threading
import time
import traceback
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qsl

import pandas as pd
import pytest

import outcomes as oc
from outcomes.errors import ConfigError, SourceError
from outcomes.sources.doors import redcap_api
from pages import shown

TOKEN = "Zebra77" + "A" * 25
#: Seconds after which a slow server is given up.
SHORT = 0.4
HEADER = (
    "record_id,redcap_event_name,redcap_repeat_instrument,redcap_repeat_instance,patients_patient_id,"
    "patients_index_date,patients_complete,diary_patient_id,diary_date,diary_headache,diary_pain,"
    "diary_acute_medication___none,diary_acute_medication___triptan,diary_note,diary_complete"
)


def export(patients: int = 5, days: int = 3) -> str:
    """Return a raw export: longitudinal, with a repeating diary, boxes and a note of two lines."""
    rows = [HEADER]
    for number in range(1, patients + 1):
        rows.append(f"{number},start_arm_1,,,{number:03d},2026-02-01,2,,,,,,,,")
        for day in range(1, days + 1):
            note = '"slept badly,\nate late"' if day == 1 else ""
            start = f"{number},diary_arm_1,diary,{day},,,,{number:03d},2026-01-{day:02d}"
            rows.append(f"{start},{day % 2},{day},0,1,{note},2")
    return "\n".join(rows) + "\n"


class StandIn(BaseHTTPRequestHandler):
    """What REDCap answers to the three calls that are made."""

    text = export()
    spoil = staticmethod(lambda handler, asked: None)
    calls: list = []  # noqa: RUF012

    def do_POST(self):
        asked = dict(parse_qsl(self.rfile.read(int(self.headers["Content-Length"])).decode()))
        type(self).calls.append(asked)
        if self.spoil(self, asked):
            return
        if asked.get("token") != TOKEN:
            self.answer('{"error":"You do not have permissions to use the API"}', 403)
        elif asked["content"] == "metadata":
            names = dict.fromkeys(name.split("___")[0] for name in HEADER.split(","))
            fields = [name for name in names if not name.startswith("redcap_") and "_complete" not in name]
            told = [
                {"field_name": name, "form_name": name.split("_")[0], "field_type": "text"} for name in fields
            ]
            self.answer(json.dumps([told[0] | {"form_name": "patients"}, *told[1:]]))
        else:
            self.answer(self.records(asked))

    def records(self, asked):
        """Return the asked records: the fields by name and the forms, whose status is no field of its own."""
        header, *rows = csv.reader(io.StringIO(self.text))
        records, fields, forms = (
            {value for key, value in asked.items() if key.startswith(f"{part}[")}
            for part in ("records", "fields", "forms")
        )
        keep = [
            place
            for place, name in enumerate(header)
            if name.startswith("redcap_") or name.split("___")[0] in fields or name.split("_")[0] in forms
        ]
        out = io.StringIO()
        lines = [header, *[row for row in rows if not records or row[0] in records]]
        csv.writer(out, lineterminator="\n").writerows([[row[place] for place in keep] for row in lines])
        return out.getvalue()

    def answer(self, text, status=200, *, promised=0):
        body = text.encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(body) + promised))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


@pytest.fixture
def server(monkeypatch):
    class Handler(StandIn):
        calls = []  # noqa: RUF012

    made = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    made.daemon_threads = True
    made.handle_error = lambda *_: None  # a client that has gone is what is tested
    thread = threading.Thread(target=made.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    monkeypatch.setenv("REDCAP_URL", f"http://127.0.0.1:{made.server_port}/api/")
    monkeypatch.setenv("REDCAP_TOKEN", TOKEN)
    monkeypatch.setattr(redcap_api, "BACK_OFF", (0.0, 0.0, 0.0))
    yield Handler
    made.shutdown()
    thread.join()
    made.server_close()


KEYS = "records_per_call = 2, seconds = 30"


def toml(api=KEYS):
    return f"""
title = "T"
[tables.diary]
redcap_api = {{ {api} }}
redcap = "diary"
multiline = ["note"]
[tables.patients]
redcap_api = {{ {api} }}
redcap = "patients"
"""


def study(folder, text=None):
    (folder / "study.toml").write_text(toml() if text is None else text)
    return oc.read_study(folder)


def test_the_api_gives_the_study_of_the_exported_file(server, tmp_path):
    by_api = study(tmp_path)
    asked = [call for call in server.calls if any(key.startswith("records[") for key in call)]
    batches = [sorted(value for key, value in call.items() if key.startswith("records[")) for call in asked]
    assert batches == [["1", "2"], ["3", "4"], ["5"]] * 2
    assert {call["format"] for call in asked} == {"csv"}
    (tmp_path / "export.csv").write_text(server.text)
    by_file = study(tmp_path, toml().replace(f"redcap_api = {{ {KEYS} }}", 'file = "export.csv"'))
    for name in ("diary", "patients"):
        pd.testing.assert_frame_equal(by_api.table(name), by_file.table(name))
    assert len(by_api.diary) == 15
    assert by_api.diary["acute_medication"].eq("triptan").all()
    assert set(by_api.findings["rule"]) == set(by_file.findings["rule"])
    told = by_api.provenance
    assert told["file"].tolist() == ["REDCAP_URL: records"] * 2
    assert TOKEN not in told.to_csv()
    assert "form diary" in told["turned"].tolist()[-1]


def times(count, spoil):
    """Return what spoils the first `count` calls for records."""
    left = [count]

    def spoilt(handler, asked):
        if asked["content"] == "record" and left[0]:
            left[0] -= 1
            spoil(handler)
            return True
        return False

    return spoilt


def busy(handler):
    handler.answer("Zebra77 is locked", 503)


def dies(handler):
    handler.answer(HEADER, promised=500)


def page(handler):
    handler.answer("<html>Zebra77</html>")


def patience(spoil):
    """Return the keys; only a slow server is not waited for, as every other answer must come in that time."""
    return KEYS.replace("seconds = 30", f"seconds = {SHORT}") if spoil is slow else KEYS


def slow(handler):
    time.sleep(2 * SHORT)
    handler.answer("too late")


def lost(handler):
    handler.answer(HEADER + "\n1,start_arm_1,,,001,2026-02-01,2,,,,,,,,\n")


@pytest.mark.parametrize("spoil", [busy, dies, page, slow], ids=lambda one: one.__name__)
def test_a_server_that_stumbles_is_asked_again(server, tmp_path, spoil):
    server.spoil = staticmethod(times(1 if spoil is slow else 3, spoil))
    assert len(study(tmp_path, toml(patience(spoil))).diary) == 15


@pytest.mark.parametrize(
    ("spoil", "says"),
    [
        (busy, r"answered with an error \(503\)"),
        (dies, "broke off"),
        (page, "not a REDCap export"),
        (slow, "did not answer in time"),
        (lost, "incomplete"),
    ],
    ids=["busy", "dies", "page", "slow", "lost"],
)
def test_a_server_that_stays_broken_leaves_no_half_study(server, tmp_path, spoil, says):
    def in_the_middle(handler, asked):
        if asked.get("records[0]") == "3":
            spoil(handler)
            return True
        return False

    server.spoil = staticmethod(in_the_middle)
    with pytest.raises(SourceError, match=says) as caught:
        study(tmp_path, toml(patience(spoil)))
    assert "tried 4 times at 2 of 5 records" in str(caught.value)
    assert "Zebra77" not in "".join(traceback.format_exception(caught.value))


def test_a_field_that_comes_on_the_way_is_told(server, tmp_path):
    def grows(handler, asked):
        if asked.get("records[0]") == "3":
            handler.answer(handler.records(asked).replace("diary_note", "diary_remark", 1))
            return True
        return False

    server.spoil = staticmethod(grows)
    with pytest.raises(SourceError, match="fields changed while it was read"):
        study(tmp_path)


@pytest.mark.parametrize(
    ("variable", "value", "says"),
    [
        ("REDCAP_TOKEN", "B" * 32, "the token was refused.*403"),
        ("REDCAP_TOKEN", "Zebra77", "does not hold a REDCap token. got: 7 characters"),
        ("REDCAP_TOKEN", "", "REDCAP_TOKEN is not set"),
        ("REDCAP_URL", "", "REDCAP_URL is not set"),
        ("REDCAP_URL", "https://Zebra77.example/", "not hold the address of a REDCap API"),
        ("REDCAP_URL", "http://Zebra77.example/api/", "not encrypted"),
        ("REDCAP_URL", "http://127.0.0.1:9/api/", "cannot be reached"),
    ],
)
def test_a_wrong_address_or_token_is_told_without_it(server, tmp_path, monkeypatch, variable, value, says):
    monkeypatch.setenv(variable, value)
    with pytest.raises(SourceError, match=says) as caught:
        study(tmp_path)
    shown_to_all = "".join(traceback.format_exception(caught.value))
    assert "Zebra77" not in shown_to_all
    assert "B" * 32 not in shown_to_all


def test_an_address_that_leads_elsewhere_is_no_api(server, tmp_path):
    def elsewhere(handler, asked):
        handler.send_response(302)
        handler.send_header("Location", "https://login.example.org/")
        handler.send_header("Content-Length", "0")
        handler.end_headers()
        return True

    server.spoil = staticmethod(elsewhere)
    with pytest.raises(SourceError, match="not a REDCap export"):
        study(tmp_path)


@pytest.mark.parametrize(
    ("keys", "says"),
    [
        ('token_from = "0AB"', "name of an environment variable"),
        ("records_per_call = 0", "records_per_call"),
        ('token = "Zebra77"', "is not a key"),
    ],
)
def test_study_toml_holds_no_secret(tmp_path, keys, says):
    with pytest.raises(ConfigError, match=says) as caught:
        study(tmp_path, toml(keys))
    assert "Zebra77" not in str(caught.value)


def test_one_place_a_table(tmp_path):
    with pytest.raises(ConfigError, match="a file, or what a server gives"):
        study(tmp_path, 'title = "T"\n[tables.diary]\nfile = "a.csv"\nredcap_api = {}\n')


def test_the_page_of_redcap(server, tmp_path):
    found = study(tmp_path, shown("redcap.md"))
    assert len(found.diary) == 15
    assert len(found.patients) == 5


def test_a_missing_extra_names_itself(server, tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "redcap", None)
    with pytest.raises(SourceError, match=r'pip install "outcomes\[redcap\]"'):
        study(tmp_path)
