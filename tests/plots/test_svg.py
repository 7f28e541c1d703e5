"""Drawings as text: same bytes, no address, ids of their own, colours that a page can choose."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree

import pandas as pd
import pytest
from matplotlib.figure import Figure

from outcomes.errors import ArgumentError
from outcomes.plots import describe, flow_diagram, svg
from outcomes.plots.style import PALETTE
from shared import ROOT

PAYLOAD = '<script>alert("1")</script>&'


@pytest.fixture
def stages() -> pd.DataFrame:
    return pd.DataFrame({"stage": ["received", "with a diary", "compared"], "patients": [60, 57, 57]})


def test_the_flow_shows_each_stage_and_what_it_took_away(stages):
    ax = flow_diagram(stages)
    texts = [text.get_text() for text in ax.texts if text.get_text()]
    assert texts == ["received", "60", "with a diary", "57", "\N{MINUS SIGN}3", "compared", "57"]
    shares = [patch.get_width() for patch in ax.patches if str(patch.get_gid()).startswith("share")]
    assert shares == [1.0, 57 / 60, 57 / 60]
    assert describe(ax) == "Flow of patients. received: 60. with a diary: 57 (3 fewer). compared: 57."


def test_no_stage_is_refused(stages):
    with pytest.raises(ArgumentError, match="no stage to draw"):
        flow_diagram(stages.iloc[:0])


def test_an_svg_is_well_formed_named_and_described(stages):
    ax = flow_diagram(stages)
    text = svg(ax, name="flow")
    root = ElementTree.fromstring(text)
    assert root.get("aria-label") == describe(ax)
    assert root.get("role") == "img"
    assert root.get("width") is None
    ids = re.findall(r'\bid="([^"]+)"', text)
    assert ids
    assert all(name.startswith("flow-") for name in ids)
    for used in re.findall(r'(?:url\(|xlink:href=")#([^")]+)', text):
        assert used in ids


def test_an_svg_asks_for_nothing_and_holds_no_date(stages):
    text = svg(flow_diagram(stages))
    addresses = set(re.findall(r'https?://[^"\s]+', text))
    assert addresses <= {"http://www.w3.org/2000/svg", "http://www.w3.org/1999/xlink"}
    assert not re.search(r"<metadata|dc:date|<!DOCTYPE|<\?xml", text)


def test_roles_are_colours_that_a_page_can_choose(stages):
    text = svg(flow_diagram(stages))
    assert f"var(--fig-ink, {PALETTE['ink']})" in text
    for colour in PALETTE.values():
        assert not re.search(rf"(?<!, ){colour}", text)


def test_text_is_escaped_wherever_it_stands(stages):
    text = svg(flow_diagram(stages.assign(stage=["received", PAYLOAD, "x"])))
    assert "<script" not in text
    assert PAYLOAD in "".join(ElementTree.fromstring(text).itertext())


def test_the_same_numbers_give_the_same_bytes_in_another_process(stages, tmp_path):
    code = (
        "import pandas as pd\nfrom outcomes.plots import flow_diagram, svg\n"
        f"frame = pd.DataFrame({stages.to_dict('list')!r})\n"
        "print(svg(flow_diagram(frame), name='flow'))"
    )
    more = {"PYTHONPATH": str(ROOT / "src"), "PYTHONHASHSEED": "77", "TZ": "Asia/Tokyo", "LC_ALL": "C"}
    done = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        cwd=tmp_path,
        env=os.environ | more,
        check=True,
    )
    assert done.stdout.rstrip("\n") == svg(flow_diagram(stages), name="flow")


def test_a_caller_s_own_settings_do_not_reach_the_bytes(stages):
    from matplotlib import rc_context

    plain = svg(flow_diagram(stages))
    with rc_context({"svg.hashsalt": "mine", "svg.fonttype": "path"}):
        assert svg(flow_diagram(stages)) == plain


def test_a_notebook_shows_the_drawing(stages):
    assert "<svg" in svg(flow_diagram(stages))._repr_html_()


def test_axes_that_nothing_drew_on_have_no_words():
    with pytest.raises(ArgumentError, match="nothing is known about these Axes"):
        describe(Figure().add_subplot())


def test_no_plot_uses_the_global_state_of_pyplot():
    for path in Path(ROOT / "src" / "outcomes").rglob("*.py"):
        assert "pyplot" not in re.sub(r"#.*|\"\"\".*?\"\"\"", "", path.read_text(), flags=re.DOTALL), path
