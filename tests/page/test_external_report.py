"""A report for readers outside: whoever reads the whole page cannot find a small count again."""

from __future__ import annotations

import json
import os
import re
from datetime import date
from itertools import pairwise
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from reader_outside import LIMIT, UNKNOWN, Attack, Page, attacked, number_of, small_ratios
from scipy.stats import t as student
from whole_page import page_of

import outcomes as oc
from outcomes.errors import ArgumentError
from outcomes.page.as_untreated import as_untreated
from outcomes.page.blocks import TableBlock
from outcomes.page.make import make, sections_of
from outcomes.page.material import Material
from outcomes.page.readers import CLINIC, Readers
from outcomes.page.sections.adverse_events import adverse_events
from outcomes.page.sections.harm_tile import harm_tile
from outcomes.page.sections.who import who
from outcomes.page.sections.withheld import withheld
from outcomes.page.view import Outside
from outcomes.publish.request import Request
from outcomes.publish.runs import run
from outcomes.publish.verify import verify
from shared import ROOT
from studies import ALL, write_study

OUTSIDE = Readers("external", LIMIT)
#: P is printed with three decimals.
HALF_A_DIGIT = 5e-4


def external(study: oc.Study) -> Page:
    return Page(make(study, OUTSIDE).outputs["report.html"].decode())


@pytest.fixture(scope="module")
def page(outside_html) -> Page:
    return Page(outside_html)


@pytest.fixture(scope="module")
def inside(html) -> Page:
    return Page(html)


def no_rules(page: Page) -> str:
    """Return the text without what is the same for every study: rules, context, versions."""
    text = page.text
    start, end = text.index("What any change must be set against Untreated"), text.index("Provenance Used:")
    return text[:start] + text[end:]


def test_no_small_ratio_is_on_the_page_nor_in_the_words_of_its_drawings(page):
    assert small_ratios("3/60 and 57 of 60 and 1,198/1,200") == ["3/60", "57/60", "1198/1200"]
    assert small_ratios(no_rules(page)) == []
    assert not re.search(r"\bn = [1-9]\b", page.text)


def test_the_page_for_the_clinic_has_what_this_one_withholds(inside):
    assert len(small_ratios(no_rules(inside))) > 20
    assert UNKNOWN not in inside.text


def test_every_small_group_is_withheld_with_its_percentage_and_interval(page, material):
    rows = page.rows("events")
    counted = material.events_by("group").to_frame().set_index("group")
    assert len(counted) > 10
    for group, row in counted.iterrows():
        shown = rows[str(group).replace("_", " ")]
        small = row["n"] < LIMIT or row["N"] - row["n"] < LIMIT
        assert (shown[0] == UNKNOWN) >= small
        assert (shown[0] == shown[1] == shown[2] == UNKNOWN) or shown[0] == f"{row['n']}/{row['N']}"


def test_withheld_groups_come_last_by_name_so_that_their_order_tells_nothing(page):
    names = [name for name, row in page.rows("events").items() if row[0] == UNKNOWN]
    assert names == sorted(names)
    assert list(page.rows("events"))[-len(names) :] == names


def test_the_page_is_still_of_use(page):
    text = page.text
    rows = page.rows("events")
    assert sum(row[0] != UNKNOWN for row in rows.values()) >= 8
    assert "60 patients treated" in text or "60" in text
    assert len(page.rows("change")) >= 6
    assert "What was withheld, and why" in text
    assert "For readers outside the clinic" in text


def test_no_withheld_count_of_events_can_be_reconstructed(page, material):
    assert attacked(page, material) > 10


