"""The page: what it says, that its numbers are the estimates, what it says when something is not there."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import outcomes as oc
from outcomes.page import make as page_module
from outcomes.page.blocks import TableBlock
from outcomes.page.html import page
from outcomes.page.make import sections_of
from outcomes.page.material import Material
from outcomes.page.opening import opening_lines
from outcomes.page.primary import Primary, with_doubt
from outcomes.page.readers import Readers
from outcomes.page.sections import Part
from outcomes.page.sections.headache_days import headache_days
from outcomes.page.sections.in_short import in_short
from outcomes.page.view import view_of
from outcomes.tables.numbers import HYPHEN, MINUS, interval, signed
from shared import ROOT, shared
from studies import ALL, DIARY, PATIENTS, SESSIONS, study_of

PAYLOAD = "<script>alert(1)</script><img src=x onerror=alert(1)>\"'&{{ 7 * 7 }}"
EXPECTED = [
    "in-short", "headache-days", "lasting", "mood", "pain", "who-benefits", "how-sure", "adverse-events",
    "who", "data-quality", "changes", "context", "methods", "provenance",
]  # fmt: skip


class Reader(HTMLParser):
    """Collects elements, attributes and visible text."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.texts: list[str] = []
        self._hidden = 0
        self.feed(html)

    def handle_starttag(self, tag, attrs):
        self.elements.append((tag, dict(attrs)))
        self._hidden += tag == "style"

    def handle_endtag(self, tag):
        self._hidden -= tag == "style"

    def handle_data(self, data):
        if not self._hidden:
            self.texts.append(data)

    @property
    def text(self) -> str:
        return " ".join(" ".join(self.texts).split())


def made(study: oc.Study) -> tuple[dict[str, str], str]:
    """Return the status of each section, and the HTML."""
    sections = sections_of(study)
    return {part.name: part.status for part in sections}, page(study, sections)


def diary(days: dict[str, list[tuple[str, bool]]]) -> pd.DataFrame:
    rows = [(who, date, "yes" if yes else "no") for who, part in days.items() for date, yes in part]
    return pd.DataFrame(rows, columns=["patient_id", "date", "headache"])


def study_with(before: int, after: int, *, size: int = 3, **facts: object) -> oc.Study:
    """Return a study of `size` patients with so many headache days of 28; the first has one more after."""
    days = {}
    for patient in range(size):
        past = pd.date_range("2026-01-02", periods=28).strftime("%Y-%m-%d")
        later = pd.date_range("2026-01-31", periods=28).strftime("%Y-%m-%d")
        extra = int(patient == 0)
        days[f"p{patient}"] = [(day, place < before) for place, day in enumerate(past)] + [
            (day, place < after + extra) for place, day in enumerate(later)
        ]
    people = pd.DataFrame({"patient_id": list(days), "index_date": "2026-01-30"})
    return oc.Study(**({"diary": diary(days), "patients": people} | facts))


@pytest.fixture(scope="module")
def example_page(sections, html) -> tuple[dict[str, str], str]:
    return {part.name: part.status for part in sections}, html


def test_every_section_of_the_example_is_made(example_page):
    statuses, html = example_page
    assert statuses == dict.fromkeys(EXPECTED, "ok") | {"changes": "absent"}, "there is no earlier report"
    ids = [attributes.get("id") for tag, attributes in Reader(html).elements if tag == "section"]
    assert ids == EXPECTED


def test_the_page_runs_nothing_and_asks_for_nothing(example_page):
    reader = Reader(example_page[1])
    tags = {tag for tag, _ in reader.elements}
    assert not tags & {"script", "link", "iframe", "object", "embed", "form", "base", "video", "audio"}
    for tag, attributes in reader.elements:
        assert not [name for name in attributes if name.startswith("on")], tag
        for name in ("src", "href", "xlink:href", "srcset", "action"):
            assert (attributes.get(name) or "#").startswith(("#", "data:image/png")), (tag, attributes)
    policy = [a["content"] for _, a in reader.elements if a.get("http-equiv") == "Content-Security-Policy"]
    assert policy
    assert policy[0].startswith("default-src 'none'")
    assert "script-src" not in policy[0]
    assert "@import" not in example_page[1]


def test_ids_are_unique_and_links_lead_somewhere(example_page):
    elements = Reader(example_page[1]).elements
    ids = [attributes["id"] for _, attributes in elements if "id" in attributes]
    assert len(ids) == len(set(ids))
    for _, attributes in elements:
        for target in re.findall(r"^#(.+)", attributes.get("href") or ""):
            assert target in ids


