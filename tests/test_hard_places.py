"""A report where little is as a program likes it: one process, many hardships, and not a word on stderr.

No network, a home and a cache of matplotlib that cannot be written, a path with spaces and umlauts, a
study.toml with Windows line ends and a byte order mark, and a locale with decimal comma.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from studies import DIARY, PATIENTS, write_study

#: Run before the command line: every socket fails, and the locale's decimal mark is a comma.
HARDSHIPS = """
import locale, socket, sys

def refused(*_, **__):
    raise OSError("Network is unreachable")

socket.socket.connect = socket.create_connection = socket.getaddrinfo = refused
try:
    locale.setlocale(locale.LC_ALL, "de_DE.UTF-8")
except locale.Error:  # not on this machine: then what asks for it gets the comma all the same
    comma = dict(locale.localeconv(), decimal_point=",", thousands_sep=".")
    locale.localeconv = lambda: comma

from outcomes.cli import main
main(sys.argv[1:])
"""


@pytest.mark.parametrize("real", [False, pytest.param(True, marks=pytest.mark.long)])
def test_a_report_is_made_where_little_is_as_a_program_likes_it(tmp_path: Path, real: bool) -> None:
    """With `real`, Debian's own German locale is made first: the C library writes a comma then."""
    if real and not shutil.which("localedef"):
        pytest.skip("no localedef (Debian: apt install locales)")
    if real:
        made = ["localedef", "-i", "de_DE", "-f", "UTF-8", str(tmp_path / "de_DE.UTF-8")]
        subprocess.run(made, check=True, capture_output=True)
    folder = tmp_path / "Ärzte und Größen" / "meine Studie"
    folder.mkdir(parents=True)
    study = write_study(folder, {"patients": PATIENTS, "diary": DIARY})
    text = study.read_text(encoding="utf-8").replace(
        'title = "Test"', 'title = "Kopfschmerzstudie für Ärzte"'
    )
    study.write_bytes(b"\xef\xbb\xbf" + text.replace("\n", "\r\n").encode())
    nowhere = "/proc/no-such-home"
    hard = {
        "HOME": nowhere,
        "MPLCONFIGDIR": f"{nowhere}/mpl",
        "XDG_CACHE_HOME": nowhere,
        "XDG_CONFIG_HOME": nowhere,
    }
    kept = {name: value for name, value in os.environ.items() if name not in ("LC_ALL", "LANG")}
    words = [
        sys.executable,
        "-W",
        "error",
        "-c",
        HARDSHIPS,
        "report",
        str(folder),
        "--out",
        str(folder / "Berichte"),
    ]
    done = subprocess.run(
        words,
        env=kept | hard | {"LC_ALL": "de_DE.UTF-8"} | ({"LOCPATH": str(tmp_path)} if real else {}),
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")
    page = Path(done.stdout.strip())
    assert page.is_relative_to(folder / "Berichte")
    html = page.read_text(encoding="utf-8")
    assert "Kopfschmerzstudie für Ärzte" in html
    assert ">1,5<" not in html
