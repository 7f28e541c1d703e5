"""How results look in JupyterLab and at a prompt: text escaped, no colour of its own, no patient's id."""

from __future__ import annotations

import io
import re

import numpy as np
import pandas as pd
import pytest

import outcomes as oc
from outcomes.models.stats.regression import Fit
from outcomes.results import Estimates
from outcomes.results.digits import readable

PAYLOAD = "<script>alert('1')</script><img src=x onerror=alert(1)>"


def estimates(text: str = PAYLOAD) -> Estimates:
    frame = pd.DataFrame({"term": [text, "b"], "estimate": [1.23456, -3e-15], "status": "ok"})
    members = pd.DataFrame({"row": [0], "patient_id": ["Zebra77"]})
    return Estimates(frame, text, text, notes=(text,), status=text, members=members)


def fit() -> Fit:
    return Fit(
        title=PAYLOAD, method=PAYLOAD, terms=(PAYLOAD,), coefficients=np.array([1.0]), covariance=np.eye(1),
        df=9.0, nobs=10, n_subjects=10, notes=(PAYLOAD,), status=PAYLOAD,
    )  # fmt: skip


def study() -> oc.Study:
    diary = pd.DataFrame(
        {"patient_id": ["01", PAYLOAD], "date": ["2026-01-05", PAYLOAD], "headache": ["yes", PAYLOAD]}
    )
    patients = pd.DataFrame({"patient_id": ["01"], "index_date": ["2026-01-20"]})
    return oc.Study(diary=diary, patients=patients, title=PAYLOAD)


def mixed_model() -> object:
    rng = np.random.default_rng(1)
    rows = pd.DataFrame({"patient": np.repeat(np.arange(20), 2), "visit": ["1", PAYLOAD] * 20})
    return oc.mmrm("y ~ visit", rows.assign(y=rng.normal(size=40)), subject="patient", visit="visit")


def durability() -> object:
    days = pd.DataFrame({"patient_id": "a", "course": 1, "day_after": range(1, 60), "headache": True})
    periods = pd.DataFrame(
        {"patient_id": ["a"], "course": 1, "baseline": 28.0, "baseline_eligible": True, "arm": PAYLOAD}
    )
    return oc.durability(days, periods, by="arm")


def one_patient() -> object:
    days = pd.DataFrame({"patient_id": PAYLOAD, "course": 1, "day": range(-28, 28), "headache": True})
    days["date"] = pd.Timestamp("2025-03-01") + pd.to_timedelta(days["day"], unit="D")
    days["phase"] = ["before"] * 28 + ["during"] + ["after"] * 27
    days["day_after"] = [None] * 29 + list(range(1, 28))
    return oc.one_patient(days, PAYLOAD)


def findings() -> pd.DataFrame:
    return study().findings


SHOWN = [estimates, fit, study, mixed_model, durability, one_patient, findings]


@pytest.mark.parametrize("make", SHOWN, ids=lambda make: make.__name__)
def test_text_of_others_comes_out_as_text(make):
    html = make()._repr_html_()
    assert "<table" in html
    assert "<script" not in html
    assert "<img" not in html


@pytest.mark.parametrize(
    "make", [estimates, fit, study, mixed_model, durability], ids=lambda make: make.__name__
)
def test_there_is_something_to_escape(make):
    assert "&lt;script&gt;" in make()._repr_html_()


@pytest.mark.parametrize("make", SHOWN[:-1], ids=lambda make: make.__name__)
def test_colours_are_those_of_the_page(make):
    html = make()._repr_html_()
    assert not re.search(r"color\s*:|bgcolor|background|#[0-9a-f]{3,8}\b", html)


@pytest.mark.parametrize("make", SHOWN[:-1], ids=lambda make: make.__name__)
def test_the_short_text_is_one_line(make):
    text = repr(make())
    assert text.startswith("<")
    assert "\n" not in text


