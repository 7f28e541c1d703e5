"""Every cell of the published Table 14-5.01 of the CDISC pilot trial, from its own data sets."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import outcomes as oc
from outcomes.derive.emergent import emergent_events
from outcomes.models.harm.comparisons import compare_arms
from outcomes.models.harm.incidence import incidence
from shared import reference, shared

pytestmark = pytest.mark.reference

ARMS = {"placebo": "Placebo", "low": "Xanomeline Low Dose", "high": "Xanomeline High Dose"}
BY = {"any": [], "soc": ["AEBODSYS"], "pt": ["AEBODSYS", "AEDECOD"]}
FISHER = 1e-10  # the published file holds P in full precision


def as_published(p: float) -> str:
    """Write P as the table does: three places, a star below .15, nothing without an event."""
    if np.isnan(p):
        return ""
    if p > 0.99:
        return ">.99"
    return f"{p:.3f}{'*' if p < 0.15 else ''}"


@pytest.fixture(scope="module")
def trial() -> tuple[pd.DataFrame, pd.DataFrame]:
    adsl = pd.read_csv(shared("data", "cdiscpilot_adsl.csv"), dtype=str, keep_default_na=False)
    adae = pd.read_csv(shared("data", "cdiscpilot_adae.csv"), dtype=str, keep_default_na=False)
    made = oc.from_adam(adsl, adae)
    return made.events, made.patients


@pytest.mark.parametrize("level", BY)
def test_every_cell_of_table_14_5_01(trial, level: str) -> None:
    events, patients = trial
    result = incidence(events, patients, by=BY[level], arm="arm")
    compared = compare_arms(result, reference="Placebo")
    frame, tests = result.to_frame(), compared.to_frame()
    published = reference("cdiscpilot_table_14-5.01_first90.json")["tables"]["14-5.01"]
    rows = [row for row in published if row["level"] == level]
    assert rows
    for row in rows:
        wanted = dict(zip(BY[level], (row["soc"], row["pt"]), strict=False))
        here = frame[np.logical_and.reduce([frame[c] == v for c, v in wanted.items()] or [frame["n"] >= 0])]
        cells = here.set_index("arm")
        p = tests[np.logical_and.reduce([tests[c] == v for c, v in wanted.items()] or [tests["n"] >= 0])]
        for short, arm in ARMS.items():
            cell, printed = cells.loc[arm], row[short]
            assert (cell["n"], cell["events"]) == (printed["n"], printed["events"]), row
            assert round(cell["percent"], 1) == printed["pct"], row
        for short in ("low", "high"):
            value = p.set_index("contrast").loc[f"{ARMS[short]} - Placebo", "p_value"]
            assert as_published(value) == row[f"fisher_p_{short}"], row
            exact = row.get(f"fisher_p_{short}_exact", np.nan)
            np.testing.assert_allclose(value, exact, rtol=FISHER, err_msg=str(row))


def test_denominators_are_the_safety_population(trial) -> None:
    events, patients = trial
    counted = incidence(events, patients, arm="arm")
    published = reference("cdiscpilot_table_14-5.01_first90.json")["N"]
    assert dict(zip(counted["arm"], counted["N"], strict=True)) == published


@pytest.mark.parametrize("column", ["AESOC", "AESEV", "AEREL", "AEOUT", "SEX"])
def test_other_tables_of_the_trial_are_plain_counts(trial, column: str) -> None:
    """Counted independently, patient by patient, for each arm."""
    events, patients = trial
    found = incidence(events, patients, by=[column], arm="arm").to_frame()
    arm_of = dict(zip(patients["patient_id"], patients["arm"], strict=True))
    who: dict[tuple[str, str], set[str]] = {}
    many: dict[tuple[str, str], int] = {}
    for person, level in zip(events["patient_id"], events[column], strict=True):
        cell = (level, arm_of[person])
        who.setdefault(cell, set()).add(person)
        many[cell] = many.get(cell, 0) + 1
    shown = set(zip(found[column], found["arm"], strict=True))
    assert who.keys() <= shown
    for row in found.itertuples():
        cell = (getattr(row, column), row.arm)
        assert (row.n, row.events) == (len(who.get(cell, ())), many.get(cell, 0)), cell
        assert sum(arm == row.arm for arm in arm_of.values()) == row.N


def test_worst_severity_counts_each_patient_once(trial) -> None:
    events, patients = trial
    order = ["MILD", "MODERATE", "SEVERE"]
    graded = events.assign(AESEV=pd.Categorical(events["AESEV"], categories=order, ordered=True))
    found = incidence(graded, patients, worst="AESEV", arm="arm").to_frame()
    assert set(found["arm"]) == set(patients["arm"])
    for arm, rows in found.groupby("arm"):
        of_arm = events[events["patient_id"].isin(patients.loc[patients["arm"] == arm, "patient_id"])]
        worst = {p: max(map(order.index, grades)) for p, grades in of_arm.groupby("patient_id")["AESEV"]}
        counted = rows.set_index("AESEV")["n"]
        assert [counted[grade] for grade in order] == [list(worst.values()).count(k) for k in range(3)]


def test_emergence_is_that_of_the_trials_own_flag() -> None:
    """TRTEMFL: began on or after the first dose; here the first dose is the start of the one session."""
    adae = pd.read_csv(shared("data", "cdiscpilot_adae.csv"), dtype=str, keep_default_na=False)
    adae = adae[(adae["SAFFL"] == "Y") & (adae["TRTSDT"] != "")].reset_index(drop=True)
    day = {
        name: pd.to_datetime(adae[name].replace("", None), utc=True) for name in ("ASTDT", "AENDT", "TRTSDT")
    }
    events = pd.DataFrame(
        {"event_id": range(len(adae)), "patient_id": adae["USUBJID"], "term": adae["AEDECOD"]}
    )
    events = events.assign(onset=day["ASTDT"], resolved=day["AENDT"], onset_precision="day")
    backwards = events["resolved"] < events["onset"]
    events.loc[backwards, "resolved"] = pd.NaT
    start = pd.DataFrame({"patient_id": adae["USUBJID"], "start": day["TRTSDT"]}).drop_duplicates(
        "patient_id"
    )
    found = emergent_events(events, start.assign(session_id=start["patient_id"]))
    flagged, dated = adae["TRTEMFL"] == "Y", events["onset"].notna()
    np.testing.assert_array_equal(found.loc[dated, "emergent"], flagged[dated])
    # The trial leaves out the events without an onset; here they count: none is lost for a missing date.
    assert (~dated).sum() == 11
    assert found.loc[~dated, "emergent"].all()
    assert not flagged[~dated].any()
