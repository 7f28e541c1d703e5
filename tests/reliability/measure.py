"""Kill, break, crowd and repeat the making of reports; count, and write docs/reliability.md.

python tests/reliability/measure.py [--share 0.1] [--only kills,faults,...]
"""

from __future__ import annotations

import argparse
import errno
import hashlib
import json
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from unittest.mock import patch

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "src"), str(ROOT / "tests"), str(ROOT / "tests" / "report")]

from run_faults import Faults  # noqa: E402

from outcomes.cli import main as main_of_command  # noqa: E402
from outcomes.errors import ReportError  # noqa: E402
from outcomes.page import make as build  # noqa: E402
from outcomes.publish.interruption import terminable  # noqa: E402
from outcomes.publish.lock import exclusive  # noqa: E402
from outcomes.publish.run_log import append  # noqa: E402
from outcomes.publish.runs import run  # noqa: E402
from outcomes.publish.transaction import LATEST, publish  # noqa: E402

WARM, GROWTH = 20, 0.05  # memory may grow by this much after so many reports
PAGE = ROOT / "docs" / "reliability.md"

RUNNER = """
import locale, sys
from datetime import datetime, timedelta
locale.setlocale(locale.LC_ALL, "")
assert len(sys.argv) < 4 or locale.localeconv()["decimal_point"] == sys.argv[3], "the locale is not there"
from outcomes.cli import main
from outcomes.publish import runs
class Clock(datetime):
    @classmethod
    def now(cls, zone=None):
        return datetime.now(zone) - timedelta(days=float(sys.argv[4]))
if len(sys.argv) > 4:
    runs.datetime = Clock
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
    """Return whether the files of a report are those that its manifest names."""
    try:
        told = json.loads((folder / "manifest.json").read_bytes())["outputs"]
        return all(
            hashlib.sha256((folder / one["file"]).read_bytes()).hexdigest() == one["sha256"] for one in told
        )
    except (OSError, ValueError, KeyError):
        return False


def torn(out: Path) -> int:
    """Count the reports that are not whole, and a newest one that does not exist."""
    return sum(not whole(folder) for folder in out.glob("2*")) + (not whole(out / LATEST))


def forked(work: Callable[[], object]) -> tuple[int, float]:
    """Do something in a process of its own that is ready at once; return its id, and when it was ready."""
    ready, tell = os.pipe()
    pid = os.fork()
    if pid:
        os.close(tell)
        os.read(ready, 1)
        os.close(ready)
        return pid, time.perf_counter()
    code = 1
    try:
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
        os.dup2(1, 2)
        with terminable():
            os.write(tell, b"x")
            work()
            code = 0
    except KeyboardInterrupt:
        code = 130
    except SystemExit as left:
        code = int(left.code or 0)
    finally:
        os._exit(code)


def named(number: int) -> str:
    return f"20260101T000000{number:06d}Z-00000000"


def publish_on_and_on(out: Path, first: int) -> None:
    for number in range(first, first + 10_000):
        page = b"%d " % number + b"x" * 200_000 + b" %d" % number
        told = {"outputs": [{"file": "report.html", "sha256": hashlib.sha256(page).hexdigest()}]}
        files = {"report.html": page, "manifest.json": json.dumps(told).encode()}
        with exclusive(out):
            publish(out, named(number), files, then=lambda folder: append(out, {"report": folder.name}))


def kills(folder: Path, times: int) -> Count:
    """Kill a process that publishes one report after the other."""
    out, chance, bad, begun, reports = folder / "out", random.Random(11), 0, time.perf_counter(), 0
    for kill in range(times):
        pid, _ = forked(lambda: publish_on_and_on(out, 1 + kill * 1000))  # noqa: B023  it is called at once
        time.sleep(chance.uniform(0.0, 0.08))
        os.kill(pid, signal.SIGKILL)
        os.waitpid(pid, 0)
        if not (out / LATEST).is_symlink():
            continue  # the first one was killed before its first report
        bad += torn(out)
        reports += len(list(out.glob("2*")))
        for path in sorted(out.glob("2*"))[:-3]:  # seen to be whole: room for the next
            if path.name != os.readlink(out / LATEST):
                shutil.rmtree(path)
    bad += reports < times / 10  # else the kills came before anything was published
    what = "kill -9 at a random moment of publishing"
    return Count(what, times, "torn or missing reports", bad, bad == 0, time.perf_counter() - begun)


def warm(folder: Path, top: str = "[report]\nkeep = 3\n") -> tuple[Path, Path, float]:
    """Make the first report, so that all is loaded; return the study, its reports and a run's seconds."""
    study, out = small_study(folder, top=top), folder / "out"
    run(study, out)
    begun = time.perf_counter()
    run(study, out)
    return study, out, time.perf_counter() - begun


