"""Racemic ketamine and esketamine: one scale of doses only where the study declares it; by hand."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import outcomes as oc
from cdisc_studies import same
from outcomes.models.harm.tables import exposure_table
from outcomes.page.sheet.record import Record
from outcomes.page.sheet.sheet_tables import sessions
from outcomes.publish.cdisc_files import write_adam, write_sdtm
from outcomes.sources.cdisc.records import with_substance
from studies import ALL, study_of, write_study

DECLARED = {"esketamine_as_racemic": 2.0, "equivalence_source": "the clinic's protocol, version 3"}


def study(substance: list[str | None] | None, **rules: object) -> oc.Study:
    """Return two sessions of 80 kg, 40 mg each over an hour at 0.5 mg/kg/h; two patients."""
    start = pd.to_datetime(["2026-01-29T09:00Z", "2026-02-03T09:00Z"])
    sessions = pd.DataFrame({"session_id": ["s1", "s2"], "patient_id": ["01", "02"], "start": start})
    sessions = sessions.assign(end=start + pd.Timedelta(hours=1), weight_kg=80.0, dose_mg=[40.0, np.nan])
    if substance is not None:
        sessions["substance"] = substance
    log = pd.DataFrame({"session_id": ["s1", "s2"], "time": start, "rate": 0.5, "action": "start"})
    diary = pd.DataFrame({"patient_id": ["01", "02"], "date": "2026-01-05", "headache": "yes"})
    return oc.Study(diary=diary, sessions=sessions, titration=log, rules=rules)


def rules_of(made: oc.Study) -> set[str]:
    return set(made.findings["rule"]) & {"no_dose_equivalence", "substance_not_known"}


@pytest.mark.parametrize(
    ("substance", "rules", "mg", "of", "found"),
    [
        (None, {}, [40, 40], "", set()),
        ([None, None], {}, [40, 40], "", set()),
        (["racemic_ketamine"] * 2, {}, [40, 40], "racemic_ketamine", set()),
        (["esketamine"] * 2, {}, [40, 40], "esketamine", set()),
        (["esketamine"] * 2, DECLARED, [80, 80], "racemic_ketamine", set()),
        (["racemic_ketamine", "esketamine"], {}, [40, np.nan], "racemic_ketamine", {"no_dose_equivalence"}),
        (["racemic_ketamine", "esketamine"], DECLARED, [40, 80], "racemic_ketamine", set()),
        (["esketamine", None], {}, [40, np.nan], "esketamine", {"substance_not_known"}),
        (["esketamine", None], DECLARED, [80, np.nan], "racemic_ketamine", {"substance_not_known"}),
    ],
)
def test_a_dose_is_compared_with_its_like_alone(substance, rules, mg, of, found) -> None:
    made = study(substance, **rules)
    rows = oc.exposure(made)
    assert rows["dose_mg"].to_numpy() == pytest.approx(mg, nan_ok=True)
    assert rows["dose_mg_per_kg"].to_numpy() == pytest.approx([one / 80 for one in mg], nan_ok=True)
    assert rows["peak_rate"].to_numpy() == pytest.approx([one / 80 for one in mg], nan_ok=True)
    assert rows["dose_substance"].unique().tolist() == [of]
    assert oc.courses(made)["dose_mg"].to_numpy() == pytest.approx(mg, nan_ok=True)
    assert rules_of(made) == found
    assert (rows["dose_basis"].eq("") == np.isnan(mg)).all()


def test_what_is_missing_is_said_with_what_to_do() -> None:
    made = study(["racemic_ketamine", "esketamine"])
    row = made.findings.set_index("rule").loc["no_dose_equivalence"]
    assert (row["row"], row["column"], row["severity"]) == (2, "substance", "warning")
    assert "no equivalence is declared" in row["message"]
    assert "esketamine_as_racemic" in row["hint"]
    assert "equivalence_source" in row["hint"]


def test_a_number_without_its_source_is_refused_and_so_is_a_source_alone() -> None:
    for one in DECLARED:
        with pytest.raises(oc.errors.ArgumentError, match="declared together"):
            study(None, **{one: DECLARED[one]})


def test_results_name_the_substance_of_their_doses() -> None:
    made = study(["racemic_ketamine", "esketamine"], **DECLARED)
    events = pd.DataFrame({"patient_id": ["01"], "session_id": ["s1"]})
    found = oc.dose_events(events, oc.exposure(made), dose="dose_mg", groups=2)
    assert "doses and rates are in milligrams of racemic ketamine" in found.notes
    assert found.to_frame()["dose"].tolist() == [40, 80]
    table = exposure_table(oc.exposure(made)).to_frame().set_index("term")
    assert table.loc["dose_mg", "total"] == 120


def test_rates_of_two_substances_are_no_groups_as_they_stand() -> None:
    made = study(["racemic_ketamine", "esketamine"], **DECLARED)
    onset = pd.to_datetime(["2026-01-29T09:30Z"])
    events = pd.DataFrame({"patient_id": ["01"], "session_id": ["s1"], "onset": onset})
    with pytest.raises(oc.errors.ArgumentError, match="several substances"):
        oc.within_infusion(events, made.sessions, titration=made.titration, pump_rates=[0.8])
    rows = oc.within_infusion(events, oc.exposure(made), titration=made.titration, pump_rates=[0.8])
    got = rows.to_frame().set_index("pump_rate")["exposure"]
    assert got[["below 0.8", "0.8 or more"]].tolist() == [1.0, 1.0]  # 0.5 and 2 x 0.5 mg/kg/h


NAMED = (
    "session_id,patient_id,start,end,weight_kg,dose_mg,substance\n"
    "s1,01,2026-01-20T09:00+01:00,2026-01-20T12:00+01:00,80,72,racemic_ketamine\n"
    "s2,02,2026-01-21T09:00+01:00,2026-01-21T11:00+01:00,70,70,esketamine\n"
    "s3,02,2026-01-23T09:00+01:00,2026-01-23T11:00+01:00,70,70,\n"
)


@pytest.mark.parametrize("layout", [write_sdtm, pytest.param(write_adam, marks=pytest.mark.long)])
def test_substances_are_written_for_cdisc_and_read_back(tmp_path, layout) -> None:
    before = study_of(tmp_path, ALL | {"sessions": NAMED})
    layout(before, tmp_path / "out", transport=False)
    same(before, oc.read_study(tmp_path / "out"))


def test_a_sponsors_ketamine_is_the_racemate_only_beside_esketamine(tmp_path) -> None:
    text = pd.Series(["KETAMINE", "Ketamine HCl", "PLACEBO FOR ESKETAMINE"], dtype="str")
    alone = with_substance(pd.DataFrame({"EXTRT": text}))["EXTRT"].tolist()
    assert alone == ["", "", ""]
    beside = pd.concat([text, pd.Series(["Esketamine hydrochloride"], dtype="str")], ignore_index=True)
    codes = with_substance(pd.DataFrame({"EXTRT": beside}))["EXTRT"].tolist()
    assert codes == ["racemic_ketamine", "racemic_ketamine", "", "esketamine"]


@pytest.mark.long
def test_a_partition_knows_the_substances_of_the_others(tmp_path) -> None:
    write_study(tmp_path, ALL | {"sessions": NAMED})
    oc.scale.partition(tmp_path, tmp_path / "data", partitions=2)
    whole, parted = oc.read_study(tmp_path), oc.scale.analyse(tmp_path / "data").study
    pd.testing.assert_frame_equal(oc.exposure(parted), oc.exposure(whole))
    assert rules_of(parted) == rules_of(whole) == {"no_dose_equivalence", "substance_not_known"}
    assert parted.substances == {"racemic_ketamine", "esketamine"}


@pytest.mark.parametrize("rules", [{}, DECLARED])
def test_a_patients_sheet_shows_the_milligrams_that_were_given(rules) -> None:
    record = Record(study(["racemic_ketamine", "esketamine"], **rules))
    rows = sessions(record.exposure).frame
    assert rows["dose"].tolist() == ["40 mg racemic ketamine (0.50 mg/kg)", "40 mg esketamine (0.50 mg/kg)"]
