"""data/example: the same bytes each time, every fault found where it was planted, nothing else lost."""

import os
import re
import subprocess
import sys

import numpy as np
import pandas as pd
import pytest

import outcomes as oc
from example_study import example_files, write_example
from example_study.clean import clean_tables
from example_study.raw import FILES, NA_PATIENT
from outcomes.errors import ArgumentError
from shared import ROOT

FOLDER = ROOT / "data" / "example"
KEY = ["table", "file", "row", "column", "rule", "severity"]
LARGEST = 1_500_000  # bytes of the whole folder: it is committed

#: Every rule that the checks know, but for those that the README says are not planted.
PLANTED = set(
    re.findall(
        r"\w+",
        """
    after_cutoff after_death ambiguous_local_time bad_date bad_timestamp before_any_session
    before_first_contact column_not_used control_character dose_differs_from_log drug_without_headache
    duplicate_assessment duplicate_day duplicate_event duplicate_event_id duplicate_patient
    duplicate_session duplicate_time end_before_start entered_before_day fatal_not_grade_5 formula_in_text
    grade_5_not_fatal hours_without_headache implausible_date large_step late_entry log_gap look_alike_ids
    log_without_start log_without_stop markup_in_text missing_end missing_value none_and_more not_a_number
    not_whole not_yes_no other_decimal_mark out_of_range outside_session pain_without_headache
    probable_unit rate_not_convertible recall resolved_before_onset same_row_again
    sbp_not_above_dbp score_out_of_range
    session_overlap session_too_long symptom_without_headache time_missing time_not_increasing
    timezone_mix unknown_code unknown_patient unknown_session unknown_term unusual_duration unusual_rate
    unusual_value wrong_number_of_fields
    """,
    )
)

DIGEST = """
import hashlib
from example_study import example_files
print(hashlib.sha256(b"".join(example_files().values())).hexdigest())
"""


@pytest.fixture(scope="module")
def study() -> oc.Study:
    return oc.read_study(FOLDER)


@pytest.fixture(scope="module")
def faults() -> pd.DataFrame:
    return pd.read_csv(FOLDER / "faults.csv", dtype="str", keep_default_na=False)


@pytest.fixture(scope="module")
def clean() -> dict[str, pd.DataFrame]:
    return clean_tables()


def test_committed_files_are_the_written_ones(tmp_path) -> None:
    for path in write_example(tmp_path / "again"):
        assert path.read_bytes() == (FOLDER / path.name).read_bytes(), path.name
    assert sum(len(content) for content in example_files().values()) < LARGEST


@pytest.mark.long
def test_files_do_not_depend_on_hash_seed_zone_or_locale() -> None:
    digests = set()
    for hash_seed, zone, locale in (("0", "UTC", "C"), ("123", "Pacific/Auckland", "C.UTF-8")):
        environment = os.environ | {"PYTHONHASHSEED": hash_seed, "TZ": zone, "LC_ALL": locale}
        environment["PYTHONPATH"] = os.pathsep.join(p for p in sys.path if p)
        done = subprocess.run(
            [sys.executable, "-c", DIGEST], env=environment, capture_output=True, text=True, check=True
        )
        digests.add(done.stdout)
    assert len(digests) == 1


def test_findings_are_exactly_the_listed_faults(study: oc.Study, faults: pd.DataFrame) -> None:
    found = study.findings.assign(row=study.findings["row"].astype("str").fillna(""))[KEY]
    assert not faults.duplicated(KEY).any()
    pd.testing.assert_frame_equal(
        found.sort_values(KEY, ignore_index=True).astype("str"),
        faults[KEY].sort_values(KEY, ignore_index=True),
    )


def test_every_kind_of_fault_is_planted(faults: pd.DataFrame) -> None:
    assert set(faults["rule"]) == PLANTED
    assert (faults["what"] != "").all()
    assert set(faults["table"]) == set(FILES.values())


def test_no_row_is_lost(study: oc.Study) -> None:
    rows = study.flow.pivot_table(index="table", columns="status", values="rows", aggfunc="sum")
    assert (rows["received"] == rows["accepted"] + rows["rejected"]).all()
    costly = study.findings.query("cost in ('row rejected', 'same row again: left out')")
    assert rows["rejected"].sum() == costly.groupby(["file", "row"]).ngroups
    cells = study.cells
    assert (cells["given"] == cells["used"] + cells["blanked"]).all()
    lost = study.findings.query("cost == 'cell not used'")
    outside = lost.merge(
        costly[["file", "row"]].drop_duplicates(), on=["file", "row"], how="left", indicator=True
    )
    kept = outside.query("_merge == 'left_only'").drop_duplicates(["file", "row", "column"])
    assert cells["blanked"].sum() == len(kept)


def test_identifiers_are_text(study: oc.Study) -> None:
    ids = set(study.diary["patient_id"])
    assert {"NA", "0001"} <= ids
    assert "1" not in ids
    assert set(study.patients["site"]) <= {"01", "02", '=HYPERLINK("http://example.invalid","01")'}