def killed_runs(folder: Path, times: int) -> Count:
    """Kill whole runs: reading, checking, models, drawing, writing, publishing, removing."""
    begun, chance, bad, moved = time.perf_counter(), random.Random(12), 0, 0
    study, out, seconds = warm(folder)
    for _ in range(times):
        before = os.readlink(out / LATEST)
        pid, _ = forked(lambda: run(study, out))
        # half of the kills fall into the last part, where the report is written
        time.sleep(seconds * (chance.uniform(0.8, 1.2) if chance.random() < 0.5 else chance.uniform(0, 0.8)))
        os.kill(pid, signal.SIGKILL)
        os.waitpid(pid, 0)
        bad += torn(out)
        moved += os.readlink(out / LATEST) != before
    run(study, out)
    bad += len(list(out.glob(".unfinished-*"))) + (not 0 < moved < times)
    what = f"kill -9 at a random moment of a whole run ({moved} had published)"
    return Count(what, times, "torn or missing reports", bad, bad == 0, time.perf_counter() - begun)


def signals(folder: Path, times: int) -> Count:
    """Interrupt whole runs: 130, or 0 when it was too late, and nothing half done."""
    begun, chance, bad, codes = time.perf_counter(), random.Random(13), 0, []
    study, out, seconds = warm(folder)
    for number in range(times):
        pid, _ = forked(lambda: main_of_command(["report", str(study), "--out", str(out)]))
        time.sleep(chance.uniform(0, 1.1 * seconds))
        os.kill(pid, (signal.SIGTERM, signal.SIGINT)[number % 2])
        codes.append(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))
        bad += torn(out) + len(list(out.rglob(".unfinished-*")))
    bad += sum(code not in (0, 130) for code in codes) + (codes.count(130) < times / 2)
    what = f"SIGTERM or Ctrl-C at a random moment of a whole run ({codes.count(130)} ended with 130)"
    return Count(what, times, "half done, or another code", bad, bad == 0, time.perf_counter() - begun)


def faults(folder: Path, _: int) -> Count:
    """Break each call of a whole run that changes the folder of reports, with each fault of a disk."""
    begun, injected, bad = time.perf_counter(), 0, 0
    with patch.object(build, "SECTIONS", [part for part in build.SECTIONS if part.name == "provenance"]):
        study, out, _ = warm(folder, "[report]\nkeep = 1\n")
        with Faults(out).injected_here() as counted:
            run(study, out)
        for call, times in counted.counts.items():
            for code in (errno.ENOSPC, errno.EACCES, errno.EIO, errno.EROFS):
                for at in range(1, times + 1):
                    found, wrong = broken(study, out, Faults(out, call=call, at=at, code=code))
                    injected, bad = injected + found, bad + wrong
    what = "ENOSPC, EACCES, EIO or EROFS in a call of a whole run that writes"
    return Count(what, injected, "lost reports or unclear lines", bad, bad == 0, time.perf_counter() - begun)


def broken(study: Path, out: Path, fault: Faults) -> tuple[int, int]:
    """Run with one fault; return how many were injected, and what was wrong."""
    before, page = os.readlink(out / LATEST), (out / LATEST / "report.html").read_bytes()
    said: str | None = None
    with fault.injected_here():
        try:
            run(study, out)
        except ReportError as error:
            said = str(error)
    bad = torn(out) + ((out / LATEST / "report.html").read_bytes() != page)
    moved = os.readlink(out / LATEST) != before
    if said is None:
        return fault.injected, bad + (not moved)
    unclear = os.strerror(fault.code) not in said or moved != ("was published" in said)
    return fault.injected, bad + unclear


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


#: Variables, the decimal mark that the locale has then, and how many days the clock is behind.
SURROUNDINGS: tuple[tuple[dict[str, str], str, float], ...] = (
    ({"TZ": "Pacific/Auckland"}, ".", 0),
    ({"TZ": "America/St_Johns", "PYTHONHASHSEED": "1"}, ".", 0),
    ({"LC_ALL": "de_DE.UTF-8", "LANG": "de_DE.UTF-8", "PYTHONHASHSEED": "2"}, ",", 0),
    ({"LC_ALL": "C", "PYTHONHASHSEED": "3"}, ".", 0),
    ({"HOME": "/tmp", "PYTHONHASHSEED": "4"}, ".", 9000.5),
)


def locales(folder: Path) -> str:
    """Make the German locale, whose decimal mark is a comma, in a folder of our own."""
    folder.mkdir()
    made = ["localedef", "-i", "de_DE", "-f", "UTF-8", str(folder / "de_DE.UTF-8")]
    subprocess.run(made, check=True, capture_output=True)
    return str(folder)


def surroundings(folder: Path, _: int) -> Count:
    """Make the report under other zones, locales, clocks, hash seeds and temporary folders."""
    hashes, begun, known = set(), time.perf_counter(), locales(folder / "locales")
    for number, (changes, mark, days) in enumerate(SURROUNDINGS):
        place = folder / f"machine{number}"
        (place / "tmp").mkdir(parents=True)
        study = small_study(place)
        command = [sys.executable, "-c", RUNNER, str(study), str(place / "out"), mark, str(days)]
        changed = environment(**changes) | {"TMPDIR": str(place / "tmp"), "LOCPATH": known}
        subprocess.run(command, env=changed, check=True, capture_output=True)
        hashes.add(hashlib.sha256((place / "out" / LATEST / "report.html").read_bytes()).hexdigest())
    what = "other time zone, decimal comma, clock, hash seed, home, paths"
    bad = len(hashes) - 1
    return Count(what, len(SURROUNDINGS), "other bytes", bad, bad == 0, time.perf_counter() - begun)


