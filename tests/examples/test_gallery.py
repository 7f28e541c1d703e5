"""The gallery: one page without script or request that holds every public plot and the code that ran."""

from __future__ import annotations

import html
import importlib.util
import re

import pytest

from outcomes import plots
from shared import ROOT

#: Public names of `plots` that draw nothing.
NOT_PLOTS = {"Svg", "describe", "svg"}
#: Places of results that are drawn by plots of other names.
RESULTS = {"scores"}


@pytest.fixture(scope="module")
def gallery():
    spec = importlib.util.spec_from_file_location("gallery", ROOT / "examples" / "gallery.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_every_public_plot_has_its_place(gallery):
    shown = [function.__name__ for functions in gallery.SECTIONS.values() for function in functions]
    assert len(shown) == len(set(shown))
    assert set(shown) - RESULTS == set(plots.__all__) - NOT_PLOTS


@pytest.mark.long
def test_the_page_is_whole_and_stands_alone(gallery):
    text = gallery.page()
    source = (ROOT / "examples" / "gallery.py").read_text(encoding="utf-8")
    for name in set(plots.__all__) - NOT_PLOTS:
        article = re.search(rf'<article id="{name}">.*?</article>', text, re.DOTALL)
        assert article, name
        assert "<svg" in article[0]
        code = html.unescape(re.search(r"<code>(.*?)</code>", article[0], re.DOTALL)[1])
        assert code in source, name
        assert f"plots.{name}(" in code
    assert "<script" not in text
    links = re.findall(r'(?:src|href)="([^"]+)"', text)
    assert all(link.startswith(("#", "data:image/png;base64,")) for link in links)
    ids = re.findall(r'\bid="([^"]+)"', text)
    assert len(ids) == len(set(ids))
