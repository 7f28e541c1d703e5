"""A study in partitions says what one machine says; what is damaged is refused by the name of its file."""

from __future__ import annotations

import json
import resource
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import outcomes as oc
from outcomes.cli import main
from outcomes.errors import ArgumentError, DataError, OutcomesError
from outcomes.page.make import sections_of
from outcomes.page.readers import readers_of
from outcomes.scale.data_set import facts_of_file, read_manifest, write_manifest
from outcomes.scale.placing import place
from outcomes.scale.read_part import Asked, read_part
from outcomes.scale.run import over_parts
from outcomes.simulate import write_simulated
from outcomes.study import example_folder
from parted import hold_same, hold_same_clinic, hold_same_page, write_tempting
from shared import examples


@pytest.fixture(scope="module")
def study(tmp_path_factory) -> Path:
    return write_tempting(tmp_path_factory.mktemp("study"))


@pytest.fixture(scope="module")
def dataset(study, tmp_path_factory) -> Path:
    return oc.scale.partition(
        study, tmp_path_factory.mktemp("parted") / "data", partitions=2, rows=700
    ).parent


@pytest.fixture
def copy(dataset, tmp_path) -> Path:
    return Path(shutil.copytree(dataset, tmp_path / "copy"))


def test_processes_can_start_before_what_they_share_is_loaded():
    code = "import sys, outcomes as oc; oc.scale.analyse; print('pandas' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"


@pytest.mark.long
def test_partitions_say_what_one_machine_says(study, dataset):
    whole = oc.read_study(study)
    rules = set(whole.findings["rule"])
    assert {"duplicate_session", "look_alike_ids", "unknown_session", "column_declared_wrongly"} <= rules
    found = oc.scale.analyse(dataset)
    hold_same(found, whole)
    with pytest.raises(DataError, match="the rows of diary stay in their partitions"):
        oc.days(found.study)
    for key, sign in (("adverse_events", "event_id"), ("sessions", "session_id")):
        ours, theirs = (part.table(key).sort_values(sign, ignore_index=True) for part in (found.study, whole))
        pd.testing.assert_frame_equal(ours, theirs)


@pytest.mark.long
def test_later_questions_are_asked_of_the_partitions(study, dataset):
    whole, found = oc.read_study(study), oc.scale.analyse(dataset).study
    pd.testing.assert_frame_equal(
        oc.periods(found, endpoint="all", course="all"), oc.periods(whole, endpoint="all", course="all")
    )
    early = str((whole.diary["date"].max() - pd.Timedelta(days=40)).date())
    pd.testing.assert_frame_equal(oc.periods(found.as_of(early)), oc.periods(whole.as_of(early)))
    changed = {"migraine_day": "reported", "endpoint": "migraine_days"}
    pd.testing.assert_frame_equal(
        oc.periods(found.with_rules(**changed)), oc.periods(whole.with_rules(**changed))
    )


@settings(max_examples=examples(1, 12), deadline=None)
@given(partitions=st.integers(1, examples(3, 16)), seed=st.integers(0, 10_000), rows=st.integers(50, 4_000))
def test_any_partitions_say_what_one_machine_says(tmp_path_factory, partitions, seed, rows):
    folder = write_tempting(tmp_path_factory.mktemp("study"), patients=8, seed=seed)
    out = tmp_path_factory.mktemp("parted") / "data"
    oc.scale.partition(folder, out, partitions=partitions, rows=rows)
    found, whole = oc.scale.analyse(out), oc.read_study(folder)
    hold_same(found, whole)
    hold_same_page(found.study, whole)


@pytest.mark.long
@settings(max_examples=examples(2, 12), deadline=None)
@given(partitions=st.integers(1, 8), seed=st.integers(0, 10_000), patients=st.sampled_from([8, 24]))
def test_any_partitions_give_the_clinic_the_same_page(tmp_path_factory, partitions, seed, patients):
    folder = write_tempting(tmp_path_factory.mktemp("study"), patients=patients, seed=seed)
    out = oc.scale.partition(folder, tmp_path_factory.mktemp("parted") / "data", partitions=partitions).parent
    hold_same_clinic(oc.scale.analyse(out).study, oc.read_study(folder))