def test_headings_go_down_one_step_at_a_time(example_page):
    levels = [int(tag[1]) for tag, _ in Reader(example_page[1]).elements if re.fullmatch(r"h[1-6]", tag)]
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(step <= 1 for step in np.diff(levels))


def test_every_drawing_has_words(example_page):
    drawings = [attributes for tag, attributes in Reader(example_page[1]).elements if tag == "svg"]
    assert len(drawings) >= 4
    assert all(len(attributes["aria-label"]) > 40 for attributes in drawings)


def test_the_opening_figures_are_the_estimates(example, example_page):
    text = Reader(example_page[1]).text
    row = oc.change(oc.periods(example)).to_frame().iloc[0]
    assert f"{signed(row['estimate'])}" in text
    assert f"95% interval {interval(row['lower'], row['upper'])}; n = {row['n']} of {row['N']}" in text
    responders = oc.responders(oc.periods(example)).to_frame().query("term == 'responder_50'")
    first = responders[responders["missing"] == "non_responder"].iloc[0]
    assert f"{first['n']}/{first['N']}" in text


def test_rows_received_are_accounted_for_on_the_page(example, example_page):
    text = Reader(example_page[1]).text
    for table, part in example.flow.groupby("table"):
        rows = part.groupby("status")["rows"].sum()
        row = f"{rows['received']:,d} {rows['accepted']:,d} {rows.get('rejected', 0):,d}"
        assert f"{table.replace('_', ' ')} {row}" in text


def test_every_rule_is_printed_with_its_value(example, example_page):
    text = Reader(example_page[1]).text
    for name, value in example.rules.model_dump().items():
        said = {"None": "not set", "True": "yes", "False": "no"}.get(str(value), value)
        assert f"{name} {said}" in text


def test_files_stand_by_name_and_content_and_no_path_is_shown(example, example_page):
    text = Reader(example_page[1]).text
    for file in example.provenance.itertuples():
        assert f"{file.file} {file.rows}" in text
        assert file.sha256 in text
    assert str(ROOT) not in example_page[1]
    assert str(Path.home()) not in example_page[1]


def test_no_patient_and_no_raw_value_is_on_the_page(example, example_page):
    text = Reader(example_page[1]).text
    assert not [patient for patient in example.patients["patient_id"] if re.search(rf"\b{patient}\b", text)]
    raw = {value for value in example.findings["raw"].dropna() if len(value) > 8}
    assert raw
    assert not [value for value in raw if value in text]


CAUSAL = r"\b(reduc\w+ by|caus\w+|is effective|efficacy|benefit\w*|thanks to|due to|led to|works?)\b"


@pytest.mark.parametrize(("before", "after", "word"), [(10, 16, "more"), (16, 10, "fewer")])
def test_the_change_is_said_in_the_estimand_s_words_and_nothing_is_called_an_effect(before, after, word):
    _, html = made(study_with(before, after))
    text = Reader(html).text
    size = 6 + (1 / 3 if word == "more" else -1 / 3)
    signed = size if word == "more" else -size
    written = f"{signed:+.1f}".replace("-", MINUS)
    assert f"the mean change in headache days per 28 days was {written}" in text
    assert f"{size:.1f} {word} on average" in text
    assert "there is no comparison group" in text
    assert not re.search(CAUSAL, text)


@pytest.mark.parametrize(
    "which", ["sections", pytest.param("arms_sections", marks=pytest.mark.long), "arms_outside"]
)
def test_a_negative_number_has_the_same_sign_in_sentences_tiles_tables_and_drawings(which, example, request):
    read = Reader(page(example, request.getfixturevalue(which)))
    words = [read.text, *(told.get("aria-label") or "" for _, told in read.elements)]
    assert any(MINUS in text for text in words)
    assert [found[0] for text in words for found in re.finditer(rf"[^ ]*{HYPHEN}\d[^ ]*", text)] == []


def test_no_change_is_said_to_be_none():
    text = Reader(made(study_with(10, 10, size=60))[1]).text
    assert "no change on average" in text


