"""CDISC SDTM: a study written as domains is the same study when it is read; real trials' domains come in."""

from __future__ import annotations

import json

import pandas as pd
import pyreadstat
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import outcomes as oc
from cdisc_studies import same, with_gaps
from outcomes.cli import main
from outcomes.errors import ArgumentError, ConfigError, DataError, SourceError
from outcomes.publish.cdisc_files import write_sdtm
from outcomes.publish.changed import source as hashed
from outcomes.schema.contract import specs
from outcomes.schema.tables import TABLES
from outcomes.sources.cdisc.data_set_files import dataset_json, transport_file
from outcomes.sources.cdisc.domains import DOMAINS, SDTM, data_sets
from pages import shown
from shared import examples, shared
from studies import ALL, rules_found, study_of, write_study


@pytest.mark.long
@settings(max_examples=examples(4, 40), deadline=None, suppress_health_check=list(HealthCheck))
@given(seed=st.integers(0, 10_000), share=st.sampled_from([0.0, 0.3, 0.9]), transport=st.booleans())
def test_a_study_written_as_sdtm_is_the_same_study_when_it_is_read(tmp_path_factory, seed, share, transport):
    before = with_gaps(seed, share)
    folder = tmp_path_factory.mktemp("sdtm") / "out"
    write_sdtm(before, folder, transport=transport)
    after = oc.read_study(folder)
    same(before, after)
    assert after.title == before.title
    assert after.timezone == before.timezone
    assert len(after.provenance) == len(data_sets(folder, SDTM))
    asked = hashed(folder / "study.toml", as_of=None).files
    assert asked == dict(zip(after.provenance["file"], after.provenance["sha256"], strict=True))


def test_laboratory_values_and_every_column_of_the_sound_study_come_back(tmp_path):
    laboratory = "patient_id,date,test,value,unit,upper_limit\n01,2026-01-20,alt,31.5,U/L,40\n"
    laboratory += "02,2026-01-20,ast,<5,U/L,35\n"
    before = study_of(tmp_path, ALL | {"laboratory": laboratory})
    write_sdtm(before, tmp_path / "out", transport=False)
    same(before, oc.read_study(tmp_path / "out"))
    told = json.loads((tmp_path / "out" / "lb.json").read_text())
    names = [one["name"] for one in told["columns"]]
    assert [row[names.index("LBTESTCD")] for row in told["rows"]] == ["ALT", "AST"]


@pytest.mark.long
def test_rows_of_a_patient_who_was_rejected_are_kept(tmp_path):
    patients = ALL["patients"].replace("02,", "01,")  # patient 01 twice: both rows are refused
    before = study_of(tmp_path, ALL, patients=patients)
    write_sdtm(before, tmp_path / "out", transport=False)
    after = oc.read_study(tmp_path / "out")
    for name in ("diary", "sessions", "titration", "adverse_events", "assessments"):
        pd.testing.assert_frame_equal(before.table(name), after.table(name))


def pilot(folder):
    """Write DM and AE of the CDISC pilot trial as transport files, their variables as they were published."""
    adsl = pd.read_csv(shared("data", "cdiscpilot_adsl.csv"), dtype="str").fillna("")
    adae = pd.read_csv(shared("data", "cdiscpilot_adae.csv"), dtype="str").fillna("")
    dm = adsl[["STUDYID", "USUBJID", "SITEID", "AGE", "SEX", "ARM", "RFSTDTC"]].assign(DOMAIN="DM")
    ae = adae[
        ["USUBJID", "AESEQ", "AETERM", "AEDECOD", "AEBODSYS", "AESEV", "AESER", "AEREL", "AEACN", "AEOUT"]
    ]
    ae = ae.assign(DOMAIN="AE", AESTDTC=adae["ASTDT"], AEENDTC=adae["AENDT"])
    for name, records in (("dm", dm), ("ae", ae)):
        pyreadstat.write_xport(
            records, folder / f"{name}.xpt", table_name=name.upper(), file_format_version=5
        )
    return adsl, adae


def test_the_page_of_cdisc_reads_the_domains_of_a_real_trial(tmp_path):
    (tmp_path / "sdtm").mkdir()
    adsl, adae = pilot(tmp_path / "sdtm")
    first = adsl["USUBJID"].iloc[:2].tolist()
    face = pd.DataFrame({"USUBJID": first * 2, "FATESTCD": ["OCCUR", "OCCUR", "PAIN", "PAIN"],
                         "FAORRES": ["Y", "N", "6", ""], "FADTC": "2014-01-01"})  # fmt: skip
    (tmp_path / "sdtm" / "face.json").write_bytes(dataset_json("FACE", face))
    (tmp_path / "study.toml").write_text(shown("cdisc.md"))
    study = oc.read_study(tmp_path)
    assert len(study.patients) == len(adsl) == 254
    assert study.patients["arm"].value_counts().to_dict() == adsl["ARM"].value_counts().to_dict()
    assert study.patients["sex"].eq("female").sum() == adsl["SEX"].eq("F").sum()
    flow = study.flow.query("table == 'adverse_events'").groupby("status")["rows"].sum()
    assert flow["received"] == len(adae) == 1191
    events = study.adverse_events
    assert len(events) == 1191 - int(
        study.flow.query("table == 'adverse_events' and status == 'rejected'")["rows"].sum()
    )
    theirs = adae.assign(event_id=[f"sdtm/ae.xpt:{n}" for n in range(1, len(adae) + 1)]).set_index("event_id")
    theirs = theirs.loc[events["event_id"]]
    assert events["pt"].tolist() == theirs["AEDECOD"].tolist()
    grades = theirs["AESEV"].map({"MILD": 1, "MODERATE": 2, "SEVERE": 3})
    assert events["grade"].tolist() == grades.tolist()
    assert events["serious"].fillna(False).sum() == theirs["AESER"].eq("Y").sum()
    assert events["related"].eq(False).sum() == theirs["AEREL"].eq("NONE").sum()
    assert study.diary["pain"].fillna(-1).tolist() == [6, -1]
    rest = pd.DataFrame({"AETERM": ["nausea"]})
    (tmp_path / "sdtm" / "ae.xpt").write_bytes(transport_file("AE", rest))
    with pytest.raises(SourceError, match=r"AE: the domain lacks variables.*USUBJID"):
        oc.read_study(tmp_path)


