"""Build the site of this version beside those of others, and the menu between them: `make docs`.

    site/index.html     leads to the newest version
    site/versions.html  lists them; site/versions.js puts the menu into every page, also of older versions
    site/0.1.0/         the pages of a version, whole or not at all

Nothing is asked of a server: the menu is a script, since a page opened as a file may not read JSON. A build
goes into a folder of its own and gets its name when it is whole, so one that was interrupted is never seen.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from filelock import FileLock
from packaging.version import InvalidVersion, Version

import outcomes

HERE = Path(__file__).resolve().parent
PAGE = """<!DOCTYPE html>
<html lang="en"><head><meta charset="utf-8">
<meta name="viewport" content="width=device-width">{head}
<title>outcomes: versions</title><style>:root {{ color-scheme: light dark }}
body {{ font: 1rem/1.6 sans-serif; margin: 2rem }} a {{ color: light-dark(#0a4b78, #8ec5f0) }}</style></head>
<body><main><h1>outcomes</h1>
<ul>
{rows}
</ul></main></body></html>
"""
MENU = """(() => {
  const versions = %s;
  const menu = document.getElementById("site-versions");
  if (!menu || versions.length < 2) return;
  const { version, page, root } = menu.dataset;
  menu.replaceChildren(...versions.map(({ name, pages }) => {
    const link = document.createElement("a");
    link.href = `${root}../${name}/${pages.includes(page) ? page : "index"}.html`;
    link.textContent = name;
    if (name === version) link.setAttribute("aria-current", "page");
    const item = document.createElement("li");
    item.append(link);
    return item;
  }));
})();
"""


def build(site: Path, *, version: str = outcomes.__version__) -> int:
    """Build this version and its gallery into the site; return the exit code of what failed, or 0."""
    site.mkdir(parents=True, exist_ok=True)
    with FileLock(site / ".lock"):
        for left in site.glob(".made-*"):
            shutil.rmtree(left)
        folder = Path(tempfile.mkdtemp(prefix=".made-", dir=site))
        sphinx = ["-m", "sphinx", "-E", "-b", "html", "-n", "-W", "--keep-going", "-q", HERE, folder / "new"]
        gallery = [HERE.parent / "examples" / "gallery.py", folder / "new" / "gallery"]
        for words in (sphinx, gallery):
            code = subprocess.run([sys.executable, *words], stdout=subprocess.DEVNULL, check=False).returncode
            if code:
                return code
        if (site / version).exists():
            (site / version).rename(folder / "old")
        (folder / "new").rename(site / version)
        shutil.rmtree(folder)
        menu(site)
    return 0


def menu(site: Path) -> list[str]:
    """Write the menu of the versions that lie in the site, the newest first; return their names."""
    found = {path.parent.name: path.parent for path in site.glob("*/objects.inv")}
    names = sorted(filter(_is_version, found), key=Version, reverse=True)
    listed = [{"name": name, "pages": sorted(_pages(found[name]))} for name in names]
    rows = "\n".join(f'<li><a href="{name}/index.html">{name}</a></li>' for name in names)
    first = f'<meta http-equiv="refresh" content="0; url={names[0]}/index.html">'
    (site / "versions.json").write_text(json.dumps(names) + "\n", encoding="utf-8")
    (site / "versions.js").write_text(MENU % json.dumps(listed), encoding="utf-8")
    (site / "versions.html").write_text(PAGE.format(head="", rows=rows), encoding="utf-8")
    (site / "index.html").write_text(PAGE.format(head=first, rows=rows), encoding="utf-8")
    return names


def _is_version(name: str) -> bool:
    try:
        Version(name)
    except InvalidVersion:
        return False
    return True


def _pages(folder: Path) -> list[str]:
    return [path.relative_to(folder).with_suffix("").as_posix() for path in folder.rglob("*.html")]


if __name__ == "__main__":
    sys.exit(build(Path(sys.argv[1])))