def test_the_members_of_a_cell_are_not_shown():
    shown = estimates()
    assert "Zebra77" not in repr(shown) + shown._repr_html_() + str(shown)


def test_what_rounding_left_is_zero_and_an_ok_status_is_said_once():
    html = estimates("term")._repr_html_()
    assert "<td>0</td>" in html
    assert "<td>1.235</td>" in html
    assert "<th>status</th>" not in html
    assert "3e-15" not in html


@pytest.mark.parametrize("scale", [0.01, 1.0, 1e4])
def test_numbers_of_a_column_are_written_alike_and_none_reads_as_zero(scale):
    values = np.append(np.random.default_rng(3).lognormal(0, 1, 40) * np.tile([scale, -scale], 20), [0.0])
    shown = readable(pd.DataFrame({"estimate": values}))["estimate"].tolist()
    assert shown[-1] == "0"
    assert all(float(text) != 0 for text in shown[:-1])
    assert len({len(text.partition(".")[2]) for text in shown[:-1]}) == 1
    largest = np.abs(values).max()
    np.testing.assert_allclose(np.array(shown, float), values, atol=largest / 1000, rtol=0)


def test_a_drawing_takes_its_ink_from_the_theme():
    frame = pd.DataFrame({"stage": ["received", "left"], "patients": [3, 2], "of": [3, 3]})
    html = oc.plots.svg(oc.plots.flow_diagram(frame))._repr_html_()
    assert "--fig-ink:var(--jp-content-font-color1,currentColor)" in html
    assert "var(--fig-ink, " in html


def test_the_prompt_shows_the_whole_result():
    from IPython.lib.pretty import pretty

    assert "- note" in pretty(Estimates(pd.DataFrame({"n": [1]}), "t", "m", notes=("note",)))


def test_an_error_is_a_sentence_and_the_callers_own_line():
    with pytest.raises(oc.OutcomesError) as raised:
        oc.change(pd.DataFrame())
    lines = raised.value._render_traceback_()
    assert lines[0].startswith("ArgumentError: ")
    assert lines[1].endswith(": oc.change(pd.DataFrame())")
    assert len(lines) == 2


@pytest.mark.parametrize("rows", [1, 3, 8, 9])
def test_a_wide_table_of_few_rows_is_turned_and_keeps_every_number(rows):
    names = [f"measure_{number}" for number in range(14)]
    values = np.arange(1.0, 14 * rows + 1).reshape(rows, 14)
    periods = [f"days {28 * row + 1}-{28 * row + 28}" for row in range(rows)]
    frame = pd.DataFrame(values, columns=names)
    frame.insert(0, "period", periods)
    html = Estimates(frame, "t", "m")._repr_html_()
    (shown,) = pd.read_html(io.StringIO(html), index_col=0)
    turned = list(shown.columns) == periods
    assert turned == (rows <= 8)
    found = shown.loc[names].T if turned else shown[names]
    np.testing.assert_allclose(found.to_numpy(float), values)
    assert 'tabindex="0"' in html
    last = Estimates(frame, "t", "m").summary().splitlines()[-1]
    assert last.startswith("measure_13 ") == turned


def test_an_answer_that_is_missing_is_not_known_and_a_long_status_is_said_once():
    why = "no two windows before treatment and no declared entry rule"
    frame = pd.DataFrame({"grade": pd.array([3, None], dtype="Int64"), "n": [5, 2], "status": ["ok", why]})
    frame["onset"] = pd.to_datetime(["2025-09-01 10:02:31", None]).tz_localize("Europe/Berlin")
    html = Estimates(frame.assign(day=pd.Timestamp("2025-07-28")), "t", "m", status=why)._repr_html_()
    assert "<td>2025-09-01 10:02</td>" in html
    assert html.count("<td>2025-07-28</td>") == 2
    assert "<td>not known</td>" in html
    assert html.count(why) == 1
    assert "<td>as above</td>" in html
    assert html.count("<td>ok</td>") == 1
