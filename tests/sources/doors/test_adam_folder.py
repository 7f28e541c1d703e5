"""CDISC ADaM as a declared source, and a study written as ADaM: the same study when it is read."""

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
from outcomes.errors import SourceError
from outcomes.publish.cdisc_files import write_adam
from outcomes.schema.contract import specs
from outcomes.schema.tables import TABLES
from outcomes.sources.cdisc.adam_sets import ADAM
from outcomes.sources.cdisc.domains import DIARY_TESTS
from pages import shown
from shared import examples, shared
from studies import ALL, study_of, write_study

LABORATORY = "patient_id,date,test,value,unit,upper_limit\n"
LABORATORY += "01,2026-01-20,alt,31.5,U/L,40\n02,2026-01-20,ast,<5,U/L,35\n"


@pytest.mark.long
@settings(max_examples=examples(3, 40), deadline=None, suppress_health_check=list(HealthCheck))
@given(seed=st.integers(0, 10_000), share=st.sampled_from([0.0, 0.3, 0.9]), transport=st.booleans())
def test_a_study_written_as_adam_is_the_same_study_when_it_is_read(tmp_path_factory, seed, share, transport):
    before = with_gaps(seed, share)
    folder = tmp_path_factory.mktemp("adam") / "out"
    write_adam(before, folder, transport=transport)
    same(before, oc.read_study(folder))


@pytest.mark.parametrize("transport", [False, True], ids=["json", "xpt"])
def test_every_table_of_the_sound_study_comes_back(tmp_path, transport):
    before = study_of(tmp_path, ALL | {"laboratory": LABORATORY})
    write_adam(before, tmp_path / "out", transport=transport)
    same(before, oc.read_study(tmp_path / "out"))


def test_the_data_sets_give_others_the_numbers_of_the_study(tmp_path):
    before = study_of(tmp_path, ALL | {"laboratory": LABORATORY})
    write_adam(before, tmp_path / "out", transport=True)
    sets = {
        one: pyreadstat.read_xport(tmp_path / "out" / f"{one}.xpt")[0] for one in ("adsl", "adae", "adlb")
    }
    theirs = oc.from_adam(sets["adsl"], sets["adae"], sets["adlb"])
    ours = oc.emergent(before).query("emergent")
    assert theirs.events["event_id"].str.len().gt(0).sum() == len(ours) > 0
    counted = oc.incidence(theirs.events, theirs.patients, by="term").frame
    mine = oc.incidence(ours, before.patients, by="term").frame
    assert counted[["term", "n"]].to_numpy().tolist() == mine[["term", "n"]].to_numpy().tolist()
    first = before.sessions.groupby("patient_id")["start"].min().dt.tz_convert(before.timezone)
    found = theirs.patients.set_index("patient_id")["start"].loc[first.index]
    assert pd.to_datetime(found).dt.date.tolist() == first.dt.date.tolist()
    assert theirs.laboratory["upper_limit"].tolist() == [40, 35]


def pilot(folder):
    """Write ADSL and ADAE of the CDISC pilot trial as transport files, their days as dates."""
    adsl = pd.read_csv(shared("data", "cdiscpilot_adsl.csv"), dtype="str").fillna("")
    adae = pd.read_csv(shared("data", "cdiscpilot_adae.csv"), dtype="str").fillna("")
    for name, records in (("adsl", adsl), ("adae", adae)):
        dated = [one for one in records if one in ("TRTSDT", "TRTEDT", "ASTDT", "AENDT")]
        days = {one: pd.to_datetime(records[one], errors="coerce").dt.date for one in dated}
        typed = records.assign(**{one: day.where(day.notna(), None) for one, day in days.items()})
        pyreadstat.write_xport(typed, folder / f"{name}.xpt", table_name=name.upper(), file_format_version=5)
    return adsl, adae


def test_the_data_sets_of_a_real_trial_are_a_study(tmp_path):
    (tmp_path / "adam").mkdir()
    adsl, adae = pilot(tmp_path / "adam")
    first, second = adsl["USUBJID"].iloc[:2]
    (tmp_path / "diary.csv").write_text(
        f"patient_id,date,headache\n{first},2013-12-01,yes\n{second},2013-12-01,no\n"
    )
    (tmp_path / "study.toml").write_text(shown("cdisc.md", place=1))
    study = oc.read_study(tmp_path)
    assert len(study.patients) == len(adsl) == 254
    assert study.patients["arm"].value_counts().to_dict() == adsl["TRT01A"].value_counts().to_dict()
    starts = pd.to_datetime(adsl["TRTSDT"], errors="coerce")
    assert study.patients["index_date"].tolist() == starts.tolist()
    received = study.flow.query("table == 'adverse_events' and status == 'received'")["rows"].sum()
    assert received == len(adae) == 1191
    theirs = adae.assign(at=[f"adam/adae.xpt:{n}" for n in range(1, len(adae) + 1)]).set_index("at")
    theirs = theirs.loc[study.adverse_events["event_id"]] if "AESPID" not in adae else theirs
    assert study.adverse_events["pt"].tolist() == theirs["AEDECOD"].tolist()
    assert study.adverse_events["serious"].fillna(False).sum() == theirs["AESER"].eq("Y").sum()
    assert study.diary["headache"].tolist() == [True, False]


def test_an_imputed_day_is_no_day(tmp_path):
    write_adam(study_of(tmp_path), tmp_path / "out", transport=False)
    path = tmp_path / "out" / "adae.json"
    told = json.loads(path.read_text())
    names = [one["name"] for one in told["columns"]]
    at = names.index("AESTDTC")
    told["columns"][at]["name"] = "ASTDTF"  # nothing as collected, and the flag that a day was imputed
    told["rows"] = [
        [*row[:at], "D" if place == 0 else "", *row[at + 1 :]] for place, row in enumerate(told["rows"])
    ]
    path.write_text(json.dumps(told))
    events = oc.read_study(tmp_path / "out").adverse_events
    assert events["onset_precision"].tolist()[0] == "month"
    assert set(events["onset_precision"][1:].dropna()) <= {"day"}


def test_every_column_of_the_contract_has_a_place_in_adam():
    derived = {"onset_from"}  # it follows from the partial date
    for table in TABLES:
        domain = ADAM.domains[table]
        more = DIARY_TESTS if domain.answers else {}
        assert {*domain.columns, *more} | derived >= set(specs(table))
        variables = list(domain.columns.values())
        assert len(set(variables)) == len(variables)
        assert all(len(one) <= 8 for one in variables), "a transport file holds no longer names"


def test_a_folder_that_holds_none_is_told_and_the_command_writes_both(tmp_path, capsys):
    path = write_study(tmp_path, ALL)
    with pytest.raises(SystemExit) as done:
        main(["export", str(path), "--adam", str(tmp_path / "a"), "--sdtm", str(tmp_path / "s"), "--json"])
    assert done.value.code == 0
    files = {name.rpartition("/")[2] for name in json.loads(capsys.readouterr().out)["files"]}
    assert files >= {"adsl.json", "adae.json", "addiary.json", "dm.json", "study.toml"}
    with pytest.raises(SystemExit) as none:
        main(["export", str(path)])
    assert none.value.code == 2
    path.write_text('title = "T"\n[tables]\nadam = "s"\n')
    with pytest.raises(SourceError, match="contains no domain of ADaM"):
        oc.read_study(path)
