"""Kill, break, crowd and repeat the making of reports; count, and write docs/reliability.md.

python tests/reliability/measure.py [--kills 200] [--reports 500] [--only kills,faults,...]
"""

from __future__ import annotations

import argparse
import errno
import hashlib
import json
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from unittest.mock import patch

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "src"), str(ROOT / "tests")]

from outcomes.errors import ReportError  # noqa: E402
from outcomes.report.lock import exclusive  # noqa: E402
from outcomes.report.publish import LATEST, publish  # noqa: E402

WARM, GROWTH = 20, 0.05  # memory may grow by this much after so many reports
PAGE = ROOT / "docs" / "reliability.md"

WRITER = """
import sys
from pathlib import Path
from outcomes.report.audit import append
from outcomes.report.lock import exclusive
from outcomes.report.publish import publish
out, first = Path(sys.argv[1]), int(sys.argv[2])
print("ready", flush=True)
for number in range(first, first + 10_000):
    page = b"%d " % number + b"x" * 200_000 + b" %d" % number
    files = {"report.html": page, "manifest.json": b'{"number": %d}' % number}
    with exclusive(out):
        publish(out, f"run-{number:08d}", files, then=lambda folder: append(out, {"report": folder.name}))
"""

RUNNER = """
import sys
from outcomes.cli import main
main(["report", sys.argv[1], "--out", sys.argv[2], "--json"])
"""


@dataclass(frozen=True)
class Count:
    """One line of the page: what was done, how often, what was allowed and what was found."""

    what: str
    times: int
    bad: str
    found: float
    good: bool
    seconds: float


def environment(**changes: str) -> dict[str, str]:
    return os.environ | {"PYTHONPATH": str(ROOT / "src"), "OMP_NUM_THREADS": "1"} | changes


def whole(folder: Path) -> bool:
    """Return whether a report is whole: the page says its number at both ends, and the manifest too."""
    try:
        page = (folder / "report.html").read_bytes().split()
        number = json.loads((folder / "manifest.json").read_text())["number"]
    except (OSError, ValueError, KeyError):
        return False
    return int(page[0]) == int(page[-1]) == number


def kills(folder: Path, times: int) -> Count:
    out, chance, torn, begun = folder / "out", random.Random(11), 0, time.perf_counter()
    with exclusive(out):
        publish(out, "run-00000000", {"report.html": b"0 0", "manifest.json": b'{"number": 0}'})
    for kill in range(times):
        command = [sys.executable, "-c", WRITER, str(out), str(1 + kill * 10_000)]
        with subprocess.Popen(command, stdout=subprocess.PIPE, env=environment()) as child:
            child.stdout.readline()
            time.sleep(chance.uniform(0.0, 0.08))
            child.send_signal(signal.SIGKILL)
        here = list(out.glob("run-*")) if out.exists() else []
        torn += sum(not whole(path) for path in here)
        torn += bool(here) and not whole(out / LATEST)
        for path in sorted(here)[:-3]:  # seen to be whole: room for the next
            if path.name != os.readlink(out / LATEST):
                subprocess.run(["rm", "-rf", path], check=True)
    what = "kill -9 at a random moment of publishing"
    return Count(what, times, "torn or missing reports", torn, torn == 0, time.perf_counter() - begun)


def faults(folder: Path, _: int) -> Count:
    """Break each call that writes, one after the other, with each fault of a disk."""
    out, injected, bad, begun = folder / "out", 0, 0, time.perf_counter()
    files = {"report.html": b"x" * 10_000, "manifest.json": b"{}"}
    codes = (errno.ENOSPC, errno.EACCES, errno.EIO, errno.EROFS)
    for call in ("mkdir", "open", "fsync", "replace", "symlink"):
        for code in codes:
            for at in range(1, 30):
                with exclusive(out):
                    before = publish(out, "before", files)
                count, said = broken(out, call, code, at, files)
                if count < at:
                    break
                injected += 1
                newest = (out / LATEST).resolve()
                moved = newest != before and (newest / "report.html").read_bytes() == files["report.html"]
                kept = newest == before and (before / "report.html").read_bytes() == files["report.html"]
                bad += not (moved or kept) or (said is None and not moved)
                bad += said is not None and os.strerror(code) not in said
            subprocess.run(["rm", "-rf", out], check=True)
    what = "ENOSPC, EACCES, EIO or EROFS in a call that writes"
    return Count(what, injected, "lost reports or unclear lines", bad, bad == 0, time.perf_counter() - begun)


def broken(out: Path, call: str, code: int, at: int, files: dict[str, bytes]) -> tuple[int, str | None]:
    real, count = getattr(os, call), 0

    def faulty(*arguments: object, **options: object) -> object:
        nonlocal count
        count += 1
        if count == at:
            raise OSError(code, os.strerror(code), str(arguments[0]))
        return real(*arguments, **options)

    with patch.object(os, call, faulty):
        try:
            with exclusive(out):
                publish(out, "after", files)
        except ReportError as error:
            return count, str(error)
    return count, None


