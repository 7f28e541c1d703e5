"""An adversary outside with the page's drawings: their coordinates, their texts, how many marks they hold."""

from __future__ import annotations

import re
from html import unescape

import numpy as np
import pytest

from outcomes.page.view import Outside

LIMIT = 5
NUMBER = re.compile(r"(?<![\w.])[\N{MINUS SIGN}-]?\d+(?:\.\d+)?")
#: Drawings that were thought through for readers outside: none has a mark a patient, or a step at one.
ALLOWED = {"front-change", "directions", "change-by-period", "incidence"}
#: A hundredth of a point of a drawing, in days.
RESOLUTION = 0.002


@pytest.fixture(scope="module")
def drawings(outside_html) -> dict[str, str]:
    """Return name -> SVG of every drawing."""
    found = re.findall(r"<svg.*?</svg>", outside_html, re.DOTALL)
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


def test_no_drawing_outside_has_a_mark_a_patient(drawings, material) -> None:
    assert {name.removesuffix("-narrow") for name in drawings} <= ALLOWED
    for svg in drawings.values():
        marks = set(re.findall(r'<use [^>]*x="([\d.]+)" y="([\d.]+)"', svg))
        assert len(marks) < len(material.treated)


def test_texts_of_drawings_tell_no_number_that_is_not_printed(drawings, outside_html) -> None:
    without = re.sub(r'<style.*?</style>|aria-label="[^"]*"', "", outside_html, flags=re.DOTALL)
    printed = numbers(re.sub(r"<[^>]*>", " ", without))
    for name, svg in drawings.items():
        words = unescape(re.search(r'aria-label="([^"]*)"', svg)[1])
        # a share and its interval are drawn, and follow from the counts
        words = re.sub(r", [\d.]+% \([^)]*\)", "", words)
        told = numbers(words)
        hidden = [text for text in told if not any(rounds_to(other, text) for other in printed)]
        assert hidden == [], name


def numbers(text: str) -> list[str]:
    return [found.replace("\N{MINUS SIGN}", "-") for found in NUMBER.findall(unescape(text).replace(",", ""))]


def rounds_to(printed: str, told: str) -> bool:
    decimals = len(told.partition(".")[2])
    return abs(float(printed) - float(told)) <= 0.5 * 10**-decimals + 1e-9 and len(printed) >= len(told)
