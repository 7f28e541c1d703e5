"""An adversary outside with the page's drawings: their coordinates, their texts, how many marks they hold."""

from __future__ import annotations

import re
from copy import copy
from html import unescape

import numpy as np
import pytest
from reader_outside import LIMIT, UNKNOWN, Page, attacked, small_ratios

import outcomes as oc
from outcomes.page.blocks import Section, TableBlock
from outcomes.page.material import Material
from outcomes.page.report_ard import report_ard
from outcomes.page.sections.adverse_events import adverse_events
from outcomes.page.sections.in_short import in_short
from outcomes.page.sections.pain import pain
from outcomes.page.view import Outside
from outcomes.plots.svg import alternative

NUMBER = re.compile(r"(?<![\w.])[\N{MINUS SIGN}-]?\d+(?:\.\d+)?")
#: Drawings that were thought through for readers outside: none has a mark a patient, or a step at one.
ALLOWED = {"front-change", "directions", "change-by-period", "incidence"}
#: And with arms: shares of patients by event, where both are printed.
OF_ARMS = {"front-change", "arms-difference"}
#: A hundredth of a point of a drawing, in days.
RESOLUTION = 0.002


@pytest.fixture(scope="module")
def drawings(outside_html) -> dict[str, str]:
    """Return name -> SVG of every drawing."""
    return drawn(outside_html)


def drawn(html: str) -> dict[str, str]:
    found = re.findall(r"<svg.*?</svg>", html, re.DOTALL)
    return {re.search(r'id="([a-z-]+)-figure_1"', svg)[1]: svg for svg in found}


def heights(svg: str) -> np.ndarray:
    """Return the values of the marks, read off the y axis as a reader with a ruler would."""
    axis = svg[svg.index("axis_2") :]
    ticks = re.findall(r'<use [^>]*y="([\d.]+)"[^>]*/>\s*</g>\s*</g>\s*<g>\s*<text[^>]*>([^<]+)</text>', axis)
    ticks = ticks or [
        (at, words)
        for at, words in re.findall(
            r'<path d="M[\d.]+ ([\d.]+)[^>]*>(?:(?!<text).)*<text[^>]*>([^<]+)</text>', axis, re.DOTALL
        )
    ]
    at, value = zip(
        *((float(y), float(words.replace("\N{MINUS SIGN}", "-"))) for y, words in ticks), strict=True
    )
    slope, start = np.polyfit(at, value, 1)
    marks = [float(y) for y in re.findall(r'<use xlink:href="[^"]*" x="[\d.]+" y="([\d.]+)"', svg)]
    return start + slope * np.array(sorted(set(marks)))


def test_coordinates_tell_no_more_than_what_is_printed(drawings, material) -> None:
    shown = Outside(material, limit=LIMIT).change.to_frame()
    exact = material.change.to_frame()
    for name in ("change-by-period", "change-by-period-narrow"):
        read = heights(drawings[name])
        for column in ("estimate", "lower", "upper"):
            for value in shown[column]:
                assert np.abs(read - value).min() < RESOLUTION
    apart = np.abs(shown["estimate"].to_numpy() - exact["estimate"].to_numpy()[: len(shown)])
    assert apart.max() > RESOLUTION, "an exact coordinate would have been noticed"


def test_no_drawing_outside_has_a_mark_a_patient(
    drawings, material, arms_outside_html, arms_material
) -> None:
    of_arms = drawn(arms_outside_html)
    for found, allowed, people in ((drawings, ALLOWED, material), (of_arms, OF_ARMS, arms_material)):
        assert {name.removesuffix("-narrow") for name in found} <= allowed
        assert len(found) > 1
        for svg in found.values():
            assert marks(svg) < len(people.treated)
    clinic = oc.plots.svg(oc.plots.waterfall(material.periods))
    assert marks(clinic) >= len(material.treated), "a mark a patient would have been noticed"


def marks(svg: str) -> int:
    """Return how many marks a drawing has at most: symbols at different places, or bars and lines."""
    symbols = set(re.findall(r'<use [^>]*x="([\d.]+)" y="([\d.]+)"', svg))
    return max(len(symbols), len(re.findall("<(?:path|rect)", svg)))


@pytest.mark.parametrize("whose", ["outside_html", "arms_outside_html"])
def test_texts_of_drawings_tell_no_number_that_is_not_printed(whose, request) -> None:
    outside_html = request.getfixturevalue(whose)
    drawings = drawn(outside_html)
    without = re.sub(r'<style.*?</style>|aria-label="[^"]*"', "", outside_html, flags=re.DOTALL)
    printed = numbers(re.sub(r"<[^>]*>", " ", without))
    seen = 0
    for name, svg in drawings.items():
        words = unescape(re.search(r'aria-label="([^"]*)"', svg)[1])
        # a share and its interval are drawn, and follow from the counts
        words = re.sub(r", [\d.]+% \([^)]*\)", "", words)
        told = numbers(words)
        seen += len(told)
        hidden = [text for text in told if not any(rounds_to(other, text) for other in printed)]
        assert hidden == [], name
    assert seen > 5