def crowds(folder: Path, rounds: int) -> Count:
    """Start ten whole runs at once: one publishes, nine say 11."""
    study, bad, begun = small_study(folder), 0, time.perf_counter()
    for number in range(rounds):
        command = [sys.executable, "-c", RUNNER, str(study), str(folder / f"out{number}")]
        quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
        children = [subprocess.Popen(command, env=environment(), **quiet) for _ in range(10)]
        codes = sorted(child.wait() for child in children)
        bad += codes != [0] + [11] * 9
        bad += len(list((folder / f"out{number}").glob("2*Z-*"))) != 1
    what = "ten runs of one report at once"
    return Count(what, rounds, "rounds without one 0 and nine 11", bad, bad == 0, time.perf_counter() - begun)


SURROUNDINGS = (
    {"TZ": "Pacific/Auckland"},
    {"TZ": "America/St_Johns", "PYTHONHASHSEED": "1"},
    {"LC_ALL": "de_DE.UTF-8", "LANG": "de_DE.UTF-8", "PYTHONHASHSEED": "2"},
    {"LC_ALL": "C", "PYTHONHASHSEED": "3"},
    {"HOME": "/tmp", "PYTHONHASHSEED": "4"},
)


def surroundings(folder: Path, _: int) -> Count:
    """Make the report under other zones, locales, hash seeds and temporary folders."""
    hashes, begun = set(), time.perf_counter()
    for number, changes in enumerate(SURROUNDINGS):
        place = folder / f"machine{number}"
        (place / "tmp").mkdir(parents=True)
        study = small_study(place)
        command = [sys.executable, "-c", RUNNER, str(study), str(place / "out")]
        changes = changes | {"TMPDIR": str(place / "tmp")}
        subprocess.run(command, env=environment(**changes), check=True, capture_output=True)
        hashes.add(hashlib.sha256((place / "out" / LATEST / "report.html").read_bytes()).hexdigest())
    what = "other time zone, locale, hash seed, home, paths"
    bad = len(hashes) - 1
    return Count(what, len(SURROUNDINGS), "other bytes", bad, bad == 0, time.perf_counter() - begun)


SOAK = """
import hashlib, json, sys
from pathlib import Path
from outcomes.report.runs import run
study, out, times = Path(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3])
def resident():
    return int(Path("/proc/self/statm").read_text().split()[1])
hashes, pages = set(), []
for _ in range(times):
    made = run(study, out)
    hashes.add(hashlib.sha256(Path(made.report).read_bytes()).hexdigest())
    pages.append(resident())
print(json.dumps({"hashes": len(hashes), "resident": pages}))
"""


def soak(folder: Path, times: int) -> tuple[Count, Count]:
    """Make many reports in one process: the same bytes, and memory that stays."""
    begun = time.perf_counter()
    study = small_study(folder, top="[report]\nkeep = 3\n")
    command = [sys.executable, "-c", SOAK, str(study), str(folder / "out"), str(times)]
    done = subprocess.run(command, env=environment(), check=True, capture_output=True, text=True)
    told, seconds = json.loads(done.stdout.splitlines()[-1]), time.perf_counter() - begun
    resident = told["resident"]
    growth = max(resident[WARM:]) / resident[WARM - 1] - 1
    other = told["hashes"] - 1
    what = "reports of one study in one process"
    return (
        Count(what, times, "other bytes", other, other == 0, seconds),
        Count(what, times, f"memory growth after the {WARM}th, %", 100 * growth, growth < GROWTH, 0.0),
    )


def small_study(folder: Path, *, top: str = "") -> Path:
    from studies import ALL, write_study

    return write_study(folder, ALL, top=top)


def page(counts: list[Count]) -> str:
    lines = [
        "# Reliability, counted",
        "",
        "Made by `make reliability`, which fails when one is bad. The study is a small one with every table:",
        "what is broken here is publishing, not the models.",
        "",
        "| what was done | times | what must not be | found | seconds |",
        "|---|---:|---|---:|---:|",
    ]
    for count in counts:
        found = f"{count.found:.1f}" if isinstance(count.found, float) else str(count.found)
        seconds = f"{count.seconds:.0f}" if count.seconds else ""
        lines.append(f"| {count.what} | {count.times} | {count.bad} | {found} | {seconds} |")
    return "\n".join(lines) + "\n"


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--kills", type=int, default=200)
    parser.add_argument("--crowds", type=int, default=3)
    parser.add_argument("--reports", type=int, default=500)
    parser.add_argument("--only", default="kills,faults,crowds,surroundings,soak")
    asked = parser.parse_args()
    experiments: dict[str, tuple[Callable[..., object], int]] = {
        "kills": (kills, asked.kills),
        "faults": (faults, 0),
        "crowds": (crowds, asked.crowds),
        "surroundings": (surroundings, 0),
        "soak": (soak, asked.reports),
    }
    counts: list[Count] = []
    for name in asked.only.split(","):
        make, times = experiments[name]
        with tempfile.TemporaryDirectory() as folder:
            made = make(Path(folder), times)
        counts += made if isinstance(made, tuple) else [made]
        print(counts[-1], flush=True)
    PAGE.write_text(page(counts), encoding="utf-8")
    sys.exit(not all(count.good for count in counts))


if __name__ == "__main__":
    main()