def test_no_count_of_patients_facts_can_be_reconstructed(page, example, material):
    rows = page.tables["people"]
    heading, parts = "", {}
    for row in rows:
        if len(row) == 1:
            heading = row[0]
        elif row[0] != "Value":
            parts.setdefault(heading, {})[row[0]] = row[1]
    assert len(parts) >= 3
    for heading, cells in parts.items():
        total = len(example.sessions) if heading.startswith("Setting") else len(material.treated)
        attack = Attack()
        for label, cell in cells.items():
            attack.know(label, cell, total)
        attack.equal.append((dict.fromkeys(cells, 1.0), total))
        for label, cell in cells.items():
            if cell == UNKNOWN:
                low, high = attack.range(label)
                assert high - low >= LIMIT - 1, f"{heading} {label}"


def test_no_responder_level_can_be_told_from_the_one_before(page, material):
    """At least 30, 50, 75 and 100 % fewer are within each other: those between two are counts too."""
    rows = [row for row in page.tables["responders"] if len(row) > 4 and row[0] == "days 1-28"]
    levels = ("at least 30% fewer", "at least 50% fewer", "at least 75% fewer", "none left")
    cells = {row[1]: row[2] for row in rows}
    attack, total = Attack(), len(material.treated)
    for level in levels:
        attack.know(level, cells[level], total)
    pairs = list(pairwise(levels))
    for larger, smaller in pairs:
        attack.at_most.append(({smaller: 1.0, larger: -1.0}, 0))
    truth = material.responders.to_frame().query("period == 'days 1-28' and missing == 'non_responder'")
    known = dict(zip(truth["term"], truth["n"], strict=True))
    for level, term in zip(
        levels, ("responder_30", "responder_50", "responder_75", "responder_100"), strict=True
    ):
        if 0 < known[term] < LIMIT:
            low, high = attack.range(level)
            assert high - low >= LIMIT - 1
    for larger, smaller in pairs:
        shown = [number_of(cells[level]) for level in (larger, smaller)]
        if None not in shown:
            assert not 0 < shown[0] - shown[1] < LIMIT


def test_the_number_behind_a_mean_is_not_shown_when_it_tells_how_few_are_missing(page, material):
    n = dict(zip(material.change["period"], material.change["n"], strict=True))
    total = len(material.treated)
    for period, row in page.rows("change").items():
        if period in n:
            few = 0 < total - n[period] < LIMIT
            # as if nobody had been treated again: of all, while n tells how many were
            drawn = (material.later["period"] == str(period)).any()
            assert row[0] == (UNKNOWN if few or drawn else str(n[period]))
            if few:
                assert f"n = {n[period]} " not in page.text
    assert "SD" not in page.tables["change"][0], "with the interval it tells n"


def test_nothing_of_one_patient_is_on_the_page(example, page, outside_html):
    html = outside_html
    ids = [
        *example.patients["patient_id"],
        *example.sessions["session_id"],
        *example.adverse_events["event_id"],
    ]
    text = page.text
    for name in ids:
        assert not re.search(rf"(?<![\w]){re.escape(name)}(?![\w])", text), "an identifier"
    assert "thin lines" not in text
    for drawing in ("flow", "recording"):
        assert f'id="{drawing}' not in html
    assert 'id="findings"' not in html


@pytest.mark.parametrize(("patients", "seed"), [(24, 3), pytest.param(40, 8, marks=pytest.mark.long)])
def test_simulated_studies_cannot_be_reconstructed_either(patients, seed):
    study = oc.simulate(patients=patients, seed=seed).study
    page, material = external(study), Material(study)
    assert small_ratios(no_rules(page)) == []
    attacked(page, material)


def test_of_nine_patients_nothing_is_told():
    study = oc.simulate(patients=9, seed=4).study
    page = external(study)
    statuses = {part.name: part.status for part in sections_of(study, OUTSIDE)}
    assert {statuses[name] for name in ("headache-days", "adverse-events", "who")} == {"absent"}
    assert "Fewer than 10 patients" in page.text
    assert set(page.tables) == {"rules"}


