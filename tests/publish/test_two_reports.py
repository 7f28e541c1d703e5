"""Two reports for readers outside, subtracted: few who differ are said, or the second report is not made."""

from __future__ import annotations

import stat
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import outcomes as oc
from outcomes.page import make as page_module
from outcomes.page.material import Material
from outcomes.page.people import few_changed, people
from outcomes.page.sections import SECTIONS
from outcomes.page.view import Outside
from outcomes.publish.gates import Gate
from outcomes.publish.request import Request
from outcomes.publish.runs import run
from outcomes.publish.told_before import STATE
from studies import write_study

KEY = "0123456789abcdef"
START = pd.Timestamp("2026-02-01")
FIRST, DAYS = "days 1-28", 28
#: Of the difference of two means that are printed with two decimals, times the patients in it.
PRINTED = 0.01 * 25


def diary(free: dict[str, int]) -> pd.DataFrame:
    """Return 28 days of headache before and 28 after of each patient, so many of these free."""
    days = [*range(-DAYS, 0), *range(1, DAYS + 1)]
    rows = [
        (who, (START + pd.Timedelta(day, "D")).strftime("%Y-%m-%d"), "no" if 0 < day <= none else "yes")
        for who, none in free.items()
        for day in days
    ]
    return pd.DataFrame(rows, columns=["patient_id", "date", "headache"])


def tables(free: dict[str, int]) -> dict[str, pd.DataFrame]:
    people = pd.DataFrame({"patient_id": list(free), "index_date": f"{START:%Y-%m-%d}"})
    return {"patients": people, "diary": diary(free)}


def patients(count: int, first: int = 0) -> dict[str, int]:
    return {f"Zebra{number:02d}": number % 9 for number in range(first, first + count)}


def write(folder: Path, free: dict[str, int], rule: str = "warn") -> Path:
    text = {name: frame.to_csv(index=False) for name, frame in tables(free).items()}
    path = write_study(folder, text)
    return Path(path.write_text(path.read_text() + f'few_changed = "{rule}"\n') and path)


def outside(**asked: bool) -> Request:
    return Request(audience="external", **asked)


@pytest.fixture(autouse=True)
def one_section(monkeypatch):
    monkeypatch.setattr(page_module, "SECTIONS", [part for part in SECTIONS if part.name == "provenance"])


def test_who_has_both_reports_works_out_a_patient_and_the_rule_sees_it():
    free = patients(20)
    before, after = (oc.Study(**tables(part)) for part in (free, free | {"Zebra99": 17}))
    first, second = (Outside(Material(study), limit=5).change.to_frame().iloc[0] for study in (before, after))
    worked_out = second["n"] * second["estimate"] - first["n"] * first["estimate"]
    assert worked_out == pytest.approx(-17, abs=PRINTED), "the attack works"
    assert FIRST in few_changed(people(before, KEY), people(after, KEY), smallest=10)


def test_a_patient_who_changed_counts_once_however_many_rows_did():
    free = patients(20)
    before, after = (oc.Study(**tables(part)) for part in (free, free | {"Zebra00": 20}))
    found = people(before, KEY), people(after, KEY)
    assert few_changed(*found, smallest=10) == [FIRST]
    assert few_changed(*found, smallest=2) == [FIRST]
    assert few_changed(found[0], found[0], smallest=10) == []
    assert len(np.setdiff1d(found[0][FIRST], found[1][FIRST])) == 1


@pytest.mark.parametrize("added", [{"a": 9, "b": 1}, {"a": 10, "b": 10}], ids=["nine and one", "ten and ten"])
def test_each_arm_is_held_by_itself(added):
    def study(sizes: dict[str, int]) -> oc.Study:
        who = [(f"{arm}{number:02d}", arm) for arm, size in sizes.items() for number in range(size)]
        made = tables({name: number % 9 for number, (name, _) in enumerate(who)})
        made["patients"]["arm"] = [arm for _, arm in who]
        return oc.Study(**made)

    sizes = {"a": 20, "b": 20}
    before, after = study(sizes), study({arm: size + added[arm] for arm, size in sizes.items()})
    found = set(few_changed(people(before, KEY), people(after, KEY), smallest=10))
    few = {f"{kind}, {arm}" for kind in (FIRST, "patients") for arm in added if added[arm] < 10}
    assert found == few, "ten who came are nine of one arm and one of the other"


def test_few_are_said_and_the_report_is_made(tmp_path):
    out = tmp_path / "out"
    assert run(write(tmp_path, patients(20)), out, outside()).warnings == ()
    assert run(tmp_path, out, outside()).warnings == (), "nothing has changed"
    said = run(write(tmp_path, patients(21)), out, outside()).warnings
    assert len(said) == 1
    assert said[0].startswith("fewer than 10 patients differ from the last report for readers outside in: ")
    assert FIRST in said[0]
    assert run(write(tmp_path, patients(31)), out, outside()).warnings == (), "ten have come"


def test_few_are_refused_where_the_study_says_so_until_enough_differ(tmp_path):
    out = tmp_path / "out"
    first = run(write(tmp_path, patients(20), "fail"), out, outside())
    write(tmp_path, patients(24), "fail")
    with pytest.raises(Gate, match="fewer than 10 patients differ") as refused:
        run(tmp_path, out, outside())
    assert refused.value.exit_code == 4
    with pytest.raises(Gate):
        run(tmp_path, out, outside(dry_run=True))
    assert (out / "latest" / "report.html").samefile(first.report), "the report before it stands"
    assert run(tmp_path, out).status == "published", "the clinic is told everything"
    write(tmp_path, patients(29), "fail")
    with pytest.raises(Gate):
        run(tmp_path, out, outside())
    assert run(write(tmp_path, patients(30), "fail"), out, outside()).warnings == ()
    assert run(write(tmp_path, patients(31), "fail"), out, outside(force=True)).status == "published"


def test_what_is_kept_names_nobody_and_an_edited_one_counts_as_none(tmp_path):
    out = tmp_path / "out"
    run(write(tmp_path, patients(20), "fail"), out, outside())
    kept = out / STATE
    assert stat.S_IMODE(kept.stat().st_mode) == 0o600
    assert "Zebra" not in kept.read_text()
    assert not list((out / "latest").resolve().glob(f"{STATE}*"))
    kept.write_text('{"title": "Test", "people": [1]}')
    assert run(write(tmp_path, patients(21), "fail"), out, outside()).status == "published"
