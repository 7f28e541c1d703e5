"""Debian's Chromium over its debugging pipe: open a page, watch its requests, picture and print it.

Only the standard library is needed: the pipe takes and gives JSON texts, each ended by a zero byte.
"""

from __future__ import annotations

import base64
import json
import os
import shutil
import signal
import tempfile
from pathlib import Path
from types import TracebackType
from typing import Any

import pytest

PROGRAMS = ("chromium", "chromium-browser", "google-chrome")
OPTIONS = (
    "--headless=new", "--no-sandbox", "--disable-gpu", "--remote-debugging-pipe", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-extensions",
    "--hide-scrollbars", "--force-color-profile=srgb", "--font-render-hinting=none",
)  # fmt: skip
READ, WRITE = 3, 4


def program() -> str:
    """Return the path of a Chromium; without one a test fails under CI and is skipped elsewhere."""
    found = next(filter(None, map(shutil.which, PROGRAMS)), None)
    if found is None:
        message = f"no browser: none of {', '.join(PROGRAMS)} is on the path (Debian: apt install chromium)"
        if os.environ.get("CI"):
            pytest.fail(message)
        pytest.skip(message)
    return str(found)


class Browser:
    """One headless browser with one page.

    Attributes
    ----------
    requests : list of str
        Address of everything that the page asked for, the page itself first.
    violations : list of str
        What the page's content security policy refused, and every error on its console.
    """

    def __init__(self) -> None:
        self.home = tempfile.mkdtemp(prefix="chromium-")
        self.requests: list[str] = []
        self.violations: list[str] = []
        self._events: list[dict[str, Any]] = []
        self._rest, self._number = b"", 0
        to_read, self._out = os.pipe()
        self._in, to_write = os.pipe()
        # numbers that cannot be in each other's way when the child's 3 and 4 are made from them
        high = [_high(end) for end in (to_read, to_write)]
        actions = [(os.POSIX_SPAWN_DUP2, high[0], READ), (os.POSIX_SPAWN_DUP2, high[1], WRITE)]
        quiet = os.open(os.devnull, os.O_WRONLY)
        actions += [(os.POSIX_SPAWN_DUP2, quiet, 1), (os.POSIX_SPAWN_DUP2, quiet, 2)]
        words = [program(), *OPTIONS, f"--user-data-dir={self.home}", "about:blank"]
        self._pid = os.posix_spawn(words[0], words, os.environ, file_actions=actions, setpgroup=0)
        for end in (*high, quiet):
            os.close(end)
        targets = self.call("Target.getTargets")["targetInfos"]
        page = next(one["targetId"] for one in targets if one["type"] == "page")
        attached = self.call("Target.attachToTarget", targetId=page, flatten=True)
        self._session: str | None = attached["sessionId"]
        for part in ("Page", "Network", "Log", "Runtime", "Accessibility"):
            self.call(f"{part}.enable")

    _session: str | None = None

    def call(self, method: str, **params: Any) -> dict[str, Any]:
        """Call a method of the protocol and return its result."""
        self._number += 1
        message: dict[str, Any] = {"id": self._number, "method": method, "params": params}
        if self._session:
            message["sessionId"] = self._session
        os.write(self._out, json.dumps(message).encode() + b"\0")
        while True:
            answer = self._next()
            if answer.get("id") == self._number:
                assert "error" not in answer, answer["error"]
                return dict(answer["result"])

    def _next(self) -> dict[str, Any]:
        while b"\0" not in self._rest:
            more = os.read(self._in, 1 << 16)
            assert more, "the browser closed its pipe"
            self._rest += more
        first, self._rest = self._rest.split(b"\0", 1)
        answer: dict[str, Any] = json.loads(first)
        self._watch(answer)
        return answer

    def _watch(self, answer: dict[str, Any]) -> None:
        method, params = answer.get("method"), answer.get("params", {})
        if method == "Network.requestWillBeSent":
            self.requests.append(params["request"]["url"])
        elif method == "Log.entryAdded" and params["entry"]["level"] == "error":
            self.violations.append(params["entry"]["text"])
        elif method == "Runtime.exceptionThrown":
            self.violations.append(params["exceptionDetails"]["text"])
        self._events.append(answer)

    def open(self, path: Path) -> None:
        """Open a file and wait until all of it is there."""
        self.requests.clear()
        self.violations.clear()
        self._events.clear()
        self.call("Page.navigate", url=path.as_uri())
        while not any(event.get("method") == "Page.loadEventFired" for event in self._events):
            self._next()

    def look(self, *, width: int, height: int = 900, dark: bool = False) -> None:
        """Set the size of the screen and the colour scheme that its user prefers."""
        size = {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": False}
        self.call("Emulation.setDeviceMetricsOverride", **size)
        wish = [{"name": "prefers-color-scheme", "value": "dark" if dark else "light"}]
        self.call("Emulation.setEmulatedMedia", features=wish)

    def evaluate(self, expression: str) -> Any:
        """Return the value of an expression in the page; the page's own policy does not bind it."""
        answer = self.call("Runtime.evaluate", expression=expression, returnByValue=True, awaitPromise=True)
        assert "exceptionDetails" not in answer, answer
        return answer["result"].get("value")

    def picture(self, *, whole: bool = False) -> bytes:
        """Return the screen, or the whole page, as PNG."""
        return base64.b64decode(
            self.call("Page.captureScreenshot", format="png", captureBeyondViewport=whole)["data"]
        )

    def print(self) -> bytes:
        """Return the page printed on A4 as PDF."""
        paper = {"paperWidth": 8.27, "paperHeight": 11.69, "printBackground": True}
        return base64.b64decode(self.call("Page.printToPDF", **paper)["data"])

    def __enter__(self) -> Browser:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        os.killpg(self._pid, signal.SIGKILL)
        os.waitpid(self._pid, 0)
        for end in (self._in, self._out):
            os.close(end)
        shutil.rmtree(self.home, ignore_errors=True)


def _high(end: int) -> int:
    import fcntl

    moved = fcntl.fcntl(end, fcntl.F_DUPFD_CLOEXEC, 10)
    os.close(end)
    return moved
