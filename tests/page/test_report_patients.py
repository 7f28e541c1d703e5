"""The patient appendix: on request, for the clinic only, escaped, bounded, and rebuilt by verify."""

from __future__ import annotations

import json
import re

import pytest

import outcomes as oc
from outcomes.errors import ArgumentError
from outcomes.page import make as build
from outcomes.page.blocks import Heading, Section
from outcomes.page.html import page
from outcomes.page.make import make
from outcomes.page.material import Material
from outcomes.page.options import Options
from outcomes.page.readers import CLINIC, Readers
from outcomes.page.sections import patients as appendix
from outcomes.publish.request import Request
from outcomes.publish.runs import run
from outcomes.publish.verify import verify
from studies import ALL, write_study

ASKED = Options(patients=True)


@pytest.fixture(scope="module")
def study():
    return oc.simulate(6, seed=3).study


def test_each_patient_has_a_heading_a_calendar_a_sentence_and_a_table(study):
    text = make(study, CLINIC, ASKED).outputs["report.html"].decode()
    part = text[text.index('<section id="patients"') :]
    ids = sorted(study.diary["patient_id"].unique())
    assert re.findall(r'<h3 dir="auto">(.*?)</h3>', part) == ["Serious adverse events", *ids]
    assert part.count("<svg") == len(ids)
    serious = Material(study).safety["serious_listing"]
    assert part[: part.index("<svg")].count("<tr>") == bool(len(serious)) + len(serious)
    found = oc.one_patient(oc.days(study), ids[0]).periods.to_frame()
    change = found["change"].dropna().iloc[-1]
    assert f"{abs(change):.1f}" in part[: part.index(f">{ids[1]}</h3>")]
    names = re.findall(r'\bid="([^"]+)"', text)
    assert len(names) == len(set(names))


def test_without_asking_there_is_none_and_readers_outside_are_refused(study, monkeypatch):
    monkeypatch.setattr(build, "SECTIONS", [])  # what is left would be the appendix
    assert b'id="patients"' not in make(study, CLINIC).outputs["report.html"]
    with pytest.raises(ArgumentError, match="for the clinic only") as refused:
        make(study, Readers(), ASKED)
    assert refused.value.exit_code == 2
    assert "--audience clinic" in str(refused.value)


def test_what_is_left_out_is_said(study, monkeypatch):
    monkeypatch.setattr(appendix, "MOST", 2)
    monkeypatch.setattr(build, "SECTIONS", [])  # the appendix alone
    text = make(study, CLINIC, ASKED).outputs["report.html"].decode()
    assert text.count("<h3 dir=") == 1 + 2
    assert "2 of 6 patients with a diary. The first 2 by study id are shown" in text


def test_an_id_that_looks_like_markup_is_text(study):
    text = page(study, [Section("patients", "Patients", (Heading("<script>alert(1)</script>"),))])
    assert "&lt;script&gt;alert(1)" in text
    assert "<script" not in text


def test_verify_rebuilds_it_and_if_changed_counts_it(tmp_path):
    folder = tmp_path / "study"
    folder.mkdir()
    write_study(folder, ALL)
    out = tmp_path / "reports"
    plain = run(folder, out, Request(audience="clinic"))
    assert plain.status == "published"
    done = run(folder, out, Request(audience="clinic", options=ASKED, if_changed=True))
    assert done.status == "published"
    assert run(folder, out, Request(audience="clinic", options=ASKED, if_changed=True)).status == "unchanged"
    manifest = json.loads((out / "latest" / "manifest.json").read_text())
    assert manifest["config"]["options_asked"]["patients"] is True
    assert not verify(out / "latest").problems
