"""The front of the page: what is read in five minutes, counted; a number that stands twice is one."""

from __future__ import annotations

import re
from html import unescape
from html.parser import HTMLParser
from types import SimpleNamespace

import pandas as pd
import pytest
from whole_page import page_of

import outcomes as oc
from outcomes.page.blocks import Drawing, KeyFigures, TableBlock, Words
from outcomes.page.front_results import still_better
from outcomes.page.make import make
from outcomes.page.material import Material
from outcomes.page.readers import CLINIC
from outcomes.page.sections.front_change import _first_periods
from outcomes.page.sections.in_short import in_short
from outcomes.page.sections.tiles import POOR
from outcomes.page.view import Clinic, Outside

#: 60 patients: open words, open numbers, all words; three patients: open words.
#: A word is what stands between blanks and has a letter: in sentences, captions, folded tables and drawings.
#: What has digits only (12/60, 95%) is a number: those of the text, and those of labels in drawings (n/N,
#: estimates); one that stands alone on an axis or in a row of counts is a mark, not read as a result.
WORDS, NUMBERS, LABELS, WHOLE, FEW = 1_300, 250, 200, 3_500, 400
ALONE = re.compile(r"[+\N{MINUS SIGN}-]?[\d.,]+%?")
NUMBER = re.compile(r"(?<![\w.,])[+\N{MINUS SIGN}-]?\d[\d,]*(?:\.\d+)?%?(?![\w])")


class Open(HTMLParser):
    """What is open: the text but for drawings, and the words drawn; `folded`: what is folded too."""

    def __init__(self, html: str, *, folded: bool = False) -> None:
        super().__init__()
        self.shut = ("style", "svg", "head") if folded else ("details", "style", "svg", "head")
        self.texts: list[str] = []
        self.labels: list[str] = []
        self.drawn: list[str] = []
        self._shut: list[str] = []
        # a drawing stands a second time for narrow screens: a reader sees one of the two
        self.feed(re.sub(r'<div class="narrow">.*?</div>', "", html, flags=re.DOTALL))

    def handle_starttag(self, tag, attrs):
        if tag == "svg":
            self.labels.append(unescape(dict(attrs).get("aria-label") or ""))
        if tag in self.shut:
            self._shut.append(tag)
        self._tag = tag

    def handle_endtag(self, tag):
        if self._shut and tag == self._shut[-1]:
            self._shut.pop()

    def handle_data(self, data):
        if not self._shut:
            self.texts.append(data)
        elif self._shut == ["svg"] and self._tag in ("text", "tspan"):
            self.drawn.append(data)

    @property
    def words(self) -> int:
        """Words that a reader reads, in drawings too."""
        pieces = f"{self.text} {' '.join(self.drawn)}".split()
        return sum(any(letter.isalpha() for letter in piece) for piece in pieces)

    @property
    def text(self) -> str:
        return " ".join(" ".join(self.texts).split())


@pytest.fixture(scope="module")
def tiles(material) -> dict[str, str]:
    """Return label -> value and detail of each tile for the clinic."""
    return tiles_of(Clinic(material))


def tiles_of(view) -> dict[str, str]:
    (figures,) = (block for block in in_short(view).blocks if isinstance(block, KeyFigures))
    return {one.label: f"{one.value} | {one.detail}" for one in figures.figures}


def test_what_is_open_can_be_read_in_five_minutes(html):
    first = Open(html)
    assert first.drawn, "words in drawings are read too"
    assert first.words <= WORDS
    assert len(NUMBER.findall(first.text)) <= NUMBERS
    labels = [text for text in first.drawn if not ALONE.fullmatch(text.strip())]
    assert 0 < len(NUMBER.findall(" ".join(labels))) <= LABELS
    assert first.words < Open(html, folded=True).words <= WHOLE


def test_what_is_not_used_stands_once(html):
    assert Open(html).text.count("of 165 sessions") == 1