@pytest.mark.long
def test_partitions_without_a_patient_add_nothing(tmp_path):
    folder = write_tempting(tmp_path / "study", patients=8, seed=951)
    out = oc.scale.partition(folder, tmp_path / "data", partitions=12).parent
    found, whole = oc.scale.analyse(out), oc.read_study(folder)
    hold_same(found, whole)
    hold_same_page(found.study, whole)
    hold_same_clinic(found.study, whole)


@pytest.mark.long
def test_two_arms_in_partitions_are_those_of_one_machine(tmp_path):
    write_simulated(tmp_path, patients=40, seed=6, months=3, arms=("placebo", "active"))
    out = oc.scale.partition(tmp_path, tmp_path / "data", partitions=3).parent
    found, whole = oc.scale.analyse(out), oc.read_study(tmp_path)
    hold_same(found, whole)
    hold_same_page(found.study, whole)
    outside = readers_of({}, "external", 5)
    ours, theirs = ({one.name: one for one in sections_of(each, outside)} for each in (found.study, whole))
    assert {name: one.status for name, one in ours.items()} == {
        name: one.status for name, one in theirs.items()
    }
    assert {name: one.finding for name, one in ours.items()} == {
        name: one.finding for name, one in theirs.items()
    }
    clinic = {one.name: one for one in sections_of(found.study)}
    absent = {name for name, one in clinic.items() if one.status == "absent" and "partitions" in str(one)}
    assert absent == {"lasting", "who-benefits"}
    assert {one.status for one in clinic.values()} <= {"ok", "absent"}


@pytest.mark.long
def test_the_clinic_page_takes_one_pass_over_the_partitions(tmp_path, monkeypatch):
    oc.scale.partition(example_folder(), tmp_path / "data", partitions=3)
    passes = []

    def counted(work, parts, scheduler):
        passes.append(work.tasks)
        return over_parts(work, parts, scheduler)

    monkeypatch.setattr("outcomes.scale.parted_study.over_parts", counted)
    ask = ["report", str(tmp_path / "data"), "--scheduler", "threads", "--out", str(tmp_path / "out")]
    with pytest.raises(SystemExit) as left:
        main([*ask, "--audience", "clinic"])
    assert left.value.code == 0
    assert len(passes) == 1


@pytest.mark.long
def test_every_planted_fault_is_found_in_partitions(tmp_path):
    oc.scale.partition(example_folder(), tmp_path / "data", partitions=7)
    hold_same(oc.scale.analyse(tmp_path / "data", "processes"), oc.load_example())


@pytest.mark.long
def test_parquet_is_streamed_to_the_same_rows(study, dataset, tmp_path):
    folder = Path(shutil.copytree(study, tmp_path / "study"))
    for name in ("diary", "later"):
        frame = pd.read_csv(folder / f"{name}.csv", dtype="str", keep_default_na=False)
        frame.to_parquet(folder / f"{name}.parquet", row_group_size=400)
    text = (folder / "study.toml").read_text()
    (folder / "study.toml").write_text(
        text.replace("diary.csv", "diary.parquet").replace("later.csv", "later.parquet")
    )
    out = oc.scale.partition(folder, tmp_path / "data", partitions=2, rows=300).parent
    columns = ["patient_id", "date", "headache"]
    for number in range(2):
        one, other = (
            pd.read_parquet(place_of / f"part-0000{number}" / "diary.parquet") for place_of in (out, dataset)
        )
        pd.testing.assert_frame_equal(one[[*columns, "(row)"]], other[[*columns, "(row)"]])


