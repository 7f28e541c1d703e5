"""A trial's data sets feed the functions of harm without renaming (test_cdisc_pilot_events: its table)."""

from __future__ import annotations

import pandas as pd
import pytest

import outcomes as oc
from outcomes.errors import DataError

ADSL = pd.DataFrame(
    {
        "USUBJID": ["1", "2", "3"],
        "SAFFL": ["Y", "Y", "N"],
        "TRT01A": ["A", "B", "A"],
        "TRTSDT": ["2014-01-02", "2014-01-05", ""],
        "TRTEDT": ["2014-02-02", "", ""],
    }
)
ADAE = pd.DataFrame(
    {
        "USUBJID": ["1", "1", "2", "2", "3"],
        "AESEQ": [1, 2, 1, 2, 1],
        "TRTEMFL": ["Y", "Y", "Y", "", "Y"],
        "AEDECOD": ["NAUSEA", "RASH", "NAUSEA", "NAUSEA", "NAUSEA"],
        "AEBODSYS": ["GI", "SKIN", "GI", "GI", "GI"],
        "AESEV": ["MILD", "SEVERE", "", "MILD", "MILD"],
        "AESER": ["N", "Y", "", "N", "N"],
        "AEREL": ["NONE", "PROBABLE", "", "NONE", "NONE"],
        "ASTDT": ["2014-01-03", "2014-01", "2014-01-09", "2014-01-01", "2014-01-03"],
    }
)
ADLB = pd.DataFrame(
    {
        "USUBJID": ["1", "1", "2", "1"],
        "PARAMCD": ["ALT", "ALT", "BILI", "SODIUM"],
        "AVAL": ["30", "130", "9", "140"],
        "A1HI": ["40", "40", "17", "145"],
        "ADT": ["2014-01-02", "2014-01-20", "2014-01-20", "2014-01-20"],
    }
)


def test_only_emergent_events_of_treated_patients_come_in():
    made = oc.from_adam(ADSL, ADAE)
    assert made.patients["patient_id"].tolist() == ["1", "2"]
    assert made.events["event_id"].tolist() == ["1-1", "1-2", "2-1"]
    assert made.events["AESEV"].tolist() == ["MILD", "SEVERE", ""], "what is in the data set stays"


def test_an_answer_that_is_missing_is_not_known():
    events = oc.from_adam(ADSL, ADAE).events
    assert events["serious"].isna().tolist() == [False, False, True]
    assert events["serious"].tolist()[:2] == [False, True]
    assert events["related"].isna().tolist() == [False, False, True]
    assert events["grade"].isna().tolist() == [False, False, True]
    assert events["onset"].isna().tolist() == [False, True, False], "a month is no day"


def test_every_kind_of_function_takes_them():
    made = oc.from_adam(ADSL, ADAE, ADLB)
    counted = oc.incidence(made.events, made.patients, by=["group", "term"], arm="arm", worst="grade")
    assert counted.frame["n"].sum() == 3
    both = oc.compare_arms(oc.incidence(made.events, made.patients, by="term", arm="arm"), reference="B")
    assert both.frame.set_index("term").loc["NAUSEA", ["n", "n_reference"]].tolist() == [1, 1]
    months = oc.rates(made.events, made.patients, arm="arm", unit="days").frame
    assert months["exposure"].dropna().tolist()[0] == 31.0
    assert "exposure unknown" in months["status"].tolist()
    graded = oc.lab_grades(made.laboratory, made.patients)
    assert graded["grade"].tolist() == [0, 2, 0]
    tables = oc.safety_tables(oc.safety_data(made.events, made.patients, arm="arm"))
    assert tables["overview"].frame.query("term == 'serious' and arm == 'A'")["n"].tolist() == [1]


def test_what_is_not_there_is_named():
    with pytest.raises(DataError, match="ADSL lacks columns"):
        oc.from_adam(ADSL.drop(columns="TRT01A"), ADAE)
    with pytest.raises(DataError, match="ADLB lacks columns"):
        oc.from_adam(ADSL, ADAE, ADLB.drop(columns="A1HI"))
    with pytest.raises(DataError, match="patient twice"):
        oc.from_adam(pd.concat([ADSL, ADSL]), ADAE)