def test_an_interval_that_holds_no_change_is_said_to():
    row = {"estimate": 0.3, "lower": -1.1, "upper": 1.7}
    said = with_doubt(Primary("The mean change was +0.3.", pd.DataFrame([row])), "headache_days")
    assert said.endswith("also includes no change and a change in the other direction.")
    sure = Primary("The mean change was +0.3.", pd.DataFrame([row | {"lower": 0.1}]))
    assert "other direction" not in with_doubt(sure, "headache_days")


def test_arms_are_never_pooled():
    people = pd.DataFrame(
        {
            "patient_id": ["p0", "p1", "p2"],
            "index_date": "2026-01-30",
            "arm": ["ketamine", "saline", "saline"],
        }
    )
    text = Reader(made(study_with(10, 16, patients=people))[1]).text
    assert "3 patients treated" not in text
    assert "on average" not in text
    assert "All patients were treated" not in text
    assert "patient 1 (ketamine)" in text
    assert "patient 2 (saline)" in text


@pytest.mark.reference
def test_the_real_diary_is_reported_as_getting_worse(tmp_path):
    raw = pd.read_csv(shared("data", "kostecki_dillon.csv"), dtype={"id": str})
    dates = (pd.Timestamp("2000-01-01") + pd.to_timedelta(raw["time"], unit="D")).dt.strftime("%Y-%m-%d")
    days = pd.DataFrame({"patient_id": raw["id"], "date": dates, "headache": raw["headache"]})
    people = pd.DataFrame({"patient_id": raw["id"].unique(), "index_date": "2000-01-01"})
    text = Reader(made(oc.Study(diary=days, patients=people, rules={"min_baseline_days": 14}))[1]).text
    assert "1.9 more on average" in text
    assert "n = 20 of 133" in text
    assert f"{signed(1.87, 2)}" in text
    assert "5.30" in text


def test_what_is_not_given_is_said_with_its_cost(tmp_path):
    statuses, html = made(study_of(tmp_path, {"patients": PATIENTS, "diary": DIARY}))
    text = Reader(html).text
    assert statuses["adverse-events"] == "absent"
    assert "no record is not the same as no event" in text
    assert "without sessions: nothing on dose" in text
    assert "no patient has enough diary days before and after" in text


@pytest.mark.parametrize(
    "tables",
    [
        {"diary": DIARY, "sessions": SESSIONS},
        {"patients": PATIENTS.replace("02,", "03,"), "diary": DIARY},
        {"patients": PATIENTS, "diary": "patient_id,date,headache\n01,2026-01-05,yes\n"},
        {"patients": PATIENTS, "diary": "patient_id,date,headache\n01,never,maybe\n"},
        ALL | {"adverse_events": "patient_id,term,onset\n01,nausea,2025-12-31T10:00+01:00\n"},
        ALL | {"adverse_events": "patient_id,term,onset\n"},
    ],
    ids=["no patients", "unknown patient", "one patient", "all rejected", "event before", "no events"],
)
def test_thin_studies_make_a_whole_page(tmp_path, tables):
    statuses, html = made(study_of(tmp_path, tables))
    assert set(statuses) == set(EXPECTED) - {"mood", "pain", "who-benefits"}, "of one patient"
    assert "failed" not in statuses.values()
    assert Reader(html).text


def test_one_patient_has_no_interval_and_no_nan_is_printed():
    _, html = made(study_with(10, 16, size=1))
    text = Reader(html).text
    assert "In 1 of 1 treated patients with" in text
    assert not re.search(r"\b(nan|NaN|None|NaT|<NA>|inf)\b", re.sub(r"None is given|\bNone\b", "", text))


def test_markup_in_any_text_comes_out_as_text():
    people = pd.DataFrame(
        {
            "patient_id": ["p0", "p1", "p2"],
            "index_date": "2026-01-30",
            "site": PAYLOAD,
            "arm": PAYLOAD,
            "cohort": PAYLOAD,
        }
    )
    events = pd.DataFrame({"patient_id": ["p0"], "term": [PAYLOAD], "onset": ["2026-02-01T10:00+00:00"]})
    titled = study_with(10, 16, patients=people, adverse_events=events, title=PAYLOAD)
    _, html = made(titled)
    reader = Reader(html)
    assert PAYLOAD.replace("  ", " ") in reader.text
    assert not {tag for tag, _ in reader.elements} & {"script", "img"}
    assert "49" not in next(text for text in reader.texts if "7 * 7" in text)


LONG = "Rückenmarkstimulationsbehandlungsprogramm" * 12
RIGHT_TO_LEFT = "\u05db\u05d0\u05d1 \u05e8\u05d0\u05e9 (\u0635\u062f\u0627\u0639)"


