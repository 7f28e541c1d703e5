"""The example's report in Debian's Chromium: it asks for nothing, fits every screen, and prints whole."""

from __future__ import annotations

import re
from itertools import pairwise

import pytest
from chromium import Browser
from test_report_page import strange_study

from axe import grave
from outcomes import simulate
from outcomes.publish.report import report

pytestmark = pytest.mark.long

#: Telephone, tablet and desk, in pixels.
WIDTHS = (360, 768, 1280)
#: WCAG 2.2, success criterion 1.4.3: least contrast of text of normal size.
LEAST_CONTRAST = 4.5

#: Contrast of each visible text of the page with the nearest painted background; drawings too.
CONTRASTS = """
(() => {
  const canvas = document.createElement('canvas').getContext('2d', {willReadFrequently: true});
  const rgba = colour => { canvas.clearRect(0, 0, 1, 1);
    canvas.fillStyle = colour; canvas.fillRect(0, 0, 1, 1);
    return [...canvas.getImageData(0, 0, 1, 1).data]; };
  const linear = v => v <= .04045 ? v / 12.92 : ((v + .055) / 1.055) ** 2.4;
  const light = c => { const l = c.slice(0, 3).map(v => linear(v / 255));
    return .2126 * l[0] + .7152 * l[1] + .0722 * l[2]; };
  const behind = e => { for (; e; e = e.parentElement) { const c = rgba(getComputedStyle(e).backgroundColor);
    if (c[3] === 255) return c; } return [255, 255, 255, 255]; };
  const found = [];
  for (const e of document.querySelectorAll('body *')) {
    const texts = [...e.childNodes].filter(n => n.nodeType === 3);
    const own = texts.map(n => n.data.trim()).join(' ').trim();
    if (!own || e.closest('style, title, .skip')) continue;
    const style = getComputedStyle(e), drawn = e instanceof SVGElement;
    const a = light(rgba(drawn ? style.fill : style.color)), b = light(behind(e));
    found.push([(Math.max(a, b) + .05) / (Math.min(a, b) + .05), own.slice(0, 40)]);
  }
  return found;
})()
"""


@pytest.fixture(scope="module")
def path(html, tmp_path_factory):
    """Return the clinic's report of the example: it holds every drawing and table."""
    written = tmp_path_factory.mktemp("reports") / "report.html"
    written.write_text(html, encoding="utf-8")
    return written


@pytest.fixture(scope="module")
def others(outside_html, tmp_path_factory):
    """Return the report for readers outside, and one with the patient appendix."""
    few = simulate(4, seed=3).study
    outside = tmp_path_factory.mktemp("outside") / "report.html"
    outside.write_text(outside_html, encoding="utf-8")
    return [
        outside,
        report(few, tmp_path_factory.mktemp("appendix"), audience="clinic", patients=True),
    ]


@pytest.fixture(scope="module")
def browser(path):
    with Browser() as one:
        one.open(path)
        yield one


def test_it_asks_for_itself_and_nothing_else(browser, path):
    asked = [address for address in browser.requests if not address.startswith("data:")]
    assert asked == [path.as_uri()]
    assert browser.violations == []


def test_a_request_would_have_been_seen(browser, path, tmp_path):
    leaking = path.read_text(encoding="utf-8")
    leaking = re.sub(r"<meta http-equiv[^>]*>", "", leaking)
    wrong = tmp_path / "leaking.html"
    wrong.write_text(leaking.replace("</main>", '<img src="picture.png" alt=""></main>'), encoding="utf-8")
    browser.open(wrong)
    assert (tmp_path / "picture.png").as_uri() in browser.requests
    browser.open(path)


def test_its_policy_refuses_what_somebody_might_put_in(browser, path, tmp_path):
    wrong = tmp_path / "changed.html"
    text = path.read_text(encoding="utf-8")
    wrong.write_text(
        text.replace("</main>", "<script>document.title='run'</script></main>"), encoding="utf-8"
    )
    browser.open(wrong)
    assert browser.evaluate("document.title") != "run"
    assert any("Content Security Policy" in text for text in browser.violations)
    browser.open(path)


