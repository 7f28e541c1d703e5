"""A de-identified copy gives the same numbers, and holds nothing that names anybody."""

from __future__ import annotations

import os

import pandas as pd
import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st
from typer.testing import CliRunner

import outcomes as oc
from outcomes.cli import app
from outcomes.schema.contract import specs
from outcomes.schema.tables import TABLES
from outcomes.study.deidentify.copy_files import deidentified_files
from outcomes.study.deidentify.keyed import KEY_VARIABLE, new_ids, read_key, weeks
from outcomes.study.deidentify.treatment import TEXTS, treatments
from shared import examples

NO_SHRINKING = tuple(set(Phase) - {Phase.shrink, Phase.explain})
KEY = b"0123456789abcdef"
CLINIC = "Zebra77 Hospital"
LABELS = ["start_date", "end_date", "arm", "cohort", "site"]  # moved, or named otherwise


def copy_of(study, folder, key=KEY):
    for name, text in deidentified_files(study, key).items():
        (folder / name).write_text(text, encoding="utf-8")
    return oc.read_study(folder)


def renamed(frame, key=KEY):
    return frame.assign(patient_id=new_ids(frame["patient_id"].astype("str"), key, what="P"))


@settings(max_examples=examples(2, 30), deadline=None, phases=NO_SHRINKING)
@given(seed=st.integers(0, 10_000), key=st.binary(min_size=16, max_size=40))
def test_the_copy_gives_the_same_numbers(tmp_path_factory, seed, key):
    study = oc.simulate(patients=10, seed=seed).study
    copy = copy_of(study, tmp_path_factory.mktemp("copy"), key)
    assert not copy.findings["severity"].eq("error").any()
    order = ["patient_id", "period"]
    before = (
        renamed(oc.periods(study), key)
        .drop(columns=LABELS, errors="ignore")
        .sort_values(order, ignore_index=True)
    )
    after = oc.periods(copy).drop(columns=LABELS, errors="ignore").sort_values(order, ignore_index=True)
    pd.testing.assert_frame_equal(before, after, check_categorical=False, rtol=1e-9)
    one, other = oc.estimate(study).to_frame(), oc.estimate(copy).to_frame()
    # in which week each patient came is not kept, and so not the interval over all weekly looks
    numbers = one.select_dtypes("number").columns.drop(["lower_all_looks", "upper_all_looks"])
    pd.testing.assert_frame_equal(one[numbers], other[numbers], rtol=1e-6)
    events = oc.incidence(oc.emergent(study).query("emergent"), study.patients, by="group").to_frame()
    again = oc.incidence(oc.emergent(copy).query("emergent"), copy.patients, by="group").to_frame()
    pd.testing.assert_frame_equal(events, again)
    assert oc.exposure(study)["dose_mg"].sum() == pytest.approx(oc.exposure(copy)["dose_mg"].sum())


def test_dates_move_by_whole_weeks_of_the_patients_own():
    found = weeks(pd.Index([f"{n}" for n in range(400)]), KEY)
    assert found.between(-52, 52).all()
    assert (found != 0).all()
    assert found.nunique() > 80
    assert not found.equals(weeks(found.index, b"another key of 16"))


def test_nothing_of_the_source_is_left(tmp_path):
    study = oc.load_example()
    copy = copy_of(study, tmp_path)
    text = "\n".join(path.read_text(encoding="utf-8") for path in tmp_path.glob("*.csv"))
    for table, names in {"patients": ["patient_id", "site"], "sessions": ["session_id"]}.items():
        for name in names:
            words = study.table(table)[name].dropna().unique()
            assert not set(words) & set(copy.table(table)[name].dropna())
    shared = study.adverse_events.groupby("term")["patient_id"].nunique()
    assert not set(shared[shared < 5].index) & set(copy.adverse_events["term"])
    assert "KG" not in text  # the initials of the export
    ages = study.patients["age"]
    assert copy.patients["age"].max() <= 90
    assert copy.patients["age"].eq(90).sum() == (ages > 89).sum() > 0
    assert copy.adverse_events[["soc", "pt"]].isna().all(axis=None)


def test_every_column_is_on_the_map_and_no_free_text_is_kept():
    found = treatments()
    assert len(found) == sum(len(specs(table)) for table in TABLES)
    for (table, name), what in found.items():
        if specs(table)[name].kind == "text":
            assert what in ("dropped", "recoded", "shared")
            assert what == "dropped" or (table, name) in TEXTS


def test_the_command_needs_a_key_and_says_what_it_does_not_promise(tmp_path, monkeypatch):
    folder = tmp_path / "study"
    CliRunner().invoke(app, ["simulate", str(folder), "--patients", "3"])
    monkeypatch.delenv(KEY_VARIABLE, raising=False)
    without = CliRunner().invoke(app, ["deidentify", str(folder), str(tmp_path / "out")])
    assert "no key" in str(without.exception)
    assert not (tmp_path / "out").exists()
    monkeypatch.setenv(KEY_VARIABLE, KEY.decode())
    done = CliRunner().invoke(app, ["deidentify", str(folder), str(tmp_path / "out")])
    assert done.exit_code == 0, done.exception
    assert "not anonymous" in done.stderr
    assert "not anonymous" in (tmp_path / "out" / "READ_FIRST.txt").read_text()


@pytest.mark.skipif(os.name != "posix", reason="modes of files")
def test_a_key_that_others_may_read_is_refused(tmp_path):
    path = tmp_path / "key"
    path.write_bytes(KEY)
    path.chmod(0o644)
    with pytest.raises(oc.errors.ArgumentError, match="others may read"):
        read_key(path)
    path.chmod(0o600)
    assert read_key(path) == KEY
    path.write_bytes(b"short")
    with pytest.raises(oc.errors.ArgumentError, match="no key of at least"):
        read_key(path)


def test_the_source_of_an_equivalence_is_not_copied(tmp_path):
    study = oc.simulate(patients=4, seed=1, months=1).study
    study = study.with_rules(esketamine_as_racemic=2.0, equivalence_source=f"protocol of {CLINIC}")
    copy = copy_of(study, tmp_path)
    assert copy.rules.esketamine_as_racemic == 2
    assert CLINIC not in (tmp_path / "study.toml").read_text(encoding="utf-8")