def test_every_section_opens_with_a_finding_and_at_most_one_picture(sections):
    for section in sections:
        if section.folds and section.status == "ok":
            assert section.finding, section.name
            assert sum(isinstance(block, Drawing) for block in section.opening) <= 1
            assert not [block for block in section.opening if isinstance(block, TableBlock)]


def test_three_patients_have_their_values_and_no_interval_and_no_test():
    study = oc.simulate(patients=40, seed=3).study
    three = study.patients["patient_id"][:3]
    tables = {
        name: study.table(name).loc[lambda rows: rows["patient_id"].isin(three)]
        for name in ("patients", "diary", "sessions", "adverse_events")
    }
    html = make(oc.Study(timezone=study.timezone, **tables), CLINIC).outputs["report.html"].decode()
    assert Open(html).words <= FEW
    whole = Open(html, folded=True).text
    assert not re.search(r"95% interval|\d to \d+\.\d%|P [<=]", whole)
    rows = oc.periods(oc.Study(timezone=study.timezone, **tables))
    first = rows[rows["period_number"] == 1].sort_values("patient_id")
    for value in first["value"].dropna():
        assert f"{value:.1f}" in Open(html).text


def test_every_tile_has_its_finding(tiles):
    assert len(tiles) == 6
    assert next(iter(tiles)) == "patients treated"
    assert all(value.strip() for value in tiles.values())


def test_better_same_and_worse_are_counted_by_hand(example, tiles):
    periods = oc.periods(example)
    change = periods.loc[periods["period_number"] == 1, "change"].dropna().round(9)
    value = next(value for label, value in tiles.items() if label.startswith("median"))
    assert value.startswith(f"{(change < 0).sum()} better, {(change > 0).sum()} worse")
    assert f"the same: {(change == 0).sum()}" in value
    assert f"no value: {60 - len(change)}" in value
    label = next(label for label in tiles if label.startswith("median"))
    assert f"{change.median():+.1f}".replace("-", "\N{MINUS SIGN}") in label


def test_a_number_that_stands_twice_is_one_result(html, material, tiles):
    """Tiles, tables, the words and the descriptions of drawings say the same of the same thing."""
    change = material.change.to_frame().iloc[0]
    shown = f"{change['estimate']:.1f}".replace("-", "\N{MINUS SIGN}")
    limits = " to ".join(f"{change[side]:.1f}".replace("-", "\N{MINUS SIGN}") for side in ("lower", "upper"))
    labels = Open(html).labels
    drawn = [label for label in labels if label.startswith("Mean change in")]
    assert len(drawn) == 2, "the tile and the section"
    everywhere = [
        next(value for label, value in tiles.items() if label.startswith("change in")),
        *(label for label in re.findall(r'aria-label="(Mean change in headache[^"]*)"', html)),
    ]
    assert len(everywhere) == 4, "the tile in words and drawn, the section's drawing, and it narrow"
    for text in everywhere:
        assert shown in text
        assert limits in text
        assert f"n = {change['n']}" in text
    any_event = material.events_by().to_frame().iloc[0]
    overview = material.safety["overview"].to_frame().query("unit == 'patient'").set_index("term")
    harm = next(value for label, value in tiles.items() if "adverse event" in label)
    assert f"{any_event['n']}/{any_event['N']} patients" in harm
    assert f"serious event: {overview.loc['serious', 'n']}" in harm
    assert f"grade 3 or higher: {overview.loc['grade 3+', 'n']}" in harm
    assert f"infusion stopped: {overview.loc['infusion stopped', 'n']}" in harm


def test_diaries_that_are_half_empty_put_a_caution_over_everything(example):
    diary = example.diary
    kept = diary[diary["date"].dt.day <= 12]
    study = oc.Study(
        diary=kept,
        sessions=example.sessions,
        patients=example.patients,
        timezone=example.timezone,
        rules={"min_days": 8, "min_baseline_days": 8},
    )
    view = Clinic(Material(study))
    assert view.complete.percent < POOR
    first = in_short(view).blocks[0]
    assert isinstance(first, Words)
    assert first.kind == "caution"
    assert first.text.startswith("Fewer than half of the days were recorded")