def test_headache_events_become_days(tmp_path):
    path = write_study(tmp_path, ALL)
    events = [
        ("01", "MIGRAINE", "2026-01-05T22:00", "2026-01-06T03:00"),
        ("01", "headache", "2026-01-08T08:00", "2026-01-08T10:00"),
        ("02", "NAUSEA", "2026-01-05T08:00", "2026-01-05T09:00"),
        ("02", "HEADACHE", "2026-01-06T08:00", "2026-01-06T09:00"),
    ]
    ce = pd.DataFrame(events, columns=["USUBJID", "CEDECOD", "CESTDTC", "CEENDTC"])
    (tmp_path / "domains").mkdir()
    (tmp_path / "domains" / "ce.ndjson").write_bytes(dataset_json("CE", ce).replace(b"\n", b""))
    text = path.read_text().replace('[tables.diary]\nfile = "diary.csv"\n', '[tables]\nsdtm = "domains"\n')
    path.write_text(text)
    with pytest.raises(SourceError, match=r"ce\.ndjson"):  # a document is no lines
        oc.read_study(path)
    (tmp_path / "domains" / "ce.ndjson").rename(tmp_path / "domains" / "ce.json")
    study = oc.read_study(path)
    days = study.diary[["patient_id", "date", "duration_h"]].astype("str").to_numpy().tolist()
    assert days == [["01", "2026-01-05", "2.0"], ["01", "2026-01-06", "3.0"], ["01", "2026-01-08", "2.0"],
                    ["02", "2026-01-06", "1.0"]]  # fmt: skip


@pytest.mark.long
def test_a_second_answer_of_a_day_is_refused(tmp_path):
    write_sdtm(study_of(tmp_path), tmp_path / "out", transport=False)
    told = json.loads((tmp_path / "out" / "face.json").read_text())
    place = [one["name"] for one in told["columns"]].index("FAORRES")
    first = told["rows"][0]
    told["rows"].append([*first[:place], "N" if first[place] == "Y" else "Y", *first[place + 1 :]])
    (tmp_path / "out" / "face.json").write_text(json.dumps(told | {"records": len(told["rows"])}))
    assert ("diary", 1, "", "answered_twice", "error") in rules_found(oc.read_study(tmp_path / "out"))


def test_domains_are_not_parted_and_the_refusal_says_so(tmp_path):
    (tmp_path / "study.toml").write_text('title = "T"\n[tables]\nsdtm = "domains"\n')
    with pytest.raises(ArgumentError, match="no data sets of CDISC"):
        oc.scale.partition(tmp_path, tmp_path / "parted")


def test_a_folder_that_is_none_is_told(tmp_path):
    path = write_study(tmp_path, ALL)
    for named in ("nowhere", "..", "."):
        path.write_text(f'title = "T"\n[tables]\nsdtm = "{named}"\n')
        with pytest.raises(SourceError, match="contains no domain of SDTM"):
            oc.read_study(path)
    path.write_text('title = "T"\n[tables]\n')
    with pytest.raises(ConfigError, match=r"tables\.diary is missing"):
        oc.read_study(path)


def test_the_command_writes_a_new_folder_for_its_owner_only(tmp_path, capsys):
    out = tmp_path / "out"
    words = ["export", str(write_study(tmp_path, ALL)), "--sdtm", str(out), "--json"]
    with pytest.raises(SystemExit) as done:
        main(words)
    assert done.value.code == 0
    files = json.loads(capsys.readouterr().out)["files"]
    assert {name.rpartition("/")[2] for name in files} >= {"dm.json", "face.json", "study.toml"}
    assert out.stat().st_mode & 0o077 == 0
    with pytest.raises(SystemExit) as again:
        main(words)
    assert again.value.code == 2
    assert "is not empty" in capsys.readouterr().err


def test_a_text_that_a_transport_file_cannot_hold_is_refused_by_place():
    records = pd.DataFrame({"AETERM": ["short", "Zebra77" * 40]})
    with pytest.raises(DataError, match=r"AE\.AETERM.*row 2") as caught:
        transport_file("AE", records)
    assert "Zebra77" not in str(caught.value)


def test_every_column_of_the_contract_has_a_place_in_sdtm():
    from outcomes.sources.cdisc.domains import DIARY_TESTS, VITAL_SIGNS

    derived = {"onset_from"}  # it follows from the partial date
    for table in TABLES:
        domain = DOMAINS[table]
        more = {"diary": DIARY_TESTS, "sessions": VITAL_SIGNS}.get(table, {})
        assert {*domain.columns, *domain.further, *more} | derived >= set(specs(table))
