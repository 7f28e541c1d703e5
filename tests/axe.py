"""axe-core in a page: what is wrong for who reads with a keyboard, a screen reader or weak eyes.

The script comes with `axe-playwright-python`, so the lock holds its version; nothing else of it is used.
"""

from __future__ import annotations

from functools import cache
from importlib.resources import files
from typing import Any, Protocol

#: Impacts that fail a test, by axe's own words.
GRAVE = ("serious", "critical")

_RUN = """
document.querySelectorAll('details').forEach(one => { one.open = true; });
axe.run(document, {resultTypes: ['violations']}).then(found => ({
  rules: found.passes.length,
  violations: found.violations.map(one => [one.impact, one.id,
    one.nodes.slice(0, 5).map(node => node.target.flat().join(' ') + ': ' + node.failureSummary)]),
}))
"""


class Page(Protocol):
    """What is needed of a browser."""

    def evaluate(self, expression: str) -> Any:
        """Return the value of an expression in the page."""


@cache
def script() -> str:
    """Return the text of axe-core."""
    return files("axe_playwright_python").joinpath("axe.min.js").read_text(encoding="utf-8")


def grave(page: Page) -> list[Any]:
    """Return the grave violations of the page, its folded parts opened: impact, rule, places."""
    page.evaluate(f"{script()}\n0")
    found = page.evaluate(_RUN)
    assert found["rules"] > 15, "axe found too little to look at"
    return [violation for violation in found["violations"] if violation[0] in GRAVE]
