"""A project of REDCap by its API: records in batches, with time-outs and retries, or nothing at all.

The token comes from an environment variable; neither it nor an answer of the server is ever repeated. What
comes is the raw export in CSV, so a form, its boxes and its repeats are shaped as those of a file.
"""

from __future__ import annotations

import csv
import hashlib
import io
import os
import time
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import Any, TypeVar
from urllib.parse import urlsplit

from outcomes.errors import SourceError
from outcomes.sources.conventions import TableSource
from outcomes.sources.csv_file import read_csv
from outcomes.sources.doors.extras import load
from outcomes.sources.limits import Limits
from outcomes.sources.raw import RawTable, origin_of
from outcomes.sources.served import RedcapApi

__all__ = ["read_redcap"]

T = TypeVar("T")
#: Seconds before the second, third, ... try of a call.
BACK_OFF = (1.0, 4.0, 15.0)
SECONDS_TO_CONNECT = 10.0
TOKEN_LENGTH = 32
#: Machines to which a token may travel without encryption: this one.
OWN = ("127.0.0.1", "localhost", "::1")
BUSY = (429, 500, 502, 503, 504)
CHECK = "check the address in the variable: it ends with /api/"


class _NotWhole(Exception):
    """An answer that is no export, or lacks records: it may come whole at the next try."""


def read_redcap(source: TableSource, *, table: str, limits: Limits) -> tuple[RawTable, str]:
    """Read all records of a project.

    Parameters
    ----------
    source : TableSource
        With `redcap_api`.
    table : str
        Name of the table, for messages.
    limits : Limits
        How much it may hold.

    Returns
    -------
    RawTable
    str
        SHA-256 of what was read.

    Raises
    ------
    SourceError
        When the server cannot be reached, refuses the token, answers with something else, or stops.
    """
    asked, name = source.redcap_api, source.files[0]
    assert asked is not None, "study.toml was checked"
    redcap = load("redcap", extra="redcap", reads=f"{name}: a REDCap project")
    url, token = _address(asked, name), _token(asked, name)
    project = redcap.Project(
        url,
        token,
        timeout=(SECONDS_TO_CONNECT, asked.seconds),
        allow_redirects=False,
        headers={"Connection": "close"},  # PyCap opens one anew for each call
        hooks={"response": _refuse_status},
    )
    header, lines = _records(project, asked, name=name, limits=limits)
    content = "\n".join([header, *lines]).encode()
    plain = {"delimiter": ",", "quote": '"', "encoding": "utf-8", "skip_lines": 0, "header": (), "footer": 0}
    how = source.model_copy(update=plain)
    raw = read_csv(content, table=table, file=name, source=how, limits=limits)
    raw = replace(raw, origin=origin_of(name, len(raw.frame)), lines=None)
    return raw, hashlib.sha256(content).hexdigest()


def _address(asked: RedcapApi, name: str) -> str:
    url = os.environ.get(asked.url_from, "").strip()
    if not url:
        raise _not_set(name, asked.url_from, "https://redcap.example.org/api/")
    parts = urlsplit(url)
    if not url.endswith("/api/") or parts.scheme not in ("http", "https"):
        raise SourceError(f"{name}: {asked.url_from} does not hold the address of a REDCap API", hint=CHECK)
    if parts.scheme == "http" and parts.hostname not in OWN:
        raise SourceError(
            f"{name}: the address is not encrypted, so anybody could read the token", allowed="https://"
        )
    return url


def _token(asked: RedcapApi, name: str) -> str:
    token = os.environ.get(asked.token_from, "").strip()
    if not token:
        raise _not_set(name, asked.token_from, "the project's API token")
    if len(token) != TOKEN_LENGTH or not token.isalnum():
        raise SourceError(
            f"{name}: {asked.token_from} does not hold a REDCap token",
            got=f"{len(token)} characters",
            allowed=f"{TOKEN_LENGTH} letters and digits",
        )
    return token


def _not_set(name: str, variable: str, what: str) -> SourceError:
    return SourceError(
        f"{name}: the environment variable {variable} is not set", hint=f"set it outside study.toml: {what}"
    )


def _refuse_status(response: Any, *_: Any, **__: Any) -> None:
    """Make an error of an answer that is none: PyCap reads them all alike."""
    if not response.ok or response.is_redirect:
        response.close()
    response.raise_for_status()
    if response.is_redirect:
        raise _NotWhole


def _records(project: Any, asked: RedcapApi, *, name: str, limits: Limits) -> tuple[str, list[str]]:
    """Return the header, and the text of the rows of each batch."""
    field = _tried(lambda: str(project.def_field), name, "the first call")
    only = partial(project.export_records, format_type="csv", fields=[field])
    ids = list(dict.fromkeys(_tried(lambda: _rows(only(), field), name, "the list of records")[1]))
    header, parts, size = "", [], 0
    for begin in range(0, len(ids), asked.records_per_call):
        batch = ids[begin : begin + asked.records_per_call]
        where = f"{begin:,} of {len(ids):,} records"
        text = _tried(partial(_batch, project, asked, field, batch), name, where)
        mine, _, rows = text.partition("\n")
        if header and mine != header:
            raise SourceError(
                f"{name}: the project's fields changed while it was read",
                hint="read it again",
            )
        header, size = mine, size + len(rows)
        limits.refuse_more("max_unpacked_mb", size, file=name)
        parts.append(rows.rstrip("\n"))
    return header or field, parts


def _batch(project: Any, asked: RedcapApi, field: str, batch: list[str]) -> str:
    text = project.export_records(
        format_type="csv",
        records=batch,
        # by forms: a list of fields would lack the status of each form
        forms=list(asked.forms) or project.forms,
        raw_or_label="label" if asked.labels else "raw",
    )
    text, ids = _rows(text, field)
    if not asked.forms and not set(batch) <= set(ids):
        raise _NotWhole
    return text


def _rows(text: Any, field: str) -> tuple[str, list[str]]:
    """Return an export with plain line ends, and the record of each row; anything else is no export."""
    lines = str(text).replace("\r\n", "\n").lstrip("\ufeff")
    rows = list(csv.reader(io.StringIO(lines)))
    if not rows or field not in rows[0] or any(len(row) != len(rows[0]) for row in rows if row):
        raise _NotWhole
    place = rows[0].index(field)
    return lines, [row[place] for row in rows[1:] if row]


def _tried(call: Callable[[], T], name: str, where: str) -> T:
    """Call, and call again after a while when the server was busy, slow or gone."""
    import requests

    for pause in (*BACK_OFF, None):
        try:
            return call()
        except requests.HTTPError as error:
            status = error.response.status_code if error.response is not None else 0
            why = f"the server answered with an error ({status})"
            if status not in BUSY:
                raise _refused(name, status) from None
        except requests.Timeout:
            why = "the server did not answer in time"
        except (requests.ConnectionError, requests.exceptions.ChunkedEncodingError):
            why = "the server cannot be reached, or broke off the connection"
        except (_NotWhole, requests.RequestException, ValueError, KeyError, IndexError, csv.Error):
            why = "the server's answer is not a REDCap export, or is incomplete"
        if pause is not None:
            time.sleep(pause)
    tries = f"tried {len(BACK_OFF) + 1} times at {where}; nothing is used"
    raise SourceError(f"{name}: {why}", got=tries, hint=CHECK)


def _refused(name: str, status: int) -> SourceError:
    if status in (401, 403):
        hint = "ask for an API token with the right to export"
        return SourceError(f"{name}: the token was refused", got=f"status {status}", hint=hint)
    return SourceError(f"{name}: the server refused the call", got=f"status {status}", hint=CHECK)