def untouched(study: oc.Study, clean: dict, faults: pd.DataFrame, table: str, file: str) -> pd.DataFrame:
    """Return the accepted rows without finding, beside the same rows before they were written as text."""
    received = len(clean[table])
    bad = set(faults.query("file == @file")["row"])
    position = [i for i in range(received) if str(i + 1) not in bad]
    kept = clean[table].iloc[position]
    key = {"patients": "patient_id", "sessions": "session_id", "adverse_events": "event_id"}[table]
    ids = kept[key].str.replace("^S", "F", regex=True)
    if table == "patients":
        ids = ids.str[1:].where(kept[key] != NA_PATIENT, "NA")
    read = study.table(table).set_index(key).loc[ids]
    return kept.reset_index(drop=True).join(read.reset_index(), suffixes=("", "_read"))


@pytest.mark.parametrize(
    ("table", "file", "changed"),
    [
        ("patients", "patients.csv", {"patient_id", "index_date"}),
        # A log fault empties the charted dose of its session; the breathing rate is not always charted.
        ("sessions", "infusionen.csv", {"patient_id", "session_id", "dose_mg", "rr_min"}),
        ("adverse_events", "ereignisse.csv", {"patient_id", "session_id"}),
    ],
)
def test_values_survive_the_way_through_text(study, clean, faults, table, file, changed) -> None:
    both = untouched(study, clean, faults, table, file)
    assert len(both) > 40
    for name in set(clean[table].columns) - changed - {"event_id"}:
        expected, got = both[name], both[f"{name}_read"]
        assert got.dtype == expected.dtype, name
        pd.testing.assert_series_equal(got, expected, check_names=False)


def test_pump_rates_come_back_in_mg_per_kg_h(study, clean, faults) -> None:
    bad = set(faults.query("table == 'titration'")["row"])
    kept = clean["titration"].iloc[[i for i in range(len(clean["titration"])) if str(i + 1) not in bad]]
    kept = kept.assign(session_id=kept["session_id"].str.replace("S", "F"))
    both = kept.merge(study.titration, on=["session_id", "time"], suffixes=("", "_read"))
    assert len(both) >= len(kept) - 3  # rows beside a moved or doubled time
    assert both["rate_unit_read"].value_counts().size == 3
    # Two decimals of mcg/kg/min are .0003 mg/kg/h, of mL/h at 2 mg/mL and 45 kg .0002.
    near = np.isclose(both["rate"], both["rate_read"], atol=4e-4)
    odd = faults.query("rule == 'probable_unit'")["row"].astype(int) - 1
    cases = set(clean["titration"].iloc[odd]["session_id"].str.replace("S", "F"))
    assert near[~both["session_id"].isin(cases)].all()


def test_diary_survives(study, clean) -> None:
    diary = study.diary
    kept = clean["diary"].assign(patient_id=clean["diary"]["patient_id"].str[1:])
    kept["patient_id"] = kept["patient_id"].where(kept["patient_id"] != NA_PATIENT[1:], "NA")
    both = kept.merge(diary, on=["patient_id", "date"], suffixes=("", "_read"))
    assert len(both) > len(kept) - 40
    same = both["headache"] == both["headache_read"]
    assert same.all()
    with_headache = both[both["headache"].astype(bool)]
    blanked = study.cells.query("table == 'diary'").set_index("column")["blanked"]
    differ = (with_headache["pain"] != with_headache["pain_read"]) & with_headache["pain"].notna()
    assert differ.sum() == with_headache.loc[differ, "pain_read"].isna().sum() <= blanked["pain"]
    other = both["acute_medication"] != both["acute_medication_read"]
    assert other.sum() == 1 + blanked["acute_medication"]  # the planted triptan
    assert both.loc[~both["headache"].astype(bool), "duration_h_read"].notna().sum() == 1  # the planted hours


def test_example_has_every_style_and_six_months(study, clean) -> None:
    assert set(clean["patients"]["cohort"]) == {"inpatient", "outpatient", "emergency", "repeated"}
    sessions = study.sessions
    assert set(sessions["setting"].dropna()) == {"inpatient", "outpatient", "emergency"}
    last = study.diary.groupby("patient_id")["date"].max()
    first = sessions.groupby("patient_id")["start"].min().dt.tz_localize(None)
    assert ((last - first).dt.days >= 165).mean() > 0.6


def test_a_folder_that_cannot_be_written_is_an_error(tmp_path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(ArgumentError) as error:
        write_example(tmp_path / "file" / "below")
    assert str(error.value).startswith("the folder cannot be written. got: Not a directory. check")


@pytest.mark.long
def test_the_command_line_hands_out_the_same_example(tmp_path) -> None:
    command = [sys.executable, "-m", "outcomes", "simulate", str(tmp_path / "copy"), "--example"]
    environment = os.environ | {"PYTHONPATH": str(ROOT / "src")}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
    written = {path.name: path.read_bytes() for path in (tmp_path / "copy").iterdir()}
    assert written == example_files()
    assert len(done.stdout.splitlines()) == len(written)