def numbers(text: str) -> list[str]:
    return [found.replace("\N{MINUS SIGN}", "-") for found in NUMBER.findall(unescape(text).replace(",", ""))]


def rounds_to(printed: str, told: str) -> bool:
    decimals = len(told.partition(".")[2])
    return abs(float(printed) - float(told)) <= 0.5 * 10**-decimals + 1e-9 and len(printed) >= len(told)


def test_no_withheld_count_of_an_arm_s_events_can_be_told(arms_outside_html, arms_material) -> None:
    page = Page(arms_outside_html)
    assert "events" not in page.tables, "beside each arm a table of all would be the other arm's"
    assert "rates" not in page.tables
    for place, part in enumerate(arms_material.by_arm.values(), 1):
        arm = copy(page)
        arm.tables = page.tables | {"events": page.tables[f"events-{place}"]}
        assert attacked(arm, part) > 10
    each = [{row[0]: row[1] for row in page.tables[f"events-{place}"] if len(row) > 1} for place in (1, 2)]
    compared = {name: row for name, row in page.rows("arms").items() if name != "Event"}
    assert compared, "arms are compared where both counts are shown"
    for event, (n, reference, *numbers) in compared.items():
        assert [n, reference] == [arm.get(event, "0/30") for arm in each]
        assert len(numbers) == 2, "no P: adjusted for all events, it tells of those that are withheld"
    cells = [cell for name in page.tables for row in page.rows(name).values() for cell in row]
    assert small_ratios(" ".join(cells)) == []


def test_pain_of_an_arm_is_of_enough_patients_and_has_nothing_to_subtract(
    arms_outside, arms_material
) -> None:
    section = next(part for part in arms_outside if part.name == "pain")
    tables = [block.table for block in section.blocks if isinstance(block, TableBlock)]
    assert [table.name for table in tables] == ["pain-by-session-1", "pain-by-session-2"], "and none of both"
    for table, part in zip(tables, arms_material.by_arm.values(), strict=True):
        exact = part.speed.to_frame().set_index("session")
        assert (exact.loc[table.frame["session"].astype(int), "n"] >= 2 * LIMIT).all()
        assert set(table.frame) == {"session", "estimate", "lower", "upper"}, "no count, level or P"
        for name in ("estimate", "lower", "upper"):
            assert (table.frame[name].round(2) == table.frame[name]).all(), "and no more digits than these"
    assert (exact["n"] < 2 * LIMIT).any(), "sessions of few are left out"
    assert "session 1" in section.finding
    assert "1.0" not in section.finding
    told = " ".join([section.finding, *(text for table in tables for text in table.texts()["estimate"])])
    assert not [word for word in ("n =", "/", UNKNOWN) if word in told]


def few(study: oc.Study, *, arm: str | None) -> Material:
    """Return the study with three of its patients in another arm, or in none."""
    people = study.patients
    people.loc[people.index[:3], "arm"] = arm
    names = ("patients", "sessions", "diary", "adverse_events", "assessments")
    return Material(oc.Study(**{name: getattr(study, name) for name in names[1:]}, patients=people))


@pytest.mark.parametrize("arm", ["zebra", None])
def test_three_patients_in_an_arm_or_in_none_follow_from_nothing(arms_material, arm) -> None:
    view = Outside(few(arms_material.study, arm=arm), limit=LIMIT)
    made = [part(view) for part in (in_short, adverse_events, pain)]
    said = " ".join(words(made))
    assert "zebra" not in said
    sizes = view._all.study.patients["arm"].value_counts()
    shown = [
        name for name in ("active", "placebo") if f"/{sizes[name]}" in said or f"{sizes[name]} {name}" in said
    ]
    assert len(shown) <= 1, "all patients less both arms would be the three"


def test_outside_no_file_has_all_patients_beside_the_arms(arms_material) -> None:
    told = report_ard(arms_material.study, audience="external", smallest_count=LIMIT)
    names = {name for name in told["analysis"] if not name.startswith("patients: ")} - {"between arms"}
    assert {name.rpartition(", ")[2] for name in names} == {"active", "placebo"}
    assert {"change, active", "adverse events, groups: sessions, placebo"} <= names


def words(sections: list[Section]) -> list[str]:
    found = []
    for section in sections:
        found.append(section.finding)
        for block in section.blocks:
            if isinstance(block, TableBlock):
                cells = block.table.texts()
                found += [block.caption, *(str(text) for column in cells.values() for text in column)]
            else:
                found += [
                    str(getattr(block, "text", "")),
                    alternative(block.svg) if hasattr(block, "svg") else "",
                ]
            for tile in getattr(block, "figures", ()):
                found += [tile.value, tile.label, tile.detail, *map(alternative, tile.svg)]
    return found