def example_copy(folder: Path, *, audience: str | None) -> Path:
    """Copy the example, with another line for the readers or none."""
    for file in (ROOT / "data" / "example").iterdir():
        if file.is_file():
            (folder / file.name).write_bytes(file.read_bytes())
    text = (folder / "study.toml").read_text(encoding="utf-8")
    line = re.search(r"^audience = .*\n", text, flags=re.MULTILINE)
    assert line is not None
    wanted = "" if audience is None else f'audience = "{audience}"\n'
    (folder / "study.toml").write_text(text.replace(line[0], wanted), encoding="utf-8")
    return folder / "study.toml"


@pytest.mark.long  # the whole example; a small study is tried each time
def test_without_a_word_about_readers_nothing_small_leaves(tmp_path):
    done = run(example_copy(tmp_path, audience=None), tmp_path / "out")
    folder = Path(done.report or "").parent
    assert small_ratios(no_rules(Page((folder / "report.html").read_text(encoding="utf-8")))) == []
    assert set(done.rows) <= {"diary", "titration"}
    manifest = json.loads((folder / "manifest.json").read_text())
    assert manifest["disclosure"]["audience"] == "external"
    assert manifest["disclosure"]["smallest_count"] == LIMIT
    assert manifest["rows"] is None
    assert not [key for item in manifest["inputs"] for key in ("rows", "bytes") if key in item]
    results = (folder / "run_results.json").read_text()
    assert not re.search(r"\b5[0-9] patients", results)
    assert verify(folder).problems == ()


def test_the_command_line_s_word_is_stronger_than_the_file_s_and_can_be_verified(tmp_path):
    study = write_study(tmp_path, ALL)
    done = run(study, tmp_path / "out", Request(audience="external"))
    folder = Path(done.report or "").parent
    assert json.loads((folder / "manifest.json").read_text())["disclosure"]["audience"] == "external"
    assert verify(folder).problems == ()


SMALL_DIARY = [("p1", f"2026-01-{day:02d}", "yes") for day in range(1, 21)]


def write_small(folder: Path, rows: int) -> Path:
    frame = pd.DataFrame(SMALL_DIARY[:rows], columns=["patient_id", "date", "headache"])
    frame.to_csv(folder / "diary.csv", index=False)
    (folder / "patients.csv").write_text("patient_id,index_date\np1,2026-01-10\n")
    files = "\n".join(f'[tables.{name}]\nfile = "{name}.csv"' for name in ("diary", "patients"))
    (folder / "study.toml").write_text(f'title = "S"\n{files}\n')
    return folder / "study.toml"


def test_fewer_rows_than_last_time_are_told_without_their_number(tmp_path):
    run(write_small(tmp_path, 20), tmp_path / "out")
    done = run(write_small(tmp_path, 3), tmp_path / "out")
    assert done.warnings == ("diary has over 5 % fewer accepted rows than in the last report",)


def test_the_public_door_is_closed_by_default(tmp_path):
    people = pd.DataFrame({"patient_id": ["p1"], "index_date": "2026-01-10"})
    diary = pd.DataFrame(SMALL_DIARY, columns=["patient_id", "date", "headache"])
    study = oc.Study(diary=diary, patients=people)  # of frames: nobody has said who reads
    path = oc.report(study, tmp_path / "out")
    assert "For readers outside the clinic" in path.read_text(encoding="utf-8")
    path = oc.report(study, tmp_path / "out", audience="clinic")
    assert "For readers outside the clinic" not in path.read_text(encoding="utf-8")
    with pytest.raises(ArgumentError, match="audience is not one of its options"):
        oc.report(study, tmp_path / "out", audience="everybody")
    with pytest.raises(ArgumentError, match="protects nobody"):
        oc.report(study, tmp_path / "out", smallest_count=2)