@pytest.fixture
def small_disk() -> Iterator[None]:
    """No file may have more than 9,000 bytes: writing more is refused, as on a full disk."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (9_000, hard))
    yield
    resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


@pytest.mark.long
def test_a_full_disk_leaves_nothing_half_written_and_the_next_call_goes_on(
    study, dataset, tmp_path, small_disk
):
    out = tmp_path / "data"
    with pytest.raises(OutcomesError, match="could not be written") as caught:
        oc.scale.partition(study, out, partitions=2)
    assert "the disk is full" in str(caught.value)
    assert not list(out.glob("part-*"))
    with pytest.raises(DataError, match="the data set is not finished"):
        oc.scale.analyse(out)
    spooled = list(out.glob(".unfinished-spool/*/done.json"))
    assert spooled
    resource.setrlimit(resource.RLIMIT_FSIZE, (-1, -1))
    oc.scale.partition(study, out, partitions=2)
    ours, theirs = (json.loads((place_of / "manifest.json").read_text()) for place_of in (out, dataset))
    assert ours["rows"] == theirs["rows"]
    assert not list(out.glob(".unfinished-*"))


@pytest.mark.parametrize(
    ("damage", "words"),
    [
        (lambda file: file.unlink(), "was not found"),
        (lambda file: file.write_bytes(b""), "this is not the file that was written. Got: 0 bytes"),
        (lambda file: file.write_bytes(file.read_bytes()[:-9]), "this is not the file that was written"),
        (lambda file: file.write_bytes(file.read_bytes()[:-1] + b"?"), "but other ones"),
    ],
    ids=["missing", "empty", "cut", "changed"],
)
def test_a_damaged_file_is_named(copy, damage, words):
    damage(copy / "part-00001" / "diary.parquet")
    with pytest.raises(DataError, match=r"part-00001/diary\.parquet") as caught:
        read_part(copy, read_manifest(copy), 1, Asked())
    assert words.lower() in str(caught.value).lower()


def _rewrite(dataset: Path, part: str, file: Path) -> None:
    """Put a file into a partition, and its facts into the manifest: as somebody who tidies up does."""
    manifest = read_manifest(dataset)
    manifest.parts[int(part[-5:])][file.stem] = facts_of_file(file, len(pd.read_parquet(file)))
    write_manifest(dataset, manifest)


@pytest.mark.long
def test_other_columns_in_one_partition_are_refused_by_name(copy):
    file = copy / "part-00001" / "diary.parquet"
    pd.read_parquet(file).rename(columns={"pain": "schmerz"}).to_parquet(file)
    _rewrite(copy, "part-00001", file)
    with pytest.raises(DataError, match=r"part-00001/diary.parquet: the columns are not those.*pain"):
        oc.scale.analyse(copy)


@pytest.mark.long
def test_a_patient_in_two_partitions_is_refused(copy):
    first, second = (copy / f"part-0000{number}" / "diary.parquet" for number in (0, 1))
    stray = pd.read_parquet(first).head(30)
    pd.concat([pd.read_parquet(second), stray], ignore_index=True).to_parquet(second)
    _rewrite(copy, "part-00001", second)
    with pytest.raises(DataError, match="a patient is in two partitions"):
        oc.scale.analyse(copy)


def test_what_is_no_data_set_is_refused(study, dataset, tmp_path):
    with pytest.raises(DataError, match="not a partitioned data set"):
        oc.scale.analyse(tmp_path)
    (tmp_path / "manifest.json").write_text("{}")
    with pytest.raises(DataError, match="not a manifest"):
        oc.scale.analyse(tmp_path)
    with pytest.raises(ArgumentError, match="not empty"):
        oc.scale.partition(study, study)
    with pytest.raises(ArgumentError, match="other partitions"):
        oc.scale.partition(study, dataset, partitions=5)
    assert oc.scale.partition(study, dataset, partitions=2) == dataset / "manifest.json"


def test_partitions_read_as_a_study_are_refused_with_the_way_to_read_them(dataset):
    with pytest.raises(ArgumentError, match=r"not a study.*--scheduler threads"):
        oc.read_study(dataset)


@pytest.mark.parametrize("scheduler", ["thread", "127.0.0.1:8786", 3])
def test_what_is_no_scheduler_is_refused(dataset, scheduler):
    with pytest.raises(ArgumentError, match="this is not a scheduler"):
        oc.scale.analyse(dataset, scheduler)


def test_identifiers_that_many_patients_share_cannot_be_parted():
    keys = pd.DataFrame({"patient_id": [f"p{number}" for number in range(1_001)], "session_id": "1"})
    keys.attrs["table"] = "sessions"
    with pytest.raises(DataError, match="shared by many patients"):
        place([keys], 4)


def test_patients_who_share_a_session_lie_together():
    keys = pd.DataFrame(
        {"patient_id": list("abcdefgh"), "session_id": ["s1", "s1", "s2", "s3", "s3", "s4", "s5", "s6"]}
    )
    more = pd.DataFrame({"patient_id": ["b", "c"], "session_id": ["s7", "s7"]})
    keys.attrs["table"], more.attrs["table"] = "sessions", "adverse_events"
    placing = place([keys, more], 1_000_003)
    number = dict(zip("abcdefgh", placing.of_patients(pd.Series(list("abcdefgh"))), strict=True))
    assert number["a"] == number["b"] == number["c"]
    assert number["d"] == number["e"]
    assert len(set(number.values())) == 5
    assert placing.of_sessions(pd.Series(["s6", "s9", None])).tolist() == [number["h"], 0, 0]


@pytest.mark.long
def test_the_page_is_made_from_partitions_and_names_what_is_not(study, copy, tmp_path, capsys):
    ask = [
        "report",
        str(copy),
        "--scheduler",
        "threads",
        "--out",
        str(tmp_path / "out"),
        "--audience",
        "clinic",
    ]
    with pytest.raises(SystemExit) as left:
        main(ask)
    assert left.value.code == 4
    assert "diary.duration_h is declared wrongly" in capsys.readouterr().err
    with (copy / "study.toml").open("a") as file:
        file.write('\n[waivers.diary]\nduration_h = "no page of this test needs it"\n')
    with pytest.raises(SystemExit) as left:
        main(ask)
    assert left.value.code == 0
    page = Path(capsys.readouterr().out.strip()).read_text()
    change = oc.change(oc.periods(oc.read_study(study))).to_frame().iloc[0]
    assert f"{change['estimate']:.1f}".replace("-", "\u2212") in page
    assert f"{change['n']}/{change['N']}" in page
    assert "the rows of diary stay in their partitions" in page
    unmade = "Later periods before which patients were treated again are not made from partitions"
    assert f"{unmade}: their days stay there." in page
    outside = sections_of(oc.scale.analyse(copy).study, readers_of({}, "external", 3))
    assert unmade in str(next(one for one in outside if one.name == "headache-days"))
    assert "n withheld" not in page  # what is not made is not withheld
    assert "could not be made (" not in page
    # the next report is compared with this one: an event more, and what lies in partitions is named
    events = copy / "part-00001" / "adverse_events.parquet"
    rows = pd.read_parquet(events)
    more = rows.tail(1).assign(event_id="another", serious="yes")
    pd.concat([rows, more], ignore_index=True).to_parquet(events)
    _rewrite(copy, "part-00001", events)
    with pytest.raises(SystemExit) as left:
        main(ask)
    assert left.value.code == 0
    page = Path(capsys.readouterr().out.strip()).read_text()
    assert "Since the last report" in page
    assert "1 serious event is new; 0 patients are new and 0 gone; single diary days, which lie in" in page


def test_a_first_report_that_fails_leaves_nothing_behind(copy, tmp_path, capsys):
    (copy / "part-00001" / "diary.parquet").unlink()
    there = tmp_path / "there"
    there.mkdir()
    (there / "other.txt").write_text("stays")
    for out in (tmp_path / "new" / "out", there):
        with pytest.raises(SystemExit) as left:
            main(["report", str(copy), "--scheduler", "threads", "--out", str(out), "--audience", "external"])
        assert left.value.code == 4
        assert "part-00001/diary.parquet" in capsys.readouterr().err
    assert not (tmp_path / "new").exists()
    assert {path.name for path in there.iterdir()} == {"other.txt"}


@pytest.mark.long
@pytest.mark.parametrize(
    ("address", "words"),
    [
        ("tcp://127.0.0.1", "missing port number"),
        ("foo://127.0.0.1:8786", "unknown address scheme"),
        ("tls://127.0.0.1:8786", "TLS expects"),
    ],
)
def test_an_address_that_is_none_is_refused_without_a_trace(dataset, address, words):
    code = f"import outcomes as oc; oc.scale.analyse({str(dataset)!r}, {address!r})"
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=30, check=False
    )
    assert words in done.stderr.splitlines()[-1]
    assert "Exception ignored" not in done.stderr
