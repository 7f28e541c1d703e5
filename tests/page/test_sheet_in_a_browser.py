"""The patient's sheet in Debian's Chromium: it fits every screen, is read by all, prints on one page."""

from __future__ import annotations

import re

import pytest
from chromium import Browser
from test_report_in_a_browser import CONTRASTS, LEAST_CONTRAST, WIDTHS

import outcomes as oc
from axe import grave
from outcomes import simulate
from outcomes.page.sheet import patient_sheets

PAGE = re.compile(rb"/Type\s*/Page\b")
pytestmark = pytest.mark.long


@pytest.fixture(scope="module")
def path(tmp_path_factory):
    """Return a sheet whose identifier is longer than a telephone is wide."""
    made = simulate(6, seed=3, months=3).study
    first = min(made.diary["patient_id"])
    tables = {
        name: made.table(name).assign(patient_id=lambda rows: rows["patient_id"].replace({first: "x" * 120}))
        for name in ("diary", "sessions", "patients")
    }
    sheet = oc.patient_sheet(oc.Study(**tables, timezone=made.timezone), "x" * 120)
    written = tmp_path_factory.mktemp("sheet") / "sheet.html"
    written.write_text(sheet.html, encoding="utf-8")
    return written


@pytest.fixture(scope="module")
def browser(path):
    with Browser() as one:
        one.open(path)
        yield one


@pytest.mark.parametrize("width", WIDTHS)
def test_the_sheet_is_never_wider_than_the_screen(browser, width):
    browser.look(width=width)
    assert browser.evaluate("document.documentElement.scrollWidth") <= width


@pytest.mark.parametrize("dark", [False, True])
@pytest.mark.parametrize("width", [360, 1280])
def test_axe_finds_nothing_and_texts_stand_out(browser, width, dark):
    browser.look(width=width, dark=dark)
    assert grave(browser) == []
    found = browser.evaluate(CONTRASTS)
    assert len(found) > 60, "the sheet has texts"
    assert [text for ratio, text in found if ratio < LEAST_CONTRAST] == []


def test_it_asks_for_nothing_and_prints_on_one_page(browser, path):
    asked = [address for address in browser.requests if not address.startswith("data:")]
    assert asked == [path.as_uri()]
    assert browser.violations == []
    assert PAGE.findall(browser.print()) == [b"/Type /Page"]


def test_every_sheet_of_the_example_is_printed_on_one_page(browser, path):
    pages = []
    for sheet in patient_sheets(oc.load_example()):
        path.write_text(sheet.html, encoding="utf-8")
        browser.open(path)
        pages.append(len(PAGE.findall(browser.print())))
    assert pages == [1] * 60