@pytest.mark.parametrize("width", WIDTHS)
def test_the_page_is_never_wider_than_the_screen(browser, width):
    browser.look(width=width)
    assert browser.evaluate("document.documentElement.scrollWidth") <= width
    assert browser.picture().startswith(b"\x89PNG")


@pytest.mark.parametrize("width", WIDTHS)
def test_long_and_right_to_left_names_stay_on_the_screen(browser, path, tmp_path, width):
    strange = report(strange_study(), tmp_path)
    browser.open(strange)
    browser.look(width=width)
    assert browser.evaluate("document.documentElement.scrollWidth") <= width
    assert browser.evaluate("getComputedStyle(document.querySelector('h1')).direction") == "rtl"
    browser.open(path)


@pytest.mark.parametrize("width", WIDTHS)
def test_what_scrolls_sideways_can_be_reached_by_keyboard(browser, width):
    browser.look(width=width)
    stuck = browser.evaluate(
        "[...document.querySelectorAll('main *')].filter(e => e.scrollWidth > e.clientWidth + 1"
        " && getComputedStyle(e).overflowX === 'auto' && e.tabIndex < 0).map(e => e.outerHTML.slice(0, 80))"
    )
    assert stuck == []


@pytest.mark.parametrize("dark", [False, True])
def test_text_stands_out_on_light_and_dark_pages(browser, path, others, dark):
    browser.look(width=1280, dark=dark)
    for page in (*others, path):
        browser.open(page)
        found = browser.evaluate(CONTRASTS)
        assert len(found) > 300, "the page has texts"
        assert [text for ratio, text in found if ratio < LEAST_CONTRAST] == []


def test_no_heading_leaves_out_a_level(browser, path, others):
    for page in (*others, path):
        browser.open(page)
        levels = browser.evaluate("[...document.querySelectorAll('h1,h2,h3,h4')].map(h => +h.tagName[1])")
        assert levels[0] == 1
        assert all(after <= before + 1 for before, after in pairwise(levels))
    browser.open(others[1])
    assert (
        browser.evaluate("document.querySelectorAll('#patients h3').length") == 5
    )  # serious events, 4 patients
    browser.open(path)


@pytest.mark.parametrize("dark", [False, True])
@pytest.mark.parametrize("width", [360, 1280])
def test_axe_finds_nothing_serious(browser, path, others, width, dark):
    for page in (*others, path):
        browser.open(page)
        browser.look(width=width, dark=dark)
        assert grave(browser) == []


@pytest.mark.parametrize(
    ("planted", "rule"),
    [
        ('<img src="data:image/gif;base64,R0lGODlhAQABAAAAACw=">', "image-alt"),
        ('<p style="color: #bbb; background: #fff">hardly seen</p>', "color-contrast"),
        ('<div role="img"></div>', "role-img-alt"),
    ],
)
def test_axe_finds_what_was_planted(browser, path, tmp_path, planted, rule):
    wrong = tmp_path / "wrong.html"
    wrong.write_text(path.read_text(encoding="utf-8").replace("</main>", f"{planted}</main>"), "utf-8")
    browser.open(wrong)
    browser.look(width=1280)
    assert [found for _, found, _ in grave(browser)] == [rule]
    browser.open(path)


def test_cells_that_are_darkest_where_worst_stay_on_white_when_the_page_is_dark(browser, path, others):
    browser.look(width=1280, dark=True)
    for page, drawn in ((others[1], "#patients .drawing svg"), (path, 'svg:has([id^="heat-map-"])')):
        browser.open(page)
        behind = browser.evaluate(
            f"[...document.querySelectorAll({drawn!r})].map(e => getComputedStyle(e).backgroundColor)"
        )
        assert behind
        assert set(behind) == {"rgb(255, 255, 255)"}