def strange_study() -> oc.Study:
    """Return a study with very long and right-to-left names and 400 different terms of events."""
    people = pd.DataFrame({"patient_id": ["p0", "p1", "p2"], "index_date": "2026-01-30"})
    people["cohort"] = [LONG, RIGHT_TO_LEFT, "x"]
    terms = [f"{RIGHT_TO_LEFT} {number}" if number % 2 else f"{LONG} {number}" for number in range(400)]
    events = pd.DataFrame({"patient_id": "p0", "term": terms, "onset": "2026-02-01T10:00+00:00"})
    return study_with(10, 16, patients=people, adverse_events=events, title=f"{RIGHT_TO_LEFT} {LONG[:250]}")


def test_long_and_right_to_left_names_and_400_terms_are_shown_whole():
    statuses, html = made(strange_study())
    text = Reader(html).text
    assert "failed" not in statuses.values()
    assert f"Cohort {LONG} 1/3 33%" in text
    assert f"{RIGHT_TO_LEFT} 1/3 33%" in text
    assert f"{RIGHT_TO_LEFT} {LONG[:250]}" in text
    assert "400 emergent events, serious: not recorded, of grade 3 or higher: not recorded" in text
    assert "1/3 patients; seriousness not recorded" in text
    assert "serious: not recorded" in text
    assert "not recorded 1/3 33%" in text, "the worst grade is not known, and that is a line"


def test_a_section_that_fails_costs_only_itself(tmp_path, monkeypatch):
    def broken(material):
        raise KeyError("Zebra77")

    sections = tuple(
        replace(part, make=broken) if part.name == "who" else part for part in page_module.SECTIONS
    )
    monkeypatch.setattr(page_module, "SECTIONS", sections)
    path = oc.report(study_with(10, 16), tmp_path, audience="clinic")
    html = path.read_text(encoding="utf-8")
    assert "This section could not be made (KeyError). The others are not affected." in Reader(html).text
    assert "Zebra77" not in html
    manifest = json.loads((path.parent / "manifest.json").read_text())
    assert manifest["status"] == "incomplete"
    assert [part["name"] for part in manifest["sections"] if part["status"] == "failed"] == ["who"]


def test_a_failed_section_is_exit_code_3_and_published(tmp_path, monkeypatch, capsys):
    from outcomes.cli import main

    def broken(material):
        raise ZeroDivisionError

    monkeypatch.setattr(
        page_module, "SECTIONS", (Part("context", "Context", broken), *page_module.SECTIONS[:1])
    )
    study = study_of(tmp_path)
    assert study.diary.shape[0] == 2
    with pytest.raises(SystemExit) as left:
        main(["report", str(tmp_path / "study.toml"), "--out", str(tmp_path / "out")])
    printed = capsys.readouterr()
    assert left.value.code == 3
    assert Path(printed.out.strip()).exists()
    assert "a section could not be made" in printed.err


def test_as_of_uses_nothing_later(tmp_path):
    study = study_with(10, 16)
    early = oc.report(study, tmp_path, as_of="2026-02-10", audience="clinic").read_text(encoding="utf-8")
    assert "Data up to 2026-02-10" in early
    cut = study.as_of("2026-02-10")
    assert early == page(cut, sections_of(cut), opening_lines(cut, Readers("clinic")))


@pytest.fixture(scope="module")
def of_pain():
    return Material(oc.simulate(patients=40, seed=2).study.with_rules(endpoint="mean_pain"))


@pytest.mark.parametrize("audience", ["clinic", "external"])
def test_pain_is_lower_and_not_fewer_and_is_not_per_month(of_pain, audience):
    view = view_of(of_pain, Readers(audience))
    words = " ".join(str(block) for block in in_short(view).blocks)
    assert "the mean change in mean pain was " in words
    assert re.search(r"That is [\d.]+ (lower|higher) on average", words)
    assert "at least 50% lower mean pain on headache days" in words
    assert "(NRS 0-10) per 28 days" not in words
    captions = [block.caption for block in headache_days(view).blocks if isinstance(block, TableBlock)]
    assert "Patients whose mean pain on headache days (NRS 0-10) fell." in captions


def test_what_a_missing_table_costs_is_said_of_each():
    from outcomes.page.sections.data_quality import COST
    from outcomes.schema.tables import TABLES

    assert set(TABLES) - {"diary"} <= set(COST)
