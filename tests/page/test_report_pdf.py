"""The PDF: what is on the page is in it, tagged, the same bytes each time, and no text is read as markup."""

from __future__ import annotations

import hashlib
import json
import re
import sys
import time
import zlib

import pytest
from test_report_page import LONG, PAYLOAD, RIGHT_TO_LEFT, strange_study, study_with

from outcomes.errors import ReportError
from outcomes.page.blocks import Drawing, Heading, Section, Words
from outcomes.page.make import sections_of
from outcomes.page.options import Options
from outcomes.page.pdf import pdf
from outcomes.page.pdf_content import content_of, readable, right_to_left
from outcomes.plots.fonts import glyphs
from outcomes.plots.svg import alternative
from outcomes.publish.request import Request
from outcomes.publish.runs import run
from outcomes.publish.verify import verify
from studies import DIARY, PATIENTS, write_study

CPU_SECONDS = 5.0  # what the PDF may take besides the page
HOSTILE = '#let x = 1; $ x^2 $ *bold* _it_ `raw` @ref // c /* c */ \\ #eval("1") #image("/etc/passwd")'


def objects(data: bytes) -> bytes:
    """Return the document with its compressed parts opened."""
    opened = [data]
    for part in re.findall(rb"stream\r?\n(.*?)\r?\nendstream", data, re.DOTALL):
        try:
            opened.append(zlib.decompress(part))
        except zlib.error:
            continue
    return b"\n".join(opened)


def strings(content: object) -> list[str]:
    """Return every text in JSON data."""
    if isinstance(content, str):
        return [content]
    parts = content.values() if isinstance(content, dict) else content if isinstance(content, list) else ()
    return [text for part in parts for text in strings(part)]


@pytest.fixture(scope="module")
def printed(example, sections):
    study = example
    began = time.process_time()
    return study, sections, pdf(study, sections), time.process_time() - began


def test_it_is_tagged_and_says_which_standard_it_keeps(printed):
    opened = objects(printed[2])
    assert opened.startswith(b"%PDF")
    for part in (
        b"/StructTreeRoot",
        b"/MarkInfo",
        b"/Lang",
        b"pdfuaid:part",
        b"/TH",
        b"/Caption",
        b"/H1",
        b"/H2",
    ):
        assert part in opened, part


def test_the_front_is_one_page(printed):
    data = printed[2]
    kids = re.search(rb"/Type/Pages/Count \d+/Kids\[([^\]]*)\]", data)
    pages = re.findall(rb"(\d+) 0 R", kids[1])
    at = {}
    for title, number in re.findall(rb"/Title\((.*?)\)/Dest (\d+) 0 R", data):
        where = re.search(rb"\b%s 0 obj\s*\[(\d+) 0 R" % number, data)
        at[title.decode("latin-1")] = pages.index(where[1])
    assert at["In short"] == 0
    assert next(place for title, place in at.items() if title.startswith("3.2 fewer")) == 1


def test_words_beside_figures_under_long_headings_keep_their_room(printed):
    blocks = [
        block for part in content_of(printed[1]) for block in part["blocks"] if block["kind"] == "table"
    ]
    (tipping,) = [block for block in blocks if block["caption"].startswith("How many of the missing days")]
    heads = [head["text"] for head in tipping["heads"][-1]]
    shares = dict(zip(heads, tipping["columns"], strict=True))
    free = sum(share for share in shares.values() if share is not None)
    assert shares["If that many"] > free / 2
    assert shares["Needed to change the conclusion"] is not None, "the heading takes several lines"
    assert shares["Their days"] is None


def test_every_drawing_has_its_words(printed):
    _, sections, made, _ = printed
    drawings = [block for part in sections for block in part.blocks if isinstance(block, Drawing)]
    assert len(drawings) >= 4
    assert objects(made).count(b"/Alt") >= len(drawings)
    shown = [block for part in content_of(sections) for block in part["blocks"] if block["kind"] == "drawing"]
    assert [block["alt"] for block in shown] == [alternative(block.svg) for block in drawings]
    assert all(len(block["alt"]) > 40 for block in shown)
    assert not any("var(--" in block["svg"] for block in shown)


