"""The example and its reports, made once for all tests of the page."""

from __future__ import annotations

import pytest
from whole_page import page_of

import outcomes as oc
from outcomes.page.blocks import Section
from outcomes.page.html import page
from outcomes.page.make import measured_sections
from outcomes.page.material import Material
from outcomes.page.opening import opening_lines
from outcomes.page.readers import CLINIC, Readers

OUTSIDE = Readers("external", 5)


@pytest.fixture(scope="session")
def example() -> oc.Study:
    return oc.load_example()


@pytest.fixture(scope="session")
def example_material(example) -> Material:
    return Material(example)


@pytest.fixture(scope="session")
def material(example_material) -> Material:
    """Return everything of the example: a test that changes something makes its own."""
    return example_material


@pytest.fixture(scope="session")
def sections(example_material) -> list[Section]:
    """Return the sections for the clinic."""
    return [one.section for one in measured_sections(example_material, CLINIC)]


@pytest.fixture(scope="session")
def html(example, sections) -> str:
    """Return the page for the clinic, as `make` puts it together."""
    return page(example, sections, opening_lines(example, CLINIC))


@pytest.fixture(scope="session")
def arms_material() -> Material:
    """Return everything of a study with two arms."""
    return Material(oc.simulate(60, seed=5, months=1, arms=("placebo", "active")).study)


@pytest.fixture(scope="session")
def arms_sections(arms_material) -> list[Section]:
    return [one.section for one in measured_sections(arms_material, CLINIC)]


@pytest.fixture(scope="session")
def arms_outside(arms_material) -> list[Section]:
    return [one.section for one in measured_sections(arms_material, OUTSIDE)]


@pytest.fixture(scope="session")
def arms_outside_html(arms_material, arms_outside) -> str:
    return page(arms_material.study, arms_outside, opening_lines(arms_material.study, OUTSIDE))


@pytest.fixture(scope="session")
def outside_html(example_material) -> str:
    """Return the page for readers outside."""
    return page_of(example_material, OUTSIDE)