def test_tables_of_the_report_as_files_are_withheld_too(tmp_path, example):
    from outcomes.publish.table_files import write_tables

    done = write_tables(example, tmp_path / "t", forms=["tex", "xlsx"], readers=OUTSIDE)
    assert done.failed == ()
    names = {path.name for path in done.files}
    assert {"events.tex", "events.xlsx", "change.tex", "responders.tex", "people.tex"} <= names
    for path in done.files:
        if path.suffix == ".tex":
            assert path.stem == "rules" or small_ratios(path.read_text(encoding="utf-8")) == []
    assert sorted(path.name for path in (tmp_path / "t").iterdir()) == sorted(names)


def outside_with(study: oc.Study, **columns: object) -> Outside:
    """Return what may be told of a study whose events have other values in some columns."""
    material = Material(study)
    material.__dict__["events"] = material.events.assign(**columns)
    return Outside(material, limit=LIMIT)


def test_what_was_not_recorded_about_events_is_not_told_as_none(example):
    unknown = pd.array([pd.NA] * len(Material(example).events), dtype="boolean")

    def told(serious) -> str:
        return harm_tile(outside_with(example, serious=serious)).detail

    assert "seriousness not recorded" in told(unknown)
    assert "patients with a serious event:" not in told(unknown)
    partly = unknown.copy()
    partly[1:] = False
    assert "patients with a serious event: not known (not recorded for every event)" in told(partly)


def test_no_note_of_a_table_counts_single_events(example):
    events = Material(example).events
    graded = outside_with(example, grade=events["grade"].where(events.index > 0), related=pd.NA)
    inside = [note for name in ("overview", "by_worst_grade") for note in graded._all.safety[name].notes]
    counts = [note for note in inside if re.search(r"\d+ (events|began)", note)]
    assert counts, "notes of the result count events"
    blocks = [block for block in adverse_events(graded).blocks if isinstance(block, TableBlock)]
    notes = [note for block in blocks for note in block.table.notes]
    assert not set(counts) & set(notes)
    assert "related: not recorded" in notes


def test_quartiles_are_of_enough_patients_and_not_of_enough_courses(example):
    shown = Outside(Material(example), limit=LIMIT)
    courses = shown._all.courses
    few = courses["patient_id"].isin(sorted(courses["patient_id"].unique())[:LIMIT])
    courses = pd.concat([courses[few]] * 8, ignore_index=True)
    assert len(courses) >= 4 * LIMIT
    assert shown.enough
    shown._all.__dict__["courses"] = courses
    table = next(block.table for block in who(shown).blocks if block.table.name == "quartiles")
    facts = table.texts()["fact"]
    assert "Sessions per patient" in facts
    assert not [fact for fact in facts if "course" in fact]


def test_no_date_of_a_patient_is_in_what_leaves_the_clinic(tmp_path):
    study = example_copy(tmp_path, audience=None)
    text = study.read_text(encoding="utf-8")
    assert "[report]" in text
    limits = "[report]\nmax_age_diary_days = 3\nmax_age_sessions_days = 3"
    study.write_text(text.replace("[report]", limits, 1), encoding="utf-8")
    done = run(study, tmp_path / "out", Request(as_of="2027-06-30"))
    folder = Path(done.report or "").parent
    read = oc.read_study(study, as_of="2027-06-30")
    days = {read.diary["date"].max().date(), read.sessions["start"].dt.tz_convert(read.timezone).max().date()}
    ages = [(date(2027, 6, 30) - day).days for day in days]
    told = " ".join([*(path.read_text(encoding="utf-8") for path in folder.iterdir()), *done.warnings])
    assert not [day for day in days if day.isoformat() in told]
    assert not [age for age in ages if f"{age} days old" in told]
    assert len(done.warnings) == 2
    assert done.warnings[0] == "the newest diary day is older than max_age_diary_days, 3 days"
    # the log, which stays in the clinic, knows them: so data that nobody sends grow stale all the same
    again = run(study, tmp_path / "out", Request(as_of="2027-06-30", if_changed=True))
    assert again.status == "unchanged"
    assert again.warnings == done.warnings