def test_it_holds_every_text_of_the_sections(printed):
    _, sections, _, _ = printed
    texts = set(strings(content_of(sections)))
    for section in sections:
        assert section.title in texts
        for block in section.blocks:
            if isinstance(block, Words):
                assert readable(block.text) in texts
            if hasattr(block, "table"):
                for line in block.table.lines():
                    assert {readable(text) for text in line.texts} <= texts
                assert {readable(note) for note in block.table.notes} <= texts


def test_the_same_study_gives_the_same_bytes_within_its_time(printed):
    study, sections, made, seconds = printed
    assert pdf(study, sections) == made
    assert seconds < CPU_SECONDS


def test_a_letter_that_is_not_in_the_fonts_is_named():
    brain = "\N{BRAIN}"
    assert ord(brain) not in glyphs()
    assert readable(f"pain {brain} \u65e5") == "pain [U+1F9E0] [U+65E5]"
    assert readable("Kopfschmerz é כאב صداع Ω") == "Kopfschmerz é כאב صداع Ω"
    assert readable("a\x07b") == "a[U+0007]b"
    assert right_to_left(RIGHT_TO_LEFT)
    assert not right_to_left(f"12 x {RIGHT_TO_LEFT}")


@pytest.mark.parametrize(
    "text", [HOSTILE, PAYLOAD, LONG, RIGHT_TO_LEFT, "\N{BRAIN} \u202e x", "\x00\x1f", "]"]
)
def test_no_text_is_read_as_markup(text):
    title = "".join(filter(str.isprintable, text[:300]))  # others are refused in a title
    study = study_with(10, 16, title=title or "A")
    section = Section("s", text, (Words(text), Words(text, "caution")), "failed", text)
    sections = [section]
    assert pdf(study, sections).startswith(b"%PDF")
    assert readable(text) in strings(content_of(sections))


def test_long_and_right_to_left_names_and_400_terms_make_a_document():
    study = strange_study()
    assert pdf(study, sections_of(study)).startswith(b"%PDF")


def test_without_typst_the_error_says_what_to_install(printed, monkeypatch):
    monkeypatch.setitem(sys.modules, "typst", None)
    with pytest.raises(ReportError) as caught:
        pdf(printed[0], printed[1])
    assert "needs the package typst" in str(caught.value)
    assert "outcomes[documents]" in str(caught.value)


@pytest.mark.parametrize("configured", [False, True])
def test_it_is_published_verified_and_part_of_what_was_asked_for(tmp_path, configured):
    top = "[report]\npdf = true\n" if configured else ""
    study, out = write_study(tmp_path, {"patients": PATIENTS, "diary": DIARY}, top=top), tmp_path / "out"
    if not configured:
        assert run(study, out, Request(if_changed=True)).status == "published"
        assert not (out / "latest" / "report.pdf").exists()
    asked = Request(if_changed=True, options=Options(pdf=None if configured else True))
    assert run(study, out, asked).status == "published"
    assert run(study, out, asked).status == "unchanged"
    folder = out / "latest"
    told = {item["file"]: item for item in json.loads((folder / "manifest.json").read_text())["outputs"]}
    made = (folder / "report.pdf").read_bytes()
    assert told["report.pdf"]["sha256"] == hashlib.sha256(made).hexdigest()
    assert verify(folder).problems == ()
    (folder / "report.pdf").write_bytes(made[:-9])
    assert any("report.pdf differs" in problem for problem in verify(folder).problems)


def test_a_heading_is_a_heading_of_the_document(printed):
    section = Section("a", "A section", (Heading("A part of it"), Words("Its words.")))
    assert content_of([section])[0]["blocks"][0] == {"kind": "heading", "text": "A part of it"}
    study, *_ = printed
    headings = [
        len(re.findall(rb"/S\s*/H[23]\b", objects(pdf(study, [Section("a", "A section", blocks)]))))
        for blocks in (section.blocks[1:], section.blocks)
    ]
    assert headings == [headings[0], headings[0] + 1]