SOAK = """
import hashlib, json, sys
from pathlib import Path
from outcomes.publish.runs import run
studies, times = list(map(Path, sys.argv[2:])), int(sys.argv[1])
def resident():
    return int(Path("/proc/self/statm").read_text().split()[1])
hashes, pages = set(), []
for study in set(studies):
    run(study, study.parent / "out")  # the first has nothing before it to be compared with
for number in range(times):
    study = studies[number % len(studies)]
    made = run(study, study.parent / "out")
    hashes.add((study, hashlib.sha256(Path(made.report).read_bytes()).hexdigest()))
    pages.append(resident())
print(json.dumps({"other": len(hashes) - len(set(studies)), "resident": pages}))
"""


def soak(folder: Path, times: int) -> tuple[Count, Count]:
    """Make many reports in one process, a third with every table: the same bytes, and memory that stays."""
    begun = time.perf_counter()
    whole_one = small_study(folder / "whole", top="[report]\nkeep = 3\n")
    least = small_study(folder / "least", "diary", "sessions", top="[report]\nkeep = 3\n")
    command = [sys.executable, "-c", SOAK, str(times), str(whole_one), str(least), str(least)]
    done = subprocess.run(command, env=environment(), check=True, capture_output=True, text=True)
    told, seconds = json.loads(done.stdout.splitlines()[-1]), time.perf_counter() - begun
    resident = told["resident"]
    growth = max(resident[WARM:]) / resident[WARM - 1] - 1
    other = told["other"]
    what = "reports of two studies in one process"
    return (
        Count(what, times, "other bytes", other, other == 0, seconds),
        Count(what, times, f"memory growth after the {WARM}th, %", 100 * growth, growth < GROWTH, 0.0),
    )


def small_study(folder: Path, *tables: str, top: str = "") -> Path:
    """Write a small study with the named tables, or with every one."""
    from studies import ALL, write_study

    folder.mkdir(exist_ok=True)
    return write_study(folder, {name: ALL[name] for name in tables or ALL}, top=top)


def page(counts: list[Count]) -> str:
    lines = [
        "# Reliability, counted",
        "",
        "Made by `make reliability`, which fails when one is bad. The study is a small one with every table:",
        "what is broken here is the run, not the models. The last experiment ran beside the others; a third",
        "of its reports were of that study, the others of one with diary and sessions alone.",
        "",
        "| what was done | times | what must not be | found | seconds |",
        "|---|---:|---|---:|---:|",
    ]
    for count in counts:
        found = f"{count.found:.1f}" if isinstance(count.found, float) else str(count.found)
        seconds = f"{count.seconds:.0f}" if count.seconds else ""
        lines.append(f"| {count.what} | {count.times} | {count.bad} | {found} | {seconds} |")
    return "\n".join(lines) + "\n"


EXPERIMENTS: dict[str, tuple[Callable[[Path, int], Count | tuple[Count, ...]], int]] = {
    "kills": (kills, 200),
    "killed-runs": (killed_runs, 100),
    "signals": (signals, 60),
    "faults": (faults, 1),
    "crowds": (crowds, 3),
    "surroundings": (surroundings, 1),
    "soak": (soak, 500),
}


def counted(names: list[str], share: float) -> list[Count]:
    """Do experiments one after the other."""
    counts: list[Count] = []
    for name in names:
        make, times = EXPERIMENTS[name]
        with tempfile.TemporaryDirectory() as folder:
            made = make(Path(folder), max(int(times * share), 1))
        counts += made if isinstance(made, tuple) else [made]
        print(name, *counts[-1:], file=sys.stderr, flush=True)
    return counts


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--share", type=float, default=1.0, help="part of the usual times")
    parser.add_argument("--only", default=",".join(EXPERIMENTS))
    parser.add_argument("--json", action="store_true", help="print the counts; write no page")
    asked = parser.parse_args()
    names = asked.only.split(",")
    if asked.json:
        print(json.dumps([asdict(count) for count in counted(names, asked.share)]))
        return
    # the many reports in one process take one core, all other experiments the other
    words = [sys.executable, __file__, "--json", "--share", str(asked.share), "--only", "soak"]
    beside = subprocess.Popen(words, stdout=subprocess.PIPE, text=True) if "soak" in names else None
    counts = counted([name for name in names if name != "soak"], asked.share)
    if beside is not None:
        counts += [Count(**facts) for facts in json.loads(beside.communicate()[0])]
    if asked.share == 1 and names == list(EXPERIMENTS):
        PAGE.write_text(page(counts), encoding="utf-8")
    else:
        print(page(counts))
    sys.exit(not all(count.good for count in counts))


if __name__ == "__main__":
    main()