def test_readers_outside_see_no_patient_s_bar_and_no_small_group(material, outside_html):
    view = Outside(material, limit=5)
    found = view.directions
    counts = [n for n in found.counts.values() if isinstance(n, int)]
    assert not [n for n in counts if 0 < n < 5]
    assert view.waterfall(3.0) == []
    assert "one bar a patient" not in outside_html


def test_with_arms_their_contrast_stands_in_the_tile():
    study = oc.simulate(patients=40, seed=3).study
    patients = study.patients
    patients["arm"] = ["placebo" if place % 2 else "active" for place in range(len(patients))]
    tables = {name: study.table(name) for name in ("diary", "sessions")}
    trial = oc.Study(patients=patients, timezone=study.timezone, **tables)
    material = Material(trial)
    shown = tiles_of(Clinic(material))
    row = oc.estimate(trial).to_frame().iloc[0]
    value = next(value for label, value in shown.items() if label.startswith("change in"))
    written = f"{row['estimate']:+.1f}".replace("-", "\N{MINUS SIGN}")
    assert value.startswith(f"{written} | difference of means, active - placebo, days 1-28; ")
    assert next(iter(shown.items()))[1].startswith("20 active, 20 placebo")
    assert not [label for label in shown if label == "patients treated"]
    fell = oc.periods(trial).query("period_number == 1 and responder_50 == True")["arm"].value_counts()
    share = {arm: fell.get(arm, 0) / 20 for arm in ("active", "placebo")}  # of all 20, with a baseline or not
    points = f"{100 * (share['active'] - share['placebo']):+z.0f} points".replace("-", "\N{MINUS SIGN}")
    value = next(
        value for label, value in shown.items() if label.startswith("difference in patients with at")
    )
    assert value.startswith(points.removeprefix("+") if points == "+0 points" else points)
    text = Open(page_of(material, CLINIC), folded=True).text
    assert "40 patients treated" not in text
    assert "active - placebo" in text


def test_everybody_worse_and_nobody_with_a_baseline_have_a_front():
    days = pd.date_range("2026-01-01", periods=57)
    sessions = pd.DataFrame(
        {
            "session_id": [f"s{n}" for n in range(6)],
            "patient_id": [f"p{n}" for n in range(6)],
            "start": "2026-01-29 10:00",
            "end": "2026-01-29 14:00",
        }
    )
    diary = pd.concat(
        [
            pd.DataFrame({"patient_id": f"p{n}", "date": days, "headache": [d >= 20 for d in range(57)]})
            for n in range(6)
        ],
        ignore_index=True,
    )
    worse = tiles_of(Clinic(Material(oc.Study(diary=diary, sessions=sessions))))
    assert [value for value in worse.values() if value.startswith("0 better, 6 worse")]
    late = diary[diary["date"] >= "2026-01-29"]
    none = tiles_of(Clinic(Material(oc.Study(diary=late, sessions=sessions))))
    assert not [label for label in none if label.startswith("median")]


@pytest.mark.parametrize("people", [4, 5])
def test_a_share_of_one_or_two_who_fell_is_no_headline(people):
    """Of two patients one is still better: that is one patient, not 50%."""
    term = "still better on day 84, by hidden levels"
    rows = pd.DataFrame([{"term": term, "estimate": 0.5, "lower": 0.2, "upper": 0.8, "N": people}])
    rules = SimpleNamespace(endpoint="headache_days")
    material = SimpleNamespace(
        study=SimpleNamespace(rules=rules), lasting=SimpleNamespace(to_frame=lambda: rows)
    )
    assert (still_better(material) is None) == (people < 5)


def test_a_later_period_of_few_patients_is_not_drawn_beside_the_others():
    rows = pd.DataFrame({"period": ["days 1-28", "days 29-56", "days 57-84"], "n": [55, 4, 9]})
    assert _first_periods(rows)["n"].tolist() == [55, 9]
    assert _first_periods(rows.assign(n=[3, 2, 1]))["n"].tolist() == [
        3
    ]  # a study of few: its first one stays
    assert _first_periods(rows.iloc[:0]).empty
