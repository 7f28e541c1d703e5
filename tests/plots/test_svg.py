"""Drawings as text: same bytes, no address, ids of their own, colours that a page can choose."""

from __future__ import annotations

import io
import os
import re
import subprocess
import sys
from html import unescape
from pathlib import Path
from xml.etree import ElementTree

import pandas as pd
import pytest
from matplotlib import rc_context
from matplotlib.backends.backend_svg import FigureCanvasSVG
from matplotlib.figure import Figure

from outcomes import plots
from outcomes.errors import ArgumentError
from outcomes.plots import describe, flow_diagram, svg, trajectory
from outcomes.plots.style import PALETTE
from outcomes.plots.svg_canvas import Canvas
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
    with pytest.raises(ArgumentError, match="these Axes were not drawn by this package"):
        describe(Figure().add_subplot())


def test_no_plot_uses_the_global_state_of_pyplot():
    for path in Path(ROOT / "src" / "outcomes").rglob("*.py"):
        assert "pyplot" not in re.sub(r"#.*|\"\"\".*?\"\"\"", "", path.read_text(), flags=re.DOTALL), path


@pytest.mark.parametrize("name", ["$50$ off", r"$\undefined{$", "5$"])
def test_a_name_with_dollar_signs_starts_no_formula(name):
    rows = pd.DataFrame(
        {"group": [name], "n": [6], "N": [40], "percent": [15.0], "lower": [5.7], "upper": [29.8]}
    )
    two = pd.DataFrame({"group": [name], "contrast": f"{name} - placebo", "n": 6, "N": 40, "n_reference": 2,
                        "N_reference": 40, "estimate": 0.1, "lower": -0.04, "upper": 0.25})  # fmt: skip
    drawn = [plots.incidence(rows), plots.incidence_difference(two), plots.forest(two, label="group")]
    curve = pd.DataFrame({"arm": name, "time": [30.0], "at_risk": [4], "relapses": [1], "competing": 0,
                          "estimate": [0.75], "lower": [0.13], "upper": [0.96]})  # fmt: skip
    drawn.append(plots.durability(curve, by="arm"))
    at = pd.to_datetime(["2026-01-05 09:00Z", "2026-01-05 11:00Z"])
    log = pd.DataFrame({"session_id": "s", "time": at, "rate": [0.2, 0.0]})
    sessions = pd.DataFrame({"session_id": ["s"], "patient_id": "a", "start": at[:1], "end": at[1:],
                             "pain_before": 7.0, "pain_after": 3.0})  # fmt: skip
    events = pd.DataFrame({"session_id": ["s"], "hours_since_start": [1.0], "term": [name]})
    drawn.append(plots.titration(log, sessions=sessions, events=events))
    for ax in drawn:
        shown = re.sub(r"<[^>]*>", "", svg(ax))
        assert name.lower() in unescape(shown).lower()


def test_a_label_of_a_caller_and_a_log_axis_keep_their_formulas():
    rows = pd.DataFrame({"term": ["a"], "estimate": [2.0], "lower": [0.5], "upper": [80.0]})
    text = svg(plots.forest(rows, log=True, xlabel=r"ratio ($\mu$g)"))
    shown = re.sub(r"<!--.*?-->|<[^>]*>", "", text)
    assert "mathdefault" not in shown
    assert "$" not in shown
    assert "\N{GREEK SMALL LETTER MU}" in shown


def test_panels_stand_on_the_ground_of_the_page():
    means = pd.DataFrame({"arm": ["a", "b"], "period": "days 1-28", "n": 9, "mean": [14.2, 16.1]})
    drawn = plots.small_multiples(means.assign(lower=10.0, upper=20.0), by="arm")
    assert [panel.get_facecolor()[3] for panel in drawn.child_axes] == [0.0, 0.0]
    sources = (ROOT / "src" / "outcomes" / "plots").glob("*.py")
    assert [path.name for path in sources if "inset_axes(" in path.read_text()] == ["style.py"]


def test_texts_are_measured_once_and_the_drawing_is_matplotlib_s_own() -> None:
    """A figure written by matplotlib's canvas has the same bytes, whatever was measured before."""
    out = io.StringIO(), io.StringIO()
    for canvas, written in zip((FigureCanvasSVG, Canvas), out, strict=True):
        axes = trajectory(
            pd.DataFrame({"period": ["days 1-28"], "n": [5], "mean": 4.0, "lower": 2.0, "upper": 6.0})
        )
        axes.set_title("a title", fontsize=9)
        with rc_context({"svg.hashsalt": "outcomes"}):
            canvas(axes.figure).print_svg(written, metadata={"Date": None})
    assert out[0].getvalue() == out[1].getvalue()