def test_in_a_small_study_p_and_interval_would_tell_the_number_that_is_withheld():
    """Estimate, interval and P have one number of degrees of freedom that fits them: so P goes with n."""
    study = oc.simulate(patients=14, seed=1).study
    page, inside = external(study), Material(study)
    total = len(inside.treated)
    rows = inside.change.to_frame()
    few = rows[(rows["n"] < total) & (rows["n"] > total - LIMIT) & (rows["n"] >= 2 * LIMIT)]
    assert len(few)
    assert not [cell for line in page.tables["change"][:2] for cell in line if cell in ("P", "df", "SD")]
    for row in few.itertuples():
        assert page.rows("change")[row.period][0] == UNKNOWN
        # what a reader could do with P beside a t interval, as larger studies have both
        ratio = row.estimate / (student.ppf(0.975, row.n - 1) * row.std_error)
        printed = 2 * student.sf(abs(row.estimate / row.std_error), row.n - 1)
        fits = [df for df in range(2 * LIMIT - 1, total) if abs(p_of(ratio, df) - printed) < HALF_A_DIGIT]
        assert row.n - 1 in fits


def p_of(ratio: float, df: int) -> float:
    """Return P of an estimate that is so many half widths of its 95% interval from 0."""
    return float(2 * student.sf(abs(ratio) * student.ppf(0.975, df), df))


def test_files_of_tables_are_the_owner_s_whatever_the_umask(tmp_path):
    from outcomes.publish.table_files import write_tables

    study = oc.simulate(patients=12, seed=1).study
    before = os.umask(0)
    try:
        out = tmp_path / "for" / "the" / "board"
        write_tables(study, out, forms=["tex"], readers=OUTSIDE)
    finally:
        os.umask(before)
    assert {folder.stat().st_mode & 0o777 for folder in (out, out.parent, out.parent.parent)} == {0o700}
    assert {path.stat().st_mode & 0o777 for path in out.iterdir()} == {0o600}


def test_who_is_missing_at_follow_up_cannot_be_told_from_two_means_of_the_baseline():
    """20 patients, one without follow-up: with both means of the baseline, hers is 20 x mean - 19 x mean."""
    study = one_without_follow_up()
    inside = Material(study)
    periods = inside.periods
    hers = float(periods.loc[(periods["patient_id"] == "p19") & periods["value"].notna(), "value"].iloc[0])
    assert hers == 26.0
    assert inside.change.to_frame().iloc[0]["n"] == 19
    html = make(study, OUTSIDE).outputs["report.html"].decode()
    page = Page(html)
    rows = {period: cells for period, cells in page.rows("change").items() if period.startswith("days")}
    assert next(iter(rows.values()))[0] == UNKNOWN
    head = page.tables["change"][0]
    baselines = {cells[head.index("Baseline") - 1] for cells in rows.values()}
    assert len(baselines - {UNKNOWN}) <= 1, "the mean of the baseline stands once at most"
    assert 'id="trajectory' not in html, "the drawing of levels has coordinates of another mean"
    # every pair of numbers on the page: none gives the value of the one who is missing
    numbers = {float(found) for found in re.findall(r"(?<![\d.])\d+\.\d+(?![\d.])", page.text)}
    near = [(a, b) for a in numbers for b in numbers if a != b and abs(20 * a - 19 * b - hers) < 1e-9]
    other = Outside(inside, limit=LIMIT)
    shown = {float(value) for value in other.change.to_frame()["baseline_mean"].dropna()}
    assert not [pair for pair in near if set(pair) <= shown]


def one_without_follow_up() -> oc.Study:
    """Return 20 patients with 10 to 20 headache days of 28; the last has 26 and ends her diary on day 0."""
    days = pd.date_range("2026-01-01", periods=57)
    parts = []
    for number in range(20):
        kept = days[:28] if number == 19 else days
        many = 26 if number == 19 else 10 + number % 11
        headache = [(place % 28) < many for place in range(len(kept))]
        parts.append(pd.DataFrame({"patient_id": f"p{number}", "date": kept, "headache": headache}))
    sessions = pd.DataFrame(
        {
            "session_id": [f"s{number}" for number in range(20)],
            "patient_id": [f"p{number}" for number in range(20)],
            "start": "2026-01-29 10:00",
            "end": "2026-01-29 14:00",
        }
    )
    return oc.Study(diary=pd.concat(parts, ignore_index=True), sessions=sessions)