def test_figures_and_findings_fit_a_telephone_and_tables_are_cards(browser):
    browser.look(width=360)
    browser.evaluate("document.querySelectorAll('details').forEach(d => d.open = true)")
    found = browser.evaluate(
        "[...document.querySelectorAll('h2, .narrow svg, .tile-drawing svg, td, figcaption')].map(e => "
        "[e.tagName, e.getBoundingClientRect().left, e.getBoundingClientRect().right])"
    )
    assert len([tag for tag, *_ in found if tag == "svg"]) > 8
    assert not [one for one in found if one[1] < 0 or one[2] > 360]
    heads = browser.evaluate(
        "[...document.querySelectorAll('#change td')].map(e => getComputedStyle(e, '::before').content)"
    )
    assert heads[:3] == ['"Period"', '"n/N"', '"Baseline"']
    browser.look(width=1280)
    assert (
        browser.evaluate("getComputedStyle(document.querySelector('#change td'), '::before').content")
        == "none"
    )


def test_what_is_wider_than_the_screen_shows_that_it_goes_on(browser):
    browser.look(width=360)
    browser.evaluate("document.querySelectorAll('details').forEach(d => d.open = true)")
    found = browser.evaluate(
        "[...document.querySelectorAll('.scroll')].filter(e => e.scrollWidth > e.clientWidth + 1)"
        ".map(e => [getComputedStyle(e).backgroundAttachment, getComputedStyle(e).backgroundImage])"
    )
    browser.evaluate("document.querySelectorAll('details').forEach(d => d.open = false)")
    assert len(found) > 2, "drawings that do not open a section"
    assert all(fixed == "local, local, scroll, scroll" and "gradient" in image for fixed, image in found)


def test_dark_is_dark(browser):
    browser.look(width=1280, dark=True)
    assert browser.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(20, 25, 29)"
    browser.look(width=1280)
    assert browser.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"


def test_texts_of_a_drawing_do_not_lie_on_each_other(browser):
    browser.look(width=1280)
    browser.evaluate("document.querySelectorAll('details').forEach(d => d.open = true)")
    for name in (
        "change-by-period",
        "still-better",
        "same-change",
        "incidence",
        "recording",
        "first-events",
        "signal",
    ):
        overlaps = browser.evaluate(
            "(() => { const boxes = [...document.querySelectorAll('svg text')]"
            f".filter(t => t.closest('svg').querySelector('[id^=\"{name}-\"]'))"
            ".map(t => [t.getBoundingClientRect(), t.textContent]); const found = [];"
            "boxes.forEach(([a, s], i) => boxes.slice(i + 1).forEach(([b, u]) => { const"
            " x = Math.min(a.right, b.right) - Math.max(a.left, b.left),"
            " y = Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top);"
            " if (x > 2 && y > .35 * Math.min(a.height, b.height)) found.push([s, u]); }));"
            " return [boxes.length, found]; })()"
        )
        assert overlaps[0] > 3, name
        assert overlaps[1] == [], name
    browser.evaluate("document.querySelectorAll('details').forEach(d => d.open = false)")


def test_folded_tables_are_printed(browser):
    browser.look(width=1280)
    browser.call("Emulation.setEmulatedMedia", media="print", features=[])
    heights = browser.evaluate(
        "[...document.querySelectorAll('details table')]"
        ".map(t => [t.closest('details').open, t.offsetHeight])"
    )
    browser.call("Emulation.setEmulatedMedia", media="", features=[])
    assert heights
    assert not any(opened for opened, _ in heights)
    assert min(height for _, height in heights) > 30, (
        "a head and a row at least: folded tables have no height"
    )
    printed = browser.print()
    assert printed.startswith(b"%PDF")


def test_assistive_technology_finds_names_and_headings(browser):
    browser.evaluate("document.querySelectorAll('details').forEach(one => { one.open = true; })")
    nodes = browser.call("Accessibility.getFullAXTree")["nodes"]
    seen = [
        (node["role"]["value"], node.get("name", {}).get("value", "")) for node in nodes if "role" in node
    ]
    names = {role: [name for found, name in seen if found == role] for role, _ in seen}
    assert names["heading"][1] == "In short"
    assert all(names["image"])
    assert len(names["table"]) >= 5
    assert all(names["columnheader"])