def test_what_somebody_typed_about_few_people_is_not_told(example):
    name = "Anna Muster, cousin of the mayor"
    patients = example.patients.head(25)
    patients = patients.assign(cohort=patients["cohort"].where(patients.index > 1, name))
    tables = {
        table: example.table(table).loc[lambda rows: rows["patient_id"].isin(patients["patient_id"])]
        for table in ("diary", "sessions", "adverse_events")
    }
    material = Material(oc.Study(patients=patients, timezone=example.timezone, **tables))
    assert name in page_of(material, CLINIC)
    html = page_of(material, OUTSIDE)
    assert name not in html
    assert "labels withheld" in html


def test_names_and_hashes_of_files_stay_in_the_clinic(example, page):
    for file in example.provenance.itertuples():
        assert file.file not in page.text
        assert file.sha256 not in page.text


def test_a_drawing_carries_no_more_digits_than_the_table(example, material):
    shown = Outside(material, limit=LIMIT).change.to_frame()
    exact = as_untreated(material.change, material.later).to_frame()
    for name in ("estimate", "lower", "upper"):
        assert (shown[name] == shown[name].round(2)).all()
        assert np.abs(shown[name].to_numpy() - exact[name].to_numpy()[: len(shown)]).max() <= 0.005 + 1e-12


def test_a_section_without_a_rule_is_not_shown_outside(example, monkeypatch):
    from outcomes.page import make as page_module
    from outcomes.page.blocks import Section, Words
    from outcomes.page.sections import Part

    def new(view):
        return Section("new", "New", (Words("about patients"),))

    monkeypatch.setattr(page_module, "SECTIONS", (Part("new", "New", new),))
    assert [part.name for part in sections_of(example, CLINIC)] == ["new"]
    assert sections_of(example, OUTSIDE) == []


def test_the_same_words_have_the_same_denominator_for_every_reader(page, inside):
    head = inside.tables["responders"][1]
    assert head.count("n/N") == 2
    ours, theirs = (
        {(row[0], row[1]): row[2] for row in one.tables["responders"][2:]} for one in (inside, page)
    )
    told = {key: cell for key, cell in theirs.items() if "/" in cell}
    assert len(told) == 4
    assert {key: ours[key] for key in told} == told


def test_no_session_with_an_event_has_the_limit_that_lets_patients_be_alike(material):
    rows = material.session_events_by("group").to_frame()
    none = rows[rows["n"] == 0]
    assert len(none)
    sizes = material.study.sessions.groupby("patient_id").size()
    effective = sizes.sum() ** 2 / (sizes**2).sum()  # sessions of one patient wholly alike
    assert none["upper_cluster"].to_numpy() == pytest.approx(100 * (1 - 0.025 ** (1 / effective)))


def test_few_patients_without_an_arm_take_an_arm_with_them_and_the_page_says_why(arms_material):
    """Beside all treated and the other arm, its size would tell how few have none."""
    study = arms_material.study
    patients = study.patients.reset_index(drop=True)
    tables = {name: study.table(name) for name in ("diary", "sessions")}
    kept = patients["arm"].where(patients.index >= 2)
    view = Outside(
        Material(oc.Study(patients=patients.assign(arm=kept), timezone=study.timezone, **tables)), limit=5
    )
    assert len(Outside(arms_material, limit=5).arms) == 2
    assert len(view.arms) == 1
    said = " ".join(withheld(view).blocks[1].points)
    assert "Where 1 to 4 patients have no arm, another arm goes too" in said
